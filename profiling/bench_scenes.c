// Whole scenes through the public interface, one thread: how many times faster than real time, in
// spans of 100 ms as a live listener gets them and of a phrase as a file gets them. The music runs
// over one whole epoch of the reverb, so that its two tanks sound together as often as they do on
// average. Composing and planning are measured with the renderer that renders silence.
#include "profiling/bench.h"
#include "profiling/bench_music.h" // bench_engine_open

#include <stdio.h>
#include <stdlib.h>

enum {
    FROM = 2 * 96 * 48000,    // the third epoch
    FRAMES = 96 * 48000,
    LIVE_FRAMES = AEO_TICK_FRAMES,
};

// Seconds it takes to render one epoch of the scene in spans of SPAN frames.
static double render_s(const char *renderer, const char *isa, uint32_t scene, uint32_t span)
{
    float *out = malloc(sizeof(float) * 2 * span);
    aeo_engine *engine = bench_engine_open(renderer, isa, span);
    aeo_session *session = bench_session_open(engine, scene, FROM);
    if (!out || aeo_session_render(session, out, LIVE_FRAMES) != AEO_OK) { // and its look-back
        fprintf(stderr, "aeolian-bench: rendering %s failed\n", bench_scene_name(scene));
        exit(1);
    }
    double begun_s = bench_now_s();
    for (uint32_t left = FRAMES; left > 0;) {
        uint32_t frames = left < span ? left : span;
        aeo_session_render(session, out, frames);
        left -= frames;
    }
    double spent_s = bench_now_s() - begun_s;
    aeo_session_close(session);
    aeo_engine_close(engine);
    free(out);
    return spent_s;
}

// The best of as many runs as the budget allows, at least two where they are short.
static double best_s(const struct bench *bench, const char *renderer, const char *isa,
                     uint32_t scene, uint32_t span)
{
    double best = render_s(renderer, isa, scene, span);
    for (double spent = best; spent < 4.0 * bench->budget_s;) {
        double seconds = render_s(renderer, isa, scene, span);
        spent += seconds;
        best = seconds < best ? seconds : best;
    }
    return best;
}

static const double audio_s = (double)FRAMES / AEO_SAMPLE_RATE;

void bench_scenes(struct bench *bench)
{
    char name[72];
    for (uint32_t scene = 0; bench_scene_name(scene); scene++) {
        uint32_t phrase = (uint32_t)(bench_scene_phrase_s(scene) * AEO_SAMPLE_RATE + 0.5);
        const uint32_t spans[] = {LIVE_FRAMES, phrase};
        for (int s = 0; s < 2; s++) {
            snprintf(name, sizeof name, "%s, spans of %g s", bench_scene_name(scene),
                     (double)spans[s] / AEO_SAMPLE_RATE);
            struct bench_row *row = bench_add(bench, "Scenes", name, BENCH_TIMES);
            for (uint32_t i = 0; i < bench->isa_count; i++) {
                row->value[i] = audio_s / best_s(bench, "cpu", bench->isas[i], scene, spans[s]);
            }
        }
    }
    for (uint32_t scene = 0; bench_scene_name(scene); scene++) {
        snprintf(name, sizeof name, "%s, spans of 0.1 s", bench_scene_name(scene));
        double ms = best_s(bench, "null", NULL, scene, LIVE_FRAMES) * 1e3 / audio_s;
        struct bench_row *row = bench_add(bench, "Composing and planning", name, BENCH_MS);
        for (uint32_t i = 0; i < bench->isa_count; i++) {
            row->value[i] = ms; // scalar code, the same for all
        }
    }
}
