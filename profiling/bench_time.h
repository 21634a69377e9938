// Time, for the benchmark. Any thread.
#ifndef PROFILING_BENCH_TIME_H
#define PROFILING_BENCH_TIME_H

#include <stdint.h>

// Processor time of this thread, and time on the wall, in seconds; only differences mean anything.
double bench_now_s(void);
double bench_wall_s(void);

// Runs BODY until BUDGET_S of processor time is spent, three times at least unless that takes
// several times the budget; the shortest run in seconds. Not once when the budget is 0.
double bench_best_s(double budget_s, void (*body)(void *context), void *context);

#endif
