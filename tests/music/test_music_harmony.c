// Goal: the tables and small functions under the composer are what they are said to be: scales,
// transition tables and what follows from them, chord kinds and names, measured roughness, voicing.
#include <setjmp.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/chords.h"
#include "engine/dice.h"
#include "engine/progression.h"
#include "engine/roughness.h"
#include "engine/section.h"
#include "tests/music/listen.h"

static void neighbouring_modes_differ_in_one_note(void **state) {
    (void)state;
    for (int mode = 0; mode + 1 < MODE_COUNT; mode++) {
        int differ = 0;
        for (int d = 0; d < SCALE_DEGREES; d++) {
            differ += scale_steps[mode][d] != scale_steps[mode + 1][d];
            assert_true(scale_steps[mode][d] >= scale_steps[mode + 1][d]); // ever darker
        }
        assert_int_equal(differ, 1);
        assert_int_equal(mode_find(mode_name((enum mode)mode)), mode);
    }
    assert_int_equal(mode_find("locrian"), -1);
}

static void scale_arithmetic(void **state) {
    (void)state;
    assert_int_equal(scale_semitones(MODE_IONIAN, 9), 16);
    assert_int_equal(scale_semitones(MODE_IONIAN, -1), -1);
    assert_int_equal(scale_semitones(MODE_AEOLIAN, -7), -12);
    assert_int_equal(scale_pitch_class(2, MODE_LYDIAN, 3), 8); // D lydian has G sharp
    assert_int_equal(scale_shift(2, MODE_LYDIAN, 62, 1), 64);
    assert_int_equal(scale_shift(2, MODE_LYDIAN, 62, -1), 61);
    assert_int_equal(scale_shift(11, MODE_AEOLIAN, 1, -2), -3);
    for (int midi = 0; midi < 128; midi++) {
        bool white = strchr("CDEFGAB", pitch_name(midi % 12, 0, MODE_IONIAN)[0]) &&
                     !pitch_name(midi % 12, 0, MODE_IONIAN)[1];
        assert_int_equal(scale_contains(0, MODE_IONIAN, midi), white);
        assert_int_equal(scale_contains(9, MODE_AEOLIAN, midi), white);
    }
    assert_string_equal(pitch_name(10, 5, MODE_IONIAN), "Bb");
    assert_string_equal(pitch_name(10, 0, MODE_AEOLIAN), "Bb");
    assert_string_equal(pitch_name(8, 2, MODE_LYDIAN), "G#");
    assert_int_equal(pitch_find("Db"), 1);
    assert_int_equal(pitch_find("H"), -1);
}

// Rows sum to 1, diagonals are 0, degrees with a diminished fifth and no other use are never
// entered. The sum of all numbers weighted by place guards every cell against a slip.
static void transition_tables(void **state) {
    (void)state;
    for (int m = 0; m < MODE_COUNT; m++) {
        for (int i = 0; i < SCALE_DEGREES; i++) {
            double row = 0.0;
            for (int j = 0; j < SCALE_DEGREES; j++) row += progression_table[m][i][j];
            assert_true(fabs(row - 1.0) < 1e-12);
            assert_true(progression_table[m][i][i] == 0.0);
        }
    }
    static const int never[MODE_COUNT] = {[MODE_LYDIAN] = 3, [MODE_IONIAN] = -1,
                                          [MODE_MIXOLYDIAN] = -1, [MODE_DORIAN] = 5,
                                          [MODE_AEOLIAN] = 1, [MODE_PHRYGIAN] = 4};
    static const int checks[MODE_COUNT] = {[MODE_LYDIAN] = 16680, [MODE_IONIAN] = 17155,
                                           [MODE_MIXOLYDIAN] = 17245, [MODE_DORIAN] = 16840,
                                           [MODE_AEOLIAN] = 17180, [MODE_PHRYGIAN] = 16600};
    for (int m = 0; m < MODE_COUNT; m++) {
        double sum = 0.0, into = 0.0, share[SCALE_DEGREES];
        for (int i = 0; i < SCALE_DEGREES; i++) {
            for (int j = 0; j < SCALE_DEGREES; j++) {
                sum += progression_table[m][i][j] * 100.0 * (7 * i + j + 1);
            }
            if (never[m] >= 0) into += progression_table[m][i][never[m]];
        }
        if ((int)lround(sum) != checks[m]) fail_msg("mode %d sums to %.0f", m, sum);
        assert_true(into == 0.0);
        // Tonic 22 to 31 % of chords, transition entropy near 2.1 bits.
        progression_stationary((enum mode)m, share);
        double entropy = 0.0;
        for (int i = 0; i < SCALE_DEGREES; i++) {
            for (int j = 0; j < SCALE_DEGREES; j++) {
                double p = progression_table[m][i][j];
                if (p > 0.0) entropy -= share[i] * p * log2(p);
            }
        }
        assert_in_range((int)(share[0] * 1000.0), 215, 315);
        assert_in_range((int)(entropy * 100.0), 200, 225);
    }
}

static void bridges_arrive(void **state) {
    (void)state;
    for (int m = 0; m < MODE_COUNT; m++) {
        double share[SCALE_DEGREES], weights[SCALE_DEGREES];
        progression_stationary((enum mode)m, share);
        for (int a = 0; a < SCALE_DEGREES; a++) {
            for (int b = 0; b < SCALE_DEGREES; b++) {
                if (share[a] == 0.0 || share[b] == 0.0) continue;
                progression_bridge((enum mode)m, a, b, weights);
                double total = 0.0;
                for (int x = 0; x < SCALE_DEGREES; x++) {
                    total += weights[x];
                    if (weights[x] > 0.0) assert_true(progression_table[m][a][x] > 0.0);
                }
                assert_true(total > 0.0);
            }
        }
    }
}

static void holds_keep_their_bounds(void **state) {
    (void)state;
    uint32_t below = 0, count = 0;
    for (uint32_t i = 0; i < 4000; i++) {
        struct progression_hold hold = {.median_s = 20.0, .pace = 0.5, .bar_s = 4.0};
        hold.normal = dice_normal(dice_at(1, i, 0, DICE_HOLD), 0);
        int bars = progression_hold_bars(&hold);
        assert_true(bars >= 3 && bars <= 11); // 12 to 45 s
        below += bars < 5;
        count += bars <= 5;
        hold.pace = 1.0;
        assert_true(progression_hold_bars(&hold) >= 2); // never under 8 s
        hold.pace = 0.5;
        hold.tonic = true;
        assert_true(progression_hold_bars(&hold) >= bars);
    }
    assert_true(below < 2000 && count > 2000); // the median is 20 s
}

static void no_dominants_and_nothing_diminished(void **state) {
    (void)state;
    for (int m = 0; m < MODE_COUNT; m++) {
        for (int d = 0; d < SCALE_DEGREES; d++) {
            for (int k = 0; k < CHORD_KIND_COUNT; k++) {
                if (!chord_allowed((enum chord_kind)k, (enum mode)m, d)) continue;
                struct chord_tones t;
                chord_tones_make((enum chord_kind)k, 0, (enum mode)m, d, &t);
                int root = scale_pitch_class(0, (enum mode)m, d);
                uint32_t has = 0;
                for (uint32_t i = 0; i < t.count; i++) has |= 1u << (t.pc[i] - root + 12) % 12;
                bool dominant = (has >> 4 & 1) && (has >> 10 & 1);
                bool tritone_on_root = (has >> 6 & 1) && !(has >> 7 & 1);
                if (dominant) assert_true(m == MODE_MIXOLYDIAN && d == 0);
                assert_false(tritone_on_root);
            }
        }
    }
}

// Every degree the walk can reach has a chord at every tension, and weights stay a distribution.
static void every_degree_has_chords(void **state) {
    (void)state;
    for (int m = 0; m < MODE_COUNT; m++) {
        double share[SCALE_DEGREES], weights[CHORD_KIND_COUNT], calm = 0.0;
        progression_stationary((enum mode)m, share);
        for (int d = 0; d < SCALE_DEGREES; d++) {
            if (share[d] == 0.0) continue;
            for (int t = 0; t <= 10; t++) {
                double total = 0.0, plain = 0.0;
                chord_weights((enum mode)m, d, t / 10.0, weights);
                for (int k = 0; k < CHORD_KIND_COUNT; k++) {
                    assert_true(weights[k] >= 0.0);
                    total += weights[k];
                    if (k <= CHORD_TRIAD) plain += weights[k];
                }
                assert_true(total > 0.0);
                if (t > 0) assert_true(plain / total <= calm + 1e-12);
                calm = plain / total;
            }
        }
    }
}

static void chords_are_named(void **state) {
    (void)state;
    char name[16];
    chord_name(CHORD_ADD9, 2, MODE_LYDIAN, 0, 2, name, sizeof name);
    assert_string_equal(name, "Dadd9");
    chord_name(CHORD_ADD9, 2, MODE_LYDIAN, 0, 9, name, sizeof name);
    assert_string_equal(name, "Dadd9/A");
    chord_name(CHORD_SEVENTH, 0, MODE_AEOLIAN, 5, -1, name, sizeof name);
    assert_string_equal(name, "Abmaj7");
    chord_name(CHORD_INVERTED, 0, MODE_IONIAN, 6, 11, name, sizeof name);
    assert_string_equal(name, "G/B");
    chord_name(CHORD_SHARP_ELEVEN, 6, MODE_LYDIAN, 0, 8, name, sizeof name);
    assert_string_equal(name, "Gbmaj7#11/Ab");
}

static double rough(uint32_t count, const uint8_t *midi) { return roughness_chord(midi, count); }
#define R(...) rough(sizeof((uint8_t[]){__VA_ARGS__}), (uint8_t[]){__VA_ARGS__})
#define NEAR(value, measured) assert_true(fabs((value) - (measured)) < 0.011)

// Against the measured table for which the bounds were made.
static void roughness_is_as_measured(void **state) {
    (void)state;
    roughness_prepare();
    NEAR(R(48, 55), 0.27);             // open fifth
    NEAR(R(48, 55, 64), 0.37);         // major, spread
    NEAR(R(48, 55, 65), 0.37);         // sus4
    NEAR(R(48, 55, 62), 0.38);         // sus2
    NEAR(R(48, 55, 64, 71), 0.39);     // major seventh, spread
    NEAR(R(60, 65, 70, 75), 0.37);     // quartal on C4
    NEAR(R(48, 55, 63), 0.40);         // minor, spread
    NEAR(R(60, 64, 67), 0.40);         // close major on C4
    NEAR(R(48, 55, 64, 71, 78), 0.41); // major seventh with raised fourth
    NEAR(R(48, 55, 62, 69), 0.44);     // quintal
    NEAR(R(48, 55, 64, 71, 74), 0.46); // major ninth
    NEAR(R(48, 55, 64, 69, 74), 0.48); // six-nine
    NEAR(R(48, 55, 63, 70, 74), 0.50); // minor ninth
    NEAR(R(60, 63, 66, 69), 0.63);     // diminished seventh
    NEAR(R(48, 53, 58, 63), 0.69);     // quartal on C3
    NEAR(R(36, 40, 43), 1.24);         // low major triad
}

static void voicings_keep_the_rules(void **state) {
    (void)state;
    roughness_prepare();
    struct voicing before = {.count = 0};
    for (uint32_t i = 0; i < 3000; i++) {
        struct dice dice = dice_at(77, i, 0, DICE_VOICING);
        enum mode mode = (enum mode)(i % MODE_COUNT);
        int degree = (int)dice_between(dice, 0, 0, 7);
        enum chord_kind kind = (enum chord_kind)dice_between(dice, 1, 0, CHORD_KIND_COUNT);
        if (!chord_allowed(kind, mode, degree)) continue;
        struct voicing_request r = {.voices = 3 + i % 4, .bass = 28 + (int)(i % 16), .low = 48,
                                    .high = 77, .limit_shift = i % 2 ? 5 : 0,
                                    .roughness_max = 0.5, .before = &before, .jitter = dice};
        chord_tones_make(kind, (int)(i % 12), mode, degree, &r.tones);
        struct voicing v;
        if (!voicing_find(&r, &v)) continue;
        assert_int_equal(v.count, r.voices);
        for (uint32_t a = 0; a < v.count; a++) {
            assert_in_range(v.midi[a], 48, 77);
            assert_true(scale_contains((int)(i % 12), mode, v.midi[a]));
            assert_true(voicing_interval_clear(r.bass, v.midi[a], r.limit_shift));
            for (uint32_t b = a + 1; b < v.count; b++) {
                assert_true(voicing_interval_clear(v.midi[a], v.midi[b], r.limit_shift));
            }
        }
        assert_true(fabs(v.roughness - roughness_chord(v.midi, v.count)) < 1e-12);
        before = v;
    }
}

static void dice_are_fair(void **state) {
    (void)state;
    double sum = 0.0, square = 0.0;
    uint32_t counts[3] = {0};
    static const double weights[3] = {1.0, 0.0, 3.0};
    for (uint32_t i = 0; i < 40000; i++) {
        double z = dice_normal(dice_at(3, i, 1, DICE_WALK), 0);
        sum += z;
        square += z * z;
        counts[dice_pick(dice_at(3, i, 2, DICE_WALK), 0, weights, 3)]++;
    }
    assert_true(fabs(sum / 40000) < 0.02 && fabs(square / 40000 - 1.0) < 0.03);
    assert_int_equal(counts[1], 0);
    assert_in_range(counts[0], 9600, 10400);
}

// A day of sections: no two are alike.
static void sections_of_a_day_differ(void **state) {
    (void)state;
    static struct control_log log;
    static uint64_t seen[1024];
    static struct section section;
    for (uint32_t s = 0; s < 2; s++) {
        const struct scene *scene = listen_scene(s);
        control_log_init(&log, scene);
        struct music music = {&log, 1};
        struct timeline_part part = timeline_at_phrase(&log, 0);
        int64_t frames = (int64_t)scene->phrase_frames * scene->phrases_per_section;
        uint32_t count = (uint32_t)(INT64_C(86400) * 48000 / frames);
        assert_true(count < 1024);
        for (uint32_t n = 0; n < count; n++) {
            section_make(&music, &part, n, INT64_C(1) << 40, &section);
            uint64_t hash = 1469598103934665603u;
            for (uint32_t i = 0; i < section.chord_count; i++) {
                const struct chord *c = &section.chords[i];
                hash = (hash ^ (uint64_t)(c->start - section.start)) * 1099511628211u;
                for (uint32_t v = 0; v < c->voicing.count; v++) {
                    hash = (hash ^ c->voicing.midi[v]) * 1099511628211u;
                }
            }
            for (uint32_t k = 0; k < n; k++) assert_false(seen[k] == hash);
            seen[n] = hash;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbouring_modes_differ_in_one_note),
        cmocka_unit_test(scale_arithmetic),
        cmocka_unit_test(transition_tables),
        cmocka_unit_test(bridges_arrive),
        cmocka_unit_test(holds_keep_their_bounds),
        cmocka_unit_test(no_dominants_and_nothing_diminished),
        cmocka_unit_test(every_degree_has_chords),
        cmocka_unit_test(chords_are_named),
        cmocka_unit_test(roughness_is_as_measured),
        cmocka_unit_test(voicings_keep_the_rules),
        cmocka_unit_test(dice_are_fair),
        cmocka_unit_test(sections_of_a_day_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
