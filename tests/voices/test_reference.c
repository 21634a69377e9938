/*
 * test_reference.c - goal: every voice is what its law says, to 110 dB, everywhere.
 *
 * Against the independent double reference over onset, sustain, release and ring, from low to high
 * pitches, near the start and five hours into the stream; silence outside a note's life; level
 * against the K-weighted power of what was rendered.
 */
#include "tests/voices/patches.h"
#include "tests/voices/reference.h"
#include "voices/loudness.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_CELLS 24
#define WINDOW (WINDOW_CELLS * CELL_FRAMES)
#define FIVE_HOURS ((int64_t)5 * 3600 * VOICE_RATE)
#define SECOND ((int64_t)VOICE_RATE)

static const struct test_controls NEUTRAL = {0.5F, 0, 0.5F};

struct power {
    double signal, noise;
};

/* Adds one window at CELL to the power of a note and of its error. */
static void compare(const struct voice_note *note, struct test_controls controls, int64_t cell,
                    struct power *power) {
    static float got[2][WINDOW];
    static double want[2][WINDOW];
    lane_copy_render(lane_copy_best(), note, controls, cell, WINDOW_CELLS, got[0], got[1]);
    reference_render(note, controls, cell * CELL_FRAMES, WINDOW, want[0], want[1]);
    for (int channel = 0; channel < 2; channel++) {
        for (int i = 0; i < WINDOW; i++) {
            const double error = (double)got[channel][i] - want[channel][i];
            power->signal += want[channel][i] * want[channel][i];
            power->noise += error * error;
        }
    }
}

/* SNR in dB over windows spread over the life of one note. */
static double note_snr(const struct test_patch *patch, double midi, int64_t onset,
                       struct test_controls controls) {
    static const double moments[] = {0.0, 0.21, 0.7, 1.9, 4.3, 6.4, 7.7, 9.5};
    const struct voice_event event = test_event(midi, onset, 6 * SECOND);
    struct voice_note note;
    struct power power = {0, 0};
    voice_note_init(&note, &patch->patch, &event);
    for (unsigned i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        const int64_t frame = onset + (int64_t)(moments[i] * VOICE_RATE);
        if (frame + WINDOW < note.end) {
            /* from the cell after the onset's: before it the reference has no note yet */
            compare(&note, controls, (frame + CELL_FRAMES - 1) >> 6, &power);
        }
    }
    return 10 * log10(power.signal / power.noise);
}

static void every_voice_meets_its_law(void **state) {
    (void)state;
    bool good = true;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        const struct test_patch *patch = &TEST_PATCHES[p];
        double worst = 1000;
        for (int step = 0; step <= 3; step++) {
            const double midi = patch->low + (patch->high - patch->low) * step / 3 + 0.13;
            const int64_t onset = step % 2 ? FIVE_HOURS + 17 : 12345 - step * SECOND;
            worst = fmin(worst, note_snr(patch, midi, onset, NEUTRAL));
        }
        print_message("%-14s SNR %.1f dB\n", patch->name, worst);
        good = good && worst >= 110;
    }
    assert_true(good);
}

/* Controls at their ends may cost a little: high partials are 30 dB louder then, and drift goes
 * beyond the range that the polynomials are fitted to. */
static void every_voice_follows_its_controls(void **state) {
    (void)state;
    const struct test_controls corners[] = {{1, 1, 1}, {0, 0.5F, 0}};
    bool good = true;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        const struct test_patch *patch = &TEST_PATCHES[p];
        double worst = 1000;
        for (int i = 0; i < 2; i++) {
            worst = fmin(worst, note_snr(patch, 0.5 * (patch->low + patch->high), FIVE_HOURS,
                                         corners[i]));
        }
        print_message("%-14s at the corners %.1f dB\n", patch->name, worst);
        good = good && worst >= 90;
    }
    assert_true(good);
}

/* The detector itself: a gain 0.001 dB off must show. */
static void the_comparison_sees_a_wrong_gain(void **state) {
    (void)state;
    const struct voice_event event = test_event(60, 0, 6 * SECOND);
    struct voice_note note;
    voice_note_init(&note, &TEST_PATCHES[0].patch, &event);
    static float got[2][WINDOW];
    static double want[2][WINDOW];
    lane_copy_render(lane_copy_best(), &note, NEUTRAL, 3000, WINDOW_CELLS, got[0], got[1]);
    note.tone.log2_gain += 0.001F / 6.02F;
    reference_render(&note, NEUTRAL, 3000 * CELL_FRAMES, WINDOW, want[0], want[1]);
    struct power power = {0, 0};
    for (int i = 0; i < WINDOW; i++) {
        power.signal += want[0][i] * want[0][i];
        power.noise += ((double)got[0][i] - want[0][i]) * ((double)got[0][i] - want[0][i]);
    }
    assert_true(10 * log10(power.signal / power.noise) < 90);
}

/* Exactly nothing before the onset and from `end` on; something right inside. */
static void notes_are_silent_outside_their_life(void **state) {
    (void)state;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        const struct voice_event event = test_event(60, 1000037, 3 * SECOND);
        struct voice_note note;
        static float bus[2][64 * CELL_FRAMES];
        voice_note_init(&note, &TEST_PATCHES[p].patch, &event);
        assert_true(note.end > note.onset);
        assert_true(note.end <= (note.voice == VOICE_BELL ? note.onset : note.off) +
                                    voice_tail_frames(&TEST_PATCHES[p].patch));
        const int64_t born = (note.onset >> 6) - 8, dead = (note.end >> 6) - 32;
        lane_copy_render(lane_copy_best(), &note, NEUTRAL, born, 64, bus[0], bus[1]);
        double after = 0;
        for (int64_t i = 0; i < 64 * CELL_FRAMES; i++) {
            if (born * CELL_FRAMES + i < note.onset) {
                assert_true(bus[0][i] == 0 && bus[1][i] == 0);
            }
            after += fabs((double)bus[0][i]);
        }
        assert_true(after > 0);
        lane_copy_render(lane_copy_best(), &note, NEUTRAL, dead, 64, bus[0], bus[1]);
        for (int64_t i = 0; i < 64 * CELL_FRAMES; i++) {
            if (dead * CELL_FRAMES + i >= note.end) {
                assert_true(bus[0][i] == 0 && bus[1][i] == 0);
            }
        }
    }
}

/* BS.1770's two filters, direct form, for one channel. */
struct weighting {
    double x[2][2], y[2][2];
};
static double weigh(struct weighting *w, double x) {
    static const double b[2][3] = {{1.53512485958697, -2.69169618940638, 1.19839281085285},
                                   {1, -2, 1}};
    static const double a[2][2] = {{-1.69065929318241, 0.73248077421585},
                                   {-1.99004745483398, 0.99007225036621}};
    for (int s = 0; s < 2; s++) {
        const double y = b[s][0] * x + b[s][1] * w->x[s][0] + b[s][2] * w->x[s][1] -
                         a[s][0] * w->y[s][0] - a[s][1] * w->y[s][1];
        w->x[s][1] = w->x[s][0];
        w->x[s][0] = x;
        w->y[s][1] = w->y[s][0];
        w->y[s][0] = y;
        x = y;
    }
    return x;
}

/* LUFS of CELLS cells of a note from frame FROM, the first SKIP frames heard but not counted. */
static double measured_lufs(const struct voice_note *note, int64_t from, uint32_t cells,
                            uint32_t skip) {
    float *bus[2] = {malloc(cells * CELL_FRAMES * 4), malloc(cells * CELL_FRAMES * 4)};
    assert_true(bus[0] != NULL && bus[1] != NULL);
    lane_copy_render(lane_copy_best(), note, NEUTRAL, from >> 6, cells, bus[0], bus[1]);
    double power = 0;
    for (int channel = 0; channel < 2; channel++) {
        struct weighting w = {{{0}}, {{0}}};
        for (uint32_t i = 0; i < cells * CELL_FRAMES; i++) {
            const double y = weigh(&w, bus[channel][i]);
            power += i >= skip ? y * y : 0;
        }
        free(bus[channel]);
    }
    return -0.691 + 10 * log10(power / (cells * CELL_FRAMES - skip));
}

/* Sustained voices: over 16 s, so that beats and filters average out. */
static void loudness_is_as_predicted(void **state) {
    (void)state;
    bool good = true;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        const struct test_patch *test = &TEST_PATCHES[p];
        if (test->patch.voice == VOICE_BELL) {
            continue;
        }
        struct voice_patch patch = test->patch;
        patch.sustain = 1; /* the prediction is for a full envelope */
        double error = 0;
        const int notes = 4;
        for (int n = 0; n < notes; n++) {
            struct voice_event event =
                test_event(test->low + (test->high - test->low) * n / (notes - 1), 0, 60 * SECOND);
            event.id[0] = 100 + (uint32_t)n;
            struct voice_note note;
            voice_note_init(&note, &patch, &event);
            error += (measured_lufs(&note, 8 * SECOND, 24000, 4096) + 20) / notes;
        }
        print_message("%-14s loudness off by %+.2f LU\n", test->name, error);
        good = good && fabs(error) <= 0.5;
    }
    assert_true(good);
}

/* Bells: at the strike, before much has decayed and while the lines still add as powers. */
static void bells_are_as_loud_as_predicted(void **state) {
    (void)state;
    double mean = 0;
    const int notes = 24;
    const struct test_patch *glass = &TEST_PATCHES[6];
    assert_int_equal(glass->patch.voice, VOICE_BELL);
    for (int n = 0; n < notes; n++) {
        struct voice_event event = test_event(72, 0, SECOND);
        event.id[0] = 200 + (uint32_t)n;
        struct voice_note note;
        voice_note_init(&note, &glass->patch, &event);
        mean += pow(10, measured_lufs(&note, CELL_FRAMES * 15, 80, 1024) / 10) / notes;
    }
    /* The middle of what is counted is 84 ms after the strike; T60 is 7.3 s. */
    const double error = 10 * log10(mean) + 20 + 60 * 0.084 / 7.3;
    print_message("wine glass     loudness off by %+.2f LU\n", error);
    assert_true(fabs(error) <= 0.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_voice_meets_its_law),
        cmocka_unit_test(every_voice_follows_its_controls),
        cmocka_unit_test(the_comparison_sees_a_wrong_gain),
        cmocka_unit_test(notes_are_silent_outside_their_life),
        cmocka_unit_test(loudness_is_as_predicted),
        cmocka_unit_test(bells_are_as_loud_as_predicted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
