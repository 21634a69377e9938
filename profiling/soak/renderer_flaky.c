// See renderer_flaky.h: the table of renderer_cpu, with waits and a loss before it. Engine thread.
#include "profiling/soak/renderer_flaky.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/fault.h"              // fault_set
#include "engine/renderer.h"           // struct aeo_renderer
#include "profiling/meters.h"          // meter_now_ns
#include "profiling/soak/fault_page.h" // struct fault_page

struct renderer {
    struct renderer *cpu;
    const struct fault_page *page;
    struct renderer_granted *granted;
    const struct batch *batch; // not yet begun, or NULL
    int64_t begin_ns;          // when it may
};

bool renderer_flaky_wanted(void) {
    const char *asked = getenv(FAULT_RENDERER_ENVIRONMENT);
    return asked && !strcmp(asked, "1");
}

static enum aeo_status flaky_probe(const struct renderer_limits *limits, char *line, uint32_t cap) {
    char isa[64];
    enum aeo_status status = renderer_cpu.probe(limits, isa, sizeof isa);
    snprintf(line, cap, "%s, fails when it is told to", isa);
    return status;
}

static enum aeo_status flaky_open(const struct renderer_limits *limits, struct renderer **out,
                                  aeo_fault *fault) {
    *out = NULL;
    struct renderer *self = calloc(1, sizeof *self);
    if (!self) return fault_set(fault, AEO_ERR_MEMORY, "renderer", "no memory");
    self->page = fault_page_map();
    self->granted = limits->granted;
    enum aeo_status status =
        self->page ? renderer_cpu.open(limits, &self->cpu, fault)
                   : fault_set(fault, AEO_ERR_RENDERER, "renderer", "%s is no file to map",
                               FAULT_PAGE_ENVIRONMENT);
    if (status) free(self);
    else *out = self;
    return status;
}

static enum aeo_status flaky_submit(struct renderer *self, const struct batch *batch) {
    if (atomic_load_explicit(&self->page->lost, memory_order_relaxed)) {
        if (self->granted)
            snprintf(self->granted->note, sizeof self->granted->note, "it was told to be lost");
        return AEO_ERR_LOST;
    }
    uint32_t late_ms = atomic_load_explicit(&self->page->late_ms, memory_order_relaxed);
    if (late_ms == 0) return renderer_cpu.submit(self->cpu, batch);
    self->batch = batch;
    self->begin_ns = meter_now_ns() + (int64_t)late_ms * 1000000;
    return AEO_OK;
}

static enum renderer_state flaky_collect(struct renderer *self, uint64_t wait_ns) {
    if (self->batch) {
        int64_t left_ns = self->begin_ns - meter_now_ns();
        bool too_long = left_ns > 0 && (uint64_t)left_ns > wait_ns;
        int64_t nap_ns = too_long ? (int64_t)wait_ns : left_ns;
        struct timespec nap = {(time_t)(nap_ns / 1000000000), (long)(nap_ns % 1000000000)};
        if (nap_ns > 0) nanosleep(&nap, NULL);
        if (too_long) return RENDERER_LATE;
        const struct batch *batch = self->batch;
        self->batch = NULL;
        if (renderer_cpu.submit(self->cpu, batch)) return RENDERER_LOST;
    }
    return renderer_cpu.collect(self->cpu, wait_ns);
}

static enum aeo_status flaky_reset(struct renderer *self, uint32_t slot) {
    return renderer_cpu.session_reset(self->cpu, slot);
}

static enum aeo_status flaky_save(struct renderer *self, uint32_t slot, void *bytes) {
    return renderer_cpu.session_save(self->cpu, slot, bytes);
}

static enum aeo_status flaky_load(struct renderer *self, uint32_t slot, const void *bytes) {
    return renderer_cpu.session_load(self->cpu, slot, bytes);
}

static void flaky_close(struct renderer *self) {
    if (!self) return;
    renderer_cpu.close(self->cpu);
    free(self);
}

const struct aeo_renderer renderer_flaky = {
    .version = RENDERER_VERSION,
    .name = "flaky",
    .reports_spans = true,
    .probe = flaky_probe,
    .open = flaky_open,
    .submit = flaky_submit,
    .collect = flaky_collect,
    .session_reset = flaky_reset,
    .session_save = flaky_save,
    .session_load = flaky_load,
    .close = flaky_close,
};
