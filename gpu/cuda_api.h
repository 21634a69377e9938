/*
 * cuda_api.h - the part of the CUDA driver API that we call: types, constants, and one table of
 * functions.
 *
 * Written here because machines that only run the program have the driver (libcuda.so.1) but no
 * cuda.h. Names, values and signatures are those of NVIDIA's driver API reference (CUDA 11.4 and
 * later; the symbols with a version suffix are the ones cuda.h has mapped the plain names to since
 * then). A test compiles this file beside cuda.h where that is installed and compares each of them.
 *
 * The table is a list macro, so that the loader (driver.c), the comparison with cuda.h and the
 * simulated driver of the tests cannot forget a function: GPU_CALLS(X) expands X(field, symbol,
 * parameters) once for each. Functions that can wait for the device, allocate after open, or call
 * back into the host are deliberately absent wherever there is another way (see `kind` below).
 */
#ifndef AEOLIAN_GPU_CUDA_API_H
#define AEOLIAN_GPU_CUDA_API_H

#include <stddef.h>
#include <stdint.h>

typedef int gpu_result;      /* CUresult; 0 is success */
typedef int gpu_device;      /* CUdevice */
typedef uint64_t gpu_memory; /* CUdeviceptr: an address on the device */
typedef struct CUctx_st *gpu_context;
typedef struct CUmod_st *gpu_module;
typedef struct CUfunc_st *gpu_function;
typedef struct CUstream_st *gpu_stream;
typedef struct CUevent_st *gpu_event;
typedef struct CUgraph_st *gpu_graph;
typedef struct CUgraphExec_st *gpu_graph_exec;

/* CUresult */
enum {
    GPU_SUCCESS = 0,
    GPU_ERROR_INVALID_VALUE = 1,
    GPU_ERROR_OUT_OF_MEMORY = 2,
    GPU_ERROR_NOT_INITIALIZED = 3,
    GPU_ERROR_NO_DEVICE = 100,
    GPU_ERROR_INVALID_IMAGE = 200,
    GPU_ERROR_INVALID_CONTEXT = 201,
    GPU_ERROR_NO_BINARY_FOR_GPU = 209,
    GPU_ERROR_INVALID_HANDLE = 400,
    GPU_ERROR_NOT_FOUND = 500,
    GPU_ERROR_NOT_READY = 600,
    GPU_ERROR_ILLEGAL_ADDRESS = 700,
    GPU_ERROR_LAUNCH_TIMEOUT = 702,
    GPU_ERROR_LAUNCH_FAILED = 719,
    GPU_ERROR_UNKNOWN = 999
};

/* CUdevice_attribute */
enum {
    GPU_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16,
    GPU_ATTRIBUTE_CLOCK_RATE_KHZ = 13,
    GPU_ATTRIBUTE_INTEGRATED = 18,
    GPU_ATTRIBUTE_COMPUTE_MODE = 20,
    GPU_ATTRIBUTE_MEMORY_CLOCK_RATE_KHZ = 36,
    GPU_ATTRIBUTE_MEMORY_BUS_WIDTH_BITS = 37,
    GPU_ATTRIBUTE_L2_CACHE_BYTES = 38,
    GPU_ATTRIBUTE_COMPUTE_MAJOR = 75,
    GPU_ATTRIBUTE_COMPUTE_MINOR = 76
};

enum {
    GPU_COMPUTE_MODE_PROHIBITED = 2,          /* CU_COMPUTEMODE_PROHIBITED */
    GPU_FUNCTION_ATTRIBUTE_LOCAL_BYTES = 3,   /* CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES: spills */
    GPU_FUNCTION_ATTRIBUTE_REGISTERS = 4,     /* CU_FUNC_ATTRIBUTE_NUM_REGS */
    GPU_STREAM_NON_BLOCKING = 1,              /* CU_STREAM_NON_BLOCKING */
    GPU_EVENT_TIMED = 0,                      /* CU_EVENT_DEFAULT */
    GPU_EVENT_UNTIMED = 2,                    /* CU_EVENT_DISABLE_TIMING */
    GPU_CAPTURE_THREAD_LOCAL = 1,             /* CU_STREAM_CAPTURE_MODE_THREAD_LOCAL */
    GPU_HOST_ALLOC_PORTABLE = 1               /* CU_MEMHOSTALLOC_PORTABLE */
};

/*
 * Every function we call: X(kind, field, symbol, (parameters)).
 * kind  OPEN: only while opening or closing, counted as a breach in between (allocation, module
 *             loading, capture);   RUN: at any time; asynchronous or a mere question.
 * There is no synchronous copy, no synchronise, no host callback and no free-running allocation in
 * this list, so the renderer cannot call one.
 */
#define GPU_CALLS(X)                                                                              \
    X(OPEN, init, cuInit, (unsigned flags))                                                       \
    X(OPEN, driver_version, cuDriverGetVersion, (int *version))                                   \
    X(OPEN, device_count, cuDeviceGetCount, (int *count))                                         \
    X(OPEN, device_get, cuDeviceGet, (gpu_device *device, int ordinal))                           \
    X(OPEN, device_name, cuDeviceGetName, (char *name, int bytes, gpu_device device))             \
    X(OPEN, device_memory, cuDeviceTotalMem_v2, (size_t *bytes, gpu_device device))               \
    X(OPEN, device_attribute, cuDeviceGetAttribute,                                               \
      (int *value, int attribute, gpu_device device))                                             \
    X(OPEN, context_retain, cuDevicePrimaryCtxRetain, (gpu_context *context, gpu_device device))  \
    X(OPEN, context_release, cuDevicePrimaryCtxRelease_v2, (gpu_device device))                   \
    X(RUN, context_set, cuCtxSetCurrent, (gpu_context context))                                   \
    X(OPEN, memory_info, cuMemGetInfo_v2, (size_t *free_bytes, size_t *total_bytes))              \
    X(OPEN, memory_take, cuMemAlloc_v2, (gpu_memory *memory, size_t bytes))                       \
    X(OPEN, memory_give, cuMemFree_v2, (gpu_memory memory))                                       \
    X(OPEN, host_take, cuMemHostAlloc, (void **memory, size_t bytes, unsigned flags))             \
    X(OPEN, host_give, cuMemFreeHost, (void *memory))                                             \
    X(OPEN, module_load, cuModuleLoadData, (gpu_module *module, const void *image))               \
    X(OPEN, module_unload, cuModuleUnload, (gpu_module module))                                   \
    X(OPEN, module_function, cuModuleGetFunction,                                                 \
      (gpu_function *function, gpu_module module, const char *name))                              \
    X(OPEN, function_attribute, cuFuncGetAttribute,                                               \
      (int *value, int attribute, gpu_function function))                                         \
    X(OPEN, occupancy, cuOccupancyMaxActiveBlocksPerMultiprocessor,                               \
      (int *blocks, gpu_function function, int block_threads, size_t shared_bytes))               \
    X(OPEN, stream_make, cuStreamCreateWithPriority,                                              \
      (gpu_stream *stream, unsigned flags, int priority))                                         \
    X(OPEN, stream_end, cuStreamDestroy_v2, (gpu_stream stream))                                  \
    X(RUN, stream_wait, cuStreamWaitEvent, (gpu_stream stream, gpu_event event, unsigned flags))  \
    X(RUN, stream_query, cuStreamQuery, (gpu_stream stream))                                      \
    X(OPEN, event_make, cuEventCreate, (gpu_event *event, unsigned flags))                        \
    X(OPEN, event_end, cuEventDestroy_v2, (gpu_event event))                                      \
    X(RUN, event_record, cuEventRecord, (gpu_event event, gpu_stream stream))                     \
    X(RUN, event_query, cuEventQuery, (gpu_event event))                                          \
    X(RUN, event_elapsed, cuEventElapsedTime, (float *ms, gpu_event from, gpu_event to))          \
    X(RUN, launch, cuLaunchKernel,                                                                \
      (gpu_function function, unsigned grid_x, unsigned grid_y, unsigned grid_z,                  \
       unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,               \
       gpu_stream stream, void **arguments, void **extra))                                        \
    X(RUN, copy_up, cuMemcpyHtoDAsync_v2,                                                         \
      (gpu_memory to, const void *from, size_t bytes, gpu_stream stream))                         \
    X(RUN, copy_down, cuMemcpyDtoHAsync_v2,                                                       \
      (void *to, gpu_memory from, size_t bytes, gpu_stream stream))                               \
    X(RUN, fill, cuMemsetD8Async,                                                                 \
      (gpu_memory to, unsigned char value, size_t bytes, gpu_stream stream))                      \
    X(OPEN, capture_begin, cuStreamBeginCapture_v2, (gpu_stream stream, int mode))                \
    X(OPEN, capture_end, cuStreamEndCapture, (gpu_stream stream, gpu_graph *graph))               \
    X(OPEN, graph_make, cuGraphInstantiateWithFlags,                                              \
      (gpu_graph_exec *exec, gpu_graph graph, unsigned long long flags))                          \
    X(RUN, graph_launch, cuGraphLaunch, (gpu_graph_exec exec, gpu_stream stream))                 \
    X(OPEN, graph_exec_end, cuGraphExecDestroy, (gpu_graph_exec exec))                            \
    X(OPEN, graph_end, cuGraphDestroy, (gpu_graph graph))                                         \
    X(RUN, error_name, cuGetErrorName, (gpu_result error, const char **text))                     \
    X(RUN, error_text, cuGetErrorString, (gpu_result error, const char **text))

/* The table that driver.c fills. */
struct gpu_calls {
#define GPU_FIELD(kind, field, symbol, parameters) gpu_result(*field) parameters;
    GPU_CALLS(GPU_FIELD)
#undef GPU_FIELD
};

#endif
