/*
 * bell.h - struck bodies: modes that decay, and doublets that beat.
 *
 * Sound: y = s(t / A) sum of a e^(-6.91 t / T) sin(2 pi (r f + d) t + phase) over the modes of a
 * set (note_bell.c). Decay and doublet are one complex rate rho = -sigma + i delta.
 * Method: each mode is a carrier (cells.h); per line and cell the exact phase and 2^(-rate t) at
 * the centre, and inside the cell exp(rho m) as the series made once per call. The attack of 4 ms
 * and more is too fast for a grid of 64 frames, so it is applied per sample when the note is
 * mixed. A line stops by sample index below -144 dB, which also keeps denormals away.
 * Cost: about 45 / 64 lane operations per line and frame and 2 (D + 1) fused operations per mode
 * and stereo frame.
 */
#ifndef AEOLIAN_VOICES_BELL_H
#define AEOLIAN_VOICES_BELL_H

#include "voices/cells.h"
#include "voices/phase.h"

/* Once per call: coefficients of exp(rho x) = sum of rho^j / j! x^j. Odd ones are stored divided
 * by i, because cells_put multiplies the odd moments by i. */
LANE_FN void bell_set_up(const struct voice_note *note, struct voice_scratch *s,
                         struct lane_thread th) {
    const struct voice_modes *modes = &note->body.modes;
    const lane_real turn = (lane_real)(2.0 * 3.14159265358979323846 * 32.0 / 4294967296.0);
    const lane_real fall = (lane_real)(0.69314718055994530942 * 32.0);
    for (uint32_t line = th.index; line < 2 * note->carrier_count; line += th.count) {
        const lane_real re = -(lane_real)modes->decay_rate[line] * fall;
        const lane_real im = (lane_real)modes->offset[line] * turn;
        lane_real power_re = 1, power_im = 0;
        for (uint32_t j = 0; j <= VOICE_DEGREE_MAX; j++) {
            const bool odd = j % 2 == 1;
            s->body.modes.series[line][j][0] = odd ? power_im : power_re;
            s->body.modes.series[line][j][1] = odd ? -power_re : power_im;
            const lane_real next_re = (power_re * re - power_im * im) / (lane_real)(j + 1);
            power_im = (power_re * im + power_im * re) / (lane_real)(j + 1);
            power_re = next_re;
        }
    }
}

/* a + z x coefficient J of a line. */
LANE_FN void bell_add_power(lane_f *re, lane_f *im, lane_f z_re, lane_f z_im,
                            const lane_real *coefficient) {
    const lane_f c = lane_set(coefficient[0]), d = lane_set(coefficient[1]);
    *re = lane_fnma(z_im, d, lane_fma(z_re, c, *re));
    *im = lane_fma(z_im, c, lane_fma(z_re, d, *im));
}

/* Adds line LINE (0 or 1) of mode K at the cells in the lanes. */
LANE_FN void bell_add_line(const struct voice_note *note, const struct voice_scratch *s,
                           lane_u frames, uint32_t k, uint32_t line, struct cell_moments *sum) {
    const struct voice_modes *modes = &note->body.modes;
    const uint32_t index = 2 * k + line;
    const lane_real(*series)[2] = s->body.modes.series[index];
    const lane_u inc = lane_uset(note->carrier_inc[k] + (uint32_t)modes->offset[index]);
    const lane_u phase = phase_at_centre(inc, lane_uset(modes->phase[index]), frames);
    const lane_i since = lane_u_as_i(frames);
    const lane_f centre = lane_add(lane_from_int(since), lane_set(31.5F));
    const lane_f level =
        lane_exp2(lane_mul(centre, lane_set(-(lane_real)modes->decay_rate[index])));
    const lane_m alive = lane_ilt(since, lane_iset((int32_t)modes->frames[index]));
    const lane_f gain = lane_select(
        alive, lane_mul(level, lane_set((lane_real)modes->line_gain[index])), lane_set(0));
    lane_f sine, cosine;
    lane_sincos(phase, &sine, &cosine);
    const lane_f re = lane_mul(cosine, gain), im = lane_mul(sine, gain);
    bell_add_power(&sum->r0, &sum->i0, re, im, series[0]);
    bell_add_power(&sum->r1, &sum->i1, re, im, series[1]);
    bell_add_power(&sum->r2, &sum->i2, re, im, series[2]);
    bell_add_power(&sum->r3, &sum->i3, re, im, series[3]);
    bell_add_power(&sum->r4, &sum->i4, re, im, series[4]);
}

/* Stage 1 of all modes: one block. */
LANE_FN void bell_block_of(const struct voice_note *note, struct voice_scratch *s,
                           const struct voice_tile *tile, uint32_t degree, struct lane_thread th) {
    LANE_FOR(i, note->carrier_count * TILE_CELLS, th)
    {
        const uint32_t k = i / TILE_CELLS, cell = i % TILE_CELLS;
        const lane_u frames = phase_cell_frames(tile->first + cell, note->onset);
        const lane_f g0 = lane_load(&s->gain[k][cell]), g1 = lane_load(&s->gain[k][cell + 1]);
        const lane_f value = lane_mul(lane_add(g0, g1), lane_set(0.5F));
        const lane_f slope = lane_mul(lane_sub(g1, g0), lane_set(0.5F));
        const lane_f left = lane_set((lane_real)note->body.modes.pan_left[k]);
        const lane_f right = lane_set((lane_real)note->body.modes.pan_right[k]);
        const struct cell_series f = cells_series(s, k);
        struct cell_moments sum = cells_no_moments();
        bell_add_line(note, s, frames, k, 0, &sum);
        bell_add_line(note, s, frames, k, 1, &sum);
        cells_put(&s->term[k][0][cell], &sum, &f, lane_mul(value, left), lane_mul(slope, left),
                  degree);
        cells_put(&s->term[k][cells_row(1, degree)][cell], &sum, &f, lane_mul(value, right),
                  lane_mul(slope, right), degree);
    }
}

/* Stage 1; the gains are set. */
LANE_FN void bell_block(const struct voice_note *note, struct voice_scratch *s,
                        const struct voice_tile *tile, struct lane_thread th) {
    switch (note->degree[0]) {
    case 2:
        bell_block_of(note, s, tile, 2, th);
        break;
    case 3:
        bell_block_of(note, s, tile, 3, th);
        break;
    default:
        bell_block_of(note, s, tile, 4, th);
        break;
    }
}

#endif
