// See memory.h. The size of a piece stands ahead of it.
#include "profiling/ladder/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 64 };

void *ladder_take(struct ladder_memory *memory, size_t bytes) {
    size_t whole = (bytes + 2 * ALIGN - 1) / ALIGN * ALIGN;
    unsigned char *piece = aligned_alloc(ALIGN, whole);
    if (!piece) {
        fprintf(stderr, "aeolian-bench: out of memory\n");
        exit(1);
    }
    memset(piece, 0, whole);
    memcpy(piece, &bytes, sizeof bytes);
    memory->bytes += bytes;
    memory->allocations++;
    if (memory->bytes > memory->bytes_peak) memory->bytes_peak = memory->bytes;
    return piece + ALIGN;
}

void ladder_give(struct ladder_memory *memory, void *piece) {
    if (!piece) return;
    size_t bytes;
    unsigned char *begin = (unsigned char *)piece - ALIGN;
    memcpy(&bytes, begin, sizeof bytes);
    memory->bytes -= bytes;
    free(begin);
}
