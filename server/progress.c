// The progress bar; see progress.h.
#include "server/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR_CELLS = 24 };

double progress_clock_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void progress_time(char *out, int size, double seconds) {
    long whole = (long)(seconds + 0.5);
    if (whole >= 3600) {
        snprintf(out, (size_t)size, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        snprintf(out, (size_t)size, "%ld:%02ld", whole / 60, whole % 60);
    }
}

static void draw(const struct progress *progress, double now_s) {
    double share = (double)progress->frames / (double)progress->total;
    double spent_s = now_s - progress->begun_s;
    double rate = spent_s > 0.0 ? (double)progress->frames / 48000.0 / spent_s : 0.0;
    int full = (int)(share * BAR_CELLS);
    char bar[BAR_CELLS + 1], done[24], whole[24], left[24] = "-";
    memset(bar, '#', (size_t)full);
    memset(bar + full, '.', (size_t)(BAR_CELLS - full));
    bar[BAR_CELLS] = '\0';
    progress_time(done, sizeof done, (double)progress->frames / 48000.0);
    progress_time(whole, sizeof whole, (double)progress->total / 48000.0);
    if (rate > 0.0) {
        progress_time(left, sizeof left,
                      (double)(progress->total - progress->frames) / 48000.0 / rate);
    }
    fprintf(stderr, "\r[%s] %3.0f %%  %s of %s  %.0fx real time  %s left\033[K", bar,
            share * 100.0, done, whole, rate, left);
    fflush(stderr);
}

void progress_begin(struct progress *progress, int64_t total_frames, bool quiet) {
    *progress = (struct progress){.shown = !quiet && isatty(STDERR_FILENO) && total_frames > 0,
                                  .total = total_frames,
                                  .begun_s = progress_clock_s()};
    if (progress->shown) {
        draw(progress, progress->begun_s);
    }
}

void progress_advance(struct progress *progress, int64_t frames) {
    progress->frames += frames;
    double now_s = progress->shown ? progress_clock_s() : 0.0;
    if (progress->shown && now_s - progress->drawn_s >= 0.1) {
        progress->drawn_s = now_s;
        draw(progress, now_s);
    }
}

void progress_end(struct progress *progress) {
    if (progress->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->shown = false;
    }
}
