// Records more than a trace can hold, and says how much: for commands_test.py.
//
// Usage: trace_flood CASE FILE. `rings`: threads that fill small rings faster than they are
// emptied; `threads`: more threads than there are rings for; `bytes`: a file that may not get long;
// `again`: three traces one after the other, and threads that go on between them. Prints how many
// events each trace should account for (`again`: the last one) and what the writer counted.
#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profiling/trace.h"
#include "profiling/trace_file.h"

enum { THREADS = 3, EACH = 8000 };

static atomic_bool over;

// A slice in a slice, a counter and a change that goes nowhere, again and again.
static void *record(void *unused) {
    (void)unused;
    for (int i = 0; i < EACH / 4; i++) {
        int64_t outer = trace_begin(), inner = trace_begin();
        trace_flow(TRACE_ASKED, trace_flow_new());
        trace_end(TRACE_CHANGE, inner, i, 1, 0);
        trace_counter(TRACE_COUNTER_QUEUE, i);
        trace_end(TRACE_TICK, outer, i, 1, 0);
    }
    return NULL;
}

static void *record_until_over(void *unused) {
    while (!atomic_load(&over))
        record(unused);
    return NULL;
}

static void threads_start(pthread_t *threads, void *(*run)(void *)) {
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, run, NULL)) abort();
    }
}

static void threads_join(const pthread_t *threads) {
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static struct trace_file *start(const char *path, struct trace_request request) {
    bool busy;
    request.descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    struct trace_file *trace = trace_file_start(&request, &busy);
    assert(trace && !busy);
    trace_file_await(trace);
    struct trace_file *second = trace_file_start(&request, &busy);
    assert(!second && busy);
    return trace;
}

static void print(uint64_t asked, struct trace_outcome outcome) {
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %d\n", asked, outcome.events, outcome.dropped,
           outcome.error);
}

static void flood(const char *path, struct trace_request request) {
    pthread_t threads[THREADS];
    struct trace_file *trace = start(path, request);
    threads_start(threads, record);
    threads_join(threads);
    print((uint64_t)THREADS * EACH, trace_file_end(trace));
}

// Threads that record all the time: what they write late must not show up in the next trace.
static void again(const char *path) {
    pthread_t threads[THREADS];
    const struct trace_request request = {.threads = 8, .events = 4096, .seconds = 0.05};
    struct trace_outcome outcome = {0};
    threads_start(threads, record_until_over);
    for (int i = 0; i < 3; i++) {
        struct trace_file *trace = start(path, request);
        while (!trace_file_done(trace))
            usleep(1000);
        outcome = trace_file_end(trace);
    }
    atomic_store(&over, true);
    threads_join(threads);
    print(0, outcome);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        struct trace_request request;
    } floods[] = {
        {"rings", {.threads = 8, .events = 64}},
        {"threads", {.threads = 1, .events = 65536}},
        {"bytes", {.threads = 8, .events = 65536, .bytes_max = 200000}},
    };
    if (argc != 3) return 2;
    for (size_t i = 0; i < sizeof floods / sizeof *floods; i++) {
        if (strcmp(argv[1], floods[i].name) == 0) flood(argv[2], floods[i].request);
    }
    if (strcmp(argv[1], "again") == 0) again(argv[2]);
    return 0;
}
