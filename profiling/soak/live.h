// A soak run in real time: a server process of its own, real listeners, faults. live_run.c is the
// course of it, live_faults.c what is done to it, live_sample.c what is read of the server,
// live_compare.c the offline render of what one listener heard, judge_live.c the verdict. Main
// thread; the listeners have their own (crowd.h).
#ifndef PROFILING_SOAK_LIVE_H
#define PROFILING_SOAK_LIVE_H

#include "profiling/soak/crowd.h"   // struct crowd
#include "profiling/soak/faults.h"  // struct fault_event
#include "profiling/soak/process.h" // struct process
#include "profiling/soak/soak.h"    // struct soak
#include "profiling/top/fetch.h"    // struct fetch_address

// Times that the server itself tells of the whole run: where they stand in /v1/status.
#define LIVE_TIMES(X)                                                        \
    X(TICK, "tick", "", "tick: the engine's work")                           \
    X(BATCH, "waits", "batch", "a batch, submitted until done")              \
    X(ENCODE, "stages", "encode", "one packet encoded")                      \
    X(DELIVERY, "waits", "delivery", "delivery: queued until sent")          \
    X(HEARD, "waits", "control_to_heard", "control to heard, server's word") \
    X(FIRST, "waits", "first_audio", "upgrade to first audio")

enum live_time {
#define LIVE_TIME_ID(id, group, name, text) LIVE_##id,
    LIVE_TIMES(LIVE_TIME_ID)
#undef LIVE_TIME_ID
    LIVE_TIME_COUNT
};

struct live_times {
    double count, p50_ms, p95_ms, p99_ms, max_ms;
};

enum { LIVE_GROUP_MAX = 16 }; // looks that make one sample

struct live {
    struct soak *soak;
    struct process process;
    struct crowd *crowd;
    struct fetch_address address;
    uint32_t fault_set;
    bool flaky;
    double seconds, begun_s; // planned; on progress_clock_s

    // Faults, in order.
    struct fault_event events[FAULT_EVENTS_MAX];
    uint32_t event_count, event_next;
    bool event_begun, event_ended;
    uint32_t made[FAULT_COUNT];
    uint64_t log_dropped, log_before, log_lost; // lines: so far, before a full disk, by full disks

    // Looks at the server.
    double look_s, group_s; // from one to the next; of one sample
    double looked[LIVE_GROUP_MAX][RECORD_SERIES_COUNT];
    uint32_t look_count, looks, looks_failed;
    char look_why[256];
    double cpu_before_s, cpu_at_s, hand_ms;
    double queue; // the fullest, when there last was no fault
    char body[FETCH_BYTES_MAX];

    // At the end.
    struct live_times times[LIVE_TIME_COUNT];
    char renderer_name[32];
    uint64_t renderer_lost, spans_late, ticks, ticks_late;
    struct crowd_view view;
    bool ended, ended_well; // the server, told to
    bool compared, equal;   // what listener 0 heard, with its offline render
    uint64_t compared_packets;
};

const char *live_time_name(enum live_time time);

// --- live_faults.c

// Begins and ends what is due AT_S seconds after the run's begin. True while the server cannot be
// asked anything.
bool live_faults_step(struct live *live, double at_s);

// Ends what is under way.
void live_faults_end(struct live *live);

// --- live_sample.c

// Looks at the server and its process, and makes a sample of several looks.
void live_look(struct live *live, double at_s);

// The figures of the whole run, and a sample of the looks that are left.
void live_look_last(struct live *live);

// --- live_compare.c

// Renders and encodes what listener 0 was to hear and compares the packets. False with
// soak->failure when that cannot be done.
bool live_compare(struct live *live);

#endif
