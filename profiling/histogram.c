// See histogram.h. The first 2,048 buckets hold one value each. From there on a value is shifted
// right until it has 11 bits; the shift and those bits are its bucket, so that buckets of all
// octaves stand in one array in the order of their values.
#include "profiling/histogram.h"

#define HALF (UINT32_C(1) << HISTOGRAM_HALF_BITS)

_Static_assert(HISTOGRAM_HALF_BITS < 31 && HISTOGRAM_VALUE_BITS > HISTOGRAM_HALF_BITS + 1,
               "a value has more bits than its bucket keeps");

uint32_t histogram_bucket(uint64_t value) {
    if (value < 2 * HALF) return (uint32_t)value;
    if (value > HISTOGRAM_VALUE_MAX) value = HISTOGRAM_VALUE_MAX;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(value) - HISTOGRAM_HALF_BITS;
    return shift * HALF + (uint32_t)(value >> shift);
}

uint64_t histogram_bucket_last(uint32_t bucket) {
    if (bucket < 2 * HALF) return bucket;
    uint32_t shift = bucket / HALF - 1;
    return ((uint64_t)(bucket - shift * HALF) << shift) + ((UINT64_C(1) << shift) - 1);
}

// The count comes last and is read first, so that sum and maximum of a snapshot cover at least the
// values that it counts.
void histogram_record(struct histogram *histogram, uint64_t value) {
    if (value > HISTOGRAM_VALUE_MAX) value = HISTOGRAM_VALUE_MAX;
    atomic_fetch_add_explicit(&histogram->sum, value, memory_order_relaxed);
    uint64_t max = atomic_load_explicit(&histogram->max, memory_order_relaxed);
    while (value > max && !atomic_compare_exchange_weak_explicit(
                              &histogram->max, &max, value, memory_order_relaxed,
                              memory_order_relaxed)) {
    }
    atomic_fetch_add_explicit(&histogram->counts[histogram_bucket(value)], 1,
                              memory_order_release);
}

void histogram_read(const struct histogram *histogram, struct histogram_snapshot *snapshot) {
    snapshot->count = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        uint64_t count = atomic_load_explicit(&histogram->counts[i], memory_order_acquire);
        snapshot->counts[i] = count;
        snapshot->count += count;
    }
    snapshot->sum = atomic_load_explicit(&histogram->sum, memory_order_relaxed);
    snapshot->max = atomic_load_explicit(&histogram->max, memory_order_relaxed);
}

void histogram_subtract(struct histogram_snapshot *now, const struct histogram_snapshot *before) {
    uint64_t max = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        now->counts[i] -= before->counts[i];
        if (now->counts[i]) max = histogram_bucket_last(i);
    }
    now->count -= before->count;
    now->sum -= before->sum;
    if (max < now->max) now->max = max;
}

uint64_t histogram_quantile(const struct histogram_snapshot *snapshot, double share) {
    if (snapshot->count == 0) return 0;
    double exact = share * (double)snapshot->count;
    uint64_t rank = exact <= 1.0 ? 1 : (uint64_t)exact;
    if ((double)rank < exact) rank++; // rounded up: "at least SHARE of all"
    if (rank > snapshot->count) rank = snapshot->count;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += snapshot->counts[i];
        if (seen < rank) continue;
        uint64_t value = histogram_bucket_last(i);
        return value < snapshot->max ? value : snapshot->max;
    }
    return snapshot->max;
}

void histogram_counts_to(const struct histogram_snapshot *snapshot, const uint64_t *limits,
                         uint32_t count, uint64_t *counts) {
    uint64_t seen = 0;
    uint32_t bucket = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t last = histogram_bucket(limits[i]); bucket <= last; bucket++)
            seen += snapshot->counts[bucket];
        counts[i] = seen;
    }
}
