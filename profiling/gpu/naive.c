// See naive.h. One thread.
#include "profiling/gpu/naive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/image.h"           // gpu_image
#include "gpu/kernel_front.h"    // struct gpu_front_scratch
#include "gpu/kernel_master.h"   // struct gpu_master_scratch
#include "gpu/kernel_tanks.h"    // GPU_TANKS_Y
#include "gpu/kernel_voices.h"   // struct mix_scratch
#include "gpu/limits.h"          // gpu_row_frames
#include "profiling/gpu/rig.h"   // RIG_TICK_FRAMES, RIG_PHRASE_FRAMES

#define ROW_FRAMES ((RIG_TICK_FRAMES / CELL_FRAMES + 2) * CELL_FRAMES)
#define SUM_FRAMES (4 * ROW_FRAMES) // dry and send, left and right
#define SCRATCH_BYTES (sizeof(struct mix_scratch) + sizeof(struct gpu_front_scratch) + \
                       GPU_TANKS_Y * sizeof(union gpu_tanks_scratch) +               \
                       sizeof(struct gpu_master_scratch))

// What goes up for one launch.
struct upload {
    struct gpu_part part;
    uint32_t flags;
    struct span span;
    struct voice_note note;
};

// Device memory of one phrase.
struct buffers {
    gpu_memory upload, sums, note, rest, drive, out, scratch;
};

struct renderer {
    uint32_t sessions;
    gpu_module module;
    gpu_function kernel[GPU_KERNEL_COUNT];
    gpu_memory states;
    bool *resets;
    int64_t phrase; // that `buffers` were taken for; -1: none are
    uint32_t phrase_slot;
    struct buffers buffers;
    struct upload *upload; // pinned
    float *out;            // pinned
};

static struct machine *device;

void naive_device_set(struct machine *machine) {
    device = machine;
}

static enum aeo_status naive_probe(const struct renderer_limits *limits, char *line, uint32_t cap) {
    (void)limits;
    snprintf(line, cap, "naive, on %s", device->name);
    return AEO_OK;
}

static enum aeo_status naive_open(const struct renderer_limits *limits, struct renderer **out,
                                  aeo_fault *fault) {
    static const char *const names[] = {
#define NAIVE_NAME(name, threads) "aeo_" #name,
        GPU_KERNELS(NAIVE_NAME)
#undef NAIVE_NAME
    };
    (void)fault;
    struct renderer *self = calloc(1, sizeof *self);
    if (!self) return AEO_ERR_MEMORY;
    self->sessions = limits->sessions_max;
    self->resets = calloc(self->sessions, sizeof *self->resets);
    if (!self->resets) {
        free(self);
        return AEO_ERR_MEMORY;
    }
    self->phrase = -1;
    self->states = machine_take(device, self->sessions * sizeof(struct effects_state));
    self->upload = machine_host_take(device, sizeof *self->upload);
    self->out = machine_host_take(device, 2 * RIG_TICK_FRAMES * sizeof *self->out);
    machine_must(device, device->cuda->module_load(&self->module, gpu_image), "the kernels");
    for (int k = 0; k < GPU_KERNEL_COUNT; k++) {
        machine_must(device,
                     device->cuda->module_function(&self->kernel[k], self->module, names[k]),
                     names[k]);
    }
    *out = self;
    return AEO_OK;
}

// ------------------------------------------------------------------------- memory per phrase

static void phrase_give(struct renderer *self) {
    if (self->phrase < 0) return;
    const struct buffers *b = &self->buffers;
    const gpu_memory all[] = {b->upload, b->sums, b->note, b->rest, b->drive, b->out, b->scratch};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        machine_give(device, all[i]);
    self->phrase = -1;
}

static void phrase_take(struct renderer *self, const struct span *span) {
    int64_t phrase = (span->from + RIG_PHRASE_FRAMES) / RIG_PHRASE_FRAMES; // never below 0
    if (phrase == self->phrase && span->slot == self->phrase_slot) return;
    phrase_give(self);
    self->phrase = phrase;
    self->phrase_slot = span->slot;
    struct buffers *b = &self->buffers;
    b->upload = machine_take(device, sizeof *self->upload);
    b->sums = machine_take(device, SUM_FRAMES * sizeof(float));
    b->note = machine_take(device, SUM_FRAMES * sizeof(float));
    b->rest = machine_take(device, (GPU_ROWS - 4) * ROW_FRAMES * sizeof(float));
    b->drive = machine_take(device, (ROW_FRAMES / CELL_FRAMES + 1) * sizeof(float));
    b->out = machine_take(device, 2 * RIG_TICK_FRAMES * sizeof(float));
    b->scratch = machine_take(device, SCRATCH_BYTES);
}

// ------------------------------------------------------------------------------ one launch

static float *at(gpu_memory base, size_t numbers) {
    return (float *)(uintptr_t)(base + numbers * sizeof(float));
}

// Describes SPAN with at most the one NOTE in it, its dry and send sums going to SUMS.
static void describe(struct renderer *self, const struct span *span, const struct plan_note *note,
                     const struct voice_note *pool, gpu_memory sums) {
    struct upload *up = self->upload;
    const struct buffers *b = &self->buffers;
    struct upload *there = (struct upload *)(uintptr_t)b->upload;
    memset(&up->part, 0, sizeof up->part);
    up->span = *span;
    up->span.note_count = note != NULL;
    if (note) {
        up->span.notes[0] = *note;
        up->span.notes[0].note = 0;
        up->note = pool[note->note];
    }
    up->flags = self->resets[span->slot] ? GPU_SPAN_RESET : 0;
    struct gpu_part *part = &up->part;
    part->span_count = 1;
    part->frames = span->frames;
    part->row_frames = gpu_row_frames(span->frames);
    part->voice_cells = MIX_CELLS_MAX / TILE_CELLS * TILE_CELLS;
    part->voice_items = 1;
    while (part->voice_items * part->voice_cells < gpu_cells_max(span->frames) + TILE_CELLS)
        part->voice_items++;
    part->front_frames = part->master_frames = GPU_ITEM_FRAMES;
    part->front_items = part->master_items = 1;
    part->flags = &there->flags;
    part->spans = &there->span;
    part->notes = &there->note;
    part->states = (struct effects_state *)(uintptr_t)self->states;
    part->dry = at(sums, 0);
    part->send = at(sums, 2 * ROW_FRAMES);
    part->passed = at(b->rest, 0);
    part->diffused = at(b->rest, 2 * ROW_FRAMES);
    part->wet = at(b->rest, (2 + GPU_DIFFUSED_ROWS) * ROW_FRAMES);
    part->drive = at(b->drive, 0);
    part->out = at(b->out, 0);
    part->scratch = (unsigned char *)(uintptr_t)b->scratch;
}

static void upload(struct renderer *self) {
    machine_must(device,
                 device->cuda->copy_up(self->buffers.upload, self->upload, sizeof *self->upload,
                                       device->stream),
                 "a copy up");
    machine_drain(device, device->stream);
}

static void run(struct renderer *self, enum gpu_kernel kernel) {
    static const unsigned threads[] = {
#define NAIVE_THREADS(name, threads) threads,
        GPU_KERNELS(NAIVE_THREADS)
#undef NAIVE_THREADS
    };
    void *arguments[] = {&self->buffers.upload};
    unsigned high = kernel == GPU_KERNEL_tanks ? GPU_TANKS_Y : 1;
    machine_must(device,
                 device->cuda->launch(self->kernel[kernel], 1, high, 1, threads[kernel], 1, 1, 0,
                                      device->stream, arguments, NULL),
                 "a launch");
}

static void add_up(struct renderer *self) {
    struct bench_work work = {.count = SUM_FRAMES,
                              .from = at(self->buffers.note, 0),
                              .to = at(self->buffers.sums, 0)};
    *device->work_host = work;
    machine_must(device,
                 device->cuda->copy_up(device->work, device->work_host, sizeof work,
                                       device->stream),
                 "a copy up");
    machine_drain(device, device->stream);
    void *arguments[] = {&device->work};
    machine_must(device,
                 device->cuda->launch(device->kernel[BENCH_KERNEL_add],
                                      SUM_FRAMES / BENCH_THREADS, 1, 1, BENCH_THREADS, 1, 1, 0,
                                      device->stream, arguments, NULL),
                 "a launch");
}

// -------------------------------------------------------------------------------- the table

static void span_render(struct renderer *self, const struct span *span,
                        const struct voice_note *pool) {
    phrase_take(self, span);
    describe(self, span, NULL, pool, self->buffers.sums); // silence, and the state's reset
    upload(self);
    run(self, GPU_KERNEL_intake);
    run(self, GPU_KERNEL_voices);
    self->resets[span->slot] = false;
    for (uint32_t i = 0; i < span->note_count; i++) {
        machine_drain(device, device->stream); // what it is about to write over has been read
        describe(self, span, &span->notes[i], pool, self->buffers.note);
        upload(self);
        run(self, GPU_KERNEL_voices);
        add_up(self);
    }
    machine_drain(device, device->stream);
    describe(self, span, NULL, pool, self->buffers.sums);
    upload(self);
    for (int k = GPU_KERNEL_front; k < GPU_KERNEL_COUNT; k++)
        run(self, (enum gpu_kernel)k);
    machine_must(device,
                 device->cuda->copy_down(self->out, self->buffers.out,
                                         2 * span->frames * sizeof *self->out, device->stream),
                 "a copy down");
    machine_drain(device, device->stream);
    if (span->out) memcpy(span->out, self->out, 2 * span->frames * sizeof *self->out);
}

static enum aeo_status naive_submit(struct renderer *self, const struct batch *batch) {
    machine_must(device, device->cuda->context_set(device->open.context), "the context");
    for (uint32_t i = 0; i < batch->span_count; i++)
        span_render(self, &batch->spans[i], batch->notes);
    return AEO_OK;
}

static enum renderer_state naive_collect(struct renderer *self, uint64_t wait_ns) {
    (void)self, (void)wait_ns;
    return RENDERER_READY;
}

static enum aeo_status naive_reset(struct renderer *self, uint32_t slot) {
    self->resets[slot] = true;
    return AEO_OK;
}

// Snapshots are not kept: nothing here is ever lost to go on from them.
static enum aeo_status naive_save(struct renderer *self, uint32_t slot, void *bytes) {
    (void)self, (void)slot;
    effects_reset(bytes);
    return AEO_OK;
}

static enum aeo_status naive_load(struct renderer *self, uint32_t slot, const void *bytes) {
    (void)self, (void)slot, (void)bytes;
    return AEO_ERR_STATE;
}

static void naive_close(struct renderer *self) {
    if (!self) return;
    phrase_give(self);
    machine_give(device, self->states);
    machine_host_give(device, self->upload);
    machine_host_give(device, self->out);
    device->cuda->module_unload(self->module);
    free(self->resets);
    free(self);
}

const struct aeo_renderer renderer_naive = {
    .version = RENDERER_VERSION,
    .name = "naive",
    .probe = naive_probe,
    .open = naive_open,
    .submit = naive_submit,
    .collect = naive_collect,
    .session_reset = naive_reset,
    .session_save = naive_save,
    .session_load = naive_load,
    .close = naive_close,
};
