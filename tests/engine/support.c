// See support.h.
#include "tests/engine/support.h"

#include <time.h>

aeo_engine *engine_get(const struct setup *setup) {
    aeo_options options;
    aeo_options_default(&options);
    if (setup->renderer) options.renderer = setup->renderer;
    if (setup->isa) options.isa = setup->isa;
    if (setup->threads) options.threads = setup->threads;
    if (setup->sessions) options.sessions_max = setup->sessions;
    if (setup->span_frames) options.span_frames_max = setup->span_frames;
    options.ring_frames = setup->ring_frames;
    options.renderers = &setup->added;
    options.renderer_count = setup->added != NULL;
    options.min_gpu_batch = setup->min_batch;
    aeo_engine *engine;
    aeo_fault fault = {AEO_OK, "", ""};
    if (aeo_engine_open(&options, &engine, &fault)) fail_msg("engine: %s", fault.message);
    return engine;
}

static aeo_session *session_open(aeo_engine *engine, const aeo_session_options *options) {
    aeo_session *session;
    aeo_fault fault = {AEO_OK, "", ""};
    if (aeo_session_open(engine, options, &session, &fault)) fail_msg("session: %s", fault.message);
    return session;
}

aeo_session *session_get(aeo_engine *engine, const char *scene, uint64_t seed, int64_t position) {
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.scene = scene;
    options.seed = seed;
    options.position = position;
    options.exact = true;
    return session_open(engine, &options);
}

aeo_session *session_at(aeo_engine *engine, const char *address) {
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.address = address;
    options.exact = true;
    return session_open(engine, &options);
}

float *frames_render(aeo_session *session, uint32_t frames) {
    float *out = malloc((size_t)frames * 2 * sizeof *out);
    assert_non_null(out);
    memset(out, 0x7f, (size_t)frames * 2 * sizeof *out); // what is not written is not music
    assert_int_equal(aeo_session_render(session, out, frames), AEO_OK);
    return out;
}

float *music_render(const struct setup *setup, const char *scene, uint64_t seed, int64_t position,
                    uint32_t frames) {
    aeo_engine *engine = engine_get(setup);
    aeo_session *session = session_get(engine, scene, seed, position);
    float *out = frames_render(session, frames);
    aeo_session_close(session);
    aeo_engine_close(engine);
    return out;
}

uint64_t frames_hash(const float *interleaved, size_t frames) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < frames * 2; i++) {
        uint32_t bits;
        memcpy(&bits, &interleaved[i], sizeof bits);
        for (uint32_t byte = 0; byte < 4; byte++)
            hash = (hash ^ (bits >> 8 * byte & 255)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

void frames_assert_equal(const float *a, const float *b, size_t frames, const char *what) {
    for (size_t i = 0; i < frames * 2; i++) {
        if (memcmp(&a[i], &b[i], sizeof a[i])) {
            fail_msg("%s: frame %zu channel %zu: %.9g is not %.9g", what, i / 2, i % 2,
                     (double)a[i], (double)b[i]);
        }
    }
}

void frames_assert_music(const float *interleaved, size_t frames) {
    double power = 0.0;
    for (size_t i = 0; i < frames * 2; i++) {
        double x = (double)interleaved[i];
        if (!(x >= -1.0 && x <= 1.0)) fail_msg("frame %zu is %g", i / 2, x);
        power += x * x;
    }
    power /= (double)frames * 2;
    if (power < 1e-8) fail_msg("silence: mean power %g", power);
}

void sleep_ms(uint32_t ms) {
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}
