// See renderer_flaky.h.
#include "tests/engine/renderer_flaky.h"

#include <stdlib.h>
#include <string.h>

#include "engine/fault.h"
#include "engine/lanes_cpu.h"

bool flaky_wrong_bit;
uint32_t flaky_lost_at, flaky_lost_after_keeps, flaky_lost_in_save;
bool flaky_in_collect;
void (*flaky_at_loss)(void);
struct flaky_seen flaky_seen;

#define FLAKY_MOST 2 // batches under way

struct renderer {
    struct renderer *inner;
    struct renderer_limits limits;
    uint32_t submitted, collected, keeps; // keeps: of the newest batch that had any
    bool lost, keeps_unseen;
    unsigned char *kept;                     // limits.snapshots_max states
    const struct batch *batches[FLAKY_MOST]; // under way: number k in k mod most
    // "flaky-own" and "flaky-two".
    uint32_t most; // batches under way, each of which has its part of `own`
    float *own;    // most x batch_frames_max x 2
    float **outs;  // of the batch being submitted: what the engine had given
    struct batch copy; // of it, with our notes
    struct voice_note *notes;
    uint32_t note_count;
};

static enum aeo_status flaky_probe(const struct renderer_limits *limits, char *line,
                                   uint32_t cap) {
    return renderer_cpu.probe(limits, line, cap);
}

static void *take(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    if (!memory) abort();
    return memory;
}

static enum aeo_status open_with(const struct renderer_limits *limits, bool reports,
                                 struct renderer **out, aeo_fault *fault) {
    struct renderer *self = take(1, sizeof *self);
    *out = self;
    self->limits = *limits;
    self->most = 1;
    self->kept = take(limits->snapshots_max, lanes_cpu_find("auto")->state_bytes);
    flaky_seen = (struct flaky_seen){.frames_max = limits->batch_frames_max};
    if (!reports) self->limits.span_done = NULL;
    enum aeo_status status = renderer_cpu.open(&self->limits, &self->inner, fault);
    limits->granted->snapshots = limits->snapshots_max;
    return status;
}

static enum aeo_status flaky_open(const struct renderer_limits *limits, struct renderer **out,
                                  aeo_fault *fault) {
    return open_with(limits, true, out, fault);
}

static enum aeo_status far_open(const struct renderer_limits *limits, struct renderer **out,
                                aeo_fault *fault) {
    return open_with(limits, false, out, fault);
}

static enum aeo_status own_open(const struct renderer_limits *limits, struct renderer **out,
                                aeo_fault *fault) {
    enum aeo_status status = open_with(limits, false, out, fault);
    struct renderer *self = *out;
    self->own = take((size_t)limits->batch_frames_max * FLAKY_MOST, 2 * sizeof(float));
    self->outs = take(limits->sessions_max, sizeof(float *));
    self->note_count = limits->sessions_max * PLAN_SESSION_NOTES;
    self->notes = take(self->note_count, sizeof(struct voice_note));
    return status;
}

static enum aeo_status two_open(const struct renderer_limits *limits, struct renderer **out,
                                aeo_fault *fault) {
    enum aeo_status status = own_open(limits, out, fault);
    (*out)->most = FLAKY_MOST;
    return status;
}

// What a lost GPU leaves behind: states that are worth nothing.
static void states_spoil(struct renderer *self) {
    uint32_t bytes = lanes_cpu_find("auto")->state_bytes;
    unsigned char *rubbish = malloc(bytes);
    if (!rubbish) abort();
    memset(rubbish, 0x3f, bytes);
    for (uint32_t slot = 0; slot < self->limits.sessions_max; slot++)
        renderer_cpu.session_load(self->inner, slot, rubbish);
    free(rubbish);
}

static void batch_check(struct renderer *self, const struct batch *batch) {
    uint64_t frames = 0;
    for (uint32_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        if (span->frames > self->limits.span_frames_max) abort();
        for (uint32_t j = 0; j < i; j++)
            if (batch->spans[j].slot == span->slot) abort();
        frames += span->frames;
    }
    if (batch->span_count == 0 || frames > self->limits.batch_frames_max) abort();
    if (frames > flaky_seen.fullest) flaky_seen.fullest = (uint32_t)frames;
}

// Has the samples of BATCH made in our own memory, where those end that had its place.
static float *outs_take(struct renderer *self, const struct batch *batch) {
    size_t samples = 2 * (size_t)self->limits.batch_frames_max;
    float *own = self->own + self->submitted % self->most * samples;
    memset(own, 0xff, samples * sizeof *own);
    for (uint32_t i = 0, at = 0; i < batch->span_count; i++) {
        struct span *span = &batch->spans[i];
        self->outs[i] = span->out;
        if (!span->out) continue;
        span->out = own + 2 * (size_t)at;
        span->made = span->out;
        at += span->frames;
    }
    return own;
}

static void notes_take(struct renderer *self, const struct batch *batch) {
    bool all = batch->fresh_count == UINT32_MAX;
    uint32_t count = all ? self->note_count : batch->fresh_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = all ? i : batch->fresh[i];
        if (number >= self->note_count) abort();
        self->notes[number] = batch->notes[number];
    }
    self->copy = *batch;
    self->copy.notes = self->notes;
}

// ---------------------------------------------------------------------------------- snapshots

// Says of BATCH where its states will be.
static void keeps_promise(struct renderer *self, const struct batch *batch) {
    size_t bytes = lanes_cpu_find("auto")->state_bytes;
    uint32_t count = 0;
    for (uint32_t i = 0; i < batch->span_count; i++) {
        struct span *span = &batch->spans[i];
        if (!span->keep) continue;
        if (self->keeps_unseen || count == self->limits.snapshots_max) abort();
        span->kept = self->kept + bytes * count++;
    }
    if (count > flaky_seen.keeps_most) flaky_seen.keeps_most = count;
    if (count == 0) return;
    self->keeps = count;
    self->keeps_unseen = true;
}

// BATCH has been rendered: copies the states behind it, before another batch moves them on.
static void keeps_copy(struct renderer *self, const struct batch *batch) {
    for (uint32_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        if (!span->keep) continue;
        renderer_cpu.session_save(self->inner, span->slot, (void *)(uintptr_t)span->kept);
    }
}

static bool lost_in_save(struct renderer *self) {
    if (++flaky_seen.saves == flaky_lost_in_save) {
        self->lost = true;
        states_spoil(self);
    }
    return self->lost;
}

static enum renderer_state flaky_kept(struct renderer *self, uint64_t wait_ns) {
    (void)wait_ns;
    if (lost_in_save(self)) return RENDERER_LOST;
    self->keeps_unseen = false;
    return RENDERER_READY;
}

// ------------------------------------------------------------------------------------ batches

// "flaky-own" and "flaky-two" render at once, into their own memory.
static enum aeo_status own_render(struct renderer *self, const struct batch *batch) {
    float *own = outs_take(self, batch);
    notes_take(self, batch);
    enum aeo_status status = renderer_cpu.submit(self->inner, &self->copy);
    while (!status && renderer_cpu.collect(self->inner, 1000000) == RENDERER_LATE) {
    }
    keeps_copy(self, batch);
    uint32_t bits;
    memcpy(&bits, &own[4321], sizeof bits);
    bits ^= flaky_wrong_bit;
    memcpy(&own[4321], &bits, sizeof bits);
    for (uint32_t i = 0; i < batch->span_count; i++)
        batch->spans[i].out = self->outs[i];
    return status;
}

static void lose(struct renderer *self) {
    self->lost = true;
    if (flaky_at_loss) flaky_at_loss();
}

static enum aeo_status flaky_submit(struct renderer *self, const struct batch *batch) {
    batch_check(self, batch);
    if (self->submitted - self->collected >= self->most) abort();
    if (flaky_lost_after_keeps && self->keeps >= flaky_lost_after_keeps) self->lost = true;
    if (!flaky_in_collect && self->submitted + 1 == flaky_lost_at) lose(self);
    if (self->lost && !flaky_in_collect) {
        states_spoil(self);
        return AEO_ERR_LOST;
    }
    keeps_promise(self, batch);
    self->batches[self->submitted % self->most] = batch;
    enum aeo_status status =
        self->own ? own_render(self, batch) : renderer_cpu.submit(self->inner, batch);
    self->submitted++;
    uint32_t under_way = self->submitted - self->collected;
    if (under_way > flaky_seen.under_way_most) flaky_seen.under_way_most = under_way;
    return status;
}

static enum renderer_state flaky_collect(struct renderer *self, uint64_t wait_ns) {
    enum renderer_state state =
        self->own ? RENDERER_READY : renderer_cpu.collect(self->inner, wait_ns);
    if (state != RENDERER_READY) return state;
    if (flaky_in_collect && self->collected + 1 == flaky_lost_at) lose(self);
    if (self->lost) {
        states_spoil(self);
        return RENDERER_LOST;
    }
    if (!self->own) keeps_copy(self, self->batches[self->collected % self->most]);
    self->collected++;
    return RENDERER_READY;
}

static enum aeo_status flaky_reset(struct renderer *self, uint32_t slot) {
    return self->lost ? AEO_ERR_LOST : renderer_cpu.session_reset(self->inner, slot);
}

static enum aeo_status flaky_save(struct renderer *self, uint32_t slot, void *bytes) {
    if (lost_in_save(self)) return AEO_ERR_LOST;
    return renderer_cpu.session_save(self->inner, slot, bytes);
}

static enum aeo_status flaky_load(struct renderer *self, uint32_t slot, const void *bytes) {
    return self->lost ? AEO_ERR_LOST : renderer_cpu.session_load(self->inner, slot, bytes);
}

static void flaky_close(struct renderer *self) {
    if (!self) return;
    renderer_cpu.close(self->inner);
    free(self->kept);
    free(self->own);
    free(self->outs);
    free(self->notes);
    free(self);
}

#define FLAKY(NAME, OPEN, REPORTS, STARTS, MOST)                                                   \
    {                                                                                              \
        .version = RENDERER_VERSION, .name = NAME, .reports_spans = REPORTS,                       \
        .starts_per_pass = STARTS, .batches_max = MOST, .probe = flaky_probe, .open = OPEN,        \
        .submit = flaky_submit, .collect = flaky_collect, .kept = flaky_kept,                      \
        .session_reset = flaky_reset, .session_save = flaky_save, .session_load = flaky_load,      \
        .close = flaky_close                                                                       \
    }

const struct aeo_renderer renderer_flaky = FLAKY("flaky", flaky_open, true, 0, 1);
const struct aeo_renderer renderer_flaky_far = FLAKY("flaky-far", far_open, false, 0, 1);
const struct aeo_renderer renderer_flaky_own = FLAKY("flaky-own", own_open, false,
                                                     FLAKY_OWN_STARTS, 1);
const struct aeo_renderer renderer_flaky_two = FLAKY("flaky-two", two_open, false,
                                                     FLAKY_OWN_STARTS, FLAKY_MOST);
