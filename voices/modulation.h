/*
 * modulation.h - the slowly moving read places of six of the reverb's lines.
 *
 * Line q moves by depth x sine, 6 to 14 frames at 0.07 to 0.31 Hz: less than a third of a cent,
 * enough to smear the modes. A closed form of the absolute frame, so both tanks move alike.
 * At the boundaries of the 64-frame cells the read place is cubic Lagrange interpolation; between
 * them the weights go linearly. So nothing jumps anywhere, not even where the whole part of the
 * place changes (a fifth tap bridges that), and an inner loop needs one fused operation per tap
 * for the weight and one for the product. Phases as in reverb.h.
 */
#ifndef AEOLIAN_VOICES_MODULATION_H
#define AEOLIAN_VOICES_MODULATION_H

#include "voices/lane.h"
#include "voices/math.h" // lane_sincos

#define MODULATION_LINES 6
#define MODULATION_TAPS 5
#define MODULATION_CELL 64
/* Two cells (a stride touches no more) of eight lines, six in use. Item 8 cell + line. */
#define MODULATION_ITEMS 16

struct modulation_table {
    lane_real base[MODULATION_ITEMS];                    /* whole frames, may be negative */
    lane_real weight[MODULATION_TAPS][MODULATION_ITEMS]; /* at the start of the cell; tap t reads */
    lane_real slope[MODULATION_TAPS][MODULATION_ITEMS];  /* base - 1 + t later; per frame */
};

/* The reverb line that modulator q moves; short and long ones alike. */
LANE_FN uint32_t modulation_line(uint32_t q) {
    static const uint8_t lines[MODULATION_LINES] = {1, 4, 6, 9, 11, 14};
    return lines[q];
}

/* Weights of the frames -1, 0, 1, 2 for the value at t, 0 <= t < 1. */
LANE_FN void modulation_lagrange(lane_f t, lane_f weight[4]) {
    const lane_f one = lane_set(1), half = lane_set(0.5F), sixth = lane_set((lane_real)(1.0 / 6.0));
    const lane_f up = lane_add(t, one), down = lane_sub(t, one), far = lane_sub(t, lane_set(2));
    const lane_f outer = lane_mul(down, far), inner = lane_mul(up, t);
    weight[0] = lane_neg(lane_mul(sixth, lane_mul(t, outer)));
    weight[1] = lane_mul(half, lane_mul(up, outer));
    weight[2] = lane_neg(lane_mul(half, lane_mul(inner, far)));
    weight[3] = lane_mul(sixth, lane_mul(inner, down));
}

/* Weight of tap k of five, where `later` lanes start one tap later. */
LANE_FN lane_f modulation_tap(const lane_f weight[4], int k, lane_m later) {
    const lane_f zero = lane_set(0);
    return lane_select(later, k > 0 ? weight[k - 1] : zero, k < 4 ? weight[k] : zero);
}

/* Phase: the table of the cell that contains n and of the next. */
LANE_FN void modulation_make(struct lane_thread th, struct modulation_table *table, int64_t n) {
    static const lane_real depth[8] = {14, 12, 11, 9, 8, 6, 0, 0};
    /* 2^32 rate x 64 / 48000: turns per cell for .07 .11 .16 .21 .26 .31 Hz. */
    static const uint32_t turn[8] = {400864, 629929, 916260, 1202591, 1488922, 1775253, 0, 0};
    const lane_u first = lane_uset((uint32_t)(n >> 6));
    LANE_FOR(item, MODULATION_ITEMS, th) {
        const lane_u index = lane_uadd(lane_iota(), lane_uset(item));
        const lane_u line = lane_uand(index, lane_uset(7));
        const lane_u cell = lane_uadd(first, lane_ushr(index, 3));
        const lane_u inc = lane_ugather(turn, line);
        const lane_f reach = lane_gather(depth, line);
        /* Lines start 0.18 turns apart. */
        const lane_u start = lane_umul(line, lane_uset(0x2e147ae1U));
        const lane_u phase = lane_uadd(lane_umul(cell, inc), start);
        lane_f whole[2], weight[2][4], sine, cosine;
        LANE_UNROLL
        for (int end = 0; end < 2; ++end) {
            lane_sincos(end ? lane_uadd(phase, inc) : phase, &sine, &cosine);
            const lane_f place = lane_mul(reach, sine);
            whole[end] = lane_floor(place);
            modulation_lagrange(lane_sub(place, whole[end]), weight[end]);
        }
        const lane_f base = lane_min(whole[0], whole[1]);
        const lane_m later0 = lane_lt(base, whole[0]), later1 = lane_lt(base, whole[1]);
        lane_store(table->base + item, base);
        LANE_UNROLL
        for (int k = 0; k < MODULATION_TAPS; ++k) {
            const lane_f from = modulation_tap(weight[0], k, later0);
            const lane_f change = lane_sub(modulation_tap(weight[1], k, later1), from);
            lane_store(table->weight[k] + item, from);
            lane_store(table->slope[k] + item,
                       lane_mul(change, lane_set((lane_real)(1.0 / MODULATION_CELL))));
        }
    }
}

/*
 * Phase: frames [begin, end) of a row `to` whose frame 0 is `offset` frames into the first cell;
 * all within cell `cell` of the table. `run` is the line's memory where frame 0 would read with
 * the longest of the five delays, base + 3.
 */
LANE_FN void modulation_read(struct lane_thread th, const struct modulation_table *table,
                             uint32_t q, uint32_t cell, uint32_t begin, uint32_t end,
                             uint32_t offset, const lane_real *run, lane_real *to) {
    const uint32_t item = 8 * cell + q;
    lane_f weight[MODULATION_TAPS], slope[MODULATION_TAPS];
    for (uint32_t k = 0; k < MODULATION_TAPS; ++k) {
        weight[k] = lane_set(table->weight[k][item]);
        slope[k] = lane_set(table->slope[k][item]);
    }
    const bool bridge = table->weight[4][item] != 0 || table->slope[4][item] != 0;
    for (uint32_t i = begin + th.index * LANE_WIDTH; i < end; i += th.count * LANE_WIDTH) {
        const lane_u frame = lane_uadd(lane_iota(), lane_uset(i + offset - cell * MODULATION_CELL));
        const lane_f t = lane_from_int(lane_u_as_i(frame));
        lane_f sum = lane_mul(lane_fma(slope[0], t, weight[0]), lane_load(run + i + 4));
        sum = lane_fma(lane_fma(slope[1], t, weight[1]), lane_load(run + i + 3), sum);
        sum = lane_fma(lane_fma(slope[2], t, weight[2]), lane_load(run + i + 2), sum);
        sum = lane_fma(lane_fma(slope[3], t, weight[3]), lane_load(run + i + 1), sum);
        if (bridge) {
            sum = lane_fma(lane_fma(slope[4], t, weight[4]), lane_load(run + i), sum);
        }
        lane_store(to + i, sum);
    }
}

#endif
