/*
 * kernel_intake.h - the first kernel of a part: puts new notes into the pool, resets sessions, and
 * sets aside what the effects of long spans begin from.
 *
 * Run by blocks of any size; each takes every so many-th note and span. All stores are of
 * neighbouring words by neighbouring threads.
 */
#ifndef AEOLIAN_GPU_KERNEL_INTAKE_H
#define AEOLIAN_GPU_KERNEL_INTAKE_H

#include "gpu/part.h"    // struct gpu_part
#include "voices/lane.h" // LANE_EACH

/* Phase: copies `bytes`, a multiple of 4. */
LANE_FN void gpu_copy(struct lane_thread th, void *to, const void *from, uint32_t bytes) {
    uint32_t *words = (uint32_t *)to;
    const uint32_t *source = (const uint32_t *)from;
    for (uint32_t i = th.index; i < bytes / 4; i += th.count) {
        words[i] = source[i];
    }
}

/* Phase: `bytes` of zeros, a multiple of 4. */
LANE_FN void gpu_zero(struct lane_thread th, void *to, uint32_t bytes) {
    uint32_t *words = (uint32_t *)to;
    for (uint32_t i = th.index; i < bytes / 4; i += th.count) {
        words[i] = 0;
    }
}

/* Phase, after gpu_zero: what is not zero in a limiter that has heard nothing. */
LANE_FN void gpu_limiter_rest(struct lane_thread th, struct limiter_state *limiter) {
    for (uint32_t i = th.index; i < LIMITER_TARGET_FRAMES + RING_PAD; i += th.count) {
        limiter->target[i] = 1;
    }
    if (th.index == 0) {
        limiter->quiet[0] = LIMITER_QUIET_MAX;
    }
}

LANE_FN void gpu_intake_span(const struct gpu_part *part, uint32_t index) {
    struct effects_state *state = &part->states[part->spans[index].slot];
    if (part->flags[index] & GPU_SPAN_RESET) {
        LANE_EACH(th) gpu_zero(th, state, (uint32_t)sizeof *state);
        LANE_EACH(th) gpu_limiter_rest(th, &state->limiter);
    }
    if (part->front_items > 1 || part->master_items > 1) {
        struct gpu_carry *carry = &part->carries[index];
        LANE_EACH(th)
        {
            gpu_copy(th, &carry->send, &state->send, (uint32_t)sizeof carry->send);
            gpu_copy(th, &carry->diffuser, &state->diffuser, (uint32_t)sizeof carry->diffuser);
            gpu_copy(th, &carry->limiter, &state->limiter, (uint32_t)sizeof carry->limiter);
        }
    }
}

/* Block `block` of `blocks`. */
LANE_FN void gpu_intake(const struct gpu_part *part, uint32_t block, uint32_t blocks) {
    for (uint32_t i = block; i < part->fresh_count; i += blocks) {
        LANE_EACH(th) gpu_copy(th, &part->notes[part->fresh_numbers[i]], &part->fresh[i],
                               (uint32_t)sizeof *part->fresh);
    }
    for (uint32_t i = block; i < part->span_count; i += blocks) {
        gpu_intake_span(part, i);
    }
}

#endif
