/*
 * test_surf.c - the sea: same bits on every set and split, precision against direct splines, no
 * seam between notes, the loudness that was asked for, a falling spectrum, decorrelated channels.
 */
#include "tests/effects/support.h"

#include <ebur128.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS 750 /* 1 s */

static struct voice_note surf_note(int64_t onset, int64_t off, float rolloff) {
    struct voice_note note;
    struct voice_patch patch;
    struct voice_event event;
    memset(&note, 0, sizeof note);
    memset(&patch, 0, sizeof patch);
    memset(&event, 0, sizeof event);
    patch.voice = VOICE_SURF;
    patch.attack_s = 4.0F;
    patch.rolloff = rolloff;
    event.onset = note.onset = onset;
    event.off = note.off = off;
    event.loudness_lufs = -24.0F;
    event.seed = note.seed = 99;
    event.layer = note.layer = 4;
    surf_note_init(&note, &patch, &event);
    return note;
}

/* Adds `cells` of a note to rows, in calls of `step` cells. */
static void sound(const struct effects_lanes *lanes, const struct voice_note *note, int64_t cell,
                  uint32_t cells, uint32_t step, float brightness, float *left, float *right) {
    float *control = support_alloc(sizeof(float) * (cells + 32));
    void *scratch = support_alloc(lanes->surf_scratch_bytes);
    for (uint32_t i = 0; i < cells + 32; ++i) {
        control[i] = brightness;
    }
    for (uint32_t done = 0; done < cells; done += step) {
        lanes->surf(note, control + done, cell + done, cells - done < step ? cells - done : step,
                    scratch, left + 64 * done, right + 64 * done);
    }
    free(control);
    free(scratch);
}

static float *row(uint32_t cells) {
    return support_alloc(sizeof(float) * 64 * cells);
}

static void test_same_bits(void **unused) {
    (void)unused;
    const struct effects_lanes *list[8];
    const uint32_t sets = effects_lanes_list(list), cells = 200;
    const struct voice_note note = surf_note(-100000, 2000000, 0.5F);
    const int64_t cell = -31;
    const uint32_t steps[4] = {200, 75, 16, 1};
    float *want[2] = {row(cells), row(cells)};
    sound(list[0], &note, cell, cells, 37, 0.7F, want[0], want[1]);
    for (uint32_t s = 0; s < sets; ++s) {
        for (int k = 0; k < 4; ++k) {
            float *got[2] = {row(cells), row(cells)};
            sound(list[s], &note, cell, cells, steps[k], 0.7F, got[0], got[1]);
            assert_memory_equal(want[0], got[0], sizeof(float) * 64 * cells);
            assert_memory_equal(want[1], got[1], sizeof(float) * 64 * cells);
            sound(list[s], &note, cell + 1, 1, 1, 0.7F, got[0], got[1]); /* a defect shows */
            assert_memory_not_equal(want[0], got[0], sizeof(float) * 64 * cells);
            free(got[0]);
            free(got[1]);
        }
    }
    free(want[0]);
    free(want[1]);
}

/* ---- The same sound, directly: every octave at every frame, B-spline by its formula. ---- */

static double b_spline(double t) {
    const double a = fabs(t);
    return a < 1.0 ? 2.0 / 3.0 - a * a + a * a * a / 2.0 : (a < 2.0 ? pow(2.0 - a, 3) / 6.0 : 0.0);
}

static double quintic(double x) {
    const double c = x < 0 ? 0 : (x > 1 ? 1 : x);
    return c * c * c * (c * (6 * c - 15) + 10);
}

static double direct_level(const struct voice_note *note, int64_t n, int channel) {
    const uint32_t period = note->body.surf.word[SURF_WORD_PERIOD];
    double level = 0.15;
    for (int64_t k = n / period - 4; k <= n / period + 2; ++k) {
        const struct surf_wave w = surf_wave_make(note->seed, note->layer, period, k, 0);
        const double t = (double)n - w.start;
        level += w.height[channel] * quintic(t * w.rise_rate) *
                 (1.0 - quintic((t - w.rise) * w.fall_rate));
    }
    return level;
}

static double direct_value(const struct voice_note *note, uint32_t j, int64_t m, int channel) {
    const int64_t block = (m >= 0 ? m / 64 : -((63 - m) / 64)), in = m - 64 * block;
    const int64_t counter = 16 * block + in % 16;
    const uint32_t high = (uint32_t)((uint64_t)counter >> 32);
    const struct philox_word4 r =
        philox(note->seed, (uint32_t)counter, high, 0x210 + j, note->layer);
    const uint32_t word = r.w[in / 16];
    return (double)(int16_t)(channel ? word & 0xffff : word >> 16) / 32768.0;
}

static double direct_sample(const struct voice_note *note, int64_t n, int channel) {
    double low = 0.0, high = 0.0;
    for (uint32_t j = 2; j <= 10; ++j) {
        const double step = (double)(1 << j);
        const double hz = 13000.0 / step;
        const double tilt = pow(2.0, 0.5 * ((double)j - 6)) / (1.0 + 6400.0 / (hz * hz));
        const int64_t m = (int64_t)floor((double)n / step);
        double sum = 0.0;
        for (int64_t k = m - 2; k <= m + 3; ++k) {
            /* Fine octaves take their gain from the start of the cell. */
            const int64_t at = j >= 6 ? k * (1 << j) : (int64_t)floor((double)k * step / 64) * 64;
            const double level = direct_level(note, at, channel);
            const double cutoff = 400.0 * pow(8.75, level);
            const double gain = level * tilt / sqrt(1.0 + pow(hz / cutoff, 4));
            /* Splines of octaves 2 .. 5 are sampled as such; of a cell's octaves likewise. */
            const double weight = b_spline((double)n / step - (double)k);
            const double value = direct_value(note, j, k, channel);
            sum += gain * (value - direct_value(note, j, k + 1, channel)) * weight;
        }
        if (j >= 6) {
            low += sum;
        } else {
            high += sum;
        }
    }
    return note->body.surf.number[SURF_NUMBER_GAIN] * (low + high);
}

static void test_precision(void **unused) {
    (void)unused;
    enum { FRAMES = 64 * 120 };
    const struct voice_note note = surf_note(-1000000, 9000000, 0.5F);
    const int64_t cell = 3000;
    float *got[2] = {row(120), row(120)};
    double *want = support_alloc(sizeof(double) * FRAMES);
    sound(effects_lanes_best(), &note, cell, 120, 75, 0.5F, got[0], got[1]);
    for (int channel = 0; channel < 2; ++channel) {
        for (int i = 0; i < FRAMES; ++i) {
            want[i] = direct_sample(&note, 64 * cell + i, channel);
        }
        const double snr = support_snr_db(got[channel], want, FRAMES);
        print_message("surf against direct splines: %.1f dB\n", snr);
        assert_true(snr >= 110.0);
        want[5] *= 1.01; /* a defect shows */
        assert_true(support_snr_db(got[channel], want, FRAMES) < 110.0);
    }
    free(got[0]);
    free(got[1]);
    free(want);
}

/* Two notes that follow each other make the same sea as one long note. */
static void test_no_seam(void **unused) {
    (void)unused;
    const int64_t change = 480013;
    const struct voice_note first = surf_note(-400000, change, 0.5F);
    const struct voice_note next = surf_note(change, 2000000, 0.5F);
    const struct voice_note other = surf_note(change + 4800, 2000000, 0.5F);
    const struct voice_note whole = surf_note(-400000, 2000000, 0.5F);
    const uint32_t cells = 4500;
    float *two[2] = {row(cells), row(cells)}, *one[2] = {row(cells), row(cells)};
    double *want = support_alloc(sizeof(double) * 64 * cells);
    sound(effects_lanes_best(), &first, 7000, cells, 75, 0.5F, two[0], two[1]);
    sound(effects_lanes_best(), &next, 7000, cells, 75, 0.5F, two[0], two[1]);
    sound(effects_lanes_best(), &whole, 7000, cells, 75, 0.5F, one[0], one[1]);
    for (uint32_t i = 0; i < 64 * cells; ++i) {
        want[i] = one[0][i];
    }
    print_message("surf, two notes against one: %.1f dB\n",
                  support_snr_db(two[0], want, 64 * (size_t)cells));
    assert_true(support_snr_db(two[0], want, 64 * (size_t)cells) >= 120.0);
    /* Defect: the second note comes a tick late. */
    memset(two[0], 0, sizeof(float) * 64 * cells);
    sound(effects_lanes_best(), &first, 7000, cells, 75, 0.5F, two[0], two[1]);
    sound(effects_lanes_best(), &other, 7000, cells, 75, 0.5F, two[0], two[1]);
    assert_true(support_snr_db(two[0], want, 64 * (size_t)cells) < 60.0);
    assert_int_equal(first.end % 64, 0);
    assert_true(first.end >= change + 4 * 48000 && first.end <= change + 4 * 48000 + 64);
    for (int c = 0; c < 2; ++c) {
        memset(two[c], 0, sizeof(float) * 64 * 16);
    }
    sound(effects_lanes_best(), &first, first.end / 64, 16, 16, 0.5F, two[0], two[1]);
    for (int i = 0; i < 64 * 16; ++i) {
        assert_true(two[0][i] == 0.0F && two[1][i] == 0.0F);
    }
    free(two[0]);
    free(two[1]);
    free(one[0]);
    free(one[1]);
    free(want);
}

/* Power of a row in [low, high) Hz, by periodograms of 4096. */
static double band_power(const float *x, size_t count, double low, double high) {
    enum { SIZE = 4096 };
    static double re[SIZE], im[SIZE];
    double sum = 0.0;
    for (size_t at = 0; at + SIZE <= count; at += SIZE) {
        for (int i = 0; i < SIZE; ++i) {
            re[i] = x[at + (size_t)i] * (0.5 - 0.5 * cos(2.0 * M_PI * i / SIZE));
            im[i] = 0.0;
        }
        support_fft(re, im, 12, false);
        for (int k = (int)(low * SIZE / 48000); k < (int)(high * SIZE / 48000); ++k) {
            sum += re[k] * re[k] + im[k] * im[k];
        }
    }
    return sum;
}

static void test_colour_and_level(void **unused) {
    (void)unused;
    enum { SECONDS = 180 };
    const uint32_t cells = SECONDS * CELLS;
    const struct voice_note note = surf_note(-1000000, 99000000, 0.5F);
    float *sea[2] = {row(cells), row(cells)}, *bright[2] = {row(cells), row(cells)};
    sound(effects_lanes_best(), &note, 0, cells, 75, 0.5F, sea[0], sea[1]);
    sound(effects_lanes_best(), &note, 0, cells / 6, 75, 1.0F, bright[0], bright[1]);
    double sum[3] = {0};
    double power = 0.0;
    ebur128_state *meter = ebur128_init(2, 48000, EBUR128_MODE_M);
    for (size_t i = 0; i < 64 * (size_t)cells; ++i) {
        const float pair[2] = {sea[0][i], sea[1][i]};
        ebur128_add_frames_float(meter, pair, 1);
        if ((i + 1) % 19200 == 0) { /* 400 ms, the meter's momentary window: no gate */
            double momentary = 0.0;
            ebur128_loudness_momentary(meter, &momentary);
            power += pow(10.0, momentary / 10.0) / (SECONDS * 2.5);
        }
        sum[0] += (double)sea[0][i] * sea[0][i];
        sum[1] += (double)sea[1][i] * sea[1][i];
        sum[2] += (double)sea[0][i] * sea[1][i];
    }
    const double lufs = 10.0 * log10(power);
    ebur128_destroy(&meter);
    const double correlation = sum[2] / sqrt(sum[0] * sum[1]);
    print_message("surf: %.2f LUFS (asked -24), correlation %.3f\n", lufs, correlation);
    assert_true(fabs(lufs + 24.0) < 0.6);
    assert_true(fabs(correlation) < 0.1);
    double before = 1e300;
    for (double hz = 150.0; hz < 8000.0; hz *= 2.0) {
        const double level = band_power(sea[0], 64 * (size_t)cells, hz, 2.0 * hz) / hz;
        print_message("surf, density at %5.0f Hz: %.1f dB\n", hz, 10 * log10(level));
        assert_true(level < before * 0.6);
        before = level;
    }
    const size_t count = 64 * (size_t)cells / 6;
    const double change = 10 * log10(band_power(bright[0], count, 1500, 4000) /
                                     band_power(sea[0], count, 1500, 4000));
    assert_true(fabs(change - 6.0) < 0.2);
    free(sea[0]);
    free(sea[1]);
    free(bright[0]);
    free(bright[1]);
}

/* The closed-form power of an octave: its spectrum integrated here, times K-weighting. */
static void test_octave_power(void **unused) {
    (void)unused;
    for (uint32_t i = 0; i < SURF_OCTAVES; ++i) {
        const double step = (double)(1U << (i + 2));
        double sum = 0.0;
        for (int k = 0; k < 20000; ++k) {
            const double hz = ((double)k + 0.5) * 1.2, w = 2.0 * M_PI * hz / 48000.0;
            const double d = sin(step * w / 2) / (step * sin(w / 2));
            const double response = step * pow(d, 4) * (4 + 2 * cos(w)) / 6;
            const double apart = 2.0 * sin(step * w / 2); /* a value less its neighbour */
            sum += response * response * apart * apart / step / 3.0 * loudness_k_power(hz) / 20000;
        }
        assert_true(fabs(sum / surf_octave_power(i) - 1.0) < 1e-3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits), cmocka_unit_test(test_precision),
        cmocka_unit_test(test_no_seam), cmocka_unit_test(test_colour_and_level),
        cmocka_unit_test(test_octave_power)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
