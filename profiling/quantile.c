// See quantile.h.
#include "profiling/quantile.h"

#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void values_sort(double *values, uint32_t count) {
    qsort(values, count, sizeof *values, ascending);
}

double values_quantile(const double *rising, uint32_t count, double share) {
    double rank = share * count;
    uint32_t at = (uint32_t)rank;
    if ((double)at == rank && at > 0) at--;
    return rising[at < count ? at : count - 1];
}
