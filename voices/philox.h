/*
 * philox.h - random numbers as a pure function of (seed, counter): Philox4x32-10.
 *
 * Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Nothing is
 * ever drawn from a state, so any note, phrase or sample can be computed alone, in any order, on
 * any machine. One form for one counter (integers only), one for lanes of counters.
 * Counter words by convention: (index, layer or stream, purpose, draw). Any thread; pure.
 */
#ifndef AEOLIAN_VOICES_PHILOX_H
#define AEOLIAN_VOICES_PHILOX_H

#include "voices/lane.h"

#define PHILOX_M0 0xD2511F53U
#define PHILOX_M1 0xCD9E8D57U
#define PHILOX_W0 0x9E3779B9U
#define PHILOX_W1 0xBB67AE85U
#define PHILOX_ROUNDS 10

/* Purposes (third counter word) of the tonal voices; others use numbers from 0x100 up. */
enum philox_purpose {
    PHILOX_VOICE_NOTE = 1,   /* per note: LFO phases, start phases, doublets */
    PHILOX_VOICE_PARTIAL = 2 /* per partial and line of a note */
};

struct philox_word4 {
    uint32_t w[4];
};
struct philox_lanes {
    lane_u w[4];
};

/* The four random words of one counter under SEED. */
LANE_HOST_FN struct philox_word4 philox(uint64_t seed, uint32_t c0, uint32_t c1, uint32_t c2,
                                        uint32_t c3) {
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const uint64_t p0 = (uint64_t)PHILOX_M0 * c0, p1 = (uint64_t)PHILOX_M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    struct philox_word4 out;
    out.w[0] = c0;
    out.w[1] = c1;
    out.w[2] = c2;
    out.w[3] = c3;
    return out;
}

/* The same for lanes of counters under one SEED. */
LANE_FN struct philox_lanes philox_lanes(uint64_t seed, lane_u c0, lane_u c1, lane_u c2,
                                         lane_u c3) {
    const lane_u m0 = lane_uset(PHILOX_M0), m1 = lane_uset(PHILOX_M1);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < PHILOX_ROUNDS; round++) {
        const lane_u h0 = lane_umulhi(m0, c0), h1 = lane_umulhi(m1, c2);
        const lane_u l0 = lane_umul(m0, c0), l1 = lane_umul(m1, c2);
        c0 = lane_uxor(lane_uxor(h1, c1), lane_uset(k0));
        c2 = lane_uxor(lane_uxor(h0, c3), lane_uset(k1));
        c1 = l1;
        c3 = l0;
        k0 += PHILOX_W0;
        k1 += PHILOX_W1;
    }
    struct philox_lanes out;
    out.w[0] = c0;
    out.w[1] = c1;
    out.w[2] = c2;
    out.w[3] = c3;
    return out;
}

/* A random word as a number in [0, 1): its top 24 bits, exact in single precision. */
LANE_HOST_FN double philox_unit(uint32_t word) {
    return (double)(word >> 8) * (1.0 / 16777216.0);
}
/* A random word as a number in [-1, 1). */
LANE_HOST_FN double philox_signed(uint32_t word) {
    return philox_unit(word) * 2.0 - 1.0;
}
LANE_FN lane_f philox_unit_lanes(lane_u word) {
    return lane_mul(lane_from_int(lane_u_as_i(lane_ushr(word, 8))),
                    lane_set((lane_real)(1.0 / 16777216.0)));
}

/* Four words as one roughly normal number, mean 0, deviation 1 (sum of four uniforms). */
LANE_HOST_FN double philox_normal(struct philox_word4 r) {
    const double sum = philox_unit(r.w[0]) + philox_unit(r.w[1]) + philox_unit(r.w[2]) +
                       philox_unit(r.w[3]);
    return (sum - 2.0) * 1.7320508075688772935;
}

#endif
