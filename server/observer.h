// A thread that looks at the process once a second: what the meters recorded lately, memory and
// files, and the GPU. It reads /proc and asks the GPU's management library, which may take its time
// or hang with its driver; so the network thread never asks itself, it takes what was seen last.
#ifndef SERVER_OBSERVER_H
#define SERVER_OBSERVER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "profiling/meters.h"    // METER_COUNT
#include "profiling/nvml.h"      // nvml_figures
#include "profiling/resources.h" // resources

enum { OBSERVER_WINDOW_S = 15 }; // "lately": the last 15 to 30 seconds

// What a meter recorded lately; times in nanoseconds.
struct meter_figures {
    uint64_t count, sum; // 0 and 0 where it was quiet
    uint64_t p50, p95, p99, max;
    uint64_t count_ever, p50_ever, p95_ever, p99_ever, max_ever; // since the start
};

struct observed {
    int64_t at_ns;    // when: CLOCK_MONOTONIC
    double window_s;  // how long "lately" is just now
    double cpu_share; // of one core, since the look before
    struct resources process;
    struct meter_figures meters[METER_COUNT];
    bool gpu_seen;
    struct nvml_figures gpu;
};

struct observer; // one a process

// Takes all memory and starts the thread. NULL: out of memory.
struct observer *observer_start(void);

// From now on looks at GPU_DEVICE too, unless it is below 0. Any thread.
void observer_watch_gpu(struct observer *observer, int32_t gpu_device);

// Copies what was seen last. Any thread; waits for no more than a copy.
void observer_look(struct observer *observer, struct observed *observed);

// Ends the thread and frees everything; NULL is allowed. A thread that hangs in the GPU's driver is
// left behind after two seconds, for a process that is about to end.
void observer_stop(struct observer *observer);

#endif
