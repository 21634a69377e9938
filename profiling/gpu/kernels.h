/*
 * kernels.h - kernels of the GPU benchmark's own: the machine's limits, and what the naive renderer
 * needs beside the product's kernels.
 *
 *   peak  chains of fused multiply-adds in registers, nothing else: the arithmetic limit
 *   copy  memory to memory: the bandwidth limit
 *   sum   sinusoids added up, nothing else: two slots per partial-sample, by Chebyshev's recurrence
 *         sin(x + w) = 2 cos(w) sin(x) - sin(x - w), begun anew every 32 steps
 *   add   one buffer onto another
 *
 * Written with lanes like the product's, so that the simulated driver runs the same source. Each
 * has one argument, the device address of a struct bench_work.
 */
#ifndef PROFILING_GPU_KERNELS_H
#define PROFILING_GPU_KERNELS_H

#include <stdint.h>

#include "voices/lane.h"
#include "voices/math.h" /* lane_sincos */

#define BENCH_THREADS 256
#define BENCH_CHAINS 16 /* of a thread, independent of each other */
#define BENCH_ROUND (16 * BENCH_CHAINS) /* multiply-adds of one round */
#define BENCH_STEPS 32  /* frames of one thread in the sum */
#define BENCH_SUM_FRAMES (BENCH_THREADS * BENCH_STEPS) /* of one block */

/* X(name) */
#define BENCH_KERNELS(X) X(peak) X(copy) X(sum) X(add)

enum bench_kernel {
#define BENCH_KERNEL_ID(name) BENCH_KERNEL_##name,
    BENCH_KERNELS(BENCH_KERNEL_ID)
#undef BENCH_KERNEL_ID
    BENCH_KERNEL_COUNT
};

struct bench_partial {
    uint32_t phase, inc; /* turns / 2^32: at frame 0, and per frame */
    float gain;
};

struct bench_work {
    uint32_t count; /* peak: rounds; copy and add: numbers; sum: partials */
    const float *from;
    float *to;
    const struct bench_partial *bank; /* of the sum, the same for every block */
};

LANE_FN void bench_peak(struct lane_thread th, const struct bench_work *work, uint32_t block) {
    const lane_f a = lane_set(work->from[0]), b = lane_set(work->from[1]);
    lane_f x[BENCH_CHAINS], sum = lane_set(0);
    for (uint32_t k = 0; k < BENCH_CHAINS; k++) {
        x[k] = lane_set((lane_real)(th.index + k));
    }
    for (uint32_t i = 0; i < work->count; i++) {
        for (uint32_t k = 0; k < BENCH_ROUND; k++) { /* long, so that the loop itself is nothing */
            x[k % BENCH_CHAINS] = lane_fma(x[k % BENCH_CHAINS], a, b);
        }
    }
    for (uint32_t k = 0; k < BENCH_CHAINS; k++) {
        sum = lane_add(sum, x[k]);
    }
    work->to[block * BENCH_THREADS + th.index] = (float)sum;
}

LANE_FN void bench_copy(struct lane_thread th, const struct bench_work *work, uint32_t block,
                        uint32_t blocks) {
    const uint32_t step = blocks * BENCH_THREADS;
    for (uint32_t i = block * BENCH_THREADS + th.index; i < work->count; i += step) {
        work->to[i] = work->from[i];
    }
}

LANE_FN void bench_add(struct lane_thread th, const struct bench_work *work, uint32_t block,
                       uint32_t blocks) {
    const uint32_t step = blocks * BENCH_THREADS;
    for (uint32_t i = block * BENCH_THREADS + th.index; i < work->count; i += step) {
        work->to[i] += work->from[i];
    }
}

/* Frames [block x BENCH_SUM_FRAMES, + BENCH_SUM_FRAMES); a thread's own are BENCH_THREADS apart. */
LANE_FN void bench_sum(struct lane_thread th, const struct bench_work *work, uint32_t block) {
    const uint32_t first = block * BENCH_SUM_FRAMES + th.index;
    lane_f sums[BENCH_STEPS];
    for (uint32_t k = 0; k < BENCH_STEPS; k++) {
        sums[k] = lane_set(0);
    }
    for (uint32_t p = 0; p < work->count; p++) {
        const uint32_t inc = work->bank[p].inc, phase = work->bank[p].phase + inc * first;
        const lane_f gain = lane_set((lane_real)work->bank[p].gain);
        lane_f before, now, twice, unused;
        lane_sincos(lane_uset(inc * BENCH_THREADS), &unused, &twice);
        lane_sincos(lane_uset(phase), &before, &unused);
        lane_sincos(lane_uset(phase + inc * BENCH_THREADS), &now, &unused);
        twice = lane_add(twice, twice);
        before = lane_mul(before, gain);
        now = lane_mul(now, gain);
        sums[0] = lane_add(sums[0], before);
        sums[1] = lane_add(sums[1], now);
        for (uint32_t k = 2; k < BENCH_STEPS; k++) {
            const lane_f next = lane_fma(twice, now, lane_neg(before));
            before = now;
            now = next;
            sums[k] = lane_add(sums[k], now);
        }
    }
    for (uint32_t k = 0; k < BENCH_STEPS; k++) {
        work->to[first + k * BENCH_THREADS] = (float)sums[k];
    }
}

#endif
