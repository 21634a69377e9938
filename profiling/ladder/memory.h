// Memory whose pieces and peak are counted. One thread.
#ifndef PROFILING_LADDER_MEMORY_H
#define PROFILING_LADDER_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct ladder_memory {
    uint64_t bytes, bytes_peak, allocations;
};

// Zeroed and aligned for lanes; ends the program when there is none.
void *ladder_take(struct ladder_memory *memory, size_t bytes);
void ladder_give(struct ladder_memory *memory, void *piece);

#endif
