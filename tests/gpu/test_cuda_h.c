// Goal: what gpu/cuda_api.h declares agrees with the driver API's own header: every symbol is there
// under its name, every constant has the same value, and the types that are passed by value have
// the same size. (The parameters themselves were written from the reference manual.)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cuda.h>

#include "gpu/cuda_api.h"

// Types that only differ in name; a call through the wrong one would be undefined, so the
// comparison is of sizes and of whether they are pointers or numbers.
_Static_assert(sizeof(CUdevice) == sizeof(gpu_device), "device");
_Static_assert(sizeof(CUdeviceptr) == sizeof(gpu_memory), "memory");
_Static_assert(sizeof(CUresult) == sizeof(gpu_result), "result");
_Static_assert(sizeof(CUcontext) == sizeof(gpu_context), "context");
_Static_assert(sizeof(CUgraphExec) == sizeof(gpu_graph_exec), "graph");

// That each symbol exists there under this name.
#define GPU_EXISTS(kind, field, symbol, parameters) sizeof(&symbol),
static const size_t existing[] = {GPU_CALLS(GPU_EXISTS)};

static void test_constants(void **state) {
    (void)state;
    static const int pairs[][2] = {
        {GPU_SUCCESS, CUDA_SUCCESS},
        {GPU_ERROR_INVALID_VALUE, CUDA_ERROR_INVALID_VALUE},
        {GPU_ERROR_OUT_OF_MEMORY, CUDA_ERROR_OUT_OF_MEMORY},
        {GPU_ERROR_NOT_INITIALIZED, CUDA_ERROR_NOT_INITIALIZED},
        {GPU_ERROR_NO_DEVICE, CUDA_ERROR_NO_DEVICE},
        {GPU_ERROR_INVALID_IMAGE, CUDA_ERROR_INVALID_IMAGE},
        {GPU_ERROR_INVALID_CONTEXT, CUDA_ERROR_INVALID_CONTEXT},
        {GPU_ERROR_NO_BINARY_FOR_GPU, CUDA_ERROR_NO_BINARY_FOR_GPU},
        {GPU_ERROR_INVALID_HANDLE, CUDA_ERROR_INVALID_HANDLE},
        {GPU_ERROR_NOT_FOUND, CUDA_ERROR_NOT_FOUND},
        {GPU_ERROR_NOT_READY, CUDA_ERROR_NOT_READY},
        {GPU_ERROR_ILLEGAL_ADDRESS, CUDA_ERROR_ILLEGAL_ADDRESS},
        {GPU_ERROR_LAUNCH_TIMEOUT, CUDA_ERROR_LAUNCH_TIMEOUT},
        {GPU_ERROR_LAUNCH_FAILED, CUDA_ERROR_LAUNCH_FAILED},
        {GPU_ERROR_UNKNOWN, CUDA_ERROR_UNKNOWN},
        {GPU_ATTRIBUTE_MULTIPROCESSOR_COUNT, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT},
        {GPU_ATTRIBUTE_CLOCK_RATE_KHZ, CU_DEVICE_ATTRIBUTE_CLOCK_RATE},
        {GPU_ATTRIBUTE_INTEGRATED, CU_DEVICE_ATTRIBUTE_INTEGRATED},
        {GPU_ATTRIBUTE_COMPUTE_MODE, CU_DEVICE_ATTRIBUTE_COMPUTE_MODE},
        {GPU_ATTRIBUTE_MEMORY_CLOCK_RATE_KHZ, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE},
        {GPU_ATTRIBUTE_MEMORY_BUS_WIDTH_BITS, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH},
        {GPU_ATTRIBUTE_L2_CACHE_BYTES, CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE},
        {GPU_ATTRIBUTE_COMPUTE_MAJOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR},
        {GPU_ATTRIBUTE_COMPUTE_MINOR, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR},
        {GPU_COMPUTE_MODE_PROHIBITED, CU_COMPUTEMODE_PROHIBITED},
        {GPU_FUNCTION_ATTRIBUTE_LOCAL_BYTES, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES},
        {GPU_FUNCTION_ATTRIBUTE_REGISTERS, CU_FUNC_ATTRIBUTE_NUM_REGS},
        {GPU_STREAM_NON_BLOCKING, CU_STREAM_NON_BLOCKING},
        {GPU_EVENT_TIMED, CU_EVENT_DEFAULT},
        {GPU_EVENT_UNTIMED, CU_EVENT_DISABLE_TIMING},
        {GPU_CAPTURE_THREAD_LOCAL, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL},
        {GPU_HOST_ALLOC_PORTABLE, CU_MEMHOSTALLOC_PORTABLE},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_int_equal(pairs[i][0], pairs[i][1]);
    assert_true(sizeof existing / sizeof *existing > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_constants)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
