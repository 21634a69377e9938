#!/usr/bin/env python3
"""Makes the golden values of tests/soak/test_trend.c with scipy: needs python3-scipy.

The same samples and the same 24 stretches of time, then scipy.stats.linregress and stats.t.
"""
import numpy as np
from scipy import stats

COUNT, BINS = 480, 24


def samples():
    state, values = 1, []
    hours = np.arange(COUNT) / 60.0
    for hour in hours:
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values.append(100 + 0.7 * hour + (state >> 8) / 2**24 - 0.5)
    return hours, np.array(values)


def main():
    hours, values = samples()
    ends = hours[0] + (hours[-1] - hours[0]) / BINS * np.arange(1, BINS + 1)
    which = np.minimum(np.searchsorted(ends, hours, side="right"), BINS - 1)
    x = [hours[which == k].mean() for k in range(BINS)]
    y = [values[which == k].mean() for k in range(BINS)]
    line = stats.linregress(x, y)
    half = stats.t.ppf(0.975, BINS - 2) * line.stderr
    print(f"slope {line.slope:.9f} from {line.slope - half:.9f} to {line.slope + half:.9f}")
    print("t", [round(float(stats.t.ppf(0.975, n)), 5) for n in (1, 2, 5, 10, 11, 15, 22, 40)])


main()
