// A trace (trace.h) being written to a file by a thread of its own: the only one that waits for the
// file. It empties the rings every few milliseconds, so a trace may be as long as the disk allows.
#ifndef PROFILING_TRACE_FILE_H
#define PROFILING_TRACE_FILE_H

#include <stdbool.h>
#include <stdint.h>

enum { TRACE_EVENTS = 4096 }; // of one thread that wait to be written: 196 kB

struct trace_request {
    int descriptor;     // written to, from where it stands; stays the caller's
    uint32_t threads;   // that may record; further ones are not in the trace, their events counted
    uint32_t events;    // of one thread that may wait to be written: a power of two
    uint64_t bytes_max; // of the file, but for its last few thousand; 0: no limit
    double seconds;     // until it ends by itself; 0: until trace_file_end
};

struct trace_outcome {
    int error; // errno of the file, ENOMEM when there was no memory for it; 0: the file is whole
    uint64_t events, dropped, bytes;
};

struct trace_file;

// Starts a trace. NULL: another one runs (*BUSY), or memory is short. Any thread; does not wait.
struct trace_file *trace_file_start(const struct trace_request *request, bool *busy);

// Waits until recording has begun.
void trace_file_await(struct trace_file *trace);

// Ends the trace now, without waiting. Any thread.
void trace_file_stop(struct trace_file *trace);

// Whether all is written: trace_file_end then returns at once. Any thread.
bool trace_file_done(const struct trace_file *trace);

// Ends the trace now if it has not ended, waits until all is written, and frees TRACE.
struct trace_outcome trace_file_end(struct trace_file *trace);

#endif
