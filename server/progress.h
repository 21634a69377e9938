// A progress bar on standard error: share done, rate in times real time, time left. Only on a
// terminal; elsewhere, and when quiet, every call does nothing. One thread.
#ifndef SERVER_PROGRESS_H
#define SERVER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool shown;
    int64_t frames, total;
    double begun_s, drawn_s; // monotonic seconds
};

// Seconds of a clock that never goes back.
double progress_clock_s(void);

// Begins a piece of work of TOTAL frames.
void progress_begin(struct progress *progress, int64_t total_frames, bool quiet);

// FRAMES more are done; redraws at most ten times a second.
void progress_advance(struct progress *progress, int64_t frames);

// Removes the bar from the line.
void progress_end(struct progress *progress);

// Writes SECONDS as "0:07", "12:34" or "1:02:03".
void progress_time(char *out, int size, double seconds);

#endif
