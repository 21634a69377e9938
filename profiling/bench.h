// The benchmark's common ground: what is measured becomes rows of one table, whose columns are the
// instruction sets of this machine; reports are made from the table alone. Every figure is the
// best of several runs, on one thread (one row has a second beside it), in processor time of that
// thread: on a busy machine the time that other programs take is left out.
//
// Operations are arithmetic on lanes (add, subtract, multiply, fused multiply-add), counted by a
// copy of the very same source; the share of the peak is operations per second over the fused
// multiply-adds per second that the same core does in a loop of nothing else, in the same run.
#ifndef PROFILING_BENCH_H
#define PROFILING_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "profiling/ladder/ladder.h" // struct ladder

enum { BENCH_ISAS_MAX = 4, BENCH_ROWS_MAX = 128 };

enum bench_unit {
    BENCH_TIMES, // times real time, on one core: more is better
    BENCH_MS,    // milliseconds for one second of audio: less is better
    BENCH_RATE,  // thousand million lane operations a second
    BENCH_NS,    // nanoseconds for one
    BENCH_COUNT, // a plain number
};

struct bench_row {
    const char *group; // heading
    char name[72];
    enum bench_unit unit;
    double value[BENCH_ISAS_MAX]; // by instruction set; 0: not measured
    double operations;            // for one second of audio; 0: not counted
};

struct bench {
    const char *isas[BENCH_ISAS_MAX]; // "avx512", "avx2", "plain"; widest first
    uint32_t isa_count;
    double peak[BENCH_ISAS_MAX]; // lane multiply-adds a second
    // Where a fused multiply-add is a library call (plain C), only one piece in this many of the
    // work is run and measured, spread evenly over it; else 1.
    uint32_t thinning[BENCH_ISAS_MAX];
    double budget_s;             // for one figure
    struct bench_row rows[BENCH_ROWS_MAX];
    uint32_t row_count;
    struct ladder ladder;
};

// Adds an empty row; aborts when the table is full.
struct bench_row *bench_add(struct bench *bench, const char *group, const char *name,
                            enum bench_unit unit);

// Processor time of this thread in seconds; only differences mean anything.
double bench_now_s(void);

// Runs BODY until the budget is spent, three times at least unless that takes several times the
// budget; the shortest run in seconds.
double bench_best_s(double budget_s, void (*body)(void *context), void *context);

// One call measures one group of rows.
void bench_peak(struct bench *bench);
void bench_scenes(struct bench *bench);
void bench_voices(struct bench *bench);
void bench_effects(struct bench *bench);
void bench_encode(struct bench *bench);
void bench_meters(struct bench *bench);

// Reports on standard output.
void bench_print_table(const struct bench *bench);
void bench_print_json(const struct bench *bench);
void bench_print_markdown(const struct bench *bench);

#endif
