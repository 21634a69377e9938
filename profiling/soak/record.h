// What a soak run has seen: series of samples over time, latencies by stage, and the checks that
// were made of them. All memory is taken and touched when the record is opened, so that recording
// itself cannot look like a leak. One thread writes.
#ifndef PROFILING_SOAK_RECORD_H
#define PROFILING_SOAK_RECORD_H

#include <math.h> // HUGE_VAL
#include <stdbool.h>
#include <stdint.h>

#include "profiling/soak/trend.h" // struct trend

#define RECORD_SAMPLES_MAX 4000
#define RECORD_CHECKS_MAX 48

// Resources that are sampled, with what is accepted: growth an hour, at its interval's upper end.
// The memory's bounds are 10 MB in 8 hours. Those behind the queue are of runs in real time: they
// are shown, and their growth is not judged.
#define RECORD_SHOWN HUGE_VAL
#define RECORD_SERIES(X)                                                       \
    X(RSS, "resident memory", "MB", 1.25)                                      \
    X(HEAP, "heap in use", "MB", 1.25)                                         \
    X(DEVICE, "device memory in use", "MB", 1.25)                              \
    X(DESCRIPTORS, "open file descriptors", "", 0.125)                         \
    X(THREADS, "threads", "", 0.125)                                           \
    X(QUEUE, "packets waiting in the fullest queue", "", 0.5)                  \
    X(TICK_P50, "tick p50, of the last 15 to 30 s", "ms", RECORD_SHOWN)        \
    X(TICK_P95, "tick p95, of the last 15 to 30 s", "ms", RECORD_SHOWN)        \
    X(TICK_MAX, "longest tick, of the last 15 to 30 s", "ms", RECORD_SHOWN)    \
    X(ENCODE_P95, "encoding p95, of the last 15 to 30 s", "ms", RECORD_SHOWN)  \
    X(DELIVERY_P95, "delivery p95, of the last 15 to 30 s", "ms", RECORD_SHOWN) \
    X(HEARD_P95, "control to heard p95, of the last 15 to 30 s", "ms", RECORD_SHOWN) \
    X(HAND, "music in hand when a message arrives, at worst", "ms", RECORD_SHOWN) \
    X(LISTENERS, "listeners", "", RECORD_SHOWN)                                \
    X(CPU, "processor time a second", "s", RECORD_SHOWN)

enum record_series {
#define RECORD_SERIES_ID(id, text, unit, bound) RECORD_##id,
    RECORD_SERIES(RECORD_SERIES_ID)
#undef RECORD_SERIES_ID
    RECORD_SERIES_COUNT
};

// Stages whose time is kept, each single one.
#define RECORD_STAGES(X)                                          \
    X(TICK, "tick: all sessions rendered and encoded")            \
    X(RENDER, "of it: rendering")                                 \
    X(ENCODE, "of it: encoding")                                  \
    X(CPU, "of it: processor time of all threads")                \
    X(PHRASE, "a phrase of 16 s, one session")                    \
    X(PHRASES, "a phrase of 16 s, all sessions together")

enum record_stage {
#define RECORD_STAGE_ID(id, text) RECORD_STAGE_##id,
    RECORD_STAGES(RECORD_STAGE_ID)
#undef RECORD_STAGE_ID
    RECORD_STAGE_COUNT
};

struct latencies {
    float *ms;      // in the order in which they came
    double *hour;   // when
    uint32_t count, cap;
};

enum outcome { CHECK_PASSED, CHECK_FAILED, CHECK_TOO_SHORT };

struct check {
    enum outcome outcome;
    char name[80];
    char text[160]; // what was seen, and what is accepted
};

struct record {
    double hour[RECORD_SAMPLES_MAX];
    double series[RECORD_SERIES_COUNT][RECORD_SAMPLES_MAX]; // below 0: not to be had here
    uint32_t samples;
    struct latencies stages[RECORD_STAGE_COUNT];
    struct check checks[RECORD_CHECKS_MAX];
    uint32_t check_count;
};

// Room for LATENCIES of each stage. False: out of memory; the record may still be closed.
bool record_open(struct record *record, uint32_t latencies);
void record_close(struct record *record);

// Forgets all samples and latencies.
void record_forget(struct record *record);

// Samples are thinned out by half when there is no more room, so that they cover the whole run.
void record_sample(struct record *record, double hour,
                   const double values[RECORD_SERIES_COUNT]);
void record_latency(struct record *record, enum record_stage stage, double hour, double ms);

// The value that SHARE (0..1) of those between the hours FROM and UNTIL do not exceed; 0: none.
double record_quantile(const struct latencies *latencies, double from, double until, double share);

const char *record_series_name(enum record_series series);
const char *record_series_unit(enum record_series series);
double record_series_bound(enum record_series series);
const char *record_stage_name(enum record_stage stage);

// The line through SERIES without the first tenth of the run, in which memory is touched for the
// first time. 0 bins where it was not to be had.
struct trend record_trend(const struct record *record, enum record_series series);

#endif
