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
 * bits. The work goes in strides of up to RING_STRIDE frames that never cross a multiple of it;
 * inside a stride all frames are independent, which is what lanes and threads live on.
 *
 * The state is plain numbers of one fixed size, free of pointers: copying the bytes moves a
 * session to another renderer. Whoever renders the session runs this; one thread at a time.
 */
#ifndef AEOLIAN_VOICES_EFFECTS_H
#define AEOLIAN_VOICES_EFFECTS_H

#include <stddef.h>

#include "voices/delay.h"    // delay_*
#include "voices/diffuser.h" // diffuser_*
#include "voices/effects_plan.h"
#include "voices/limiter.h"  // limiter_*
#include "voices/reverb.h"   // reverb_*
#include "voices/send.h"     // send_*
#include "voices/saturate.h" // saturate

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
LANE_HOST_FN uint32_t effects_state_bytes(void)
{
    return (uint32_t)sizeof(struct effects_state);
}

/* Entries of effects_io.drive for a span. */
LANE_HOST_FN uint32_t effects_drive_count(int64_t from, uint32_t frames)
{
    return (uint32_t)(((from + frames + 63) >> 6) - (from >> 6)) + 1;
}

/* As if silence had been before, whatever the memory held. */
LANE_HOST_FN void effects_reset(struct effects_state *state)
{
    lane_real *number = (lane_real *)state;
    const uint32_t count = (uint32_t)(sizeof *state / sizeof *number);
    for (uint32_t i = 0; i < count; ++i) {
        number[i] = 0;
    }
    limiter_reset(&state->limiter);
}

/* One stride: up to RING_STRIDE frames that do not cross a multiple of it, nor an epoch. */
struct effects_stride {
    struct effects_state *state;
    struct effects_scratch *scratch;
    const struct reverb_design *design[2]; /* of this epoch and of the one before */
    struct reverb_tank_state *tank[2];     /* likewise */
    const struct delay_design *delay[2];   /* likewise, as is the next */
    struct delay_tank_state *delay_tank[2];
    int64_t n;                             /* first frame */
    uint32_t age;                          /* frames since the epoch began */
    uint32_t count;
    uint32_t tank_count; /* 1 where the older tank has died away */
    bool ramp;           /* the input is moving from the older tank to the newer */
};

/* Phase: the stride's frames of the span, in rows that lanes may read beyond their end. */
LANE_FN void effects_take(struct lane_thread th, const struct effects_stride *s,
                          const struct effects_io *io, uint32_t at)
{
    const uint32_t whole = s->count - s->count % LANE_WIDTH;
    for (uint32_t channel = 0; channel < 2; ++channel) {
        lane_real *dry = s->scratch->dry[channel], *send = s->scratch->send[channel];
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

/* Phase: the fade-in of the very first frames of all; see EFFECTS_FIRST_FRAME. */
LANE_FN void effects_fade(struct lane_thread th, const struct effects_stride *s)
{
    const int32_t age = (int32_t)(s->n - EFFECTS_FIRST_FRAME);
    LANE_FOR(i, s->count, th) {
        const lane_i frame = lane_u_as_i(lane_uadd(lane_iota(), lane_uset((uint32_t)age + i)));
        const lane_f gain = lane_quintic(
            lane_mul(lane_from_int(frame), lane_set((lane_real)(1.0 / EFFECTS_FADE_FRAMES))));
        for (uint32_t channel = 0; channel < 2; ++channel) {
            lane_real *dry = s->scratch->dry[channel] + i, *send = s->scratch->send[channel] + i;
            lane_store(dry, lane_mul(lane_load(dry), gain));
            lane_store(send, lane_mul(lane_load(send), gain));
        }
    }
}

/* The send: high-pass and pre-delay. */
LANE_FN void effects_send(struct lane_thread th, const struct effects_stride *s)
{
    struct send_state *send = &s->state->send;
    for (uint32_t channel = 0; channel < 2; ++channel) {
        const lane_real *input = s->scratch->send[channel];
        double power = SEND_POLE;
        send_take(th, send, s->n, s->count, input, channel);
        for (uint32_t k = 0; k + 1 < SEND_STAGES; ++k) {
            send_grow(th, send, s->n, s->count, channel, k, power);
            power *= power;
            power *= power;
        }
        send_pass(th, send, s->n, s->count, input, channel, power);
        send_predelay(th, send, s->n, s->count, channel, s->design[1]->predelay_frames,
                      s->design[0]->predelay_frames, s->ramp ? s->scratch->reverb.ramp[0] : NULL,
                      s->state->diffuser.spread[channel], DIFFUSER_SPREAD_FRAMES);
    }
}

/* The echo: its tanks that sound, into the dry rows. Bits stay as they are where it is off. */
LANE_FN void effects_delay(struct lane_thread th, const struct effects_stride *s)
{
    const struct send_state *send = &s->state->send;
    struct effects_scratch *scratch = s->scratch;
    const uint32_t p = ring_at(s->n, SEND_PASSED_FRAMES);
    const lane_real *const input[2] = {send->passed[0] + p, send->passed[1] + p};
    lane_real *const output[2] = {scratch->dry[0], scratch->dry[1]};
    for (uint32_t which = 0; which < 2; ++which) {
        const struct delay_design *design = s->delay[which];
        const bool fed = which == 0 || s->ramp;
        if (!design->on || (which == 1 && s->age >= design->tail_frames)) {
            continue;
        }
        if (s->delay_tank[which]->awake[0] == 0) {
            delay_listen(th, &scratch->delay, input, s->count);
        }
        if (delay_wanted(th, s->delay_tank[which], &scratch->delay, fed)) {
            delay_repeat(th, design, s->delay_tank[which], s->n, s->count, fed,
                         s->ramp ? scratch->reverb.ramp[which] : NULL, input, output);
        } else {
            delay_rest(th, s->count, output);
        }
    }
}

/* One tank: `which` is 0 for the epoch's own, 1 for the older. */
LANE_FN void effects_tank(struct lane_thread th, const struct effects_stride *s, uint32_t which)
{
    const struct reverb_design *design = s->design[which];
    struct reverb_tank_state *tank = s->tank[which];
    struct reverb_scratch *scratch = &s->scratch->reverb;
    const uint32_t *at = scratch->at[which];
    const lane_real *gate = s->ramp ? scratch->ramp[which] : NULL;
    reverb_read_moving(th, design, tank, scratch, at, s->n, s->count);
    reverb_recall(th, tank, scratch);
    reverb_mix(th, design, tank, scratch, at, s->count, which == 0 || s->ramp, gate,
               scratch->wet[which][0], scratch->wet[which][1]);
    reverb_remember(th, tank, scratch, s->count);
    reverb_absorb(th, design, tank, scratch, at, s->count);
    reverb_advance(th, design, s->count, scratch->at[which]);
}

/* Phase: dry and wet together, saturated, into the limiter's memory. `drive`: that at the cell
   boundary at or before the stride, and the next ones. */
LANE_FN void effects_sum(struct lane_thread th, const struct effects_stride *s,
                         const lane_real *drive)
{
    const uint32_t offset = (uint32_t)s->n & 63;
    const uint32_t p = ring_at(s->n, LIMITER_PAST_FRAMES);
    for (uint32_t channel = 0; channel < 2; ++channel) {
        for (uint32_t cell = 0, begin = 0; begin < s->count; ++cell) {
            const uint32_t border = 64 * (cell + 1) - offset;
            const uint32_t end = border < s->count ? border : s->count;
            const lane_f first = lane_set(drive[cell]);
            const lane_f slope = lane_set((drive[cell + 1] - drive[cell]) * (lane_real)(1.0 / 64));
            const bool clean = drive[cell] == 0 && drive[cell + 1] == 0;
            for (uint32_t i = begin + th.index * LANE_WIDTH; i < end; i += th.count * LANE_WIDTH) {
                lane_f x = lane_load(s->scratch->dry[channel] + i);
                for (uint32_t which = 0; which < s->tank_count; ++which) {
                    x = lane_add(x, lane_load(s->scratch->reverb.wet[which][channel] + i));
                }
                if (!clean) {
                    const lane_u frame = lane_uadd(lane_iota(), lane_uset(i + offset - 64 * cell));
                    const lane_f t = lane_from_int(lane_u_as_i(frame));
                    x = saturate(x, lane_fma(slope, t, first));
                }
                ring_put(s->state->limiter.past[channel], LIMITER_PAST_FRAMES, p + i, x);
            }
            begin = end;
        }
    }
}

/* Sum of the last `width` entries of row `from`, in row `to`; `spare` and `from` are used up. */
LANE_FN void effects_box(struct lane_thread th, lane_real *from, lane_real *spare, lane_real *to,
                         uint32_t width, uint32_t count)
{
    uint32_t covered = 0;
    for (uint32_t step = 1; step <= width; step *= 2) {
        if (width & step) {
            limiter_append(th, from, to, covered, count);
            covered += step;
        }
        if (2 * step <= width) {
            limiter_double(th, from, spare, step, count);
            lane_real *swap = from;
            from = spare;
            spare = swap;
        }
    }
}

/* The limiter: writes the stride's output. */
LANE_FN void effects_limit(struct lane_thread th, const struct effects_stride *s, lane_real *out)
{
    struct limiter_state *state = &s->state->limiter;
    struct limiter_scratch *scratch = &s->scratch->limiter;
    limiter_watch(th, state, scratch, s->n, s->count);
    limiter_aim(th, state, scratch, s->n, s->count);
    const bool idle = limiter_idle(th, state, scratch);
    limiter_settle(th, state, scratch, s->count);
    if (idle) {
        limiter_give(th, state, NULL, s->n, s->count, out);
        return;
    }
    lane_real *a = scratch->row[0], *b = scratch->row[1], *c = scratch->row[2];
    limiter_recall(th, state, scratch, s->n, s->count);
    for (uint32_t bit = 0; bit < LIMITER_MINIMUM_BITS; ++bit) {
        limiter_least(th, bit & 1 ? b : a, bit & 1 ? a : b, 1U << bit, s->count);
    }
    effects_box(th, a, b, c, 512, s->count);
    effects_box(th, c, a, b, 341, s->count);
    effects_box(th, b, c, a, 172, s->count);
    limiter_give(th, state, a, s->n, s->count, out);
}

/* Where the stride at n stands: epoch, designs, tanks, how long it may be. */
LANE_FN void effects_begin(struct effects_stride *s, const struct effects_plan *plan, int64_t n)
{
    const int64_t epoch = effects_epoch(n);
    const uint32_t index = (uint32_t)(epoch - plan->epoch_first) + 1;
    const int64_t end = plan->from + plan->frames;
    const uint32_t room = RING_STRIDE - ((uint32_t)n & (RING_STRIDE - 1));
    s->n = n;
    s->age = (uint32_t)(n - epoch * EPOCH_FRAMES);
    s->count = end - n < room ? (uint32_t)(end - n) : room;
    s->design[0] = &plan->epochs[index];
    s->design[1] = &plan->epochs[index - 1];
    s->tank[0] = &s->state->tank[epoch & 1];
    s->tank[1] = &s->state->tank[(epoch & 1) ^ 1];
    s->delay[0] = &plan->delays[index];
    s->delay[1] = &plan->delays[index - 1];
    s->delay_tank[0] = &s->state->delay[epoch & 1];
    s->delay_tank[1] = &s->state->delay[(epoch & 1) ^ 1];
    s->tank_count = s->age < s->design[1]->tail_frames ? 2 : 1;
    s->ramp = s->age < REVERB_RAMP_FRAMES;
}

/*
 * Renders the span of `plan`. `state` is what the span before left (or effects_reset); any split
 * of the time into spans gives the same bits. Output frame n is the limited input frame
 * n - MASTER_DELAY_FRAMES. Never fails, never allocates; one thread per state at a time.
 */
LANE_FN void effects_render(struct effects_state *state, struct effects_scratch *scratch,
                            const struct effects_plan *plan, const struct effects_io *io)
{
    const struct lane_thread th = {0, 1};
    struct effects_stride s = {0};
    s.state = state;
    s.scratch = scratch;
    for (uint32_t done = 0; done < plan->frames; done += s.count) {
        struct reverb_scratch *reverb = &scratch->reverb;
        effects_begin(&s, plan, plan->from + done);
        if (s.age == 0) {
            reverb_tank_clear(th, s.tank[0]);
            if (s.delay[0]->on) {
                delay_tank_clear(th, s.delay_tank[0]);
            }
        }
        if (done == 0 || s.age == 0) {
            reverb_locate(th, s.design[0], s.age, reverb->at[0]);
            reverb_locate(th, s.design[1], s.age + EPOCH_FRAMES, reverb->at[1]);
        }
        if (s.ramp) {
            reverb_ramp(th, reverb, s.age, s.count);
        }
        effects_take(th, &s, io, done);
        if (s.n < EFFECTS_FIRST_FRAME + EFFECTS_FADE_FRAMES) {
            effects_fade(th, &s);
        }
        effects_send(th, &s);
        effects_delay(th, &s);
        diffuser_first(th, &state->diffuser, s.n, s.count);
        diffuser_second(th, &state->diffuser, s.n, s.count, reverb->diffused[0], REVERB_ROW,
                        s.design[0]->early_gain, scratch->dry[0], scratch->dry[1]);
        modulation_make(th, &reverb->modulation, s.n);
        for (uint32_t which = 0; which < s.tank_count; ++which) {
            effects_tank(th, &s, which);
        }
        effects_sum(th, &s, io->drive + ((s.n >> 6) - (plan->from >> 6)));
        effects_limit(th, &s, io->out + 2 * (uint64_t)done);
    }
}

#endif
