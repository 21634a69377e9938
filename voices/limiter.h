/*
 * limiter.h - the last stage: keeps the true peak below -1.5 dBTP, and otherwise does nothing.
 *
 * The wanted gain at each frame is ceiling / peak where the peak between neighbouring samples
 * (four times oversampled, the 49-tap interpolator of BS.1770 measuring practice) is too high.
 * Its minimum over 1024 frames is smoothed by box averages of 512, 341 and 172 frames, a smooth
 * bell of 1023 frames; the signal waits MASTER_DELAY_FRAMES so that the gain is down in time.
 * Nothing is foreseen and nothing fed back: the memory ends after 2100 frames.
 *
 * Minimum and averages are made by doubling (spans of 1, 2, 4, ... frames), whose order of sums
 * is fixed; sums of ones are exact, so an idle limiter multiplies by exactly 1. Hence the quick
 * path, taken where no peak was near the ceiling within the memory, has the same bits.
 *
 * The ceiling is a little lower than promised because other meters interpolate differently and
 * because a moving gain moves peaks. Phases: functions over (thread, ...) without barriers.
 */
#ifndef AEOLIAN_VOICES_LIMITER_H
#define AEOLIAN_VOICES_LIMITER_H

#include "voices/effects_plan.h" // MASTER_DELAY_FRAMES
#include "voices/lane.h"
#include "voices/ring.h" // ring_at, ring_put, ring_write

#define LIMITER_CEILING 0.83176377110267097 /* -1.6 dB */
/* Sum of the magnitudes of the interpolator's taps: no peak exceeds this times the samples'. */
#define LIMITER_OVERSHOOT 1.8641816
#define LIMITER_PAST_FRAMES 2048
#define LIMITER_TARGET_FRAMES 4096
/* What minimum and averages look back, rounded up: 1023 + 511 + 340 + 171 = 2045. */
#define LIMITER_QUIET_MAX 1048576 /* quiet frames are counted this far */
#define LIMITER_MEMORY 2048
#define LIMITER_MINIMUM_BITS 10
#define LIMITER_TAPS 12
#define LIMITER_ROW (LIMITER_MEMORY + RING_STRIDE + LANE_WIDTH_MAX)

struct limiter_state {
    lane_real past[2][LIMITER_PAST_FRAMES + RING_PAD]; /* the signal */
    lane_real target[LIMITER_TARGET_FRAMES + RING_PAD]; /* the wanted gain */
    lane_real quiet[LANE_WIDTH_MAX]; /* [0]: frames since a target below 1, counted to 2^20 */
};

struct limiter_scratch {
    lane_real row[3][LIMITER_ROW]; /* entry i is frame i - LIMITER_MEMORY of the stride */
    uint32_t raised; /* not 0: a sample might peak above the ceiling */
    uint32_t below;  /* not 0: a target is below 1 */
};

/* As if silence had been before. */
LANE_HOST_FN void limiter_reset(struct limiter_state *state) {
    for (uint32_t i = 0; i < LIMITER_PAST_FRAMES + RING_PAD; ++i) {
        state->past[0][i] = 0;
        state->past[1][i] = 0;
    }
    for (uint32_t i = 0; i < LIMITER_TARGET_FRAMES + RING_PAD; ++i) {
        state->target[i] = 1;
    }
    for (uint32_t i = 0; i < LANE_WIDTH_MAX; ++i) {
        state->quiet[i] = 0;
    }
    state->quiet[0] = LIMITER_QUIET_MAX;
}

/* Phase: nothing found yet. Threads that find something all write the same number. */
LANE_FN void limiter_begin(struct lane_thread th, struct limiter_scratch *scratch) {
    if (th.index == 0) {
        scratch->raised = 0;
        scratch->below = 0;
    }
}

/* Phase: looks whether any of the samples that the stride's peaks rest on is large. */
LANE_FN void limiter_watch(struct lane_thread th, const struct limiter_state *state,
                           struct limiter_scratch *scratch, int64_t n, uint32_t count) {
    const uint32_t p = ring_at(n - (LIMITER_TAPS - 1), LIMITER_PAST_FRAMES);
    lane_f most = lane_set(0);
    LANE_FOR(i, count + LIMITER_TAPS - 1, th) {
        most = lane_max(most, lane_abs(lane_load(state->past[0] + p + i)));
        most = lane_max(most, lane_abs(lane_load(state->past[1] + p + i)));
    }
    const lane_f bound = lane_set((lane_real)(0.999 * LIMITER_CEILING / LIMITER_OVERSHOOT));
    if (lane_any(lane_lt(bound, most))) {
        scratch->raised = 1;
    }
}

/* Largest magnitude at a sample and at the three places between it and the next. `x` points at
   the first of 12 samples; the pair in question is x[5], x[6]. */
LANE_FN lane_f limiter_peak(const lane_real *x) {
    static const lane_real near[LIMITER_TAPS] = {
        -0.00163172616F, 0.010359955F,  -0.0301077483F, 0.0691584697F,  -0.161458527F,
        0.896465151F,    0.288683356F,  -0.103456726F,  0.0462650535F,  -0.0185260059F,
        0.00489598314F,  -0.000167441976F};
    static const lane_real half[LIMITER_TAPS / 2] = {-0.000986013305F, 0.0103589786F,
                                                     -0.0337036036F,   0.0801389094F,
                                                     -0.181129655F,    0.625773626F};
    lane_f quarter = lane_set(0), middle = lane_set(0), late = lane_set(0);
    LANE_UNROLL
    for (int k = 0; k < LIMITER_TAPS; ++k) {
        const lane_f v = lane_load(x + k);
        quarter = lane_fma(lane_set(near[k]), v, quarter);
        late = lane_fma(lane_set(near[LIMITER_TAPS - 1 - k]), v, late);
        middle = lane_fma(lane_set(half[k < 6 ? k : 11 - k]), v, middle);
    }
    const lane_f between = lane_max(lane_abs(quarter), lane_abs(late));
    return lane_max(lane_max(lane_abs(lane_load(x + 5)), lane_abs(middle)), between);
}

/* Phase: wanted gains of the stride. The entry of frame n belongs to the peak at n - 6. */
LANE_FN void limiter_aim(struct lane_thread th, struct limiter_state *state,
                         struct limiter_scratch *scratch, int64_t n, uint32_t count) {
    const bool raised = scratch->raised != 0;
    const uint32_t from = ring_at(n - (LIMITER_TAPS - 1), LIMITER_PAST_FRAMES);
    const uint32_t p = ring_at(n, LIMITER_TARGET_FRAMES);
    const lane_f one = lane_set(1), ceiling = lane_set((lane_real)LIMITER_CEILING);
    bool below = false;
    LANE_FOR(i, count, th) {
        lane_f target = one;
        if (raised) {
            const lane_f peak = lane_max(limiter_peak(state->past[0] + from + i),
                                         limiter_peak(state->past[1] + from + i));
            const lane_m high = lane_lt(ceiling, peak);
            target = lane_select(high, lane_div(ceiling, peak), one);
            below = below || lane_any(high);
        }
        ring_put(state->target, LIMITER_TARGET_FRAMES, p + i, target);
    }
    if (below) {
        scratch->below = 1;
    }
}

/* Whether the gain is 1 throughout the stride; ask before limiter_settle. */
LANE_FN bool limiter_idle(const struct limiter_state *state,
                          const struct limiter_scratch *scratch) {
    return state->quiet[0] >= LIMITER_MEMORY && scratch->below == 0;
}

/* Phase: counts the quiet frames. */
LANE_FN void limiter_settle(struct lane_thread th, struct limiter_state *state,
                            const struct limiter_scratch *scratch, uint32_t count) {
    if (th.index == 0) {
        const lane_real more = state->quiet[0] + (lane_real)count;
        const bool below = scratch->below != 0;
        state->quiet[0] = below ? 0 : (more > LIMITER_QUIET_MAX ? LIMITER_QUIET_MAX : more);
    }
}

/* Phase: the targets of the memory and the stride, in row 0. */
LANE_FN void limiter_recall(struct lane_thread th, const struct limiter_state *state,
                            struct limiter_scratch *scratch, int64_t n, uint32_t count) {
    for (uint32_t part = 0; part < LIMITER_MEMORY + count; part += RING_STRIDE) {
        const uint32_t p = ring_at(n - LIMITER_MEMORY + part, LIMITER_TARGET_FRAMES);
        LANE_FOR(i, RING_STRIDE, th) {
            lane_store(scratch->row[0] + part + i, lane_load(state->target + p + i));
        }
    }
}

/* Phase: minimum of spans of 2 steps from the minimum of spans of `step`. */
LANE_FN void limiter_least(struct lane_thread th, const lane_real *from, lane_real *to,
                           uint32_t step, uint32_t count) {
    LANE_FOR(i, LIMITER_MEMORY + count - step, th) {
        lane_store(to + step + i, lane_min(lane_load(from + i), lane_load(from + i + step)));
    }
}

/* Phase: sums over spans of 2 steps from sums over spans of `step`. */
LANE_FN void limiter_double(struct lane_thread th, const lane_real *from, lane_real *to,
                            uint32_t step, uint32_t count) {
    LANE_FOR(i, LIMITER_MEMORY + count - step, th) {
        lane_store(to + step + i, lane_add(lane_load(from + i), lane_load(from + i + step)));
    }
}

/* Phase: `sum` covers the last `covered` frames; appends the span of `from` that ends there. */
LANE_FN void limiter_append(struct lane_thread th, const lane_real *from, lane_real *sum,
                            uint32_t covered, uint32_t count) {
    LANE_FOR(i, LIMITER_MEMORY + count - covered, th) {
        const lane_f before = covered ? lane_load(sum + covered + i) : lane_set(0);
        lane_store(sum + covered + i, lane_add(before, lane_load(from + i)));
    }
}

/* Phase: out frame i is gain x the signal MASTER_DELAY_FRAMES ago. `sum`: row of gain sums, NULL
   where the gain is 1. `out`: 2 count numbers, left and right in turn. */
LANE_FN void limiter_give(struct lane_thread th, const struct limiter_state *state,
                          const lane_real *sum, int64_t n, uint32_t count, lane_real *out) {
    const uint32_t p = ring_at(n - MASTER_DELAY_FRAMES, LIMITER_PAST_FRAMES);
    const lane_real *left = state->past[0] + p, *right = state->past[1] + p;
    if (!sum) {
        for (uint32_t i = th.index; i < count; i += th.count) {
            out[2 * i] = left[i];
            out[2 * i + 1] = right[i];
        }
        return;
    }
    for (uint32_t i = th.index; i < count; i += th.count) {
        const lane_real gain = sum[LIMITER_MEMORY + i] / (lane_real)(512.0 * 341.0 * 172.0);
        out[2 * i] = left[i] * gain;
        out[2 * i + 1] = right[i] * gain;
    }
}

#endif
