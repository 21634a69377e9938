// Goal: nobody hears the renderer being lost. Whatever the batch in which it happens, during
// look-back or music, before or after samples were delivered: the bits are those of an undisturbed
// run. And the null renderer's faults do what they say.
#include "tests/engine/renderer_flaky.h"
#include "tests/engine/support.h"

#define FRAMES (4 * SECOND)
#define POSITION (97 * SECOND)

static float *reference;

static int reference_make(void **state) {
    (void)state;
    reference = music_render(&(struct setup){.threads = 1, .span_frames = 48000}, HARBOUR, 1,
                             POSITION, FRAMES);
    return 0;
}

static int reference_free(void **state) {
    (void)state;
    free(reference);
    return 0;
}

static const struct aeo_renderer *const tables[] = {&renderer_flaky, &renderer_flaky_far,
                                                    &renderer_flaky_own, &renderer_flaky_two};

static void lose(const struct aeo_renderer *table, uint32_t at, bool in_collect, uint32_t call) {
    flaky_lost_at = at;
    flaky_in_collect = in_collect;
    aeo_engine *engine = engine_get(&(struct setup){
        .renderer = table->name, .added = table, .threads = 2, .span_frames = 48000});
    aeo_session *session = session_get(engine, HARBOUR, 1, POSITION);
    char what[64];
    snprintf(what, sizeof what, "%s lost in batch %u %s", table->name, at,
             in_collect ? "when collecting" : "when submitting");
    for (uint32_t done = 0; done < FRAMES; done += call) {
        float *music = frames_render(session, call);
        frames_assert_equal(music, reference + 2 * (size_t)done, call, what);
        free(music);
    }
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_int_equal(counters.renderer_lost, 1);
    aeo_session_close(session);
    aeo_engine_close(engine);
}

// The look-back of 97 s takes 97 batches of a second, then come the four of the music.
static void test_lost_anywhere(void **state) {
    (void)state;
    static const uint32_t batches[] = {1, 2, 50, 97, 98, 99, 101};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i += SANITIZED ? 5 : 1)
        lose(tables[i % 3], batches[i], i % 2 == 0, SECOND);
    if (!SANITIZED) lose(&renderer_flaky, 100, true, FRAMES);
    if (!SANITIZED) lose(&renderer_flaky_far, 100, true, FRAMES);
    lose(&renderer_flaky_own, 100, true, FRAMES);
    lose(&renderer_flaky, 110, false, 9600); // between two snapshots
}

// The test would be worth nothing if the effect state were not heard: with too little of the past
// in it the samples are others.
static void test_state_is_heard(void **state) {
    (void)state;
    aeo_engine *engine = engine_get(&(struct setup){.span_frames = 48000});
    aeo_session *session;
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.seed = 1;
    options.position = POSITION + SECOND;
    assert_int_equal(aeo_session_open(engine, &options, &session, NULL), AEO_OK);
    float *music = frames_render(session, SECOND);
    assert_true(memcmp(music, reference + 2 * SECOND, SECOND * 2 * sizeof *music) != 0);
    free(music);
    aeo_session_close(session);
    aeo_engine_close(engine);
}

static void test_null_faults(void **state) {
    (void)state;
    float frames[2 * 4800];
    aeo_engine *engine = engine_get(&(struct setup){.renderer = "null"});
    assert_string_equal(aeo_engine_renderer_line(engine), "null (silence in real time)");
    aeo_session *session = session_get(engine, HARBOUR, 1, 0);
    memset(frames, 1, sizeof frames);
    assert_int_equal(aeo_session_render(session, frames, 4800), AEO_OK);
    for (int i = 0; i < 2 * 4800; i++)
        assert_true(frames[i] == 0.0f);
    aeo_session_close(session);
    aeo_engine_close(engine);

    setenv("AEOLIAN_NULL_FAULTS", "lost=2", 1);
    engine = engine_get(&(struct setup){.renderer = "null", .span_frames = 4800});
    session = session_get(engine, HARBOUR, 1, 0);
    float *music = frames_render(session, SECOND);
    frames_assert_music(music, SECOND); // the CPU renderer has taken over
    free(music);
    aeo_session_close(session);
    aeo_engine_close(engine);

    setenv("AEOLIAN_NULL_FAULTS", "fail", 1);
    aeo_options options;
    aeo_options_default(&options);
    options.renderer = "null";
    aeo_fault fault;
    assert_int_equal(aeo_engine_open(&options, &engine, &fault), AEO_ERR_RENDERER);
    unsetenv("AEOLIAN_NULL_FAULTS");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost_anywhere),
        cmocka_unit_test(test_state_is_heard),
        cmocka_unit_test(test_null_faults),
    };
    return cmocka_run_group_tests(tests, reference_make, reference_free);
}
