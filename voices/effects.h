/*
 * effects.h - everything after the layer buses: echo, reverb, saturation, limiter.
 *
 *   send -> high-pass 160 Hz -.-> pre-delay -> diffuser -> twin tanks --.
 *                             |                   `---- early part -----+
 *                             `-> gain -> ping-pong echo, twin tanks ---+
 *   dry ----------------------------------------------------------------+-> saturation -> limiter
 *
 * The echo has no send of its own: it takes that of the reverb, times one gain of the scene, and
 * what it gives is not sent on to the reverb.
 *
 * Every part is feed-forward or lives in a tank that starts empty on the epoch grid, so what
 * comes out at frame n never depends on where a span began: any split of the time gives the same
 * bits. The work goes in strides (effects_stride.h) and stages (effects_stages.h); here they are
 * put together for one session, its state, and the CPU's loop.
 *
 * The state is plain numbers of one fixed size, free of pointers: copying the bytes moves a
 * session to another renderer. Whoever renders the session runs this; one thread at a time.
 */
#ifndef AEOLIAN_VOICES_EFFECTS_H
#define AEOLIAN_VOICES_EFFECTS_H

#include <stddef.h>

#include "voices/effects_plan.h"
#include "voices/effects_stages.h" // effects_front, effects_echo, effects_tank, effects_master

struct effects_state {
    struct send_state send;
    struct diffuser_state diffuser;
    struct reverb_tank_state tank[2]; /* epoch e uses tank e mod 2 */
    struct delay_tank_state delay[2]; /* likewise */
    struct limiter_state limiter;
};

/* Working memory of effects_render: the caller's, one per thread that renders; no content kept. */
struct effects_scratch {
    lane_real dry[2][REVERB_ROW];
    lane_real send[2][REVERB_ROW];
    lane_real diffused[REVERB_LINE_COUNT][REVERB_ROW];
    lane_real wet[2][2][REVERB_ROW]; /* own and older tank; left and right */
    lane_real ramp[REVERB_ROW];
    struct reverb_scratch reverb;
    struct delay_scratch delay;
    struct limiter_scratch limiter;
};

/* What a span reads and writes. Every pointer is borrowed; none may be NULL. */
struct effects_io {
    const lane_real *dry[2];  /* left, right: plan->frames numbers each */
    const lane_real *send[2]; /* likewise, what goes to the reverb and the echo */
    /* Saturation drive (0 none .. about 1) at the cell boundaries of absolute time: drive[k] is
       that at frame 64 (floor(from / 64) + k), for k = 0 .. effects_drive_count() - 1. Between
       boundaries it goes in a straight line. */
    const lane_real *drive;
    lane_real *out; /* 2 plan->frames numbers: left and right in turn */
};

/* Bytes of a state; fixed for a build. */
LANE_HOST_FN uint32_t effects_state_bytes(void) {
    return (uint32_t)sizeof(struct effects_state);
}

/* Entries of effects_io.drive for a span. */
LANE_HOST_FN uint32_t effects_drive_count(int64_t from, uint32_t frames) {
    return (uint32_t)(((from + frames + 63) >> 6) - (from >> 6)) + 1;
}

/* As if silence had been before, whatever the memory held. */
LANE_HOST_FN void effects_reset(struct effects_state *state) {
    lane_real *number = (lane_real *)state;
    const uint32_t count = (uint32_t)(sizeof *state / sizeof *number);
    for (uint32_t i = 0; i < count; ++i) {
        number[i] = 0;
    }
    limiter_reset(&state->limiter);
}

/* Phase: the stride's frames of the span, in rows that lanes may read beyond their end. */
LANE_FN void effects_take(struct lane_thread th, const struct effects_stride *s,
                          struct effects_scratch *scratch, const struct effects_io *io,
                          uint32_t at) {
    const uint32_t whole = s->count - s->count % LANE_WIDTH;
    for (uint32_t channel = 0; channel < 2; ++channel) {
        lane_real *dry = scratch->dry[channel], *send = scratch->send[channel];
        const lane_real *dry_in = io->dry[channel] + at, *send_in = io->send[channel] + at;
        LANE_FOR(i, whole, th) {
            lane_store(dry + i, lane_load(dry_in + i));
            lane_store(send + i, lane_load(send_in + i));
        }
        for (uint32_t i = whole + th.index; i < s->count; i += th.count) {
            dry[i] = dry_in[i];
            send[i] = send_in[i];
        }
        for (uint32_t i = s->count + th.index; i < whole + LANE_WIDTH_MAX; i += th.count) {
            dry[i] = 0;
            send[i] = 0;
        }
    }
}

/* What the master sums of the rows in SCRATCH. */
LANE_FN struct effects_mix effects_mix_of(const struct effects_scratch *scratch,
                                          const lane_real *drive) {
    struct effects_mix mix;
    for (uint32_t channel = 0; channel < 2; ++channel) {
        const uint32_t early = channel == 0 ? DIFFUSER_LEFT : DIFFUSER_RIGHT;
        mix.dry[channel] = scratch->dry[channel];
        mix.early[channel] = scratch->diffused[early];
        mix.wet[0][channel] = scratch->wet[0][channel];
        mix.wet[1][channel] = scratch->wet[1][channel];
    }
    mix.drive = drive;
    return mix;
}

/* One stride whose dry and send rows are in SCRATCH. */
LANE_FN void effects_stride_render(struct effects_state *state, struct effects_scratch *scratch,
                                   const struct effects_stride *s, bool locate,
                                   const lane_real *drive, lane_real *out) {
    lane_real *const dry[2] = {scratch->dry[0], scratch->dry[1]};
    lane_real *const send[2] = {scratch->send[0], scratch->send[1]};
    lane_real *rows = scratch->diffused[0];
    effects_front(s, &state->send, &state->diffuser, scratch->ramp, send, rows, REVERB_ROW);
    const lane_real *const passed[2] = {effects_passed(s, &state->send, 0),
                                        effects_passed(s, &state->send, 1)};
    effects_echo(s, state->delay, &scratch->delay, passed, dry);
    for (uint32_t which = 0; which < s->tank_count; ++which) {
        effects_tank(s, &state->tank[s->tank[which]], &scratch->reverb, which, locate, rows,
                     REVERB_ROW, scratch->wet[which][0], scratch->wet[which][1]);
    }
    const struct effects_mix mix = effects_mix_of(scratch, drive);
    effects_master(s, &state->limiter, &scratch->limiter, &mix, out);
}

/*
 * Renders the span of `plan`. `state` is what the span before left (or effects_reset); any split
 * of the time into spans gives the same bits. Output frame n is the limited input frame
 * n - MASTER_DELAY_FRAMES. Never fails, never allocates; one thread per state at a time.
 */
LANE_FN void effects_render(struct effects_state *state, struct effects_scratch *scratch,
                            const struct effects_plan *plan, const struct effects_io *io) {
    const int64_t end = plan->from + plan->frames;
    uint32_t done = 0;
    while (done < plan->frames) {
        const struct effects_stride s = effects_stride_at(plan, plan->from + done, end);
        LANE_EACH(th) effects_take(th, &s, scratch, io, done);
        if (effects_fades(&s)) {
            LANE_EACH(th)
            {
                effects_fade(th, &s, scratch->dry[0], scratch->dry[1]);
                effects_fade(th, &s, scratch->send[0], scratch->send[1]);
            }
        }
        effects_stride_render(state, scratch, &s, done == 0,
                              io->drive + ((s.n >> 6) - (plan->from >> 6)),
                              io->out + 2 * (uint64_t)done);
        done += s.count;
    }
}

#endif
