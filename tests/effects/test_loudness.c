/*
 * test_loudness.c - loudness by arithmetic against known values and against libebur128.
 */
#include "tests/effects/support.h"

#include <ebur128.h>

#include <math.h>
#include <stdlib.h>

static void test_k_weighting(void **unused) {
    (void)unused;
    /* BS.1770 filters at 48 kHz, as measured: dB at Hz. */
    const double points[8][2] = {{30, -8.3}, {40, -5.6},  {60, -2.9},  {100, -1.1},
                                 {200, -0.3}, {1000, 0.7}, {2000, 3.1}, {4000, 4.0}};
    for (int i = 0; i < 8; ++i) {
        const double db = 10.0 * log10(loudness_k_power(points[i][0]));
        assert_true(fabs(db - points[i][1]) < 0.08);
    }
    assert_true(loudness_k_power(0.0) == 0.0);
}

static void test_known_loudness(void **unused) {
    (void)unused;
    /* Full scale at 997 Hz in both channels is 0.0 LUFS. */
    const double sine = loudness_from_power(2.0 * loudness_partial_power(1.0, 997.0));
    assert_true(fabs(sine) < 0.005);
    /* C3 G3 E4 B4 D5, 40 partials of k^-1.5, amplitude .05, both channels: -18.85 LUFS. */
    const int chord[5] = {48, 55, 64, 71, 74};
    double hz[200], amplitude[200];
    uint32_t count = 0;
    for (int i = 0; i < 5; ++i) {
        for (int k = 1; k <= 40; ++k) {
            hz[count] = 440.0 * pow(2.0, (chord[i] - 69) / 12.0) * k;
            amplitude[count++] = 0.05 * pow(k, -1.5);
        }
    }
    const double lufs = loudness_from_power(2.0 * loudness_list_power(amplitude, hz, count));
    print_message("chord: %.3f LUFS\n", lufs);
    assert_true(fabs(lufs + 18.85) < 0.02);
    assert_true(fabs(loudness_from_power(loudness_to_power(-23.0)) + 23.0) < 1e-9);
    assert_true(fabs(loudness_gain(loudness_to_power(-30.0), -24.0) - pow(10, 0.3)) < 1e-9);
    assert_true(loudness_gain(0.0, -24.0) == 0.0);
    assert_true(loudness_from_power(0.0) == LOUDNESS_SILENT_LUFS);
}

/* Twenty partials, rendered plainly, against the meter. */
static void test_against_meter(void **unused) {
    (void)unused;
    enum { FRAMES = 10 * 48000, PARTIALS = 20 };
    double hz[PARTIALS], amplitude[PARTIALS], lufs = 0.0;
    float *pair = support_alloc(2 * sizeof(float) * FRAMES);
    for (int k = 0; k < PARTIALS; ++k) {
        hz[k] = 61.7 * (k + 1) * (1.0 + 0.003 * k);
        amplitude[k] = 0.1 / (k + 1);
        for (int i = 0; i < FRAMES; ++i) {
            pair[2 * i] += (float)(amplitude[k] * sin(2.0 * M_PI * hz[k] * i / 48000.0));
        }
    }
    ebur128_state *meter = ebur128_init(2, 48000, EBUR128_MODE_I);
    ebur128_add_frames_float(meter, pair, FRAMES);
    ebur128_loudness_global(meter, &lufs);
    ebur128_destroy(&meter);
    const double predicted = loudness_from_power(loudness_list_power(amplitude, hz, PARTIALS));
    print_message("meter %.3f LUFS, arithmetic %.3f LUFS\n", lufs, predicted);
    assert_true(fabs(lufs - predicted) < 0.05);
    amplitude[2] *= 1.2; /* a defect shows */
    const double wrong = loudness_from_power(loudness_list_power(amplitude, hz, PARTIALS));
    assert_true(fabs(lufs - wrong) > 0.05);
    free(pair);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_k_weighting),
                                       cmocka_unit_test(test_known_loudness),
                                       cmocka_unit_test(test_against_meter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
