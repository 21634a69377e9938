// Names for what is compiled once per instruction set: BENCH_LANE(peak) is peak_avx512 and so on.
#ifndef PROFILING_BENCH_LANES_H
#define PROFILING_BENCH_LANES_H

#include <stdint.h>

#include "voices/effects_plan.h" // struct effects_plan

#define BENCH_JOIN_NOW(a, b) a##_##b
#define BENCH_JOIN(a, b) BENCH_JOIN_NOW(a, b)
#define BENCH_LANE(name) BENCH_JOIN(name, LANE_SUFFIX)

// The parts of the effects that are timed by themselves.
enum bench_part {
    BENCH_FRONT,  // high-pass, pre-delay, diffuser
    BENCH_ECHO,   // the ping-pong delay's two tanks
    BENCH_TANKS,  // the reverb's two tanks with their modulation
    BENCH_MASTER, // dry and wet together, saturation, limiter
    BENCH_PARTS
};

// What one instruction set offers the benchmark.
struct bench_lanes {
    const char *name;
    // Runs a loop of independent fused multiply-adds; returns how many lanes did one in all. *SINK
    // keeps the compiler from leaving it out.
    double (*peak)(uint32_t rounds, float *sink);
    // Bytes of effect state and scratch.
    uint32_t state_bytes, scratch_bytes;
    void (*effects_reset)(void *state);
    // effects_render, with the clock ticks of each part added to ticks[BENCH_PARTS].
    void (*effects_timed)(void *state, void *scratch, const struct effects_plan *plan,
                          const float *const dry[2], const float *const send[2],
                          const float *drive, float *out, uint64_t *ticks);
    // effects_render as the product calls it.
    void (*effects_whole)(void *state, void *scratch, const struct effects_plan *plan,
                          const float *const dry[2], const float *const send[2],
                          const float *drive, float *out);
};

// Lane operations that the counting copies have done so far (bench_count_lanes.h).
extern uint64_t bench_counter;

// By name; NULL where this build or this processor has it not.
const struct bench_lanes *bench_lanes_find(const char *name);

// Ticks of the fastest clock there is; only differences and ratios of them mean anything.
static inline __attribute__((unused)) uint64_t bench_ticks(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return 0;
#endif
}

#endif
