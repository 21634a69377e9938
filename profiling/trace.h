// A trace: what every thread did when, recorded while one is asked for; trace_file.h writes it as
// JSON for Perfetto and Chrome.
//
// A leaf: engine, gpu and server record with it. While no trace runs, each call below costs one
// relaxed load and a branch. While one runs, a thread writes records of 48 bytes into a ring of its
// own, which the writer's thread empties: no lock, no allocation, no input or output. A ring that
// is full drops what comes and counts it. A slice is recorded when it ends, as one record, so what
// is dropped never leaves half of one behind.
//
// The rings are taken by the first trace and kept for the next ones until the process ends: a
// thread that is late by one record writes into memory that is still there, and the reader knows
// the record by its time. A thread gets its ring with its first record and keeps it.
#ifndef PROFILING_TRACE_H
#define PROFILING_TRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "profiling/range.h" // RANGES

// What a slice is, beside the stages of range.h: its name, and what its three numbers are called.
#define TRACE_SLICES(X)                                                                          \
    X(TICK, "tick", "sessions", "spans", "")           /* the engine's work of one tick */       \
    X(START, "start", "sessions", "spans", "")         /* ... of a pass for new sessions */      \
    X(BATCH, "batch", "spans", "frames", "added")      /* submitted until it is done */          \
    X(SYNTHESIS, "synthesis", "sessions", "frames", "") /* an offline call */                    \
    X(SPAN, "span", "session", "from", "frames")       /* handed over, encoded */                \
    X(CHANGE, "change", "session", "id", "")           /* of controls or scene: asked for */     \
    X(APPLY, "apply", "session", "id", "heard_at")     /* ... put into the control log */        \
    X(MESSAGE, "message", "listener", "bytes", "")     /* text of a listener, acted on */        \
    X(RECEIPT, "receipt", "id", "heard_at", "heard_in_ms") /* answer of a change, sent */        \
    X(SEND, "send", "listener", "position", "frames")  /* audio handed to the network */         \
    X(HEARD, "heard", "listener", "id", "heard_at")    /* by the listener's clock */             \
    X(UPLOAD, "upload", "bytes", "", "")               /* to the GPU: what a part holds */       \
    X(KERNELS, "kernels", "spans", "frames", "graph")  /* of a part, on the GPU */

enum trace_slice {
    TRACE_STAGES = RANGE_COUNT, // slices below are stages: enum range
    TRACE_BEFORE_SLICES = TRACE_STAGES - 1,
#define TRACE_SLICE_ID(id, name, first, second, third) TRACE_##id,
    TRACE_SLICES(TRACE_SLICE_ID)
#undef TRACE_SLICE_ID
    TRACE_SLICE_COUNT
};

// Numbers that change over time: a name, and of what.
#define TRACE_COUNTERS(X)                                                                  \
    X(LEAD, "lead", "ms")                /* rendered ahead of what is heard: the least */  \
    X(SENT_AHEAD, "sent ahead", "ms")    /* likewise, sent */                              \
    X(QUEUE, "queue depth", "messages")  /* in the longest listener's queue */             \
    X(SESSIONS, "sessions", "playing")                                                     \
    X(NOTES, "notes", "held")            /* places in the pool of notes */

enum trace_counter {
#define TRACE_COUNTER_ID(id, name, unit) TRACE_COUNTER_##id,
    TRACE_COUNTERS(TRACE_COUNTER_ID)
#undef TRACE_COUNTER_ID
    TRACE_COUNTER_COUNT
};

// Where a slice stands: on its thread's line, or on one of those that are no thread.
enum trace_line { TRACE_THREAD, TRACE_GPU_COMPUTE, TRACE_GPU_COPY, TRACE_LISTENERS, TRACE_LINES };

// The stations of a change, from its arrival to its sound, in this order; each is inside a slice.
enum trace_station {
    TRACE_ASKED,   // slice change
    TRACE_APPLIED, // slice apply
    TRACE_MADE,    // slice span: the one that holds the first frame that sounds different
    TRACE_SENT,    // slice send: likewise
    TRACE_SOUNDS,  // slice heard
    TRACE_STATIONS
};

enum trace_kind { TRACE_KIND_SLICE, TRACE_KIND_COUNTER, TRACE_KIND_FLOW };

struct trace_event {
    int64_t at_ns; // CLOCK_MONOTONIC
    int64_t value; // slice: how long, in ns; counter: what it is now; flow: its number
    int64_t numbers[3];
    uint16_t kind; // enum trace_kind
    uint16_t what; // enum trace_slice, trace_counter or trace_station
    uint32_t line; // enum trace_line
};

_Static_assert(sizeof(struct trace_event) == 48, "sizes of rings are reckoned with it");

// ----------------------------------------------------------------------------------- recording
// Any thread.

extern atomic_bool trace_running;

static inline bool trace_on(void) {
    return atomic_load_explicit(&trace_running, memory_order_relaxed);
}

void trace_record_slice(enum trace_slice slice, int64_t since_ns, int64_t until_ns, int64_t first,
                        int64_t second, int64_t third);
void trace_record_line(enum trace_line line, enum trace_slice slice, int64_t since_ns,
                       int64_t took_ns, const int64_t numbers[3]);
void trace_record_counter(enum trace_counter counter, int64_t value);
void trace_record_flow(enum trace_station station, uint64_t flow, int64_t at_ns,
                       enum trace_line line);
int64_t trace_now_ns(void);

// Begins a slice of the calling thread: what trace_end is to be given. 0: no trace runs.
static inline int64_t trace_begin(void) {
    return trace_on() ? trace_now_ns() : 0;
}

// Ends a slice begun at SINCE_NS. Slices of one thread end in reverse order.
static inline void trace_end(enum trace_slice slice, int64_t since_ns, int64_t first,
                             int64_t second, int64_t third) {
    if (since_ns && trace_on())
        trace_record_slice(slice, since_ns, trace_now_ns(), first, second, third);
}

static inline void trace_counter(enum trace_counter counter, int64_t value) {
    if (trace_on()) trace_record_counter(counter, value);
}

// A number for a change that is asked for now; 0 while no trace runs. Never the same twice.
uint64_t trace_flow_new(void);

// The change FLOW is at STATION, inside the slice under way. Nothing for flow 0.
static inline void trace_flow(enum trace_station station, uint64_t flow) {
    if (flow && trace_on()) trace_record_flow(station, flow, trace_now_ns(), TRACE_THREAD);
}

// What the calling thread is called in traces, instead of the system's name for it. A literal, at
// most 15 characters.
void trace_thread_name(const char *name);

// ------------------------------------------------------------------------------------- reading
// The writer's thread, but where it says otherwise.

// Claims the one trace that may run; false: it is claimed already. Any thread.
bool trace_claim(void);

// Begins it with rings for TRACKS threads, EVENTS records each (a power of two); the sizes count
// for the first trace only. False: there is no memory.
bool trace_start(uint32_t tracks, uint32_t events);

// Nothing more is recorded, but for records that are being written just now.
void trace_stop(void);

// Gives the claim back; not while the trace runs.
void trace_release(void);

int64_t trace_began_ns(void);

// How many tracks have been given to threads so far.
uint32_t trace_tracks(void);

// A track's thread: its number for the system and its name. After trace_take gave events of it.
int trace_track_thread(uint32_t track);
const char *trace_track_name(uint32_t track);

// Takes up to MOST of the oldest events of a track; returns how many.
uint32_t trace_take(uint32_t track, struct trace_event *events, uint32_t most);

// Events of this trace that found no room.
uint64_t trace_dropped(void);

#endif
