/*
 * cells_sum.h - stage 2 of every tonal voice: coefficients of cells become frames.
 *
 * A carrier in a cell is Re[Q(x) exp(i w m)] with Q_0 .. Q_D known (cells.h). cos and sin(w m) come
 * from a table made once per call. Even and odd parts in m give two frames at once:
 *     E = C0 + x (S1 + x (C2 + ...)),  O = S0 + x (C1 + x (S2 + ...)),  y(+-m) = E +- O
 * with C_j = sum of Re Q_j cos(w m) and S_j = -sum of Im Q_j sin(w m) over the carriers.
 * Cost: D + 1 fused operations per carrier, frame and channel. Lanes are distances m.
 *
 * Order of sums, the same on every target: carriers ascending inside a block of 16, blocks
 * ascending, then the bus. Which sums share the registers differs by target and changes no bit.
 */
#ifndef AEOLIAN_VOICES_CELLS_SUM_H
#define AEOLIAN_VOICES_CELLS_SUM_H

#include "voices/cells.h"

/* Running sums over carriers for LANE_WIDTH distances m of one channel. */
struct cell_sums {
    lane_f c0, s0, c1, s1, c2, s2, c3, s3, c4, s4;
};

LANE_FN struct cell_sums cells_no_sums(void) {
    const lane_f z = lane_set(0);
    struct cell_sums a = {z, z, z, z, z, z, z, z, z, z};
    return a;
}

/* cos and sin of one carrier at two groups of distances (the second unused unless CELL_PAIR). */
struct cell_waves {
    lane_f cosine, sine, cosine2, sine2;
};

/* How many groups of distances are summed side by side, to keep the registers full. */
#if LANE_WIDTH == 16 || defined(__CUDACC__) || defined(LANE_SIMULATED_BLOCK)
#define CELL_PAIR 1 /* both halves of the 32 distances together; on a GPU, two neighbours */
#else
#define CELL_PAIR 0
#endif

/* Adds TERM x wave to the sums of both groups: one broadcast, used at once, so that it needs no
 * register for long. */
LANE_FN void cells_add_term(lane_f *a, lane_f *b, const lane_real *term, lane_f wave,
                            lane_f wave2) {
    const lane_f t = lane_set(*term);
    *a = lane_fma(t, wave, *a);
    if (CELL_PAIR) {
        *b = lane_fma(t, wave2, *b);
    }
}

/* Adds one carrier; TERM points at its first row of this channel, at the cell. */
LANE_FN void cells_sum(struct cell_sums *a, struct cell_sums *b, const lane_real *term,
                       const struct cell_waves *w, uint32_t degree) {
    cells_add_term(&a->c0, &b->c0, term, w->cosine, w->cosine2);
    cells_add_term(&a->s0, &b->s0, term + TILE_CELLS, w->sine, w->sine2);
    cells_add_term(&a->c1, &b->c1, term + 2 * TILE_CELLS, w->cosine, w->cosine2);
    cells_add_term(&a->s1, &b->s1, term + 3 * TILE_CELLS, w->sine, w->sine2);
    cells_add_term(&a->c2, &b->c2, term + 4 * TILE_CELLS, w->cosine, w->cosine2);
    cells_add_term(&a->s2, &b->s2, term + 5 * TILE_CELLS, w->sine, w->sine2);
    if (degree >= 3) {
        cells_add_term(&a->c3, &b->c3, term + 6 * TILE_CELLS, w->cosine, w->cosine2);
        cells_add_term(&a->s3, &b->s3, term + 7 * TILE_CELLS, w->sine, w->sine2);
    }
    if (degree >= 4) {
        cells_add_term(&a->c4, &b->c4, term + 8 * TILE_CELLS, w->cosine, w->cosine2);
        cells_add_term(&a->s4, &b->s4, term + 9 * TILE_CELLS, w->sine, w->sine2);
    }
}

/* Sums become the frames at -m and +m: FOLDED = &folded[cell][channel][0][m]. */
LANE_FN void cells_unfold(const struct cell_sums *a, lane_f x, lane_real *folded, bool begin,
                          uint32_t degree) {
    lane_f even = a->c2, odd = a->s2;
    if (degree == 3) {
        even = lane_fma(x, a->s3, even);
        odd = lane_fma(x, a->c3, odd);
    }
    if (degree == 4) {
        even = lane_fma(x, lane_fma(x, a->c4, a->s3), even);
        odd = lane_fma(x, lane_fma(x, a->s4, a->c3), odd);
    }
    even = lane_fma(x, lane_fma(x, even, a->s1), a->c0);
    odd = lane_fma(x, lane_fma(x, odd, a->c1), a->s0);
    lane_f minus = lane_sub(even, odd), plus = lane_add(even, odd);
    if (!begin) {
        minus = lane_add(lane_load(folded), minus);
        plus = lane_add(lane_load(folded + CELL_HALF), plus);
    }
    lane_store(folded, minus);
    lane_store(folded + CELL_HALF, plus);
}

/* x = m / 32 of lanes m + 1/2, m + 3/2, ... */
LANE_FN lane_f cells_distance(uint32_t m) {
    const lane_f whole = lane_from_int(lane_u_as_i(lane_uadd(lane_uset(m), lane_iota())));
    return lane_fma(whole, lane_set(1.0F / 32), lane_set(1.0F / 64));
}

/* One cell of one block: distances m and (if CELL_PAIR) m + 16, of CHANNELS from CHANNEL up. */
LANE_FN void cells_sum_group(struct voice_scratch *s, uint32_t first, uint32_t count,
                             uint32_t cell, uint32_t m, uint32_t channel, uint32_t channels,
                             uint32_t degree) {
    struct cell_sums a = cells_no_sums(), b = a, c = a, d = a;
    const uint32_t row = cells_row(channel, degree), next = cells_row(1, degree);
    const uint32_t m2 = CELL_PAIR ? m + LANE_WIDTH : m;
    for (uint32_t k = 0; k < count; k++) {
        const lane_real *term = &s->term[k][row][cell];
        const struct cell_waves w = {
            lane_load(&s->table[first + k][0][m]), lane_load(&s->table[first + k][1][m]),
            lane_load(&s->table[first + k][0][m2]), lane_load(&s->table[first + k][1][m2])};
        cells_sum(&a, &c, term, &w, degree);
        if (channels == 2) {
            cells_sum(&b, &d, term + next * TILE_CELLS, &w, degree);
        }
    }
    const bool begin = first == 0;
    const lane_f x = cells_distance(m);
    cells_unfold(&a, x, &s->folded[cell][channel][0][m], begin, degree);
    if (channels == 2) {
        cells_unfold(&b, x, &s->folded[cell][channel + 1][0][m], begin, degree);
    }
    if (CELL_PAIR) {
        const lane_f x2 = cells_distance(m2);
        cells_unfold(&c, x2, &s->folded[cell][channel][0][m2], begin, degree);
        if (channels == 2) {
            cells_unfold(&d, x2, &s->folded[cell][channel + 1][0][m2], begin, degree);
        }
    }
}

/* Cells [from, to) of a block of COUNT carriers from FIRST, its degree a constant. */
LANE_FN void cells_sum_block(const struct voice_note *note, struct voice_scratch *s,
                             const struct voice_tile *tile, uint32_t first, uint32_t count,
                             uint32_t degree, struct lane_thread th) {
    const uint32_t step = CELL_PAIR ? 2 : 1;
    const uint32_t groups = CELL_HALF / (LANE_WIDTH * step);
    for (uint32_t i = th.index; i < (tile->to - tile->from) * groups; i += th.count) {
        const uint32_t cell = tile->from + i / groups, m = (i % groups) * LANE_WIDTH * step;
        if (note->channel_count == 1) {
            cells_sum_group(s, first, count, cell, m, 0, 1, degree);
        } else if (degree == 2) {
            cells_sum_group(s, first, count, cell, m, 0, 2, degree);
        } else { /* more powers: one channel at a time, or the registers run out */
            cells_sum_group(s, first, count, cell, m, 0, 1, degree);
            cells_sum_group(s, first, count, cell, m, 1, 1, degree);
        }
    }
}

/* The frames of block FIRST / 16: adds them to s->folded, or begins it with the first block. */
LANE_FN void cells_samples(const struct voice_note *note, struct voice_scratch *s,
                           const struct voice_tile *tile, uint32_t first, uint32_t count,
                           struct lane_thread th) {
    switch (note->degree[first / VOICE_BLOCK_CARRIERS]) {
    case 2:
        cells_sum_block(note, s, tile, first, count, 2, th);
        break;
    case 3:
        cells_sum_block(note, s, tile, first, count, 3, th);
        break;
    default:
        cells_sum_block(note, s, tile, first, count, 4, th);
        break;
    }
}

/* ---- The end: folded frames to the bus ---- */

/* The lanes in opposite order. */
LANE_FN lane_f cells_reverse(lane_f v) {
#if LANE_WIDTH == 16
    return __builtin_shufflevector(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#elif LANE_WIDTH == 8
    return __builtin_shufflevector(v, v, 7, 6, 5, 4, 3, 2, 1, 0);
#elif LANE_WIDTH == 4
    return __builtin_shufflevector(v, v, 3, 2, 1, 0);
#else
    return v;
#endif
}

/* LANE_WIDTH neighbouring frames from FRAME of a cell and channel, in their order in time. */
LANE_FN lane_f cells_frames(const struct voice_scratch *s, uint32_t cell, uint32_t channel,
                            uint32_t frame) {
    if (frame >= CELL_HALF) {
        return lane_load(&s->folded[cell][channel][1][frame - CELL_HALF]);
    }
    const uint32_t m = CELL_HALF - LANE_WIDTH - frame;
    return cells_reverse(lane_load(&s->folded[cell][channel][0][m]));
}

/*
 * Adds the wanted cells to the buses, whose frame 0 is the first frame of cell tile->first +
 * tile->from. RAMP: 1 / attack frames of a bell whose first RAMP_FRAMES are shaped per sample
 * (frames before the onset become 0), 0 for voices with an envelope on the grid.
 */
LANE_FN void cells_mix(const struct voice_note *note, const struct voice_scratch *s,
                       const struct voice_tile *tile, lane_real ramp, uint32_t ramp_frames,
                       lane_real *bus_l, lane_real *bus_r, struct lane_thread th) {
    const uint32_t right = note->channel_count - 1;
    LANE_FOR(i, (tile->to - tile->from) * CELL_FRAMES, th)
    {
        const uint32_t cell = tile->from + i / CELL_FRAMES, frame = i % CELL_FRAMES;
        lane_f l = cells_frames(s, cell, 0, frame), r = cells_frames(s, cell, right, frame);
        const int64_t since = (tile->first + cell) * CELL_FRAMES - note->onset;
        if (ramp > 0 && since < (int64_t)ramp_frames) {
            const lane_i at = lane_iadd(lane_iset((int32_t)(since + frame)),
                                        lane_u_as_i(lane_iota()));
            const lane_f edge = lane_quintic(lane_mul(lane_from_int(at), lane_set(ramp)));
            l = lane_mul(l, edge);
            r = lane_mul(r, edge);
        }
        lane_store(bus_l + i, lane_add(lane_load(bus_l + i), l));
        lane_store(bus_r + i, lane_add(lane_load(bus_r + i), r));
    }
}

#endif
