/*
 * kernel_voices.h - the second kernel: all notes of all spans into the dry and the send rows.
 *
 * An item is a stretch of cells of one span; one block renders its notes in their order, with
 * voices/mix.h as the CPU does, and so makes the same bits. Items begin at multiples of the tile
 * grid, so that no note's tile is cut. Blocks take item after item: the grid is as large as the
 * device holds at once, and each block keeps one piece of working memory.
 */
#ifndef AEOLIAN_GPU_KERNEL_VOICES_H
#define AEOLIAN_GPU_KERNEL_VOICES_H

#include "gpu/part.h"   // struct gpu_part
#include "voices/mix.h" // mix_render

LANE_FN void gpu_voices_item(const struct gpu_part *part, uint32_t index, uint32_t item,
                             struct mix_scratch *scratch) {
    const struct span *span = &part->spans[index];
    const int64_t first = gpu_cell_of(span->from);
    const int64_t end = gpu_cell_of(span->from + span->frames - 1) + 1;
    const int64_t grid = (first & -(int64_t)TILE_CELLS) + (int64_t)item * part->voice_cells;
    const int64_t from = grid < first ? first : grid;
    const int64_t until = grid + part->voice_cells < end ? grid + part->voice_cells : end;
    if (from >= until) {
        return;
    }
    const uint64_t at = (uint64_t)(from - first);
    struct mix_sums sums;
    for (uint32_t channel = 0; channel < 2; channel++) {
        sums.dry[channel] =
            gpu_row(part->dry, part, index, GPU_DRY_ROWS, channel) + at * CELL_FRAMES;
        sums.send[channel] =
            gpu_row(part->send, part, index, GPU_SEND_ROWS, channel) + at * CELL_FRAMES;
    }
    sums.drive = part->drive + (uint64_t)index * (part->row_frames / CELL_FRAMES + 1) + at;
    struct mix_plan plan;
    plan.bus_count = span->bus_count;
    plan.note_count = span->note_count;
    plan.buses = span->buses;
    plan.notes = span->notes;
    plan.curves = span->curves;
    plan.pool = part->notes;
    mix_render(&plan, from, (uint32_t)(until - from), &sums, scratch);
}

/* Block `block` of `blocks`. */
LANE_FN void gpu_voices(const struct gpu_part *part, uint32_t block, uint32_t blocks) {
    struct mix_scratch *scratch = (struct mix_scratch *)part->scratch + block;
    const uint32_t items = part->span_count * part->voice_items;
    for (uint32_t i = block; i < items; i += blocks) {
        gpu_voices_item(part, i / part->voice_items, i % part->voice_items, scratch);
    }
}

#endif
