/*
 * test_sound.c - goal: no click, no partial above 18 kHz, in tune, on every voice.
 *
 * Above 20.6 kHz there is nothing, so a peak behind a steep high-pass (255 taps, Kaiser beta 13)
 * is a click; the detector must see a step of -90 dBFS and a gain jump of 0.02 dB. Tuning is the
 * slope of the phase of the first partial, by correlation with its nominal frequency.
 */
#include "tests/voices/patches.h"
#include "tests/voices/lanes_under_test.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TAPS 255
#define PI 3.14159265358979323846
#define CELLS 750
#define FRAMES (CELLS * CELL_FRAMES)

static const struct test_controls NEUTRAL = {0.5F, 0, 0.5F}, BRIGHT = {1, 1, 1};
static float bus[2][FRAMES];

static double bessel_i0(double x) {
    double sum = 1, term = 1;
    for (int i = 1; i < 60; i++) {
        term *= (x / (2 * i)) * (x / (2 * i));
        sum += term;
    }
    return sum;
}

/* High-pass at `hz`. */
static void high_pass(double hz, double *tap) {
    const double w = 2 * PI * hz / VOICE_RATE;
    for (int i = 0; i < TAPS; i++) {
        const int n = i - TAPS / 2;
        const double r = 2.0 * n / (TAPS - 1);
        const double window = bessel_i0(13 * sqrt(1 - r * r)) / bessel_i0(13);
        const double low = n == 0 ? w / PI : sin(w * n) / (PI * n);
        tap[i] = ((n == 0) - low) * window;
    }
}

/* Largest frame in dBFS of X above HZ. */
static double peak_above(const float *x, uint32_t count, double hz) {
    double tap[TAPS], peak = 1e-12;
    high_pass(hz, tap);
    for (uint32_t n = TAPS; n < count; n++) {
        double y = 0;
        for (int i = 0; i < TAPS; i++) {
            y += tap[i] * (double)x[n - (uint32_t)i];
        }
        peak = fmax(peak, fabs(y));
    }
    return 20 * log10(peak);
}

static void render(uint32_t p, double midi, double second, struct test_controls controls) {
    const struct voice_event event = test_event(midi, 1000, 3 * 48000);
    struct voice_note note;
    voice_note_init(&note, &TEST_PATCHES[p].patch, &event);
    lane_copy_render(lane_copy_best(), &note, controls, (int64_t)(second * 48000) >> 6, CELLS,
                     bus[0], bus[1]);
}

static void the_guard_band_is_empty(void **state) {
    (void)state;
    bool good = true;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        static const double seconds[] = {0, 2.6};
        double worst = -300;
        for (int i = 0; i < 2; i++) {
            render(p, i == 0 ? TEST_PATCHES[p].low : TEST_PATCHES[p].high, seconds[i], NEUTRAL);
            worst = fmax(worst, peak_above(bus[0], FRAMES, 20600));
        }
        print_message("%-14s guard band %.1f dBFS\n", TEST_PATCHES[p].name, worst);
        good = good && worst <= -120;
    }
    assert_true(good);
}

static void the_click_detector_fires(void **state) {
    (void)state;
    render(0, 60, 2, NEUTRAL);
    assert_true(peak_above(bus[0], 8192, 20600) <= -120);
    const float step = powf(10, -90.0F / 20);
    for (int i = 4000; i < 8192; i++) {
        bus[0][i] += step;
    }
    assert_true(peak_above(bus[0], 8192, 20600) > -120);
    render(0, 60, 2, NEUTRAL);
    int at = 4000; /* a gain jump at a zero of the wave would be none */
    for (int i = 4000; i < 5000; i++) {
        at = fabsf(bus[0][i]) > fabsf(bus[0][at]) ? i : at;
    }
    for (int i = at; i < 8192; i++) {
        bus[0][i] *= powf(10, 0.02F / 20);
    }
    assert_true(peak_above(bus[0], 8192, 20600) > -120);
}

/* The highest notes at full brightness and motion: the skirt of an 18.6 kHz high-pass shows
 * anything that is above. */
static void nothing_is_above_18_kHz(void **state) {
    (void)state;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        for (int i = 0; i < 3; i++) {
            render(p, 60 + 17.3 * i, 1.5, BRIGHT);
            assert_true(peak_above(bus[0], 12000, 18900) <= -100);
        }
    }
}

/* Frequency of the strongest line within SPAN Hz of HZ, from the phase of two halves. */
static double measured_hz(const float *x, double hz) {
    double phase[2];
    for (int half = 0; half < 2; half++) {
        double re = 0, im = 0;
        for (int i = 0; i < FRAMES / 2; i++) {
            const int n = half * (FRAMES / 2) + i;
            const double window = 1 - cos(2 * PI * i / (FRAMES / 2));
            re += window * (double)x[n] * cos(2 * PI * hz * n / VOICE_RATE);
            im -= window * (double)x[n] * sin(2 * PI * hz * n / VOICE_RATE);
        }
        phase[half] = atan2(im, re) / (2 * PI);
    }
    double turn = phase[1] - phase[0];
    turn -= round(turn);
    return hz + turn / (FRAMES / 2) * VOICE_RATE;
}

static void notes_are_in_tune(void **state) {
    (void)state;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        struct voice_patch patch = TEST_PATCHES[p].patch;
        /* One line per partial: what the pitch is before it is spread. */
        patch.unison = 1;
        patch.detune_cents = patch.drift_cents = patch.bandwidth_cents = patch.beat_hz = 0;
        patch.inharmonicity = 0;
        if (patch.voice == VOICE_BELL) {
            continue; /* doublets beat; bells are compared with the reference */
        }
        for (int i = 0; i < 3; i++) {
            const double midi = TEST_PATCHES[p].low + 7.37 * i;
            const double hz = 440 * exp2((midi - 69) / 12);
            struct voice_event event = test_event(midi, 1000, 30 * 48000);
            struct voice_note note;
            voice_note_init(&note, &patch, &event);
            lane_copy_render(lane_copy_best(), &note, NEUTRAL, 6 * 750, CELLS, bus[0], bus[1]);
            const double cents = 1200 * log2(measured_hz(bus[0], hz) / hz);
            assert_true(fabs(cents) < 0.1);
        }
    }
}

/* The mean of the unisons, weighted by power, is within a cent of the note. */
static void unisons_are_centred(void **state) {
    (void)state;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        if (TEST_PATCHES[p].patch.voice != VOICE_WARM_PAD) {
            continue;
        }
        const struct voice_event event = test_event(64, 0, 48000);
        struct voice_note note;
        double sum = 0, weight = 0;
        voice_note_init(&note, &TEST_PATCHES[p].patch, &event);
        for (uint32_t u = 0; u < note.line_count; u++) {
            const double g = (double)note.body.unison.gain[u] * (double)note.body.unison.gain[u];
            sum += g * note.body.unison.inc[u] * 48000 / 4294967296.0;
            weight += g;
        }
        assert_true(fabs(1200 * log2(sum / weight / (440 * exp2(-5.0 / 12)))) < 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guard_band_is_empty),   cmocka_unit_test(the_click_detector_fires),
        cmocka_unit_test(nothing_is_above_18_kHz),   cmocka_unit_test(notes_are_in_tune),
        cmocka_unit_test(unisons_are_centred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
