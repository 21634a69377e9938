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

extern "C" __global__ void __launch_bounds__(threads_intake, 2)
    aeo_intake(const struct gpu_part *part)
{
    gpu_intake(part, blockIdx.x, gridDim.x);
}

extern "C" __global__ void __launch_bounds__(threads_voices, 2)
    aeo_voices(const struct gpu_part *part)
{
    gpu_voices(part, blockIdx.x, gridDim.x);
}

extern "C" __global__ void __launch_bounds__(threads_front, 2)
    aeo_front(const struct gpu_part *part)
{
    gpu_front(part, blockIdx.x, gridDim.x);
}

extern "C" __global__ void __launch_bounds__(threads_tanks, 1)
    aeo_tanks(const struct gpu_part *part)
{
    gpu_tanks(part, blockIdx.x, gridDim.x, blockIdx.y);
}

extern "C" __global__ void __launch_bounds__(threads_master, 2)
    aeo_master(const struct gpu_part *part)
{
    gpu_master(part, blockIdx.x, gridDim.x);
}
