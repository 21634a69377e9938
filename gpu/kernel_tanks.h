/*
 * kernel_tanks.h - the fourth kernel: what feeds back, and so must walk its span from end to end.
 *
 * Three blocks a span, which need nothing of each other: y 0 and 1 are the two reverb tanks, y 2
 * the echo, whose two tanks take turns too. A tank is the epoch's own or the older one, by turns.
 */
#ifndef AEOLIAN_GPU_KERNEL_TANKS_H
#define AEOLIAN_GPU_KERNEL_TANKS_H

#include "gpu/part.h"              // struct gpu_part
#include "voices/effects_stages.h" // effects_tank, effects_echo

#define GPU_TANKS_Y 3 /* blocks of one span */

union gpu_tanks_scratch {
    struct reverb_scratch reverb;
    struct delay_scratch delay;
};

/* Reverb tank `tank` of a span. */
LANE_FN void gpu_tank_run(const struct gpu_part *part, uint32_t index, uint32_t tank,
                          struct reverb_scratch *scratch) {
    const struct span *span = &part->spans[index];
    const int64_t end = span->from + span->frames;
    const int64_t origin = gpu_cell_of(span->from) * CELL_FRAMES;
    struct reverb_tank_state *state = &part->states[span->slot].tank[tank];
    const float *rows = gpu_row(part->diffused, part, index, GPU_DIFFUSED_ROWS, 0) - origin;
    float *left = gpu_row(part->wet, part, index, GPU_WET_ROWS, 2 * tank) - origin;
    float *right = gpu_row(part->wet, part, index, GPU_WET_ROWS, 2 * tank + 1) - origin;
    for (int64_t n = span->from; n < end;) {
        const struct effects_stride s = effects_stride_at(&span->effects, n, end);
        const uint32_t which = s.tank[0] == tank ? 0 : 1;
        if (which < s.tank_count) {
            effects_tank(&s, state, scratch, which, n == span->from, rows + n, part->row_frames,
                         left + n, right + n);
        }
        n += s.count;
    }
}

/* The echo of a span: onto its dry rows, which fade in where all music begins. */
LANE_FN void gpu_echo_run(const struct gpu_part *part, uint32_t index,
                          struct delay_scratch *scratch) {
    const struct span *span = &part->spans[index];
    const int64_t end = span->from + span->frames;
    const int64_t origin = gpu_cell_of(span->from) * CELL_FRAMES;
    struct delay_tank_state *tanks = part->states[span->slot].delay;
    float *passed[2], *dry[2];
    for (uint32_t channel = 0; channel < 2; ++channel) {
        passed[channel] = gpu_row(part->passed, part, index, GPU_PASSED_ROWS, channel) - origin;
        dry[channel] = gpu_row(part->dry, part, index, GPU_DRY_ROWS, channel) - origin;
    }
    for (int64_t n = span->from; n < end;) {
        const struct effects_stride s = effects_stride_at(&span->effects, n, end);
        const lane_real *const input[2] = {passed[0] + n, passed[1] + n};
        lane_real *const output[2] = {dry[0] + n, dry[1] + n};
        if (effects_fades(&s)) {
            LANE_EACH(th) effects_fade(th, &s, output[0], output[1]);
        }
        effects_echo(&s, tanks, scratch, input, output);
        n += s.count;
    }
}

/* Block (x, y) of a grid that is `width` wide and GPU_TANKS_Y high. */
LANE_FN void gpu_tanks(const struct gpu_part *part, uint32_t x, uint32_t width, uint32_t y) {
    union gpu_tanks_scratch *scratch =
        (union gpu_tanks_scratch *)part->scratch + (uint64_t)y * width + x;
    for (uint32_t i = x; i < part->span_count; i += width) {
        if (y < 2) {
            gpu_tank_run(part, i, y, &scratch->reverb);
        } else {
            gpu_echo_run(part, i, &scratch->delay);
        }
    }
}

#endif
