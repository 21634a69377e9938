// Makes a copy of lane code count its own arithmetic. Included in place of voices/lane.h, ahead of
// everything else, by files that are compiled for plain C (one lane): each lane operation is then
// one lane's worth of work, and the number does not depend on the instruction set. A macro does
// not expand inside itself, so the real function is still what runs.
#ifndef PROFILING_BENCH_COUNT_LANES_H
#define PROFILING_BENCH_COUNT_LANES_H

#include "voices/lane.h"

extern uint64_t bench_counter; // lane operations so far

LANE_FN lane_f bench_counted(lane_f x) {
    bench_counter++;
    return x;
}

#define lane_fma(a, b, c) lane_fma(bench_counted(a), b, c)
#define lane_add(a, b) lane_add(bench_counted(a), b)
#define lane_sub(a, b) lane_sub(bench_counted(a), b)
#define lane_mul(a, b) lane_mul(bench_counted(a), b)

#endif
