// Goal: the log's rules hold (engine/control_log.h), its curves start where they should and never
// jump, and the table of controls reads and prints its values consistently.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/control_log.h"
#include "engine/glide.h"
#include "engine/scene.h"

static struct scene scenes[2];

static int scenes_make(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        scenes[i].hash = i + 1;
        scenes[i].phrase_frames = i ? 1152000 : 768000;
        scenes[i].saturation_max = 0.4f;
        for (uint32_t c = 0; c < CONTROL_COUNT; c++)
            scenes[i].defaults[c] = i && control_has_curve((enum control)c) ? 0.25f : 0.5f;
    }
    return 0;
}

static void test_order_and_merge(void **state) {
    (void)state;
    static struct control_log log;
    control_log_init(&log, &scenes[0]);
    control_log_add(&log, 9600, CONTROL_SPACE, 0.3f);
    control_log_add(&log, 4800, CONTROL_SPACE, 0.1f);
    control_log_add(&log, 9600, CONTROL_DENSITY, 0.2f);
    control_log_add(&log, 9600, CONTROL_SPACE, 0.4f); // the last one of a tick wins
    assert_int_equal(log.count, 3);
    assert_int_equal(log.entries[0].frame, 4800);
    assert_int_equal(log.entries[1].control, CONTROL_DENSITY);
    assert_true(control_log_target(&log, CONTROL_SPACE, 4799) == 0.5);
    assert_true(control_log_target(&log, CONTROL_SPACE, 4800) == (double)0.1f);
    assert_true(control_log_target(&log, CONTROL_SPACE, 9600) == (double)0.4f);
    assert_true(control_log_target(&log, CONTROL_DENSITY, INT64_MAX) == (double)0.2f);
}

static void test_scene_entries(void **state) {
    (void)state;
    static struct control_log log;
    control_log_init(&log, &scenes[0]);
    control_log_add(&log, 4800, CONTROL_SPACE, 0.9f);
    control_log_add_scene(&log, 4800, &scenes[1]); // drops the change before it on its tick
    control_log_add(&log, 4800, CONTROL_MOTION, 0.8f);
    assert_int_equal(log.count, 2);
    assert_int_equal(log.entries[0].kind, ENTRY_SCENE);
    assert_true(control_log_target(&log, CONTROL_SPACE, 4800) == 0.25);
    assert_true(control_log_target(&log, CONTROL_MOTION, 4800) == (double)0.8f);
    assert_ptr_equal(control_log_scene(&log, 4799), &scenes[0]);
    assert_ptr_equal(control_log_scene(&log, 4800), &scenes[1]);
    control_log_add_scene(&log, 4800, &scenes[0]);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.scene_count, 1);
}

static void test_full_refuses(void **state) {
    (void)state;
    static struct control_log log, before;
    control_log_init(&log, &scenes[0]);
    uint32_t n = 0;
    while (control_log_add(&log, n * 4800, CONTROL_SPACE, 0.5f) == AEO_OK)
        n++;
    assert_true(n > 400 && n <= LOG_ENTRIES_MAX);
    before = log;
    assert_int_equal(control_log_add(&log, (n + 1) * 4800, CONTROL_PACE, 0.5f), AEO_ERR_FULL);
    assert_int_equal(control_log_add_scene(&log, (n + 1) * 4800, &scenes[1]), AEO_ERR_FULL);
    assert_memory_equal(&log, &before, sizeof log);
    // Overwriting what is there needs no room; time gives room again.
    assert_int_equal(control_log_add(&log, 0, CONTROL_SPACE, 0.75f), AEO_OK);
    control_log_collapse(&log, LOG_HORIZON_FRAMES + 100 * 4800);
    assert_int_equal(log.count, n - 100);
    assert_true(log.start.values[CONTROL_SPACE] == 0.5f);
    assert_int_equal(control_log_add(&log, (n + 1) * 4800, CONTROL_PACE, 0.5f), AEO_OK);
    uint32_t scene_changes = 0;
    control_log_init(&log, &scenes[0]);
    while (control_log_add_scene(&log, scene_changes * 4800, &scenes[1]) == AEO_OK)
        scene_changes++;
    assert_int_equal(scene_changes, LOG_SCENES_MAX);
}

// A collapsed scene change leaves the phrase count and the phrase grid where they were.
static void test_collapse_keeps_phrases(void **state) {
    (void)state;
    static struct control_log log;
    control_log_init(&log, &scenes[0]);
    control_log_add_scene(&log, 4800, &scenes[1]);          // phrase 1 begins at 768000
    control_log_add_scene(&log, 768000 + 4800, &scenes[0]); // phrase 2 at 768000 + 1152000
    control_log_add(&log, 768000 + 9600, CONTROL_SPACE, 0.1f);
    control_log_collapse(&log, LOG_HORIZON_FRAMES + 10000000);
    assert_int_equal(log.count, 0);
    assert_ptr_equal(log.start.scene, &scenes[0]);
    assert_int_equal(log.start.part_start, 768000 + 1152000);
    assert_int_equal(log.start.phrase_first, 2);
    assert_true(log.start.values[CONTROL_SPACE] == 0.1f);
}

static float curve_at(const struct plan_curve *curve, int64_t frame) {
    const struct curve_segment *in_force = &curve->segments[0];
    for (uint32_t s = 1; s < curve->count; s++) {
        if (curve->segments[s].start <= frame) in_force = &curve->segments[s];
    }
    return curve_values(in_force, frame, 0);
}

// Curves are the same whatever the span, do not move within 64 frames of an entry (causality), do
// not jump, not even when a ramp is restarted on its way, and arrive exactly.
static void test_curves(void **state) {
    (void)state;
    static struct control_log log;
    static struct plan_curve whole[PLAN_CURVES], piece[PLAN_CURVES];
    control_log_init(&log, &scenes[0]);
    control_log_add(&log, 48000, CONTROL_BRIGHTNESS, 1.0f);
    control_log_add(&log, 96000, CONTROL_BRIGHTNESS, 0.0f); // on the way
    control_log_add_scene(&log, 480000, &scenes[1]);
    assert_int_equal(glide_fill(&log, 0, 1440000, whole), 1440000);
    const struct plan_curve *bright = &whole[PLAN_BRIGHTNESS];
    assert_true(curve_at(bright, 48000 + 64) == 0.5f);
    assert_true(curve_at(bright, 96000) > 0.5f && curve_at(bright, 96000) < 1.0f);
    assert_true(curve_at(bright, 96064 + 4 * 48000) == 0.0f);
    assert_true(curve_at(bright, 480064 + 12 * 48000) == 0.25f);
    assert_true(curve_at(&whole[PLAN_DRIVE], 0) == 0.5f * 0.4f);
    assert_true(curve_at(&whole[PLAN_DRIVE], 1440000) == 0.25f * 0.4f);
    float before = curve_at(bright, 0);
    for (int64_t frame = 0; frame < 1440000; frame += 64) {
        if (frame % 30000 < 64) glide_fill(&log, frame, frame + 30000, piece);
        float value = curve_at(bright, frame);
        assert_true(fabsf(value - before) < 0.002f);
        assert_true(curve_at(&piece[PLAN_BRIGHTNESS], frame) == value);
        before = value;
    }
}

// More changes than a span can carry cut it short, at a place where the curves still hold.
static void test_span_cut(void **state) {
    (void)state;
    static struct control_log log;
    static struct plan_curve curves[PLAN_CURVES], later[PLAN_CURVES];
    control_log_init(&log, &scenes[0]);
    for (int i = 0; i < 200; i++)
        control_log_add(&log, i * 4800, CONTROL_SPACE, (float)(i % 10) / 10.0f);
    int64_t from = 1000, pieces = 0;
    while (from < 200 * 4800) {
        int64_t to = glide_fill(&log, from, 200 * 4800, curves);
        assert_true(to > from);
        glide_fill(&log, to, to + 1, later);
        assert_true(curve_at(&curves[PLAN_SPACE], to) == curve_at(&later[PLAN_SPACE], to));
        from = to;
        pieces++;
    }
    assert_true(pieces > 10 && pieces < 60);
    // The live spans of 400 ms are never cut, wherever they begin.
    for (from = 0; from < 100 * 4800; from += 331)
        assert_int_equal(glide_fill(&log, from, from + AEO_LEAD_FRAMES, curves),
                         from + AEO_LEAD_FRAMES);
}

static void test_values(void **state) {
    (void)state;
    for (uint32_t c = 0; c < CONTROL_COUNT; c++) {
        const aeo_control_info *info = aeo_control_at(c);
        assert_int_equal(aeo_control_find(info->name), (int)c);
        double count = info->kind == AEO_CONTROL_UNIT ? CONTROL_STEPS : info->max;
        for (double i = 0; i <= count; i++) {
            double value = info->kind == AEO_CONTROL_UNIT ? i / count : i, back;
            float rounded, again;
            char text[16];
            assert_true(control_quantise((enum control)c, value, &rounded));
            control_print((enum control)c, (double)rounded, text, sizeof text);
            assert_int_equal(aeo_control_parse(c, text, &back, NULL), AEO_OK);
            assert_true(control_quantise((enum control)c, back, &again));
            assert_true(rounded == again);
        }
    }
    static const char *const wrong[] = {"", "x", "1.1", "-0.1", "nan", "1e-1", "0x1", "0.5 ", ".",
                                        "0.5.5", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double value;
        aeo_fault fault;
        if (aeo_control_parse(CONTROL_SPACE, wrong[i], &value, &fault) != AEO_ERR_VALUE)
            fail_msg("\"%s\" is taken for a number", wrong[i]);
        assert_string_equal(fault.field, "space");
        assert_int_equal(aeo_control_parse(CONTROL_MODE, wrong[i], &value, &fault), AEO_ERR_VALUE);
        assert_non_null(strstr(fault.message, "dorian"));
    }
    float out;
    assert_false(control_quantise(CONTROL_SPACE, (double)NAN, &out));
    assert_int_equal(aeo_control_find("volume"), -1);
    assert_null(aeo_control_at(CONTROL_COUNT));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_merge), cmocka_unit_test(test_scene_entries),
        cmocka_unit_test(test_full_refuses),    cmocka_unit_test(test_collapse_keeps_phrases),
        cmocka_unit_test(test_curves),          cmocka_unit_test(test_span_cut),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, scenes_make, NULL);
}
