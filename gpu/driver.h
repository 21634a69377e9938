/*
 * driver.h - the CUDA driver, found at run time: one table of functions for the whole process.
 *
 * libcuda.so.1, or what the environment variable AEOLIAN_LIBCUDA names, is opened when somebody
 * first asks, so that a program that never renders on a GPU does not pay for it. It is never closed
 * again: a driver that has been started keeps threads of its own.
 *
 * A renderer calls through a copy of the table of its own (struct gpu_table). Sealed, every call of
 * kind OPEN in it (cuda_api.h: whatever takes memory or may wait) is replaced by one that counts a
 * breach and fails, so that what must not happen while music plays cannot.
 */
#ifndef AEOLIAN_GPU_DRIVER_H
#define AEOLIAN_GPU_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu/cuda_api.h" // struct gpu_calls

// The driver's functions, started (cuInit); NULL with the reason in LINE (at most CAP bytes) when
// there is none. The same answer for the whole process. Any thread.
const struct gpu_calls *gpu_driver_get(char *line, size_t cap);

// Where it was looked for: for messages.
const char *gpu_driver_name(void);

struct gpu_table {
    struct gpu_calls calls;
    const struct gpu_calls *whole; // what it was copied from
};

void gpu_table_make(struct gpu_table *table, const struct gpu_calls *whole);
void gpu_table_seal(struct gpu_table *table, bool sealed);

// Calls of kind OPEN that sealed tables of this process have refused. Any thread.
uint64_t gpu_breaches(void);

#endif
