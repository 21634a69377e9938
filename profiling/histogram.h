// A histogram of whole numbers (nanoseconds, messages) for figures that are always on: how long a
// stage takes, how deep a queue is. Log-linear, as HdrHistogram: every octave is cut into 1,024
// equal buckets, so a value is known to better than 0.1 % (three digits) from 0 up to 2^36 - 1,
// which is 68 seconds in nanoseconds. What is larger counts as the largest.
//
// A leaf: the C library only. Fixed size (221 kB, of which only touched pages cost memory), valid
// when zeroed, never allocates. Recording is lock-free, from any number of threads: two atomic
// additions and a look at the maximum. Readers take a snapshot, bucket by bucket, while writers go
// on: every value is in it once or not yet at all; the sum may be a moment older or newer.
#ifndef PROFILING_HISTOGRAM_H
#define PROFILING_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum {
    HISTOGRAM_HALF_BITS = 10, // 1,024 buckets an octave: 3 digits
    HISTOGRAM_VALUE_BITS = 36,
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_HALF_BITS + 1) << HISTOGRAM_HALF_BITS,
};
#define HISTOGRAM_VALUE_MAX ((UINT64_C(1) << HISTOGRAM_VALUE_BITS) - 1)

struct histogram {
    _Atomic uint64_t sum, max;
    _Atomic uint64_t counts[HISTOGRAM_BUCKETS];
};

// The same, standing still. `count` is the sum of `counts`.
struct histogram_snapshot {
    uint64_t count, sum, max;
    uint64_t counts[HISTOGRAM_BUCKETS];
};

// Adds VALUE. Any thread; wait-free but for a new maximum.
void histogram_record(struct histogram *histogram, uint64_t value);

// Copies HISTOGRAM as it is. Any thread.
void histogram_read(const struct histogram *histogram, struct histogram_snapshot *snapshot);

// Takes out of NOW what was already in BEFORE, an older snapshot of the same histogram. The maximum
// is then known to three digits, like any other value.
void histogram_subtract(struct histogram_snapshot *now, const struct histogram_snapshot *before);

// The smallest value that at least SHARE (0..1) of all values do not exceed, to three digits and
// never below the true one; 0 when there are none.
uint64_t histogram_quantile(const struct histogram_snapshot *snapshot, double share);

// For each of COUNT rising LIMITS how many values are at most that, the limit rounded up to the end
// of its bucket.
void histogram_counts_to(const struct histogram_snapshot *snapshot, const uint64_t *limits,
                         uint32_t count, uint64_t *counts);

// For tests and tables: the bucket of a value, and the largest value in a bucket.
uint32_t histogram_bucket(uint64_t value);
uint64_t histogram_bucket_last(uint32_t bucket);

#endif
