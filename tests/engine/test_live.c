// Goal: the live path keeps its promises in real time. Spans follow each other without gap, sound
// like the offline render of the same address, keep their lead, stop when nobody wants them,
// survive closing at any moment, and a full pool says so.
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "tests/engine/support.h"

// What the callbacks collect of one session.
struct listener {
    aeo_session *session;
    float *music; // room for `cap` frames
    uint32_t cap;
    atomic_uint frames;
    int64_t begin, next;    // first position seen, position expected next
    uint32_t spans, first_frames, phrases;
    atomic_uint errors;
    atomic_uint receipts;
    aeo_receipt receipt;
    atomic_int inside; // on_span calls running
    atomic_bool closed;
};

static void on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    struct listener *l = session_user;
    (void)user;
    (void)session;
    if (!l) return;
    if (atomic_fetch_add(&l->inside, 1) != 0) atomic_fetch_add(&l->errors, 1); // two at once
    if (atomic_load(&l->closed)) atomic_fetch_add(&l->errors, 1);
    bool first = l->spans++ == 0;
    if (first) {
        l->begin = l->next = span->position;
        l->first_frames = span->frames;
    }
    if (first != !!(span->flags & AEO_SPAN_FIRST)) atomic_fetch_add(&l->errors, 1);
    if (first && !span->phrase) atomic_fetch_add(&l->errors, 1);
    if (span->position != l->next) atomic_fetch_add(&l->errors, 1);
    l->next = span->position + span->frames;
    if (span->phrase) l->phrases++;
    uint32_t held = atomic_load(&l->frames);
    if (held + span->frames <= l->cap) {
        memcpy(l->music + 2 * (size_t)held, span->interleaved,
               (size_t)span->frames * 2 * sizeof(float));
        atomic_store(&l->frames, held + span->frames);
    }
    atomic_fetch_sub(&l->inside, 1);
}

static void on_receipt(void *user, aeo_session *session, void *session_user,
                       const aeo_receipt *receipt) {
    struct listener *l = session_user;
    (void)user;
    (void)session;
    if (!l) return;
    l->receipt = *receipt;
    atomic_fetch_add(&l->receipts, 1);
}

// Waits until VALUE reaches at least N; fails after 2 min (sanitizers on a busy machine are slow).
static void wait_for(atomic_uint *value, uint32_t n, const char *what) {
    for (int i = 0; atomic_load(value) < n; i++) {
        if (i > 24000) fail_msg("%s: %u of %u", what, atomic_load(value), n);
        sleep_ms(5);
    }
}

static aeo_engine *live_engine(uint32_t sessions, uint32_t threads, uint32_t ring) {
    aeo_options options;
    aeo_options_default(&options);
    options.sessions_max = sessions;
    options.threads = threads;
    options.ring_frames = ring;
    options.on_span = on_span;
    options.on_receipt = on_receipt;
    aeo_engine *engine;
    aeo_fault fault = {AEO_OK, "", ""};
    if (aeo_engine_open(&options, &engine, &fault)) fail_msg("engine: %s", fault.message);
    assert_int_equal(aeo_engine_start(engine), AEO_OK);
    return engine;
}

static aeo_session *live_session(aeo_engine *engine, uint64_t seed, int64_t position, bool exact,
                                 struct listener *l) {
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.seed = seed;
    options.position = position;
    options.exact = exact;
    options.user = l;
    aeo_fault fault = {AEO_OK, "", ""};
    aeo_session *session;
    if (aeo_session_open(engine, &options, &session, &fault)) fail_msg("%s", fault.message);
    return session;
}

static void listener_open(struct listener *l, uint32_t cap) {
    memset(l, 0, sizeof *l);
    l->cap = cap;
    l->music = malloc((size_t)cap * 2 * sizeof *l->music);
    assert_non_null(l->music);
}

// Sixteen sessions in one batch, each moved on as a listener would, against sixteen offline
// renders.
static void test_sixteen(void **state) {
    (void)state;
    enum { SESSIONS = 16, FRAMES = SECOND };
    static struct listener l[SESSIONS];
    aeo_engine *engine = live_engine(SESSIONS, 2, 0);
    for (int i = 0; i < SESSIONS; i++) {
        listener_open(&l[i], FRAMES);
        l[i].session = live_session(engine, (uint64_t)i + 1, i * 1234, true, &l[i]);
        assert_int_equal(aeo_session_start(l[i].session), AEO_OK);
    }
    for (int i = 0; i < SESSIONS; i++)
        aeo_session_want(l[i].session, i * 1234 + FRAMES);
    for (int i = 0; i < SESSIONS; i++)
        wait_for(&l[i].frames, FRAMES, "frames");
    for (int i = 0; i < SESSIONS; i++) {
        aeo_session_close(l[i].session);
        assert_int_equal(atomic_load(&l[i].errors), 0);
        assert_int_equal(l[i].first_frames, AEO_LEAD_FRAMES);
        assert_int_equal(l[i].begin, i * 1234);
    }
    aeo_engine_close(engine);
    for (int i = 0; i < SESSIONS; i++) {
        float *music = music_render(&(struct setup){.threads = 1}, HARBOUR, (uint64_t)i + 1,
                                    i * 1234, FRAMES);
        frames_assert_equal(l[i].music, music, FRAMES, "live against offline");
        free(music);
        free(l[i].music);
    }
}

// Two seconds as a listener hears them: the lead is kept, a pause stops the
// rendering and a resume goes on where it stopped.
static void test_lead_and_pause(void **state) {
    (void)state;
    struct listener l;
    listener_open(&l, 4 * SECOND);
    aeo_engine *engine = live_engine(2, 2, 0);
    l.session = live_session(engine, 3, 0, false, &l);
    assert_int_equal(aeo_session_start(l.session), AEO_OK);
    wait_for(&l.frames, AEO_LEAD_FRAMES, "first span");
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    int64_t heard = 0;
    while (heard < 2 * SECOND) {
        sleep_ms(10);
        clock_gettime(CLOCK_MONOTONIC, &now);
        heard = (now.tv_sec - begin.tv_sec) * SECOND + (now.tv_nsec - begin.tv_nsec) * 6 / 125000;
        aeo_session_want(l.session, heard + AEO_LEAD_FRAMES);
        int64_t lead = (int64_t)atomic_load(&l.frames) - heard;
        assert_true(lead <= AEO_LEAD_FRAMES + AEO_TICK_FRAMES);
    }
    // Nobody wants more than this: rendering stops at the last whole tick.
    const uint32_t paused =
        (uint32_t)(heard + AEO_LEAD_FRAMES) / AEO_TICK_FRAMES * AEO_TICK_FRAMES;
    wait_for(&l.frames, paused, "what was wanted");
    sleep_ms(300);
    assert_int_equal(atomic_load(&l.frames), paused);
    aeo_session_want(l.session, paused + AEO_TICK_FRAMES);
    wait_for(&l.frames, paused + AEO_TICK_FRAMES, "resumed");
    assert_int_equal(atomic_load(&l.frames), paused + AEO_TICK_FRAMES);
    aeo_session_info info;
    aeo_session_describe(l.session, &info);
    assert_int_equal(info.position, paused + AEO_TICK_FRAMES);
    aeo_session_close(l.session);
    assert_int_equal(atomic_load(&l.errors), 0);
    frames_assert_music(l.music, paused);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_int_equal(counters.sessions_open, 0);
    aeo_engine_close(engine);
    free(l.music);
}

// A change is answered, is heard from the frame it says, and the address in the answer renders the
// same music offline. Wrong changes are answered and change nothing.
static void test_changes(void **state) {
    (void)state;
    const uint32_t frames = 3 * SECOND;
    struct listener l;
    listener_open(&l, frames);
    aeo_engine *engine = live_engine(1, 2, 0);
    l.session = live_session(engine, 8, 100 * SECOND + 7, true, &l);
    aeo_setting setting = {(uint32_t)aeo_control_find("level-pad"), 0.1};
    assert_int_equal(aeo_session_set(l.session, 1, &setting, 1), AEO_ERR_STATE); // not started
    assert_int_equal(aeo_session_start(l.session), AEO_OK);
    wait_for(&l.frames, AEO_LEAD_FRAMES, "first span");
    assert_int_equal(aeo_session_set(l.session, 41, &setting, 1), AEO_OK);
    aeo_session_want(l.session, 100 * SECOND + 7 + frames);
    wait_for(&l.receipts, 1, "receipt");
    assert_int_equal(l.receipt.id, 41);
    assert_int_equal(l.receipt.status, AEO_OK);
    assert_int_equal(l.receipt.count, 1);
    assert_true(l.receipt.heard_at % AEO_TICK_FRAMES == 0);
    assert_true(l.receipt.heard_at >= 100 * SECOND + 7 + AEO_LEAD_FRAMES);
    assert_true(l.receipt.heard_at <= 100 * SECOND + 7 + AEO_LEAD_FRAMES + 5 * AEO_TICK_FRAMES);
    assert_int_equal(l.receipt.controls[0].until - l.receipt.controls[0].from, 24000 + 64);
    char address[AEO_ADDRESS_MAX];
    memcpy(address, l.receipt.address, sizeof address);
    setting.value = 1.5;
    assert_int_equal(aeo_session_set(l.session, 42, &setting, 1), AEO_OK);
    assert_int_equal(aeo_session_scene(l.session, 43, "no such scene"), AEO_OK);
    wait_for(&l.receipts, 3, "refusals");
    assert_int_equal(l.receipt.id, 43);
    assert_int_equal(l.receipt.status, AEO_ERR_SCENE);
    wait_for(&l.frames, frames, "frames");
    aeo_session_close(l.session);
    assert_int_equal(atomic_load(&l.errors), 0);
    aeo_engine_close(engine);
    engine = engine_get(&(struct setup){.threads = 1});
    char from[AEO_ADDRESS_MAX];
    assert_int_equal(aeo_address_at(address, 100 * SECOND + 7, from, sizeof from), AEO_OK);
    aeo_session *offline = session_at(engine, from);
    float *music = frames_render(offline, frames);
    frames_assert_equal(l.music, music, frames, "with the change");
    free(music);
    aeo_session_close(offline);
    aeo_engine_close(engine);
    free(l.music);
}

// Sessions opened, started and closed by two threads at once while batches run; each callback comes
// before its close returns or not at all.
static void *churn(void *argument) {
    aeo_engine *engine = argument;
    for (uint32_t i = 0; i < 12; i++) {
        static _Thread_local float none;
        struct listener l;
        memset(&l, 0, sizeof l);
        l.music = &none;
        aeo_session_options options;
        aeo_session_options_default(&options);
        options.seed = i;
        options.user = &l;
        aeo_session *session;
        if (aeo_session_open(engine, &options, &session, NULL)) continue; // full for a moment
        if (i % 5) aeo_session_start(session);
        aeo_session_want(session, 10 * SECOND);
        sleep_ms(i % 3 * 30);
        aeo_session_close(session);
        atomic_store(&l.closed, true);
        sleep_ms(5);
        if (atomic_load(&l.errors)) return engine; // a callback after close, or two at once
    }
    return NULL;
}

static void test_close_during_render(void **state) {
    (void)state;
    aeo_engine *engine = live_engine(3, 2, 0);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, engine), 0);
    for (int i = 0; i < 2; i++) {
        void *problem;
        pthread_join(threads[i], &problem);
        assert_null(problem);
    }
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_int_equal(counters.sessions_open, 0);
    aeo_engine_close(engine);
}

static void test_full(void **state) {
    (void)state;
    aeo_engine *engine = live_engine(2, 1, 0);
    aeo_session *a = live_session(engine, 1, 0, false, NULL);
    aeo_session *b = live_session(engine, 2, 0, false, NULL);
    aeo_session_options options;
    aeo_session_options_default(&options);
    aeo_session *c;
    aeo_fault fault;
    assert_int_equal(aeo_session_open(engine, &options, &c, &fault), AEO_ERR_FULL);
    assert_null(c);
    assert_string_equal(fault.message, "all 2 sessions are in use");
    aeo_session_close(a);
    assert_int_equal(aeo_session_open(engine, &options, &c, &fault), AEO_OK);
    float frame[2];
    assert_int_equal(aeo_session_render(c, frame, 1), AEO_ERR_STATE); // the engine is live
    aeo_setting setting = {0, 0.5};
    assert_int_equal(aeo_session_start(c), AEO_OK);
    enum aeo_status status = AEO_OK;
    uint32_t sent = 0;
    while (status == AEO_OK && sent < 100)
        status = aeo_session_set(c, sent++, &setting, 1);
    assert_int_equal(status, AEO_ERR_FULL); // its queue is bounded
    aeo_session_close(b);
    aeo_session_close(c);
    aeo_engine_close(engine);
}

// A reader of the ring gets the same samples, without asking for them in any other way.
static void test_ring(void **state) {
    (void)state;
    const uint32_t frames = SECOND;
    aeo_engine *engine = live_engine(1, 2, 32768);
    aeo_session *session = live_session(engine, 6, 4000, true, NULL);
    assert_int_equal(aeo_session_start(session), AEO_OK);
    float *music = malloc(frames * 2 * sizeof *music);
    assert_non_null(music);
    uint32_t have = 0;
    for (int i = 0; have < frames; i++) {
        if (i > 24000) fail_msg("only %u frames", have);
        uint32_t ask = frames - have < 777 ? frames - have : 777;
        uint32_t got = aeo_session_read(session, music + 2 * (size_t)have, ask);
        have += got;
        if (!got) sleep_ms(5);
    }
    aeo_session_close(session);
    aeo_engine_close(engine);
    float *offline = music_render(&(struct setup){.threads = 1}, HARBOUR, 6, 4000, frames);
    frames_assert_equal(music, offline, frames, "ring against offline");
    free(offline);
    free(music);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sixteen),    cmocka_unit_test(test_lead_and_pause),
        cmocka_unit_test(test_changes),    cmocka_unit_test(test_ring),
        cmocka_unit_test(test_full),       cmocka_unit_test(test_close_during_render),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
