// Goal: every wait of the CUDA renderer is needed, and those that are there are enough. Each place
// in gpu/ that has a stream or the host wait for an event is left out, one at a time, under
// schedules of the adversary with two batches under way, snapshots behind both: then there is a
// race, or other bytes. With all of them there is none, and the bits are the processor's. (The wait
// for staging memory is the subject of test_pools.c.)
#include "tests/gpu/support.h"

#include "engine/engine.h"  // the renderer of an engine
#include "gpu/cuda_state.h" // its streams and events
#include "gpu/driver.h"     // gpu_driver_get

#define SESSIONS 4
#define SPAN 960
#define FRAMES (3 * SPAN) // behind five spans of look-back
#define SEEDS 12
#define SECOND_NS UINT64_C(1000000000)

enum place {
    WHOLE,
    // A stream waits: compute for the slot's last samples to be home, copy for a part's kernels,
    // copy for those of a part of which nobody wants samples, compute for states that are copied.
    SLOT_FREE, PART_RENDERED, BATCH_RENDERED, STATES_COPIED,
    // The host waits: for room for a state, for a state, for snapshots.
    STATE_ROOM, STATE_SAVED, STATES_KEPT,
    PLACES
};
static const char *const names[PLACES] = {
    "nothing",  "slot free",   "part rendered", "batch rendered", "states copied",
    "state room", "state saved", "states kept"};

static struct gpu_calls whole;
static enum place left_out;
static struct renderer *self;
static gpu_event pending; // of the copy stream: whether it is left out shows in what follows it

static gpu_result wait_hook(gpu_stream stream, gpu_event event, unsigned flags) {
    if (!self) return whole.stream_wait(stream, event, flags);
    if (stream == self->copy) {
        pending = event;
        return GPU_SUCCESS;
    }
    enum place here = event == self->kept ? STATES_COPIED : SLOT_FREE;
    return here == left_out ? GPU_SUCCESS : whole.stream_wait(stream, event, flags);
}

static gpu_result pending_settle(enum place here) {
    gpu_event event = pending;
    pending = NULL;
    if (!event || here == left_out) return GPU_SUCCESS;
    return whole.stream_wait(self->copy, event, 0);
}

static gpu_result copy_down_hook(void *to, gpu_memory from, size_t bytes, gpu_stream stream) {
    gpu_result result = pending_settle(PART_RENDERED);
    return result ? result : whole.copy_down(to, from, bytes, stream);
}

static gpu_result record_hook(gpu_event event, gpu_stream stream) {
    gpu_result result = pending_settle(BATCH_RENDERED);
    return result ? result : whole.event_record(event, stream);
}

static gpu_result query_hook(gpu_event event) {
    if (self && ((left_out == STATE_ROOM && event == self->loaded) ||
                 (left_out == STATE_SAVED && event == self->saved) ||
                 (left_out == STATES_KEPT && event == self->kept)))
        return GPU_SUCCESS;
    return whole.event_query(event);
}

static int hooks_open(void **state) {
    setenv("AEOLIAN_GPU_WATCHDOG_MS", "60000", 1); // a simulated device is slow
    struct gpu_calls *calls = (struct gpu_calls *)gpu_driver_get(NULL, 0);
    whole = *calls;
    calls->stream_wait = wait_hook;
    calls->copy_down = copy_down_hook;
    calls->event_record = record_hook;
    calls->event_query = query_hook;
    return simulated_open(state);
}

// ------------------------------------------------------------------------------ a life's parts

static aeo_engine *engine;
static struct aeo_renderer keeping; // renderer_cuda, of which each batch is to keep its states
static enum aeo_status (*submit_whole)(struct renderer *renderer, const struct batch *batch);
static uint32_t under_way_most, kept_batches;

static enum aeo_status submit_keeping(struct renderer *renderer, const struct batch *batch) {
    bool keep = engine->keep_count == 0;
    for (uint32_t i = 0; i < batch->span_count; i++)
        batch->spans[i].keep = keep;
    kept_batches += keep;
    enum aeo_status status = submit_whole(renderer, batch);
    uint32_t under_way = renderer->submitted - renderer->collected;
    if (under_way > under_way_most) under_way_most = under_way;
    return status;
}

static void life_begin(int seed) {
    char text[64];
    snprintf(text, sizeof text, "adversary=1,workers=2,seed=%d", seed);
    assert_true(simulated.configure(text));
    engine = cuda_engine_try(SESSIONS, SPAN, NULL);
    assert_non_null(engine);
    struct renderer_slot *added = &engine->renderers[HOME_ADDED];
    keeping = *added->table;
    submit_whole = keeping.submit;
    keeping.submit = submit_keeping;
    added->table = &keeping;
    self = added->self;
    self->limits.part_spans = 1; // four parts a batch: both slots several times over
}

// Ends it; whether a race was seen.
static bool life_end(void) {
    char line[256] = "";
    self = NULL;
    aeo_engine_close(engine);
    return simulated.fault(line, sizeof line) && strstr(line, "race");
}

// Batches one behind the other, under SEED. Whether there was a race; with none the samples are
// those of WANT.
static bool batches_race(int seed, const float *want) {
    life_begin(seed);
    float *music = batch_render(engine, SESSIONS, 0, FRAMES);
    bool same = memcmp(music, want, SESSIONS * FRAMES * 2 * sizeof *music) == 0;
    free(music);
    bool race = life_end();
    assert_true(same || left_out != WHOLE);
    return race;
}

static void fill(unsigned char *bytes, size_t count, uint32_t seed) {
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
}

// States up and down, and one that is kept behind a batch. Whether there was a race, or other bytes
// than were put there.
static bool states_wrong(int seed) {
    const size_t bytes = sizeof(struct effects_state);
    unsigned char *put[2] = {malloc(bytes), malloc(bytes)}, *got = malloc(bytes);
    assert_true(put[0] && put[1] && got);
    life_begin(seed);
    bool wrong = false;
    for (uint32_t i = 0; i < 2; i++) {
        fill(put[i], bytes, 77 + i);
        assert_int_equal(keeping.session_load(self, i, put[i]), AEO_OK);
    }
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(keeping.session_save(self, i, got), AEO_OK);
        wrong = wrong || memcmp(got, put[i], bytes) != 0;
    }
    // A span without notes, of a plan that a session has made.
    aeo_session *session = session_get(engine, HARBOUR, 1, 0);
    struct span *span = &engine_batch(engine, 0)->spans[0];
    score_plan(&session->score, SPAN, span, NULL);
    span->slot = span->note_count = 0;
    span->out = NULL;
    span->keep = true;
    struct batch batch = {.spans = span, .span_count = 1, .notes = engine->notes};
    assert_int_equal(keeping.session_reset(self, 0), AEO_OK);
    assert_int_equal(submit_whole(self, &batch), AEO_OK);
    assert_int_equal(keeping.kept(self, 60 * SECOND_NS), RENDERER_READY);
    memcpy(got, span->kept, bytes);
    assert_int_equal(keeping.collect(self, 60 * SECOND_NS), RENDERER_READY);
    assert_int_equal(keeping.session_save(self, 0, put[0]), AEO_OK);
    wrong = wrong || memcmp(got, put[0], bytes) != 0;
    // A session that comes into the slot while the last one's snapshot is on its way.
    assert_int_equal(submit_whole(self, &batch), AEO_OK);
    assert_int_equal(keeping.collect(self, 60 * SECOND_NS), RENDERER_READY);
    assert_int_equal(keeping.session_load(self, 0, put[1]), AEO_OK);
    aeo_session_close(session);
    bool race = life_end();
    free(put[0]);
    free(put[1]);
    free(got);
    return race || wrong;
}

// --------------------------------------------------------------------------------------- tests

static void test_each_wait(void **state) {
    (void)state;
    float *want = batch_reference(SESSIONS, SPAN, 0, FRAMES);
    for (left_out = WHOLE; left_out < PLACES; left_out++) {
        uint32_t batches = 0, states = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            if (left_out < STATE_ROOM) batches += batches_race(seed, want);
            if (left_out == WHOLE || left_out >= STATES_COPIED) states += states_wrong(seed);
        }
        print_message("without the wait \"%s\": caught in %u of %d schedules of batches, %u of "
                      "states\n", names[left_out], batches, SEEDS, states);
        if (left_out == WHOLE) assert_true(batches == 0 && states == 0);
        else if (left_out < STATE_ROOM) assert_int_equal(batches, SEEDS);
        else assert_true(states > 0);
        if (left_out == STATES_COPIED) assert_true(states > 0);
    }
    left_out = WHOLE;
    assert_int_equal(under_way_most, GPU_BATCHES);
    assert_true(kept_batches > 0);
    free(want);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_wait)};
    return cmocka_run_group_tests(tests, hooks_open, NULL);
}
