/*
 * sim.h - the inside of the simulated driver.
 *
 *   config.c    settings              memory.c   allocations, bounds, poison
 *   queue.c     operations, streams   race.c     clocks and the race detector
 *   work.c      the threads that run  calls.c    the cu* functions
 *   errors.c    their errors
 *
 * One mutex guards everything but the work itself: operations run unlocked, on worker threads,
 * while the host goes on.
 */
#ifndef TESTS_CUDASIM_SIM_H
#define TESTS_CUDASIM_SIM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpu/cuda_api.h"               // GPU_CALLS
#include "tests/cudasim/cudasim.h"      // cudasim_configure
#include "tests/cudasim/kernel_table.h" // struct sim_kernel

#pragma GCC visibility push(default)
#define GPU_PROTOTYPE(kind, field, symbol, parameters) gpu_result symbol parameters;
GPU_CALLS(GPU_PROTOTYPE)
#undef GPU_PROTOTYPE
#pragma GCC visibility pop

#define SIM_STREAMS_MAX 15
#define SIM_CLOCKS (SIM_STREAMS_MAX + 1) // the last one is unused by streams and stays 0
#define SIM_ARGUMENTS_MAX 64
#define SIM_GRAPH_OPS_MAX 32

#define SIM_DEVICES_MAX 16
#define SIM_MODE_BUSY 3 // CU_COMPUTEMODE_EXCLUSIVE_PROCESS, and another process has it

// As cudasim.h explains them; the fields are read by offset (config.c).
struct sim_config {
    uint64_t devices, driver, real, workers, seed, adversary, fail, error, hang, slow_us, idle;
    uint64_t memory[SIM_DEVICES_MAX], taken[SIM_DEVICES_MAX];
    uint64_t compute[SIM_DEVICES_MAX], mode[SIM_DEVICES_MAX];
};

// How far each stream's work is known to have come: entry s counts operations of stream s.
struct sim_clock {
    uint64_t at[SIM_CLOCKS];
};

enum sim_kind { SIM_KERNEL, SIM_UP, SIM_DOWN, SIM_FILL, SIM_RECORD, SIM_WAIT };

struct sim_op {
    enum sim_kind kind;
    struct sim_op *next;
    uint32_t stream;        // index
    uint64_t number;        // in its stream, from 1
    struct sim_clock clock; // what is known to be done before it
    uint32_t hold;          // host questions it waits for in adversary mode
    void *to;
    const void *from;
    size_t bytes;
    unsigned char value;
    const struct sim_kernel *kernel;
    uint32_t grid_x, grid_y, seed;
    bool hangs;
    unsigned char arguments[SIM_ARGUMENTS_MAX];
    struct CUevent_st *event;
    uint64_t event_number; // which record of it
};

struct CUstream_st {
    bool used, busy; // busy: its first operation is being run
    uint32_t index;
    uint64_t numbered;      // operations enqueued so far
    struct sim_clock clock; // of the next one
    struct sim_op *first, **last;
    struct CUgraph_st *capture; // NULL: not capturing
};

struct CUevent_st {
    uint64_t recorded, passed; // records enqueued, and passed
    bool timed;
    int64_t passed_ns; // when the newest passed, by the host's clock: there is no other here
    uint64_t asked;            // of which record it was last asked whether it has passed
    struct sim_clock clock;    // of the newest record
    struct CUevent_st *next;   // of the living ones
};

struct CUgraph_st {
    uint32_t count;
    struct sim_op op[SIM_GRAPH_OPS_MAX];
};

// How often a function was called.
struct sim_named {
    const char *name;
    uint64_t calls;
};
#define SIM_NAMED_MAX 64 // more than there are functions

struct sim {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct sim_config config;
    bool configured, started, workers_started;
    uint64_t calls, launches, questions, random;
    struct sim_named named[SIM_NAMED_MAX]; // the used ones come first
    int sticky; // error that every later call gives
    uint64_t objects;
    struct CUstream_st stream[SIM_STREAMS_MAX];
    struct CUevent_st *events;
    struct sim_clock host; // what the host knows to be done
    char fault[256];
};
extern struct sim sim;

// errors.c: numbers that cuda_api.h has no use for, and whether one ends the device.
enum {
    SIM_ERROR_DEVICE_UNAVAILABLE = 46,
    SIM_ERROR_INVALID_DEVICE = 101,
    SIM_ERROR_DRIVER_MISMATCH = 803
};
bool sim_error_sticky(int error);

// config.c
bool sim_config_read(struct sim_config *config, const char *text, char *why, size_t cap);
// Notes a violation; the first one is kept and printed. Locked.
void sim_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint32_t sim_random(void); // locked

// memory.c; all locked
enum sim_place { SIM_DEVICE, SIM_PINNED };
void *sim_memory_take(enum sim_place place, uint32_t device, size_t bytes);
bool sim_memory_give(enum sim_place place, void *memory);
bool sim_memory_holds(enum sim_place place, const void *at, size_t bytes);
uint64_t sim_memory_bytes(enum sim_place place); // taken, of all devices
uint64_t sim_memory_free(uint32_t device);
void sim_memory_forget(void); // the quarantine

// race.c; all locked
void sim_clock_join(struct sim_clock *to, const struct sim_clock *from);
struct sim_ranges *sim_ranges_begin(const struct sim_op *op);
bool sim_ranges_end(struct sim_ranges *ranges); // false: a range outside of memory
void sim_races_forget(void);

// queue.c; all locked
bool sim_stream_known(const struct CUstream_st *stream);
bool sim_event_known(const struct CUevent_st *event);
gpu_result sim_enqueue(struct CUstream_st *stream, const struct sim_op *model);
void sim_stream_clear(struct CUstream_st *stream);

// work.c; locked
void sim_workers_start(void);

#endif
