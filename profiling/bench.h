// The benchmark's common ground: what is measured becomes rows of one table, whose columns are the
// instruction sets of this machine; reports are made from the table alone, and two of them as JSON
// can be compared. What one thread does is measured in its processor time: on a busy machine the
// time that other programs take is left out. What several threads do, and waiting, is measured on
// the wall, with the widest instruction set only; headings say so.
//
// A figure is the best of several repeats, because whatever else a machine does only adds. Repeats
// are of the whole benchmark, so that minutes lie between those of a figure: within a second a busy
// machine is steady, and how far such repeats lie apart would say nothing. Each of them is kept;
// what lies between the best and the worst is the figure's noise.
//
// Operations are arithmetic on lanes (add, subtract, multiply, fused multiply-add), counted by a
// copy of the very same source; the share of the peak is operations per second over the fused
// multiply-adds per second that the same core does in a loop of nothing else, in the same run.
#ifndef PROFILING_BENCH_H
#define PROFILING_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "profiling/bench_time.h"    // bench_best_s
#include "profiling/ladder/ladder.h" // struct ladder

enum { BENCH_ISAS_MAX = 4, BENCH_ROWS_MAX = 192, BENCH_REPEATS_MAX = 9 };

enum bench_unit {
    BENCH_TIMES,   // times real time: more is better
    BENCH_MS,      // milliseconds for one second of audio: less is better
    BENCH_RATE,    // thousand million lane operations a second
    BENCH_NS,      // nanoseconds for one
    BENCH_COUNT,   // a plain number: more is better
    BENCH_PERCENT, // of what would be best
    BENCH_WAIT_MS, // milliseconds until it is done: less is better
    BENCH_MB,      // megabytes: less is better
};

// Names the form of the JSON; another form has another name, and is not compared with this one.
#define BENCH_SCHEMA "aeolian-bench-1"

struct bench_row {
    const char *group; // heading
    char name[72];
    enum bench_unit unit;
    double value[BENCH_ISAS_MAX]; // by instruction set, the best of all repeats; 0: not measured
    double repeats[BENCH_ISAS_MAX][BENCH_REPEATS_MAX];
    double operations; // for one second of audio; 0: not counted
};

struct bench {
    const char *isas[BENCH_ISAS_MAX]; // "avx512", "avx2", "plain"; widest first
    uint32_t isa_count;
    double peak[BENCH_ISAS_MAX]; // lane multiply-adds a second
    // Where a fused multiply-add is a library call (plain C), only one piece in this many of the
    // work is run and measured, spread evenly over it; else 1.
    uint32_t thinning[BENCH_ISAS_MAX];
    double budget_s;             // for one figure
    bool quick;                  // fewer repeats, and no thousand sessions
    double load;                 // average of the last minute, when the program began
    uint32_t repeat_count;       // so far
    struct bench_row rows[BENCH_ROWS_MAX];
    uint32_t row_count;
    struct ladder ladder;        // each rung with its best time
    double ladder_ms[LADDER_RUNGS_MAX][BENCH_REPEATS_MAX];
};

// Adds an empty row; aborts when the table is full.
struct bench_row *bench_add(struct bench *bench, const char *group, const char *name,
                            enum bench_unit unit);

// Rows for the 50th, 95th and 99th percentile of COUNT waits, of the first instruction set; sorts
// them.
void bench_add_waits(struct bench *bench, const char *group, const char *what, double *seconds,
                     uint32_t count);

// One call measures one group of rows.
void bench_peak(struct bench *bench);
void bench_scenes(struct bench *bench);
void bench_voices(struct bench *bench);
void bench_effects(struct bench *bench);
void bench_encode(struct bench *bench);
void bench_meters(struct bench *bench);
void bench_phrases(struct bench *bench);
void bench_threads(struct bench *bench);
void bench_engine_ticks(struct bench *bench);
void bench_planning(struct bench *bench);
void bench_starts(struct bench *bench);
void bench_memory(struct bench *bench);

// What is printed behind a value, and whether more of it is better.
const char *bench_unit_text(enum bench_unit unit);
bool bench_more_is_better(enum bench_unit unit);

// Reports on standard output.
void bench_print_table(const struct bench *bench);
void bench_print_json(const struct bench *bench);
void bench_print_markdown(const struct bench *bench);

// Compares two files that bench_print_json wrote; ARGUMENTS are their names. Returns the exit
// status of the program.
int bench_compare(int count, char **arguments);

#endif
