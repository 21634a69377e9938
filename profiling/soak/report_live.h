// What the report of a soak run in real time has beside that of any. report_live.c. Main thread.
#ifndef PROFILING_SOAK_REPORT_LIVE_H
#define PROFILING_SOAK_REPORT_LIVE_H

#include <stdio.h>

#include "profiling/soak/soak.h" // struct soak

struct json_t;

// The server's and the listeners' times of the whole run, as an array like that of other runs.
struct json_t *report_live_times(const struct soak *soak);

// Adds to REPORT: listeners, faults, what was counted under each, the server.
void report_live_json(const struct soak *soak, struct json_t *report);

// The same for people.
void report_live_html(FILE *file, const struct soak *soak);

// When faults began, in hours, in order; returns how many of at most FAULT_EVENTS_MAX.
uint32_t report_live_marks(const struct soak *soak, double *hours);

// The head of the table of latencies (report.c).
extern const char report_stages_head[];

#endif
