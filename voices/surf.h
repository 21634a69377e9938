/*
 * surf.h - the sea: octave value noise under waves that come and go (see surf_note.h).
 *
 * Octave j has one hashed value per 2^j frames and channel (Philox, 16 bits each), interpolated
 * by a cubic B-spline; j = 2 .. 10. A spline of one octave is exactly one of the next finer: new
 * coefficients are (1 6 1) / 8 on the old places and (1 1) / 2 between. So octaves are summed
 * from the coarse end as coefficients, each doubling costs two or three additions, and a sample
 * is (c[n-1] + 4 c[n] + c[n+1]) / 6 at the end. The waves' gain and low-pass act on the hashed
 * values, one gain per octave and cell: a step there is smooth in the sound, as the spline is.
 * Octaves 6 .. 10, whose values are a cell or more apart, become one cubic per cell.
 *
 * What an octave interpolates is the difference of neighbouring hashed values: without it every
 * octave would reach down to 0 Hz, where their sum is an offset that wanders and a rumble that
 * differs from ear to ear.
 *
 * A pure function of the absolute frame, the seed and the layer; the note adds ramps and level.
 * Brightness moves the octaves 2 .. 5 by +-6 dB. Not band-limited (sinc^4), so it is silent in
 * guard-band measurements. Cost: one hashed word (both channels) per two frames, 12 additions.
 *
 * Phases: functions over (thread, ...) without barriers inside, called in the order of
 * surf_tile. Whoever renders the note runs this.
 */
#ifndef AEOLIAN_VOICES_SURF_H
#define AEOLIAN_VOICES_SURF_H

#include "voices/cells.h" // struct voice_controls
#include "voices/lane.h"
#include "voices/math.h"
#include "voices/philox.h"
#include "voices/surf_note.h"
#include "voices/surf_scratch.h"

/* Coefficients [low, high] of one octave that a tile needs; low even, high odd. */
struct surf_range {
    int64_t low, high;
};

/* The range one octave up (coarser) that gives all of `finer`. */
LANE_FN struct surf_range surf_coarser(struct surf_range finer) {
    const struct surf_range r = {((finer.low >> 1) - 1) & -2, ((finer.high >> 1) + 1) | 1};
    return r;
}

/* Phase: the waves near the tile that starts at frame n. */
LANE_FN void surf_waves(struct lane_thread th, const struct voice_note *note,
                        struct surf_scratch *s, int64_t n) {
    const uint32_t period = note->body.surf.word[SURF_WORD_PERIOD];
    const int64_t before = n - 8192;
    const int64_t first = before / period - (before % period < 0 ? 1 : 0) - 2;
    for (uint32_t k = th.index; k < SURF_WAVES; k += th.count) {
        s->wave[k] = surf_wave_make(note->seed, note->layer, period, first + k, n);
    }
}

/* Level of the sea at frames (lanes) counted from the tile's start. */
LANE_FN lane_f surf_level(const struct surf_scratch *s, lane_i frame, uint32_t channel) {
    lane_f level = lane_set((lane_real)SURF_CALM);
    const lane_f one = lane_set(1);
    for (uint32_t k = 0; k < SURF_WAVES; ++k) {
        const struct surf_wave *wave = &s->wave[k];
        const lane_i since = lane_isub(frame, lane_iset(wave->start));
        const lane_f t = lane_from_int(since);
        const lane_f fall = lane_from_int(lane_isub(since, lane_iset(wave->rise)));
        const lane_f up = lane_quintic(lane_mul(t, lane_set((lane_real)wave->rise_rate)));
        const lane_f down = lane_quintic(lane_mul(fall, lane_set((lane_real)wave->fall_rate)));
        level = lane_fma(lane_set((lane_real)wave->height[channel]),
                         lane_mul(up, lane_sub(one, down)), level);
    }
    return level;
}

/* Gain of octave i at a level: the low-pass opens as the level rises. */
LANE_FN lane_f surf_gain(const struct voice_surf *surf, uint32_t i, lane_f level) {
    const lane_real fall = (lane_real)(-4.0 * SURF_CUTOFF_OCTAVES);
    const lane_f dark = lane_exp2(lane_mul(level, lane_set(fall)));
    const lane_f filter = lane_fma(
        dark, lane_set((lane_real)surf->number[SURF_NUMBER_FILTER + i]), lane_set(1));
    const lane_f gain = lane_mul(level, lane_set((lane_real)surf->number[SURF_NUMBER_OCTAVE + i]));
    return lane_mul(gain, lane_rsqrt(filter));
}

/* Phase: gains of the fine octaves in the cells -1 .. cells of the tile. */
LANE_FN void surf_gains(struct lane_thread th, const struct voice_note *note,
                        struct surf_scratch *s, uint32_t cells) {
    for (uint32_t channel = 0; channel < 2; ++channel) {
        LANE_FOR(c, cells + 2, th) {
            const lane_i cell = lane_u_as_i(lane_uadd(lane_iota(), lane_uset(c - 1)));
            const lane_i frame = lane_u_as_i(lane_ushl(lane_i_as_u(cell), 6));
            const lane_f level = surf_level(s, frame, channel);
            for (uint32_t i = 0; i < SURF_OCTAVES_FINE; ++i) {
                lane_store(s->gain[channel][i] + c, surf_gain(&note->body.surf, i, level));
            }
        }
    }
}

/* Start of the block of 64 lattice values that holds m; blocks are hashed 16 counters at a time,
   each counter giving values m, m + 16, m + 32 and m + 48. */
LANE_FN int64_t surf_block(int64_t m) {
    return m & -64;
}

/* Phase: hashed words of octave j for the blocks that cover `range` and the value after it, entry
   0 at the first. */
LANE_FN void surf_hash(struct lane_thread th, const struct voice_note *note,
                       struct surf_scratch *s, uint32_t j, struct surf_range range) {
    const int64_t first = surf_block(range.low);
    const uint32_t counters = (uint32_t)((surf_block(range.high + 1) + 64 - first) >> 2);
    const lane_u purpose = lane_uset(SURF_PURPOSE_LATTICE + j), layer = lane_uset(note->layer);
    for (uint32_t block = 0; 16 * block < counters; ++block) {
        const int64_t counter = (first >> 2) + 16 * block;
        const lane_u low = lane_uset((uint32_t)counter);
        const lane_u high = lane_uset((uint32_t)((uint64_t)counter >> 32));
        LANE_FOR(i, 16, th) {
            const lane_u own = lane_uadd(low, lane_uadd(lane_iota(), lane_uset(i)));
            const struct philox_lanes r = philox_lanes(note->seed, own, high, purpose, layer);
            for (uint32_t k = 0; k < 4; ++k) {
                lane_ustore(s->word + 64 * block + 16 * k + i, r.w[k]);
            }
        }
    }
}

/* One channel of hashed words as whole numbers of 16 bits. */
LANE_FN lane_i surf_whole(lane_u word, uint32_t channel) {
    const lane_u top = channel ? lane_ushl(word, 16) : word;
    return lane_ishr(lane_u_as_i(top), 16);
}

/* Each word of `word` less the one after it, one channel: numbers in (-2, 2). */
LANE_FN lane_f surf_value(const uint32_t *word, uint32_t channel) {
    const lane_i here = surf_whole(lane_uload(word), channel);
    const lane_i next = surf_whole(lane_uload(word + 1), channel);
    return lane_mul(lane_from_int(lane_isub(here, next)), lane_set((lane_real)(1.0 / 32768.0)));
}

/* Phase: adds a coarse octave's values, gain and all, to the coefficients `from`; lane i is
   lattice point range.low + i. `to` may not be `from`. */
LANE_FN void surf_add_coarse(struct lane_thread th, const struct voice_note *note,
                             const struct surf_scratch *s, uint32_t j, struct surf_range range,
                             int64_t n, uint32_t channel, const lane_real *from, lane_real *to) {
    const uint32_t count = (uint32_t)(range.high - range.low) + 1;
    const uint32_t *word = s->word + (range.low - surf_block(range.low));
    const int32_t start = (int32_t)(range.low * ((int64_t)1 << j) - n);
    LANE_FOR(i, count, th) {
        const lane_u index = lane_uadd(lane_iota(), lane_uset(i));
        const lane_i frame = lane_iadd(lane_u_as_i(lane_ushl(index, (int)j)), lane_iset(start));
        const lane_f gain =
            surf_gain(&note->body.surf, j - SURF_FINEST, surf_level(s, frame, channel));
        const lane_f value = surf_value(word + i, channel);
        lane_store(to + i, lane_fma(gain, value, lane_load(from + i)));
    }
}

/* Phase: the same for a fine octave, one gain per cell. Cell c of the tile is gain entry c + 1. */
LANE_FN void surf_add_fine(struct lane_thread th, const struct surf_scratch *s, uint32_t j,
                           struct surf_range range, int64_t n, uint32_t channel,
                           const lane_real *from, lane_real *to) {
    const uint32_t per_cell = 64U >> j;
    const uint32_t count = (uint32_t)(range.high - range.low) + 1;
    const uint32_t *word = s->word + (range.low - surf_block(range.low));
    const lane_real *gain = s->gain[channel][(j - SURF_FINEST) % SURF_OCTAVES_FINE];
    /* range.low lies in cell -1. */
    uint32_t begin = 0, cell = 0;
    uint32_t end = (uint32_t)((n >> j) - range.low);
    while (begin < count) {
        const lane_f g = lane_set(gain[cell]);
        for (uint32_t i = begin + th.index * LANE_WIDTH; i < end; i += th.count * LANE_WIDTH) {
            const lane_f value = surf_value(word + i, channel);
            lane_store(to + i, lane_fma(g, value, lane_load(from + i)));
        }
        begin = end;
        end = end + per_cell < count ? end + per_cell : count;
        cell++;
    }
}

/* Phase: coefficients of the next finer octave. Written for the compiler to vectorise: pairs. */
LANE_FN void surf_refine(struct lane_thread th, struct surf_range coarse, struct surf_range fine,
                         const lane_real *from, lane_real *to) {
    const lane_real *c = from + ((fine.low >> 1) - coarse.low);
    const uint32_t pairs = (uint32_t)(fine.high - fine.low + 1) / 2;
    for (uint32_t m = th.index; m < pairs; m += th.count) {
        const lane_real here = c[m], next = c[m + 1], around = c[(int32_t)m - 1] + next;
        to[2 * m] = here * (lane_real)0.75 + around * (lane_real)0.125;
        to[2 * m + 1] = (here + next) * (lane_real)0.5;
    }
}

/* Phase: gain of the two groups of octaves at the boundaries of the cells: ramps, brightness. */
LANE_FN void surf_levels(struct lane_thread th, const struct voice_note *note,
                         const lane_real *brightness, struct surf_scratch *s, int64_t n,
                         uint32_t cells) {
    const struct voice_surf *surf = &note->body.surf;
    const lane_f rate = lane_div(lane_set(1), lane_set((lane_real)surf->word[SURF_WORD_RAMP]));
    const lane_f gain = lane_set((lane_real)surf->number[SURF_NUMBER_GAIN]);
    const int32_t onset = (int32_t)(n - note->onset), off = (int32_t)(n - note->off);
    LANE_FOR(c, cells + 1, th) {
        const lane_u index = lane_uadd(lane_iota(), lane_uset(c));
        const lane_i frame = lane_u_as_i(lane_ushl(index, 6));
        const lane_f rise = lane_from_int(lane_iadd(frame, lane_iset(onset)));
        const lane_f fall = lane_from_int(lane_iadd(frame, lane_iset(off)));
        const lane_f up = lane_quintic(lane_mul(rise, rate));
        const lane_f down = lane_quintic(lane_mul(fall, rate));
        const lane_f ramp = lane_mul(up, lane_sub(lane_set(1), down));
        const lane_f level = lane_mul(gain, ramp);
        const lane_f bright = lane_sub(lane_load(brightness + c), lane_set(0.5F));
        lane_store(s->coarse_level + c, level);
        lane_store(s->fine_level + c,
                   lane_mul(level, lane_exp2(lane_mul(bright, lane_set(2)))));
    }
}

/* Phase: samples. `fine` has coefficients of single frames, entry 2 at the tile's frame 0;
   `coarse` those of cells, entry 1 at cell 0. Adds to the bus. */
LANE_FN void surf_samples(struct lane_thread th, const struct surf_scratch *s, uint32_t cells,
                          const lane_real *fine, const lane_real *coarse, lane_real *bus) {
    const lane_real sixth = (lane_real)(1.0 / 6.0), step = (lane_real)(1.0 / 64.0);
    for (uint32_t cell = 0; cell < cells; ++cell) {
        const lane_real a = coarse[cell], b = coarse[cell + 1], c = coarse[cell + 2];
        const lane_real d = coarse[cell + 3];
        const lane_f p0 = lane_set((a + (b * 4 + c)) * sixth);
        const lane_f p1 = lane_set((c - a) * (lane_real)0.5);
        const lane_f p2 = lane_set((a + c) * (lane_real)0.5 - b);
        const lane_f p3 = lane_set(((d - a) + (b - c) * 3) * sixth);
        const lane_f low = lane_set(s->coarse_level[cell]);
        const lane_f low_slope = lane_set(s->coarse_level[cell + 1] - s->coarse_level[cell]);
        const lane_f high = lane_set(s->fine_level[cell]);
        const lane_f high_slope = lane_set(s->fine_level[cell + 1] - s->fine_level[cell]);
        LANE_FOR(i, 64, th) {
            const lane_real *x = fine + 2 + 64 * cell + i;
            const lane_i frame = lane_u_as_i(lane_uadd(lane_iota(), lane_uset(i)));
            const lane_f t = lane_mul(lane_from_int(frame), lane_set(step));
            const lane_f around = lane_add(lane_load(x - 1), lane_load(x + 1));
            const lane_f hiss =
                lane_mul(lane_fma(lane_load(x), lane_set(4), around), lane_set(sixth));
            const lane_f rumble = lane_fma(lane_fma(lane_fma(p3, t, p2), t, p1), t, p0);
            lane_f y = lane_mul(lane_fma(high_slope, t, high), hiss);
            y = lane_fma(lane_fma(low_slope, t, low), rumble, y);
            lane_store(bus + 64 * cell + i, lane_add(lane_load(bus + 64 * cell + i), y));
        }
    }
}

/* Phase: empty coefficients. */
LANE_FN void surf_clear(struct lane_thread th, struct surf_scratch *s) {
    for (uint32_t channel = 0; channel < 2; ++channel) {
        LANE_FOR(i, SURF_ROW, th) {
            lane_store(s->spline[channel][0] + i, lane_set(0));
        }
    }
}

/* Phase: octave j's values onto the coefficients in row 0, both channels; the sums in row 1. */
LANE_FN void surf_add(struct lane_thread th, const struct voice_note *note,
                      struct surf_scratch *s, uint32_t j, struct surf_range range, int64_t n) {
    for (uint32_t channel = 0; channel < 2; ++channel) {
        lane_real *from = s->spline[channel][0], *to = s->spline[channel][1];
        if (j >= 6) {
            surf_add_coarse(th, note, s, j, range, n, channel, from, to);
        } else {
            surf_add_fine(th, s, j, range, n, channel, from, to);
        }
    }
}

/* Phase: both channels one octave finer, from row FROM to the other one. */
LANE_FN void surf_refine_both(struct lane_thread th, struct surf_range coarse,
                              struct surf_range fine, struct surf_scratch *s, uint32_t from) {
    for (uint32_t channel = 0; channel < 2; ++channel) {
        surf_refine(th, coarse, fine, s->spline[channel][from], s->spline[channel][from ^ 1]);
    }
}

/* Coefficients of octaves `coarsest` down to `finest`, in the range of the finest: both channels,
   in row 1 of `spline`. */
LANE_FN void surf_sum_octaves(const struct voice_note *note, struct surf_scratch *s, int64_t n,
                              uint32_t coarsest, uint32_t finest, const struct surf_range *range) {
    LANE_EACH(th) surf_clear(th, s);
    for (uint32_t j = coarsest;; --j) {
        LANE_EACH(th) surf_hash(th, note, s, j, range[j]);
        LANE_EACH(th) surf_add(th, note, s, j, range[j], n);
        if (j == finest) {
            return;
        }
        LANE_EACH(th) surf_refine_both(th, range[j], range[j - 1], s, 1);
    }
}

/* Phase: the coefficients of cells, kept while the finer ones are made. */
LANE_FN void surf_keep_coarse(struct lane_thread th, struct surf_scratch *s, uint32_t at,
                              uint32_t cells) {
    for (uint32_t channel = 0; channel < 2; ++channel) {
        const lane_real *from = s->spline[channel][1] + at;
        LANE_FOR(i, cells + 3, th) {
            lane_store(s->coarse[channel] + i, lane_load(from + i));
        }
    }
}

/* Where the octaves of a tile of CELLS cells from frame N have their coefficients. */
LANE_FN void surf_ranges(int64_t n, uint32_t cells, struct surf_range range[SURF_COARSEST + 1]) {
    range[0].low = n - 2;
    range[0].high = n + 64 * cells + 1;
    for (uint32_t j = 1; j <= 5; ++j) {
        range[j] = surf_coarser(range[j - 1]);
    }
    range[6].low = ((n >> 6) - 1) & -2;
    range[6].high = ((n >> 6) + cells + 1) | 1;
    for (uint32_t j = 7; j <= SURF_COARSEST; ++j) {
        range[j] = surf_coarser(range[j - 1]);
    }
}

/* One tile: `cells` (at most TILE_CELLS) from frame n on. */
LANE_FN void surf_tile(const struct voice_note *note, const lane_real *brightness,
                       struct surf_scratch *s, int64_t n, uint32_t cells, lane_real *bus_l,
                       lane_real *bus_r) {
    struct surf_range range[SURF_COARSEST + 1];
    surf_ranges(n, cells, range);
    LANE_EACH(th) surf_waves(th, note, s, n);
    LANE_EACH(th)
    {
        surf_gains(th, note, s, cells);
        surf_levels(th, note, brightness, s, n, cells);
    }
    surf_sum_octaves(note, s, n, SURF_COARSEST, 6, range);
    LANE_EACH(th) surf_keep_coarse(th, s, (uint32_t)((n >> 6) - 1 - range[6].low), cells);
    surf_sum_octaves(note, s, n, 5, SURF_FINEST, range);
    LANE_EACH(th) surf_refine_both(th, range[2], range[1], s, 1);
    LANE_EACH(th) surf_refine_both(th, range[1], range[0], s, 0);
    LANE_EACH(th)
    {
        surf_samples(th, s, cells, s->spline[0][1], s->coarse[0], bus_l);
        surf_samples(th, s, cells, s->spline[1][1], s->coarse[1], bus_r);
    }
}

/*
 * Adds NOTE to the buses over cells [cell0, cell0 + cell_count): bus_l and bus_r hold
 * 64 cell_count numbers. Of the controls only brightness acts. Any split gives the same bits.
 */
LANE_FN void surf_render(const struct voice_note *note, const struct voice_controls *controls,
                         int64_t cell0, uint32_t cell_count, struct surf_scratch *scratch,
                         lane_real *bus_l, lane_real *bus_r) {
    for (uint32_t done = 0; done < cell_count; done += TILE_CELLS) {
        const uint32_t left = cell_count - done;
        surf_tile(note, controls->brightness + done, scratch, 64 * (cell0 + done),
                  left < TILE_CELLS ? left : TILE_CELLS, bus_l + 64 * done, bus_r + 64 * done);
    }
}

#endif
