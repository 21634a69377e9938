/*
 * kernels.cu - the GPU benchmark's kernels as CUDA: thin shells around kernels.h, compiled as the
 * product's are (--fmad=false).
 */
#include "profiling/gpu/kernels.h" // bench_peak

extern "C" __global__ void __launch_bounds__(BENCH_THREADS)
    aeo_bench_peak(const struct bench_work *work) {
    bench_peak(lane_first(), work, blockIdx.x);
}

extern "C" __global__ void __launch_bounds__(BENCH_THREADS)
    aeo_bench_copy(const struct bench_work *work) {
    bench_copy(lane_first(), work, blockIdx.x, gridDim.x);
}

extern "C" __global__ void __launch_bounds__(BENCH_THREADS, 2)
    aeo_bench_sum(const struct bench_work *work) {
    bench_sum(lane_first(), work, blockIdx.x);
}

extern "C" __global__ void __launch_bounds__(BENCH_THREADS)
    aeo_bench_add(const struct bench_work *work) {
    bench_add(lane_first(), work, blockIdx.x, gridDim.x);
}
