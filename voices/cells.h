/*
 * cells.h - what the tonal voices share: cells, and how moments become their coefficients.
 *
 * Inside a cell of 64 frames, with x = m / 32 in (-1, 1) from its centre, a note is
 *     y(m) = sum over carriers  Re[ Q(x) exp(i w m) ],   Q(x) = Q_0 + Q_1 x + ... + Q_D x^D
 * because all lines of one carrier (unisons, band lines, doublets) differ from it so little that
 * a short polynomial holds them, amplitude and slope included. Stage 1, one per voice, finds the
 * Q_j; this stage is shared. cos and sin(w m) come from a table made once per call. Even and odd
 * parts in m give two frames at once:
 *     E = C0 + x (S1 + x (C2 + ...)),  O = S0 + x (C1 + x (S2 + ...)),  y(+-m) = E +- O
 * with C_j = sum of Re Q_j cos(w m) and S_j = -sum of Im Q_j sin(w m) over the carriers.
 * Method and first measurements: block moments (docs/ARCHITECTURE.md). Cost: D + 1 fused
 * operations per carrier, frame and channel.
 *
 * Order of sums, the same on every target: carriers ascending inside a block of 16, blocks
 * ascending. Lanes are cells in stage 1 and distances m here. No barriers inside a function that
 * takes a lane_thread; a GPU puts them between.
 */
#ifndef AEOLIAN_VOICES_CELLS_H
#define AEOLIAN_VOICES_CELLS_H

#include "voices/lane.h"
#include "voices/math.h"
#include "voices/note.h"
#include "voices/partial.h"
#include "voices/surf_scratch.h"

#define CELL_HALF (CELL_FRAMES / 2)
/* Rows of one carrier's coefficients: channel, power, cosine or sine. */
#define CELL_ROWS (2 * (VOICE_DEGREE_MAX + 1) * 2)
/* Boundaries of a tile: 17, padded. */
#define TILE_BOUNDARIES 32
#define VOICE_BAND_CARRIERS_MAX 48

/* Controls at the boundaries of the cells asked for: each [cell_count + 1], 0..1; lanes may read
 * (and ignore) up to 16 numbers beyond. */
struct voice_controls {
    const lane_real *brightness, *warmth, *motion;
};

/* The cells being rendered: lane i is cell `first + i`; those in [from, to) are wanted. */
struct voice_tile {
    int64_t first;
    uint32_t from, to;
};

/* Warm pad: per call, start phases with pan; per tile, phases and rates. */
struct unison_scratch {
    lane_real start[VOICE_UNISON_MAX][4][VOICE_CARRIERS_MAX]; /* left re, im, right re, im */
    uint32_t phase[VOICE_UNISON_MAX][TILE_CELLS];
    lane_real step[VOICE_UNISON_MAX][2][TILE_CELLS]; /* cos, sin of the phase */
    lane_real rate[VOICE_UNISON_MAX][VOICE_DEGREE_MAX][TILE_CELLS]; /* powers 1..4 of it */
};
/* Wide pad and drone, by [carrier][set]: set 0 is the left's, set 1 the right's own. */
struct band_scratch {
    uint32_t inc[VOICE_BAND_CARRIERS_MAX][2][VOICE_BAND_LINES_MAX];
    uint32_t phase[VOICE_BAND_CARRIERS_MAX][2][VOICE_BAND_LINES_MAX];
    lane_real rate[VOICE_BAND_CARRIERS_MAX][2][VOICE_DEGREE_MAX][VOICE_BAND_LINES_MAX];
    lane_real base[VOICE_BAND_CARRIERS_MAX][2][2][VOICE_BAND_LINES_MAX]; /* cos, sin at lane 0 */
    lane_real turn[VOICE_BAND_CARRIERS_MAX][2][VOICE_BAND_LINES_MAX][2][TILE_CELLS];
    lane_real shared[VOICE_CARRIERS_MAX], own[VOICE_CARRIERS_MAX]; /* mix of the right channel */
};
/* Bells: per line, coefficients of exp(rate x) in powers of x. */
struct modes_scratch {
    lane_real series[2 * VOICE_BELL_MODES_MAX][VOICE_DEGREE_MAX + 1][2];
};

/* Working memory of voice_render: about 300 kB, contents need not be kept or cleared. */
struct voice_scratch {
    LANE_ALIGN lane_real table[VOICE_CARRIERS_MAX][2][CELL_HALF]; /* cos, sin of w m */
    LANE_ALIGN lane_real term[VOICE_BLOCK_CARRIERS][CELL_ROWS][TILE_CELLS];
    LANE_ALIGN lane_real folded[TILE_CELLS][2][2][CELL_HALF]; /* channel, then y(-m), y(+m) */
    LANE_ALIGN lane_real carrier[6][VOICE_CARRIERS_MAX];      /* struct partial_carrier */
    LANE_ALIGN lane_real series[VOICE_DEGREE_MAX + 1][VOICE_CARRIERS_MAX]; /* of exp(i z) */
    LANE_ALIGN lane_real time[6][TILE_BOUNDARIES];            /* struct partial_time */
    LANE_ALIGN lane_real control[3][TILE_BOUNDARIES];
    LANE_ALIGN lane_real gain[VOICE_BLOCK_CARRIERS][TILE_BOUNDARIES];
    LANE_ALIGN union {
        struct unison_scratch unison;
        struct band_scratch band;
        struct modes_scratch modes;
        struct surf_scratch surf;
    } body;
};

/* Complex sums over the lines of one carrier: sum of line x rate^j. */
struct cell_moments {
    lane_f r0, i0, r1, i1, r2, i2, r3, i3, r4, i4;
};

/* ---- Once per call: tables of the carriers ---- */

LANE_FN struct partial_carrier cells_carrier(const struct voice_scratch *s, uint32_t i) {
    struct partial_carrier c;
    c.level = lane_load(&s->carrier[0][i]);
    c.bright = lane_load(&s->carrier[1][i]);
    c.warm = lane_load(&s->carrier[2][i]);
    c.hz = lane_load(&s->carrier[3][i]);
    c.log2_hz = lane_load(&s->carrier[4][i]);
    c.ratio = lane_load(&s->carrier[5][i]);
    return c;
}

/* Loads numbers of a note, which are floats on every target. */
LANE_FN lane_f cells_floats(const float *p) {
#if defined(LANE_DOUBLE)
    return (lane_real)*p;
#else
    return lane_load(p);
#endif
}

/* J_n(x) / x^n with q = x^2 / 4, |x| < 2: the Bessel series. */
LANE_FN lane_f cells_bessel(uint32_t n, lane_f q) {
    lane_f sum = lane_set(1);
    for (uint32_t m = 6; m >= 1; m--) {
        const lane_real share = (lane_real)1 / (lane_real)(m * (m + n));
        sum = lane_fnma(lane_mul(q, lane_set(share)), sum, lane_set(1));
    }
    static const lane_real first[5] = {1, (lane_real)(1.0 / 2), (lane_real)(1.0 / 8),
                                       (lane_real)(1.0 / 48), (lane_real)(1.0 / 384)};
    return lane_mul(sum, lane_set(first[n]));
}

/*
 * Polynomials for cos z (even powers) and sin z (odd powers) on |z| <= RANGE: their Chebyshev
 * series cut at DEGREE, near minimax. Lanes are carriers; S->series[j][i] gets power j, times k^j
 * where the moments count rates of the fundamental (K; else 1).
 */
LANE_FN void cells_economise(struct voice_scratch *s, uint32_t i, uint32_t degree, lane_f range,
                             lane_f k) {
    const lane_f r2 = lane_mul(range, range), q = lane_mul(r2, lane_set(0.25F));
    const lane_f two = lane_set(2), none = lane_set(0);
    const lane_f b2 = cells_bessel(2, q), b3 = cells_bessel(3, q), b4 = cells_bessel(4, q);
    lane_f c0 = lane_fma(lane_mul(two, b2), r2, cells_bessel(0, q));
    lane_f c1 = lane_mul(two, cells_bessel(1, q));
    lane_f c2 = lane_mul(lane_set(-4), b2), c3 = none, c4 = none;
    if (degree >= 3) {
        c1 = lane_fma(lane_mul(lane_set(6), b3), r2, c1);
        c3 = lane_mul(lane_set(-8), b3);
    }
    if (degree >= 4) {
        c0 = lane_fma(lane_mul(two, b4), lane_mul(r2, r2), c0);
        c2 = lane_fma(lane_mul(lane_set(-16), b4), r2, c2);
        c4 = lane_mul(lane_set(16), b4);
    }
    const lane_f k2 = lane_mul(k, k);
    lane_store(&s->series[0][i], c0);
    lane_store(&s->series[1][i], lane_mul(c1, k));
    lane_store(&s->series[2][i], lane_mul(c2, k2));
    lane_store(&s->series[3][i], lane_mul(c3, lane_mul(k2, k)));
    lane_store(&s->series[4][i], lane_mul(c4, lane_mul(k2, k2)));
}

LANE_FN void cells_set_series(const struct voice_note *note, struct voice_scratch *s,
                              struct lane_thread th) {
    const bool harmonic = note->voice == VOICE_WARM_PAD;
    const uint32_t sub = harmonic ? note->body.unison.sub : 0;
    LANE_FOR(i, VOICE_CARRIERS_MAX, th)
    {
        const lane_u number = lane_uadd(lane_uset(i + 1 - sub), lane_iota());
        const lane_f k = harmonic ? lane_from_int(lane_u_as_i(number)) : lane_set(1);
        if (note->voice == VOICE_BELL) { /* lines bring complex coefficients of their own */
            for (uint32_t j = 0; j <= VOICE_DEGREE_MAX; j++) {
                lane_store(&s->series[j][i], lane_set(1));
            }
        } else {
            cells_economise(s, i, note->degree[i / VOICE_BLOCK_CARRIERS],
                            cells_floats(&note->carrier_range[i]), k);
        }
    }
}

LANE_FN void cells_set_carriers(const struct voice_note *note, struct voice_scratch *s,
                                struct lane_thread th) {
    LANE_FOR(i, VOICE_CARRIERS_MAX, th)
    {
        const struct partial_carrier c = partial_carrier_of(
            &note->tone, lane_uload(&note->carrier_inc[i]), cells_floats(&note->carrier_level[i]));
        lane_store(&s->carrier[0][i], c.level);
        lane_store(&s->carrier[1][i], c.bright);
        lane_store(&s->carrier[2][i], c.warm);
        lane_store(&s->carrier[3][i], c.hz);
        lane_store(&s->carrier[4][i], c.log2_hz);
        lane_store(&s->carrier[5][i], c.ratio);
    }
    LANE_FOR(i, note->carrier_count * CELL_HALF, th)
    {
        const uint32_t carrier = i / CELL_HALF, m = i % CELL_HALF;
        const uint32_t inc = note->carrier_inc[carrier];
        const lane_u frame = lane_uadd(lane_uset(m), lane_iota());
        const lane_u phase = lane_uadd(lane_umul(lane_uset(inc), frame), lane_uset(inc >> 1));
        lane_f sine, cosine;
        lane_sincos(phase, &sine, &cosine);
        lane_store(&s->table[carrier][0][m], cosine);
        lane_store(&s->table[carrier][1][m], sine);
    }
}

/* ---- Once per block and tile: gains at the boundaries ---- */

LANE_FN struct partial_time cells_time(const struct voice_scratch *s, uint32_t i) {
    struct partial_time t;
    t.envelope = lane_load(&s->time[0][i]);
    t.bright = lane_load(&s->time[1][i]);
    t.warm = lane_load(&s->time[2][i]);
    t.per_cutoff = lane_load(&s->time[3][i]);
    t.log2_cutoff = lane_load(&s->time[4][i]);
    t.pulse = lane_load(&s->time[5][i]);
    return t;
}

LANE_FN void cells_set_gains(const struct voice_note *note, struct voice_scratch *s,
                             uint32_t first, uint32_t count, struct lane_thread th) {
    LANE_FOR(i, count * TILE_CELLS, th)
    {
        const uint32_t row = i / TILE_CELLS, cell = i % TILE_CELLS, k = first + row;
        struct partial_carrier c;
        c.level = lane_set(s->carrier[0][k]);
        c.bright = lane_set(s->carrier[1][k]);
        c.warm = lane_set(s->carrier[2][k]);
        c.hz = lane_set(s->carrier[3][k]);
        c.log2_hz = lane_set(s->carrier[4][k]);
        c.ratio = lane_set(s->carrier[5][k]);
        const struct partial_time t = cells_time(s, cell);
        lane_store(&s->gain[row][cell], partial_gain(&note->tone, &c, &t));
    }
    /* The seventeenth boundary: carriers in the lanes, so that no lane idles. */
    LANE_FOR(row, VOICE_BLOCK_CARRIERS, th)
    {
        struct partial_time t;
        t.envelope = lane_set(s->time[0][TILE_CELLS]);
        t.bright = lane_set(s->time[1][TILE_CELLS]);
        t.warm = lane_set(s->time[2][TILE_CELLS]);
        t.per_cutoff = lane_set(s->time[3][TILE_CELLS]);
        t.log2_cutoff = lane_set(s->time[4][TILE_CELLS]);
        t.pulse = lane_set(s->time[5][TILE_CELLS]);
        const struct partial_carrier c = cells_carrier(s, first + row);
        const lane_f gain = partial_gain(&note->tone, &c, &t);
        lane_real last[LANE_WIDTH];
        lane_store(last, gain);
        for (uint32_t i = 0; i < LANE_WIDTH; i++) {
            s->gain[row + i][TILE_CELLS] = last[i];
        }
    }
}

/* ---- Stage 1's end: moments, amplitude and slope become coefficients ---- */

/* Adds a line whose phasor at the centre is (re, im) and whose rate has powers d1.. */
LANE_FN void cells_add_line(struct cell_moments *m, lane_f re, lane_f im, lane_f d1, lane_f d2,
                            lane_f d3, lane_f d4, uint32_t degree) {
    m->r0 = lane_add(m->r0, re);
    m->i0 = lane_add(m->i0, im);
    m->r1 = lane_fma(re, d1, m->r1);
    m->i1 = lane_fma(im, d1, m->i1);
    m->r2 = lane_fma(re, d2, m->r2);
    m->i2 = lane_fma(im, d2, m->i2);
    if (degree >= 3) {
        m->r3 = lane_fma(re, d3, m->r3);
        m->i3 = lane_fma(im, d3, m->i3);
    }
    if (degree >= 4) {
        m->r4 = lane_fma(re, d4, m->r4);
        m->i4 = lane_fma(im, d4, m->i4);
    }
}

LANE_FN struct cell_moments cells_no_moments(void) {
    const lane_f z = lane_set(0);
    struct cell_moments m = {z, z, z, z, z, z, z, z, z, z};
    return m;
}

/* Coefficients of one carrier's moments. */
struct cell_series {
    lane_real c[VOICE_DEGREE_MAX + 1];
};
LANE_FN struct cell_series cells_series(const struct voice_scratch *s, uint32_t carrier) {
    struct cell_series f;
    f.c[0] = s->series[0][carrier];
    f.c[1] = s->series[1][carrier];
    f.c[2] = s->series[2][carrier];
    f.c[3] = s->series[3][carrier];
    f.c[4] = s->series[4][carrier];
    return f;
}

/* One power: value times (cosine, sine) share plus slope times that of the power below. */
LANE_FN void cells_put_power(lane_real *to, lane_f cosine, lane_f sine, lane_f cosine_below,
                             lane_f sine_below, lane_f value, lane_f slope) {
    lane_store(to, lane_fma(value, cosine, lane_mul(slope, cosine_below)));
    lane_store(to + TILE_CELLS, lane_fma(value, sine, lane_mul(slope, sine_below)));
}

/*
 * Writes the rows of one carrier and channel: TO = &term[carrier][channel's first row][cell].
 * Re[i^j M_j (cos + i sin)]: even powers keep (re, im), odd ones turn to (-im, re).
 */
LANE_FN void cells_put(lane_real *to, const struct cell_moments *m, const struct cell_series *f,
                       lane_f value, lane_f slope, uint32_t degree) {
    const uint32_t power = 2 * TILE_CELLS;
    const lane_f c0 = lane_mul(m->r0, lane_set(f->c[0]));
    const lane_f s0 = lane_mul(m->i0, lane_set(-f->c[0]));
    lane_store(to, lane_mul(value, c0));
    lane_store(to + TILE_CELLS, lane_mul(value, s0));
    const lane_f c1 = lane_mul(m->i1, lane_set(-f->c[1]));
    const lane_f s1 = lane_mul(m->r1, lane_set(-f->c[1]));
    cells_put_power(to + power, c1, s1, c0, s0, value, slope);
    const lane_f c2 = lane_mul(m->r2, lane_set(f->c[2]));
    const lane_f s2 = lane_mul(m->i2, lane_set(-f->c[2]));
    cells_put_power(to + 2 * power, c2, s2, c1, s1, value, slope);
    if (degree < 3) {
        return;
    }
    const lane_f c3 = lane_mul(m->i3, lane_set(-f->c[3]));
    const lane_f s3 = lane_mul(m->r3, lane_set(-f->c[3]));
    cells_put_power(to + 3 * power, c3, s3, c2, s2, value, slope);
    if (degree < 4) {
        return;
    }
    const lane_f c4 = lane_mul(m->r4, lane_set(f->c[4]));
    const lane_f s4 = lane_mul(m->i4, lane_set(-f->c[4]));
    cells_put_power(to + 4 * power, c4, s4, c3, s3, value, slope);
}

/* First row of a channel. */
LANE_FN uint32_t cells_row(uint32_t channel, uint32_t degree) {
    return channel * 2 * (degree + 1);
}

#endif
