// The parts of a verdict that both kinds of a soak run share; judge.c. Main thread.
#ifndef PROFILING_SOAK_JUDGE_H
#define PROFILING_SOAK_JUDGE_H

#include "profiling/soak/soak.h" // struct soak

// Adds a check to RECORD; what is too many is left out.
void judge_add(struct record *record, enum outcome outcome, const char *name, const char *format,
               ...) __attribute__((format(printf, 4, 5)));

enum outcome judge_when(bool good);

// Does any resource grow?
void judge_growth(struct record *record);

// The checks that only a run in real time has (judge_live.c).
void judge_live(struct soak *soak);

// How much VALUE, sampled at HOUR, is larger in the last eighth of HOURS than in the one behind the
// first tenth: the ratio of the geometric means (slope) with its 95 % interval (low, high), from
// samples at least SPACING_H apart, which are `bins` in the eighth that has fewer. Below 2 nothing
// else is set. Method: Student's t on the difference of the logarithms' means.
struct trend judge_drift(const double *hour, const double *value, uint32_t count, double hours,
                         double spacing_h);

#endif
