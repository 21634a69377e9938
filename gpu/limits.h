/*
 * limits.h - how large everything of the CUDA renderer is, worked out once at open.
 *
 * From what the engine asks for and the device memory there is: how many sessions, how many spans
 * a part may hold, how long its rows are, how many blocks have working memory. When the memory is
 * too small, things are given up in this order, each as far as it goes before the next:
 *   1. spans per part, short or long, halved down to 1 (batches are cut into more parts: less of
 *      them runs side by side, same sound)
 *   2. blocks with working memory, halved down to one per multiprocessor (less of the device works
 *      at a time)
 *   3. sessions, as many as then fit (the engine refuses more, with a clear answer)
 * Of pinned memory, where the system gives less than is asked for:
 *   4. snapshots per batch, halved down to one (they get older: more to render again after a loss)
 * Pure arithmetic; any thread.
 */
#ifndef AEOLIAN_GPU_LIMITS_H
#define AEOLIAN_GPU_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpu/kernels.h" // GPU_KERNEL_COUNT

#define GPU_SLOTS 2             // parts under way: one computes while the other is copied
#define GPU_BATCHES 2           // batches under way: their memory on the host
#define GPU_PART_SPANS_MAX 1024 // of one part
#define GPU_PART_FRESH_MAX 2048 // new notes that one part brings
#define GPU_ITEM_FRAMES 19200   // of an item of front and master, where spans are longer

struct gpu_limits {
    // Asked for.
    uint32_t sessions_max;
    uint32_t span_frames_max;  // of one span
    uint32_t batch_frames_max; // of all spans of a batch together
    uint32_t keeps;            // spans of a batch whose state may be kept; given up like the others
    // Of the device.
    uint32_t multiprocessors;
    uint32_t occupancy[GPU_KERNEL_COUNT]; // blocks of each kernel that one multiprocessor holds
    size_t memory_bytes;                  // that may be taken
    // Worked out.
    uint32_t part_spans;    // 1..GPU_PART_SPANS_MAX
    uint64_t part_frames;   // rows of a part hold so many frames in all
    uint32_t part_carries;  // spans of a part that may be long enough for several items
    uint32_t blocks[GPU_KERNEL_COUNT]; // with working memory; tanks: in x
    size_t part_bytes;      // of a part's description on the device
    size_t scratch_bytes;   // of the largest kernel
    size_t device_bytes;    // all of it
    size_t host_bytes;      // pinned
    size_t stage_bytes;     // of those, for descriptions of all parts of one batch
    char given_up[192];     // one line, empty when nothing had to be
};

// Works out the rest of LIMITS from what is asked for and the device. False when not even one
// session fits; device_bytes then says what that one would take.
bool gpu_limits_work_out(struct gpu_limits *limits);

// Gives up half of the snapshots, for want of pinned memory, and says so in given_up; false when
// there is nothing left to give up.
bool gpu_limits_keep_less(struct gpu_limits *limits);

// Frames of a row of a span of FRAMES (part.h).
uint32_t gpu_row_frames(uint32_t frames);

// Spans of FRAMES that one part holds.
uint32_t gpu_part_spans_of(const struct gpu_limits *limits, uint32_t frames);

// Blocks of KERNEL that WORK items keep busy, at most those with working memory.
uint32_t gpu_blocks_for(const struct gpu_limits *limits, enum gpu_kernel kernel, uint32_t work);

#endif
