// The kernel image of a build without nvcc: names and argument sizes, for simulated drivers.
#include "gpu/image.h"

#include "gpu/kernels.h" // GPU_KERNELS, GPU_STUB_MAGIC

#define GPU_LINE(name, threads) "aeo_" #name " 8\n"
_Alignas(8) const unsigned char gpu_image[] = GPU_STUB_MAGIC GPU_KERNELS(GPU_LINE);
const size_t gpu_image_bytes = sizeof gpu_image - 1;
const bool gpu_image_is_stub = true;
const char gpu_image_contents[] = "stub";
