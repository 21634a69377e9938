// The machine and the build that figures hold for. Main thread.
#ifndef PROFILING_BENCH_MACHINE_H
#define PROFILING_BENCH_MACHINE_H

#include <jansson.h>
#include <stddef.h>

// The commit that was built, "unknown" where there was no git. Written anew by each build.
extern const char bench_commit[];

// The compiler and its options: "gcc 12.2.0, -O3 -g".
extern const char bench_compiler[];

// The processor's model name, or "unknown".
void bench_processor(char *out, size_t size);

// All of it as an object: processor, cores, governor, memory_bytes, system, compiler, commit, date
// (UTC) and LOAD, the load average before anything was measured. The caller owns it.
json_t *bench_machine_json(double load);

#endif
