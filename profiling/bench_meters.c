// What it costs to know: one recorded value, one range with its two looks at the clock, and one
// slice of a trace, beside a plain addition to memory in the same loop. On one thread, and with a
// second one that records into the same histogram all the while.
#include "profiling/bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "profiling/histogram.h"  // histogram_record
#include "profiling/range.h"      // range_begin
#include "profiling/trace.h"      // trace_begin
#include "profiling/trace_file.h" // trace_file_start

enum { ROUNDS = 200000, VALUES = 256 };
enum { BURSTS = 20, BURST = 2000 }; // slices of a trace, and then time to write them

static struct histogram histogram;
static volatile uint64_t total;
static uint64_t values[VALUES]; // from a microsecond to some milliseconds
static atomic_bool stopping;

static void add(void *context) {
    (void)context;
    for (int i = 0; i < ROUNDS; i++)
        total += values[i % VALUES];
}

static void record(void *context) {
    (void)context;
    for (int i = 0; i < ROUNDS; i++)
        histogram_record(&histogram, values[i % VALUES]);
}

static void range(void *context) {
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        range_begin(RANGE_COPY);
        range_end();
    }
}

static void slice(void *context) {
    (void)context;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t since = trace_begin();
        trace_end(TRACE_SPAN, since, i, 2, 3);
    }
}

static void *record_beside(void *context) {
    while (!atomic_load_explicit(&stopping, memory_order_relaxed))
        record(context);
    return NULL;
}

static void row_add(struct bench *bench, const char *name, double ns) {
    struct bench_row *row = bench_add(bench, "Knowing what happens", name, BENCH_NS);
    for (uint32_t i = 0; i < bench->isa_count; i++)
        row->value[i] = ns;
}

static void measure(struct bench *bench, const char *name, void (*body)(void *context)) {
    row_add(bench, name, bench_best_s(bench->budget_s, body, NULL) * 1e9 / ROUNDS);
}

// In bursts that the ring holds, so that none of them is dropped, which would be quicker.
static void measure_trace(struct bench *bench) {
    bool busy;
    struct trace_request request = {
        .descriptor = open("/dev/null", O_WRONLY), .threads = 4, .events = TRACE_EVENTS};
    struct trace_file *trace = trace_file_start(&request, &busy);
    if (!trace) return;
    trace_file_await(trace);
    double best_ns = 1e9;
    for (int burst = 0; burst < BURSTS; burst++) {
        double begin_s = bench_now_s();
        for (int i = 0; i < BURST; i++) {
            int64_t since = trace_begin();
            trace_end(TRACE_SPAN, since, i, 2, 3);
        }
        double ns = (bench_now_s() - begin_s) * 1e9 / BURST;
        if (ns < best_ns) best_ns = ns;
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    struct trace_outcome outcome = trace_file_end(trace);
    close(request.descriptor);
    if (outcome.dropped == 0) row_add(bench, "one slice of a trace, recorded", best_ns);
}

void bench_meters(struct bench *bench) {
    uint64_t state = 1;
    for (int i = 0; i < VALUES; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        values[i] = UINT64_C(1000) << (state >> 61) << (state >> 59 & 3);
    }
    measure(bench, "an addition to memory, for comparison", add);
    measure(bench, "one value into a histogram", record);
    measure(bench, "one range: two looks at the clock and a value", range);
    measure(bench, "one slice of a trace, while none is recorded", slice);
    measure_trace(bench);
    pthread_t beside;
    if (pthread_create(&beside, NULL, record_beside, NULL)) return;
    measure(bench, "one value, while another thread does nothing but record", record);
    atomic_store(&stopping, true);
    pthread_join(beside, NULL);
}
