/*
 * effects_stages.h - the four stages of the effects, one stride each.
 *
 *   front   send rows -> high-pass, pre-delay, diffuser -> 16 diffused rows
 *   echo    high-passed send -> ping-pong tanks -> onto the dry rows
 *   tank    diffused rows -> one reverb tank -> two wet rows
 *   master  dry + early part + wet, saturated, limited -> the output
 *
 * Each stage has its own part of a session's state and touches no other's, so a GPU may run each
 * over a whole span before the next one begins, and the CPU all of them stride by stride while the
 * rows are in its cache. Front and master forget: what they give depends on the frames of at most
 * EFFECTS_PRIME_FRAMES before. Rows are the caller's; lanes may read and write up to LANE_WIDTH - 1
 * numbers behind the last frame. Called by all threads of a block; the phases inside are LANE_EACH.
 */
#ifndef AEOLIAN_VOICES_EFFECTS_STAGES_H
#define AEOLIAN_VOICES_EFFECTS_STAGES_H

#include <stddef.h>

#include "voices/delay.h"          // delay_*
#include "voices/diffuser.h"       // diffuser_*
#include "voices/effects_stride.h" // struct effects_stride
#include "voices/limiter.h"        // limiter_*
#include "voices/reverb.h"         // reverb_*
#include "voices/saturate.h"       // saturate
#include "voices/send.h"           // send_*

/* ---- Front ---- */

/* Phase k of the high-pass: 0 takes the rows in, 1 .. 4 grow the sums, 5 passes what is left. */
LANE_FN void effects_highpass(struct lane_thread th, const struct effects_stride *s,
                              struct send_state *send, lane_real *const input[2], uint32_t k,
                              double power) {
    const struct lane_share share = lane_share(th, 2);
    LANE_JOBS(channel, 2, share) {
        if (k == 0) {
            send_take(share.th, send, s->n, s->count, input[channel], channel);
        } else if (k < SEND_STAGES) {
            send_grow(share.th, send, s->n, s->count, channel, k - 1, power);
        } else {
            send_pass(share.th, send, s->n, s->count, input[channel], channel, power);
        }
    }
}

/* Phase: the pre-delay, into the diffuser's rings. */
LANE_FN void effects_predelay(struct lane_thread th, const struct effects_stride *s,
                              const struct send_state *send, struct diffuser_state *diffuser,
                              const lane_real *ramp) {
    const struct lane_share share = lane_share(th, 2);
    LANE_JOBS(channel, 2, share) {
        send_predelay(share.th, send, s->n, s->count, channel, s->design[1]->predelay_frames,
                      s->design[0]->predelay_frames, s->ramp ? ramp : NULL,
                      diffuser->spread[channel], DIFFUSER_SPREAD_FRAMES);
    }
}

/* `input`: the send's two rows, faded already. `ramp`: REVERB_ROW numbers of working memory.
   `rows`: 16 rows, `row_numbers` apart. The high-passed send stands in send->passed afterwards. */
LANE_FN void effects_front(const struct effects_stride *s, struct send_state *send,
                           struct diffuser_state *diffuser, lane_real *ramp,
                           lane_real *const input[2], lane_real *rows, uint32_t row_numbers) {
    double power = SEND_POLE;
    LANE_EACH(th)
    {
        if (s->ramp) {
            reverb_gate(th, ramp, 0, s->age, s->count);
        }
        effects_highpass(th, s, send, input, 0, power);
    }
    for (uint32_t k = 1; k <= SEND_STAGES; ++k) {
        LANE_EACH(th) effects_highpass(th, s, send, input, k, power);
        power *= power;
        power *= power;
    }
    LANE_EACH(th) effects_predelay(th, s, send, diffuser, ramp);
    LANE_EACH(th) diffuser_first(th, diffuser, s->n, s->count);
    LANE_EACH(th) diffuser_second(th, diffuser, s->n, s->count, rows, row_numbers);
}

/* Where the high-passed send of the stride stands. */
LANE_FN const lane_real *effects_passed(const struct effects_stride *s,
                                        const struct send_state *send, uint32_t channel) {
    return send->passed[channel] + ring_at(s->n, SEND_PASSED_FRAMES);
}

/* ---- Echo ---- */

/* `input`: the high-passed send's rows; the echoes of the tanks that sound are added to `output`,
   the epoch's own tank first. Bits stay as they are where it is off. */
LANE_FN void effects_echo(const struct effects_stride *s, struct delay_tank_state *tanks,
                          struct delay_scratch *scratch, const lane_real *const input[2],
                          lane_real *const output[2]) {
    if (s->age == 0 && s->delay[0]->on) {
        LANE_EACH(th) delay_tank_clear(th, &tanks[s->tank[0]]);
    }
    for (uint32_t which = 0; which < 2; ++which) {
        const struct delay_design *design = s->delay[which];
        struct delay_tank_state *tank = &tanks[s->tank[which]];
        const bool fed = which == 0 || s->ramp;
        if (!design->on || (which == 1 && s->age >= design->tail_frames)) {
            continue;
        }
        LANE_EACH(th) delay_begin(th, scratch, s->ramp, which, s->age, s->count);
        if (tank->awake[0] == 0) {
            LANE_EACH(th) delay_listen(th, scratch, input, s->count);
        }
        const bool wanted = delay_wanted(tank, scratch, fed);
        LANE_BARRIER(); /* the next phase writes what this question read */
        if (wanted) {
            LANE_EACH(th) delay_repeat(th, design, tank, s->n, s->count, fed,
                                       s->ramp ? scratch->gate : NULL, input, output);
        } else {
            LANE_EACH(th) delay_rest(th, s->count, output);
        }
    }
}

/* ---- Tank ---- */

/* The tank of this epoch (`which` 0) or of the one before (1). `locate`: find the ring positions
   anew, where a span begins. `rows`: the diffused rows; `left`, `right`: the wet rows. */
LANE_FN void effects_tank(const struct effects_stride *s, struct reverb_tank_state *tank,
                          struct reverb_scratch *scratch, uint32_t which, bool locate,
                          const lane_real *rows, uint32_t row_numbers, lane_real *left,
                          lane_real *right) {
    const struct reverb_design *design = s->design[which];
    uint32_t *at = scratch->at[which];
    LANE_EACH(th)
    {
        if (s->age == 0 && which == 0) {
            reverb_tank_clear(th, tank);
        }
        if (locate || s->age == 0) {
            reverb_locate(th, design, s->age + which * EPOCH_FRAMES, at);
        }
        if (s->ramp) {
            reverb_gate(th, scratch->gate[which], which, s->age, s->count);
        }
        modulation_make(th, &scratch->modulation, s->n);
    }
    LANE_EACH(th)
    {
        reverb_read_moving(th, design, tank, scratch, at, s->n, s->count);
        reverb_recall(th, tank, scratch);
    }
    LANE_EACH(th) reverb_mix(th, design, tank, scratch, at, s->count, which == 0 || s->ramp,
                             s->ramp ? scratch->gate[which] : NULL, rows, row_numbers, left,
                             right);
    reverb_absorb(design, tank, scratch, at, s->count);
    LANE_EACH(th)
    {
        reverb_remember(th, tank, scratch, s->count);
        reverb_advance(th, design, s->count, at);
    }
}

/* ---- Master ---- */

/* What the master sums: rows of the stride. */
struct effects_mix {
    const lane_real *dry[2];      /* with the echoes */
    const lane_real *early[2];    /* diffused rows DIFFUSER_LEFT and DIFFUSER_RIGHT */
    const lane_real *wet[2][2];   /* of the epoch's own tank, and of the older; left, right */
    const lane_real *drive;       /* at the cell boundary at or before the stride, and the next */
};

/* Phase: everything together, saturated, into the limiter's memory. */
LANE_FN void effects_sum(struct lane_thread th, const struct effects_stride *s,
                         const struct effects_mix *mix, struct limiter_state *limiter) {
    const uint32_t offset = (uint32_t)s->n & 63;
    const uint32_t p = ring_at(s->n, LIMITER_PAST_FRAMES);
    const lane_f early = lane_set((lane_real)s->design[0]->early_gain);
    for (uint32_t channel = 0; channel < 2; ++channel) {
        for (uint32_t cell = 0, begin = 0; begin < s->count; ++cell) {
            const lane_real *drive = mix->drive + cell;
            const uint32_t border = 64 * (cell + 1) - offset;
            const uint32_t end = border < s->count ? border : s->count;
            const lane_f first = lane_set(drive[0]);
            const lane_f slope = lane_set((drive[1] - drive[0]) * (lane_real)(1.0 / 64));
            const bool clean = drive[0] == 0 && drive[1] == 0;
            for (uint32_t i = begin + th.index * LANE_WIDTH; i < end; i += th.count * LANE_WIDTH) {
                lane_f x = lane_fma(early, lane_load(mix->early[channel] + i),
                                    lane_load(mix->dry[channel] + i));
                for (uint32_t which = 0; which < s->tank_count; ++which) {
                    x = lane_add(x, lane_load(mix->wet[which][channel] + i));
                }
                if (!clean) {
                    const lane_u frame = lane_uadd(lane_iota(), lane_uset(i + offset - 64 * cell));
                    const lane_f t = lane_from_int(lane_u_as_i(frame));
                    x = saturate(x, lane_fma(slope, t, first));
                }
                ring_put(limiter->past[channel], LIMITER_PAST_FRAMES, p + i, x);
            }
            begin = end;
        }
    }
}

/* Sum of the last `width` entries of row `from`, in row `to`; `spare` and `from` are used up. */
LANE_FN void effects_box(lane_real *from, lane_real *spare, lane_real *to,
                         uint32_t width, uint32_t count) {
    uint32_t covered = 0;
    for (uint32_t step = 1; step <= width; step *= 2) {
        if (width & step) {
            LANE_EACH(th) limiter_append(th, from, to, covered, count);
            covered += step;
        }
        if (2 * step <= width) {
            LANE_EACH(th) limiter_double(th, from, spare, step, count);
            lane_real *swap = from;
            from = spare;
            spare = swap;
        }
    }
}

/* Sums the stride's rows and limits them. `out`: 2 count numbers, left and right in turn; NULL
   where only the memory counts. */
LANE_FN void effects_master(const struct effects_stride *s, struct limiter_state *state,
                            struct limiter_scratch *scratch, const struct effects_mix *mix,
                            lane_real *out) {
    LANE_EACH(th)
    {
        effects_sum(th, s, mix, state);
        limiter_begin(th, scratch);
    }
    LANE_EACH(th) limiter_watch(th, state, scratch, s->n, s->count);
    LANE_EACH(th) limiter_aim(th, state, scratch, s->n, s->count);
    const bool idle = limiter_idle(state, scratch);
    LANE_BARRIER(); /* limiter_settle writes what this question read */
    LANE_EACH(th) limiter_settle(th, state, scratch, s->count);
    if (!out) {
        return;
    }
    if (idle) {
        LANE_EACH(th) limiter_give(th, state, NULL, s->n, s->count, out);
        return;
    }
    lane_real *a = scratch->row[0], *b = scratch->row[1], *c = scratch->row[2];
    LANE_EACH(th) limiter_recall(th, state, scratch, s->n, s->count);
    for (uint32_t bit = 0; bit < LIMITER_MINIMUM_BITS; ++bit) {
        LANE_EACH(th) limiter_least(th, bit & 1 ? b : a, bit & 1 ? a : b, 1U << bit, s->count);
    }
    effects_box(a, b, c, 512, s->count);
    effects_box(c, a, b, 341, s->count);
    effects_box(b, c, a, 172, s->count);
    LANE_EACH(th) limiter_give(th, state, a, s->n, s->count, out);
}

#endif
