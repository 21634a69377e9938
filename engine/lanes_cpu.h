// The lane code of the CPU renderer as a table of functions: one table per instruction set, all
// compiled from lanes_cpu.c, all giving the same bits. renderer_cpu.c picks one at start.
// Any thread; memory is the caller's.
#ifndef ENGINE_LANES_CPU_H
#define ENGINE_LANES_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/plan.h" // struct span
#include "voices/mix.h"  // struct mix_sums

#define CHUNK_CELLS MIX_CELLS_MAX // most cells of one call
#define CHUNK_FRAMES MIX_FRAMES_MAX

struct lanes_cpu {
    const char *name;
    uint32_t width; // lanes
    // Bytes of one session's effect state, and of the working memory that each call below needs.
    uint32_t state_bytes, scratch_bytes;

    void (*effects_reset)(void *state);

    // Renders cells [cell, cell + count), count <= CHUNK_CELLS, of SPAN: notes into buses, buses
    // into SUMS, which begin at CELL and need not be zeroed before.
    void (*cells_render)(const struct span *span, const struct voice_note *notes, int64_t cell,
                         uint32_t count, const struct mix_sums *sums, void *scratch);

    // Runs the effects over PLAN's frames; SUMS begin at the cell that holds PLAN->from. OUT is
    // interleaved and may be NULL.
    void (*effects_render)(void *state, const struct effects_plan *plan,
                           const struct mix_sums *sums, float *out, void *scratch);
};

// The table for NAME ("auto": the widest that works), NULL when this processor or this build does
// not have it.
const struct lanes_cpu *lanes_cpu_find(const char *name);

// Names of those that work here, widest first, as "avx2, sse, plain".
void lanes_cpu_list(char *out, size_t cap);

#endif
