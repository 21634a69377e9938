// The CUDA renderer behind the seam (engine/renderer.h): see cuda_state.h for the picture.
//
// submit enqueues a whole batch and returns, with another one perhaps under way; collect asks for
// the last event of the older one. Whatever fails, and a batch that takes longer than its longest
// span takes to play, ends in "lost": the reason is kept, no driver call is made any more, and the
// engine goes on with the processor from its snapshots. One thread at a time.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/fault.h"   // fault_set
#include "gpu/cuda_state.h" // struct renderer

#define POLL_NS 50000
// Opening compiles and loads; a machine under load may take its time.
#define OPEN_WATCHDOG_NS INT64_C(30000000000)
#define TICK_FRAMES 4800
#define STARTS_PER_PASS 64
#define FRAME_NS INT64_C(20834) // of 48 kHz, rounded up

int64_t cuda_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void nap(void) {
    struct timespec time = {0, POLL_NS};
    nanosleep(&time, NULL);
}

gpu_result cuda_await(struct renderer *self, gpu_event event, int64_t limit_ns) {
    int64_t until = cuda_now_ns() + limit_ns;
    for (;;) {
        gpu_result result = self->cuda->event_query(event);
        if (result != GPU_ERROR_NOT_READY || cuda_now_ns() >= until) return result;
        nap();
    }
}

enum aeo_status cuda_lose(struct renderer *self, const char *what, gpu_result result) {
    self->lost = true;
    self->collected = self->submitted; // no batch is waited for any more
    if (result == GPU_ERROR_NOT_READY) {
        self->hung = true;
        snprintf(self->reason, sizeof self->reason, "%s did not end in time", what);
    } else {
        const char *text = NULL;
        if (self->cuda->error_text(result, &text) || !text) text = "unknown error";
        snprintf(self->reason, sizeof self->reason, "%s: %s (CUDA error %d)", what, text, result);
    }
    if (self->asked.granted) {
        snprintf(self->asked.granted->note, sizeof self->asked.granted->note, "%s", self->reason);
    }
    return AEO_ERR_LOST;
}

// ----------------------------------------------------------------------------- the table

static enum aeo_status cuda_probe(const struct renderer_limits *limits, char *line, uint32_t cap) {
    return gpu_device_probe(limits->device, line, cap);
}

// How long a batch may take: as long as its longest span plays, or what the operator allows.
static int64_t watchdog_of(const struct batch *batch) {
    const char *text = getenv("AEOLIAN_GPU_WATCHDOG_MS");
    if (text) {
        char *end;
        unsigned long ms = strtoul(text, &end, 10);
        if (end != text && !*end && ms > 0 && ms <= 3600000) return (int64_t)ms * 1000000;
    }
    uint32_t longest = TICK_FRAMES;
    for (uint32_t i = 0; i < batch->span_count; i++) {
        if (batch->spans[i].frames > longest) longest = batch->spans[i].frames;
    }
    return longest * FRAME_NS;
}

static void figures_tell(const struct renderer *self) {
    const struct gpu_counters *counters = &self->counters;
    if (!self->asked.granted) return;
    struct renderer_figures *figures = &self->asked.granted->figures;
    renderer_figure_set(&figures->on_device, (uint64_t)self->device.number + 1);
    renderer_figure_set(&figures->memory_bytes, self->limits.device_bytes);
    renderer_figure_set(&figures->launches, counters->graph_hits + counters->kernel_launches);
    renderer_figure_set(&figures->graph_hits, counters->graph_hits);
    renderer_figure_set(&figures->graph_misses, counters->graph_misses);
}

static enum aeo_status renderer_open(const struct renderer_limits *limits, struct renderer **out,
                                     aeo_fault *fault) {
    *out = NULL;
    struct renderer *self = calloc(1, sizeof *self);
    if (!self) return fault_set(fault, AEO_ERR_MEMORY, "renderer", "no memory");
    self->asked = *limits;
    self->watchdog_ns = OPEN_WATCHDOG_NS;
    enum aeo_status status = cuda_open(self, fault);
    if (status) {
        cuda_close(self);
        free(self);
        return status;
    }
    figures_tell(self);
    if (limits->granted) {
        limits->granted->sessions = self->limits.sessions_max;
        limits->granted->snapshots = self->limits.keeps;
        snprintf(limits->granted->note, sizeof limits->granted->note, "%s", self->limits.given_up);
    }
    *out = self;
    return AEO_OK;
}

static enum aeo_status cuda_submit(struct renderer *self, const struct batch *batch) {
    if (self->lost) return AEO_ERR_LOST;
    assert(self->submitted - self->collected < GPU_BATCHES);
    const uint32_t half = self->submitted % GPU_BATCHES;
    int64_t begin = cuda_now_ns();
    self->watchdog_ns = self->limit_ns[half] = watchdog_of(batch);
    gpu_result result = self->cuda->context_set(self->device.context);
    if (!result) result = cuda_batch_send(self, batch);
    if (result) return cuda_lose(self, "sending a batch", result);
    self->since_ns[half] = begin;
    self->submitted++;
    self->counters.batches++;
    self->counters.spans += batch->span_count;
    self->counters.submit_ns += (uint64_t)(cuda_now_ns() - begin);
    figures_tell(self);
    return AEO_OK;
}

static enum renderer_state cuda_collect(struct renderer *self, uint64_t wait_ns) {
    if (self->lost) return RENDERER_LOST;
    if (self->collected == self->submitted) return RENDERER_READY;
    const uint32_t half = self->collected % GPU_BATCHES;
    int64_t left = self->since_ns[half] + self->limit_ns[half] - cuda_now_ns();
    bool last = left <= (int64_t)wait_ns;
    gpu_result result = self->cuda->context_set(self->device.context);
    if (!result) result = cuda_await(self, self->done[half], last ? left : (int64_t)wait_ns);
    if (result == GPU_SUCCESS) {
        cuda_trace_tell(self, half);
        self->collected++;
        self->since_ns[1 - half] = cuda_now_ns(); // the next one's turn begins only now
        return RENDERER_READY;
    }
    if (result == GPU_ERROR_NOT_READY && !last) return RENDERER_LATE;
    (void)cuda_lose(self, "a batch", result);
    return RENDERER_LOST;
}

static void renderer_close(struct renderer *self) {
    if (!self) return;
    // The copy stream is in order: behind the newest batch and its snapshots all is done.
    gpu_event last = self->done[(self->submitted + 1) % GPU_BATCHES];
    if (self->collected < self->submitted && cuda_await(self, last, self->watchdog_ns))
        self->hung = true;
    if (!self->lost && self->keeps_unseen && cuda_await(self, self->kept, self->watchdog_ns))
        self->hung = true;
    cuda_close(self);
    free(self);
}

struct gpu_counters renderer_cuda_counters(const struct renderer *self) {
    struct gpu_counters counters = self->counters;
    counters.breaches = gpu_breaches();
    return counters;
}

const struct aeo_renderer renderer_cuda = {
    .version = RENDERER_VERSION,
    .name = "cuda",
    .reports_spans = false,
    .starts_per_pass = STARTS_PER_PASS,
    .batches_max = GPU_BATCHES,
    .probe = cuda_probe,
    .open = renderer_open,
    .submit = cuda_submit,
    .collect = cuda_collect,
    .kept = cuda_kept,
    .session_reset = cuda_session_reset,
    .session_save = cuda_session_save,
    .session_load = cuda_session_load,
    .close = renderer_close,
};
