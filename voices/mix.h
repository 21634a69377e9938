/*
 * mix.h - notes into buses, buses into the dry and the send sum: all of a span but its effects.
 *
 * A bus at a time: its notes in their order, then the bus into both sums, with gains that go in a
 * straight line from one cell boundary to the next. Everything is anchored to absolute cells, so
 * where a stretch of cells begins changes no bit. Called by all threads of a block (LANE_EACH);
 * memory is the caller's.
 */
#ifndef AEOLIAN_VOICES_MIX_H
#define AEOLIAN_VOICES_MIX_H

#include "voices/curve.h"    // curve_values
#include "voices/lane.h"
#include "voices/math.h"     // lane_exp2
#include "voices/mix_plan.h" // plan_curve, plan_bus, plan_note
#include "voices/tone.h"     // voice_render

/*
 * Most cells of one call: 192 x 64 = 12288 frames. The buffers of that many samples (a bus of two
 * channels and four sums) are 300 KB, and with the 300 KB of a voice's working memory they stay in
 * a second-level cache of 1 MB.
 */
#define MIX_CELLS_MAX 192
#define MIX_FRAMES_MAX (MIX_CELLS_MAX * CELL_FRAMES)
/* Boundaries of a call's cells, with room for lanes that run over. */
#define MIX_BOUNDARIES (MIX_CELLS_MAX + 1 + LANE_WIDTH_MAX)

/* What of a span is mixed; borrowed. */
struct mix_plan {
    uint32_t bus_count, note_count;
    const struct plan_bus *buses;    /* in the order in which they are summed */
    const struct plan_note *notes;   /* by bus, then onset, then id */
    const struct plan_curve *curves; /* PLAN_CURVES of them */
    const struct voice_note *pool;   /* the notes that `notes` number */
};

/* The sums of a stretch of whole cells, one number per frame. */
struct mix_sums {
    lane_real *dry[2], *send[2]; /* left, right */
    lane_real *drive;            /* one number per cell boundary: cells + 1 */
};

/* Working memory of mix_render; no content kept. */
struct mix_scratch {
    LANE_ALIGN lane_real bus[2][MIX_FRAMES_MAX];
    LANE_ALIGN lane_real curves[PLAN_CURVES][MIX_BOUNDARIES];
    LANE_ALIGN lane_real level[MIX_BOUNDARIES]; /* of one bus: gain at each boundary */
    LANE_ALIGN lane_real space[MIX_BOUNDARIES]; /* gain that the space control gives to all sends */
    struct voice_scratch voice;
};

/* Values of CURVE at the boundaries of COUNT cells from CELL on: the segments paint over each
   other from their starts on. A phase for one curve by one group of threads; lanes of one segment
   may only be overwritten by those of the next, so each thread keeps to its own boundaries. */
LANE_FN void mix_curve(struct lane_thread th, const struct plan_curve *curve, int64_t cell,
                       uint32_t count, lane_real *out) {
    for (uint32_t s = 0; s < curve->count; s++) {
        const struct curve_segment *segment = &curve->segments[s];
        /* First boundary at or after the start; the first segment reaches back to all of them. */
        int64_t first = (segment->start + CELL_FRAMES - 1) / CELL_FRAMES - cell;
        if (s == 0 || first < 0) {
            first = 0;
        }
#if LANE_WIDTH == 1
        for (int64_t i = th.index; i <= (int64_t)count; i += th.count) {
            if (i >= first) {
                out[i] = curve_values(segment, (cell + i) * CELL_FRAMES, CELL_FRAMES);
            }
        }
#else
        (void)th;
        for (int64_t i = first; i <= (int64_t)count; i += LANE_WIDTH) {
            lane_store(out + i, curve_values(segment, (cell + i) * CELL_FRAMES, CELL_FRAMES));
        }
#endif
    }
}

/* Phase: all curves. */
LANE_FN void mix_curves(struct lane_thread th, const struct mix_plan *plan, int64_t cell,
                        uint32_t count, struct mix_scratch *scratch) {
    const struct lane_share share = lane_share(th, PLAN_CURVES);
    LANE_JOBS(c, PLAN_CURVES, share) {
        mix_curve(share.th, &plan->curves[c], cell, count, scratch->curves[c]);
    }
}

/* Phase: level 0..1 to gain: v^2 (10 + 8 v) / 9, which is 0 at 0, exactly 1 at 0.75 and 2 (+6 dB)
   at 1. */
LANE_FN void mix_level(struct lane_thread th, const lane_real *value, uint32_t count,
                       lane_real *gain) {
    LANE_FOR(i, count + 1, th) {
        const lane_f v = lane_load(value + i);
        const lane_f slope = lane_fma(v, lane_set(8.0F / 9.0F), lane_set(10.0F / 9.0F));
        lane_store(gain + i, lane_mul(lane_mul(v, v), slope));
    }
}

/* Phase: space 0..1 to gain of the sends: -8 dB .. +8 dB, 1 at 0.5; and the drive, copied. */
LANE_FN void mix_space(struct lane_thread th, struct mix_scratch *scratch, uint32_t count,
                       lane_real *drive) {
    const lane_f octaves = lane_set(16.0F / 6.0205999F); /* from 0 to 1 */
    LANE_FOR(i, count + 1, th) {
        const lane_f away = lane_sub(lane_load(scratch->curves[PLAN_SPACE] + i), lane_set(0.5F));
        lane_store(scratch->space + i, lane_exp2(lane_mul(away, octaves)));
    }
    for (uint32_t i = th.index; i <= count; i += th.count) {
        drive[i] = scratch->curves[PLAN_DRIVE][i];
    }
}

/* Phase: dry += bus * level; send += bus * level * space * send_gain, over both channels of COUNT
   cells. FIRST: the sums are written, not added to. */
LANE_FN void mix_bus(struct lane_thread th, const struct mix_scratch *scratch, float send_gain,
                     uint32_t count, bool first, const struct mix_sums *sums) {
    const lane_real amount = (lane_real)send_gain;
    LANE_FOR(at, count * CELL_FRAMES, th) {
        const uint32_t c = at / CELL_FRAMES;
        const lane_real *level = scratch->level + c, *space = scratch->space + c;
        const lane_f gain = lane_set(level[0]), rise = lane_set(level[1] - level[0]);
        const lane_real s0 = space[0] * amount, s1 = space[1] * amount;
        const lane_f share = lane_set(s0), share_rise = lane_set(s1 - s0);
        const lane_u frame = lane_uadd(lane_uset(at % CELL_FRAMES), lane_iota());
        const lane_f t = lane_mul(lane_from_int(lane_u_as_i(frame)), lane_set(1.0F / CELL_FRAMES));
        const lane_f dry_gain = lane_fma(t, rise, gain);
        const lane_f send_share = lane_fma(t, share_rise, share);
        for (uint32_t channel = 0; channel < 2; channel++) {
            lane_real *dry = sums->dry[channel] + at, *send = sums->send[channel] + at;
            const lane_f x = lane_mul(lane_load(scratch->bus[channel] + at), dry_gain);
            const lane_f y = lane_mul(x, send_share);
            lane_store(dry, first ? x : lane_add(lane_load(dry), x));
            lane_store(send, first ? y : lane_add(lane_load(send), y));
        }
    }
}

/* Phase: silence in the bus. */
LANE_FN void mix_clear_bus(struct lane_thread th, struct mix_scratch *scratch, uint32_t count) {
    LANE_FOR(i, count * CELL_FRAMES, th) {
        lane_store(scratch->bus[0] + i, lane_set(0));
        lane_store(scratch->bus[1] + i, lane_set(0));
    }
}

/* Phase: silence in the sums. */
LANE_FN void mix_clear(struct lane_thread th, const struct mix_sums *sums, uint32_t count) {
    LANE_FOR(i, count * CELL_FRAMES, th) {
        for (uint32_t channel = 0; channel < 2; channel++) {
            lane_store(sums->dry[channel] + i, lane_set(0));
            lane_store(sums->send[channel] + i, lane_set(0));
        }
    }
}

/* Whether a note sounds in COUNT cells from CELL on. */
LANE_FN bool mix_sounds(const struct voice_note *note, int64_t cell, uint32_t count) {
    return note->onset < (cell + count) * CELL_FRAMES && note->end > cell * CELL_FRAMES;
}

/* Renders the notes of bus number BUS, which are neighbours in the plan's list from *AT on. False
   when none of them sounds in these cells; the bus is then not touched. */
LANE_FN bool mix_notes(const struct mix_plan *plan, uint32_t bus, uint32_t *at, int64_t cell,
                       uint32_t count, struct mix_scratch *scratch) {
    const struct voice_controls controls = {scratch->curves[PLAN_BRIGHTNESS],
                                            scratch->curves[PLAN_WARMTH],
                                            scratch->curves[PLAN_MOTION]};
    bool any = false;
    for (; *at < plan->note_count && plan->notes[*at].bus == bus; ++*at) {
        const struct voice_note *note = &plan->pool[plan->notes[*at].note];
        if (!mix_sounds(note, cell, count)) {
            continue;
        }
        if (!any) {
            LANE_EACH(th) mix_clear_bus(th, scratch, count);
        }
        any = true;
        voice_render(note, &controls, cell, count, &scratch->voice, scratch->bus[0],
                     scratch->bus[1]);
    }
    return any;
}

/*
 * Renders cells [cell, cell + count), count <= MIX_CELLS_MAX, of PLAN: notes into buses, buses into
 * SUMS, which begin at CELL and need not be zeroed before.
 */
LANE_FN void mix_render(const struct mix_plan *plan, int64_t cell, uint32_t count,
                        const struct mix_sums *sums, struct mix_scratch *scratch) {
    LANE_EACH(th) mix_curves(th, plan, cell, count, scratch);
    LANE_EACH(th) mix_space(th, scratch, count, sums->drive);
    bool first = true;
    for (uint32_t bus = 0, at = 0; bus < plan->bus_count; bus++) {
        const struct plan_bus *own = &plan->buses[bus];
        if (!mix_notes(plan, bus, &at, cell, count, scratch)) {
            continue;
        }
        LANE_EACH(th) mix_level(th, scratch->curves[own->level], count, scratch->level);
        LANE_EACH(th) mix_bus(th, scratch, own->send_gain, count, first, sums);
        first = false;
    }
    if (first) {
        LANE_EACH(th) mix_clear(th, sums, count);
    }
}

#endif
