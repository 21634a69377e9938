// Goal: snapshots are as young as they are said to be. A thousand live sessions tick by tick, on a
// device whose kernels do nothing: once it goes on evenly, no session's snapshot is older than a
// second and a tick, and a tick keeps no more than its tenth; where a batch may keep fewer states
// than that, they are as old as the turn takes. No tick waits for them.
#include "tests/gpu/support.h"

#include "engine/engine.h" // requests, snapshots

#define SESSIONS 1000
#define TICK AEO_TICK_FRAMES
#define WARM 25 // ticks

static aeo_session *sessions[SESSIONS];
static struct aeo_renderer forgetful; // the processor's renderer, which takes no snapshot's bytes

static enum aeo_status load_nothing(struct renderer *self, uint32_t slot, const void *bytes) {
    (void)self, (void)slot;
    return bytes ? AEO_OK : AEO_ERR_ARGUMENT;
}

// A tick of all sessions; frames that the oldest snapshot lacks behind it.
static int64_t tick(aeo_engine *engine) {
    for (uint32_t i = 0; i < SESSIONS; i++) {
        struct request *request = &engine->requests[i];
        request->session = sessions[i];
        request->frames = TICK;
        request->done = 0;
        request->out = engine->live_out + (size_t)sessions[i]->slot * AEO_LEAD_FRAMES * 2;
        request->live = true;
        request->under_way = false;
        request->flags = 0;
    }
    assert_int_equal(batcher_render(engine, engine->requests, SESSIONS, HOME_ADDED), AEO_OK);
    // The rest of its hundred milliseconds goes by.
    while (engine->keep_count > 0)
        assert_int_equal(snapshots_collect(engine, ENGINE_TICK_NS), AEO_OK);
    int64_t oldest = 0;
    for (uint32_t i = 0; i < SESSIONS; i++) {
        int64_t age = sessions[i]->score.state_at - sessions[i]->snapshot.at;
        if (age > oldest) oldest = age;
    }
    return oldest;
}

// Ticks with at most MOST snapshots a batch: none is older than TURN ticks and one.
static void turns(aeo_engine *engine, uint32_t most, uint32_t turn) {
    engine->limits.snapshots_max = most;
    int64_t oldest = 0;
    unsigned long long before = 0;
    for (uint32_t i = 0; i < WARM + 2 * turn; i++) {
        int64_t age = tick(engine);
        if (i < WARM) before = atomic_load(&engine->counters.snapshots);
        else if (age > oldest) oldest = age;
    }
    unsigned long long taken = atomic_load(&engine->counters.snapshots) - before;
    print_message("%u snapshots a batch at most: %llu in %u ticks, the oldest %lld ms old\n", most,
                  taken, 2 * turn, (long long)oldest / 48);
    assert_true(oldest <= (int64_t)(turn + 1) * TICK);
    assert_true(taken <= 2ULL * turn * SESSIONS / turn);
}

static void test_ages(void **state) {
    (void)state;
    assert_true(simulated.configure("idle=1,workers=2,memory=8000000000"));
    aeo_fault fault = {AEO_OK, "", ""};
    aeo_engine *engine = cuda_engine_try(SESSIONS, TICK, &fault);
    if (!engine) fail_msg("%s", fault.message);
    assert_int_equal(engine->limits.snapshots_max, SESSIONS / 10 + 16);
    forgetful = *engine->renderers[HOME_CPU].table;
    forgetful.session_load = load_nothing;
    engine->renderers[HOME_CPU].table = &forgetful;
    for (uint32_t i = 0; i < SESSIONS; i++)
        sessions[i] = session_get(engine, HARBOUR, i + 1, 0);
    turns(engine, engine->limits.snapshots_max, 10);
    turns(engine, 50, SESSIONS / 50);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_int_equal(counters.renderer_lost, 0);
    for (uint32_t i = 0; i < SESSIONS; i++)
        aeo_session_close(sessions[i]);
    aeo_engine_close(engine);
    simulated_assert_clean("ages");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ages)};
    return cmocka_run_group_tests(tests, simulated_open, NULL);
}
