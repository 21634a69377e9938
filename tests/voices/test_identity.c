/*
 * test_identity.c - goal: the same bits however a voice is rendered.
 *
 * Every instruction set against plain C; calls of 1, 3, 16 and 75 cells against one call, from any
 * first cell; every number finite and none denormal.
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

#define CELLS 225
#define FRAMES (CELLS * CELL_FRAMES)

static const struct test_controls CONTROLS = {0.6F, 0.3F, 0.7F};
static float whole[2][FRAMES], other[2][FRAMES];

static struct voice_note note_of(uint32_t p, int64_t onset) {
    const double midi = 0.5 * (TEST_PATCHES[p].low + TEST_PATCHES[p].high);
    const struct voice_event event = test_event(midi, onset, 48000);
    struct voice_note note;
    voice_note_init(&note, &TEST_PATCHES[p].patch, &event);
    return note;
}

static void every_instruction_set_agrees(void **state) {
    (void)state;
    uint32_t count;
    const struct lane_copy *const *copies = lane_copies(&count);
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        const struct voice_note note = note_of(p, 864000019);
        const int64_t cell = (note.onset >> 6) - 5;
        lane_copy_render(copies[0], &note, CONTROLS, cell, 100, whole[0], whole[1]);
        for (uint32_t c = 1; c < count; c++) {
            lane_copy_render(copies[c], &note, CONTROLS, cell, 100, other[0], other[1]);
            for (int channel = 0; channel < 2; channel++) {
                if (memcmp(whole[channel], other[channel], 100 * CELL_FRAMES * 4) != 0) {
                    fail_msg("%s differs on %s", TEST_PATCHES[p].name, copies[c]->name);
                }
            }
        }
    }
}

/* Adds NOTE in calls of STEP cells, the first of FIRST. */
static void render_in_pieces(const struct voice_note *note, int64_t cell, uint32_t first,
                             uint32_t step) {
    const struct lane_copy *copy = lane_copy_best();
    uint32_t done = 0, now = first;
    static float piece[2][FRAMES];
    while (done < CELLS) {
        now = now < CELLS - done ? now : CELLS - done;
        lane_copy_render(copy, note, CONTROLS, cell + done, now, piece[0], piece[1]);
        for (int channel = 0; channel < 2; channel++) {
            memcpy(other[channel] + done * CELL_FRAMES, piece[channel],
                   now * CELL_FRAMES * sizeof(float));
        }
        done += now;
        now = step;
    }
}

static void any_split_agrees(void **state) {
    (void)state;
    static const uint32_t steps[][2] = {{1, 1}, {2, 3}, {5, 16}, {16, 16}, {75, 75}, {11, 75}};
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        const struct voice_note note = note_of(p, -31);
        const int64_t cell = -7;
        lane_copy_render(lane_copy_best(), &note, CONTROLS, cell, CELLS, whole[0], whole[1]);
        for (unsigned s = p % 2; s < sizeof steps / sizeof steps[0]; s += 2) {
            render_in_pieces(&note, cell, steps[s][0], steps[s][1]);
            assert_memory_equal(whole[0], other[0], sizeof whole[0]);
            assert_memory_equal(whole[1], other[1], sizeof whole[1]);
        }
    }
}

static void bad_number(const float *x, uint32_t p, double second) {
    for (int i = 0; i < FRAMES; i++) {
        const int kind = fpclassify(x[i]);
        if (kind != FP_NORMAL && kind != FP_ZERO) {
            fail_msg("%s: a number of class %d near %.1f s", TEST_PATCHES[p].name, kind, second);
        }
    }
}

/* Over the whole life, in steps. */
static void all_numbers_are_normal(void **state) {
    (void)state;
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        const struct voice_note note = note_of(p, 777);
        for (int64_t at = 0; at < note.end; at += (note.end - 777) / 6) {
            lane_copy_render(lane_copy_best(), &note, CONTROLS, at >> 6, CELLS, whole[0],
                             whole[1]);
            bad_number(whole[0], p, (double)at / 48000);
            bad_number(whole[1], p, (double)at / 48000);
        }
    }
}

/* Notes beyond the keyboard, absurd patches: finite sound or silence, never above 18 kHz. */
static void absurd_notes_are_held_to_their_ranges(void **state) {
    (void)state;
    static const double midis[] = {-50, 0, 126, 200, 1e9};
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        for (unsigned m = 0; m < sizeof midis / sizeof midis[0]; m++) {
            struct voice_patch patch = TEST_PATCHES[p].patch;
            struct voice_event event = test_event(midis[m], 0, -5);
            struct voice_note note;
            patch.attack_s = -1;
            patch.release_s = 0;
            patch.unison = m % 2 ? 1000 : 0;
            patch.partials_max = m % 2 ? 4000000000U : 0;
            patch.drift_hz = 0;
            voice_note_init(&note, &patch, &event);
            lane_copy_render(lane_copy_best(), &note, CONTROLS, 0, CELLS, whole[0], whole[1]);
            bad_number(whole[0], p, 0);
            assert_true(note.end >= note.onset);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instruction_set_agrees),
        cmocka_unit_test(any_split_agrees),
        cmocka_unit_test(all_numbers_are_normal),
        cmocka_unit_test(absurd_notes_are_held_to_their_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
