/*
 * tone.h - renders one note into the bus of its layer: the dispatch over the voices.
 *
 * The steps of a tonal voice, each a function over lane_thread without barriers inside:
 *   per call    voice_set_up        tables and hashed starts of the carriers
 *               voice_set_up_more   what needs those first (wide pad: rotations)
 *   per tile    voice_tile_times    envelope, filter and controls at the cell boundaries
 *               voice_tile_phases   phases at the cells
 *   per block   cells_set_gains     levels of 16 carriers at the boundaries
 *               voice_block         stage 1: coefficients of the cells
 *               cells_samples       stage 2: frames
 *   per tile    cells_mix           frames onto the bus
 * voice_render strings them together with LANE_EACH: one thread on a CPU, a block on a GPU. How a
 * span is cut into calls and tiles changes no bit: a cell depends on its absolute number alone.
 */
#ifndef AEOLIAN_VOICES_TONE_H
#define AEOLIAN_VOICES_TONE_H

#include "voices/bell.h"
#include "voices/cells.h"
#include "voices/cells_sum.h"
#include "voices/envelope.h"
#include "voices/note.h"
#include "voices/sub_drone.h"
#include "voices/surf.h"
#include "voices/warm_pad.h"
#include "voices/wide_pad.h"

/* Once per call: carriers, tables, starts, lines. */
LANE_FN void voice_set_up(const struct voice_note *note, struct voice_scratch *s,
                          struct lane_thread th) {
    cells_set_carriers(note, s, th);
    cells_set_series(note, s, th);
    if (note->voice == VOICE_BELL) {
        bell_set_up(note, s, th);
    }
}

/* Once per call, when voice_set_up is done. */
LANE_FN void voice_set_up_starts(const struct voice_note *note, struct voice_scratch *s,
                                 struct lane_thread th) {
    if (note->voice == VOICE_WARM_PAD) {
        warm_pad_set_up(note, s, th);
    } else if (note->voice == VOICE_WIDE_PAD || note->voice == VOICE_SUB_DRONE) {
        band_set_up_lines(note, s, th);
    }
}

/* Once per call, when voice_set_up_starts is done. */
LANE_FN void voice_set_up_turns(const struct voice_note *note, struct voice_scratch *s,
                                struct lane_thread th) {
    if (note->voice == VOICE_WIDE_PAD || note->voice == VOICE_SUB_DRONE) {
        band_set_up_turns(note, s, th);
    }
}

/*
 * Per tile: the controls at its boundaries, held at the ends of what was given, because the lanes
 * of a tile may reach beyond the cells asked for. CELL0 and CELL_COUNT are those of the call.
 */
LANE_FN void voice_tile_controls(const struct voice_controls *controls, int64_t cell0,
                                 uint32_t cell_count, struct voice_scratch *s,
                                 const struct voice_tile *tile, struct lane_thread th) {
    for (uint32_t i = th.index; i <= TILE_CELLS; i += th.count) {
        int64_t at = tile->first + i - cell0;
        at = at < 0 ? 0 : (at > (int64_t)cell_count ? (int64_t)cell_count : at);
        s->control[0][i] = controls->brightness[at];
        s->control[1][i] = controls->warmth[at];
        s->control[2][i] = controls->motion[at];
    }
    for (uint32_t i = TILE_CELLS + 1 + th.index; i < TILE_BOUNDARIES; i += th.count) {
        s->control[0][i] = s->control[1][i] = s->control[2][i] = 0;
    }
}

/* Per tile, when its controls are set: what the gains need of each boundary. */
LANE_FN void voice_tile_times(const struct voice_note *note, struct voice_scratch *s,
                              const struct voice_tile *tile, struct lane_thread th) {
    LANE_FOR(i, TILE_CELLS + 1, th)
    {
        const lane_u frames = phase_cell_frames(tile->first + i, note->onset);
        const lane_f envelope = envelope_at(&note->envelope, lane_u_as_i(frames));
        const struct partial_time t =
            partial_time_of(&note->tone, frames, envelope, lane_load(&s->control[0][i]),
                            lane_load(&s->control[1][i]), lane_load(&s->control[2][i]));
        lane_store(&s->time[0][i], t.envelope);
        lane_store(&s->time[1][i], t.bright);
        lane_store(&s->time[2][i], t.warm);
        lane_store(&s->time[3][i], t.per_cutoff);
        lane_store(&s->time[4][i], t.log2_cutoff);
        lane_store(&s->time[5][i], t.pulse);
    }
}

/* Per tile, when its controls are set: phases. */
LANE_FN void voice_tile_phases(const struct voice_note *note, struct voice_scratch *s,
                               const struct voice_tile *tile, struct lane_thread th) {
    if (note->voice == VOICE_WARM_PAD) {
        warm_pad_tile(note, s, tile, th);
    } else if (note->voice == VOICE_WIDE_PAD || note->voice == VOICE_SUB_DRONE) {
        band_tile(note, s, tile, th);
    }
}

/* Stage 1 of the COUNT carriers from FIRST, when their gains are set. */
LANE_FN void voice_block(const struct voice_note *note, struct voice_scratch *s,
                         const struct voice_tile *tile, uint32_t first, uint32_t count,
                         struct lane_thread th) {
    if (note->voice == VOICE_WARM_PAD) {
        warm_pad_block(note, s, tile, first, count, th);
    } else if (note->voice == VOICE_BELL) {
        bell_block(note, s, tile, th);
    } else {
        band_block(note, s, first, count, th);
    }
}

/* Per tile, when all blocks are done: onto the bus, which begins with the tile's first wanted
 * frame. */
LANE_FN void voice_mix(const struct voice_note *note, const struct voice_scratch *s,
                       const struct voice_tile *tile, lane_real *bus_l, lane_real *bus_r,
                       struct lane_thread th) {
    const bool bell = note->voice == VOICE_BELL;
    cells_mix(note, s, tile, bell ? (lane_real)note->body.modes.attack_rate : 0,
              bell ? note->body.modes.attack_frames : 0, bus_l, bus_r, th);
}

/* The tile that begins with cell CELL and ends before END. */
LANE_FN struct voice_tile voice_tile_at(const struct voice_note *note, int64_t cell, int64_t end) {
    const bool band = note->voice == VOICE_WIDE_PAD || note->voice == VOICE_SUB_DRONE;
    struct voice_tile tile;
    tile.first = band ? cell & -(int64_t)TILE_CELLS : cell;
    tile.from = (uint32_t)(cell - tile.first);
    const int64_t left = end - tile.first;
    tile.to = left < TILE_CELLS ? (uint32_t)left : TILE_CELLS;
    return tile;
}

/* The tonal voices: cells [cell, end) of a call that began with cell0, bus and controls of which
 * are given. */
LANE_FN void voice_render_cells(const struct voice_note *note,
                                const struct voice_controls *controls, int64_t cell0,
                                uint32_t cell_count, int64_t cell, int64_t end,
                                struct voice_scratch *s, lane_real *bus_l, lane_real *bus_r) {
    LANE_EACH(th) voice_set_up(note, s, th);
    LANE_EACH(th) voice_set_up_starts(note, s, th);
    LANE_EACH(th) voice_set_up_turns(note, s, th);
    while (cell < end) {
        const struct voice_tile tile = voice_tile_at(note, cell, end);
        LANE_EACH(th) voice_tile_controls(controls, cell0, cell_count, s, &tile, th);
        LANE_EACH(th)
        {
            voice_tile_times(note, s, &tile, th);
            voice_tile_phases(note, s, &tile, th);
        }
        for (uint32_t first = 0; first < note->carrier_count; first += VOICE_BLOCK_CARRIERS) {
            const uint32_t rest = note->carrier_count - first;
            const uint32_t count = rest < VOICE_BLOCK_CARRIERS ? rest : VOICE_BLOCK_CARRIERS;
            LANE_EACH(th) cells_set_gains(note, s, first, count, th);
            LANE_EACH(th) voice_block(note, s, &tile, first, count, th);
            LANE_EACH(th) cells_samples(note, s, &tile, first, count, th);
        }
        const int64_t at = (cell - cell0) * CELL_FRAMES;
        LANE_EACH(th) voice_mix(note, s, &tile, bus_l + at, bus_r + at, th);
        cell += tile.to - tile.from;
    }
}

/*
 * Adds NOTE to the buses over cells [cell0, cell0 + cell_count) of the absolute grid.
 * CONTROLS: values at the cell boundaries, [cell_count + 1] each, readable 16 further.
 * BUS_L, BUS_R: 64 * cell_count frames each, added to. S: working memory, its content before and
 * after is of no meaning. Once per call some 5 microseconds go into tables, so ask for 75 cells
 * and more rather than for 16. A GPU's block calls it with all its threads at once.
 * Cells outside the note's life are left alone. Allocates nothing; any thread, one at a time per
 * scratch. Notes are to be rendered in a fixed order, because sums are rounded.
 */
LANE_FN void voice_render(const struct voice_note *note,
                                const struct voice_controls *controls, int64_t cell0,
                                uint32_t cell_count, struct voice_scratch *s, lane_real *bus_l,
                                lane_real *bus_r) {
    if (note->voice == VOICE_SURF) {
        surf_render(note, controls, cell0, cell_count, &s->body.surf, bus_l, bus_r);
        return;
    }
    /* Arithmetic shifts: cells before position 0 are cells too. */
    const int64_t born = note->onset >> 6, dead = (note->end + CELL_FRAMES - 1) >> 6;
    const int64_t cell_end = cell0 + (int64_t)cell_count;
    const int64_t from = born > cell0 ? born : cell0;
    const int64_t to = dead < cell_end ? dead : cell_end;
    if (from < to) {
        voice_render_cells(note, controls, cell0, cell_count, from, to, s, bus_l, bus_r);
    }
}

#endif
