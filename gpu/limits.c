// How large everything is: see limits.h.
#include "gpu/limits.h"

#include <stdio.h>
#include <string.h>

#include "gpu/kernel_front.h"  // struct gpu_front_scratch
#include "gpu/kernel_master.h" // struct gpu_master_scratch
#include "gpu/kernel_tanks.h"  // union gpu_tanks_scratch
#include "gpu/kernel_voices.h" // struct mix_scratch
#include "gpu/part.h"          // struct gpu_part
#include "gpu/pool.h"          // GPU_ALIGN

#define TICK_FRAMES 4800
#define KEEPS_TEXT "little pinned memory: snapshots of "
#define LONG_SPANS 16 // of the longest kind that one part holds, where memory allows

static const size_t scratch_of[GPU_KERNEL_COUNT] = {
    [GPU_KERNEL_voices] = sizeof(struct mix_scratch),
    [GPU_KERNEL_front] = sizeof(struct gpu_front_scratch),
    [GPU_KERNEL_tanks] = GPU_TANKS_Y * sizeof(union gpu_tanks_scratch),
    [GPU_KERNEL_master] = sizeof(struct gpu_master_scratch),
};

uint32_t gpu_row_frames(uint32_t frames) {
    return gpu_cells_max(frames) * CELL_FRAMES;
}

uint32_t gpu_part_spans_of(const struct gpu_limits *limits, uint32_t frames) {
    uint64_t fit = limits->part_frames / gpu_row_frames(frames);
    return fit < limits->part_spans ? (uint32_t)fit : limits->part_spans;
}

uint32_t gpu_blocks_for(const struct gpu_limits *limits, enum gpu_kernel kernel, uint32_t work) {
    uint32_t most = limits->blocks[kernel];
    return work < 1 ? 1 : work < most ? work : most;
}

// Most spans that one batch can hold: one per session, each of a tick at least, except at ends.
static uint64_t parts_most(const struct gpu_limits *l) {
    // One part per length of span that is cut short by its like, and what intake needs.
    uint64_t notes = (uint64_t)l->sessions_max * PLAN_SESSION_NOTES;
    return l->sessions_max / l->part_spans + notes / GPU_PART_FRESH_MAX + 64;
}

static void sizes_set(struct gpu_limits *l) {
    uint64_t together = l->part_spans < LONG_SPANS ? l->part_spans : LONG_SPANS;
    if (together > l->batch_frames_max / l->span_frames_max)
        together = l->batch_frames_max / l->span_frames_max;
    uint64_t longest = together * gpu_row_frames(l->span_frames_max);
    uint64_t ticks = (uint64_t)l->part_spans * gpu_row_frames(TICK_FRAMES);
    l->part_frames = longest > ticks ? longest : ticks;
    l->part_carries = (uint32_t)(l->part_frames / gpu_row_frames(GPU_ITEM_FRAMES)) + 1;
    l->part_bytes = GPU_ALIGN + gpu_aligned(l->part_spans * sizeof(uint32_t)) +
                    gpu_aligned(l->part_spans * sizeof(struct span)) +
                    gpu_aligned(GPU_PART_FRESH_MAX * sizeof(uint32_t)) +
                    gpu_aligned(GPU_PART_FRESH_MAX * sizeof(struct voice_note));
    l->scratch_bytes = 0;
    for (int k = 0; k < GPU_KERNEL_COUNT; k++) {
        size_t bytes = scratch_of[k] * l->blocks[k];
        if (bytes > l->scratch_bytes) l->scratch_bytes = bytes;
    }
    uint64_t drive = l->part_frames / CELL_FRAMES + l->part_spans;
    struct gpu_pool pool = gpu_pool_measuring();
    gpu_pool_take(&pool, l->sessions_max, PLAN_SESSION_NOTES * sizeof(struct voice_note));
    gpu_pool_take(&pool, l->sessions_max, sizeof(struct effects_state));
    gpu_pool_take(&pool, l->part_frames * GPU_ROWS + drive, sizeof(float));
    gpu_pool_take(&pool, l->part_carries, sizeof(struct gpu_carry));
    gpu_pool_take(&pool, GPU_SLOTS, l->part_bytes);
    gpu_pool_take(&pool, GPU_SLOTS * 2 * l->part_frames, sizeof(float));
    gpu_pool_take(&pool, 1, l->scratch_bytes);
    l->device_bytes = pool.used + 16 * GPU_ALIGN; // each piece begins aligned
    // A part that brings no notes is small, and there are at most so many with notes.
    uint64_t notes = (uint64_t)l->sessions_max * PLAN_SESSION_NOTES;
    if (notes > 4 * GPU_PART_FRESH_MAX) notes = 4 * GPU_PART_FRESH_MAX;
    l->stage_bytes = parts_most(l) * 6 * GPU_ALIGN +
                     l->sessions_max * (sizeof(struct span) + sizeof(uint32_t)) +
                     notes * (sizeof(struct voice_note) + sizeof(uint32_t));
    size_t samples = 2 * (size_t)l->batch_frames_max * sizeof(float);
    l->host_bytes = GPU_BATCHES * (l->stage_bytes + samples) +
                    (1 + (size_t)l->keeps) * sizeof(struct effects_state) + 8 * GPU_ALIGN;
}

static bool fits(struct gpu_limits *l) {
    sizes_set(l);
    return l->device_bytes <= l->memory_bytes;
}

// Sessions that fit when all else has been given up.
static bool sessions_shrink(struct gpu_limits *l) {
    uint32_t most = l->sessions_max, least = 0; // `least` fits, or is 0
    while (most - least > 1) {
        l->sessions_max = least + (most - least) / 2;
        if (fits(l)) least = l->sessions_max;
        else most = l->sessions_max;
    }
    l->sessions_max = least ? least : 1;
    return fits(l);
}

bool gpu_limits_work_out(struct gpu_limits *l) {
    const uint32_t asked = l->sessions_max;
    uint32_t spans = 1, share = 1;
    while (spans < asked && spans < GPU_PART_SPANS_MAX)
        spans *= 2;
    const uint32_t spans_asked = spans;
    l->given_up[0] = 0;
    for (;;) {
        l->part_spans = spans;
        for (int k = 0; k < GPU_KERNEL_COUNT; k++) {
            uint32_t each = l->occupancy[k] / share;
            l->blocks[k] = l->multiprocessors * (each ? each : 1);
        }
        l->blocks[GPU_KERNEL_tanks] = (l->blocks[GPU_KERNEL_tanks] + 2) / GPU_TANKS_Y;
        if (fits(l)) break;
        if (spans > 1) {
            spans /= 2;
        } else if (share < 16) {
            share *= 2;
        } else if (!sessions_shrink(l)) {
            return false;
        } else {
            break;
        }
    }
    if (spans < spans_asked || share > 1 || l->sessions_max < asked) {
        snprintf(l->given_up, sizeof l->given_up,
                 "in %zu MB of device memory: %u of %u spans at a time, 1/%u of the blocks, "
                 "%u of %u sessions",
                 l->memory_bytes >> 20, spans, spans_asked, share, l->sessions_max, asked);
    }
    return true;
}

bool gpu_limits_keep_less(struct gpu_limits *l) {
    if (l->keeps <= 1) return false;
    l->keeps /= 2;
    sizes_set(l);
    // What was given up before stays said; this is said anew with each halving.
    char *before = strstr(l->given_up, KEEPS_TEXT);
    size_t used = before ? (size_t)(before - l->given_up) : strlen(l->given_up);
    snprintf(l->given_up + used, sizeof l->given_up - used, "%s%s%u a batch",
             used && !before ? "; " : "", KEEPS_TEXT, l->keeps);
    return true;
}
