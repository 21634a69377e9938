// See renderer_flaky.h.
#include "tests/engine/renderer_flaky.h"

#include <stdlib.h>
#include <string.h>

#include "engine/fault.h"
#include "engine/lanes_cpu.h"

bool flaky_wrong_bit;
uint32_t flaky_lost_at, flaky_lost_after_saves, flaky_lost_in_save;
bool flaky_in_collect;
void (*flaky_at_loss)(void);
struct flaky_seen flaky_seen;

struct renderer {
    struct renderer *inner;
    struct renderer_limits limits;
    uint32_t batches, saves;
    bool lost;
    // "flaky-own" alone.
    float *own;   // batch_frames_max x 2
    float **outs; // of the batch under way: what the engine had given
    const struct batch *batch;
    struct batch copy; // of it, with our notes
    struct voice_note *notes;
    uint32_t note_count;
};

static enum aeo_status flaky_probe(const struct renderer_limits *limits, char *line,
                                   uint32_t cap) {
    return renderer_cpu.probe(limits, line, cap);
}

static enum aeo_status open_with(const struct renderer_limits *limits, bool reports,
                                 struct renderer **out, aeo_fault *fault) {
    struct renderer *self = calloc(1, sizeof *self);
    *out = self;
    if (!self) return AEO_ERR_MEMORY;
    self->limits = *limits;
    flaky_seen = (struct flaky_seen){.frames_max = limits->batch_frames_max};
    if (!reports) self->limits.span_done = NULL;
    return renderer_cpu.open(&self->limits, &self->inner, fault);
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
    if (status) return status;
    (*out)->own = malloc((size_t)limits->batch_frames_max * 2 * sizeof(float));
    (*out)->outs = calloc(limits->sessions_max, sizeof(float *));
    (*out)->note_count = limits->sessions_max * PLAN_SESSION_NOTES;
    (*out)->notes = calloc((*out)->note_count, sizeof(struct voice_note));
    if (!(*out)->own || !(*out)->outs || !(*out)->notes) abort();
    return AEO_OK;
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

// Has the samples of BATCH made in our own memory, whose old contents end here.
static void outs_take(struct renderer *self, const struct batch *batch) {
    memset(self->own, 0xff, (size_t)self->limits.batch_frames_max * 2 * sizeof(float));
    size_t at = 0;
    for (uint32_t i = 0; i < batch->span_count; i++) {
        struct span *span = &batch->spans[i];
        self->outs[i] = span->out;
        if (!span->out) continue;
        span->out = self->own + 2 * at;
        span->made = span->out;
        at += span->frames;
    }
    self->batch = batch;
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

static void outs_give_back(struct renderer *self) {
    for (uint32_t i = 0; self->batch && i < self->batch->span_count; i++)
        self->batch->spans[i].out = self->outs[i];
    self->batch = NULL;
}

static enum aeo_status flaky_submit(struct renderer *self, const struct batch *batch) {
    batch_check(self, batch);
    self->batches++;
    if (flaky_lost_after_saves && self->saves >= flaky_lost_after_saves) self->lost = true;
    self->saves = 0;
    if (self->batches == flaky_lost_at) {
        self->lost = true;
        if (flaky_at_loss) flaky_at_loss();
    }
    if (self->lost && !flaky_in_collect) {
        states_spoil(self);
        return AEO_ERR_LOST;
    }
    if (!self->own) return renderer_cpu.submit(self->inner, batch);
    outs_take(self, batch);
    notes_take(self, batch);
    return renderer_cpu.submit(self->inner, &self->copy);
}

static enum renderer_state flaky_collect(struct renderer *self, uint64_t wait_ns) {
    enum renderer_state state = renderer_cpu.collect(self->inner, wait_ns);
    if (self->own && flaky_wrong_bit) {
        uint32_t bits;
        memcpy(&bits, &self->own[4321], sizeof bits);
        bits ^= 1;
        memcpy(&self->own[4321], &bits, sizeof bits);
    }
    outs_give_back(self);
    if (!self->lost) return state;
    states_spoil(self);
    return RENDERER_LOST;
}

static enum aeo_status flaky_reset(struct renderer *self, uint32_t slot) {
    return self->lost ? AEO_ERR_LOST : renderer_cpu.session_reset(self->inner, slot);
}

static enum aeo_status flaky_save(struct renderer *self, uint32_t slot, void *bytes) {
    if (++self->saves > flaky_seen.saves_most) flaky_seen.saves_most = self->saves;
    if (++flaky_seen.saves == flaky_lost_in_save) {
        self->lost = true;
        states_spoil(self);
    }
    return self->lost ? AEO_ERR_LOST : renderer_cpu.session_save(self->inner, slot, bytes);
}

static enum aeo_status flaky_load(struct renderer *self, uint32_t slot, const void *bytes) {
    return self->lost ? AEO_ERR_LOST : renderer_cpu.session_load(self->inner, slot, bytes);
}

static void flaky_close(struct renderer *self) {
    if (!self) return;
    renderer_cpu.close(self->inner);
    free(self->own);
    free(self->outs);
    free(self->notes);
    free(self);
}

#define FLAKY(NAME, OPEN, REPORTS, STARTS)                                                         \
    {                                                                                              \
        .version = RENDERER_VERSION, .name = NAME, .reports_spans = REPORTS,                       \
        .starts_per_pass = STARTS, .probe = flaky_probe, .open = OPEN, .submit = flaky_submit,     \
        .collect = flaky_collect, .session_reset = flaky_reset, .session_save = flaky_save,        \
        .session_load = flaky_load, .close = flaky_close                                           \
    }

const struct aeo_renderer renderer_flaky = FLAKY("flaky", flaky_open, true, 0);
const struct aeo_renderer renderer_flaky_far = FLAKY("flaky-far", far_open, false, 0);
const struct aeo_renderer renderer_flaky_own = FLAKY("flaky-own", own_open, false,
                                                     FLAKY_OWN_STARTS);
