/*
 * kernel_table.h - the kernels that a build of the simulated driver can run.
 *
 * The driver knows kernels by this table alone: kernels.c has the product's, test_kernels.c some
 * small ones for the driver's own tests.
 */
#ifndef TESTS_CUDASIM_KERNEL_TABLE_H
#define TESTS_CUDASIM_KERNEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_ranges; // collects what an operation touches

// Says that the operation reads (or writes) BYTES at ADDRESS. False when they do not lie inside one
// living device allocation; the launch then fails.
bool sim_range(struct sim_ranges *ranges, const void *address, size_t bytes, bool write);

struct sim_kernel {
    const char *name;
    uint32_t argument_bytes;
    uint32_t threads; // of a block; a launch with another number is refused
    // Runs block (x, y) of the grid. SEED orders the threads inside each phase; 0: ascending.
    void (*run)(const void *arguments, uint32_t x, uint32_t y, uint32_t grid_x, uint32_t grid_y,
                uint32_t seed);
    // Names all that the launch reads and writes. False, with the reason in WHY, when the arguments
    // are not what the kernel expects.
    bool (*ranges)(const void *arguments, struct sim_ranges *ranges, char *why, size_t cap);
};

extern const struct sim_kernel sim_kernels[];
extern const size_t sim_kernel_count;

#endif
