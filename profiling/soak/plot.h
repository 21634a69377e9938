// Small line plots as inline SVG, readable on light and dark pages. One thread.
#ifndef PROFILING_SOAK_PLOT_H
#define PROFILING_SOAK_PLOT_H

#include <stdint.h>
#include <stdio.h>

#define PLOT_LINES_MAX 4

struct plot_line {
    const char *name;
    const double *x, *y;
    uint32_t count;
};

// Hours at which something happened.
struct plot_marks {
    const double *x;
    uint32_t count;
};

// Writes a plot of LINES over hours to FILE, with MARKS as strokes across it; nothing when no line
// has a point.
void plot_write(FILE *file, const char *title, const char *unit, const struct plot_line *lines,
                uint32_t line_count, struct plot_marks marks);

// TEXT with what HTML would take for itself replaced.
void html_text(FILE *file, const char *text);

#endif
