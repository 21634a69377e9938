// Real music for the benchmark, by the engine's own public interface; and what the engine would
// hand to a renderer for it, caught by a renderer that only keeps what it is given.
#ifndef PROFILING_BENCH_MUSIC_H
#define PROFILING_BENCH_MUSIC_H

#include "engine/aeolian.h" // aeo_engine
#include "engine/plan.h"    // struct span

enum { BENCH_SEED = 1 };

// An engine of one thread; exits with a line on failure. NULL for isa or renderer is auto.
aeo_engine *bench_engine_open(const char *renderer, const char *isa, uint32_t span_frames_max);

// An engine with THREADS, for so many sessions at once.
aeo_engine *bench_engine_open_for(const char *renderer, const char *isa, uint32_t threads,
                                  uint32_t sessions, uint32_t span_frames_max);

// A session of the scene with that index, seed 1, at POSITION; short look-back.
aeo_session *bench_session_open(aeo_engine *engine, uint32_t scene, int64_t position);

// Names of the scenes. Valid until the program ends; NULL when out of range.
const char *bench_scene_name(uint32_t scene);
double bench_scene_phrase_s(uint32_t scene);

// SECONDS of music from 60 s on, interleaved; the caller frees it.
float *bench_music_render(uint32_t scene, uint32_t seconds);

struct bench_capture {
    struct span span;
    struct voice_note notes[PLAN_SESSION_NOTES]; // span.notes[] number these
};

// What a renderer would be given for FRAMES frames of the scene at POSITION. The caller frees it.
struct bench_capture *bench_music_capture(uint32_t scene, int64_t position, uint32_t frames);

#endif
