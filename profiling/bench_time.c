// See bench_time.h.
#include "profiling/bench_time.h"

#include <time.h>

static double clock_s(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double bench_now_s(void) {
    return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

double bench_wall_s(void) {
    return clock_s(CLOCK_MONOTONIC);
}

double bench_best_s(double budget_s, void (*body)(void *context), void *context) {
    double best = 0, spent = 0;
    for (int run = 0; spent < budget_s || (run < 3 && spent < 4 * budget_s); run++) {
        double begun = bench_now_s();
        body(context);
        double seconds = bench_now_s() - begun;
        best = run == 0 || seconds < best ? seconds : best;
        spent += seconds;
    }
    return best;
}
