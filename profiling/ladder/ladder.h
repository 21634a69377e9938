// The processor's ladder: from the renderer one would write first to the product's, one technique
// at a time, on the same phrase of the same scene. Each rung is checked against the engine's own
// samples before it is timed, and counts the memory it takes for a phrase.
//
// The subject is the pads and the drone of a phrase (the surf is noise and has no sines), summed
// into one bus, with the controls held still, and the effects behind. Main thread; only the last
// rung has more.
#ifndef PROFILING_LADDER_LADDER_H
#define PROFILING_LADDER_LADDER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { LADDER_RUNGS_MAX = 8 };

struct ladder_rung {
    const char *name;
    double ms;                 // for one second of audio, voices and effects
    double voices_ms;          // of that the voices; 0: not apart
    double error_db;           // of its samples against the engine's; -400: equal
    uint64_t bytes_peak;       // taken at once, beside the phrase's samples
    uint64_t allocations;      // for a phrase, once everything runs
    uint32_t threads;
};

struct ladder {
    char subject[160];
    uint32_t rung_count;
    struct ladder_rung rungs[LADDER_RUNGS_MAX];
};

// Measures all rungs; ends the program with a line when one sounds different. BUDGET_S is for one
// figure; the first rungs take longer. 0: nothing is timed, and less of each rung is checked.
void ladder_measure(struct ladder *ladder, double budget_s);

void ladder_print_table(const struct ladder *ladder, FILE *file);
void ladder_print_markdown(const struct ladder *ladder, FILE *file);
// A bar for each rung, on a logarithmic scale, readable on light and dark pages.
void ladder_print_svg(const struct ladder *ladder, FILE *file);

#endif
