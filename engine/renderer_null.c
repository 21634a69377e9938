// The null renderer: silence, in the time it is told to take. Server tests run on it, as it costs
// nothing and can misbehave on demand.
//
// AEOLIAN_NULL_FAULTS in the environment, read at open: a list of words with numbers,
//   late=MS      every batch takes MS milliseconds
//   lost=N       the renderer is lost in batch N (counted from 1)
//   fail         it does not open
// The effect state it saves is that of silence, so that the CPU renderer can go on from it.
// Engine thread.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/fault.h"     // fault_set
#include "engine/lanes_cpu.h" // effects_reset
#include "engine/renderer.h"  // struct aeo_renderer

struct renderer {
    uint32_t late_ms, lost_at, batches;
    const struct batch *batch; // under way, or NULL
    struct timespec done_at;
};

// The number behind NAME= in TEXT; 0 when it is not there.
static uint32_t fault_number(const char *text, const char *name) {
    const char *at = text ? strstr(text, name) : NULL;
    return at ? (uint32_t)strtoul(at + strlen(name), NULL, 10) : 0;
}

static enum aeo_status null_probe(const struct renderer_limits *limits, char *line, uint32_t cap) {
    (void)limits;
    snprintf(line, cap, "silence in real time");
    return AEO_OK;
}

static enum aeo_status null_open(const struct renderer_limits *limits, struct renderer **out,
                                 aeo_fault *fault) {
    (void)limits;
    const char *faults = getenv("AEOLIAN_NULL_FAULTS");
    *out = NULL;
    if (faults && strstr(faults, "fail")) {
        return fault_set(fault, AEO_ERR_RENDERER, "renderer",
                         "the null renderer was told to fail (AEOLIAN_NULL_FAULTS)");
    }
    struct renderer *self = calloc(1, sizeof *self);
    if (!self) return fault_set(fault, AEO_ERR_MEMORY, "renderer", "no memory");
    self->late_ms = fault_number(faults, "late=");
    self->lost_at = fault_number(faults, "lost=");
    *out = self;
    return AEO_OK;
}

static enum aeo_status null_submit(struct renderer *self, const struct batch *batch) {
    self->batches++;
    if (self->lost_at && self->batches >= self->lost_at) return AEO_ERR_LOST;
    self->batch = batch;
    clock_gettime(CLOCK_MONOTONIC, &self->done_at);
    self->done_at.tv_nsec += (long)(self->late_ms % 1000) * 1000000;
    self->done_at.tv_sec += self->late_ms / 1000 + self->done_at.tv_nsec / 1000000000;
    self->done_at.tv_nsec %= 1000000000;
    return AEO_OK;
}

static int64_t ns_until(const struct timespec *then) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(then->tv_sec - now.tv_sec) * 1000000000 + (then->tv_nsec - now.tv_nsec);
}

static enum renderer_state null_collect(struct renderer *self, uint64_t wait_ns) {
    if (!self->batch) return RENDERER_READY;
    int64_t left = ns_until(&self->done_at);
    if (left > 0 && (uint64_t)left > wait_ns) {
        struct timespec wait = {(time_t)(wait_ns / 1000000000), (long)(wait_ns % 1000000000)};
        nanosleep(&wait, NULL);
        return RENDERER_LATE;
    }
    if (left > 0) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &self->done_at, NULL);
    for (uint32_t i = 0; i < self->batch->span_count; i++) {
        const struct span *span = &self->batch->spans[i];
        if (span->out) memset(span->out, 0, span->frames * 2 * sizeof span->out[0]);
    }
    self->batch = NULL;
    return RENDERER_READY;
}

static enum aeo_status null_reset(struct renderer *self, uint32_t slot) {
    (void)self;
    (void)slot;
    return AEO_OK;
}

static enum aeo_status null_save(struct renderer *self, uint32_t slot, void *bytes) {
    (void)self;
    (void)slot;
    lanes_cpu_find("auto")->effects_reset(bytes);
    return AEO_OK;
}

static enum aeo_status null_load(struct renderer *self, uint32_t slot, const void *bytes) {
    (void)self;
    (void)slot;
    (void)bytes;
    return AEO_OK;
}

static void null_close(struct renderer *self) {
    free(self);
}

const struct aeo_renderer renderer_null = {
    .version = RENDERER_VERSION,
    .name = "null",
    .probe = null_probe,
    .open = null_open,
    .submit = null_submit,
    .collect = null_collect,
    .session_reset = null_reset,
    .session_save = null_save,
    .session_load = null_load,
    .close = null_close,
};
