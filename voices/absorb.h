/*
 * absorb.h - the absorption of a reverb line: 32 taps of a one-pole in five fused operations.
 *
 *   (1 + a/z)(1 + a^2/z^2)(1 + a^4/z^4)(1 + a^8/z^8)(1 + a^16/z^16) = 1 + a/z + ... + (a/z)^31
 *
 * Factor k needs the result of the factor before at n and at n - 2^k. With 16 or 8 lanes both are
 * in registers (the neighbours come by shuffling two vectors), which is three times as fast as
 * storing and loading them at odd addresses; on a GPU and in plain C they go through memory. Both
 * forms do the same operations on the same numbers and so give the same bits.
 *
 * Numbers below ABSORB_TINY become 0. Run by whoever renders the session.
 */
#ifndef AEOLIAN_VOICES_ABSORB_H
#define AEOLIAN_VOICES_ABSORB_H

#include "voices/lane.h"
#include "voices/ring.h" // ring_put

/* Frames ahead of the first that the taps reach: 31, rounded up. */
#define ABSORB_RECENT 32
#define ABSORB_TINY 1.3552527156068805e-20 /* 2^-66 */

/* One line's numbers for a stride: poles a, a^2, a^4, a^8, a^16; gain; where it goes. */
struct absorb_line {
    lane_real pole[5], gain;
    lane_real *ring;
    uint32_t size, at; /* ring size, position of the first frame */
};

/* Scales, turns the tiny into nothing, and stores at frame i. */
LANE_FN void absorb_put(const struct absorb_line *line, uint32_t i, lane_f sum) {
    const lane_f y = lane_mul(lane_set(line->gain), sum);
    const lane_m heard = lane_le(lane_set((lane_real)ABSORB_TINY), lane_abs(y));
    ring_put(line->ring, line->size, line->at + i, lane_select(heard, y, lane_set(0)));
}

#if LANE_WIDTH >= 8

#if LANE_WIDTH == 16
/* Lanes of `now` moved up by 1, 2, 4 or 8, filled from the end of `before`. */
#define ABSORB_1(before, now)                                                                   \
    __builtin_shufflevector(before, now, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, \
                            29, 30)
#define ABSORB_2(before, now)                                                                   \
    __builtin_shufflevector(before, now, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, \
                            28, 29)
#define ABSORB_4(before, now)                                                                   \
    __builtin_shufflevector(before, now, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, \
                            26, 27)
#define ABSORB_8(before, now)                                                                  \
    __builtin_shufflevector(before, now, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
                            22, 23)
#else
#define ABSORB_1(before, now) __builtin_shufflevector(before, now, 7, 8, 9, 10, 11, 12, 13, 14)
#define ABSORB_2(before, now) __builtin_shufflevector(before, now, 6, 7, 8, 9, 10, 11, 12, 13)
#define ABSORB_4(before, now) __builtin_shufflevector(before, now, 4, 5, 6, 7, 8, 9, 10, 11)
#define ABSORB_8(before, now) (before)
#endif

/* What the factors remember of the vector before (and, with 8 lanes, the one before that). */
struct absorb_past {
    lane_f one, two, four, eight, sixteen, sixteen2;
};

/* All factors for one vector of frames. */
LANE_FN lane_f absorb_next(struct absorb_past *past, const lane_f pole[5], lane_f x) {
    const lane_f two = lane_fma(pole[0], ABSORB_1(past->one, x), x);
    const lane_f four = lane_fma(pole[1], ABSORB_2(past->two, two), two);
    const lane_f eight = lane_fma(pole[2], ABSORB_4(past->four, four), four);
    const lane_f sixteen = lane_fma(pole[3], ABSORB_8(past->eight, eight), eight);
#if LANE_WIDTH == 16
    const lane_f all = lane_fma(pole[4], past->sixteen, sixteen);
#else
    const lane_f all = lane_fma(pole[4], past->sixteen2, sixteen);
    past->sixteen2 = past->sixteen;
#endif
    past->one = x;
    past->two = two;
    past->four = four;
    past->eight = eight;
    past->sixteen = sixteen;
    return all;
}

/* `x`: ABSORB_RECENT frames of the past, then count frames. Two lines at once: the chains of
   dependent operations of one fill the gaps of the other's. */
LANE_FN void absorb_pair(const struct absorb_line *a, const lane_real *x,
                         const struct absorb_line *b, const lane_real *y, uint32_t count) {
    const lane_f zero = lane_set(0);
    struct absorb_past past_a = {zero, zero, zero, zero, zero, zero}, past_b = past_a;
    lane_f pole_a[5], pole_b[5];
    LANE_UNROLL
    for (int k = 0; k < 5; ++k) {
        pole_a[k] = lane_set(a->pole[k]);
        pole_b[k] = lane_set(b->pole[k]);
    }
    for (uint32_t i = 0; i < ABSORB_RECENT; i += LANE_WIDTH) {
        absorb_next(&past_a, pole_a, lane_load(x + i));
        absorb_next(&past_b, pole_b, lane_load(y + i));
    }
    for (uint32_t i = 0; i < count; i += LANE_WIDTH) {
        absorb_put(a, i, absorb_next(&past_a, pole_a, lane_load(x + ABSORB_RECENT + i)));
        absorb_put(b, i, absorb_next(&past_b, pole_b, lane_load(y + ABSORB_RECENT + i)));
    }
}

#endif

/* Phase: the first two factors. Entry i of `four` is frame i - 28. */
LANE_FN void absorb_four(struct lane_thread th, const struct absorb_line *line, const lane_real *x,
                         lane_real *four, uint32_t count) {
    const lane_f a = lane_set(line->pole[0]), a2 = lane_set(line->pole[1]);
    LANE_FOR(i, count + 28, th) {
        const lane_f near = lane_fma(a, lane_load(x + i + 3), lane_load(x + i + 4));
        const lane_f far = lane_fma(a, lane_load(x + i + 1), lane_load(x + i + 2));
        lane_store(four + i, lane_fma(a2, far, near));
    }
}

/* Phase: the next two. Entry i of `sixteen` is frame i - 16. */
LANE_FN void absorb_sixteen(struct lane_thread th, const struct absorb_line *line,
                            const lane_real *four, lane_real *sixteen, uint32_t count) {
    const lane_f a4 = lane_set(line->pole[2]), a8 = lane_set(line->pole[3]);
    LANE_FOR(i, count + 16, th) {
        const lane_f near = lane_fma(a4, lane_load(four + i + 8), lane_load(four + i + 12));
        const lane_f far = lane_fma(a4, lane_load(four + i), lane_load(four + i + 4));
        lane_store(sixteen + i, lane_fma(a8, far, near));
    }
}

/* Phase: the last factor and the gain; writes the line's ring. */
LANE_FN void absorb_write(struct lane_thread th, const struct absorb_line *line,
                          const lane_real *sixteen, uint32_t count) {
    const lane_f a16 = lane_set(line->pole[4]);
    LANE_FOR(i, count, th) {
        absorb_put(line, i, lane_fma(a16, lane_load(sixteen + i), lane_load(sixteen + i + 16)));
    }
}

#endif
