/*
 * wide_pad.h - each harmonic a band, not a line: the PADsynth sound without its table.
 *
 * Sound: harmonic k becomes narrow-band noise of width bw k^scale with a slow random amplitude of
 * its own, as in a real choir (Nasca, PADsynth). The band is M lines at Gaussian quantiles with
 * hashed jitter and phases; from 120 Hz up the right channel gets more and more lines of its own,
 * until above 1 kHz the channels are independent: R = shared L + own lines, equal power.
 * Method: all lines of a band are one carrier (cells.h). The phasor of a line at a cell is its
 * exact phasor at the cell of the absolute grid of 16 that begins its group, times its rotation
 * over the cells since, from a table made once per call: 4 operations instead of a sine. So tiles
 * of this voice begin at multiples of 16 cells.
 * Cost per line and frame: (6 + 2 D) / 64 lane operations, and 2 (D + 1) fused operations per
 * harmonic and stereo frame in stage 2. Measured figures: profiling/.
 *
 * The sub drone is the same with two lines and one channel (sub_drone.h).
 */
#ifndef AEOLIAN_VOICES_WIDE_PAD_H
#define AEOLIAN_VOICES_WIDE_PAD_H

#include "voices/cells.h"
#include "voices/philox.h"
#include "voices/phase.h"
#include "voices/warm_pad.h" // pad_spread

/* Line offsets, phases and powers of the rates of one carrier and set, lines in the lanes. H: a
 * hash as a whole number, -32768 .. 32767. */
LANE_FN void band_lines(const struct voice_note *note, struct voice_scratch *s, uint32_t k,
                        uint32_t set, uint32_t m, lane_u phase, lane_u h) {
    const struct voice_band *band = &note->body.band;
    struct band_scratch *b = &s->body.band;
    const lane_u sigma = lane_uset(band->sigma[k]);
    /* quantile + 4 + jitter h in units of 2^-29; the product with sigma loses three bits. */
    const lane_u place =
        lane_uadd(lane_uload(&band->quantile[m]), lane_umul(lane_uload(&band->jitter[m]), h));
    const lane_i away = lane_u_as_i(
        lane_usub(lane_ushl(lane_umulhi(sigma, place), 3), lane_ushl(sigma, 2)));
    const lane_f rate =
        lane_mul(lane_from_int(away), /* radians per half cell */
                 lane_set((lane_real)(2.0 * 3.14159265358979323846 * 32.0 / 4294967296.0)));
    const lane_f rate2 = lane_mul(rate, rate);
    lane_ustore(&b->inc[k][set][m],
                lane_uadd(lane_uset(note->carrier_inc[k]), lane_i_as_u(away)));
    lane_ustore(&b->phase[k][set][m], phase);
    lane_store(&b->rate[k][set][0][m], rate);
    lane_store(&b->rate[k][set][1][m], rate2);
    lane_store(&b->rate[k][set][2][m], lane_mul(rate2, rate));
    lane_store(&b->rate[k][set][3][m], lane_mul(rate2, rate2));
}

/* How the right channel is made of the left's lines and its own. */
LANE_FN void band_widths(const struct voice_note *note, struct voice_scratch *s,
                         struct lane_thread th) {
    LANE_FOR(k, VOICE_CARRIERS_MAX, th)
    {
        const lane_f spread = lane_mul(pad_spread(lane_load(&s->carrier[4][k])),
                                       lane_set((lane_real)note->width));
        lane_f own, shared; /* an angle of up to a quarter turn */
        lane_sincos(lane_i_as_u(lane_to_int(lane_mul(spread, lane_set(1073741824.0F)))), &own,
                    &shared);
        lane_store(&s->body.band.shared[k], shared);
        lane_store(&s->body.band.own[k], own);
    }
}

/* Once per call, after cells_set_carriers: the lines. */
LANE_FN void band_set_up_lines(const struct voice_note *note, struct voice_scratch *s,
                               struct lane_thread th) {
    band_widths(note, s, th);
    LANE_FOR(i, note->carrier_count * VOICE_BAND_LINES_MAX, th)
    {
        const uint32_t k = i / VOICE_BAND_LINES_MAX, m = i % VOICE_BAND_LINES_MAX;
        const lane_u draw = lane_uadd(lane_uset(i), lane_iota());
        const struct philox_lanes r =
            philox_lanes(note->seed, lane_uset(note->id[0]), lane_uset(note->id[1]),
                         lane_uset(PHILOX_VOICE_PARTIAL), draw);
        const lane_u low = lane_uand(r.w[2], lane_uset(0xffffU)), high = lane_ushr(r.w[2], 16);
        band_lines(note, s, k, 0, m, r.w[0], lane_usub(high, lane_uset(32768)));
        if (note->channel_count == 2) {
            band_lines(note, s, k, 1, m, r.w[1], lane_usub(low, lane_uset(32768)));
        }
    }
}

/* Once per call, after the lines: their rotation over 0 to 15 cells, cells in the lanes. */
LANE_FN void band_set_up_turns(const struct voice_note *note, struct voice_scratch *s,
                               struct lane_thread th) {
    const uint32_t lines = note->line_count, sets = note->channel_count;
    LANE_FOR(i, note->carrier_count * sets * lines * TILE_CELLS, th)
    {
        const uint32_t cell = i % TILE_CELLS, line = i / TILE_CELLS;
        const uint32_t m = line % lines, set = line / lines % sets, k = line / (lines * sets);
        const lane_u inc = lane_uset(s->body.band.inc[k][set][m] * CELL_FRAMES);
        lane_f sine, cosine;
        lane_sincos(lane_umul(inc, lane_uadd(lane_uset(cell), lane_iota())), &sine, &cosine);
        lane_store(&s->body.band.turn[k][set][m][0][cell], cosine);
        lane_store(&s->body.band.turn[k][set][m][1][cell], sine);
    }
}

/* Once per tile: the exact phasors at its first cell, lines in the lanes. */
LANE_FN void band_tile(const struct voice_note *note, struct voice_scratch *s,
                       const struct voice_tile *tile, struct lane_thread th) {
    struct band_scratch *b = &s->body.band;
    const uint32_t sets = note->channel_count;
    const uint32_t frames = (uint32_t)(uint64_t)(tile->first * CELL_FRAMES - note->onset);
    LANE_FOR(i, note->carrier_count * sets * VOICE_BAND_LINES_MAX, th)
    {
        const uint32_t m = i % VOICE_BAND_LINES_MAX, line = i / VOICE_BAND_LINES_MAX;
        const uint32_t set = line % sets, k = line / sets;
        const lane_u phase = phase_at_centre(lane_uload(&b->inc[k][set][m]),
                                             lane_uload(&b->phase[k][set][m]), lane_uset(frames));
        const lane_f gain = cells_floats(&note->body.band.line_gain[m]);
        lane_f sine, cosine;
        lane_sincos(phase, &sine, &cosine);
        lane_store(&b->base[k][set][0][m], lane_mul(cosine, gain));
        lane_store(&b->base[k][set][1][m], lane_mul(sine, gain));
    }
}

/* Moments of the lines of one carrier and set. */
LANE_FN struct cell_moments band_moments(const struct band_scratch *b, uint32_t k, uint32_t set,
                                         uint32_t lines, uint32_t cell, uint32_t degree) {
    struct cell_moments sum = cells_no_moments();
    for (uint32_t m = 0; m < lines; m++) {
        const lane_f c = lane_load(&b->turn[k][set][m][0][cell]);
        const lane_f i = lane_load(&b->turn[k][set][m][1][cell]);
        const lane_f re = lane_set(b->base[k][set][0][m]), im = lane_set(b->base[k][set][1][m]);
        const lane_f d1 = lane_set(b->rate[k][set][0][m]), d2 = lane_set(b->rate[k][set][1][m]);
        const lane_f d3 = lane_set(b->rate[k][set][2][m]), d4 = lane_set(b->rate[k][set][3][m]);
        cells_add_line(&sum, lane_fnma(im, i, lane_mul(re, c)), lane_fma(re, i, lane_mul(im, c)),
                       d1, d2, d3, d4, degree);
    }
    return sum;
}

/* shared a + own b. */
LANE_FN struct cell_moments band_mix(const struct cell_moments *a, const struct cell_moments *b,
                                     lane_f shared, lane_f own) {
    struct cell_moments y;
    y.r0 = lane_fma(a->r0, shared, lane_mul(b->r0, own));
    y.i0 = lane_fma(a->i0, shared, lane_mul(b->i0, own));
    y.r1 = lane_fma(a->r1, shared, lane_mul(b->r1, own));
    y.i1 = lane_fma(a->i1, shared, lane_mul(b->i1, own));
    y.r2 = lane_fma(a->r2, shared, lane_mul(b->r2, own));
    y.i2 = lane_fma(a->i2, shared, lane_mul(b->i2, own));
    y.r3 = lane_fma(a->r3, shared, lane_mul(b->r3, own));
    y.i3 = lane_fma(a->i3, shared, lane_mul(b->i3, own));
    y.r4 = lane_fma(a->r4, shared, lane_mul(b->r4, own));
    y.i4 = lane_fma(a->i4, shared, lane_mul(b->i4, own));
    return y;
}

/* Stage 1 of the COUNT carriers from FIRST, DEGREE a constant. */
LANE_FN void band_block_of(const struct voice_note *note, struct voice_scratch *s, uint32_t first,
                           uint32_t count, uint32_t degree, struct lane_thread th) {
    const struct band_scratch *b = &s->body.band;
    LANE_FOR(i, count * TILE_CELLS, th)
    {
        const uint32_t row = i / TILE_CELLS, cell = i % TILE_CELLS, k = first + row;
        const lane_f g0 = lane_load(&s->gain[row][cell]);
        const lane_f g1 = lane_load(&s->gain[row][cell + 1]);
        const lane_f value = lane_mul(lane_add(g0, g1), lane_set(0.5F));
        const lane_f slope = lane_mul(lane_sub(g1, g0), lane_set(0.5F));
        const struct cell_series f = cells_series(s, k);
        const struct cell_moments l = band_moments(b, k, 0, note->line_count, cell, degree);
        cells_put(&s->term[row][0][cell], &l, &f, value, slope, degree);
        if (note->channel_count == 2) {
            const struct cell_moments own = band_moments(b, k, 1, note->line_count, cell, degree);
            const struct cell_moments r =
                band_mix(&l, &own, lane_set(b->shared[k]), lane_set(b->own[k]));
            cells_put(&s->term[row][cells_row(1, degree)][cell], &r, &f, value, slope, degree);
        }
    }
}

/* Stage 1 of one block; its gains are set. */
LANE_FN void band_block(const struct voice_note *note, struct voice_scratch *s, uint32_t first,
                        uint32_t count, struct lane_thread th) {
    switch (note->degree[first / VOICE_BLOCK_CARRIERS]) {
    case 2:
        band_block_of(note, s, first, count, 2, th);
        break;
    case 3:
        band_block_of(note, s, first, count, 3, th);
        break;
    default:
        band_block_of(note, s, first, count, 4, th);
        break;
    }
}

#endif
