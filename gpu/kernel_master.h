/*
 * kernel_master.h - the last kernel: dry, early and wet together, saturated, limited, written out.
 *
 * The limiter forgets within GPU_MASTER_PRIME_FRAMES, so long spans are cut into items as in
 * kernel_front.h.
 */
#ifndef AEOLIAN_GPU_KERNEL_MASTER_H
#define AEOLIAN_GPU_KERNEL_MASTER_H

#include "gpu/kernel_intake.h"     // gpu_copy, gpu_zero, gpu_limiter_rest
#include "gpu/part.h"              // struct gpu_part
#include "voices/effects_stages.h" // effects_master

struct gpu_master_scratch {
    struct limiter_state state; /* of items after the first */
    struct limiter_scratch limiter;
};

/* Rows of the stride `s` of span number `index`. */
LANE_FN struct effects_mix gpu_master_mix(const struct gpu_part *part, uint32_t index,
                                          const struct effects_stride *s) {
    const int64_t first = gpu_cell_of(part->spans[index].from);
    const uint64_t at = (uint64_t)(s->n - first * CELL_FRAMES);
    struct effects_mix mix;
    for (uint32_t channel = 0; channel < 2; ++channel) {
        const uint32_t early = channel == 0 ? DIFFUSER_LEFT : DIFFUSER_RIGHT;
        mix.dry[channel] = gpu_row(part->dry, part, index, GPU_DRY_ROWS, channel) + at;
        mix.early[channel] = gpu_row(part->diffused, part, index, GPU_DIFFUSED_ROWS, early) + at;
        for (uint32_t which = 0; which < 2; ++which) {
            mix.wet[which][channel] =
                gpu_row(part->wet, part, index, GPU_WET_ROWS, 2 * s->tank[which] + channel) + at;
        }
    }
    mix.drive = part->drive + (uint64_t)index * (part->row_frames / CELL_FRAMES + 1) +
                (gpu_cell_of(s->n) - first);
    return mix;
}

/* Strides [n, end) of span number `index`; `out` receives the first of them, NULL: nobody does. */
LANE_FN void gpu_master_run(const struct gpu_part *part, uint32_t index, int64_t n, int64_t end,
                            struct limiter_state *state, struct limiter_scratch *scratch,
                            float *out) {
    while (n < end) {
        const struct effects_stride s = effects_stride_at(&part->spans[index].effects, n, end);
        const struct effects_mix mix = gpu_master_mix(part, index, &s);
        effects_master(&s, state, scratch, &mix, out);
        if (out) {
            out += 2 * (uint64_t)s.count;
        }
        n += s.count;
    }
}

LANE_FN void gpu_master_item(const struct gpu_part *part, uint32_t index, uint32_t number,
                             struct gpu_master_scratch *scratch) {
    const struct span *span = &part->spans[index];
    const int64_t span_end = span->from + span->frames;
    const int64_t begin = span->from + (int64_t)number * part->master_frames;
    const int64_t end = begin + part->master_frames < span_end ? begin + part->master_frames
                                                               : span_end;
    struct limiter_state *own = &part->states[span->slot].limiter, *state = own;
    if (number > 0) {
        state = &scratch->state;
        LANE_EACH(th) gpu_zero(th, state, (uint32_t)sizeof *state);
        LANE_EACH(th) gpu_limiter_rest(th, state);
        gpu_master_run(part, index, begin - GPU_MASTER_PRIME_FRAMES, begin, state,
                       &scratch->limiter, NULL);
    } else if (part->master_items > 1) {
        state = &part->carries[index].limiter;
    }
    float *out = part->out + 2 * ((uint64_t)index * part->frames + (uint64_t)(begin - span->from));
    gpu_master_run(part, index, begin, end, state, &scratch->limiter, span->out ? out : NULL);
    if (number > 0 && number + 1 == part->master_items) {
        LANE_EACH(th) gpu_copy(th, own, state, (uint32_t)sizeof *own);
    }
}

/* Block `block` of `blocks`. */
LANE_FN void gpu_master(const struct gpu_part *part, uint32_t block, uint32_t blocks) {
    struct gpu_master_scratch *scratch = (struct gpu_master_scratch *)part->scratch + block;
    const uint32_t items = part->span_count * part->master_items;
    for (uint32_t i = block; i < items; i += blocks) {
        gpu_master_item(part, i / part->master_items, i % part->master_items, scratch);
    }
}

#endif
