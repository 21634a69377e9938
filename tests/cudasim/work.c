// The threads that run streams. Default: whatever stands first in a stream runs as soon as it may.
// Adversary: which stream goes on is drawn, operations are held back until the host has asked a few
// times (or nothing else happens), and blocks of a grid run in any order.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/cudasim/sim.h" // sim

#define IDLE_NS 300000

static bool may_run(const struct CUstream_st *stream) {
    const struct sim_op *op = stream->first;
    if (!stream->used || stream->busy || !op || op->hangs) return false;
    if (op->kind == SIM_WAIT && op->event->passed < op->event_number) return false;
    return !sim.config.adversary || op->hold <= sim.questions;
}

static struct CUstream_st *stream_pick(void) {
    uint32_t first = sim.config.adversary ? sim_random() % SIM_STREAMS_MAX : 0;
    for (uint32_t i = 0; i < SIM_STREAMS_MAX; i++) {
        struct CUstream_st *stream = &sim.stream[(first + i) % SIM_STREAMS_MAX];
        if (may_run(stream)) return stream;
    }
    return NULL;
}

static void kernel_run(const struct sim_op *op, uint64_t slow_us) {
    if (slow_us) {
        struct timespec time = {(time_t)(slow_us / 1000000), (long)(slow_us % 1000000) * 1000};
        nanosleep(&time, NULL);
    }
    if (sim.config.idle) return;
    uint32_t blocks = op->grid_x * op->grid_y, first = op->seed ? op->seed % blocks : 0;
    uint32_t backwards = op->seed >> 16 & 1;
    for (uint32_t i = 0; i < blocks; i++) {
        uint32_t block = (first + (backwards ? blocks - i : i)) % blocks;
        uint32_t order = op->seed ? op->seed + 7919 * block + 1 : 0;
        op->kernel->run(op->arguments, block % op->grid_x, block / op->grid_x, op->grid_x,
                        op->grid_y, order);
    }
}

// Locked: whether everything the operation touches is there, and ordered.
static bool op_check(const struct sim_op *op) {
    struct sim_ranges *ranges = sim_ranges_begin(op);
    char why[128] = "";
    bool ok = true;
    if (op->kind == SIM_KERNEL) {
        ok = op->kernel->ranges(op->arguments, ranges, why, sizeof why);
        if (!ok && why[0]) sim_fault("%s: %s", op->kernel->name, why);
    } else if (op->kind == SIM_UP || op->kind == SIM_DOWN) {
        sim_range(ranges, op->from, op->bytes, false);
        sim_range(ranges, op->to, op->bytes, true);
    } else if (op->kind == SIM_FILL) {
        sim_range(ranges, op->to, op->bytes, true);
    }
    return sim_ranges_end(ranges) && ok;
}

static void op_run(const struct sim_op *op, uint64_t slow_us) {
    if (op->kind == SIM_KERNEL) kernel_run(op, slow_us);
    if (op->kind == SIM_UP || op->kind == SIM_DOWN) memcpy(op->to, op->from, op->bytes);
    if (op->kind == SIM_FILL) memset(op->to, op->value, op->bytes);
}

static void stream_step(struct CUstream_st *stream) {
    struct sim_op *op = stream->first;
    bool work = op->kind != SIM_RECORD && op->kind != SIM_WAIT;
    if (work && !op_check(op)) {
        sim.sticky = GPU_ERROR_ILLEGAL_ADDRESS;
        work = false;
    }
    if (op->kind == SIM_RECORD) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        op->event->passed = op->event_number;
        op->event->passed_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    }
    if (work && !sim.sticky) {
        stream->busy = true;
        uint64_t slow_us = sim.config.slow_us;
        pthread_mutex_unlock(&sim.lock);
        op_run(op, slow_us);
        pthread_mutex_lock(&sim.lock);
        stream->busy = false;
    }
    stream->first = op->next;
    if (!stream->first) stream->last = &stream->first;
    free(op);
    pthread_cond_broadcast(&sim.changed);
}

static void *worker_main(void *unused) {
    pthread_mutex_lock(&sim.lock);
    for (;;) {
        struct CUstream_st *stream = stream_pick();
        if (stream) {
            stream_step(stream);
            continue;
        }
        // A host that asks nothing is not waited for for ever.
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += sim.config.adversary ? IDLE_NS : 100000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        if (pthread_cond_timedwait(&sim.changed, &sim.lock, &until)) sim.questions++;
    }
    return unused;
}

// They run until the process ends, and hold nothing while they wait.
void sim_workers_start(void) {
    if (sim.workers_started) return;
    sim.workers_started = true;
    for (uint64_t i = 0; i < sim.config.workers; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, worker_main, NULL) == 0) pthread_detach(thread);
    }
}
