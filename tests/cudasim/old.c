// A driver of before CUDA 11.4, for tests of what is said of one: every function of cuda_api.h but
// cuGraphInstantiateWithFlags, which came then. None is ever called. Any thread.
#include "gpu/cuda_api.h" // GPU_CALLS

#define cuGraphInstantiateWithFlags cuGraphInstantiate_v2 // the older function's name

#define OLD(kind, field, symbol, parameters) \
    gpu_result symbol parameters;            \
    gpu_result symbol parameters {           \
        return GPU_ERROR_NOT_INITIALIZED;    \
    }
#pragma GCC diagnostic ignored "-Wunused-parameter"
GPU_CALLS(OLD)
