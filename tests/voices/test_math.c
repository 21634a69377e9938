/*
 * test_math.c - goal: the functions of voices/math.h, scalar.h and philox.h are what they say.
 *
 * Error bounds against libm in double over the whole domain (phases on a stride that is coprime to
 * 2^32 and all powers of two; every exponent), Philox's published answers, and equal bits of every
 * instruction set with plain C.
 */
#include "tests/voices/lanes_under_test.h"
#include "voices/curve.h"
#include "voices/philox.h"
#include "voices/scalar.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 4096
#define TURN 4294967296.0
#define TWO_PI 6.28318530717958647692

/* Phases: an even sweep, then what lies next to each power of two. */
static void fill_phases(uint32_t batch, uint32_t *phase) {
    for (uint32_t i = 0; i < BATCH; i++) {
        const uint32_t n = batch * BATCH + i;
        phase[i] = n * 4099U * 257U;
        if (batch == 0) {
            phase[i] = (1U << (i % 32)) * (1 + i / 128) + (i / 32 % 4) - 2U;
        }
    }
}

static void sines_are_within_their_bound(void **state) {
    (void)state;
    static uint32_t phase[BATCH];
    static float x[BATCH], sine[BATCH], cosine[BATCH];
    double worst = 0;
    for (uint32_t batch = 0; batch < 256; batch++) {
        fill_phases(batch, phase);
        lane_copy_best()->function(LANE_FUNCTION_SIN, phase, x, sine, BATCH);
        lane_copy_best()->function(LANE_FUNCTION_COS, phase, x, cosine, BATCH);
        for (int i = 0; i < BATCH; i++) {
            const double angle = TWO_PI * phase[i] / TURN;
            worst = fmax(worst, fabs((double)sine[i] - sin(angle)));
            worst = fmax(worst, fabs((double)cosine[i] - cos(angle)));
        }
    }
    print_message("sin, cos: error %.2g\n", worst);
    assert_true(worst < 1.3e-7);
}

static void wide_sine_offsets_are_exact(void **state) {
    (void)state;
    static uint32_t phase[BATCH], got[BATCH];
    static const float turns[] = {0, 0.3F, 1, 7.25F, 63.9F};
    for (unsigned t = 0; t < sizeof turns / sizeof turns[0]; t++) {
        double worst = 0;
        for (uint32_t batch = 0; batch < 16; batch++) {
            fill_phases(batch, phase);
            lane_copy_best()->sine_turns(phase, turns[t], got, BATCH);
            for (int i = 0; i < BATCH; i++) {
                const double want = (double)turns[t] * sin(TWO_PI * phase[i] / TURN);
                double error = got[i] / TURN - want;
                error -= round(error);
                worst = fmax(worst, fabs(error));
            }
        }
        assert_true(worst < 4e-9 * (double)turns[t] + 4e-8);
    }
}

/* Largest error of FUNCTION over STEPS points of [low, high], in units of BOUND(x). */
static double worst_error(enum lane_function which, double (*exact)(double), bool relative,
                          float low, float high, uint32_t steps) {
    static uint32_t phase[BATCH];
    static float x[BATCH], y[BATCH];
    double worst = 0;
    for (uint32_t done = 0; done < steps; done += BATCH) {
        for (uint32_t i = 0; i < BATCH; i++) {
            x[i] = low + (high - low) * ((float)(done + i) / (float)steps);
        }
        lane_copy_best()->function(which, phase, x, y, BATCH);
        for (uint32_t i = 0; i < BATCH; i++) {
            const double want = exact((double)x[i]);
            const double error = fabs((double)y[i] - want);
            worst = fmax(worst, relative ? error / fabs(want) : error);
        }
    }
    return worst;
}

static double inverse_root(double x) {
    return 1 / sqrt(x);
}
static double quintic(double x) {
    const double c = fmin(fmax(x, 0), 1);
    return c * c * c * (c * (c * 6 - 15) + 10);
}

static void functions_are_within_their_bounds(void **state) {
    (void)state;
    assert_true(worst_error(LANE_FUNCTION_EXP2, exp2, true, -126, 127, 1 << 20) < 1.2e-7);
    assert_true(worst_error(LANE_FUNCTION_TANH, tanh, false, -12, 12, 1 << 20) < 1.5e-7);
    assert_true(worst_error(LANE_FUNCTION_QUINTIC, quintic, false, -0.5F, 1.5F, 1 << 16) < 4e-7);
    for (int e = -125; e < 127; e++) { /* every exponent */
        const float low = ldexpf(1, e), high = ldexpf(2, e);
        const double log_error = worst_error(LANE_FUNCTION_LOG2, log2, false, low, high, BATCH);
        assert_true(log_error < 1.5e-7 + 1e-7 * abs(e + 1));
        assert_true(worst_error(LANE_FUNCTION_RSQRT, inverse_root, true, low, high, BATCH) <
                    2e-7);
    }
}

static void powers_of_whole_numbers_are_exact(void **state) {
    (void)state;
    static uint32_t phase[256];
    float x[256], y[256];
    for (int i = 0; i < 256; i++) {
        x[i] = (float)(i % 253 - 126);
    }
    lane_copy_best()->function(LANE_FUNCTION_EXP2, phase, x, y, 256);
    for (int i = 0; i < 256; i++) {
        assert_true(y[i] == ldexpf(1, i % 253 - 126));
    }
}

static void all_instruction_sets_agree(void **state) {
    (void)state;
    static uint32_t phase[BATCH], turns[2][BATCH];
    static float x[BATCH], y[2][BATCH];
    uint32_t count;
    const struct lane_copy *const *copies = lane_copies(&count);
    fill_phases(7, phase);
    for (int i = 0; i < BATCH; i++) {
        x[i] = ldexpf((float)(phase[i] >> 8) / 16777216.0F + 0.5F, i % 200 - 100);
    }
    for (uint32_t c = 1; c < count; c++) {
        for (int f = 0; f < LANE_FUNCTION_COUNT; f++) {
            copies[0]->function((enum lane_function)f, phase, x, y[0], BATCH);
            copies[c]->function((enum lane_function)f, phase, x, y[1], BATCH);
            assert_memory_equal(y[0], y[1], sizeof y[0]);
        }
        copies[0]->sine_turns(phase, 17.77F, turns[0], BATCH);
        copies[c]->sine_turns(phase, 17.77F, turns[1], BATCH);
        assert_memory_equal(turns[0], turns[1], sizeof turns[0]);
    }
}

/* Known answers of Random123's kat_vectors, philox4x32 10 rounds. */
static const struct {
    uint32_t counter[4], key[2], answer[4];
} KNOWN[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};

static void philox_gives_the_published_answers(void **state) {
    (void)state;
    uint32_t count;
    const struct lane_copy *const *copies = lane_copies(&count);
    for (unsigned k = 0; k < sizeof KNOWN / sizeof KNOWN[0]; k++) {
        const uint32_t *c = KNOWN[k].counter;
        const uint64_t seed = KNOWN[k].key[0] | (uint64_t)KNOWN[k].key[1] << 32;
        const struct philox_word4 r = philox(seed, c[0], c[1], c[2], c[3]);
        assert_memory_equal(r.w, KNOWN[k].answer, sizeof r.w);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t out[4][16];
            for (uint32_t lane = 0; lane < 16; lane += 5) {
                copies[i]->random(seed, c[0] - lane, c + 1, out);
                for (int w = 0; w < 4; w++) {
                    assert_int_equal(out[w][lane], KNOWN[k].answer[w]);
                }
            }
        }
    }
}

static void scalar_arithmetic_is_that_of_libm(void **state) {
    (void)state;
    for (int i = -20000; i <= 20000; i++) {
        const double x = i * 0.00371, y = exp(x / 2), t = x - floor(x);
        assert_true(fabs(sc_exp2(x) / exp2(x) - 1) < 2e-15);
        assert_true(fabs(sc_log2(y) - log2(y)) < 1e-15 + 2e-16 * fabs(log2(y)));
        assert_true(fabs(sc_sqrt(y) / sqrt(y) - 1) < 1e-15);
        assert_true(fabs(sc_sin(x) - sin(TWO_PI * t)) < 4e-15);
        assert_true(fabs(sc_cos(x) - cos(TWO_PI * t)) < 4e-15);
        assert_true(fabs(sc_tanh(x) - tanh(x)) < 1e-15);
        assert_true(sc_floor(x) == floor(x));
    }
    assert_true(fabs(sc_normal_quantile(0.975) - 1.959964) < 1e-3);
    assert_true(fabs(sc_midi_hz(60) - 261.6255653) < 1e-6);
}

static void curves_begin_and_end_where_they_say(void **state) {
    (void)state;
    const struct curve_segment ramp = {1000, 0.2F, 0.7F, 4000};
    assert_true(curve_values(&ramp, -123456789012LL, 0) == 0.2F);
    assert_true(curve_values(&ramp, 1000, 0) == 0.2F);
    assert_true(fabsf(curve_values(&ramp, 3000, 0) - 0.45F) < 1e-6F);
    assert_true(curve_values(&ramp, 5000, 0) == 0.7F);
    assert_true(curve_values(&ramp, 123456789012LL, 0) == 0.7F);
    const struct curve_segment jump = {10, 0, 1, 0};
    assert_true(curve_values(&jump, 10, 0) == 0 && curve_values(&jump, 11, 0) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sines_are_within_their_bound),
        cmocka_unit_test(wide_sine_offsets_are_exact),
        cmocka_unit_test(functions_are_within_their_bounds),
        cmocka_unit_test(powers_of_whole_numbers_are_exact),
        cmocka_unit_test(all_instruction_sets_agree),
        cmocka_unit_test(philox_gives_the_published_answers),
        cmocka_unit_test(scalar_arithmetic_is_that_of_libm),
        cmocka_unit_test(curves_begin_and_end_where_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
