// See machine.h.
#include "profiling/gpu/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <dlfcn.h>

static int64_t clock_from_ns;

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void machine_must(const struct machine *machine, gpu_result result, const char *what) {
    if (result == GPU_SUCCESS) return;
    const char *text = NULL;
    if (machine->cuda->error_text(result, &text) || !text) text = "unknown error";
    fprintf(stderr, "aeolian-bench-gpu: %s: %s (CUDA error %d)\n", what, text, result);
    exit(1);
}

// A renderer that was closed in between has taken its context from this thread.
static void current(const struct machine *machine) {
    machine_must(machine, machine->cuda->context_set(machine->open.context), "the context");
}

static void describe(struct machine *machine) {
    const struct gpu_calls *cuda = machine->cuda;
    const struct {
        int attribute, *value;
    } asked[] = {
        {GPU_ATTRIBUTE_COMPUTE_MAJOR, &machine->compute_major},
        {GPU_ATTRIBUTE_COMPUTE_MINOR, &machine->compute_minor},
        {GPU_ATTRIBUTE_CLOCK_RATE_KHZ, &machine->clock_mhz},
        {GPU_ATTRIBUTE_MEMORY_CLOCK_RATE_KHZ, &machine->memory_mhz},
        {GPU_ATTRIBUTE_MEMORY_BUS_WIDTH_BITS, &machine->bus_bits},
    };
    // Drivers may stop telling clocks: a figure of interest, not one that is used.
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        if (cuda->device_attribute(asked[i].value, asked[i].attribute, machine->open.device))
            *asked[i].value = 0;
    }
    machine->clock_mhz /= 1000;
    machine->memory_mhz /= 1000;
    size_t bytes = 0;
    machine_must(machine, cuda->device_memory(&bytes, machine->open.device), "device memory");
    machine->memory_bytes = (double)bytes;
    machine_must(machine, cuda->driver_version(&machine->driver_version), "driver version");
    machine_must(machine,
                 cuda->device_name(machine->name, sizeof machine->name, machine->open.device),
                 "device name");
    void *library = dlopen(gpu_driver_name(), RTLD_NOW | RTLD_LOCAL);
    machine->simulated = library && dlsym(library, "cudasim_configure");
}

bool machine_open(struct machine *machine, const char *choice) {
    static const char *const names[] = {
#define BENCH_NAME(name) "aeo_bench_" #name,
        BENCH_KERNELS(BENCH_NAME)
#undef BENCH_NAME
    };
    memset(machine, 0, sizeof *machine);
    aeo_fault fault = {AEO_OK, "", ""};
    if (gpu_device_open(&machine->open, choice, &fault)) {
        fprintf(stderr, "aeolian-bench-gpu: %s\n", fault.message);
        gpu_device_close(&machine->open);
        return false;
    }
    const struct gpu_calls *cuda = machine->cuda = &machine->open.table.calls;
    describe(machine);
    machine_must(machine, cuda->module_load(&machine->module, bench_image), "loading the kernels");
    for (int k = 0; k < BENCH_KERNEL_COUNT; k++) {
        machine_must(machine, cuda->module_function(&machine->kernel[k], machine->module, names[k]),
                     names[k]);
    }
    machine_must(machine, cuda->stream_make(&machine->stream, GPU_STREAM_NON_BLOCKING, 0),
                 "a stream");
    machine_must(machine, cuda->event_make(&machine->from, GPU_EVENT_TIMED), "an event");
    machine_must(machine, cuda->event_make(&machine->to, GPU_EVENT_TIMED), "an event");
    machine->work = machine_take(machine, sizeof(struct bench_work));
    machine->work_host = machine_host_take(machine, sizeof(struct bench_work));
    return true;
}

void machine_close(struct machine *machine) {
    const struct gpu_calls *cuda = machine->cuda;
    machine_give(machine, machine->work);
    machine_host_give(machine, machine->work_host);
    cuda->event_end(machine->from);
    cuda->event_end(machine->to);
    cuda->stream_end(machine->stream);
    cuda->module_unload(machine->module);
    gpu_device_close(&machine->open);
}

gpu_memory machine_take(const struct machine *machine, size_t bytes) {
    gpu_memory memory = 0;
    current(machine);
    machine_must(machine, machine->cuda->memory_take(&memory, bytes), "device memory");
    return memory;
}

void machine_give(const struct machine *machine, gpu_memory memory) {
    current(machine);
    machine_must(machine, machine->cuda->memory_give(memory), "giving back device memory");
}

void *machine_host_take(const struct machine *machine, size_t bytes) {
    void *memory = NULL;
    current(machine);
    machine_must(machine, machine->cuda->host_take(&memory, bytes, GPU_HOST_ALLOC_PORTABLE),
                 "pinned memory");
    memset(memory, 0, bytes);
    return memory;
}

void machine_host_give(const struct machine *machine, void *memory) {
    current(machine);
    machine_must(machine, machine->cuda->host_give(memory), "giving back pinned memory");
}

void machine_drain(const struct machine *machine, gpu_stream stream) {
    gpu_result result;
    while ((result = machine->cuda->stream_query(stream)) == GPU_ERROR_NOT_READY)
        ;
    machine_must(machine, result, "the device");
}

void machine_clock_begin(struct machine *machine, gpu_stream stream) {
    current(machine);
    machine_drain(machine, stream);
    clock_from_ns = now_ns();
    machine_must(machine, machine->cuda->event_record(machine->from, stream), "an event");
}

double machine_clock_end_s(struct machine *machine, gpu_stream stream) {
    machine_must(machine, machine->cuda->event_record(machine->to, stream), "an event");
    machine_drain(machine, stream);
    double host_s = (double)(now_ns() - clock_from_ns) * 1e-9;
    float ms = 0.0F;
    machine_must(machine, machine->cuda->event_elapsed(&ms, machine->from, machine->to),
                 "the device's clock");
    return ms > 0.0F ? ms * 1e-3 : host_s;
}

double machine_run_s(struct machine *machine, enum bench_kernel kernel,
                     const struct bench_work *work, uint32_t blocks, uint32_t repeats) {
    const struct gpu_calls *cuda = machine->cuda;
    *machine->work_host = *work;
    machine_must(machine,
                 cuda->copy_up(machine->work, machine->work_host, sizeof *work, machine->stream),
                 "a copy up");
    void *arguments[] = {&machine->work};
    double seconds = 0.0;
    for (uint32_t run = 0; run < 2; run++) { // the first only warms up
        machine_clock_begin(machine, machine->stream);
        for (uint32_t i = 0; i < repeats; i++) {
            machine_must(machine,
                         cuda->launch(machine->kernel[kernel], blocks, 1, 1, BENCH_THREADS, 1, 1,
                                      0, machine->stream, arguments, NULL),
                         "a launch");
        }
        seconds = machine_clock_end_s(machine, machine->stream) / repeats;
    }
    return seconds;
}
