/*
 * effects_lanes.h - the effects and the surf as compiled for each instruction set, in one table.
 * Only the sets that this processor has are listed; the first is plain C.
 */
#ifndef AEOLIAN_TESTS_EFFECTS_LANES_H
#define AEOLIAN_TESTS_EFFECTS_LANES_H

#include "voices/effects.h"
#include "voices/surf.h"

/* One instruction set. States and scratch are laid out alike in all sets of single precision. */
struct effects_lanes {
    const char *name;
    uint32_t state_bytes, scratch_bytes;
    void (*reset)(void *state);
    void (*render)(void *state, void *scratch, const struct effects_plan *plan,
                   const void *const rows[5], void *out); /* rows: dry l r, send l r, drive */
    void (*saturate)(const void *x, const void *drive, void *y, uint32_t count);
    void (*surf)(const struct voice_note *note, const void *brightness, int64_t cell0,
                 uint32_t cells, void *scratch, void *left, void *right);
    uint32_t surf_scratch_bytes;
};

/* All sets that can run here, plain first; returns their number (at most 8). */
uint32_t effects_lanes_list(const struct effects_lanes *list[8]);
/* The fastest of them, and the one that computes in double. */
const struct effects_lanes *effects_lanes_best(void);
const struct effects_lanes *effects_lanes_double(void);

#endif
