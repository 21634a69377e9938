/*
 * warm_pad.h - unison saw: U detuned, wandering harmonic series through a slow filter.
 *
 * Sound: 3 to 9 unisons at uneven super-saw spacing, each wandering by a few cents on its own slow
 * LFO; start phase and place of every partial of every unison hashed, so that no two notes are
 * alike; a sub-octave sine below MIDI 55; pulse width if the patch asks.
 * Method: moments (see cells.h). All unisons of harmonic k are one carrier at k w0; stage 1 has
 * cells in its lanes: per unison and cell one exact phase (drift in fixed point, since it may
 * exceed many turns), harmonics by repeated rotation re-seeded exactly every block of 16, then per
 * (unison, harmonic) 4 + 2 (4 + 2 D) operations for both channels, D = 2 to 4.
 * Cost per partial and stereo frame: about 0.4 lane operations here (24 / 64) and 2 (D + 1) / U in
 * stage 2: 1.3 fused operations for 7 unisons. Measured figures: profiling/.
 */
#ifndef AEOLIAN_VOICES_WARM_PAD_H
#define AEOLIAN_VOICES_WARM_PAD_H

#include "voices/cells.h"
#include "voices/philox.h"
#include "voices/phase.h"

/* Stereo spread grows with frequency: 0 below 120 Hz, 3/8 at 200 to 400, 1 above 1 kHz. */
LANE_FN lane_f pad_spread(lane_f log2_hz) {
    const lane_f zero = lane_set(0), one = lane_set(1);
    const lane_f low = lane_mul(lane_sub(log2_hz, lane_set(6.9068906F)), lane_set(1.3569154F));
    const lane_f high = lane_mul(lane_sub(log2_hz, lane_set(8.6438562F)), lane_set(0.7564708F));
    return lane_fma(lane_clamp(high, zero, one), lane_set(0.625F),
                    lane_mul(lane_clamp(low, zero, one), lane_set(0.375F)));
}

/* Start phase and pan of unison U at harmonics in the lanes, from 64 random bits. */
LANE_FN void warm_pad_start(struct voice_scratch *s, uint32_t u, uint32_t k, lane_real gain,
                            lane_f spread, lane_u bits0, lane_u bits1) {
    const lane_m low = lane_lt(lane_load(&s->carrier[3][k]), lane_set(500));
    const lane_u left = bits0;
    const lane_u right = lane_uselect(low, left, lane_uand(bits1, lane_uset(0xffff0000U)));
    const lane_f whole = lane_from_int(lane_u_as_i(lane_uand(bits1, lane_uset(0xffffU))));
    const lane_f place = lane_fma(whole, lane_set(1.0F / 32768), lane_set(-1));
    const lane_f away = lane_mul(lane_mul(place, spread), lane_set(536870912.0F));
    const lane_u angle = lane_uadd(lane_uset(0x20000000U), lane_i_as_u(lane_to_int(away)));
    lane_f pan_r, pan_l, sine, cosine;
    lane_sincos(angle, &pan_r, &pan_l);
    lane_sincos(left, &sine, &cosine);
    pan_l = lane_mul(pan_l, lane_set(gain));
    pan_r = lane_mul(pan_r, lane_set(gain));
    lane_store(&s->body.unison.start[u][0][k], lane_mul(cosine, pan_l));
    lane_store(&s->body.unison.start[u][1][k], lane_mul(sine, pan_l));
    lane_sincos(right, &sine, &cosine);
    lane_store(&s->body.unison.start[u][2][k], lane_mul(cosine, pan_r));
    lane_store(&s->body.unison.start[u][3][k], lane_mul(sine, pan_r));
}

/* Once per call, after cells_set_carriers. */
LANE_FN void warm_pad_set_up(const struct voice_note *note, struct voice_scratch *s,
                             struct lane_thread th) {
    const struct voice_unison *unison = &note->body.unison;
    LANE_FOR(k, note->carrier_count, th)
    {
        const lane_f spread = lane_mul(pad_spread(lane_load(&s->carrier[4][k])),
                                       lane_set((lane_real)note->width));
        const lane_u row = lane_ushl(lane_uadd(lane_uset(k), lane_iota()), 4);
        for (uint32_t u = 0; u < note->line_count; u += 2) {
            const struct philox_lanes r = philox_lanes(
                note->seed, lane_uset(note->id[0]), lane_uset(note->id[1]),
                lane_uset(PHILOX_VOICE_PARTIAL), lane_uadd(row, lane_uset(u >> 1)));
            warm_pad_start(s, u, k, (lane_real)unison->gain[u], spread, r.w[0], r.w[1]);
            if (u + 1 < note->line_count) {
                warm_pad_start(s, u + 1, k, (lane_real)unison->gain[u + 1], spread, r.w[2],
                               r.w[3]);
            }
        }
    }
}

/* Once per tile: phase and rate of every unison at the centre of every cell. */
LANE_FN void warm_pad_tile(const struct voice_note *note, struct voice_scratch *s,
                           const struct voice_tile *tile, struct lane_thread th) {
    const struct voice_unison *unison = &note->body.unison;
    const uint32_t base = note->carrier_inc[unison->sub];
    const lane_real to_rate = (lane_real)(2.0 * 3.14159265358979323846 * 32.0 / 4294967296.0);
    LANE_FOR(i, note->line_count * TILE_CELLS, th)
    {
        const uint32_t u = i / TILE_CELLS, cell = i % TILE_CELLS;
        const lane_u frames = phase_cell_frames(tile->first + cell, note->onset);
        const lane_f before = lane_load(&s->control[2][cell]);
        const lane_f after = lane_load(&s->control[2][cell + 1]);
        const lane_real turns = (lane_real)unison->drift_turns[u];
        /* Motion 0.5 is depth 1; the mean of both boundaries times 2 is their sum. */
        const lane_f depth = lane_mul(lane_add(before, after), lane_set(turns));
        const lane_f growth = lane_mul(lane_sub(after, before), lane_set(turns));
        const lane_u lfo = phase_at_centre(lane_uset(unison->drift_inc[u]),
                                           lane_uset(unison->drift_phase[u]), frames);
        lane_f sine, cosine;
        lane_sincos(lfo, &sine, &cosine);
        const lane_u phase =
            lane_uadd(phase_at_centre(lane_uset(unison->inc[u]), lane_uset(unison->phase[u]),
                                      frames),
                      lane_sine_turns(lfo, depth));
        /* Rate per half cell: detune, turning of the LFO, growth of its depth by the control. */
        const lane_real detune = (lane_real)(int32_t)(unison->inc[u] - base) * to_rate;
        const lane_real turning = (lane_real)unison->drift_inc[u] * to_rate *
                                  (lane_real)6.28318530717958647692;
        lane_f rate = lane_fma(lane_mul(depth, cosine), lane_set(turning), lane_set(detune));
        rate = lane_fma(lane_mul(growth, sine), lane_set(6.28318548F), rate);
        const lane_f rate2 = lane_mul(rate, rate);
        lane_sincos(phase, &sine, &cosine);
        lane_ustore(&s->body.unison.phase[u][cell], phase);
        lane_store(&s->body.unison.step[u][0][cell], cosine);
        lane_store(&s->body.unison.step[u][1][cell], sine);
        lane_store(&s->body.unison.rate[u][0][cell], rate);
        lane_store(&s->body.unison.rate[u][1][cell], rate2);
        lane_store(&s->body.unison.rate[u][2][cell], lane_mul(rate2, rate));
        lane_store(&s->body.unison.rate[u][3][cell], lane_mul(rate2, rate2));
    }
}

/* The phasors of all unisons at one harmonic, for LANE_WIDTH cells. */
struct warm_pad_phasors {
    lane_f re[VOICE_UNISON_MAX], im[VOICE_UNISON_MAX];
};

/* Moments of harmonic carrier K of both channels, and one rotation on to the next harmonic. */
LANE_FN void warm_pad_moments(const struct voice_scratch *s, uint32_t unisons, uint32_t k,
                              uint32_t cell, struct warm_pad_phasors *z, struct cell_moments *l,
                              struct cell_moments *r, uint32_t degree) {
    const struct unison_scratch *b = &s->body.unison;
    *l = *r = cells_no_moments();
    for (uint32_t u = 0; u < unisons; u++) {
        const lane_f re = z->re[u], im = z->im[u];
        const lane_f d1 = lane_load(&b->rate[u][0][cell]), d2 = lane_load(&b->rate[u][1][cell]);
        const lane_f d3 = lane_load(&b->rate[u][2][cell]), d4 = lane_load(&b->rate[u][3][cell]);
        const lane_f lr = lane_set(b->start[u][0][k]), li = lane_set(b->start[u][1][k]);
        const lane_f rr = lane_set(b->start[u][2][k]), ri = lane_set(b->start[u][3][k]);
        cells_add_line(l, lane_fnma(im, li, lane_mul(re, lr)), lane_fma(re, li, lane_mul(im, lr)),
                       d1, d2, d3, d4, degree);
        cells_add_line(r, lane_fnma(im, ri, lane_mul(re, rr)), lane_fma(re, ri, lane_mul(im, rr)),
                       d1, d2, d3, d4, degree);
        const lane_f c = lane_load(&b->step[u][0][cell]), i = lane_load(&b->step[u][1][cell]);
        z->re[u] = lane_fnma(im, i, lane_mul(re, c));
        z->im[u] = lane_fma(re, i, lane_mul(im, c));
    }
}

/* The sub-octave: one line in the middle, with a phase of its own. */
LANE_FN void warm_pad_sub(const struct voice_note *note, struct voice_scratch *s,
                          const struct voice_tile *tile, uint32_t cell, lane_f value,
                          lane_f slope, uint32_t degree) {
    const struct cell_series f = cells_series(s, 0);
    const lane_u frames = phase_cell_frames(tile->first + cell, note->onset);
    const lane_u phase = phase_at_centre(lane_uset(note->carrier_inc[0]),
                                         lane_uset(note->body.unison.phase[0]), frames);
    struct cell_moments m = cells_no_moments();
    lane_f sine, cosine;
    lane_sincos(phase, &sine, &cosine);
    m.r0 = lane_mul(cosine, lane_set((lane_real)note->body.unison.sub_gain));
    m.i0 = lane_mul(sine, lane_set((lane_real)note->body.unison.sub_gain));
    cells_put(&s->term[0][0][cell], &m, &f, value, slope, degree);
    cells_put(&s->term[0][cells_row(1, degree)][cell], &m, &f, value, slope, degree);
}

/* Stage 1 of the COUNT carriers from FIRST, DEGREE a constant. */
LANE_FN void warm_pad_block_of(const struct voice_note *note, struct voice_scratch *s,
                               const struct voice_tile *tile, uint32_t first, uint32_t count,
                               uint32_t degree, struct lane_thread th) {
    const uint32_t sub = note->body.unison.sub;
    LANE_FOR(cell, TILE_CELLS, th)
    {
        struct warm_pad_phasors z;
        const uint32_t begin = first == 0 ? sub : 0;
        for (uint32_t u = 0; u < note->line_count; u++) {
            const lane_u phase = lane_uload(&s->body.unison.phase[u][cell]);
            const lane_u seed = lane_umul(lane_uset(first + begin + 1 - sub), phase);
            lane_sincos(seed, &z.im[u], &z.re[u]);
        }
        for (uint32_t row = 0; row < count; row++) {
            const lane_f g0 = lane_load(&s->gain[row][cell]);
            const lane_f g1 = lane_load(&s->gain[row][cell + 1]);
            const lane_f value = lane_mul(lane_add(g0, g1), lane_set(0.5F));
            const lane_f slope = lane_mul(lane_sub(g1, g0), lane_set(0.5F));
            if (row < begin) {
                warm_pad_sub(note, s, tile, cell, value, slope, degree);
                continue;
            }
            struct cell_moments l, r;
            const struct cell_series f = cells_series(s, first + row);
            warm_pad_moments(s, note->line_count, first + row, cell, &z, &l, &r, degree);
            cells_put(&s->term[row][0][cell], &l, &f, value, slope, degree);
            cells_put(&s->term[row][cells_row(1, degree)][cell], &r, &f, value, slope, degree);
        }
    }
}

/* Stage 1 of one block; its gains are set. */
LANE_FN void warm_pad_block(const struct voice_note *note, struct voice_scratch *s,
                            const struct voice_tile *tile, uint32_t first, uint32_t count,
                            struct lane_thread th) {
    switch (note->degree[first / VOICE_BLOCK_CARRIERS]) {
    case 2:
        warm_pad_block_of(note, s, tile, first, count, 2, th);
        break;
    case 3:
        warm_pad_block_of(note, s, tile, first, count, 3, th);
        break;
    default:
        warm_pad_block_of(note, s, tile, first, count, 4, th);
        break;
    }
}

#endif
