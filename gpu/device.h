/*
 * device.h - which GPU: what there is, what may be used, and the one that is.
 *
 * "auto" takes the usable device with the most free memory, a number that device. Usable is what
 * the kernels are built for: compute capability 7.5 and later, not closed to programs.
 */
#ifndef AEOLIAN_GPU_DEVICE_H
#define AEOLIAN_GPU_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/status.h" // enum aeo_status, aeo_fault
#include "gpu/driver.h"    // struct gpu_table

#define GPU_DEVICES_MAX 16

struct gpu_device_info {
    char name[96];
    int compute_major, compute_minor;
    int multiprocessors;
    uint64_t memory_bytes, free_bytes; // free: 0 where it could not be asked
    char unusable[96];                 // why it cannot be used; "" when it can
};

struct gpu_devices {
    int driver_version; // 12040 is 12.4
    int count;          // at most GPU_DEVICES_MAX
    struct gpu_device_info device[GPU_DEVICES_MAX];
};

// Fills LIST. AEO_ERR_RENDERER with the reason in FAULT when there is no driver. Opening threads;
// takes and gives back each device's context to ask for its free memory.
enum aeo_status gpu_devices_list(struct gpu_devices *list, aeo_fault *fault);

// Number of the device that CHOICE ("auto", NULL or a number) means; -1 with FAULT.
int gpu_device_choose(const struct gpu_devices *list, const char *choice, aeo_fault *fault);

// A device with its context current on this thread. Zero it before; close accepts it at any stage.
struct gpu_device_open {
    struct gpu_table table;
    gpu_device device;
    gpu_context context;
    bool retained;
    int number;
    uint32_t multiprocessors;
};

enum aeo_status gpu_device_open(struct gpu_device_open *open, const char *choice,
                                aeo_fault *fault);
void gpu_device_close(struct gpu_device_open *open);

// One line about what gpu_device_open would take, or why it cannot. Opening threads.
enum aeo_status gpu_device_probe(const char *choice, char *line, size_t cap);

// A fault for RESULT of the step WHAT, in the driver's own words. AEO_ERR_MEMORY for out of memory,
// else AEO_ERR_RENDERER.
enum aeo_status gpu_fault(const struct gpu_device_open *open, aeo_fault *fault, const char *what,
                          gpu_result result);

#endif
