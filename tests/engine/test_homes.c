// Goal: with two renderers open, nobody hears which one renders. Sessions that change over at any
// batch, offline and live, give the bits of one renderer alone; so do forty live ones whose
// renderer is lost when only some of them have a fresh snapshot; batches keep within their limits;
// a renderer that hangs is given up; and the rule that chooses does what it says.
#include <stdatomic.h>

#include "engine/choice.h"
#include "engine/engine.h"
#include "tests/engine/renderer_flaky.h"
#include "tests/engine/support.h"

static void test_rule(void **state) {
    (void)state;
    struct choice choice;
    choice_init(&choice, 10);
    assert_false(choice_live(&choice, 9, true));
    assert_true(choice_live(&choice, 10, false)); // at once
    for (uint32_t i = 0; i < 3 * CHOICE_QUIET_TICKS; i++)
        assert_true(choice_live(&choice, 5, true)); // half is not below half
    for (uint32_t i = 0; i < CHOICE_QUIET_TICKS - 1; i++)
        assert_true(choice_live(&choice, 4, true));
    assert_true(choice_live(&choice, 5, true)); // begins anew
    for (uint32_t i = 0; i < CHOICE_QUIET_TICKS - 1; i++)
        assert_true(choice_live(&choice, 1, true));
    assert_true(choice_live(&choice, 1, false)); // starters between ticks say nothing
    assert_false(choice_live(&choice, 1, true));
    assert_false(choice_offline(&choice, 1, AEO_LEAD_FRAMES));
    assert_true(choice_offline(&choice, 1, AEO_LEAD_FRAMES + 1));
    assert_true(choice_offline(&choice, 10, 1) && !choice_offline(&choice, 9, 1));
    choice_init(&choice, 0); // as 1: all of them
    assert_true(choice_live(&choice, 1, true) && choice_offline(&choice, 1, 1));
    assert_int_equal(choice_spans_min(999, 1000, 16), 1);
    assert_int_equal(choice_spans_min(1000, 1000, 16), 17); // 16 take one round, 17 two
    assert_int_equal(choice_spans_min(2500, 1000, 1), 3);
    assert_int_equal(choice_spans_min(UINT64_MAX, 1, 16), CHOICE_SPANS_MAX);
    assert_int_equal(choice_spans_min(5, 0, 1), 6);
}

// Calls of at most a lead are one span, fewer than two: the CPU's. Longer ones are the other's.
static void flip(const struct aeo_renderer *table, const float *reference, uint32_t frames) {
    flaky_lost_at = 0;
    aeo_engine *engine = engine_get(&(struct setup){.renderer = table->name, .added = table,
                                                    .threads = 2, .span_frames = 96000,
                                                    .min_batch = 2});
    assert_non_null(strstr(aeo_engine_renderer_line(engine), "; batches below 2 spans go to the"));
    aeo_session *session = session_get(engine, HARBOUR, 1, 20 * SECOND);
    uint32_t dice = 12345;
    for (uint32_t done = 0, call; done < frames; done += call) {
        dice = dice * 1664525 + 1013904223;
        call = (dice >> 16) % (dice >> 31 ? 100000 : AEO_LEAD_FRAMES) + 1;
        if (call > frames - done) call = frames - done;
        float *music = frames_render(session, call);
        frames_assert_equal(music, reference + 2 * (size_t)done, call, table->name);
        free(music);
    }
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_true(counters.sessions_moved >= 6);
    assert_true(counters.batches_added >= 3 && counters.batches_added + 3 <= counters.batches);
    assert_string_equal(aeo_engine_renderer_name(engine), table->name);
    aeo_session_close(session);
    aeo_engine_close(engine);
}

static void test_flips(void **state) {
    (void)state;
    const uint32_t frames = 20 * SECOND;
    float *reference = music_render(&(struct setup){.threads = 1, .span_frames = 48000}, HARBOUR, 1,
                                    20 * SECOND, frames);
    flip(&renderer_flaky, reference, frames);
    flip(&renderer_flaky_far, reference, frames);
    flip(&renderer_flaky_own, reference, frames);
    flip(&renderer_flaky_two, reference, frames);
    free(reference);
}

// ---------------------------------------------------------------------------------------- live

struct listener {
    aeo_session *session;
    int64_t begin;
    uint32_t cap;
    float *music;
    atomic_uint frames;
};

static void on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    struct listener *l = session_user;
    (void)user;
    (void)session;
    uint32_t held = atomic_load(&l->frames);
    if (held + span->frames > l->cap) return;
    memcpy(l->music + 2 * (size_t)held, span->interleaved, span->frames * 2 * sizeof(float));
    atomic_store(&l->frames, held + span->frames);
}

// Listeners whose wishes the engine's thread makes itself, so that no tick falls between them.
static struct {
    struct listener *listeners;
    uint32_t count, frames;
    atomic_bool due;
} wishes;

static void on_tick(void *user) {
    (void)user;
    if (!atomic_exchange(&wishes.due, false)) return;
    for (uint32_t i = 0; i < wishes.count; i++) {
        struct listener *l = &wishes.listeners[i];
        aeo_session_want(l->session, l->begin + wishes.frames);
    }
}

static void wait_for(struct listener *l, uint32_t frames) {
    for (int i = 0; atomic_load(&l->frames) < frames; i++) {
        if (i > 24000) fail_msg("%u of %u frames", atomic_load(&l->frames), frames);
        sleep_ms(5);
    }
}

static aeo_engine *live_engine(const struct aeo_renderer *table, uint32_t sessions,
                               uint32_t min_batch) {
    aeo_options options;
    aeo_options_default(&options);
    options.renderer = table->name;
    options.renderers = &table;
    options.renderer_count = 1;
    options.min_gpu_batch = min_batch;
    options.sessions_max = sessions;
    options.threads = 2;
    options.on_span = on_span;
    options.on_tick = on_tick;
    aeo_engine *engine;
    aeo_fault fault = {AEO_OK, "", ""};
    if (aeo_engine_open(&options, &engine, &fault)) fail_msg("engine: %s", fault.message);
    assert_int_equal(aeo_engine_start(engine), AEO_OK);
    return engine;
}

static void listener_start(struct listener *l, aeo_engine *engine, uint32_t number, uint32_t cap) {
    memset(l, 0, sizeof *l);
    l->cap = cap;
    l->begin = number * 10; // so little that all are due for a snapshot in the same batch
    l->music = malloc((size_t)cap * 2 * sizeof *l->music);
    assert_non_null(l->music);
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.seed = number + 1;
    options.position = l->begin;
    options.exact = true;
    options.user = l;
    assert_int_equal(aeo_session_open(engine, &options, &l->session, NULL), AEO_OK);
    assert_int_equal(aeo_session_start(l->session), AEO_OK);
}

static void listeners_check(struct listener *l, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t frames = atomic_load(&l[i].frames);
        float *music = music_render(&(struct setup){.threads = 2}, HARBOUR, i + 1, l[i].begin,
                                    frames);
        frames_assert_equal(l[i].music, music, frames, "live against offline");
        free(music);
        free(l[i].music);
    }
}

// Forty sessions that all ask for more than a batch may hold and are all due for a snapshot at
// once, so that most of them have an old one when the renderer is lost.
static void forty(const struct aeo_renderer *table, bool lost, bool in_collect) {
    // Snapshots of one batch are bounded by a tenth of the sessions and sixteen.
    enum { SESSIONS = 40, KEEPS = SESSIONS / 10 + 16 };
    enum { FRAMES = 3 * SECOND / AEO_TICK_FRAMES * AEO_TICK_FRAMES };
    static struct listener l[SESSIONS];
    flaky_lost_after_keeps = lost ? KEEPS : 0;
    flaky_in_collect = in_collect;
    aeo_engine *engine = live_engine(table, SESSIONS, 0);
    for (uint32_t i = 0; i < SESSIONS; i++)
        listener_start(&l[i], engine, i, FRAMES);
    for (uint32_t i = 0; i < SESSIONS; i++)
        wait_for(&l[i], AEO_LEAD_FRAMES);
    wishes.listeners = l;
    wishes.count = SESSIONS;
    wishes.frames = FRAMES;
    atomic_store(&wishes.due, true);
    for (uint32_t i = 0; i < SESSIONS; i++)
        wait_for(&l[i], FRAMES);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    for (uint32_t i = 0; i < SESSIONS; i++)
        aeo_session_close(l[i].session);
    assert_int_equal(counters.renderer_lost, lost);
    assert_true((counters.batches_added < counters.batches) == lost);
    assert_string_equal(aeo_engine_renderer_name(engine), lost ? "cpu" : table->name);
    aeo_engine_close(engine);
    flaky_lost_after_keeps = 0;
    listeners_check(l, SESSIONS);
    assert_int_equal(flaky_seen.keeps_most, KEEPS); // bounded, and the bound was reached
    assert_int_equal(flaky_seen.frames_max,
                     SESSIONS * AEO_TICK_FRAMES + FLAKY_OWN_STARTS * AEO_LEAD_FRAMES);
    assert_true(flaky_seen.fullest > flaky_seen.frames_max - AEO_LEAD_FRAMES);
}

static void test_forty_lost(void **state) {
    (void)state;
    flaky_lost_at = 0;
    // Each takes a minute under a sanitizer.
    if (!SANITIZED) {
        forty(&renderer_flaky_two, false, false);
        forty(&renderer_flaky_own, true, true);
    }
    forty(&renderer_flaky_two, true, false);
}

static uint64_t batches_cpu(aeo_engine *engine) {
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    return counters.batches - counters.batches_added;
}

// One listener is the CPU's; with four they are the other's; when three have long been silent the
// one goes back to the CPU, and all change over again when they go on.
static void test_live_changes_over(void **state) {
    (void)state;
    enum { SESSIONS = 4, CAP = 60 * SECOND };
    static struct listener l[SESSIONS];
    flaky_lost_at = 0;
    aeo_engine *engine = live_engine(&renderer_flaky_own, SESSIONS, SESSIONS);
    listener_start(&l[0], engine, 0, CAP);
    aeo_session_want(l[0].session, SECOND);
    wait_for(&l[0], SECOND);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_int_equal(counters.batches_added, 0);
    for (uint32_t i = 1; i < SESSIONS; i++)
        listener_start(&l[i], engine, i, CAP);
    for (uint32_t i = 1; i < SESSIONS; i++)
        wait_for(&l[i], AEO_LEAD_FRAMES);
    for (uint32_t i = 0; i < SESSIONS; i++)
        aeo_session_want(l[i].session, 3 * SECOND);
    for (uint32_t i = 0; i < SESSIONS; i++)
        wait_for(&l[i], 2 * SECOND);
    aeo_engine_counters(engine, &counters);
    assert_true(counters.batches_added > 0 && counters.sessions_moved > 0);
    uint64_t cpu = batches_cpu(engine);
    int64_t want = 3 * SECOND;
    while (batches_cpu(engine) == cpu && want < CAP - 4 * SECOND) {
        aeo_session_want(l[0].session, want += AEO_TICK_FRAMES);
        wait_for(&l[0], (uint32_t)want);
    }
    assert_true(batches_cpu(engine) > cpu);
    assert_true(want >= 3 * SECOND + (CHOICE_QUIET_TICKS - 2) * AEO_TICK_FRAMES);
    for (uint32_t i = 0; i < SESSIONS; i++)
        aeo_session_want(l[i].session, want + SECOND + i * AEO_TICK_FRAMES);
    for (uint32_t i = 0; i < SESSIONS; i++)
        wait_for(&l[i], 4 * SECOND);
    uint64_t moved = counters.sessions_moved;
    aeo_engine_counters(engine, &counters);
    assert_true(counters.sessions_moved >= moved + 2); // back, and over again
    for (uint32_t i = 0; i < SESSIONS; i++)
        aeo_session_close(l[i].session);
    aeo_engine_close(engine);
    listeners_check(l, SESSIONS);
}

// ------------------------------------------------------------------------------------- failures

static void test_hanging_is_given_up(void **state) {
    (void)state;
    setenv("AEOLIAN_NULL_FAULTS", "late=60000", 1);
    aeo_engine *engine = engine_get(&(struct setup){.renderer = "null"});
    unsetenv("AEOLIAN_NULL_FAULTS");
    engine->late_max_ns = 20000000;
    aeo_session *session = session_get(engine, HARBOUR, 1, 0);
    float *music = frames_render(session, SECOND);
    frames_assert_music(music, SECOND); // the CPU's
    free(music);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_int_equal(counters.renderer_lost, 1);
    aeo_session_close(session);
    aeo_engine_close(engine);
}

// Short calls are the CPU's here, long ones the other's: saves are snapshots, moves back to the
// CPU, and those of aeo_session_save.
static void lose_in_save(uint32_t save, const float *reference, uint32_t frames) {
    flaky_lost_at = 0;
    flaky_lost_in_save = save;
    const struct setup setup = {.renderer = "flaky-own", .added = &renderer_flaky_own,
                                .threads = 2, .span_frames = 48000, .min_batch = 2};
    aeo_engine *engine = engine_get(&setup);
    aeo_session *session = session_get(engine, HARBOUR, 1, 20 * SECOND);
    size_t cap = aeo_session_save_bytes(engine), size = 0;
    void *bytes = malloc(cap);
    assert_non_null(bytes);
    for (uint32_t done = 0, round = 0, call; done < frames; done += call, round++) {
        call = round % 3 == 2 ? 4800 : 62400;
        if (call > frames - done) call = frames - done;
        float *music = frames_render(session, call);
        frames_assert_equal(music, reference + 2 * (size_t)done, call, "lost in a save");
        free(music);
        if (round % 3 == 1) { // at home with the added renderer
            assert_int_equal(aeo_session_save(session, bytes, cap, &size), AEO_OK);
            aeo_session_close(session);
            assert_int_equal(aeo_session_restore(engine, bytes, size, NULL, &session, NULL),
                             AEO_OK);
        }
    }
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_int_equal(counters.renderer_lost, save != 0);
    aeo_session_close(session);
    aeo_engine_close(engine);
    flaky_lost_in_save = 0;
    free(bytes);
}

static void test_lost_in_save(void **state) {
    (void)state;
    const uint32_t frames = 10 * SECOND;
    float *reference = music_render(&(struct setup){.threads = 1}, HARBOUR, 1, 20 * SECOND, frames);
    lose_in_save(0, reference, frames);
    uint32_t saves = flaky_seen.saves; // the first twenty are snapshots of the look-back
    assert_true(saves > 26);
    for (uint32_t save = 1; save <= saves; save += SANITIZED ? 9 : save < 19 ? 6 : 1)
        lose_in_save(save, reference, frames);
    free(reference);
}

// "auto" measures before it trusts: the number is in the line, nothing of it is heard, and a
// renderer that is lost over it is not taken.
static void test_measured(void **state) {
    (void)state;
    float *reference = music_render(&(struct setup){.threads = 1}, HARBOUR, 1, 0, SECOND);
    for (uint32_t lost_at = 0; lost_at < 4; lost_at += 3) {
        flaky_lost_at = lost_at;
        flaky_in_collect = true;
        aeo_engine *engine = engine_get(&(struct setup){.added = &renderer_flaky_own});
        const char *line = aeo_engine_renderer_line(engine);
        if (lost_at) {
            assert_ptr_equal(strstr(line, "cpu ("), line);
            assert_non_null(strstr(line, "): flaky-own was tried: it was lost"));
        } else {
            assert_ptr_equal(strstr(line, "flaky-own ("), line);
            assert_true(engine->choice.spans_min >= 1);
        }
        assert_string_equal(aeo_engine_renderer_name(engine), lost_at ? "cpu" : "flaky-own");
        aeo_session *session = session_get(engine, HARBOUR, 1, 0);
        float *music = frames_render(session, SECOND);
        frames_assert_equal(music, reference, SECOND, line);
        free(music);
        aeo_session_close(session);
        aeo_engine_close(engine);
    }
    free(reference);
}

// One wrong bit is enough: what does not make the same samples is not taken by "auto".
static void test_wrong_bits_are_refused(void **state) {
    (void)state;
    flaky_lost_at = 0;
    flaky_wrong_bit = true;
    aeo_engine *engine = engine_get(&(struct setup){.added = &renderer_flaky_own});
    flaky_wrong_bit = false;
    assert_non_null(strstr(aeo_engine_renderer_line(engine),
                           "): flaky-own was tried: its samples are not the processor's"));
    assert_string_equal(aeo_engine_renderer_name(engine), "cpu");
    aeo_engine_close(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_bits_are_refused),
        cmocka_unit_test(test_rule),       cmocka_unit_test(test_flips),
        cmocka_unit_test(test_forty_lost), cmocka_unit_test(test_live_changes_over),
        cmocka_unit_test(test_lost_in_save), cmocka_unit_test(test_hanging_is_given_up),
        cmocka_unit_test(test_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
