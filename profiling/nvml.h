// How busy and how full a GPU is, as its management library says (libnvidia-ml.so.1, found at run
// time; AEOLIAN_LIBNVML names another file).
//
// A leaf: the C library and dlopen. A call may take milliseconds, and hangs when the driver does:
// not for threads that others wait for. One thread.
#ifndef PROFILING_NVML_H
#define PROFILING_NVML_H

#include <stdbool.h>
#include <stdint.h>

struct nvml_figures {
    double utilisation; // share of the last sample period (up to a second) in which a kernel ran
    uint64_t memory_used, memory_total; // bytes, of all processes
};

// Asks after device NUMBER, which counts as the library does; that may differ from CUDA's order
// where several devices are there. False where it cannot be told.
bool nvml_read(uint32_t number, struct nvml_figures *figures);

#endif
