// The CPU renderer: lane code on the engine's worker pool.
//
// Two ways to share out a batch, chosen by what it holds. With at least as many spans as threads,
// each span is one task: the worker renders it chunk by chunk and runs the effects behind each, so
// that all sums stay in its cache. With fewer spans (a file: one), the chunks of each span are the
// tasks; finished chunks wait in order for the effects, which any worker runs as far as it can when
// it brings a chunk. Which worker does what changes no bit: notes and effects are pure functions of
// absolute positions. All memory is taken in open.
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "engine/arena.h"       // arena_take
#include "engine/fault.h"       // fault_set
#include "engine/lanes_cpu.h"   // struct lanes_cpu
#include "engine/renderer.h"    // struct aeo_renderer
#include "engine/worker_pool.h" // pool_begin, pool_finish
#include "profiling/range.h"    // range_begin

// One worker's own memory.
struct worker_memory {
    void *scratch;
    struct mix_sums sums; // of one chunk
    float *out;             // of one chunk, for spans whose samples nobody wants
};

// A span of a batch that is shared out by chunks.
struct shared_span {
    struct mix_sums sums;   // of the whole span
    atomic_uchar *chunk_done; // one per chunk
    atomic_uint effects_busy; // 1 while a worker runs the effects
    uint32_t effects_next;    // chunk they come to next; owned by who set effects_busy
    uint32_t chunk_count;
    uint32_t size; // of a chunk, in cells
};

// What a task is: a chunk of a span, or all of it.
struct task {
    uint32_t span, chunk;
};

struct renderer {
    struct renderer_limits limits;
    const struct lanes_cpu *lanes;
    struct arena arena;
    unsigned char *states; // sessions_max effect states
    size_t state_stride;
    struct worker_memory *workers;
    struct shared_span *shared; // threads - 1 of them
    uint32_t shared_count;
    struct task *tasks;
    uint32_t chunks_max; // of one span
    uint32_t cells_max;  // of the chunks of one span, were they all whole
    const struct batch *batch;
    bool by_chunks;
};

// ---------------------------------------------------------------------------- cells of a span

static int64_t cell_of(int64_t frame) {
    return frame >= 0 ? frame / CELL_FRAMES : -((-frame + CELL_FRAMES - 1) / CELL_FRAMES);
}

// Chunks end at absolute multiples of GRID_CELLS, so that voices that work in tiles of that grid
// are not cut inside a tile more often than the span itself does. Each note pays for its tables
// once per chunk, so chunks are as long as the cache and enough work for all threads allow.
#define GRID_CELLS 16
#define CHUNK_CELLS_LEAST 96

// The start of the chunks of SPAN, at or before its first cell; two's complement rounds downwards.
static int64_t span_grid(const struct span *span) {
    return cell_of(span->from) & -(int64_t)GRID_CELLS;
}

static int64_t span_end(const struct span *span) {
    return cell_of(span->from + span->frames - 1) + 1;
}

static uint32_t span_chunks(const struct span *span, uint32_t size) {
    return (uint32_t)((span_end(span) - span_grid(span) + size - 1) / size);
}

// Cells per chunk that give each of THREADS two chunks of SPAN, within limits.
static uint32_t span_chunk_size(const struct span *span, uint32_t threads) {
    uint64_t cells = (uint64_t)(span_end(span) - span_grid(span)) / (2 * (uint64_t)threads);
    if (cells >= CHUNK_CELLS) return CHUNK_CELLS;
    uint32_t size = (uint32_t)(cells + GRID_CELLS - 1) / GRID_CELLS * GRID_CELLS;
    return size < CHUNK_CELLS_LEAST ? CHUNK_CELLS_LEAST : size;
}

// First cell and number of cells of a chunk of SPAN, SIZE cells each.
static int64_t chunk_cells(const struct span *span, uint32_t size, uint32_t chunk,
                           uint32_t *count) {
    int64_t first = cell_of(span->from), end = span_end(span);
    int64_t begin = span_grid(span) + (int64_t)chunk * size, until = begin + size;
    if (begin < first) begin = first;
    if (until > end) until = end;
    *count = (uint32_t)(until - begin);
    return begin;
}

static void *state_of(const struct renderer *self, uint32_t slot) {
    return self->states + slot * self->state_stride;
}

// Runs the effects over one chunk whose sums begin at SUMS. Only the frames of the span count: its
// first and last cell may lie partly outside.
static void chunk_effects(const struct renderer *self, const struct span *span, uint32_t size,
                          uint32_t chunk, const struct mix_sums *sums,
                          const struct worker_memory *memory) {
    uint32_t cells;
    int64_t from = chunk_cells(span, size, chunk, &cells) * CELL_FRAMES;
    int64_t to = from + cells * CELL_FRAMES;
    if (from < span->from) from = span->from;
    if (to > span->from + span->frames) to = span->from + span->frames;
    struct effects_plan plan = span->effects;
    plan.from = from;
    plan.frames = (uint32_t)(to - from);
    if (effects_epoch(from) != plan.epoch_first) {
        plan.epoch_first++;
        plan.epochs[0] = plan.epochs[1];
        plan.epochs[1] = plan.epochs[2];
        plan.delays[0] = plan.delays[1];
        plan.delays[1] = plan.delays[2];
    }
    float *out = span->out ? span->out + 2 * (from - span->from) : memory->out;
    range_begin(RANGE_EFFECTS);
    self->lanes->effects_render(state_of(self, span->slot), &plan, sums, out, memory->scratch);
    range_end();
}

static void chunk_cells_render(const struct renderer *self, const struct span *span, uint32_t size,
                               uint32_t chunk, const struct mix_sums *sums,
                               const struct worker_memory *memory) {
    uint32_t cells;
    int64_t cell = chunk_cells(span, size, chunk, &cells);
    range_begin(RANGE_VOICES);
    self->lanes->cells_render(span, self->batch->notes, cell, cells, sums, memory->scratch);
    range_end();
}

static void span_report(const struct renderer *self, const struct span *span, uint32_t worker) {
    if (self->limits.span_done) self->limits.span_done(self->limits.user, span, worker);
}

// ------------------------------------------------------------------------------------- tasks

static void span_task(void *context, uint32_t index, uint32_t worker) {
    struct renderer *self = context;
    const struct span *span = &self->batch->spans[index];
    const struct worker_memory *memory = &self->workers[worker];
    for (uint32_t chunk = 0; chunk < span_chunks(span, CHUNK_CELLS); chunk++) {
        chunk_cells_render(self, span, CHUNK_CELLS, chunk, &memory->sums, memory);
        chunk_effects(self, span, CHUNK_CELLS, chunk, &memory->sums, memory);
    }
    span_report(self, span, worker);
}

static struct mix_sums sums_at(const struct shared_span *shared, uint32_t chunk) {
    const struct mix_sums *sums = &shared->sums;
    size_t at = (size_t)chunk * shared->size * CELL_FRAMES;
    // Chunks overlap in one boundary of the drive, which both write: keep them apart.
    return (struct mix_sums){{sums->dry[0] + at, sums->dry[1] + at},
                             {sums->send[0] + at, sums->send[1] + at},
                             sums->drive + (size_t)chunk * (shared->size + 1)};
}

// Runs the effects over all chunks that are ready in order. When another worker is at it, it will
// see our chunk: it looks again after it has given up effects_busy.
static void shared_effects(const struct renderer *self, const struct span *span,
                           struct shared_span *shared, uint32_t worker) {
    const struct worker_memory *memory = &self->workers[worker];
    for (;;) {
        if (atomic_exchange(&shared->effects_busy, 1)) return;
        uint32_t next = shared->effects_next;
        while (next < shared->chunk_count && atomic_load(&shared->chunk_done[next])) {
            struct mix_sums sums = sums_at(shared, next);
            chunk_effects(self, span, shared->size, next, &sums, memory);
            next++;
        }
        bool ended = next == shared->chunk_count && shared->effects_next < next;
        shared->effects_next = next;
        atomic_store(&shared->effects_busy, 0);
        if (ended) span_report(self, span, worker);
        if (next == shared->chunk_count || !atomic_load(&shared->chunk_done[next])) return;
    }
}

static void chunk_task(void *context, uint32_t index, uint32_t worker) {
    struct renderer *self = context;
    struct task task = self->tasks[index];
    const struct span *span = &self->batch->spans[task.span];
    struct shared_span *shared = &self->shared[task.span];
    struct mix_sums sums = sums_at(shared, task.chunk);
    chunk_cells_render(self, span, shared->size, task.chunk, &sums, &self->workers[worker]);
    atomic_store(&shared->chunk_done[task.chunk], 1);
    shared_effects(self, span, shared, worker);
}

// Lays out the tasks of a batch with fewer spans than threads, the spans' chunks in turn.
static uint32_t tasks_by_chunks(struct renderer *self, const struct batch *batch) {
    uint32_t count = 0;
    for (uint32_t s = 0; s < batch->span_count; s++) {
        struct shared_span *shared = &self->shared[s];
        shared->size = span_chunk_size(&batch->spans[s], pool_threads(self->limits.pool));
        shared->chunk_count = span_chunks(&batch->spans[s], shared->size);
        assert(shared->chunk_count <= self->chunks_max);
        shared->effects_next = 0;
        atomic_store(&shared->effects_busy, 0);
        for (uint32_t c = 0; c < shared->chunk_count; c++) {
            atomic_store_explicit(&shared->chunk_done[c], 0, memory_order_relaxed);
            self->tasks[count++] = (struct task){s, c};
        }
    }
    return count;
}

static enum aeo_status cpu_submit(struct renderer *self, const struct batch *batch) {
    assert(!self->batch && batch->span_count <= self->limits.sessions_max);
    self->batch = batch;
    if (batch->span_count <= self->shared_count) {
        uint32_t count = tasks_by_chunks(self, batch);
        pool_begin(self->limits.pool, chunk_task, self, count);
    } else {
        pool_begin(self->limits.pool, span_task, self, batch->span_count);
    }
    return AEO_OK;
}

// The calling thread is the pool's first worker, so collecting is working, and never late.
static enum renderer_state cpu_collect(struct renderer *self, uint64_t wait_ns) {
    (void)wait_ns;
    if (self->batch) pool_finish(self->limits.pool);
    self->batch = NULL;
    return RENDERER_READY;
}

// ----------------------------------------------------------------------------- open and close

static enum aeo_status lanes_choose(const char *isa, const struct lanes_cpu **lanes,
                                    aeo_fault *fault) {
    *lanes = lanes_cpu_find(isa ? isa : "auto");
    if (*lanes) return AEO_OK;
    char list[96];
    lanes_cpu_list(list, sizeof list);
    return fault_set(fault, AEO_ERR_RENDERER, "isa", "this processor has no %.16s: it has %s", isa,
                     list);
}

static enum aeo_status cpu_probe(const struct renderer_limits *limits, char *line, uint32_t cap) {
    const struct lanes_cpu *lanes;
    aeo_fault fault;
    enum aeo_status status = lanes_choose(limits->isa, &lanes, &fault);
    snprintf(line, cap, "%s", status ? fault.message : lanes->name);
    return status;
}

static void sums_take(struct arena *arena, struct mix_sums *sums, size_t cells, uint32_t chunks) {
    size_t frames = cells * CELL_FRAMES;
    for (uint32_t channel = 0; channel < 2; channel++) {
        sums->dry[channel] = arena_take(arena, frames, sizeof(float));
        sums->send[channel] = arena_take(arena, frames, sizeof(float));
    }
    sums->drive = arena_take(arena, cells + chunks, sizeof(float));
}

// The renderer itself is the first piece; while measuring there is only MODEL to read limits from.
static struct renderer *renderer_layout(struct arena *arena, const struct renderer *model) {
    uint32_t threads = pool_threads(model->limits.pool);
    struct renderer *self = arena_take(arena, 1, sizeof *self);
    void *workers = arena_take(arena, threads, sizeof *model->workers);
    void *shared = arena_take(arena, model->shared_count, sizeof *model->shared);
    void *tasks =
        arena_take(arena, (size_t)model->shared_count * model->chunks_max, sizeof *model->tasks);
    void *states = arena_take(arena, model->limits.sessions_max, model->state_stride);
    if (self) {
        *self = *model;
        self->workers = workers;
        self->shared = shared;
        self->tasks = tasks;
        self->states = states;
    }
    for (uint32_t i = 0; i < threads; i++) {
        struct worker_memory measured, *memory = self ? &self->workers[i] : &measured;
        memory->scratch = arena_take(arena, 1, model->lanes->scratch_bytes);
        memory->out = arena_take(arena, 2 * CHUNK_FRAMES, sizeof(float));
        sums_take(arena, &memory->sums, CHUNK_CELLS, 1);
    }
    for (uint32_t i = 0; i < model->shared_count; i++) {
        struct shared_span measured, *span = self ? &self->shared[i] : &measured;
        span->chunk_done = arena_take(arena, model->chunks_max, sizeof *span->chunk_done);
        sums_take(arena, &span->sums, model->cells_max, model->chunks_max);
    }
    return self;
}

static enum aeo_status cpu_open(const struct renderer_limits *limits, struct renderer **out,
                                aeo_fault *fault) {
    *out = NULL;
    struct renderer model;
    memset(&model, 0, sizeof model);
    model.limits = *limits;
    enum aeo_status status = lanes_choose(limits->isa, &model.lanes, fault);
    if (status) return status;
    model.state_stride = (model.lanes->state_bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    // A span of N frames touches up to N / 64 + 2 cells, which begin up to a grid into a chunk.
    uint32_t cells = limits->span_frames_max / CELL_FRAMES + 2 + GRID_CELLS;
    model.chunks_max = cells / CHUNK_CELLS_LEAST + 1;
    model.cells_max = cells + CHUNK_CELLS;
    uint32_t threads = pool_threads(limits->pool);
    model.shared_count = threads - 1 < limits->sessions_max ? threads - 1 : limits->sessions_max;
    struct arena arena;
    arena_measure(&arena);
    renderer_layout(&arena, &model);
    if (!arena_open(&arena)) {
        return fault_set(fault, AEO_ERR_MEMORY, "renderer",
                         "no memory for %u sessions (%zu MB): ask for fewer or shorter spans",
                         limits->sessions_max, arena.size >> 20);
    }
    struct renderer *self = renderer_layout(&arena, &model);
    arena_seal(&arena);
    self->arena = arena;
    for (uint32_t slot = 0; slot < limits->sessions_max; slot++)
        self->lanes->effects_reset(state_of(self, slot));
    *out = self;
    return AEO_OK;
}

static void cpu_close(struct renderer *self) {
    if (!self) return;
    struct arena arena = self->arena; // it holds the renderer itself
    arena_close(&arena);
}

static enum aeo_status cpu_reset(struct renderer *self, uint32_t slot) {
    self->lanes->effects_reset(state_of(self, slot));
    return AEO_OK;
}

static enum aeo_status cpu_save(struct renderer *self, uint32_t slot, void *bytes) {
    memcpy(bytes, state_of(self, slot), self->lanes->state_bytes);
    return AEO_OK;
}

static enum aeo_status cpu_load(struct renderer *self, uint32_t slot, const void *bytes) {
    memcpy(state_of(self, slot), bytes, self->lanes->state_bytes);
    return AEO_OK;
}

const struct aeo_renderer renderer_cpu = {
    .version = RENDERER_VERSION,
    .name = "cpu",
    .reports_spans = true,
    .probe = cpu_probe,
    .open = cpu_open,
    .submit = cpu_submit,
    .collect = cpu_collect,
    .session_reset = cpu_reset,
    .session_save = cpu_save,
    .session_load = cpu_load,
    .close = cpu_close,
};
