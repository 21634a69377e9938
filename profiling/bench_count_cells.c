// The voices and buses, counting: the CPU renderer's own lane code.
#include "profiling/bench_count_lanes.h"

#include "engine/lanes_cpu.c"
