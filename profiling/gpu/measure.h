// The measurements, a group each, and what they share. One thread.
#ifndef PROFILING_GPU_MEASURE_H
#define PROFILING_GPU_MEASURE_H

#include "profiling/gpu/figures.h" // struct figures
#include "profiling/gpu/machine.h" // struct machine
#include "profiling/gpu/rig.h"     // struct rig

// What the machine can do at most, measured.
struct limits {
    double fma_per_s;    // lane multiply-adds
    double memory_per_s; // bytes read plus bytes written
    double down_per_s, up_per_s; // bytes over the link, pinned
};

// What one second of one session's music asks for, counted by the product's own lane code compiled
// as plain C with counters in it (profiling/bench_count_lanes.h).
struct work {
    double voices, front, echo, tanks, master; // lane operations
    double partials, notes;                    // that sound, on average
};

struct bench {
    struct machine machine;
    struct figures figures;
    struct limits limits;
    struct work own, sparse, dense; // of the default scene at its own density, at 0, at 1
    const char *device;             // as asked for
    bool is_short;                  // as little as shows that it works
    double peak_sessions;           // found by measure_sessions
};

// Counting takes much longer than the music does, so that each density has a process of its own.
// To be begun before the driver is opened, which a fork would not survive.
struct work_counting {
    int from[3], pid[3], count;
};

// Begins to count FRAMES of the default scene at its own density, at 0 and at 1.
void work_count_begin(struct work_counting *counting, bool is_short, uint32_t frames);
// Waits for them; a count that failed ends the program with a line.
void work_count_end(struct work_counting *counting, struct bench *bench);

// Seconds below which SESSIONS sessions cannot be rendered for AUDIO_S seconds of music each: the
// largest of operations over the multiply-add rate, bytes over the memory's, samples over the
// link's.
double bound_s(const struct limits *limits, const struct work *work, double sessions,
               double audio_s);
// The same for what one session has to do one after the other: a tank or the echo, which one
// multiprocessor runs.
double bound_serial_s(const struct bench *bench, const struct work *work, double audio_s);

void measure_limits(struct bench *bench);
void measure_phrases(struct bench *bench);
void measure_ticks(struct bench *bench);
void measure_sessions(struct bench *bench);
void measure_kernels(struct bench *bench); // sinusoids, and where a tick's time goes
void measure_overlap(struct bench *bench); // streams, graphs, utilisation
void measure_ladder(struct bench *bench);

#endif
