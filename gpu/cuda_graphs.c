// Shapes and their graphs: every batch of a usual size is one graph launch per part.
//
// The closed set is (span length x power-of-two number of spans): a tick, a lead, and the longest
// span there may be. Each shape has one graph per slot, because a graph never runs beside itself
// and its only argument is the slot's address. The grid follows from the shape alone; blocks that
// the actual number of spans leaves without work end at once. Opening thread; launching: any.
#include <string.h>

#include "gpu/cuda_state.h"   // struct renderer
#include "gpu/kernel_tanks.h" // GPU_TANKS_Y
#include "profiling/range.h"  // range_begin
#include "voices/mix.h"       // MIX_CELLS_MAX

#define TICK_FRAMES 4800
#define LEAD_FRAMES 19200

static const uint32_t block_threads[GPU_KERNEL_COUNT] = {
#define GPU_THREADS(name, threads) threads,
    GPU_KERNELS(GPU_THREADS)
#undef GPU_THREADS
};

// Stages as tools show them. A graph is launched as a whole, under the batch's own range.
static const enum range kernel_ranges[GPU_KERNEL_COUNT] = {
    [GPU_KERNEL_intake] = RANGE_VOICES, [GPU_KERNEL_voices] = RANGE_VOICES,
    [GPU_KERNEL_front] = RANGE_EFFECTS, [GPU_KERNEL_tanks] = RANGE_EFFECTS,
    [GPU_KERNEL_master] = RANGE_MASTER,
};

static uint32_t items_of(uint32_t frames) {
    return (frames + GPU_ITEM_FRAMES - 1) / GPU_ITEM_FRAMES;
}

// Cells per item of the voices: as many blocks as the device holds get work, and no smaller, since
// every note makes its tables once per item.
static uint32_t voice_cells_of(const struct gpu_limits *limits, uint32_t frames, uint32_t spans) {
    uint64_t cells = (uint64_t)gpu_cells_max(frames) * spans;
    uint64_t each = cells / limits->blocks[GPU_KERNEL_voices] + 1;
    uint64_t tiles = (each + TILE_CELLS - 1) / TILE_CELLS;
    uint64_t most = MIX_CELLS_MAX / TILE_CELLS;
    return (uint32_t)(tiles < most ? tiles : most) * TILE_CELLS;
}

static void shape_fill(const struct gpu_limits *limits, uint32_t frames, uint32_t spans,
                       struct gpu_shape *shape) {
    memset(shape, 0, sizeof *shape);
    shape->frames = frames;
    shape->spans = spans;
    shape->voice_cells = voice_cells_of(limits, frames, spans);
    // Items begin on the tile grid, up to a tile ahead of the span.
    shape->voice_items =
        (gpu_cells_max(frames) + TILE_CELLS - 1 + shape->voice_cells - 1) / shape->voice_cells;
    shape->front_items = items_of(frames);
    shape->master_items = items_of(frames);
    uint32_t *grid = shape->grid;
    grid[GPU_KERNEL_intake] = gpu_blocks_for(limits, GPU_KERNEL_intake, 64 + spans);
    grid[GPU_KERNEL_voices] =
        gpu_blocks_for(limits, GPU_KERNEL_voices, spans * shape->voice_items);
    grid[GPU_KERNEL_front] = gpu_blocks_for(limits, GPU_KERNEL_front, spans * shape->front_items);
    grid[GPU_KERNEL_tanks] = gpu_blocks_for(limits, GPU_KERNEL_tanks, spans);
    grid[GPU_KERNEL_master] =
        gpu_blocks_for(limits, GPU_KERNEL_master, spans * shape->master_items);
}

const struct gpu_shape *cuda_shape_find(struct renderer *self, uint32_t frames, uint32_t spans,
                                        struct gpu_shape *own) {
    const struct gpu_shape *best = NULL;
    for (uint32_t i = 0; i < self->shape_count; i++) {
        const struct gpu_shape *shape = &self->shapes[i];
        if (shape->frames != frames || shape->spans < spans) continue;
        if (!best || shape->spans < best->spans) best = shape;
    }
    if (best) return best;
    shape_fill(&self->limits, frames, spans, own);
    return own;
}

static gpu_result kernels_launch(struct renderer *self, const struct gpu_shape *shape,
                                 uint32_t slot) {
    gpu_result result = GPU_SUCCESS;
    void *arguments[] = {&self->at.part[slot]};
    for (int k = 0; k < GPU_KERNEL_COUNT && result == GPU_SUCCESS; k++) {
        unsigned high = k == GPU_KERNEL_tanks ? GPU_TANKS_Y : 1;
        range_begin(kernel_ranges[k]);
        result = self->cuda->launch(self->kernel[k], shape->grid[k], high, 1, block_threads[k], 1,
                                    1, 0, self->compute, arguments, NULL);
        range_end();
    }
    return result;
}

gpu_result cuda_shape_launch(struct renderer *self, const struct gpu_shape *shape, uint32_t slot) {
    if (shape->graph[slot]) {
        self->counters.graph_hits++;
        return self->cuda->graph_launch(shape->graph[slot], self->compute);
    }
    self->counters.graph_misses++;
    self->counters.kernel_launches += GPU_KERNEL_COUNT;
    return kernels_launch(self, shape, slot);
}

static gpu_result graph_make(struct renderer *self, struct gpu_shape *shape, uint32_t slot) {
    const struct gpu_calls *cuda = self->cuda;
    gpu_graph graph = NULL;
    gpu_result result = cuda->capture_begin(self->compute, GPU_CAPTURE_THREAD_LOCAL);
    if (result) return result;
    result = kernels_launch(self, shape, slot);
    gpu_result ended = cuda->capture_end(self->compute, &graph);
    if (!result) result = ended;
    if (!result) result = cuda->graph_make(&shape->graph[slot], graph, 0);
    if (result) shape->graph[slot] = NULL;
    if (graph) cuda->graph_end(graph);
    return result;
}

// An empty part in both slots, so that graphs may run without doing anything.
static gpu_result parts_empty(struct renderer *self) {
    memset(self->host.stage, 0, sizeof(struct gpu_part));
    for (uint32_t slot = 0; slot < GPU_SLOTS; slot++) {
        gpu_result result = self->cuda->copy_up(self->at.part[slot], self->host.stage,
                                                sizeof(struct gpu_part), self->compute);
        if (result) return result;
    }
    return GPU_SUCCESS;
}

static void shapes_list(struct renderer *self) {
    const uint32_t lengths[GPU_SHAPE_LENGTHS_MAX] = {TICK_FRAMES, LEAD_FRAMES,
                                                     self->limits.span_frames_max};
    for (int l = 0; l < GPU_SHAPE_LENGTHS_MAX; l++) {
        bool again = l == 2 && (lengths[l] == TICK_FRAMES || lengths[l] == LEAD_FRAMES);
        if (again || lengths[l] > self->limits.span_frames_max) continue;
        uint32_t most = gpu_part_spans_of(&self->limits, lengths[l]);
        for (uint32_t spans = 1; spans < 2 * most && self->shape_count < GPU_SHAPES_MAX; spans *= 2)
            shape_fill(&self->limits, lengths[l], spans, &self->shapes[self->shape_count++]);
    }
}

gpu_result cuda_graphs_make(struct renderer *self) {
    int64_t begin = cuda_now_ns();
    shapes_list(self);
    gpu_result result = parts_empty(self);
    for (uint32_t i = 0; i < self->shape_count && !result; i++) {
        for (uint32_t slot = 0; slot < GPU_SLOTS && !result; slot++) {
            result = graph_make(self, &self->shapes[i], slot);
            if (!result) result = self->cuda->graph_launch(self->shapes[i].graph[slot],
                                                           self->compute);
        }
    }
    if (!result) result = self->cuda->event_record(self->done[0], self->compute);
    if (!result) result = cuda_await(self, self->done[0], self->watchdog_ns);
    self->counters.graph_build_ns = (uint64_t)(cuda_now_ns() - begin);
    self->counters.graphs = self->shape_count * GPU_SLOTS;
    return result;
}
