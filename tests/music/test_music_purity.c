// Goal: a phrase is a function of seed, scene, its number and the control log up to its start, and
// of nothing else. Composed cold, in any order, with or without what the listener does later, it is
// the same; and a control acts where its table says, not before. Also: what a phrase costs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "engine/section.h"
#include "tests/music/listen.h"

static struct control_log log_a, log_b;
static struct phrase phrase_a, phrase_b;

static bool notes_equal(const struct composed_note *a, const struct composed_note *b) {
    const struct voice_event *x = &a->event, *y = &b->event;
    return a->midi_nominal == b->midi_nominal && a->role == b->role && x->onset == y->onset &&
           x->off == y->off && x->midi == y->midi && x->velocity == y->velocity &&
           x->loudness_lufs == y->loudness_lufs && x->detune_scale == y->detune_scale &&
           x->pan == y->pan && x->layer == y->layer && x->id[0] == y->id[0] &&
           x->id[1] == y->id[1] && x->seed == y->seed;
}

// Field by field: the bytes between them are nobody's.
static bool phrases_equal(const struct phrase *a, const struct phrase *b) {
    bool equal = a->index == b->index && a->position == b->position && a->length == b->length &&
                 a->scene == b->scene && a->key == b->key && a->mode == b->mode &&
                 !strcmp(a->key_name, b->key_name) && !strcmp(a->mode_name, b->mode_name) &&
                 !strcmp(a->chord_name, b->chord_name) && a->note_count == b->note_count;
    for (uint32_t i = 0; equal && i < a->note_count; i++) {
        equal = notes_equal(&a->notes[i], &b->notes[i]);
    }
    return equal;
}

static void phrases_assert_equal(const struct phrase *a, const struct phrase *b) {
    if (!phrases_equal(a, b)) fail_msg("phrase %lld differs", (long long)a->index);
}

static bool chords_equal(const struct chord *a, const struct chord *b) {
    return a->start == b->start && a->end == b->end && a->key == b->key && a->mode == b->mode &&
           a->degree == b->degree && a->kind == b->kind && a->bass == b->bass &&
           a->bass_strikes == b->bass_strikes && a->bass_frames == b->bass_frames &&
           a->voicing.count == b->voicing.count &&
           !memcmp(a->voicing.midi, b->voicing.midi, a->voicing.count);
}

static void compose(const struct control_log *log, uint64_t seed, int64_t index,
                    struct phrase *phrase) {
    struct music music = {log, seed};
    assert_int_equal(composer_phrase(&music, index, phrase), AEO_OK);
}

static void set(struct control_log *log, int64_t frame, enum control control, double value) {
    float quantised;
    assert_true(control_quantise(control, value, &quantised));
    frame = (frame + LOG_TICK_FRAMES - 1) / LOG_TICK_FRAMES * LOG_TICK_FRAMES;
    assert_int_equal(control_log_add(log, frame, control, quantised), AEO_OK);
}

static void cold_equals_warm(void **state) {
    (void)state;
    static const int64_t indexes[] = {-3, 0, 1, 7, 100, 10000};
    for (uint32_t s = 0; s < 2; s++) {
        control_log_init(&log_a, listen_scene(s));
        for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
            compose(&log_a, 5, indexes[i], &phrase_a);
            for (int64_t before = indexes[i] - 40; before <= indexes[i]; before++) {
                compose(&log_a, 5, before, &phrase_b);
            }
            phrases_assert_equal(&phrase_a, &phrase_b);
            // Other music in between leaves nothing behind.
            compose(&log_a, 6, indexes[i] + 17, &phrase_b);
            compose(&log_a, 5, indexes[i], &phrase_b);
            phrases_assert_equal(&phrase_a, &phrase_b);
        }
    }
}

// The section a phrase is taken from is walked only as far as needed: what is walked later agrees
// with what was walked before.
static void longer_walks_agree(void **state) {
    (void)state;
    static struct section part_walk, full_walk;
    for (uint32_t s = 0; s < 2; s++) {
        const struct scene *scene = listen_scene(s);
        control_log_init(&log_a, scene);
        struct music music = {&log_a, 3};
        struct timeline_part part = timeline_at_phrase(&log_a, 0);
        for (int64_t number = -2; number < 12; number++) {
            int64_t first = section_first_phrase(&part, number);
            int64_t last = first + scene->phrases_per_section - 1;
            section_make(&music, &part, number, last, &full_walk);
            const struct chord *end = &full_walk.chords[full_walk.chord_count - 1];
            assert_int_equal(end->end, full_walk.start + full_walk.frames);
            for (int64_t until = first; until <= last; until++) {
                section_make(&music, &part, number, until, &part_walk);
                for (uint32_t i = 0; i < part_walk.chord_count; i++) {
                    assert_true(chords_equal(&part_walk.chords[i], &full_walk.chords[i]));
                }
            }
        }
    }
}

// Onsets in their phrase, ends known and within a minute, in order, each with a name of its own.
static void notes_keep_the_form(void **state) {
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        control_log_init(&log_a, listen_scene(s));
        set(&log_a, 48000 * 100, CONTROL_PACE, 0.0); // the longest chords
        set(&log_a, 48000 * 900, CONTROL_PACE, 1.0);
        set(&log_a, 48000 * 900, CONTROL_DENSITY, 1.0);
        for (int64_t index = -20; index < 200; index++) {
            compose(&log_a, 9, index, &phrase_a);
            int64_t before = phrase_a.position;
            for (uint32_t i = 0; i < phrase_a.note_count; i++) {
                const struct voice_event *e = &phrase_a.notes[i].event;
                assert_true(e->onset >= before);
                assert_true(e->onset < phrase_a.position + phrase_a.length);
                assert_true(e->off > e->onset && e->off - e->onset <= COMPOSER_NOTE_FRAMES_MAX);
                before = e->onset;
                for (uint32_t j = 0; j < i; j++) {
                    assert_false(phrase_a.notes[j].event.id[1] == e->id[1]);
                }
            }
        }
    }
}

static void later_entries_change_nothing_earlier(void **state) {
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        control_log_init(&log_a, listen_scene(s));
        log_b = log_a;
        int64_t cut = 40;
        struct music music = {&log_a, 2};
        int64_t frame = composer_phrase_start(&music, cut) + 1;
        set(&log_b, frame, CONTROL_DENSITY, 1.0);
        set(&log_b, frame, CONTROL_TENSION, 1.0);
        set(&log_b, frame, CONTROL_PACE, 0.9);
        set(&log_b, frame, CONTROL_KEY, 8);
        set(&log_b, frame, CONTROL_MODE, CONTROL_MODE_PHRYGIAN);
        set(&log_b, frame, CONTROL_WARMTH, 1.0);
        int64_t later = (frame / LOG_TICK_FRAMES + 900) * LOG_TICK_FRAMES;
        assert_int_equal(control_log_add_scene(&log_b, later, listen_scene(1 - s)), AEO_OK);
        for (int64_t index = -5; index <= cut; index++) {
            compose(&log_a, 2, index, &phrase_a);
            compose(&log_b, 2, index, &phrase_b);
            phrases_assert_equal(&phrase_a, &phrase_b);
        }
        uint32_t changed = 0;
        for (int64_t index = cut + 1; index < cut + 5; index++) {
            compose(&log_a, 2, index, &phrase_a);
            compose(&log_b, 2, index, &phrase_b);
            changed += !phrases_equal(&phrase_a, &phrase_b);
        }
        assert_true(changed > 0);
    }
}

// A control that acts with the next phrase does so in the first phrase that begins at or after it.
static void density_acts_with_the_phrase(void **state) {
    (void)state;
    control_log_init(&log_a, listen_scene(0));
    log_b = log_a;
    struct music music = {&log_a, 4};
    set(&log_b, composer_phrase_start(&music, 30), CONTROL_DENSITY, 1.0);
    uint32_t plain = 0, dense = 0;
    for (int64_t index = 0; index < 150; index++) {
        compose(&log_a, 4, index, &phrase_a);
        compose(&log_b, 4, index, &phrase_b);
        if (index < 30) phrases_assert_equal(&phrase_a, &phrase_b);
        if (index < 30) continue;
        plain += phrase_a.note_count;
        dense += phrase_b.note_count;
    }
    printf("%u notes at the scene's density, %u at the highest\n", plain, dense);
    assert_true(dense > plain + plain / 4);
}

static void key_and_mode_act_with_the_chord(void **state) {
    (void)state;
    control_log_init(&log_a, listen_scene(0));
    struct music music = {&log_a, 4};
    int64_t frame = composer_phrase_start(&music, 25);
    set(&log_a, frame, CONTROL_KEY, 1 + 10); // B flat
    set(&log_a, frame, CONTROL_MODE, CONTROL_MODE_DORIAN);
    for (int64_t index = 25; index < 120; index++) {
        compose(&log_a, 4, index, &phrase_a);
        for (uint32_t i = 0; i < phrase_a.note_count; i++) {
            const struct composed_note *n = &phrase_a.notes[i];
            bool old = n->event.onset < frame + 48 * 48000; // the chord under way ends first
            if (n->midi_nominal == 0 || old) continue;
            assert_true(scale_contains(10, MODE_DORIAN, n->midi_nominal));
        }
        if (index > 30) assert_string_equal(phrase_a.key_name, "Bb");
    }
}

static double mean_hold_s(double pace) {
    static struct section section;
    control_log_init(&log_a, listen_scene(0));
    set(&log_a, 0, CONTROL_PACE, pace);
    struct music music = {&log_a, 4};
    struct timeline_part part = timeline_at_phrase(&log_a, 0);
    uint32_t chords = 0;
    for (int64_t number = 1; number <= 20; number++) {
        section_make(&music, &part, number, INT64_C(1) << 40, &section);
        chords += section.chord_count;
        for (uint32_t i = 0; i < section.chord_count; i++) {
            assert_true(section.chords[i].end - section.chords[i].start >= 8 * 48000);
        }
    }
    return 20.0 * (double)section.frames / 48000.0 / chords;
}

static void pace_stretches_the_chords(void **state) {
    (void)state;
    double slow = mean_hold_s(0.0), middle = mean_hold_s(0.5), fast = mean_hold_s(1.0);
    assert_true(slow > 1.5 * middle && middle > 1.5 * fast);
}

static void tension_colours_the_chords(void **state) {
    (void)state;
    double sum[2] = {0.0, 0.0};
    static struct section section;
    for (int t = 0; t < 2; t++) {
        control_log_init(&log_a, listen_scene(0));
        set(&log_a, 0, CONTROL_TENSION, t);
        struct music music = {&log_a, 4};
        struct timeline_part part = timeline_at_phrase(&log_a, 0);
        for (int64_t number = 1; number <= 20; number++) {
            section_make(&music, &part, number, INT64_C(1) << 40, &section);
            for (uint32_t i = 0; i < section.chord_count; i++) {
                double r = section.chords[i].voicing.roughness;
                assert_true(r <= (t ? 0.90 : 0.55));
                sum[t] += r / section.chord_count;
            }
        }
    }
    assert_true(sum[1] > 1.15 * sum[0]);
}

// A new scene takes over at a phrase boundary of the old one; the index counts on.
static void scenes_take_turns(void **state) {
    (void)state;
    const struct scene *one = listen_scene(0), *two = listen_scene(1);
    control_log_init(&log_a, one);
    int64_t asked = INT64_C(48000) * 165; // in phrase 10 of 16 s
    assert_int_equal(control_log_add_scene(&log_a, asked, two), AEO_OK);
    struct music music = {&log_a, 11};
    assert_int_equal(composer_phrase_start(&music, 11), INT64_C(48000) * 176);
    assert_int_equal(composer_phrase_at(&music, INT64_C(48000) * 176 - 1), 10);
    assert_int_equal(composer_phrase_at(&music, INT64_C(48000) * 176), 11);
    assert_int_equal(composer_phrase_start(&music, 12), INT64_C(48000) * 200);
    compose(&log_a, 11, 10, &phrase_a);
    assert_ptr_equal(phrase_a.scene, one);
    compose(&log_a, 11, 11, &phrase_a);
    assert_ptr_equal(phrase_a.scene, two);
    assert_true(phrase_a.note_count >= 3); // its first chord, bass and weather begin at once
    // A second thought before the boundary replaces the first.
    assert_int_equal(control_log_add_scene(&log_a, INT64_C(48000) * 170, one), AEO_OK);
    compose(&log_a, 11, 11, &phrase_a);
    assert_ptr_equal(phrase_a.scene, one);
    assert_int_equal(composer_phrase_start(&music, 13), INT64_C(48000) * 208);
}

static void frames_and_phrases_agree(void **state) {
    (void)state;
    control_log_init(&log_a, listen_scene(0));
    int64_t at[] = {480000 * 20, 480000 * 21, 480000 * 77, 480000 * 200};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(control_log_add_scene(&log_a, at[i], listen_scene((i + 1) % 2)), AEO_OK);
    }
    struct music music = {&log_a, 1};
    for (int64_t index = -50; index < 400; index++) {
        int64_t start = composer_phrase_start(&music, index);
        assert_int_equal(composer_phrase_at(&music, start), index);
        assert_int_equal(composer_phrase_at(&music, start - 1), index - 1);
    }
}

static double microseconds(struct timespec a, struct timespec b) {
    return (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
}

// Not a bound of the machine but of the method: a phrase costs a walk of one section, which is far
// below a millisecond. The bound leaves room for sanitizers and busy machines.
static void phrases_are_cheap(void **state) {
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        control_log_init(&log_a, listen_scene(s));
        set(&log_a, 0, CONTROL_PACE, 1.0);
        set(&log_a, 0, CONTROL_DENSITY, 1.0);
        double worst = 0.0, sum = 0.0;
        for (int64_t index = 0; index < 400; index++) {
            struct timespec a, b;
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
            compose(&log_a, 1, index * 37, &phrase_a); // always another section: always cold
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
            double us = microseconds(a, b);
            sum += us / 400.0;
            if (us > worst) worst = us;
        }
        printf("%s, densest: %.0f us a cold phrase, worst %.0f us\n", listen_scene(s)->name, sum,
               worst);
        assert_true(sum < 20000.0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cold_equals_warm),
        cmocka_unit_test(longer_walks_agree),
        cmocka_unit_test(notes_keep_the_form),
        cmocka_unit_test(later_entries_change_nothing_earlier),
        cmocka_unit_test(density_acts_with_the_phrase),
        cmocka_unit_test(key_and_mode_act_with_the_chord),
        cmocka_unit_test(pace_stretches_the_chords),
        cmocka_unit_test(tension_colours_the_chords),
        cmocka_unit_test(scenes_take_turns),
        cmocka_unit_test(frames_and_phrases_agree),
        cmocka_unit_test(phrases_are_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
