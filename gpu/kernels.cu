/*
 * kernels.cu - the kernels of kernels.h: thin shells around bodies that plain C compiles as well.
 *
 * Compiled to a fat binary, without contraction (--fmad=false): a fused multiply-add happens only
 * where the source says lane_fma. Everything a block does is in kernel_*.h and below in voices/.
 */
#include "gpu/kernel_front.h"  // gpu_front
#include "gpu/kernel_intake.h" // gpu_intake
#include "gpu/kernel_master.h" // gpu_master
#include "gpu/kernel_tanks.h"  // gpu_tanks
#include "gpu/kernel_voices.h" // gpu_voices
#include "gpu/kernels.h"       // GPU_KERNELS

enum {
#define GPU_THREADS(name, threads) threads_##name = threads,
    GPU_KERNELS(GPU_THREADS)
#undef GPU_THREADS
};

/* Blocks of each kernel that a multiprocessor is to hold: the second argument of the bounds, which
   caps the registers. Chosen by measurement (docs/benchmarks-gpu.md), as far as nothing is spilled;
   compute capability 7.5 holds 1,024 threads, not 1,536 or more. */
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800
#define MASTER_BLOCKS 6
#else
#define MASTER_BLOCKS 12
#endif

extern "C" __global__ void __launch_bounds__(threads_intake, 2)
    aeo_intake(const struct gpu_part *part) {
    gpu_intake(part, blockIdx.x, gridDim.x);
}

extern "C" __global__ void __launch_bounds__(threads_voices, 4)
    aeo_voices(const struct gpu_part *part) {
    gpu_voices(part, blockIdx.x, gridDim.x);
}

extern "C" __global__ void __launch_bounds__(threads_front, 5)
    aeo_front(const struct gpu_part *part) {
    gpu_front(part, blockIdx.x, gridDim.x);
}

extern "C" __global__ void __launch_bounds__(threads_tanks, 2)
    aeo_tanks(const struct gpu_part *part) {
    gpu_tanks(part, blockIdx.x, gridDim.x, blockIdx.y);
}

extern "C" __global__ void __launch_bounds__(threads_master, MASTER_BLOCKS)
    aeo_master(const struct gpu_part *part) {
    gpu_master(part, blockIdx.x, gridDim.x);
}
