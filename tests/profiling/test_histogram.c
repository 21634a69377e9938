// Goal: a histogram says of any values what sorting them all would say, to three digits, whatever
// their size and however many threads record; nothing that is recorded is lost or counted twice.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "profiling/histogram.h" // what is tested
#include "profiling/meters.h"    // meter_record
#include "profiling/range.h"     // range_begin

static struct histogram histogram;
static struct histogram_snapshot snapshot, before;

static void begin(void) {
    memset(&histogram, 0, sizeof histogram);
}

// A generator of its own (xorshift), so that runs are alike.
static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// All sizes alike: a random number of bits, then random bits.
static uint64_t any_size(uint64_t *state) {
    uint64_t value = next(state);
    return value >> (64 - 1 - value % (HISTOGRAM_VALUE_BITS - 1));
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

// ---------------------------------------------------------------------------------- the buckets

// Buckets stand side by side without a gap, and none is wider than a thousandth of what is in it.
static void test_buckets_tile(void **state) {
    (void)state;
    uint64_t first = 0;
    for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        uint64_t last = histogram_bucket_last(bucket);
        assert_true(last >= first);
        assert_int_equal(histogram_bucket(first), bucket);
        assert_int_equal(histogram_bucket(last), bucket);
        assert_true((last - first) * 1000 <= first);
        first = last + 1;
    }
    assert_int_equal(first - 1, HISTOGRAM_VALUE_MAX);
}

// ------------------------------------------------------------------------------ against sorting

enum { VALUES = 20000 };
static uint64_t values[VALUES];

static void check_against_sorted(uint32_t count) {
    static const double shares[] = {0.0, 0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0};
    qsort(values, count, sizeof *values, by_value);
    histogram_read(&histogram, &snapshot);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += values[i];
    assert_int_equal(snapshot.count, count);
    assert_int_equal(snapshot.sum, sum);
    assert_int_equal(snapshot.max, values[count - 1]);
    for (size_t s = 0; s < sizeof shares / sizeof *shares; s++) {
        // The smallest value with at least that share at or below it, found by counting.
        uint32_t at = 0;
        while ((double)(at + 1) < shares[s] * count)
            at++;
        uint64_t exact = values[at], told = histogram_quantile(&snapshot, shares[s]);
        if (told < exact || (told - exact) * 1000 > exact)
            fail_msg("%g of %u: %llu instead of %llu", shares[s], count,
                     (unsigned long long)told, (unsigned long long)exact);
    }
    uint64_t limits[60], counts[60];
    uint32_t limit_count = 0;
    for (uint32_t i = 0; i < count; i += 1 + count / 50)
        limits[limit_count++] = values[i];
    histogram_counts_to(&snapshot, limits, limit_count, counts);
    for (uint32_t i = 0; i < limit_count; i++) {
        uint32_t exact = 0;
        while (exact < count && histogram_bucket(values[exact]) <= histogram_bucket(limits[i]))
            exact++;
        assert_int_equal(counts[i], exact);
    }
}

static uint64_t count_to(uint64_t limit) {
    uint64_t count;
    histogram_counts_to(&snapshot, &limit, 1, &count);
    return count;
}

static void test_quantiles_are_those_of_sorting(void **state) {
    (void)state;
    uint64_t random = 88172645463325252;
    static const uint32_t counts[] = {1, 2, 3, 10, 99, 1000, VALUES};
    for (int shape = 0; shape < 3; shape++) {
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            begin();
            for (uint32_t i = 0; i < counts[c]; i++) {
                uint64_t any = any_size(&random);
                values[i] = shape == 0 ? any : shape == 1 ? any % 3000 : 1000000 + any % 1000;
                histogram_record(&histogram, values[i]);
            }
            check_against_sorted(counts[c]);
        }
    }
}

// ------------------------------------------------------------------------------------- the edges

static void test_empty_and_zero(void **state) {
    (void)state;
    begin();
    histogram_read(&histogram, &snapshot);
    assert_int_equal(snapshot.count, 0);
    assert_int_equal(histogram_quantile(&snapshot, 0.5), 0);
    assert_int_equal(count_to(UINT64_MAX), 0);
    histogram_record(&histogram, 0);
    histogram_read(&histogram, &snapshot);
    assert_int_equal(snapshot.count, 1);
    assert_int_equal(snapshot.max, 0);
    assert_int_equal(histogram_quantile(&snapshot, 1.0), 0);
    assert_int_equal(count_to(0), 1);
}

// What is too large is counted, as the largest there is.
static void test_saturation(void **state) {
    (void)state;
    static const uint64_t large[] = {HISTOGRAM_VALUE_MAX, HISTOGRAM_VALUE_MAX + 1, UINT64_MAX};
    begin();
    for (int i = 0; i < 3; i++)
        histogram_record(&histogram, large[i]);
    histogram_read(&histogram, &snapshot);
    assert_int_equal(snapshot.count, 3);
    assert_int_equal(snapshot.counts[HISTOGRAM_BUCKETS - 1], 3);
    assert_int_equal(snapshot.max, HISTOGRAM_VALUE_MAX);
    assert_int_equal(snapshot.sum, 3 * HISTOGRAM_VALUE_MAX);
    assert_int_equal(histogram_quantile(&snapshot, 0.5), HISTOGRAM_VALUE_MAX);
    assert_int_equal(count_to(UINT64_MAX), 3);
    assert_int_equal(count_to(HISTOGRAM_VALUE_MAX / 2), 0);
}

// What came between two snapshots, without what was before.
static void test_difference(void **state) {
    (void)state;
    uint64_t random = 2463534242;
    begin();
    for (int i = 0; i < 5000; i++)
        histogram_record(&histogram, any_size(&random));
    histogram_read(&histogram, &before);
    for (uint32_t i = 0; i < 1000; i++) {
        values[i] = 1000 + next(&random) % 5000000;
        histogram_record(&histogram, values[i]);
    }
    qsort(values, 1000, sizeof *values, by_value);
    histogram_read(&histogram, &snapshot);
    histogram_subtract(&snapshot, &before);
    assert_int_equal(snapshot.count, 1000);
    assert_int_equal(histogram_bucket(snapshot.max), histogram_bucket(values[999]));
    uint64_t median = histogram_quantile(&snapshot, 0.5);
    assert_true(median >= values[499] && (median - values[499]) * 1000 <= values[499]);
    before = snapshot;
    histogram_subtract(&snapshot, &before);
    assert_int_equal(snapshot.count, 0);
    assert_int_equal(histogram_quantile(&snapshot, 0.99), 0);
}

// ------------------------------------------------------------------------------------- threads

enum { WRITERS = 4, WRITES = 20000 };
static atomic_bool writers_done;

static void *write_values(void *argument) {
    uint64_t random = 1 + (uint64_t)(uintptr_t)argument;
    for (int i = 0; i < WRITES; i++)
        histogram_record(&histogram, any_size(&random));
    return NULL;
}

// Counts never fall, and what is counted is in sum and maximum already.
static void *read_values(void *argument) {
    static struct histogram_snapshot seen;
    uint64_t *reads = argument, last = 0;
    while (!atomic_load(&writers_done) || *reads == 0) {
        histogram_read(&histogram, &seen);
        uint64_t least = 0, largest = 0;
        for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
            if (!seen.counts[i]) continue;
            largest = i ? histogram_bucket_last(i - 1) + 1 : 0;
            least += seen.counts[i] * largest;
        }
        if (seen.count < last || seen.sum < least || seen.max < largest) abort();
        last = seen.count;
        ++*reads;
    }
    return NULL;
}

static void test_many_writers_and_a_reader(void **state) {
    (void)state;
    pthread_t writers[WRITERS], reader;
    uint64_t reads = 0;
    begin();
    atomic_store(&writers_done, false);
    assert_int_equal(pthread_create(&reader, NULL, read_values, &reads), 0);
    for (uintptr_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, write_values, (void *)i), 0);
    for (int i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);
    atomic_store(&writers_done, true);
    pthread_join(reader, NULL);
    uint64_t sum = 0, max = 0;
    for (uint64_t i = 0; i < WRITERS; i++) {
        uint64_t random = 1 + i;
        for (int k = 0; k < WRITES; k++) {
            uint64_t value = any_size(&random);
            sum += value;
            max = value > max ? value : max;
        }
    }
    histogram_read(&histogram, &snapshot);
    assert_int_equal(snapshot.count, WRITERS * WRITES);
    assert_int_equal(snapshot.sum, sum);
    assert_int_equal(snapshot.max, max);
    assert_true(reads > 0);
}

// --------------------------------------------------------------------------------------- ranges

static uint64_t recorded(enum meter meter, uint64_t *sum) {
    histogram_read(meter_of(meter), &snapshot);
    if (sum) *sum = snapshot.sum;
    return snapshot.count;
}

// A range is one value of its own stage; a range inside another takes no longer than that one.
static void test_ranges_are_recorded(void **state) {
    (void)state;
    uint64_t inner, outer;
    assert_int_equal(recorded((enum meter)RANGE_SUBMIT, NULL), 0);
    range_begin(RANGE_SUBMIT);
    for (int i = 0; i < 3; i++) {
        range_begin(RANGE_COPY);
        range_end();
    }
    range_end();
    assert_int_equal(recorded((enum meter)RANGE_SUBMIT, &outer), 1);
    assert_int_equal(recorded((enum meter)RANGE_COPY, &inner), 3);
    assert_true(inner <= outer);
    for (int meter = 0; meter < METER_COUNT; meter++) {
        assert_non_null(meter_name((enum meter)meter));
        assert_int_equal(meter_help((enum meter)meter)[0] != 0, meter >= METER_STAGES);
    }
}

// After the touch all pages of the meters are there, and what was recorded still is.
static void test_touch(void **state) {
    (void)state;
    meter_record(METER_DELIVERY, 12345);
    meters_touch();
    assert_int_equal(recorded(METER_DELIVERY, NULL), 1);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int meter = 0; meter < METER_COUNT; meter++) {
        uintptr_t from = (uintptr_t)meter_of((enum meter)meter) / page * page;
        uintptr_t until = (uintptr_t)(meter_of((enum meter)meter) + 1);
        for (uintptr_t at = from; at < until; at += page) {
            unsigned char there = 0;
            assert_int_equal(mincore((void *)at, page, &there), 0);
            assert_int_equal(there & 1, 1);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets_tile),
        cmocka_unit_test(test_quantiles_are_those_of_sorting),
        cmocka_unit_test(test_empty_and_zero),
        cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_difference),
        cmocka_unit_test(test_many_writers_and_a_reader),
        cmocka_unit_test(test_ranges_are_recorded),
        cmocka_unit_test(test_touch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
