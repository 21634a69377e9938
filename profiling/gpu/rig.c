// See rig.h.
#include "profiling/gpu/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/cuda_state.h"    // struct renderer
#include "gpu/renderer_cuda.h" // renderer_cuda

static void must(enum aeo_status status, const char *what) {
    if (status == AEO_OK) return;
    fprintf(stderr, "aeolian-bench-gpu: %s: %s\n", what, aeo_status_text(status));
    exit(1);
}

static void *take(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    if (!memory) must(AEO_ERR_MEMORY, "the rig");
    return memory;
}

// --------------------------------------------------------------------------- the stop-watch

// One renderer is timed at a time.
static const struct aeo_renderer *timed;
static void (*hook)(const struct batch *batch);
static struct rig_times *times;
static int64_t mark_ns;

static double lap(void) {
    int64_t now = clock_now_ns(), since = mark_ns;
    mark_ns = now;
    return (double)(now - since) * 1e-9;
}

static enum aeo_status timed_submit(struct renderer *self, const struct batch *batch) {
    double planned = lap();
    if (hook) hook(batch);
    enum aeo_status status = timed->submit(self, batch);
    if (times) {
        times->plan += planned;
        times->submit += lap();
    }
    return status;
}

static enum renderer_state timed_collect(struct renderer *self, uint64_t wait_ns) {
    enum renderer_state state = timed->collect(self, wait_ns);
    if (times) times->device += lap();
    return state;
}

static struct aeo_renderer watched;

// TABLE with the stop-watch in it.
static const struct aeo_renderer *watch(const struct aeo_renderer *table, bool one_batch) {
    timed = table;
    watched = *table;
    watched.name = "watched"; // and not one that the engine has itself
    watched.submit = timed_submit;
    watched.collect = timed_collect;
    if (one_batch) watched.batches_max = 1;
    return &watched;
}

// ---------------------------------------------------------------------------------- the engine

// Takes graphs and the second stream out of the product's renderer, for as long as it is open.
static void simplify(struct rig *rig, const struct rig_options *options) {
    struct renderer *cuda = rig->cuda;
    rig->no_graphs = options->no_graphs;
    rig->one_stream = options->one_stream;
    rig->graphs = take(GPU_SHAPES_MAX, sizeof *rig->graphs);
    for (uint32_t i = 0; rig->no_graphs && i < cuda->shape_count; i++) {
        memcpy(rig->graphs[i], cuda->shapes[i].graph, sizeof rig->graphs[i]);
        memset(cuda->shapes[i].graph, 0, sizeof rig->graphs[i]);
    }
    rig->copy = cuda->copy;
    if (rig->one_stream) cuda->copy = cuda->compute;
}

static void restore(struct rig *rig) {
    for (uint32_t i = 0; rig->no_graphs && i < rig->cuda->shape_count; i++)
        memcpy(rig->cuda->shapes[i].graph, rig->graphs[i], sizeof rig->graphs[i]);
    rig->cuda->copy = rig->copy;
    free(rig->graphs);
}

void rig_open(struct rig *rig, const struct rig_options *options) {
    memset(rig, 0, sizeof *rig);
    const struct aeo_renderer *table = watch(options->table, options->one_batch);
    aeo_options o;
    aeo_options_default(&o);
    o.renderer = table->name;
    o.renderers = &table;
    o.renderer_count = 1;
    o.sessions_max = rig->sessions_max = options->sessions;
    o.span_frames_max = rig->span_frames = options->span_frames;
    o.ring_frames = 0;
    o.min_gpu_batch = 1;
    aeo_fault fault = {AEO_OK, "", ""};
    if (aeo_engine_open(&o, &rig->engine, &fault)) {
        fprintf(stderr, "aeolian-bench-gpu: %s\n", fault.message);
        exit(1);
    }
    hook = options->before;
    rig->density = options->density;
    rig->first_seed = 1;
    rig->sessions = take(options->sessions, sizeof *rig->sessions);
    rig->outs = take(options->sessions, sizeof *rig->outs);
    const size_t frames = (size_t)options->span_frames * (options->spans ? options->spans : 1);
    rig->music = take(options->sessions * frames, 2 * sizeof *rig->music);
    for (uint32_t i = 0; i < options->sessions; i++)
        rig->outs[i] = rig->music + 2 * i * frames;
    if (options->table != &renderer_cuda) return;
    rig->cuda = rig->engine->renderers[HOME_ADDED].self;
    simplify(rig, options);
}

void rig_close(struct rig *rig) {
    for (uint32_t i = 0; i < rig->open; i++)
        aeo_session_close(rig->sessions[i]);
    if (rig->cuda) restore(rig);
    aeo_engine_close(rig->engine);
    free(rig->sessions);
    free(rig->outs);
    free(rig->music);
}

void rig_sessions(struct rig *rig, uint32_t count) {
    if (count <= rig->open) return;
    aeo_setting density = {(uint32_t)aeo_control_find("density"), rig->density};
    for (uint32_t i = rig->open; i < count; i++) {
        aeo_session_options options;
        aeo_session_options_default(&options);
        options.seed = rig->first_seed + i;
        // Listeners are at different places of their phrases and epochs.
        options.position = 120 * AEO_SAMPLE_RATE + (int64_t)(i * 7919 % 6400) * RIG_TICK_FRAMES;
        options.settings = &density;
        options.setting_count = rig->density >= 0;
        must(aeo_session_open(rig->engine, &options, &rig->sessions[i], NULL), "a session");
    }
    uint32_t before = rig->open;
    rig->open = count;
    must(aeo_sessions_render(rig->sessions + before, count - before, rig->outs + before,
                             RIG_TICK_FRAMES < rig->span_frames ? RIG_TICK_FRAMES
                                                                : rig->span_frames),
         "the look-back");
}

double rig_render(struct rig *rig, uint32_t count, uint32_t frames) {
    memset(&rig->times, 0, sizeof rig->times);
    times = &rig->times;
    int64_t begin = mark_ns = clock_now_ns();
    must(aeo_sessions_render(rig->sessions, count, rig->outs, frames), "rendering");
    rig->times.deliver += lap();
    times = NULL;
    aeo_counters counters;
    aeo_engine_counters(rig->engine, &counters);
    if (counters.renderer_lost) must(AEO_ERR_LOST, rig->engine->granted.note);
    return (double)(mark_ns - begin) * 1e-9;
}

// The kernel's word for memory that may be taken without paging, in bytes.
static double host_available(void) {
    char line[128];
    double kib = 0.0;
    FILE *file = fopen("/proc/meminfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1) break;
    }
    if (file) fclose(file);
    return kib * 1024.0;
}

uint32_t rig_sessions_fit(const struct gpu_device_open *device, uint32_t cap) {
    size_t free_bytes = 0, total_bytes = 0;
    const struct gpu_calls *cuda = &device->table.calls;
    if (cuda->context_set(device->context) || cuda->memory_info(&free_bytes, &total_bytes))
        return 1;
    const double notes = PLAN_SESSION_NOTES * sizeof(struct voice_note);
    const double lead = AEO_LEAD_FRAMES * 2 * sizeof(float);
    // A session's state lies on both sides; on the host there are its samples and itself as well.
    const double each_host = sizeof(struct effects_state) + notes + 3 * lead + sizeof(aeo_session);
    const double each_device = sizeof(struct effects_state) + notes;
    double most = 0.7 * host_available() / each_host;
    double most_device = 0.6 * (double)free_bytes / each_device;
    if (most > most_device) most = most_device;
    return most < 1 ? 1 : most > cap ? cap : (uint32_t)most;
}
