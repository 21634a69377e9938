/*
 * part.h - what one run of the kernels works on: some spans of one batch, all of one length.
 *
 * A batch is cut into parts, so that the copy stream can bring one part home while the compute
 * stream renders the next. A part is one block of memory that the host writes and copies up as it
 * is: this struct, then the spans, then the notes that are new. All addresses in it are device
 * addresses; the kernels have no other argument than where the part is.
 *
 * Rows: the signals of a span lie in rows of row_frames numbers, whose first number belongs to the
 * first frame of the cell that holds span->from; so row_frames counts all cells that the span
 * touches. Row r of span i stands at base + (i x rows of that signal + r) x row_frames.
 *
 * Shared by the host (C11), the kernels (C++17) and the simulated driver: plain data of one layout.
 */
#ifndef AEOLIAN_GPU_PART_H
#define AEOLIAN_GPU_PART_H

#include <stdint.h>

#include "engine/plan.h"    // struct span
#include "voices/effects.h" // struct effects_state

/* Signals of a part and how many rows each has per span. */
#define GPU_DRY_ROWS 2      /* left, right; the echo is added to them */
#define GPU_SEND_ROWS 2
#define GPU_PASSED_ROWS 2   /* the send, high-passed: what the echo hears */
#define GPU_DIFFUSED_ROWS REVERB_LINE_COUNT
#define GPU_WET_ROWS 4      /* tank 0 left, right, tank 1 left, right */
#define GPU_ROWS \
    (GPU_DRY_ROWS + GPU_SEND_ROWS + GPU_PASSED_ROWS + GPU_DIFFUSED_ROWS + GPU_WET_ROWS)

/* Bits of gpu_part.flags[span]. */
#define GPU_SPAN_RESET 1u /* the session's effects begin as if silence had been before */

/* Long spans are cut in time where the effects forget: items after the first begin this many
   frames earlier, from silence, and are exact when their own frames begin (effects_stages.h). So
   an item is at least as long as that. */
#define GPU_FRONT_PRIME_FRAMES EFFECTS_PRIME_FRAMES
#define GPU_MASTER_PRIME_FRAMES 2560 /* the limiter's 2080, rounded up to strides */

/* The forgetting parts of a session's state as they were before the span, for the first of several
   items to work on, while the last one writes the session's own. */
struct gpu_carry {
    struct send_state send;
    struct diffuser_state diffuser;
    struct limiter_state limiter;
};

struct gpu_part {
    uint32_t span_count;
    uint32_t frames;      /* of each span */
    uint32_t row_frames;  /* see above; a multiple of CELL_FRAMES */
    uint32_t voice_cells; /* of one item of the voices; a multiple of TILE_CELLS */
    uint32_t voice_items; /* per span */
    uint32_t front_frames, front_items; /* of one item of the front, and items per span */
    uint32_t master_frames, master_items;
    uint32_t fresh_count; /* notes that go into the pool first */
    const uint32_t *flags;           /* [span_count] */
    const struct span *spans;        /* [span_count]; host pointers in them are only compared */
    const uint32_t *fresh_numbers;   /* [fresh_count]: places in the pool */
    const struct voice_note *fresh;  /* [fresh_count] */
    struct voice_note *notes;        /* the pool: sessions_max x PLAN_SESSION_NOTES */
    struct effects_state *states;    /* [sessions_max] */
    struct gpu_carry *carries;       /* [span_count] where there are several items, else unused */
    float *dry, *send, *passed, *diffused, *wet; /* rows */
    float *drive;                    /* row_frames / CELL_FRAMES + 1 numbers per span */
    float *out;                      /* span i at 2 x frames x i; interleaved */
    unsigned char *scratch;          /* working memory of all blocks of one kernel */
};

/* The cell that holds frame n; two's complement rounds downwards. */
LANE_HOST_FN int64_t gpu_cell_of(int64_t n) {
    return n >> 6;
}

/* Row `row` of `rows` of span number `span`. */
LANE_HOST_FN float *gpu_row(float *base, const struct gpu_part *part, uint32_t span, uint32_t rows,
                            uint32_t row) {
    return base + ((uint64_t)span * rows + row) * part->row_frames;
}

/* Cells that a span of `frames` may touch, wherever it begins. */
LANE_HOST_FN uint32_t gpu_cells_max(uint32_t frames) {
    return frames / CELL_FRAMES + 2;
}

#endif
