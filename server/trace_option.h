// `--trace FILE`, which every command with an engine has: a trace of the whole run (trace.h), from
// before the engine opens until after it has closed. Main thread; another one writes.
#ifndef SERVER_TRACE_OPTION_H
#define SERVER_TRACE_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "server/engine_options.h" // engine_choice

// Opens the file that CHOICE names and begins to record; nothing when it names none. False: one
// line for COMMAND was printed.
bool trace_option_begin(const char *command, const struct engine_choice *choice);

// Ends the recording and completes the file. Returns STATUS, or EXIT_FAILED when the file is not
// whole; one line was printed then. Fine without a trace.
int trace_option_end(const char *command, int status);

// How many threads a program records that renders with THREADS (0: one for each core).
uint32_t trace_option_threads(uint32_t threads);

#endif
