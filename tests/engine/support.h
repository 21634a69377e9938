// What the engine tests share: opening engines and sessions with few words, rendering and hashing.
// Everything here fails the running test when it does not work, so that tests read straight on.
#ifndef TESTS_ENGINE_SUPPORT_H
#define TESTS_ENGINE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/aeolian.h"

#define HARBOUR "harbour-at-first-light"
#define UNDERTOW "undertow"
#define SECOND 48000

// Under a sanitizer music takes ten times as long: tests then leave out cases that differ in their
// numbers alone.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

// How to open an engine; zero fields mean the defaults.
struct setup {
    const char *renderer, *isa;
    uint32_t threads, sessions, span_frames, ring_frames;
    const struct aeo_renderer *added; // one further renderer, asked for by `renderer` or auto
    uint32_t min_batch;               // min_gpu_batch
};

aeo_engine *engine_get(const struct setup *setup);

// An exact session of SCENE and SEED at POSITION.
aeo_session *session_get(aeo_engine *engine, const char *scene, uint64_t seed, int64_t position);

// An exact session of ADDRESS.
aeo_session *session_at(aeo_engine *engine, const char *address);

// FRAMES frames of SESSION; free() them.
float *frames_render(aeo_session *session, uint32_t frames);

// One engine, one session, FRAMES frames from POSITION, all closed again; free() them.
float *music_render(const struct setup *setup, const char *scene, uint64_t seed, int64_t position,
                    uint32_t frames);

// FNV-1a, 64 bits, of the bits of FRAMES stereo frames.
uint64_t frames_hash(const float *interleaved, size_t frames);

// Fails with the first frame that differs.
void frames_assert_equal(const float *a, const float *b, size_t frames, const char *what);

// Lets other threads work for that long.
void sleep_ms(uint32_t ms);

// Fails when the frames are silent or hold anything that is not a number.
void frames_assert_music(const float *interleaved, size_t frames);

#endif
