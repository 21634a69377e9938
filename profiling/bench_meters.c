// What it costs to know: one recorded value, and one range with its two looks at the clock, beside
// a plain addition to memory in the same loop. On one thread, and with a second one that records
// into the same histogram all the while.
#include "profiling/bench.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "profiling/histogram.h" // histogram_record
#include "profiling/range.h"     // range_begin

enum { ROUNDS = 200000, VALUES = 256 };

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

static void *record_beside(void *context) {
    while (!atomic_load_explicit(&stopping, memory_order_relaxed))
        record(context);
    return NULL;
}

static void measure(struct bench *bench, const char *name, void (*body)(void *context)) {
    double seconds = bench_best_s(bench->budget_s, body, NULL);
    struct bench_row *row = bench_add(bench, "Knowing what happens", name, BENCH_NS);
    for (uint32_t i = 0; i < bench->isa_count; i++)
        row->value[i] = seconds * 1e9 / ROUNDS;
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
    pthread_t beside;
    if (pthread_create(&beside, NULL, record_beside, NULL)) return;
    measure(bench, "one value, while another thread does nothing but record", record);
    atomic_store(&stopping, true);
    pthread_join(beside, NULL);
}
