/*
 * diffuser.h - turns two channels into sixteen dense ones, ahead of the tanks.
 *
 * Delays -> 16-point Hadamard -> delays -> Hadamard: every output hears each channel 128 times
 * within 77 ms, so the tail is dense (normalised echo density above 0.9) long before the network
 * itself would make it so. Left feeds the even, right the odd channels of the first matrix, which
 * gives every tank line another sign pattern of each. Two rows are heard directly as the early
 * part (effects_stages.h). Feed-forward: 16 loads, 64 additions and 16 stores per frame and matrix.
 *
 * Delays: one per equal segment, drawn at random once and kept where taps fall least on each
 * other. The first ones read a ring of two channels, so the long ones stand there.
 */
#ifndef AEOLIAN_VOICES_DIFFUSER_H
#define AEOLIAN_VOICES_DIFFUSER_H

#include "voices/hadamard.h" // hadamard_16
#include "voices/lane.h"
#include "voices/ring.h"     // ring_at, ring_put

#define DIFFUSER_CHANNELS 16
#define DIFFUSER_SPREAD_FRAMES 4096
#define DIFFUSER_SECOND_FRAMES 1024
/* Rows of the second matrix heard as left and right. */
#define DIFFUSER_LEFT 5
#define DIFFUSER_RIGHT 10
/* 1 / sqrt(8) for eight channels from one, 1/16 for two matrices: energy in = energy out. */
#define DIFFUSER_GAIN 0.022097086912079612

struct diffuser_state {
    lane_real spread[2][DIFFUSER_SPREAD_FRAMES + RING_PAD]; /* the pre-delayed send */
    lane_real second[DIFFUSER_CHANNELS][DIFFUSER_SECOND_FRAMES + RING_PAD];
};

/* Delay in frames ahead of the first (stage 0) and of the second matrix (stage 1). */
LANE_FN uint32_t diffuser_delay(uint32_t stage, uint32_t channel) {
    static const uint16_t delays[2][DIFFUSER_CHANNELS] = {
        {74, 251, 470, 622, 816, 903, 1099, 1261, 1618, 1643, 1874, 2044, 2302, 2488, 2527, 2758},
        {404, 129, 646, 68, 321, 823, 745, 271, 709, 582, 508, 523, 223, 446, 43, 157}};
    return delays[stage][channel];
}

/* Phase: first delays and matrix. The spread rings hold the stride's own frames already. */
LANE_FN void diffuser_first(struct lane_thread th, struct diffuser_state *state, int64_t n,
                            uint32_t count) {
    const lane_real *from[DIFFUSER_CHANNELS];
    for (uint32_t c = 0; c < DIFFUSER_CHANNELS; ++c) {
        from[c] = state->spread[c & 1] + ring_at(n - diffuser_delay(0, c), DIFFUSER_SPREAD_FRAMES);
    }
    const uint32_t p = ring_at(n, DIFFUSER_SECOND_FRAMES);
    LANE_FOR(i, count, th) {
        lane_f v[DIFFUSER_CHANNELS];
        LANE_UNROLL
        for (uint32_t c = 0; c < DIFFUSER_CHANNELS; ++c) {
            v[c] = lane_load(from[c] + i);
        }
        hadamard_16(v);
        LANE_UNROLL
        for (uint32_t c = 0; c < DIFFUSER_CHANNELS; ++c) {
            lane_store(state->second[c] + p + i, v[c]);
        }
        if (p + i < RING_MIRROR) { /* as ring_put does */
            LANE_UNROLL
            for (uint32_t c = 0; c < DIFFUSER_CHANNELS; ++c) {
                lane_store(state->second[c] + DIFFUSER_SECOND_FRAMES + p + i, v[c]);
            }
        }
    }
}

/*
 * Phase: second delays and matrix, into rows that begin `row_numbers` numbers apart.
 */
LANE_FN void diffuser_second(struct lane_thread th, const struct diffuser_state *state, int64_t n,
                             uint32_t count, lane_real *rows, uint32_t row_numbers) {
    const lane_real *from[DIFFUSER_CHANNELS];
    for (uint32_t c = 0; c < DIFFUSER_CHANNELS; ++c) {
        from[c] = state->second[c] + ring_at(n - diffuser_delay(1, c), DIFFUSER_SECOND_FRAMES);
    }
    const lane_f gain = lane_set((lane_real)DIFFUSER_GAIN);
    LANE_FOR(i, count, th) {
        lane_f v[DIFFUSER_CHANNELS];
        LANE_UNROLL
        for (uint32_t c = 0; c < DIFFUSER_CHANNELS; ++c) {
            v[c] = lane_load(from[c] + i);
        }
        hadamard_16(v);
        LANE_UNROLL
        for (uint32_t c = 0; c < DIFFUSER_CHANNELS; ++c) {
            lane_store(rows + (uint64_t)c * row_numbers + i, lane_mul(v[c], gain));
        }
    }
}

#endif
