/*
 * ring.h - delay memory of the effects, addressed by absolute time.
 *
 * Frame n of a signal lies at n mod size. A step of the effects (a stride) never crosses a
 * multiple of RING_STRIDE, and sizes are such multiples, so a stride is written in one piece.
 * The first RING_MIRROR numbers stand once more behind the end: a read of RING_MIRROR neighbours
 * from anywhere is one contiguous run and never wraps.
 *
 * The surprising convention: lanes work in groups of LANE_WIDTH, so up to 15 numbers behind the
 * last frame of a short stride are written with nonsense (finite). Sizes leave room for that: it
 * only ever falls on frames too old to be read, and is overwritten by the strides to come.
 * Run by whoever renders the session.
 */
#ifndef AEOLIAN_VOICES_RING_H
#define AEOLIAN_VOICES_RING_H

#include "voices/lane.h"
#include "voices/reverb_design.h" // RING_STRIDE, RING_PAD

#define RING_MIRROR (RING_PAD - LANE_WIDTH_MAX)

/* Asks for numbers that the next stride needs: rings are long and many, and a processor does not
   guess that far. Harmless beyond the end of memory. */
LANE_FN void ring_soon(const lane_real *p) {
#if defined(__GNUC__) && !defined(__CUDACC__)
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}

/* Position of absolute frame `n` in a ring whose size is a power of two. */
LANE_FN uint32_t ring_at(int64_t n, uint32_t size) {
    return (uint32_t)n & (size - 1);
}

/* Puts lanes at position p, and behind the end where the mirror wants them. */
LANE_FN void ring_put(lane_real *ring, uint32_t size, uint32_t p, lane_f x) {
    lane_store(ring + p, x);
    if (p < RING_MIRROR) {
        lane_store(ring + size + p, x);
    }
}

/* Writes `count` frames of `from` at position p (count <= RING_STRIDE, within one stride). */
LANE_FN void ring_write(struct lane_thread th, lane_real *ring, uint32_t size, uint32_t p,
                        const lane_real *from, uint32_t count) {
    LANE_FOR(i, count, th) {
        ring_put(ring, size, p + i, lane_load(from + i));
    }
}

#endif
