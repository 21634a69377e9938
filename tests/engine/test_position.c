// Goal: music may begin anywhere and be changed at any time. A cold start in the middle gives the
// bits of the long render; a change is heard from its frame on and never before (causality).
#include "tests/engine/support.h"

#define PHRASE 768000 // of Harbour

// Renders up to frame UNTIL in a long run, and compares each cold start with its part of it.
static void cold_starts(const char *scene, const int64_t *starts, int count, int64_t until) {
    const uint32_t piece = 6 * SECOND;
    aeo_engine *engine = engine_get(&(struct setup){.span_frames = 768000, .sessions = 2});
    aeo_session *running = session_get(engine, scene, 5, 0);
    int64_t at = 0;
    for (int i = 0; i < count; i++) {
        assert_true(starts[i] >= at && starts[i] + piece <= until);
        if (starts[i] > at) free(frames_render(running, (uint32_t)(starts[i] - at)));
        float *warm = frames_render(running, piece);
        at = starts[i] + piece;
        aeo_session *cold = session_get(engine, scene, 5, starts[i]);
        float *music = frames_render(cold, piece);
        char what[64];
        snprintf(what, sizeof what, "%s from frame %lld", scene, (long long)starts[i]);
        frames_assert_music(music, piece);
        frames_assert_equal(music, warm, piece, what);
        free(music);
        free(warm);
        aeo_session_close(cold);
    }
    aeo_session_close(running);
    aeo_engine_close(engine);
}

static void test_cold_start(void **state) {
    (void)state;
    const int64_t starts[] = {
        1234,         PHRASE,          40 * SECOND + 17, 96 * SECOND - 999, 7 * PHRASE,
        190 * SECOND, 197 * SECOND + 5, 100 * PHRASE,
    };
    cold_starts(HARBOUR, starts, 8, 101 * PHRASE);
    const int64_t other[] = {24 * SECOND, 7 * 24 * SECOND, 300 * SECOND + 1};
    cold_starts(UNDERTOW, other, 3, 400 * SECOND);
}

// Just before the tank of the epoch before falls silent, and just after: the look-back gets shorter
// there, the sound does not change.
static void test_short_lookback(void **state) {
    (void)state;
    int64_t starts[12];
    for (int i = 0; i < 12; i++)
        starts[i] = 192 * SECOND + 1000 + i * 14 * SECOND;
    cold_starts(HARBOUR, starts, 12, 400 * SECOND);
}

// A start with the short look-back says from where it is exact, and is exact from there.
static void test_exact_from(void **state) {
    (void)state;
    const int64_t position = 250 * SECOND;
    aeo_engine *engine = engine_get(&(struct setup){.span_frames = 768000, .sessions = 2});
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.seed = 2;
    options.position = position;
    aeo_session *inexact;
    assert_int_equal(aeo_session_open(engine, &options, &inexact, NULL), AEO_OK);
    aeo_session_info info;
    aeo_session_describe(inexact, &info);
    const int64_t from = info.exact_from;
    assert_true(from > position && from <= position + 2 * 96 * SECOND);
    aeo_session *exact = session_get(engine, HARBOUR, 2, from);
    free(frames_render(inexact, (uint32_t)(from - position)));
    float *a = frames_render(inexact, 2 * SECOND), *b = frames_render(exact, 2 * SECOND);
    frames_assert_equal(a, b, 2 * SECOND, "exact from where it was said");
    free(a);
    free(b);
    aeo_session_close(inexact);
    aeo_session_close(exact);
    aeo_engine_close(engine);
}

// Everything before the frame of a change is as without it; something after it is not.
static void test_causality(void **state) {
    (void)state;
    aeo_engine *engine = engine_get(&(struct setup){.span_frames = 48000, .sessions = 1});
    const uint32_t frames = 40 * SECOND;
    const int64_t change = 12 * SECOND;
    aeo_session *session = session_get(engine, HARBOUR, 1, 0);
    float *plain = frames_render(session, frames);
    aeo_session_close(session);
    for (uint32_t control = 0; control < aeo_control_count(); control++) {
        const aeo_control_info *info = aeo_control_at(control);
        aeo_setting setting = {control, info->kind == AEO_CONTROL_ENUM ? 4.0 : 0.02};
        aeo_receipt receipt;
        session = session_get(engine, HARBOUR, 1, 0);
        assert_int_equal(
            aeo_session_set_at(session, change - 100, &setting, 1, &receipt, NULL), AEO_OK);
        assert_true(receipt.heard_at >= change);
        float *music = frames_render(session, frames);
        size_t before = (size_t)receipt.heard_at;
        if (before > frames) before = frames;
        frames_assert_equal(music, plain, before, info->name);
        if (info->boundary == AEO_BOUNDARY_NOW &&
            !memcmp(music, plain, (size_t)frames * 2 * sizeof *music)) {
            fail_msg("%s changes nothing", info->name);
        }
        free(music);
        aeo_session_close(session);
    }
    free(plain);
    aeo_engine_close(engine);
}

// Entries appended while rendering give what the same entries in the address give from the start,
// cold and warm, with a change of scene among them.
static void test_changes_are_the_address(void **state) {
    (void)state;
    aeo_engine *engine = engine_get(&(struct setup){.span_frames = 30000, .sessions = 2});
    aeo_session *live = session_get(engine, HARBOUR, 9, 0);
    const uint32_t step = 4 * SECOND, steps = 20;
    float *warm = malloc((size_t)step * steps * 2 * sizeof *warm);
    assert_non_null(warm);
    for (uint32_t i = 0; i < steps; i++) {
        aeo_setting settings[2] = {{3, 0.1 + 0.04 * i}, {9, 0.9 - 0.03 * i}};
        assert_int_equal(aeo_session_set_at(live, i * step, settings, 2, NULL, NULL), AEO_OK);
        if (i == 6)
            assert_int_equal(aeo_session_scene_at(live, i * step, "Undertow", NULL, NULL), AEO_OK);
        assert_int_equal(aeo_session_render(live, warm + 2 * (size_t)i * step, step), AEO_OK);
    }
    aeo_session_info info;
    aeo_session_describe(live, &info);
    assert_int_equal(info.position, step * steps);
    assert_string_equal(aeo_scene_at(engine, info.scene)->slug, UNDERTOW);
    for (uint32_t from = 0; from < steps; from += 7) {
        char address[AEO_ADDRESS_MAX];
        assert_int_equal(aeo_address_at(info.address, from * step, address, sizeof address),
                         AEO_OK);
        aeo_session *again = session_at(engine, address);
        float *music = frames_render(again, (steps - from) * step);
        frames_assert_equal(music, warm + 2 * (size_t)from * step, (steps - from) * step,
                            "rendered from the address");
        free(music);
        aeo_session_close(again);
    }
    free(warm);
    aeo_session_close(live);
    aeo_engine_close(engine);
}

// Old entries collapse into the start state without changing what comes.
static void test_collapse(void **state) {
    (void)state;
    aeo_engine *engine = engine_get(&(struct setup){.span_frames = 768000, .sessions = 2});
    aeo_session *session = session_get(engine, HARBOUR, 4, 0);
    for (int i = 0; i < 30; i++) {
        aeo_setting settings[2] = {{0, 0.3 + 0.02 * i}, {3, 0.2 + 0.02 * i}};
        assert_int_equal(aeo_session_set_at(session, i * 11 * SECOND, settings, 2, NULL, NULL),
                         AEO_OK);
    }
    assert_int_equal(aeo_session_scene_at(session, 340 * SECOND, UNDERTOW, NULL, NULL), AEO_OK);
    aeo_session_info before, after;
    aeo_session_describe(session, &before);
    const int64_t far = 1400 * SECOND;
    char address[AEO_ADDRESS_MAX];
    assert_int_equal(aeo_address_at(before.address, far, address, sizeof address), AEO_OK);
    free(frames_render(session, (uint32_t)far));
    aeo_session_describe(session, &after);
    assert_true(strlen(after.address) < strlen(before.address) / 2);
    float *warm = frames_render(session, 3 * SECOND);
    aeo_session *cold = session_at(engine, address);
    aeo_session_describe(cold, &before);
    assert_string_equal(before.address, after.address);
    float *music = frames_render(cold, 3 * SECOND);
    frames_assert_music(music, 3 * SECOND);
    frames_assert_equal(music, warm, 3 * SECOND, "after the collapse");
    free(music);
    free(warm);
    aeo_session_close(cold);
    aeo_session_close(session);
    aeo_engine_close(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cold_start), cmocka_unit_test(test_short_lookback),
        cmocka_unit_test(test_causality),  cmocka_unit_test(test_changes_are_the_address),
        cmocka_unit_test(test_collapse),   cmocka_unit_test(test_exact_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
