// Errors by number, name and text, in the driver's words. Any thread.
#include "tests/cudasim/sim.h" // cuGetErrorName

static const struct {
    int error;
    const char *name, *text;
} errors[] = {
    {GPU_SUCCESS, "CUDA_SUCCESS", "no error"},
    {GPU_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {GPU_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {GPU_ERROR_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {SIM_ERROR_DEVICE_UNAVAILABLE, "CUDA_ERROR_DEVICE_UNAVAILABLE",
     "CUDA-capable device(s) is/are busy or unavailable"},
    {GPU_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {SIM_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {GPU_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {GPU_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {GPU_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {GPU_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {GPU_ERROR_NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {GPU_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS",
     "an illegal memory access was encountered"},
    {GPU_ERROR_LAUNCH_TIMEOUT, "CUDA_ERROR_LAUNCH_TIMEOUT",
     "the launch timed out and was terminated"},
    {GPU_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {SIM_ERROR_DRIVER_MISMATCH, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
     "system has unsupported display driver / cuda driver combination"},
    {GPU_ERROR_UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

bool sim_error_sticky(int error) {
    return error == GPU_ERROR_ILLEGAL_ADDRESS || error == GPU_ERROR_LAUNCH_TIMEOUT ||
           error == GPU_ERROR_LAUNCH_FAILED || error == GPU_ERROR_UNKNOWN;
}

gpu_result cuGetErrorName(gpu_result error, const char **text) {
    *text = NULL;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i].error == error) *text = errors[i].name;
    }
    return *text ? GPU_SUCCESS : GPU_ERROR_INVALID_VALUE;
}

gpu_result cuGetErrorString(gpu_result error, const char **text) {
    *text = NULL;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i].error == error) *text = errors[i].text;
    }
    return *text ? GPU_SUCCESS : GPU_ERROR_INVALID_VALUE;
}
