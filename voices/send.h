/*
 * send.h - what the reverb hears: the send without its bass, later by the pre-delay.
 *
 * High-pass at 160 Hz, so that drones do not fill the tanks: x minus its one-pole low-pass
 * (1 - a) / (1 - a/z), kept finite as the first 1024 taps, which are the product of ten factors
 * (1 + a^(2^k) / z^(2^k)), two at a time: no recursion (a^1024 = -186 dB).
 * The pre-delay belongs to an epoch; where two epochs differ it cross-fades with their tanks.
 *
 * Phases: functions over (thread, ...) without barriers inside, called in the order of effects.h.
 */
#ifndef AEOLIAN_VOICES_SEND_H
#define AEOLIAN_VOICES_SEND_H

#include "voices/lane.h"
#include "voices/ring.h" // ring_at, ring_put, ring_write

/* a = exp(-2 pi 160 / 48000), and 1 / ((1 + a)(1 + a^2) ... (1 + a^512)) = (1 - a) / (1 - a^1024).
   REVERB_HIGHPASS_HZ is the 160; a test compares. */
#define SEND_POLE 0.979273850327901
#define SEND_GAIN 0.02072614968215382

/* Two factors a stage. Stage k sums 4^k taps and needs 3 x 4^k frames of the past. */
#define SEND_STAGES (REVERB_HIGHPASS_STAGES / 2)
/* Rings of 256, 256, 256, 512 and 1024 frames. */
#define SEND_STAGE_NUMBERS (3 * 256 + 512 + 1024 + SEND_STAGES * RING_PAD)
/* Pre-delay up to 3840 frames. */
#define SEND_PASSED_FRAMES 4096

struct send_state {
    lane_real stage[2][SEND_STAGE_NUMBERS];
    lane_real passed[2][SEND_PASSED_FRAMES + RING_PAD];
};

LANE_FN uint32_t send_stage_size(uint32_t k) {
    return k < 3 ? 256 : (k == 3 ? 512 : 1024);
}
LANE_FN uint32_t send_stage_offset(uint32_t k) {
    return k * (256 + RING_PAD) + (k == 4 ? 256 : 0); /* stage 3 has 256 more */
}

/* The stage whose sums are read: where frame n and those 1, 2 and 3 times 4^k before it lie. */
struct send_runs {
    const lane_real *run[4];
};
LANE_FN struct send_runs send_stage_runs(const struct send_state *state, uint32_t channel,
                                         uint32_t k, int64_t n) {
    struct send_runs runs;
    for (uint32_t i = 0; i < 4; ++i) {
        const uint32_t p = ring_at(n - ((int64_t)i << (2 * k)), send_stage_size(k));
        runs.run[i] = state->stage[channel] + send_stage_offset(k) + p;
    }
    return runs;
}

/* Four times as many taps: (1 + a / z^d)(1 + a^2 / z^2d), d = 4^k. */
LANE_FN lane_f send_sum(const struct send_runs *runs, uint32_t i, lane_f a, lane_f a2) {
    const lane_f near = lane_fma(a, lane_load(runs->run[1] + i), lane_load(runs->run[0] + i));
    const lane_f far = lane_fma(a, lane_load(runs->run[3] + i), lane_load(runs->run[2] + i));
    return lane_fma(a2, far, near);
}

/* Phase: `input` (two rows of count frames) goes to the ring of stage 0. */
LANE_FN void send_take(struct lane_thread th, struct send_state *state, int64_t n, uint32_t count,
                       const lane_real *input, uint32_t channel) {
    ring_write(th, state->stage[channel], send_stage_size(0), ring_at(n, send_stage_size(0)),
               input, count);
}

/* Phase k of 0 .. 3: sums of 4^k taps become sums of 4^(k+1). `power` is a^(4^k). */
LANE_FN void send_grow(struct lane_thread th, struct send_state *state, int64_t n, uint32_t count,
                       uint32_t channel, uint32_t k, double power) {
    const struct send_runs runs = send_stage_runs(state, channel, k, n);
    const uint32_t size = send_stage_size(k + 1), p = ring_at(n, size);
    lane_real *next = state->stage[channel] + send_stage_offset(k + 1);
    const lane_f a = lane_set((lane_real)power), a2 = lane_set((lane_real)(power * power));
    LANE_FOR(i, count, th) {
        ring_put(next, size, p + i, send_sum(&runs, i, a, a2));
    }
}

/* Last phase: grows once more, scales, and keeps what the low-pass leaves over. */
LANE_FN void send_pass(struct lane_thread th, struct send_state *state, int64_t n, uint32_t count,
                       const lane_real *input, uint32_t channel, double power) {
    const struct send_runs runs = send_stage_runs(state, channel, SEND_STAGES - 1, n);
    const uint32_t p = ring_at(n, SEND_PASSED_FRAMES);
    const lane_f a = lane_set((lane_real)power), a2 = lane_set((lane_real)(power * power));
    const lane_f gain = lane_set((lane_real)SEND_GAIN);
    LANE_FOR(i, count, th) {
        ring_put(state->passed[channel], SEND_PASSED_FRAMES, p + i,
                 lane_fnma(gain, send_sum(&runs, i, a, a2), lane_load(input + i)));
    }
}

/*
 * Phase: the passed signal `old_delay` frames ago, moving to `new_delay` as `ramp` (count values
 * 0 .. 1) goes; ramp NULL means all new. Writes into `to`, a ring of `size` frames.
 */
LANE_FN void send_predelay(struct lane_thread th, const struct send_state *state, int64_t n,
                           uint32_t count, uint32_t channel, uint32_t old_delay,
                           uint32_t new_delay, const lane_real *ramp, lane_real *to,
                           uint32_t size) {
    const lane_real *passed = state->passed[channel];
    const lane_real *newer = passed + ring_at(n - new_delay, SEND_PASSED_FRAMES);
    const lane_real *older = passed + ring_at(n - old_delay, SEND_PASSED_FRAMES);
    const uint32_t p = ring_at(n, size);
    LANE_FOR(i, count, th) {
        lane_f x = lane_load(newer + i);
        if (ramp) {
            x = lane_lerp(lane_load(older + i), x, lane_load(ramp + i));
        }
        ring_put(to, size, p + i, x);
    }
}

#endif
