// See trend.h.
#include "profiling/soak/trend.h"

#include <math.h>

double trend_student(uint32_t freedom) {
    static const double few[] = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706,
                                 2.4469,  2.3646, 2.3060, 2.2622, 2.2281};
    if (freedom <= sizeof few / sizeof *few) return few[freedom ? freedom - 1 : 0];
    // Cornish and Fisher's expansion about the normal quantile; good to 1e-4 from 11 degrees on.
    const double z = 1.959964, n = freedom;
    const double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

// Means of up to TREND_BINS equal stretches of time; returns how many held samples.
static uint32_t means(const double *hour, const double *value, uint32_t count, double *x,
                      double *y) {
    uint32_t bins = 0;
    double begin = hour[0], length = (hour[count - 1] - begin) / TREND_BINS;
    for (uint32_t i = 0, bin = 0; bin < TREND_BINS && i < count; bin++) {
        double until = bin + 1 == TREND_BINS ? INFINITY : begin + (bin + 1) * length;
        double sum_x = 0.0, sum_y = 0.0;
        uint32_t held = 0;
        for (; i < count && hour[i] < until; i++, held++) {
            sum_x += hour[i];
            sum_y += value[i];
        }
        if (held == 0) continue;
        x[bins] = sum_x / held;
        y[bins++] = sum_y / held;
    }
    return bins;
}

struct trend trend_fit(const double *hour, const double *value, uint32_t count) {
    double x[TREND_BINS], y[TREND_BINS], mean_x = 0.0, mean_y = 0.0, xx = 0.0, xy = 0.0;
    struct trend trend = {0};
    if (count < TREND_BINS_MIN || hour[count - 1] <= hour[0]) return trend;
    uint32_t bins = trend.bins = means(hour, value, count, x, y);
    if (bins < TREND_BINS_MIN) return trend;
    for (uint32_t i = 0; i < bins; i++) {
        mean_x += x[i] / bins;
        mean_y += y[i] / bins;
    }
    for (uint32_t i = 0; i < bins; i++) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    trend.slope = xy / xx;
    trend.at_zero = mean_y - trend.slope * mean_x;
    double rest = 0.0;
    for (uint32_t i = 0; i < bins; i++) {
        double away = y[i] - trend.at_zero - trend.slope * x[i];
        rest += away * away;
    }
    double half = trend_student(bins - 2) * sqrt(rest / (bins - 2) / xx);
    trend.low = trend.slope - half;
    trend.high = trend.slope + half;
    return trend;
}
