// Whole scenes through the public interface, one thread: how many times faster than real time, in
// spans of 100 ms as a live listener gets them and of a phrase as a file gets them. The music runs
// over one whole epoch of the reverb, so that its two tanks sound together as often as they do on
// average. Composing and planning are measured with the renderer that renders silence.
#include "profiling/bench.h"
#include "profiling/bench_music.h" // bench_engine_open

#include <stdio.h>
#include <stdlib.h>

enum {
    FROM = 2 * 96 * 48000, // the third epoch
    PIECES = 6,            // spread evenly over it
    PIECE_FRAMES = 16 * 48000,
    LIVE_FRAMES = AEO_TICK_FRAMES,
};

// What is rendered, and how.
struct scene_run {
    const char *renderer, *isa;
    uint32_t scene, span;
    uint32_t piece_frames; // of each piece: all of it, or as much as there is time for
};

static void fail(const struct scene_run *run) {
    fprintf(stderr, "aeolian-bench: rendering %s failed\n", bench_scene_name(run->scene));
    exit(1);
}

// Seconds for the piece that begins at FROM.
static double piece_s(const struct scene_run *run, aeo_engine *engine, int64_t from, float *out) {
    aeo_session *session = bench_session_open(engine, run->scene, from);
    if (aeo_session_render(session, out, LIVE_FRAMES) != AEO_OK) { // and its look-back
        fail(run);
    }
    double begun_s = bench_now_s();
    for (uint32_t left = run->piece_frames; left > 0;) {
        uint32_t frames = left < run->span ? left : run->span;
        if (aeo_session_render(session, out, frames) != AEO_OK) {
            fail(run);
        }
        left -= frames;
    }
    double seconds = bench_now_s() - begun_s;
    aeo_session_close(session);
    return seconds;
}

static double run_s(const struct scene_run *run) {
    float *out = malloc(sizeof(float) * 2 * run->span);
    aeo_engine *engine = bench_engine_open(run->renderer, run->isa, run->span);
    double seconds = 0.0;
    if (!out) {
        fail(run);
    }
    for (int piece = 0; piece < PIECES; piece++) {
        seconds += piece_s(run, engine, FROM + (int64_t)piece * PIECE_FRAMES, out);
    }
    aeo_engine_close(engine);
    free(out);
    return seconds;
}

// Seconds for one second of audio: the best of as many runs as the budget allows.
static double best_s(const struct bench *bench, const struct scene_run *run) {
    double best = run_s(run);
    for (double spent = best; spent < 3.0 * bench->budget_s;) {
        double seconds = run_s(run);
        spent += seconds;
        best = seconds < best ? seconds : best;
    }
    return best / ((double)PIECES * run->piece_frames / AEO_SAMPLE_RATE);
}

static void measure_speed(struct bench *bench, uint32_t scene, uint32_t span) {
    char name[72];
    snprintf(name, sizeof name, "%s, spans of %g s", bench_scene_name(scene),
             (double)span / AEO_SAMPLE_RATE);
    struct bench_row *row = bench_add(bench, "Scenes", name, BENCH_TIMES);
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        struct scene_run run = {"cpu", bench->isas[i], scene, span,
                                PIECE_FRAMES / bench->thinning[i]};
        if (run.piece_frames >= span || bench->thinning[i] == 1) {
            row->value[i] = 1.0 / best_s(bench, &run);
        }
    }
}

void bench_scenes(struct bench *bench) {
    char name[72];
    for (uint32_t scene = 0; bench_scene_name(scene); scene++) {
        measure_speed(bench, scene, LIVE_FRAMES);
        measure_speed(bench, scene,
                      (uint32_t)(bench_scene_phrase_s(scene) * AEO_SAMPLE_RATE + 0.5));
    }
    for (uint32_t scene = 0; bench_scene_name(scene); scene++) {
        struct scene_run run = {"null", NULL, scene, LIVE_FRAMES, PIECE_FRAMES};
        snprintf(name, sizeof name, "%s, spans of 0.1 s", bench_scene_name(scene));
        struct bench_row *row = bench_add(bench, "Composing and planning", name, BENCH_MS);
        double ms = best_s(bench, &run) * 1e3;
        for (uint32_t i = 0; i < bench->isa_count; i++) {
            row->value[i] = ms; // scalar code, the same for all
        }
    }
}
