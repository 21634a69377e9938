// Goal: a gap after the loss of a renderer is told, no longer than it must be, and over when it is
// over. The catch-up of a live session takes as long as each case says (its listener hears on
// meanwhile; no clock is asked). Within the lead nobody is told of anything. Beyond it each span
// that came too late is flagged and counted in spans_late, the one that waited for the catch-up
// before all others; there are as few as whole leads can be, and not one more; what is rendered
// again begins at a snapshot; and all samples are those of an offline render.
#include <stdatomic.h>

#include "tests/engine/renderer_flaky.h"
#include "tests/engine/support.h"

#define LEAD AEO_LEAD_FRAMES
#define LOST_AT 6       // batches: one for what the effects begin with, then a lead each; by then
                        // there is a snapshot
#define SPANS (LOST_AT + 4)
#define AGAIN_MAX 1     // spans: one session has a snapshot behind every batch

// One listener, who always hears up to the end of what there is.
static struct {
    aeo_session *session;
    int64_t heard, next; // `next`: position expected next
    uint32_t late_frames; // how long the catch-up takes, beyond the lead
    uint32_t at_loss;     // the span that is under way then
    bool late[SPANS];
    uint32_t frames[SPANS];
    float music[SPANS * LEAD * 2];
    atomic_uint spans, errors;
} listener;

static void hear(int64_t until) {
    if (until > listener.heard) listener.heard = until;
    aeo_session_want(listener.session, listener.heard + LEAD);
}

static void on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    (void)user;
    (void)session;
    (void)session_user;
    uint32_t number = atomic_load(&listener.spans);
    if (number == SPANS) return;
    if (span->position != listener.next || span->frames > LEAD) {
        atomic_fetch_add(&listener.errors, 1);
        return;
    }
    listener.next += span->frames;
    listener.late[number] = span->flags & AEO_SPAN_LATE;
    listener.frames[number] = span->frames;
    memcpy(listener.music + 2 * span->position, span->interleaved,
           span->frames * 2 * sizeof *span->interleaved);
    hear(listener.next);
    atomic_store(&listener.spans, number + 1);
}

// While the engine catches up the listener has heard all there is and goes on.
static void at_loss(void) {
    listener.at_loss = atomic_load(&listener.spans);
    hear(listener.next + listener.late_frames);
}

static void spans_await(void) {
    for (int i = 0; atomic_load(&listener.spans) < SPANS; i++) {
        if (i > 24000) fail_msg("%u of %d spans", atomic_load(&listener.spans), SPANS);
        sleep_ms(5);
    }
}

static aeo_counters live_run(const struct aeo_renderer *table) {
    aeo_options options;
    aeo_session_options music;
    aeo_fault fault = {AEO_OK, "", ""};
    aeo_engine *engine;
    aeo_options_default(&options);
    options.renderer = table->name;
    options.renderers = &table;
    options.renderer_count = 1;
    options.sessions_max = 1;
    options.threads = 2;
    options.on_span = on_span;
    if (aeo_engine_open(&options, &engine, &fault)) fail_msg("engine: %s", fault.message);
    assert_int_equal(aeo_engine_start(engine), AEO_OK);
    aeo_session_options_default(&music);
    music.seed = 1;
    music.exact = true;
    assert_int_equal(aeo_session_open(engine, &music, &listener.session, NULL), AEO_OK);
    assert_int_equal(aeo_session_start(listener.session), AEO_OK);
    spans_await();
    aeo_session_close(listener.session);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    aeo_engine_close(engine);
    return counters;
}

static void gap(const struct aeo_renderer *table, bool in_collect, uint32_t late_frames,
                const float *offline) {
    memset(&listener, 0, sizeof listener);
    listener.late_frames = late_frames;
    flaky_lost_at = LOST_AT;
    flaky_in_collect = in_collect;
    flaky_at_loss = at_loss;
    aeo_counters counters = live_run(table);
    flaky_at_loss = NULL;
    const uint32_t late = (late_frames + LEAD - 1) / LEAD;
    const uint32_t again = (uint32_t)counters.spans - SPANS - 1;
    assert_in_range(listener.at_loss, 3, SPANS - 4);
    for (uint32_t i = 0; i < SPANS; i++) {
        bool want = i >= listener.at_loss && i < listener.at_loss + late;
        if (listener.late[i] != want || listener.frames[i] != LEAD) {
            fail_msg("%u frames late: span %u of %u frames is %s", late_frames, i,
                     listener.frames[i], listener.late[i] ? "flagged" : "not flagged");
        }
    }
    assert_int_equal(atomic_load(&listener.errors), 0);
    assert_int_equal(counters.renderer_lost, 1);
    assert_int_equal(counters.spans_late, late);
    assert_true(again <= AGAIN_MAX);
    frames_assert_equal(listener.music, offline, SPANS * LEAD, "live against offline");
    print_message("%s, %u frames late: %u spans flagged, %u rendered again\n", table->name,
                  late_frames, late, again);
}

static void test_gap(void **state) {
    (void)state;
    float *offline = music_render(&(struct setup){.threads = 2}, HARBOUR, 1, 0, SPANS * LEAD);
    gap(&renderer_flaky_own, false, 0, offline); // the lead was just enough
    gap(&renderer_flaky_own, true, 1, offline);
    gap(&renderer_flaky_far, true, LEAD, offline);
    gap(&renderer_flaky, false, LEAD + 1, offline);
    gap(&renderer_flaky_own, true, 3 * LEAD, offline);
    free(offline);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
