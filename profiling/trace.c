// The rings of a trace: one writer each, the thread it belongs to, and one reader. See trace.h.
#include "profiling/trace.h"

#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "profiling/meters.h" // meter_now_ns

enum { NAME_BYTES = 16 }; // what the system keeps of a thread's name

// `written`, `dropped` and `read` only grow. The thread's counters and the reader's stand apart, so
// that neither disturbs the other's cache line.
struct track {
    _Alignas(64) atomic_uint written;
    atomic_ullong dropped;
    int thread;
    char name[NAME_BYTES];
    _Alignas(64) atomic_uint read;
};

atomic_bool trace_running;

static atomic_bool claimed;
static atomic_uint tracks_used; // may count on beyond track_count
static atomic_ullong without_track; // events of threads that found none
static atomic_ullong flows;
static uint32_t track_count, event_count;
static struct track *tracks;
static struct trace_event *rings;
static int64_t began_ns;
static uint64_t dropped_before;

static _Thread_local struct track *own_track;
static _Thread_local const char *own_name;

int64_t trace_now_ns(void) {
    return meter_now_ns();
}

// ----------------------------------------------------------------------------------- recording

void trace_thread_name(const char *name) {
    assert(strlen(name) < NAME_BYTES);
    own_name = name;
}

static struct track *track_of_thread(void) {
    if (own_track) return own_track;
    if (atomic_load_explicit(&tracks_used, memory_order_relaxed) >= track_count) return NULL;
    uint32_t number = atomic_fetch_add(&tracks_used, 1);
    if (number >= track_count) return NULL;
    struct track *track = &tracks[number];
    track->thread = (int)syscall(SYS_gettid);
    const char *name = own_name ? own_name : track->thread == getpid() ? "main" : NULL;
    if (name)
        memcpy(track->name, name, strlen(name) + 1);
    else if (pthread_getname_np(pthread_self(), track->name, sizeof track->name))
        track->name[0] = '\0';
    own_track = track;
    return track;
}

static void record(const struct trace_event *event) {
    if (!atomic_load_explicit(&trace_running, memory_order_acquire)) return;
    struct track *track = track_of_thread();
    if (!track) {
        atomic_fetch_add_explicit(&without_track, 1, memory_order_relaxed);
        return;
    }
    uint32_t written = atomic_load_explicit(&track->written, memory_order_relaxed);
    uint32_t waiting = written - atomic_load_explicit(&track->read, memory_order_acquire);
    if (waiting >= event_count) {
        atomic_fetch_add_explicit(&track->dropped, 1, memory_order_relaxed);
        return;
    }
    size_t first = (size_t)(track - tracks) * event_count;
    rings[first + (written & (event_count - 1))] = *event;
    atomic_store_explicit(&track->written, written + 1, memory_order_release);
}

void trace_record_slice(enum trace_slice slice, int64_t since_ns, int64_t until_ns, int64_t first,
                        int64_t second, int64_t third) {
    record(&(struct trace_event){.at_ns = since_ns,
                                 .value = until_ns - since_ns,
                                 .numbers = {first, second, third},
                                 .kind = TRACE_KIND_SLICE,
                                 .what = (uint16_t)slice,
                                 .line = TRACE_THREAD});
}

void trace_record_line(enum trace_line line, enum trace_slice slice, int64_t since_ns,
                       int64_t took_ns, const int64_t numbers[3]) {
    record(&(struct trace_event){.at_ns = since_ns,
                                 .value = took_ns,
                                 .numbers = {numbers[0], numbers[1], numbers[2]},
                                 .kind = TRACE_KIND_SLICE,
                                 .what = (uint16_t)slice,
                                 .line = (uint32_t)line});
}

void trace_record_counter(enum trace_counter counter, int64_t value) {
    record(&(struct trace_event){.at_ns = trace_now_ns(),
                                 .value = value,
                                 .kind = TRACE_KIND_COUNTER,
                                 .what = (uint16_t)counter});
}

uint64_t trace_flow_new(void) {
    return trace_on() ? atomic_fetch_add_explicit(&flows, 1, memory_order_relaxed) + 1 : 0;
}

void trace_record_flow(enum trace_station station, uint64_t flow, int64_t at_ns,
                       enum trace_line line) {
    record(&(struct trace_event){.at_ns = at_ns,
                                 .value = (int64_t)flow,
                                 .kind = TRACE_KIND_FLOW,
                                 .what = (uint16_t)station,
                                 .line = (uint32_t)line});
}

// ------------------------------------------------------------------------------------- reading

// The memory is written to, so that recording does not meet pages that the system has yet to find.
static bool rings_take(uint32_t track_limit, uint32_t events) {
    if (rings) return true;
    assert(track_limit > 0 && events > 0 && (events & (events - 1)) == 0);
    size_t ring_bytes = (size_t)track_limit * events * sizeof *rings;
    tracks = aligned_alloc(_Alignof(struct track), track_limit * sizeof *tracks);
    rings = malloc(ring_bytes);
    if (!tracks || !rings) {
        free(tracks);
        free(rings);
        tracks = NULL;
        rings = NULL;
        return false;
    }
    memset(tracks, 0, track_limit * sizeof *tracks);
    memset(rings, 0x55, ring_bytes);
    track_count = track_limit;
    event_count = events;
    return true;
}

static uint64_t dropped_ever(void) {
    uint64_t sum = atomic_load(&without_track);
    for (uint32_t i = 0; i < trace_tracks(); i++)
        sum += atomic_load_explicit(&tracks[i].dropped, memory_order_relaxed);
    return sum;
}

bool trace_claim(void) {
    return !atomic_exchange(&claimed, true);
}

bool trace_start(uint32_t track_limit, uint32_t events) {
    assert(atomic_load(&claimed) && !trace_on());
    if (!rings_take(track_limit, events)) return false;
    for (uint32_t i = 0; i < trace_tracks(); i++) { // what came too late for the last one
        uint32_t written = atomic_load_explicit(&tracks[i].written, memory_order_acquire);
        atomic_store_explicit(&tracks[i].read, written, memory_order_release);
    }
    dropped_before = dropped_ever();
    began_ns = trace_now_ns();
    atomic_store(&trace_running, true);
    return true;
}

void trace_stop(void) {
    atomic_store(&trace_running, false);
}

void trace_release(void) {
    assert(!trace_on());
    atomic_store(&claimed, false);
}

int64_t trace_began_ns(void) {
    return began_ns;
}

uint32_t trace_tracks(void) {
    uint32_t used = atomic_load(&tracks_used);
    return used < track_count ? used : track_count;
}

int trace_track_thread(uint32_t track) {
    return tracks[track].thread;
}

const char *trace_track_name(uint32_t track) {
    return tracks[track].name;
}

uint32_t trace_take(uint32_t number, struct trace_event *events, uint32_t most) {
    struct track *track = &tracks[number];
    uint32_t read = atomic_load_explicit(&track->read, memory_order_relaxed);
    uint32_t count = atomic_load_explicit(&track->written, memory_order_acquire) - read;
    if (count > most) count = most;
    const struct trace_event *ring = rings + (size_t)number * event_count;
    for (uint32_t i = 0; i < count; i++)
        events[i] = ring[(read + i) & (event_count - 1)];
    atomic_store_explicit(&track->read, read + count, memory_order_release);
    return count;
}

uint64_t trace_dropped(void) {
    return dropped_ever() - dropped_before;
}
