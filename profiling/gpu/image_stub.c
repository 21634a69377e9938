// The benchmark's kernel image of a build without nvcc: names and argument sizes, for simulated
// drivers.
#include "gpu/kernels.h"           // GPU_STUB_MAGIC
#include "profiling/gpu/kernels.h" // BENCH_KERNELS
#include "profiling/gpu/machine.h" // bench_image

#define BENCH_LINE(name) "aeo_bench_" #name " 8\n"
_Alignas(8) const unsigned char bench_image[] = GPU_STUB_MAGIC BENCH_KERNELS(BENCH_LINE);
const size_t bench_image_bytes = sizeof bench_image - 1;
const bool bench_image_is_stub = true;
const char bench_image_contents[] = "stub";
