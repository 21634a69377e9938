// The effects, counting: as bench_lanes.c times them, with the counter in place of the clock.
#include "profiling/bench_count_lanes.h"
#include "profiling/bench_lanes.h"

uint64_t bench_counter;

#define bench_ticks() bench_counter

#include "profiling/bench_lanes.c"
