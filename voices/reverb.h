/*
 * reverb.h - one tank: a feedback delay network of 16 lines, mixed by a Hadamard matrix.
 *
 *   line ends (six of them read at a slowly moving place) -> Hadamard / 4 -> two rows are heard
 *        -> + diffused input x gate -> absorption (32 taps by doubling) -> line starts
 *
 * Two tanks take turns: that of epoch e starts empty, hears the input during e (complementary
 * ramps of 1 s at the changes), and rings on during e + 1 until its design says it is below
 * -144 dB. Being the same linear system with the same modulators, their sum is one endless tank.
 *
 * Every line is longer than a stride and all that looks back from it, so a whole stride is read,
 * mixed and written at once. Per tank and frame: 64 additions of the matrix, 16 x 9 operations of
 * the absorption, 6 x 8 of the moving lines.
 *
 * Numbers below 2^-66 are written as 0: silence ends in exact zeros, never in denormals (which
 * cost 70 times the time). Phases: functions over (thread, ...) without barriers inside, called
 * in the order of effects.h.
 */
#ifndef AEOLIAN_VOICES_REVERB_H
#define AEOLIAN_VOICES_REVERB_H

#include "voices/absorb.h"        // absorb_*
#include "voices/hadamard.h"      // hadamard_16
#include "voices/lane.h"
#include "voices/modulation.h"    // modulation_*
#include "voices/reverb_design.h" // struct reverb_design
#include "voices/ring.h"          // ring_put

/* The vast set needs the most: its rings and their pads. */
#define REVERB_TANK_NUMBERS 121984
#define REVERB_RECENT ABSORB_RECENT
/* Rows of the matrix heard as left and right. */
#define REVERB_LEFT 6
#define REVERB_RIGHT 9
#define REVERB_ROW (RING_STRIDE + LANE_WIDTH_MAX)

struct reverb_tank_state {
    lane_real ring[REVERB_TANK_NUMBERS];
    lane_real recent[REVERB_LINE_COUNT][REVERB_RECENT];
};

struct reverb_scratch {
    lane_real moving[MODULATION_LINES][REVERB_ROW];
    lane_real mixed[REVERB_LINE_COUNT][REVERB_RECENT + REVERB_ROW];
    /* Of absorption by way of memory; wide lanes do without. */
    lane_real four[REVERB_LINE_COUNT][REVERB_RECENT + REVERB_ROW];
    lane_real sixteen[REVERB_LINE_COUNT][REVERB_RECENT + REVERB_ROW];
    lane_real gate[2][REVERB_ROW]; /* share of the input that the new and the old tank take */
    struct modulation_table modulation;
    uint32_t at[2][REVERB_LINE_COUNT]; /* ring position of the stride; new and old tank, line */
};

/* Phase: makes a tank empty. */
LANE_FN void reverb_tank_clear(struct lane_thread th, struct reverb_tank_state *tank) {
    lane_real *numbers = tank->ring;
    LANE_FOR(i, REVERB_TANK_NUMBERS, th) {
        lane_store(numbers + i, lane_set(0));
    }
    LANE_FOR(i, REVERB_LINE_COUNT * REVERB_RECENT, th) {
        lane_store(tank->recent[0] + i, lane_set(0));
    }
}

/* Phase: ring positions of frame `age` of a tank, counted from the start of its epoch. */
LANE_FN void reverb_locate(struct lane_thread th, const struct reverb_design *design, uint32_t age,
                           uint32_t at[REVERB_LINE_COUNT]) {
    for (uint32_t line = th.index; line < REVERB_LINE_COUNT; line += th.count) {
        at[line] = age % design->ring_size[line];
    }
}

/* Phase: the same positions `count` frames on. */
LANE_FN void reverb_advance(struct lane_thread th, const struct reverb_design *design,
                            uint32_t count, uint32_t at[REVERB_LINE_COUNT]) {
    for (uint32_t line = th.index; line < REVERB_LINE_COUNT; line += th.count) {
        const uint32_t next = at[line] + count, size = design->ring_size[line];
        at[line] = next >= size ? next - size : next;
    }
}

/* Phase: the ramp of the second at the start of an epoch: s(t), or what is left of 1 (`which` 0
   or 1: what the new tank takes of the input, or the old). `age` as above. */
LANE_FN void reverb_gate(struct lane_thread th, lane_real *gate, uint32_t which, uint32_t age,
                         uint32_t count) {
    LANE_FOR(i, count, th) {
        const lane_u frame = lane_uadd(lane_iota(), lane_uset(age + i));
        const lane_f t = lane_div(lane_from_int(lane_u_as_i(frame)), lane_set(REVERB_RAMP_FRAMES));
        const lane_f s = lane_quintic(t);
        lane_store(gate + i, which == 0 ? s : lane_sub(lane_set(1), s));
    }
}

/* Start of the contiguous run of a line that begins `back` frames before the stride. */
LANE_FN const lane_real *reverb_run(const struct reverb_design *design,
                                    const struct reverb_tank_state *tank, const uint32_t *at,
                                    uint32_t line, uint32_t back) {
    const uint32_t p = at[line] >= back ? at[line] - back
                                        : at[line] + design->ring_size[line] - back;
    return tank->ring + design->ring_offset[line] + p;
}

/* Phase: what the six moving lines give in the stride at n, cell by cell. */
LANE_FN void reverb_read_moving(struct lane_thread th, const struct reverb_design *design,
                                const struct reverb_tank_state *tank,
                                struct reverb_scratch *scratch, const uint32_t *at, int64_t n,
                                uint32_t count) {
    const struct modulation_table *table = &scratch->modulation;
    const uint32_t offset = (uint32_t)n & (MODULATION_CELL - 1);
    const uint32_t border = MODULATION_CELL - offset; /* first frame of the second cell */
    const struct lane_share share = lane_share(th, MODULATION_LINES);
    LANE_JOBS(q, MODULATION_LINES, share) {
        const uint32_t line = modulation_line(q);
        for (uint32_t cell = 0; cell < 2; ++cell) {
            const uint32_t begin = cell ? border : 0;
            const uint32_t end = cell || count < border ? count : border;
            const int32_t base = (int32_t)table->base[8 * cell + q];
            const uint32_t back = (uint32_t)((int32_t)design->length[line] + base + 3);
            modulation_read(share.th, table, q, cell, begin, end, offset,
                            reverb_run(design, tank, at, line, back), scratch->moving[q]);
        }
    }
}

/*
 * Phase: mixes the line ends. The matrix and two heard rows; adds the input (16 rows,
 * `row_numbers` apart), times `gate` (count values; NULL is 1) where `fed`; leaves the 16 results
 * behind their 32 recent frames.
 */
LANE_FN void reverb_mix(struct lane_thread th, const struct reverb_design *design,
                        const struct reverb_tank_state *tank, struct reverb_scratch *scratch,
                        const uint32_t *at, uint32_t count, bool fed, const lane_real *gate,
                        const lane_real *rows, uint32_t row_numbers, lane_real *left,
                        lane_real *right) {
    const lane_real *from[REVERB_LINE_COUNT];
    for (uint32_t line = 0; line < REVERB_LINE_COUNT; ++line) {
        from[line] = reverb_run(design, tank, at, line, design->length[line]);
    }
    for (uint32_t q = 0; q < MODULATION_LINES; ++q) {
        from[modulation_line(q)] = scratch->moving[q];
    }
    LANE_FOR(i, count, th) {
        lane_f v[REVERB_LINE_COUNT];
        LANE_UNROLL
        for (uint32_t line = 0; line < REVERB_LINE_COUNT; ++line) {
            v[line] = lane_load(from[line] + i);
            ring_soon(from[line] + i + RING_STRIDE);
        }
        hadamard_16(v);
        lane_store(left + i, v[REVERB_LEFT]);
        lane_store(right + i, v[REVERB_RIGHT]);
        if (fed) {
            const lane_f g = gate ? lane_load(gate + i) : lane_set(1);
            LANE_UNROLL
            for (uint32_t line = 0; line < REVERB_LINE_COUNT; ++line) {
                const lane_real *row = rows + (uint64_t)line * row_numbers;
                v[line] = lane_fma(g, lane_load(row + i), v[line]);
            }
        }
        LANE_UNROLL
        for (uint32_t line = 0; line < REVERB_LINE_COUNT; ++line) {
            lane_store(scratch->mixed[line] + REVERB_RECENT + i, v[line]);
        }
    }
}

/* Phase: puts the recent frames of all lines in front of the mixed ones. */
LANE_FN void reverb_recall(struct lane_thread th, const struct reverb_tank_state *tank,
                           struct reverb_scratch *scratch) {
    const struct lane_share share = lane_share(th, REVERB_LINE_COUNT);
    LANE_JOBS(line, REVERB_LINE_COUNT, share) {
        LANE_FOR(i, REVERB_RECENT, share.th) {
            lane_store(scratch->mixed[line] + i, lane_load(tank->recent[line] + i));
        }
    }
}

/* Phase: keeps the last mixed frames of all lines for the next stride. */
LANE_FN void reverb_remember(struct lane_thread th, struct reverb_tank_state *tank,
                             const struct reverb_scratch *scratch, uint32_t count) {
    const struct lane_share share = lane_share(th, REVERB_LINE_COUNT);
    LANE_JOBS(line, REVERB_LINE_COUNT, share) {
        LANE_FOR(i, REVERB_RECENT, share.th) {
            lane_store(tank->recent[line] + i, lane_load(scratch->mixed[line] + count + i));
        }
    }
}

/* A line's absorption in this stride. */
LANE_FN struct absorb_line reverb_absorb_line(const struct reverb_design *design,
                                              struct reverb_tank_state *tank, const uint32_t *at,
                                              uint32_t line) {
    struct absorb_line own;
    for (uint32_t k = 0; k < REVERB_POLE_STAGES; ++k) {
        own.pole[k] = (lane_real)design->pole[k][line];
    }
    own.gain = (lane_real)design->gain[line];
    own.ring = tank->ring + design->ring_offset[line];
    own.size = design->ring_size[line];
    own.at = at[line];
    return own;
}

/* Phases of the absorption by way of memory: 0 the first two factors, 1 two more, 2 the last. */
LANE_FN void reverb_absorb_phase(struct lane_thread th, const struct reverb_design *design,
                                 struct reverb_tank_state *tank, struct reverb_scratch *scratch,
                                 const uint32_t *at, uint32_t count, uint32_t phase) {
    const struct lane_share share = lane_share(th, REVERB_LINE_COUNT);
    LANE_JOBS(line, REVERB_LINE_COUNT, share) {
        const struct absorb_line own = reverb_absorb_line(design, tank, at, line);
        lane_real *four = scratch->four[line], *sixteen = scratch->sixteen[line];
        if (phase == 0) {
            absorb_four(share.th, &own, scratch->mixed[line], four, count);
        } else if (phase == 1) {
            absorb_sixteen(share.th, &own, four, sixteen, count);
        } else {
            absorb_write(share.th, &own, sixteen, count);
        }
    }
}

/* The mixed frames of all lines, absorbed, into their rings. */
LANE_FN void reverb_absorb(const struct reverb_design *design, struct reverb_tank_state *tank,
                           struct reverb_scratch *scratch, const uint32_t *at, uint32_t count) {
#if LANE_WIDTH >= 8
    for (uint32_t line = 0; line < REVERB_LINE_COUNT; line += 2) {
        const struct absorb_line one = reverb_absorb_line(design, tank, at, line);
        const struct absorb_line two = reverb_absorb_line(design, tank, at, line + 1);
        absorb_pair(&one, scratch->mixed[line], &two, scratch->mixed[line + 1], count);
    }
#else
    for (uint32_t phase = 0; phase < 3; ++phase) {
        LANE_EACH(th) reverb_absorb_phase(th, design, tank, scratch, at, count, phase);
    }
#endif
}

#endif
