// The soak run that does not wait for the clock: sessions rendered and encoded as fast as the
// machine goes, tick by tick, as the server would. Resources, synthesis and encoding are judged;
// delivery is not, since there is none. Main thread; encoders run on a pool of their own.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "profiling/soak/audio.h"     // struct audio_run
#include "profiling/resources.h" // resources_read
#include "server/progress.h"          // progress_begin
#include "server/stop_signal.h"       // stop_signal

#define SAMPLE_EVERY_TICKS 100   // of 100 ms
#define PHRASE_EVERY_TICKS 12000 // twenty minutes: a phrase of all sessions takes its time
// Before the count begins: two epochs of the reverb, after which every part of the sessions' memory
// has been touched for the first time.
#define WARM_TICKS 1920
#define SLOW_NS 10000000         // the planted slow-down: of a tick
#define LEAK_TICK_BYTES 56       // the planted leak: 2 MB an hour, with malloc's own words 2.3

static int64_t clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// ------------------------------------------------------------------------------------- a tick

static void encode_task(void *context, uint32_t index, uint32_t worker) {
    (void)worker;
    struct audio_run *run = context;
    encoder_feed(&run->encoders.encoders[index], &run->queues[index], run->outs[index],
                 AEO_TICK_FRAMES);
}

// Takes what the encoders made, as the network thread would: every packet follows the one before.
static void packets_take(struct audio_run *run) {
    for (uint32_t i = 0; i < run->count; i++) {
        const struct packet_slot *slot;
        while ((slot = slot_queue_front(&run->queues[i]))) {
            const unsigned char *wire = slot->wire;
            run->soak->packets += (uint64_t)wire[2] + 256u * wire[3];
            run->soak->encoded_bytes += slot->wire_bytes;
            run->soak->gaps += (wire[1] & WIRE_DROPPED) != 0;
            slot_queue_release(&run->queues[i]);
        }
    }
}

// The defects that the verdict must find, for its own test.
static void plant(const struct audio_run *run, uint64_t tick) {
    const char *what = run->soak->choice.plant;
    if (strcmp(what, "leak") == 0) {
        char *lost = malloc(LEAK_TICK_BYTES);
        if (lost) *(volatile char *)lost = 1;
    } else if (strcmp(what, "descriptors") == 0 && tick % SAMPLE_EVERY_TICKS == 0) {
        int lost = open("/dev/null", O_RDONLY);
        (void)lost;
    } else if (strcmp(what, "slow") == 0 &&
               run->soak->hours > run->soak->choice.audio_hours / 2.0) {
        struct timespec time = {0, SLOW_NS};
        nanosleep(&time, NULL);
    }
}

static int64_t now_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

static bool tick_run(struct audio_run *run, uint64_t tick) {
    struct record *record = &run->soak->record;
    double hour = run->soak->hours;
    int64_t begin = now_ns(), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    enum aeo_status status =
        aeo_sessions_render(run->sessions, run->count, run->outs, AEO_TICK_FRAMES);
    if (status) return audio_stop(run, "rendering", status);
    int64_t rendered = now_ns();
    pool_begin(run->pool, encode_task, run, run->count);
    pool_finish(run->pool);
    int64_t encoded = now_ns();
    cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    plant(run, tick);
    record_latency(record, RECORD_STAGE_RENDER, hour, (double)(rendered - begin) * 1e-6);
    record_latency(record, RECORD_STAGE_ENCODE, hour, (double)(encoded - rendered) * 1e-6);
    record_latency(record, RECORD_STAGE_CPU, hour, (double)cpu * 1e-6);
    record_latency(record, RECORD_STAGE_TICK, hour, (double)(now_ns() - begin) * 1e-6);
    packets_take(run);
    run->hash = audio_hash(run->hash, run->outs[0], AEO_TICK_FRAMES);
    run->done_frames += AEO_TICK_FRAMES;
    return true;
}

// A phrase of one session, and of all but session 0, whose hash goes on in ticks.
static bool phrases_run(struct audio_run *run) {
    struct record *record = &run->soak->record;
    if (run->count < 2) return true;
    int64_t begin = now_ns();
    enum aeo_status status =
        aeo_sessions_render(run->sessions + 1, 1, run->outs + 1, AUDIO_PHRASE_FRAMES);
    int64_t one = now_ns();
    if (!status)
        status = aeo_sessions_render(run->sessions + 1, run->count - 1, run->outs + 1,
                                     AUDIO_PHRASE_FRAMES);
    if (status) return audio_stop(run, "rendering a phrase", status);
    double hour = run->soak->hours;
    record_latency(record, RECORD_STAGE_PHRASE, hour, (double)(one - begin) * 1e-6);
    record_latency(record, RECORD_STAGE_PHRASES, hour, (double)(now_ns() - one) * 1e-6);
    return true;
}

static void sample(struct audio_run *run) {
    struct resources found = resources_read(0);
    double fullest = 0.0, values[RECORD_SERIES_COUNT];
    for (int s = 0; s < RECORD_SERIES_COUNT; s++)
        values[s] = -1.0; // of a server, which there is none
    for (uint32_t i = 0; i < run->count; i++) {
        uint32_t waiting = atomic_load(&run->queues[i].written) -
                           atomic_load(&run->queues[i].released);
        if (waiting > fullest) fullest = waiting;
    }
    values[RECORD_RSS] = found.rss_mb;
    values[RECORD_HEAP] = found.heap_mb;
    // Device memory is one allocation for the whole run, by the renderer's design.
    values[RECORD_DESCRIPTORS] = found.descriptors;
    values[RECORD_THREADS] = found.threads;
    values[RECORD_QUEUE] = fullest;
    record_sample(&run->soak->record, run->soak->hours, values);
}

// ----------------------------------------------------------------------------- open and close

static bool run_open(struct audio_run *run) {
    struct soak *soak = run->soak;
    uint32_t count = run->count = soak->choice.sessions;
    aeo_options options;
    aeo_options_default(&options);
    if (!engine_options_apply(&soak->engine_choice, "soak", &options)) return false;
    options.sessions_max = count;
    options.span_frames_max = AUDIO_PHRASE_FRAMES;
    options.ring_frames = 0;
    aeo_fault fault = {0};
    enum aeo_status status = aeo_engine_open(&options, &run->engine, &fault);
    if (status) {
        snprintf(soak->failure, sizeof soak->failure, "%.190s", fault.message);
        return false;
    }
    soak->cuda = strcmp(aeo_engine_renderer_name(run->engine), "cuda") == 0;
    snprintf(soak->renderer, sizeof soak->renderer, "%s", aeo_engine_renderer_line(run->engine));
    uint32_t threads = soak->engine_choice.threads;
    if (threads == 0) threads = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    status = pool_open(&run->pool, threads > POOL_THREADS_MAX ? POOL_THREADS_MAX : threads);
    run->sessions = calloc(count, sizeof *run->sessions);
    run->outs = calloc(count, sizeof *run->outs);
    run->queues = calloc(count, sizeof *run->queues);
    run->slots = calloc((size_t)count * PACKET_QUEUE_SLOTS, sizeof *run->slots);
    size_t samples = (size_t)count * AUDIO_PHRASE_FRAMES * 2;
    run->music = malloc(samples * sizeof *run->music);
    if (!run->sessions || !run->outs || !run->queues || !run->slots || !run->music || status ||
        !encoder_pool_open(&run->encoders, count, OPUS_COMPLEXITY_DEFAULT))
        return audio_stop(run, "the run's own memory", AEO_ERR_MEMORY);
    memset(run->music, 0x7f, samples * sizeof *run->music);
    for (uint32_t i = 0; i < count; i++) {
        run->outs[i] = run->music + (size_t)i * AUDIO_PHRASE_FRAMES * 2;
        slot_queue_init(&run->queues[i], run->slots + (size_t)i * PACKET_QUEUE_SLOTS,
                        PACKET_QUEUE_SLOTS, sizeof *run->slots);
        if (!audio_session_open(run, i)) return false;
    }
    return true;
}

static void run_close(struct audio_run *run) {
    for (uint32_t i = 0; run->sessions && i < run->count; i++)
        aeo_session_close(run->sessions[i]);
    aeo_engine_close(run->engine);
    pool_close(run->pool);
    encoder_pool_close(&run->encoders);
    free(run->sessions);
    free(run->outs);
    free(run->queues);
    free(run->slots);
    free(run->music);
}

// -------------------------------------------------------------------------- the whole, compared

static bool ticks_run(struct audio_run *run) {
    struct soak *soak = run->soak;
    uint64_t ticks = (uint64_t)(soak->choice.audio_hours * 36000.0 + 0.5);
    struct progress progress;
    bool good = phrases_run(run);
    for (uint64_t tick = 0; tick < WARM_TICKS && good && !stop_signal; tick++)
        good = tick_run(run, tick);
    record_forget(&soak->record);
    soak->packets = soak->encoded_bytes = 0;
    progress_begin(&progress, (int64_t)ticks * AEO_TICK_FRAMES, soak->choice.json);
    for (uint64_t tick = 0; tick < ticks && good && !stop_signal; tick++) {
        good = audio_people(run, tick) && tick_run(run, tick);
        soak->hours = (double)(tick + 1) / 36000.0;
        if (tick % SAMPLE_EVERY_TICKS == 0) sample(run);
        if (good && tick % PHRASE_EVERY_TICKS == 300) good = phrases_run(run);
        progress_advance(&progress, AEO_TICK_FRAMES);
    }
    progress_end(&progress);
    soak->interrupted = stop_signal != 0;
    return good;
}

bool soak_audio_run(struct soak *soak) {
    struct audio_run run = {.soak = soak, .random = 1, .next_seed = 1, .hash = AUDIO_HASH_START};
    double begin = progress_clock_s(), cpu = resources_read(0).cpu_s;
    bool good = run_open(&run) && ticks_run(&run);
    soak->wall_s = progress_clock_s() - begin;
    soak->cpu_s = resources_read(0).cpu_s - cpu;
    if (run.engine) {
        aeo_counters counters;
        aeo_engine_counters(run.engine, &counters);
        soak->renderer_lost = counters.renderer_lost;
    }
    for (uint32_t i = 0; run.encoders.encoders && i < run.count; i++)
        soak->skips += atomic_load(&run.encoders.encoders[i].dropped_total);
    // Who has pressed Ctrl-C does not want to wait for hours of music.
    if (good && !soak->interrupted) good = audio_compare(&run);
    run_close(&run);
    return good;
}
