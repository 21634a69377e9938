/*
 * kernel_front.h - the third kernel: the sends of all spans, high-passed, delayed and diffused.
 *
 * The front forgets within GPU_FRONT_PRIME_FRAMES, so a long span is cut into items that blocks
 * render at the same time. The first item goes on from the session's state; each other begins that
 * much earlier from silence and throws away what it makes until its own frames come. Finite memory
 * makes that exact: the bits are those of one long run.
 */
#ifndef AEOLIAN_GPU_KERNEL_FRONT_H
#define AEOLIAN_GPU_KERNEL_FRONT_H

#include "gpu/kernel_intake.h"     // gpu_copy, gpu_zero
#include "gpu/part.h"              // struct gpu_part
#include "voices/effects_stages.h" // effects_front

struct gpu_front_scratch {
    struct send_state send; /* of items after the first */
    struct diffuser_state diffuser;
    lane_real input[2][REVERB_ROW];
    lane_real ramp[REVERB_ROW];
    lane_real unheard[GPU_DIFFUSED_ROWS][REVERB_ROW]; /* what comes before the item's own frames */
};

/* What an item works on. */
struct gpu_front_item {
    const struct span *span;
    uint32_t index;
    int64_t begin, end; /* own frames */
    struct send_state *send;
    struct diffuser_state *diffuser;
};

/* Phase: the stride's send, faded where all music begins. */
LANE_FN void gpu_front_take(struct lane_thread th, const struct gpu_part *part,
                            const struct gpu_front_item *item, const struct effects_stride *s,
                            struct gpu_front_scratch *scratch) {
    const uint64_t at = (uint64_t)(s->n - gpu_cell_of(item->span->from) * CELL_FRAMES);
    for (uint32_t channel = 0; channel < 2; ++channel) {
        const float *row = gpu_row(part->send, part, item->index, GPU_SEND_ROWS, channel) + at;
        for (uint32_t i = th.index; i < s->count; i += th.count) {
            scratch->input[channel][i] = row[i];
        }
    }
    if (effects_fades(s)) { /* each thread fades what it took */
        effects_fade(th, s, scratch->input[0], scratch->input[1]);
    }
}

/* Phase: keeps the high-passed send for the echo. */
LANE_FN void gpu_front_pass(struct lane_thread th, const struct gpu_part *part,
                            const struct gpu_front_item *item, const struct effects_stride *s) {
    const uint64_t at = (uint64_t)(s->n - gpu_cell_of(item->span->from) * CELL_FRAMES);
    for (uint32_t channel = 0; channel < 2; ++channel) {
        const float *passed = effects_passed(s, item->send, channel);
        float *row = gpu_row(part->passed, part, item->index, GPU_PASSED_ROWS, channel) + at;
        for (uint32_t i = th.index; i < s->count; i += th.count) {
            row[i] = passed[i];
        }
    }
}

/* Strides [n, end), heard or not. */
LANE_FN void gpu_front_run(const struct gpu_part *part, const struct gpu_front_item *item,
                           int64_t n, int64_t end, bool heard, struct gpu_front_scratch *scratch) {
    lane_real *const input[2] = {scratch->input[0], scratch->input[1]};
    float *rows = gpu_row(part->diffused, part, item->index, GPU_DIFFUSED_ROWS, 0);
    rows -= gpu_cell_of(item->span->from) * CELL_FRAMES; /* now frame n of a row is rows[n] */
    while (n < end) {
        const struct effects_stride s = effects_stride_at(&item->span->effects, n, end);
        LANE_EACH(th) gpu_front_take(th, part, item, &s, scratch);
        effects_front(&s, item->send, item->diffuser, scratch->ramp, input,
                      heard ? rows + n : scratch->unheard[0],
                      heard ? part->row_frames : REVERB_ROW);
        if (heard) {
            LANE_EACH(th) gpu_front_pass(th, part, item, &s);
        }
        n += s.count;
    }
}

LANE_FN void gpu_front_item_run(const struct gpu_part *part, uint32_t index, uint32_t number,
                                struct gpu_front_scratch *scratch) {
    struct gpu_front_item item;
    item.span = &part->spans[index];
    item.index = index;
    const int64_t span_end = item.span->from + item.span->frames;
    item.begin = item.span->from + (int64_t)number * part->front_frames;
    item.end = item.begin + part->front_frames < span_end ? item.begin + part->front_frames
                                                          : span_end;
    struct effects_state *state = &part->states[item.span->slot];
    item.send = &scratch->send;
    item.diffuser = &scratch->diffuser;
    if (number > 0) {
        LANE_EACH(th)
        {
            gpu_zero(th, &scratch->send, (uint32_t)sizeof scratch->send);
            gpu_zero(th, &scratch->diffuser, (uint32_t)sizeof scratch->diffuser);
        }
        gpu_front_run(part, &item, item.begin - GPU_FRONT_PRIME_FRAMES, item.begin, false, scratch);
    } else if (part->front_items > 1) {
        item.send = &part->carries[index].send;
        item.diffuser = &part->carries[index].diffuser;
    } else {
        item.send = &state->send;
        item.diffuser = &state->diffuser;
    }
    gpu_front_run(part, &item, item.begin, item.end, true, scratch);
    if (number > 0 && number + 1 == part->front_items) {
        LANE_EACH(th)
        {
            gpu_copy(th, &state->send, item.send, (uint32_t)sizeof state->send);
            gpu_copy(th, &state->diffuser, item.diffuser, (uint32_t)sizeof state->diffuser);
        }
    }
}

/* Block `block` of `blocks`. */
LANE_FN void gpu_front(const struct gpu_part *part, uint32_t block, uint32_t blocks) {
    struct gpu_front_scratch *scratch = (struct gpu_front_scratch *)part->scratch + block;
    const uint32_t items = part->span_count * part->front_items;
    for (uint32_t i = block; i < items; i += blocks) {
        gpu_front_item_run(part, i / part->front_items, i % part->front_items, scratch);
    }
}

#endif
