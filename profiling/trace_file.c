// See trace_file.h. The rings are read in turn, so events of one thread are in order; the format
// asks for no order among threads.
#include "profiling/trace_file.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "profiling/trace.h"      // trace_take
#include "profiling/trace_json.h" // trace_json_event

enum { PERIOD_MS = 10, TAKE_AT_ONCE = 256, TRACKS_MAX = 1024 };

struct trace_file {
    struct trace_request request;
    pthread_t thread;
    sem_t began, stop;
    atomic_bool done;
    struct trace_outcome outcome;
    bool named[TRACKS_MAX];
    struct trace_event events[TAKE_AT_ONCE];
    struct trace_json json;
};

// At most what a ring holds: a thread that records faster than this one writes must not keep it
// from the others, nor from the end.
static void track_write(struct trace_file *trace, uint32_t track) {
    struct trace_json *json = &trace->json;
    for (uint32_t taken = 0; taken < trace->request.events; taken += TAKE_AT_ONCE) {
        uint32_t count = trace_take(track, trace->events, TAKE_AT_ONCE);
        if (count == 0) return;
        int thread = trace_track_thread(track);
        if (!trace->named[track]) {
            trace->named[track] = true;
            trace_json_thread(json, thread, trace_track_name(track));
        }
        for (uint32_t i = 0; i < count; i++)
            trace_json_event(json, thread, &trace->events[i]);
    }
}

static void tracks_write(struct trace_file *trace) {
    for (uint32_t track = 0; track < trace_tracks(); track++)
        track_write(trace, track);
}

// Sleeps a period. True: the trace is to end.
static bool period_wait(struct trace_file *trace) {
    int64_t at_ns = trace_now_ns();
    double seconds = trace->request.seconds;
    if (seconds > 0.0 && at_ns - trace_began_ns() >= (int64_t)(seconds * 1e9)) return true;
    at_ns += PERIOD_MS * INT64_C(1000000);
    struct timespec until = {(time_t)(at_ns / 1000000000), (long)(at_ns % 1000000000)};
    while (sem_clockwait(&trace->stop, CLOCK_MONOTONIC, &until)) {
        if (errno == ETIMEDOUT) return false;
    }
    return true;
}

static void *write_trace(void *argument) {
    struct trace_file *trace = argument;
    struct trace_outcome *outcome = &trace->outcome;
    bool started = trace_start(trace->request.threads, trace->request.events);
    sem_post(&trace->began);
    if (started) {
        trace_json_begin(&trace->json, trace->request.descriptor, trace->request.bytes_max,
                         trace_began_ns());
        while (!period_wait(trace))
            tracks_write(trace);
        trace_stop();
        tracks_write(trace);
        uint64_t dropped = trace_dropped();
        trace_json_end(&trace->json, dropped);
        outcome->error = trace->json.error;
        outcome->events = trace->json.events;
        outcome->dropped = trace->json.dropped + dropped;
        outcome->bytes = trace->json.bytes;
    } else {
        outcome->error = ENOMEM;
    }
    trace_release();
    atomic_store(&trace->done, true);
    return NULL;
}

struct trace_file *trace_file_start(const struct trace_request *request, bool *busy) {
    *busy = !trace_claim();
    if (*busy) return NULL;
    struct trace_file *trace = calloc(1, sizeof *trace);
    if (trace) {
        trace->request = *request;
        if (trace->request.threads > TRACKS_MAX) trace->request.threads = TRACKS_MAX;
        sem_init(&trace->began, 0, 0);
        sem_init(&trace->stop, 0, 0);
        if (pthread_create(&trace->thread, NULL, write_trace, trace) == 0) {
            pthread_setname_np(trace->thread, "aeo-trace");
            return trace;
        }
    }
    free(trace);
    trace_release();
    return NULL;
}

void trace_file_await(struct trace_file *trace) {
    while (sem_wait(&trace->began)) {
    } // interrupted by a signal
}

void trace_file_stop(struct trace_file *trace) {
    sem_post(&trace->stop);
}

bool trace_file_done(const struct trace_file *trace) {
    return atomic_load(&trace->done);
}

struct trace_outcome trace_file_end(struct trace_file *trace) {
    trace_file_stop(trace);
    pthread_join(trace->thread, NULL);
    struct trace_outcome outcome = trace->outcome;
    sem_destroy(&trace->began);
    sem_destroy(&trace->stop);
    free(trace);
    return outcome;
}
