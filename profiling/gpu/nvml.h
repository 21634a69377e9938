// How busy the GPU is, as its management library says (libnvidia-ml.so.1, found at run time).
#ifndef PROFILING_GPU_NVML_H
#define PROFILING_GPU_NVML_H

#include <stdint.h>

// Share of the last sample period (up to a second) in which a kernel ran, 0..1; below 0 where it
// cannot be told. NUMBER counts as the library does, which may differ from CUDA's order where
// several devices are there. One thread.
double nvml_utilisation(uint32_t number);

#endif
