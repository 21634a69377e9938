// Events of a trace (trace.h) as text: the object form of the Trace Event Format, which Perfetto
// and Chrome read. The words of that format that are used are X (a slice), C (a counter), s, t and
// f (an arrow, its stations and its end) and M (names).
//
// Memory is fixed: a piece of text that is written when it is full, and the last thousand arrows.
// An arrow is written when as many have begun after it, or at the end, and only when it has at
// least two stations, so that none is without a beginning or an end whatever was dropped. One
// thread, which may wait for the file.
#ifndef PROFILING_TRACE_JSON_H
#define PROFILING_TRACE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiling/trace.h" // trace_event

enum {
    TRACE_JSON_PIECE_BYTES = 65536,
    TRACE_JSON_LINE_BYTES = 512, // the longest event
    TRACE_JSON_ARROWS = 1024,    // changes that are still being followed
};

struct trace_arrow {
    uint64_t flow; // 0: free
    uint32_t stations; // which are known, one bit each
    struct {
        int64_t at_ns;
        int64_t thread;
    } station[TRACE_STATIONS];
};

struct trace_json {
    int descriptor;
    int error; // errno of the first write that failed; nothing is written from then on
    int process;
    int64_t began_ns;
    uint64_t bytes, bytes_max; // written so far; events beyond the most are dropped
    uint64_t events, dropped;
    bool separate; // an event stands before
    bool line_named[TRACE_LINES];
    struct trace_arrow arrows[TRACE_JSON_ARROWS];
    size_t used;
    char piece[TRACE_JSON_PIECE_BYTES];
};

// Begins a file on DESCRIPTOR, which stays the caller's. BYTES_MAX 0: as long as it gets.
void trace_json_begin(struct trace_json *json, int descriptor, uint64_t bytes_max,
                      int64_t began_ns);

// The name of a thread, once.
void trace_json_thread(struct trace_json *json, int thread, const char *name);

// An event of a thread. Events from before the trace began are left out.
void trace_json_event(struct trace_json *json, int thread, const struct trace_event *event);

// Writes what remains: arrows, and as "otherData" how many events are here and how many, beside
// DROPPED, are not. False: json->error says why the file is not whole.
bool trace_json_end(struct trace_json *json, uint64_t dropped);

#endif
