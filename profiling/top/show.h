// What `aeolian top` shows of an answer of /v1/status: a line, or a screen of lines. Pure functions
// of the answer; they print nothing. Main thread.
#ifndef PROFILING_TOP_SHOW_H
#define PROFILING_TOP_SHOW_H

#include <jansson.h>
#include <stddef.h>

#include "server/terminal.h" // TERMINAL_LINE_BYTES

// The whole state in one line of fixed columns. DROPS_BEFORE: packets dropped at the last look.
void show_line(char *out, size_t size, const json_t *status, double drops_before);

// The lines of a screen; returns how many, at most TERMINAL_SCREEN_LINES_MAX.
int show_screen(char lines[][TERMINAL_LINE_BYTES], const json_t *status, const char *url,
                double drops_before);

// Packets dropped, according to STATUS.
double show_drops(const json_t *status);

#endif
