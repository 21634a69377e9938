/*
 * test_limiter.c - saturation and limiter: hostile signals stay below -1.5 dBTP by libebur128,
 * the gain moves slowly, and what is below the ceiling passes untouched, bit by bit.
 * The same chain is measured with the signal before the limiter, which must fail.
 */
#include "tests/effects/support.h"

#include <ebur128.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 240000
#define START ((int64_t)EPOCH_FRAMES + 2 * REVERB_RAMP_FRAMES)

static double true_peak_db(const float *interleaved, size_t frames) {
    ebur128_state *meter = ebur128_init(2, 48000, EBUR128_MODE_TRUE_PEAK);
    double left = 0.0, right = 0.0;
    assert_non_null(meter);
    assert_int_equal(ebur128_add_frames_float(meter, interleaved, frames), EBUR128_SUCCESS);
    ebur128_true_peak(meter, 0, &left);
    ebur128_true_peak(meter, 1, &right);
    ebur128_destroy(&meter);
    return 20.0 * log10(left > right ? left : right);
}

/* Hostile signals, both channels alike but for a sign. */
static float hostile(int kind, uint32_t i, struct support_noise *noise) {
    const double t = (double)i / 48000.0;
    switch (kind) {
    case 0: /* white noise far over full scale, in bursts */
        return (float)((i / 9000 % 3 == 0 ? 4.0 : 0.2) * support_noise_next(noise));
    case 1: /* a quarter of the rate, sampled beside its peaks */
        return (float)(1.3 * sin(2.0 * M_PI * (12000.0 * t + 0.125)));
    case 2: /* single clicks */
        return i % 7001 == 0 ? 8.0F : 0.0F;
    case 3: /* square wave */
        return sin(2.0 * M_PI * 83.0 * t) > 0 ? 1.9F : -1.9F;
    case 4: /* a low chord that swells and falls */
        return (float)(sin(2.0 * M_PI * 55.0 * t) * (1.0 + 1.5 * sin(2.0 * M_PI * 0.7 * t)) +
                       0.7 * sin(2.0 * M_PI * 331.0 * t));
    default: /* a sweep to 18 kHz */
        return (float)(1.7 * sin(2.0 * M_PI * 1800.0 * t * t));
    }
}

static float *limited(int kind, float scale, float **source, uint32_t span) {
    struct reverb_design design;
    struct support_session session;
    struct support_noise noise = {9};
    float *dry[2] = {support_alloc(sizeof(float) * FRAMES), support_alloc(sizeof(float) * FRAMES)};
    float *out = support_alloc(2 * sizeof(float) * FRAMES);
    float *in = support_alloc(2 * sizeof(float) * FRAMES);
    for (uint32_t i = 0; i < FRAMES; ++i) {
        dry[0][i] = scale * hostile(kind, i, &noise);
        dry[1][i] = -0.9F * dry[0][i];
        in[2 * i] = dry[0][i];
        in[2 * i + 1] = dry[1][i];
    }
    reverb_design_make(&design, REVERB_HALL, 5.0, 1.0, 0.03);
    support_open(&session, effects_lanes_best(), &design, START);
    support_render(&session, (const float **)dry, NULL, out, FRAMES, span);
    support_close(&session);
    free(dry[0]);
    free(dry[1]);
    *source = in;
    return out;
}

static void test_ceiling(void **unused) {
    (void)unused;
    for (int kind = 0; kind < 6; ++kind) {
        float *in, *out = limited(kind, 1.0F, &in, 4800);
        const double before = true_peak_db(in, FRAMES), after = true_peak_db(out, FRAMES);
        print_message("hostile %d: %.2f dBTP in, %.3f dBTP out\n", kind, before, after);
        assert_true(after <= -1.5);
        assert_true(after >= -4.0); /* and it does not simply mute */
        assert_true(before > -1.5); /* the meter sees what is not limited */
        free(in);
        free(out);
    }
}

static void test_gain_slope(void **unused) {
    (void)unused;
    float *in, *out = limited(0, 3.0F, &in, 4800);
    double before = 1.0, steepest = 0.0, least = 1.0;
    for (uint32_t i = MASTER_DELAY_FRAMES; i < FRAMES; ++i) {
        const double x = in[2 * (i - MASTER_DELAY_FRAMES)];
        if (fabs(x) > 0.2) { /* the gain is out over in */
            const double gain = out[2 * i] / x;
            const double slope = fabs(gain - before);
            const bool neighbours = i > MASTER_DELAY_FRAMES &&
                                    fabs(in[2 * (i - MASTER_DELAY_FRAMES) - 2]) > 0.2;
            steepest = neighbours && slope > steepest ? slope : steepest;
            before = gain;
            least = gain < least ? gain : least;
        }
    }
    print_message("limiter: least gain %.3f, steepest slope %.2e per frame\n", least, steepest);
    assert_true(least < 0.3);
    assert_true(steepest < 2.5e-3);
    free(in);
    free(out);
}

/* Quiet signals are only delayed; so are those just below the ceiling, whose peaks are computed. */
static void test_untouched(void **unused) {
    (void)unused;
    const float scales[3] = {0.05F, 0.3F, 0.52F};
    for (int s = 0; s < 3; ++s) {
        float *in, *out = limited(1, scales[s], &in, 17777);
        const size_t bytes = 2 * sizeof(float) * (FRAMES - MASTER_DELAY_FRAMES);
        assert_memory_equal(out + 2 * MASTER_DELAY_FRAMES, in, bytes);
        free(in);
        free(out);
    }
    float *in, *out = limited(1, 0.7F, &in, 17777); /* over: must not be untouched */
    assert_memory_not_equal(out + 2 * MASTER_DELAY_FRAMES, in,
                            2 * sizeof(float) * (FRAMES - MASTER_DELAY_FRAMES));
    free(in);
    free(out);
}

static void test_saturation(void **unused) {
    (void)unused;
    enum { COUNT = 4096 };
    float *x = support_alloc(sizeof(float) * COUNT), *drive = support_alloc(sizeof(float) * COUNT);
    float *y = support_alloc(sizeof(float) * COUNT);
    struct support_noise noise = {4};
    for (int i = 0; i < COUNT; ++i) {
        x[i] = (float)support_noise_next(&noise);
    }
    effects_lanes_best()->saturate(x, drive, y, COUNT);
    assert_memory_equal(x, y, sizeof(float) * COUNT); /* drive 0 is an exact bypass */
    double error = 0.0, third = 0.0, first = 0.0;
    for (int i = 0; i < COUNT; ++i) {
        drive[i] = 0.4F;
        x[i] = (float)(0.5 * sin(2.0 * M_PI * 64.0 * i / COUNT));
    }
    effects_lanes_best()->saturate(x, drive, y, COUNT);
    for (int i = 0; i < COUNT; ++i) {
        const double u = 0.4 * (double)x[i], want = u * (27 + u * u) / (27 + 9 * u * u) / 0.4;
        error = fabs(y[i] - want) > error ? fabs(y[i] - want) : error;
        first += y[i] * sin(2.0 * M_PI * 64.0 * i / COUNT);
        third += y[i] * sin(2.0 * M_PI * 192.0 * i / COUNT);
    }
    /* 0.074 (drive A)^2 = 0.3 % of the fundamental. */
    print_message("saturation: error %.1e, third harmonic %.2f %%\n", error, 100 * third / first);
    assert_true(error < 1e-7);
    assert_true(fabs(third / first - 0.074 * 0.04) < 3e-4);
    for (int i = 0; i < COUNT; ++i) { /* never turns back, whatever comes in */
        x[i] = (float)i * 0.01F;
        drive[i] = 1.0F;
    }
    effects_lanes_best()->saturate(x, drive, y, COUNT);
    for (int i = 1; i < COUNT; ++i) {
        assert_true(y[i] >= y[i - 1] - 1e-6F && y[i] <= x[i]);
    }
    free(x);
    free(drive);
    free(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ceiling), cmocka_unit_test(test_gain_slope),
        cmocka_unit_test(test_untouched), cmocka_unit_test(test_saturation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
