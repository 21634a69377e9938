// An engine with all that belongs to it, on the wall: how long one waits for a phrase, what threads
// gain, and how long a tick of many sessions takes. With the widest instruction set.
#include "profiling/bench.h"
#include "profiling/bench_music.h" // bench_session_open

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/aeolian.h"    // aeo_sessions_render
#include "profiling/meters.h" // meter_of

enum {
    FROM = 2 * 96 * 48000, // the third epoch: both reverb tanks sound
    APART = 7 * 48000,     // sessions are at different places of the music
    PHRASE = 16 * 48000,
    TIMES_MAX = 100,
    PLANS = 200, // ticks that are planned
    PHRASES = 40,
    SESSIONS_MAX = 1000,
    BATCH = 16, // sessions that show what threads gain
    THREADS_MAX = 64,
    STEPS_MAX = 8, // 1, 2, 4, ... threads
};

// An engine whose sessions are rendered together, FRAMES of each at a time.
struct party {
    aeo_engine *engine;
    uint32_t count, frames;
    aeo_session *sessions[SESSIONS_MAX];
    float *out[SESSIONS_MAX];
};

static void fail(const char *what) {
    fprintf(stderr, "aeolian-bench: %s failed\n", what);
    exit(1);
}

// Seconds for all sessions of the party together.
static double party_render_s(struct party *party) {
    double begun = bench_wall_s();
    if (aeo_sessions_render(party->sessions, party->count, party->out, party->frames) != AEO_OK)
        fail("rendering sessions together");
    return bench_wall_s() - begun;
}

// SCENE, or all of them in turn when it is UINT32_MAX. The look-back is rendered.
static void party_open_on(struct party *party, const char *renderer, const char *isa,
                          uint32_t threads, uint32_t scene, uint32_t count, uint32_t frames) {
    uint32_t scenes = 0;
    while (bench_scene_name(scenes))
        scenes++;
    party->count = count;
    party->frames = frames;
    party->engine = bench_engine_open_for(renderer, isa, threads, count, frames);
    for (uint32_t i = 0; i < count; i++) {
        party->sessions[i] =
            bench_session_open(party->engine, scene == UINT32_MAX ? i % scenes : scene,
                               FROM + (int64_t)(i % 97) * APART);
        party->out[i] = malloc(sizeof(float) * 2 * frames);
        if (!party->out[i]) fail("allocating");
    }
    party_render_s(party);
}

static void party_open(struct party *party, const char *isa, uint32_t threads, uint32_t scene,
                       uint32_t count, uint32_t frames) {
    party_open_on(party, "cpu", isa, threads, scene, count, frames);
}

static void party_close(struct party *party) {
    for (uint32_t i = 0; i < party->count; i++) {
        aeo_session_close(party->sessions[i]);
        free(party->out[i]);
    }
    aeo_engine_close(party->engine);
}

static uint32_t cores(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : (uint32_t)count;
}

static void add_waits(struct bench *bench, const char *group, const char *what,
                      struct party *party, uint32_t count) {
    static double seconds[TIMES_MAX];
    for (uint32_t i = 0; i < count; i++)
        seconds[i] = party_render_s(party);
    bench_add_waits(bench, group, what, seconds, count);
}

void bench_phrases(struct bench *bench) {
    static struct party party;
    uint32_t threads[2] = {1, cores()};
    for (int i = 0; i < 2 && (i == 0 || threads[1] > 1); i++) {
        char what[48];
        snprintf(what, sizeof what, "%s, %u thread%s", bench_scene_name(0), threads[i],
                 threads[i] > 1 ? "s" : "");
        party_open(&party, bench->isas[0], threads[i], 0, 1, PHRASE);
        add_waits(bench, "Phrase latency: until 16 s of one session are there, on the wall",
                      what, &party, bench->quick ? 12 : PHRASES);
        party_close(&party);
    }
}

// ------------------------------------------------------------------------------------ threads

// Times real time of BATCH sessions, THREADS[i] threads each, in turns, so that all of them share
// whatever else the machine does; and what N threads make of N times one.
static void measure_threads(struct bench *bench, uint32_t scene, const uint32_t *threads,
                            uint32_t count) {
    static const char group[] = "Scenes with threads: 16 sessions together, on the wall";
    static struct party parties[STEPS_MAX];
    double best_s[STEPS_MAX];
    char name[72];
    for (uint32_t i = 0; i < count; i++) {
        party_open(&parties[i], bench->isas[0], threads[i], scene, BATCH, AEO_TICK_FRAMES);
        best_s[i] = INFINITY;
    }
    for (uint32_t round = 0; round < (bench->quick ? 8 : 40); round++) {
        for (uint32_t i = 0; i < count; i++)
            best_s[i] = fmin(best_s[i], party_render_s(&parties[i]));
    }
    for (uint32_t i = 0; i < count; i++) {
        party_close(&parties[i]);
        snprintf(name, sizeof name, "%s, threads: %u", bench_scene_name(scene), threads[i]);
        bench_add(bench, group, name, BENCH_TIMES)->value[0] =
            BATCH * (double)AEO_TICK_FRAMES / AEO_SAMPLE_RATE / best_s[i];
        if (i == 0) continue;
        snprintf(name, sizeof name, "%s, threads: %u, of as many times one",
                 bench_scene_name(scene), threads[i]);
        bench_add(bench, group, name, BENCH_PERCENT)->value[0] =
            100 * best_s[0] / best_s[i] / threads[i];
    }
}

void bench_threads(struct bench *bench) {
    uint32_t threads[STEPS_MAX], count = 0;
    for (uint32_t n = 1; n < cores() && count < STEPS_MAX - 1; n *= 2)
        threads[count++] = n;
    threads[count++] = cores();
    for (uint32_t scene = 0; bench_scene_name(scene); scene++)
        measure_threads(bench, scene, threads, count);
}

// ------------------------------------------------------------------------------- many sessions

// 3 MB for each; the machine may have less.
static bool memory_for_a_thousand(void) {
    return (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) > 6e9;
}

void bench_engine_ticks(struct bench *bench) {
    static const uint32_t counts[] = {1, 10, 100, 1000};
    static struct party party;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char what[48];
        if (counts[i] == 1000 && (bench->quick || !memory_for_a_thousand())) continue;
        snprintf(what, sizeof what, "%u session%s", counts[i], counts[i] > 1 ? "s" : "");
        party_open(&party, bench->isas[0], cores(), UINT32_MAX, counts[i], AEO_TICK_FRAMES);
        add_waits(bench,
                      "Ticks: 100 ms of every session in one batch, all cores, on the wall", what,
                      &party,
                      counts[i] == 1000 ? 20 : bench->quick ? 20 : TIMES_MAX);
        party_close(&party);
    }
}

// What the engine does before a renderer has anything to do, by its own meter: half of the ticks
// take no longer. The null renderer takes no time of the threads that plan.
static double planning_ms(uint32_t threads, uint32_t count) {
    static struct party party;
    static struct histogram_snapshot before, now;
    const struct histogram *meter = meter_of((enum meter)RANGE_COMPOSE);
    party_open_on(&party, "null", NULL, threads, UINT32_MAX, count, AEO_TICK_FRAMES);
    histogram_read(meter, &before);
    for (uint32_t i = 0; i < PLANS; i++)
        party_render_s(&party);
    histogram_read(meter, &now);
    party_close(&party);
    histogram_subtract(&now, &before);
    return (double)histogram_quantile(&now, 0.5) * 1e-6;
}

void bench_planning(struct bench *bench) {
    static const char group[] = "Planning: the notes of a tick of many sessions, on the wall";
    uint32_t counts[] = {10, 100, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (counts[i] == 1000 && (bench->quick || !memory_for_a_thousand())) continue;
        double one_ms = planning_ms(1, counts[i]);
        char name[72];
        snprintf(name, sizeof name, "%u sessions, threads: 1", counts[i]);
        bench_add(bench, group, name, BENCH_WAIT_MS)->value[0] = one_ms;
        if (cores() == 1) continue;
        double all_ms = planning_ms(cores(), counts[i]);
        snprintf(name, sizeof name, "%u sessions, threads: %u", counts[i], cores());
        bench_add(bench, group, name, BENCH_WAIT_MS)->value[0] = all_ms;
        snprintf(name, sizeof name, "%u sessions, threads: %u, of as many times one", counts[i],
                 cores());
        bench_add(bench, group, name, BENCH_PERCENT)->value[0] = 100 * one_ms / all_ms / cores();
    }
}
