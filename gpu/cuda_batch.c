// A batch on its way: cut into parts, described in pinned memory, sent.
//
// Spans of one length go together; a part takes as many as fit. Notes that the device does not have
// yet travel with the part that needs them. Each part is one copy up, one graph (or, for an
// unusual shape, five launches), two events and one copy down; nothing in here waits, unless the
// descriptions outgrow the staging memory, which then is used again from its start. One thread; all
// workers lend a hand where many spans are described.
#include <assert.h>
#include <string.h>

#include "engine/worker_pool.h" // pool_begin
#include "gpu/cuda_state.h"     // struct renderer
#include "gpu/pool.h"           // gpu_aligned
#include "profiling/range.h"    // range_begin

#define COPY_SPANS 16    // that a worker copies at a time
#define COPY_TOGETHER 64 // spans from which on all workers copy: 0.1 ms of one

// ------------------------------------------------------------------------------------- order

// Spans sort by length, then by whether their samples are wanted, then as the batch has them.
static uint64_t key_of(const struct span *span, uint32_t index) {
    return ((uint64_t)span->frames << 33) | ((uint64_t)(span->out == NULL) << 32) | index;
}

static void sift(uint64_t *keys, uint32_t root, uint32_t count) {
    for (uint32_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && keys[child] < keys[child + 1]) child++;
        if (keys[root] >= keys[child]) return;
        uint64_t swap = keys[root];
        keys[root] = keys[child];
        keys[child] = swap;
    }
}

// Heap sort, because the C library's may allocate.
static void keys_sort(uint64_t *keys, uint32_t count) {
    for (uint32_t root = count / 2; root-- > 0;)
        sift(keys, root, count);
    for (uint32_t end = count; end-- > 1;) {
        uint64_t swap = keys[0];
        keys[0] = keys[end];
        keys[end] = swap;
        sift(keys, 0, end);
    }
}

// ------------------------------------------------------------------------------------- notes

static void notes_forget(struct renderer *self, const struct batch *batch) {
    uint32_t notes = self->limits.sessions_max * PLAN_SESSION_NOTES;
    if (batch->fresh_count == UINT32_MAX) {
        memset(self->present, 0, (notes + 31) / 32 * sizeof *self->present);
        return;
    }
    for (uint32_t i = 0; i < batch->fresh_count; i++) {
        if (batch->fresh[i] < notes) cuda_bit_clear(self->present, batch->fresh[i]);
    }
}

// --------------------------------------------------------------------------------- one part

struct part_spans {
    const struct batch *batch;
    const uint64_t *keys; // low 32 bits: number in the batch
    uint32_t count;       // 0: notes only
    uint32_t frames;
    bool wanted; // samples are
};

// A piece of the part being described: the same offset in the stage and on the device.
static void *piece(unsigned char *stage, size_t *used, size_t bytes, gpu_memory base,
                   gpu_memory *address) {
    void *at = stage + *used;
    *address = base + *used;
    *used += gpu_aligned(bytes);
    return at;
}

static const void *device_pointer(gpu_memory address) {
    return (const void *)(uintptr_t)address;
}

static void part_addresses(const struct renderer *self, uint32_t slot, struct gpu_part *part) {
    const struct gpu_addresses *at = &self->at;
    part->notes = (struct voice_note *)(uintptr_t)at->notes;
    part->states = (struct effects_state *)(uintptr_t)at->states;
    part->carries = (struct gpu_carry *)(uintptr_t)at->carries;
    part->dry = (float *)(uintptr_t)at->dry;
    part->send = (float *)(uintptr_t)at->send;
    part->passed = (float *)(uintptr_t)at->passed;
    part->diffused = (float *)(uintptr_t)at->diffused;
    part->wet = (float *)(uintptr_t)at->wet;
    part->drive = (float *)(uintptr_t)at->drive;
    part->out = (float *)(uintptr_t)at->out[slot];
    part->scratch = (unsigned char *)(uintptr_t)at->scratch;
}

// Spans are 6.6 kB each: where there are many, all workers write them.
struct span_copy {
    const struct part_spans *spans;
    struct span *to;
};

static void copy_task(void *context, uint32_t index, uint32_t worker) {
    (void)worker;
    const struct span_copy *copy = context;
    uint32_t first = index * COPY_SPANS, end = first + COPY_SPANS;
    if (end > copy->spans->count) end = copy->spans->count;
    for (uint32_t i = first; i < end; i++)
        copy->to[i] = copy->spans->batch->spans[(uint32_t)copy->spans->keys[i]];
}

static void spans_copy(struct renderer *self, const struct part_spans *spans, struct span *to) {
    struct span_copy copy = {spans, to};
    uint32_t tasks = (spans->count + COPY_SPANS - 1) / COPY_SPANS;
    if (spans->count < COPY_TOGETHER) {
        for (uint32_t i = 0; i < tasks; i++)
            copy_task(&copy, i, 0);
        return;
    }
    pool_begin(self->asked.pool, copy_task, &copy, tasks);
    pool_finish(self->asked.pool);
}

// Describes a part at STAGE; returns its bytes.
static size_t part_write(struct renderer *self, const struct part_spans *spans,
                         const struct gpu_shape *shape, uint32_t fresh_count, uint32_t slot,
                         unsigned char *stage) {
    const gpu_memory base = self->at.part[slot];
    size_t used = gpu_aligned(sizeof(struct gpu_part));
    gpu_memory flags_at, spans_at, numbers_at, notes_at;
    struct gpu_part *part = (struct gpu_part *)(void *)stage;
    memset(part, 0, sizeof *part);
    part_addresses(self, slot, part);
    uint32_t *flags =
        piece(stage, &used, spans->count * sizeof *part->flags, base, &flags_at);
    struct span *to = piece(stage, &used, spans->count * sizeof *part->spans, base, &spans_at);
    uint32_t *numbers = piece(stage, &used, fresh_count * sizeof *numbers, base, &numbers_at);
    struct voice_note *notes =
        piece(stage, &used, fresh_count * sizeof *notes, base, &notes_at);
    spans_copy(self, spans, to);
    for (uint32_t i = 0; i < spans->count; i++) {
        uint32_t session = spans->batch->spans[(uint32_t)spans->keys[i]].slot;
        flags[i] = cuda_bit(self->resets, session) ? GPU_SPAN_RESET : 0;
        cuda_bit_clear(self->resets, session);
    }
    for (uint32_t i = 0; i < fresh_count; i++) {
        numbers[i] = self->fresh[i];
        notes[i] = spans->batch->notes[self->fresh[i]];
    }
    part->span_count = spans->count;
    part->frames = spans->frames;
    part->row_frames = gpu_row_frames(spans->frames);
    part->voice_cells = shape->voice_cells;
    part->voice_items = shape->voice_items;
    part->front_frames = part->master_frames = GPU_ITEM_FRAMES;
    part->front_items = shape->front_items;
    part->master_items = shape->master_items;
    part->fresh_count = fresh_count;
    part->flags = device_pointer(flags_at);
    part->spans = device_pointer(spans_at);
    part->fresh_numbers = device_pointer(numbers_at);
    part->fresh = device_pointer(notes_at);
    return used;
}

// Samples come down behind the kernels; each span learns where they will lie.
static gpu_result part_fetch(struct renderer *self, const struct part_spans *spans,
                             uint32_t slot) {
    const struct gpu_calls *cuda = self->cuda;
    gpu_result result = cuda_trace_stamp(self, GPU_STAMP_DONE);
    if (!result) result = cuda->event_record(self->rendered[slot], self->compute);
    if (result || !spans->wanted) return result;
    uint64_t frames = (uint64_t)spans->count * spans->frames;
    float *to = self->host.out + 2 * self->host.out_used_frames;
    assert(self->host.out_used_frames + frames <= self->limits.batch_frames_max);
    for (uint32_t i = 0; i < spans->count; i++) {
        struct span *span = &spans->batch->spans[(uint32_t)spans->keys[i]];
        span->made = to + 2 * (uint64_t)i * spans->frames;
    }
    self->host.out_used_frames += frames;
    result = cuda->stream_wait(self->copy, self->rendered[slot], 0);
    if (!result) result = cuda_trace_stamp(self, GPU_STAMP_COPY);
    range_begin(RANGE_COPY);
    if (!result)
        result = cuda->copy_down(to, self->at.out[slot], 2 * frames * sizeof *to, self->copy);
    range_end();
    if (!result) result = cuda_trace_stamp(self, GPU_STAMP_COPIED);
    if (!result) result = cuda->event_record(self->copied[slot], self->copy);
    self->counters.bytes_down += 2 * frames * sizeof *to;
    return result;
}

// Room for one more description, at worst after everything before in this batch has been read.
static gpu_result stage_room(struct renderer *self) {
    struct gpu_host *host = &self->host;
    if (host->stage_used + self->limits.part_bytes <= self->limits.stage_bytes) return GPU_SUCCESS;
    gpu_event read = self->done[self->submitted % GPU_BATCHES]; // recorded anew at the end
    gpu_result result = self->cuda->event_record(read, self->compute);
    if (!result) result = cuda_await(self, read, self->watchdog_ns);
    host->stage_used = 0;
    self->counters.stage_waits++;
    return result;
}

static gpu_result part_send(struct renderer *self, const struct part_spans *spans,
                            uint32_t fresh_count) {
    const struct gpu_calls *cuda = self->cuda;
    const uint32_t slot = self->part_number % GPU_SLOTS;
    struct gpu_shape own;
    const struct gpu_shape *shape =
        cuda_shape_find(self, spans->frames, spans->count ? spans->count : 1, &own);
    gpu_result result = stage_room(self);
    if (result) return result;
    unsigned char *stage = self->host.stage + self->host.stage_used;
    size_t bytes = part_write(self, spans, shape, fresh_count, slot, stage);
    self->host.stage_used += bytes;
    cuda_trace_part(self, &(struct gpu_trace_part){
                              spans->count, spans->frames, bytes, shape->graph[slot] != NULL,
                              spans->wanted});
    // Before its first part the slot's event counts as passed.
    result = cuda->stream_wait(self->compute, self->copied[slot], 0);
    if (!result) result = cuda_trace_stamp(self, GPU_STAMP_UPLOAD);
    if (!result) result = cuda->copy_up(self->at.part[slot], stage, bytes, self->compute);
    if (!result) result = cuda_trace_stamp(self, GPU_STAMP_KERNELS);
    if (!result) result = cuda_shape_launch(self, shape, slot);
    if (!result) result = part_fetch(self, spans, slot);
    self->part_number++;
    self->counters.parts++;
    self->counters.bytes_up += bytes;
    return result;
}

// Lists the notes of SPAN that the device lacks; sends them ahead when the list is full.
static gpu_result notes_gather(struct renderer *self, const struct batch *batch,
                               const struct span *span, uint32_t *fresh_count) {
    for (uint32_t i = 0; i < span->note_count; i++) {
        uint32_t note = span->notes[i].note;
        if (cuda_bit(self->present, note)) continue;
        if (*fresh_count == GPU_PART_FRESH_MAX) {
            struct part_spans none = {batch, NULL, 0, self->limits.span_frames_max, false};
            gpu_result result = part_send(self, &none, *fresh_count);
            if (result) return result;
            *fresh_count = 0;
        }
        cuda_bit_set(self->present, note);
        self->fresh[(*fresh_count)++] = note;
    }
    return GPU_SUCCESS;
}

// ----------------------------------------------------------------------------------- the batch

// How many of the spans from KEYS on go into one part.
static uint32_t part_length(const struct renderer *self, const uint64_t *keys, uint32_t left) {
    uint32_t most = gpu_part_spans_of(&self->limits, (uint32_t)(keys[0] >> 33)), count = 1;
    while (count < left && count < most && keys[count] >> 32 == keys[0] >> 32)
        count++;
    return count;
}

gpu_result cuda_keeps_settle(struct renderer *self) {
    if (!self->keeps_unseen) return GPU_SUCCESS;
    self->keeps_unseen = false;
    return self->cuda->stream_wait(self->compute, self->kept, 0);
}

// Behind the samples, so that nobody waits for them: the states of the spans that ask for it.
static gpu_result keeps_fetch(struct renderer *self, const struct batch *batch) {
    const size_t bytes = sizeof(struct effects_state);
    gpu_result result = GPU_SUCCESS;
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->span_count && !result; i++) {
        struct span *span = &batch->spans[i];
        if (!span->keep) continue;
        assert(count < self->limits.keeps);
        unsigned char *to = self->host.kept + bytes * count++;
        span->kept = to;
        result = self->cuda->copy_down(to, self->at.states + bytes * span->slot, bytes, self->copy);
    }
    if (count == 0 || result) return result;
    self->keeps_unseen = true;
    self->counters.states_down += count;
    return self->cuda->event_record(self->kept, self->copy);
}

gpu_result cuda_batch_send(struct renderer *self, const struct batch *batch) {
    const uint32_t half = self->submitted % GPU_BATCHES;
    gpu_result result = cuda_keeps_settle(self);
    self->host.stage = self->host.stages[half];
    self->host.out = self->host.outs[half];
    self->host.stage_used = 0;
    self->host.out_used_frames = 0;
    if (!result) result = cuda_trace_begin(self);
    notes_forget(self, batch);
    for (uint32_t i = 0; i < batch->span_count; i++)
        self->order[i] = key_of(&batch->spans[i], i);
    keys_sort(self->order, batch->span_count);
    for (uint32_t done = 0; done < batch->span_count && !result;) {
        const uint64_t *keys = self->order + done;
        uint32_t count = part_length(self, keys, batch->span_count - done), fresh_count = 0;
        struct part_spans part = {batch, keys, count, (uint32_t)(keys[0] >> 33),
                                  (keys[0] >> 32 & 1) == 0};
        for (uint32_t i = 0; i < count && !result; i++) {
            const struct span *span = &batch->spans[(uint32_t)keys[i]];
            result = notes_gather(self, batch, span, &fresh_count);
        }
        if (!result) result = part_send(self, &part, fresh_count);
        done += count;
    }
    // Behind the last copy, and behind the last part, which has none where nobody wants samples.
    const uint32_t last = (self->part_number - 1) % GPU_SLOTS;
    if (!result) result = self->cuda->stream_wait(self->copy, self->rendered[last], 0);
    if (!result) result = self->cuda->event_record(self->done[half], self->copy);
    return result ? result : keeps_fetch(self, batch);
}
