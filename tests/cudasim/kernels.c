// The simulated driver's kernels: the bodies of gpu/kernel_*.h as plain C, a block at a time.
//
// The benchmark's own kernels (profiling/gpu/kernels.h) likewise, so that its program can be tried.
// Each is the real kernel's source; LANE_SIMULATED_BLOCK makes one thread play all of a block's, in
// an order that the seed chooses anew for every phase (voices/lane_block.h). The ranges tell the
// race detector what a launch reads and writes. The simulated driver's worker threads.
#define LANE_PLAIN 1
#define LANE_SIMULATED_BLOCK 1
#include "gpu/kernel_front.h"
#include "gpu/kernel_intake.h"
#include "gpu/kernel_master.h"
#include "gpu/kernel_tanks.h"
#include "gpu/kernel_voices.h"
#include "gpu/kernels.h"
#include "profiling/gpu/kernels.h"

#include <stdio.h>
#include <string.h>

#include "tests/cudasim/kernel_table.h"

_Thread_local struct lane_block lane_block;

static const struct gpu_part *part_of(const void *arguments) {
    const struct gpu_part *part;
    memcpy(&part, arguments, sizeof part);
    return part;
}

#define BLOCK_SET(name) lane_block = (struct lane_block){threads_##name, 0, 1, seed}

enum {
#define GPU_THREADS(name, threads) threads_##name = threads,
    GPU_KERNELS(GPU_THREADS)
#undef GPU_THREADS
};

#define RUN(name)                                                                              \
    static void run_##name(const void *arguments, uint32_t x, uint32_t y, uint32_t grid_x,     \
                           uint32_t grid_y, uint32_t seed) {                                   \
        (void)y;                                                                               \
        (void)grid_y;                                                                          \
        BLOCK_SET(name);                                                                       \
        gpu_##name(part_of(arguments), x, grid_x);                                             \
    }
RUN(intake)
RUN(voices)
RUN(front)
RUN(master)

static void run_tanks(const void *arguments, uint32_t x, uint32_t y, uint32_t grid_x,
                      uint32_t grid_y, uint32_t seed) {
    (void)grid_y;
    BLOCK_SET(tanks);
    gpu_tanks(part_of(arguments), x, grid_x, y);
}

static const struct bench_work *work_of(const void *arguments) {
    const struct bench_work *work;
    memcpy(&work, arguments, sizeof work);
    return work;
}

#define RUN_BENCH(name, ...)                                                                   \
    static void run_bench_##name(const void *arguments, uint32_t x, uint32_t y,                \
                                 uint32_t grid_x, uint32_t grid_y, uint32_t seed) {            \
        (void)y, (void)grid_x, (void)grid_y;                                                   \
        lane_block = (struct lane_block){BENCH_THREADS, 0, 1, seed};                           \
        LANE_EACH(th) bench_##name(th, work_of(arguments), __VA_ARGS__);                       \
    }
RUN_BENCH(peak, x)
RUN_BENCH(copy, x, grid_x)
RUN_BENCH(sum, x)
RUN_BENCH(add, x, grid_x)

// ------------------------------------------------------------------------------------- ranges

static void rows(struct sim_ranges *ranges, const struct gpu_part *part, const float *base,
                 uint32_t count, bool write) {
    size_t numbers = (size_t)part->span_count * count * part->row_frames;
    sim_range(ranges, base, numbers * sizeof *base, write);
}

static void drive(struct sim_ranges *ranges, const struct gpu_part *part, bool write) {
    size_t numbers = (size_t)part->span_count * (part->row_frames / CELL_FRAMES + 1);
    sim_range(ranges, part->drive, numbers * sizeof *part->drive, write);
}

// A session's state from the member FROM up to the member TO.
#define STATES(ranges, part, from, to, write)                                                  \
    for (uint32_t span = 0; span < (part)->span_count; span++) {                               \
        const struct effects_state *state = &(part)->states[(part)->spans[span].slot];         \
        sim_range(ranges, (const char *)state + offsetof(struct effects_state, from),          \
                  (to) - offsetof(struct effects_state, from), write);                         \
    }

// What every kernel reads; false when the part is not one.
static bool part_ranges(const struct gpu_part *part, struct sim_ranges *ranges, char *why,
                        size_t cap) {
    if (!sim_range(ranges, part, sizeof *part, false)) {
        snprintf(why, cap, "the argument is not the address of a part");
        return false;
    }
    if (part->span_count && (part->row_frames != (part->frames / CELL_FRAMES + 2) * CELL_FRAMES ||
                             part->voice_cells == 0 || part->voice_cells > MIX_CELLS_MAX)) {
        snprintf(why, cap, "the part's numbers do not agree");
        return false;
    }
    sim_range(ranges, part->flags, part->span_count * sizeof *part->flags, false);
    return sim_range(ranges, part->spans, part->span_count * sizeof *part->spans, false);
}

static bool ranges_intake(const void *arguments, struct sim_ranges *ranges, char *why,
                          size_t cap) {
    const struct gpu_part *part = part_of(arguments);
    if (!part_ranges(part, ranges, why, cap)) return false;
    sim_range(ranges, part->fresh_numbers, part->fresh_count * sizeof *part->fresh_numbers, false);
    sim_range(ranges, part->fresh, part->fresh_count * sizeof *part->fresh, false);
    for (uint32_t i = 0; i < part->fresh_count; i++)
        sim_range(ranges, &part->notes[part->fresh_numbers[i]], sizeof *part->notes, true);
    for (uint32_t i = 0; i < part->span_count; i++) {
        bool reset = part->flags[i] & GPU_SPAN_RESET;
        sim_range(ranges, &part->states[part->spans[i].slot], sizeof *part->states, reset);
    }
    if (part->front_items > 1 || part->master_items > 1)
        sim_range(ranges, part->carries, part->span_count * sizeof *part->carries, true);
    return true;
}

static bool ranges_voices(const void *arguments, struct sim_ranges *ranges, char *why,
                          size_t cap) {
    const struct gpu_part *part = part_of(arguments);
    if (!part_ranges(part, ranges, why, cap)) return false;
    for (uint32_t i = 0; i < part->span_count; i++) {
        const struct span *span = &part->spans[i];
        for (uint32_t n = 0; n < span->note_count; n++)
            sim_range(ranges, &part->notes[span->notes[n].note], sizeof *part->notes, false);
    }
    rows(ranges, part, part->dry, GPU_DRY_ROWS, true);
    rows(ranges, part, part->send, GPU_SEND_ROWS, true);
    drive(ranges, part, true);
    return true;
}

static bool ranges_front(const void *arguments, struct sim_ranges *ranges, char *why,
                         size_t cap) {
    const struct gpu_part *part = part_of(arguments);
    if (!part_ranges(part, ranges, why, cap)) return false;
    rows(ranges, part, part->send, GPU_SEND_ROWS, false);
    rows(ranges, part, part->passed, GPU_PASSED_ROWS, true);
    rows(ranges, part, part->diffused, GPU_DIFFUSED_ROWS, true);
    STATES(ranges, part, send, offsetof(struct effects_state, tank), true)
    if (part->front_items > 1)
        sim_range(ranges, part->carries, part->span_count * sizeof *part->carries, true);
    return true;
}

static bool ranges_tanks(const void *arguments, struct sim_ranges *ranges, char *why,
                         size_t cap) {
    const struct gpu_part *part = part_of(arguments);
    if (!part_ranges(part, ranges, why, cap)) return false;
    rows(ranges, part, part->passed, GPU_PASSED_ROWS, false);
    rows(ranges, part, part->diffused, GPU_DIFFUSED_ROWS, false);
    rows(ranges, part, part->dry, GPU_DRY_ROWS, true);
    rows(ranges, part, part->wet, GPU_WET_ROWS, true);
    STATES(ranges, part, tank, offsetof(struct effects_state, limiter), true)
    return true;
}

static bool ranges_master(const void *arguments, struct sim_ranges *ranges, char *why,
                          size_t cap) {
    const struct gpu_part *part = part_of(arguments);
    if (!part_ranges(part, ranges, why, cap)) return false;
    rows(ranges, part, part->dry, GPU_DRY_ROWS, false);
    rows(ranges, part, part->diffused, GPU_DIFFUSED_ROWS, false);
    rows(ranges, part, part->wet, GPU_WET_ROWS, false);
    drive(ranges, part, false);
    STATES(ranges, part, limiter, sizeof(struct effects_state), true)
    if (part->master_items > 1)
        sim_range(ranges, part->carries, part->span_count * sizeof *part->carries, true);
    size_t samples = 2 * (size_t)part->span_count * part->frames;
    return sim_range(ranges, part->out, samples * sizeof *part->out, true);
}

// What a benchmark's kernel writes depends on its grid, which is not told here: one block's share.
#define RANGES_BENCH(name, read, written)                                                      \
    static bool ranges_bench_##name(const void *arguments, struct sim_ranges *ranges,          \
                                    char *why, size_t cap) {                                   \
        const struct bench_work *work = work_of(arguments);                                    \
        if (!sim_range(ranges, work, sizeof *work, false)) {                                   \
            snprintf(why, cap, "the argument is not the address of a piece of work");          \
            return false;                                                                      \
        }                                                                                      \
        if ((read) > 0) sim_range(ranges, work->from, (read) * sizeof *work->from, false);     \
        return sim_range(ranges, work->to, (written) * sizeof *work->to, true);                \
    }
RANGES_BENCH(peak, 2, BENCH_THREADS)
RANGES_BENCH(copy, (size_t)work->count, (size_t)work->count)
RANGES_BENCH(sum, 0, BENCH_SUM_FRAMES)
RANGES_BENCH(add, (size_t)work->count, (size_t)work->count)

const struct sim_kernel sim_kernels[] = {
#define GPU_ENTRY(name, threads) {"aeo_" #name, 8, threads, run_##name, ranges_##name},
    GPU_KERNELS(GPU_ENTRY)
#undef GPU_ENTRY
#define BENCH_ENTRY(name)                                                                      \
    {"aeo_bench_" #name, 8, BENCH_THREADS, run_bench_##name, ranges_bench_##name},
    BENCH_KERNELS(BENCH_ENTRY)
#undef BENCH_ENTRY
};
const size_t sim_kernel_count = sizeof sim_kernels / sizeof *sim_kernels;
