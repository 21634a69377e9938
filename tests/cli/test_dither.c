// Goal: the dither is the generator it says it is and the noise it should be. Method: published
// known answers of Philox4x32-10 (Random123's kat_vectors), moments of the noise, and independence
// of how frames are cut is by construction: the noise takes only seed and frame.
#include "server/dither.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t out[4];
        dither_philox(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].out, sizeof out);
    }
}

static void test_noise_is_triangular(void **state) {
    (void)state;
    enum { FRAMES = 1 << 20 };
    double sum = 0, squares = 0, product = 0, successive = 0, before = 0, largest = 0;
    int inner = 0; // of a triangular value, 3/4 lie within half of its range
    for (int64_t n = 0; n < FRAMES; n++) {
        double noise[2];
        dither_tpdf(42, n - FRAMES / 2, noise);
        sum += noise[0];
        squares += noise[0] * noise[0];
        product += noise[0] * noise[1];
        successive += noise[0] * before;
        before = noise[0];
        inner += fabs(noise[0]) < 0.5;
        largest = fmax(largest, fabs(noise[0]));
    }
    assert_true(fabs(sum / FRAMES) < 0.002);
    assert_true(fabs(squares / FRAMES - 1.0 / 6.0) < 0.001);
    assert_true(fabs(product / FRAMES) < 0.001);
    assert_true(fabs(successive / FRAMES) < 0.001);
    assert_true(fabs((double)inner / FRAMES - 0.75) < 0.002);
    assert_true(largest < 1.0 && largest > 0.99);
}

static void test_frames_and_seeds_differ(void **state) {
    (void)state;
    double a[2], b[2], c[2], d[2];
    dither_tpdf(1, 5, a);
    dither_tpdf(1, 6, b);
    dither_tpdf(2, 5, c);
    dither_tpdf(1, 5 + (INT64_C(1) << 32), d); // the high half of the frame counts
    assert_true(a[0] != b[0] && a[0] != c[0] && a[0] != d[0] && a[0] != a[1]);
}

static void test_rounding_clips(void **state) {
    (void)state;
    static const float loud[2] = {1.5f, -1.5f};
    int16_t out[2];
    dither_frame(1, 1, loud, out);
    assert_int_equal(out[0], 32767);
    assert_int_equal(out[1], -32768);
    for (int64_t n = 0; n < 1000; n++) { // silence stays within one step of silence
        dither_frame(1, n, (const float[2]){0.0f, 0.0f}, out);
        assert_true(out[0] >= -1 && out[0] <= 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_noise_is_triangular),
        cmocka_unit_test(test_frames_and_seeds_differ),
        cmocka_unit_test(test_rounding_clips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
