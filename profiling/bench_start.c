// A listener's first audio, as the server makes it: from opening the session on a running engine
// until its first packets are encoded and the network would be told; and the memory that another
// session takes. On the wall, all cores, widest instruction set.
#include "profiling/bench.h"
#include "profiling/bench_music.h" // BENCH_SEED

#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/aeolian.h"      // aeo_session_start
#include "profiling/resources.h" // resources_read
#include "server/encoder_pool.h" // encoder_feed

enum { STARTS_MAX = 100, SESSIONS = 65 };

static void fail(const char *what, const char *why) {
    fprintf(stderr, "aeolian-bench: %s: %s\n", what, why);
    exit(1);
}

// ---------------------------------------------------------------------------------- first audio

// One listener and what the engine's threads do for it.
struct start {
    aeo_engine *engine;
    struct encoder_pool encoders;
    struct slot_queue queue;
    struct packet_slot slots[PACKET_QUEUE_SLOTS];
    sem_t told; // posted by the first tick that finds packets
    atomic_bool waiting;
};

static void on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    (void)session, (void)session_user;
    struct start *start = user;
    encoder_feed(&start->encoders.encoders[0], &start->queue, span->interleaved, span->frames);
}

static void on_tick(void *user) {
    struct start *start = user;
    if (slot_queue_depth(&start->queue) > 0 && atomic_exchange(&start->waiting, false))
        sem_post(&start->told);
}

static void start_open(struct start *start, const char *isa) {
    aeo_options options;
    aeo_fault fault = {0};
    aeo_options_default(&options);
    options.renderer = "cpu";
    options.isa = isa;
    options.user = start;
    options.on_span = on_span;
    options.on_tick = on_tick;
    memset(start, 0, sizeof *start);
    sem_init(&start->told, 0, 0);
    slot_queue_init(&start->queue, start->slots, PACKET_QUEUE_SLOTS, sizeof start->slots[0]);
    if (!encoder_pool_open(&start->encoders, 1, OPUS_COMPLEXITY_DEFAULT))
        fail("opening an encoder", "out of memory");
    if (aeo_engine_open(&options, &start->engine, &fault) != AEO_OK ||
        aeo_engine_start(start->engine) != AEO_OK)
        fail("starting the engine", fault.message);
}

static void start_close(struct start *start) {
    aeo_engine_close(start->engine);
    encoder_pool_close(&start->encoders);
    sem_destroy(&start->told);
}

// Seconds until a listener in the middle of the music has audio. The engine's ticks go on, so
// listeners come at every time between two of them.
static double start_once_s(struct start *start, uint32_t number) {
    const struct timespec pause = {0, 17000000 + 1000000 * (long)(number * 29 % 83)};
    int64_t position = (2 * 96 + (int64_t)(number % 11) * 8) * AEO_SAMPLE_RATE;
    nanosleep(&pause, NULL);
    slot_queue_reset(&start->queue);
    encoder_reset(&start->encoders.encoders[0], BITRATE_DEFAULT, position, position);
    atomic_store(&start->waiting, true);
    double begun = bench_wall_s();
    aeo_session *session = bench_session_open(start->engine, number % 2, position);
    if (aeo_session_start(session) != AEO_OK) fail("starting a session", "refused");
    while (sem_wait(&start->told)) {
    }
    double seconds = bench_wall_s() - begun;
    aeo_session_close(session);
    return seconds;
}

void bench_starts(struct bench *bench) {
    static struct start start;
    static double seconds[STARTS_MAX];
    uint32_t count = bench->quick ? 20 : STARTS_MAX;
    start_open(&start, bench->isas[0]);
    for (uint32_t i = 0; i < count; i++)
        seconds[i] = start_once_s(&start, i);
    start_close(&start);
    bench_add_waits(bench, "First audio: from opening a session to its packets, on the wall",
                    "look-back of 2 s, 400 ms of music, encoded", seconds, count);
}

// --------------------------------------------------------------------------------------- memory

// Megabytes that an engine for so many live sessions takes: all of it at open, where every page is
// written once.
static double engine_takes_mb(uint32_t sessions_max) {
    double before = resources_read(0).heap_mb;
    aeo_engine *engine = bench_engine_open_for("cpu", NULL, 1, sessions_max, AEO_LEAD_FRAMES);
    double mb = resources_read(0).heap_mb - before;
    aeo_engine_close(engine);
    return mb;
}

static double encoders_take_mb(uint32_t count) {
    struct encoder_pool pool;
    double before = resources_read(0).heap_mb;
    if (!encoder_pool_open(&pool, count, OPUS_COMPLEXITY_DEFAULT))
        fail("opening encoders", "out of memory");
    double mb = resources_read(0).heap_mb - before;
    encoder_pool_close(&pool);
    return mb;
}

static void add_mb(struct bench *bench, const char *name, double mb) {
    bench_add(bench, "Memory for one more session", name, BENCH_MB)->value[0] = mb;
}

void bench_memory(struct bench *bench) {
    engine_takes_mb(1); // with what the first engine of a process takes once
    add_mb(bench, "engine: effects, notes, lead; resident from opening it on",
           (engine_takes_mb(SESSIONS) - engine_takes_mb(1)) / (SESSIONS - 1));
    add_mb(bench, "Opus encoder",
           (encoders_take_mb(SESSIONS) - encoders_take_mb(1)) / (SESSIONS - 1));
    add_mb(bench, "queue of packets",
           PACKET_QUEUE_SLOTS * (double)sizeof(struct packet_slot) * 1e-6);
}
