// Goal: the line through a resource's samples and its interval are scipy's, the interval is as wide
// as it should be (in 95 of 100 flat series it holds 0), and the record keeps all of a long run in
// its room. Golden values: tests/soak/trend.py prints them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>

#include "profiling/soak/record.h" // record_sample
#include "profiling/soak/trend.h"  // trend_fit

#define COUNT 480

static uint32_t dice = 1;

// 0..1
static double draw(void) {
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) / 16777216.0;
}

static void near(double value, double want, double within) {
    if (!(fabs(value - want) <= within)) fail_msg("%.12g is not %.12g", value, want);
}

static void test_scipy(void **state) {
    (void)state;
    double hour[COUNT], value[COUNT];
    dice = 1;
    for (int i = 0; i < COUNT; i++) {
        hour[i] = i / 60.0;
        value[i] = 100 + 0.7 * hour[i] + draw() - 0.5;
    }
    struct trend trend = trend_fit(hour, value, COUNT);
    assert_int_equal(trend.bins, TREND_BINS);
    near(trend.slope, 0.709609058, 1e-8);
    near(trend.low, 0.699752232, 2e-6);
    near(trend.high, 0.719465883, 2e-6);
    near(trend.at_zero, 99.98249413, 1e-7);
}

static void test_student(void **state) {
    (void)state;
    static const struct {
        uint32_t freedom;
        double t;
    } scipy[] = {{1, 12.7062},  {2, 4.30265},  {5, 2.57058},  {10, 2.22814},
                 {11, 2.20099}, {15, 2.13145}, {22, 2.07387}, {40, 2.02108}};
    for (size_t i = 0; i < sizeof scipy / sizeof *scipy; i++)
        near(trend_student(scipy[i].freedom), scipy[i].t, 2e-4);
}

static void test_interval_is_honest(void **state) {
    (void)state;
    enum { SERIES = 2000 };
    double hour[COUNT], value[COUNT];
    int held = 0;
    for (int s = 0; s < SERIES; s++) {
        for (int i = 0; i < COUNT; i++) {
            hour[i] = i / 60.0;
            value[i] = draw() + draw() + draw();
        }
        struct trend trend = trend_fit(hour, value, COUNT);
        held += trend.low <= 0.0 && trend.high >= 0.0;
    }
    assert_in_range(held, SERIES * 93 / 100, SERIES * 97 / 100);
}

static void test_edges(void **state) {
    (void)state;
    double hour[COUNT], value[COUNT];
    for (int i = 0; i < COUNT; i++) {
        hour[i] = i < COUNT / 2 ? 1.0 : 2.0; // two moments only
        value[i] = 5.0;
    }
    assert_true(trend_fit(hour, value, COUNT).bins < TREND_BINS_MIN);
    assert_int_equal(trend_fit(hour, value, 0).bins, 0);
    assert_int_equal(trend_fit(hour, value, 10).bins, 0); // no time has passed
    for (int i = 0; i < COUNT; i++)
        hour[i] = i;
    struct trend flat = trend_fit(hour, value, COUNT);
    near(flat.slope, 0.0, 1e-12);
    near(flat.high, 0.0, 1e-12);
}

// Far more samples than there is room for: thinned, in order, from the first to nearly the last.
static void test_record(void **state) {
    (void)state;
    static struct record record;
    assert_true(record_open(&record, 1000));
    for (int i = 0; i < 10 * RECORD_SAMPLES_MAX; i++) {
        const double values[RECORD_SERIES_COUNT] = {i * 2.0, -1.0};
        record_sample(&record, i, values);
    }
    assert_true(record.samples > RECORD_SAMPLES_MAX / 2 - 1);
    assert_true(record.hour[0] == 0.0);
    assert_true(record.hour[record.samples - 1] == 10.0 * RECORD_SAMPLES_MAX - 1);
    for (uint32_t i = 1; i < record.samples; i++)
        assert_true(record.hour[i] > record.hour[i - 1]);
    near(record_trend(&record, RECORD_RSS).slope, 2.0, 1e-9);
    assert_int_equal(record_trend(&record, RECORD_HEAP).bins, 0); // was not to be had
    for (int i = 0; i < 2000; i++) // the second thousand finds no room
        record_latency(&record, RECORD_STAGE_TICK, i / 1000.0, (i * 7 % 1000) / 10.0);
    near(record_quantile(&record.stages[RECORD_STAGE_TICK], 0.0, 1.0, 0.5), 49.9, 1e-4);
    near(record_quantile(&record.stages[RECORD_STAGE_TICK], 0.0, 1.0, 1.0), 99.9, 1e-4);
    near(record_quantile(&record.stages[RECORD_STAGE_TICK], 5.0, 6.0, 1.0), 0.0, 0.0);
    record_close(&record);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scipy), cmocka_unit_test(test_student),
        cmocka_unit_test(test_interval_is_honest), cmocka_unit_test(test_edges),
        cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
