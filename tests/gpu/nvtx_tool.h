// What a test may ask the counting NVTX tool (nvtx_tool.c). Any thread.
#ifndef TESTS_GPU_NVTX_TOOL_H
#define TESTS_GPU_NVTX_TOOL_H

#include <stdint.h>

// Ranges of that name begun so far, in all threads.
uint64_t nvtx_tool_begun(const char *name);

// Ranges begun and not ended, and ends without a beginning; 0 when all is quiet.
uint64_t nvtx_tool_open(void);

#endif
