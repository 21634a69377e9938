// Quantiles of values that are all at hand; histogram.h has those of values that go by. Any thread.
#ifndef PROFILING_QUANTILE_H
#define PROFILING_QUANTILE_H

#include <stdint.h>

// Sorts COUNT values, none of them NaN, so that they rise.
void values_sort(double *values, uint32_t count);

// The smallest of COUNT >= 1 rising values that at least SHARE (0..1) of them do not exceed: the
// nearest rank, as in histogram_quantile.
double values_quantile(const double *rising, uint32_t count, double share);

#endif
