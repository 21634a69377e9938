// Whether a resource grows: a straight line through its samples, with the interval in which its
// true slope lies with 95 % confidence. Pure arithmetic; any thread.
//
// Method: ordinary least squares over means of up to TREND_BINS equal stretches of time (batch
// means, which take out most of the correlation between neighbouring samples), Student's t with
// bins - 2 degrees of freedom. Source: Draper and Smith, Applied Regression Analysis, 3rd ed., 1.4;
// Law, Simulation Modeling and Analysis, 5th ed., 9.5.3 (batch means).
#ifndef PROFILING_SOAK_TREND_H
#define PROFILING_SOAK_TREND_H

#include <stdint.h>

#define TREND_BINS 24
#define TREND_BINS_MIN 6

struct trend {
    uint32_t bins;    // that held samples; below TREND_BINS_MIN nothing else is set
    double slope;     // units an hour
    double low, high; // ends of its interval
    double at_zero;   // the line's value at hour 0
};

// COUNT samples, VALUE[i] at HOUR[i], in ascending order of time.
struct trend trend_fit(const double *hour, const double *value, uint32_t count);

// Student's t that a share of 0.975 lies below, FREEDOM >= 1 degrees.
double trend_student(uint32_t freedom);

#endif
