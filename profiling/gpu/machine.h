// The GPU itself, beside the product's renderer: the benchmark's kernels on a stream of their own,
// copies, and a clock. Everything aborts the program with a line when a call fails: a figure from
// a half working device is worth nothing. One thread.
#ifndef PROFILING_GPU_MACHINE_H
#define PROFILING_GPU_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "gpu/device.h"            // struct gpu_device_open
#include "profiling/gpu/kernels.h" // enum bench_kernel

// The kernels as the driver takes them, as in gpu/image.h.
extern const unsigned char bench_image[];
extern const size_t bench_image_bytes;
extern const bool bench_image_is_stub;
extern const char bench_image_contents[];

struct machine {
    struct gpu_device_open open;
    const struct gpu_calls *cuda; // not sealed
    gpu_module module;
    gpu_function kernel[BENCH_KERNEL_COUNT];
    gpu_stream stream;
    gpu_event from, to;  // timed
    gpu_memory work;     // one struct bench_work
    struct bench_work *work_host; // pinned
    char name[96];
    int compute_major, compute_minor, driver_version, clock_mhz, memory_mhz, bus_bits;
    double memory_bytes;
    bool simulated; // the tests' driver: times mean nothing
};

// Takes the device that CHOICE means; false after printing why there is none.
bool machine_open(struct machine *machine, const char *choice);
void machine_close(struct machine *machine);

// Ends the program when RESULT is not success.
void machine_must(const struct machine *machine, gpu_result result, const char *what);

gpu_memory machine_take(const struct machine *machine, size_t bytes);
void machine_give(const struct machine *machine, gpu_memory memory);
void *machine_host_take(const struct machine *machine, size_t bytes); // pinned
void machine_host_give(const struct machine *machine, void *memory);

// Waits until the stream has done all, asking without a pause.
void machine_drain(const struct machine *machine, gpu_stream stream);

// Copies WORK up and runs KERNEL over BLOCKS blocks, REPEATS times; seconds of one run, by the
// device's own clock (the host's where that does not tick).
double machine_run_s(struct machine *machine, enum bench_kernel kernel,
                     const struct bench_work *work, uint32_t blocks, uint32_t repeats);

// The same for any launches: begin, launch onto the stream, end.
void machine_clock_begin(struct machine *machine, gpu_stream stream);
double machine_clock_end_s(struct machine *machine, gpu_stream stream);

#endif
