// See renderer_flaky.h.
#include "tests/engine/renderer_flaky.h"

#include <stdlib.h>
#include <string.h>

#include "engine/fault.h"
#include "engine/lanes_cpu.h"

uint32_t flaky_lost_at;
bool flaky_in_collect;

struct renderer {
    struct renderer *inner;
    struct renderer_limits limits;
    uint32_t batches;
    bool lost;
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

static enum aeo_status flaky_submit(struct renderer *self, const struct batch *batch) {
    self->batches++;
    if (self->batches == flaky_lost_at) self->lost = true;
    if (self->lost && !flaky_in_collect) {
        states_spoil(self);
        return AEO_ERR_LOST;
    }
    return renderer_cpu.submit(self->inner, batch);
}

static enum renderer_state flaky_collect(struct renderer *self, uint64_t wait_ns) {
    enum renderer_state state = renderer_cpu.collect(self->inner, wait_ns);
    if (!self->lost) return state;
    states_spoil(self);
    return RENDERER_LOST;
}

static enum aeo_status flaky_reset(struct renderer *self, uint32_t slot) {
    return self->lost ? AEO_ERR_LOST : renderer_cpu.session_reset(self->inner, slot);
}

static enum aeo_status flaky_save(struct renderer *self, uint32_t slot, void *bytes) {
    return self->lost ? AEO_ERR_LOST : renderer_cpu.session_save(self->inner, slot, bytes);
}

static enum aeo_status flaky_load(struct renderer *self, uint32_t slot, const void *bytes) {
    return self->lost ? AEO_ERR_LOST : renderer_cpu.session_load(self->inner, slot, bytes);
}

static void flaky_close(struct renderer *self) {
    if (!self) return;
    renderer_cpu.close(self->inner);
    free(self);
}

#define FLAKY(NAME, OPEN, REPORTS)                                                                 \
    {                                                                                              \
        .version = RENDERER_VERSION, .name = NAME, .reports_spans = REPORTS,                       \
        .probe = flaky_probe, .open = OPEN, .submit = flaky_submit, .collect = flaky_collect,      \
        .session_reset = flaky_reset, .session_save = flaky_save, .session_load = flaky_load,      \
        .close = flaky_close                                                                       \
    }

const struct aeo_renderer renderer_flaky = FLAKY("flaky", flaky_open, true);
const struct aeo_renderer renderer_flaky_far = FLAKY("flaky-far", far_open, false);
