/*
 * lane_block.h - how the phases of a voice or effect follow each other, on one thread or on many.
 *
 *     LANE_EACH(th) phase_one(th, note, scratch);
 *     LANE_EACH(th) phase_two(th, note, scratch);
 *
 * A block is the threads that work on one thing together. A CPU's block is one thread, and
 * LANE_EACH is nothing. In a CUDA kernel each thread does the phase and waits at a barrier. A
 * simulated block (LANE_SIMULATED_BLOCK, the tests' stand-in for a GPU) is one thread that plays
 * all of them in turn, in an order that the test chooses: what depended on the order would show.
 *
 * The rule that makes it right: between two LANE_EACH only numbers that all threads agree on may
 * be computed, from memory that no phase since the last barrier has written. A number read there
 * that the very next phase writes needs a LANE_BARRIER in between.
 */
#ifndef AEOLIAN_VOICES_LANE_BLOCK_H
#define AEOLIAN_VOICES_LANE_BLOCK_H

#include <stdint.h>

/* Which of COUNT cooperating threads this is; {0, 1} on a CPU. COUNT is a power of two. */
struct lane_thread {
    uint32_t index;
    uint32_t count;
};

#if defined(__CUDA_ARCH__)

LANE_FN struct lane_thread lane_first(void) {
    const struct lane_thread th = {threadIdx.x, blockDim.x};
    return th;
}
/* The barrier, and the end of this thread's share. */
LANE_FN void lane_meet(struct lane_thread *th) {
    __syncthreads();
    th->count = 0;
}
#define LANE_EACH(th) for (struct lane_thread th = lane_first(); th.count; lane_meet(&th))
#define LANE_BARRIER() __syncthreads()

#elif defined(LANE_SIMULATED_BLOCK)

/* The block being played: how many threads, and the order: INDEX = FIRST, FIRST + STEP, ... */
struct lane_block {
    uint32_t threads; /* a power of two */
    uint32_t first, step; /* step odd */
    uint32_t seed;        /* 0: ascending order, always */
};
extern _Thread_local struct lane_block lane_block;

/* Another order for each phase, from a linear congruence (the order carries no sound). */
LANE_FN struct lane_thread lane_first(void) {
    lane_block.first = 0;
    lane_block.step = 1;
    if (lane_block.seed) {
        lane_block.seed = lane_block.seed * 1664525U + 1013904223U;
        lane_block.first = (lane_block.seed >> 8) & (lane_block.threads - 1);
        lane_block.step = (lane_block.seed >> 16) | 1U;
    }
    const struct lane_thread th = {lane_block.first, lane_block.threads};
    return th;
}
LANE_FN void lane_meet(struct lane_thread *th) {
    th->index = (th->index + lane_block.step) & (th->count - 1);
    if (th->index == lane_block.first) {
        th->count = 0;
    }
}
#define LANE_EACH(th) for (struct lane_thread th = lane_first(); th.count; lane_meet(&th))
#define LANE_BARRIER() ((void)0)

#else

#define LANE_EACH(th) for (struct lane_thread th = {0, 1}; th.index < th.count; ++th.index)
#define LANE_BARRIER() ((void)0)

#endif

/*
 * One thread's part when JOBS are dealt out to groups of threads, so that short jobs leave few
 * threads idle: it does jobs first, first + step, ... as thread `th` of its group.
 */
struct lane_share {
    uint32_t first, step;
    struct lane_thread th;
};
LANE_FN struct lane_share lane_share(struct lane_thread th, uint32_t jobs) {
    uint32_t groups = 1;
    while (groups < jobs && 2 * groups <= th.count) {
        groups *= 2;
    }
    const uint32_t size = th.count / groups;
    struct lane_share share;
    share.first = th.index / size;
    share.step = groups;
    share.th.index = th.index % size;
    share.th.count = size;
    return share;
}

/* Walks this thread's jobs of [0, jobs). */
#define LANE_JOBS(job, jobs, share) \
    for (uint32_t job = (share).first; job < (uint32_t)(jobs); job += (share).step)

#endif
