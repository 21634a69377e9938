/*
 * kernels.h - the kernels by name: the one list that the host, the kernel image and the simulated
 * driver of the tests share.
 *
 * Each kernel is `extern "C" __global__ void aeo_NAME(const struct gpu_part *part)`: one argument,
 * the device address of a part (part.h), which holds everything else. So a graph that was made
 * once never needs another argument. Threads of a block are fixed per kernel; the grid is the
 * caller's, and blocks that find no work left end at once.
 *
 * The image with them is either a fat binary made by nvcc or, where the build had no nvcc, a stub:
 * the text GPU_STUB_MAGIC and one line "aeo_NAME 8" per kernel (its name and the bytes of its
 * argument), which no real driver accepts. Data only; any thread.
 */
#ifndef AEOLIAN_GPU_KERNELS_H
#define AEOLIAN_GPU_KERNELS_H

#include <stddef.h>

/* X(name, threads of a block), in the order in which a part runs them. */
#define GPU_KERNELS(X) \
    X(intake, 256)     \
    X(voices, 128)     \
    X(front, 128)      \
    X(tanks, 256)      \
    X(master, 128)

enum gpu_kernel {
#define GPU_KERNEL_ID(name, threads) GPU_KERNEL_##name,
    GPU_KERNELS(GPU_KERNEL_ID)
#undef GPU_KERNEL_ID
    GPU_KERNEL_COUNT
};

#define GPU_STUB_MAGIC "aeolian kernels: stub\n"

#endif
