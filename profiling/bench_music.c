// Music and captured work for the benchmark; see bench_music.h.
#include "profiling/bench_music.h"

#include "engine/renderer.h" // aeo_renderer

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, const char *why) {
    fprintf(stderr, "aeolian-bench: %s: %s\n", what, why);
    exit(1);
}

// --- the renderer that only keeps ------------------------------------------------------------

struct renderer {
    int unused;
};

static struct renderer the_only;
static struct bench_capture *target; // where submit puts what it is given; NULL: nowhere

static enum aeo_status capture_probe(const struct renderer_limits *limits, char *line,
                                     uint32_t cap) {
    (void)limits;
    snprintf(line, cap, "capture");
    return AEO_OK;
}

static enum aeo_status capture_open(const struct renderer_limits *limits, struct renderer **self,
                                    aeo_fault *fault) {
    (void)limits, (void)fault;
    *self = &the_only;
    return AEO_OK;
}

static enum aeo_status capture_submit(struct renderer *self, const struct batch *batch) {
    (void)self;
    const struct span *span = &batch->spans[0];
    if (span->out) {
        memset(span->out, 0, sizeof(float) * 2 * span->frames);
    }
    if (target) { // look-back spans come first; the last one stays
        target->span = *span;
        target->span.out = NULL;
        target->span.owner = NULL;
        memcpy(target->notes, batch->notes, sizeof target->notes);
    }
    return AEO_OK;
}

static enum renderer_state capture_collect(struct renderer *self, uint64_t wait_ns) {
    (void)self, (void)wait_ns;
    return RENDERER_READY;
}

static enum aeo_status capture_reset(struct renderer *self, uint32_t slot) {
    (void)self, (void)slot;
    return AEO_OK;
}

static enum aeo_status capture_save(struct renderer *self, uint32_t slot, void *bytes) {
    (void)self, (void)slot, (void)bytes; // there is no state, and nobody will load it
    return AEO_OK;
}

static enum aeo_status capture_load(struct renderer *self, uint32_t slot, const void *bytes) {
    (void)self, (void)slot, (void)bytes;
    return AEO_OK;
}

static void capture_close(struct renderer *self) {
    (void)self;
}

static const struct aeo_renderer renderer_capture = {
    .version = RENDERER_VERSION,
    .name = "capture",
    .probe = capture_probe,
    .open = capture_open,
    .submit = capture_submit,
    .collect = capture_collect,
    .session_reset = capture_reset,
    .session_save = capture_save,
    .session_load = capture_load,
    .close = capture_close,
};

// --- engines and sessions --------------------------------------------------------------------

static aeo_engine *engine_open(const aeo_options *options) {
    aeo_engine *engine = NULL;
    aeo_fault fault = {0};
    if (aeo_engine_open(options, &engine, &fault) != AEO_OK)
        die("opening the engine", fault.message);
    return engine;
}

aeo_engine *bench_engine_open(const char *renderer, const char *isa, uint32_t span_frames_max) {
    static const struct aeo_renderer *const extra[] = {&renderer_capture};
    aeo_options options;
    aeo_options_default(&options);
    options.renderer = renderer ? renderer : "cpu";
    options.isa = isa;
    options.threads = 1;
    options.span_frames_max = span_frames_max;
    options.ring_frames = 0;
    if (!strcmp(options.renderer, "capture")) {
        options.renderers = extra;
        options.renderer_count = 1;
    }
    return engine_open(&options);
}

aeo_engine *bench_engine_open_for(const char *renderer, const char *isa, uint32_t threads,
                                  uint32_t sessions, uint32_t span_frames_max) {
    aeo_options options;
    aeo_options_default(&options);
    options.renderer = renderer;
    options.isa = isa;
    options.threads = threads;
    options.sessions_max = sessions;
    options.span_frames_max = span_frames_max;
    return engine_open(&options);
}

aeo_session *bench_session_open(aeo_engine *engine, uint32_t scene, int64_t position) {
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.scene = aeo_scene_at(engine, scene)->slug;
    options.seed = BENCH_SEED;
    options.position = position;
    options.position_given = true;
    aeo_session *session = NULL;
    aeo_fault fault = {0};
    if (aeo_session_open(engine, &options, &session, &fault) != AEO_OK) {
        die("opening a session", fault.message);
    }
    return session;
}

// The scenes are asked for once.
static const aeo_scene_info *scene_info(uint32_t scene) {
    static aeo_scene_info infos[64];
    static uint32_t count;
    if (count == 0) {
        aeo_engine *engine = bench_engine_open("null", NULL, 4800);
        for (; count < aeo_scene_count(engine) && count < 64; count++) {
            infos[count] = *aeo_scene_at(engine, count);
        }
        aeo_engine_close(engine);
    }
    return scene < count ? &infos[scene] : NULL;
}

const char *bench_scene_name(uint32_t scene) {
    const aeo_scene_info *info = scene_info(scene);
    return info ? info->name : NULL;
}

double bench_scene_phrase_s(uint32_t scene) {
    return scene_info(scene)->phrase_s;
}

float *bench_music_render(uint32_t scene, uint32_t seconds) {
    uint32_t frames = seconds * AEO_SAMPLE_RATE;
    float *out = malloc(sizeof(float) * 2 * frames);
    aeo_engine *engine = bench_engine_open(NULL, NULL, frames);
    aeo_session *session = bench_session_open(engine, scene, 60 * AEO_SAMPLE_RATE);
    if (!out || aeo_session_render(session, out, frames) != AEO_OK) {
        die("rendering", out ? "failed" : "out of memory");
    }
    aeo_session_close(session);
    aeo_engine_close(engine);
    return out;
}

struct bench_capture *bench_music_capture(uint32_t scene, int64_t position, uint32_t frames) {
    struct bench_capture *capture = calloc(1, sizeof *capture);
    float *silence = malloc(sizeof(float) * 2 * frames);
    if (!capture || !silence) {
        die("capturing", "out of memory");
    }
    aeo_engine *engine = bench_engine_open("capture", NULL, frames);
    aeo_session *session = bench_session_open(engine, scene, position);
    target = capture;
    enum aeo_status status = aeo_session_render(session, silence, frames);
    target = NULL;
    aeo_session_close(session);
    aeo_engine_close(engine);
    free(silence);
    if (status != AEO_OK) {
        die("capturing", aeo_status_text(status));
    }
    return capture;
}
