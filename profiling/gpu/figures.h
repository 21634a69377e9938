// What was measured, as one list, and the reports that are made from it alone. One thread.
#ifndef PROFILING_GPU_FIGURES_H
#define PROFILING_GPU_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profiling/gpu/machine.h" // struct machine

#define FIGURES_MAX 192

struct figure {
    const char *group; // heading
    char name[88];
    const char *unit;  // "ms", "GB/s", "x", "%", ""
    double value;
    double bound;      // what the machine allows by computation; 0: none was computed
    char note[120];    // aim, or how to read it; "" for nothing
};

struct figures {
    const struct machine *machine;
    bool is_short; // cut down to show that the program works: no figure means anything
    struct figure figure[FIGURES_MAX];
    uint32_t count;
    const char *json, *markdown; // files to write; NULL: none
};

// Adds a figure and prints it, with its heading where that is new.
struct figure *figure_add(struct figures *figures, const char *group, const char *unit,
                          double value, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void figure_note(struct figure *figure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Prints the figure added last; called by the next figure_add and by figures_write.
void figure_print(struct figures *figures);

// Writes the files anew with all there is so far, so that a run that is cut short leaves what it
// had. False after printing why one cannot be written.
bool figures_write(struct figures *figures);

#endif
