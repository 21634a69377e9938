/*
 * image.h - the kernels as the driver takes them: bytes that the build embedded.
 *
 * A fat binary for every architecture of CMAKE_CUDA_ARCHITECTURES where nvcc was found, else the
 * stub that kernels.h describes. Static data; any thread.
 */
#ifndef AEOLIAN_GPU_IMAGE_H
#define AEOLIAN_GPU_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

extern const unsigned char gpu_image[];  /* aligned to 8 bytes; a zero byte follows the last */
extern const size_t gpu_image_bytes;
extern const bool gpu_image_is_stub;     /* made without nvcc: simulated drivers only */
extern const char gpu_image_contents[];  /* for people: "sm_75 sm_80 ... ptx_120" or "stub" */

#endif
