// Goal: whichever call of the driver fails, and how, nobody hears it. Two pieces of life are lived
// again and again, and each time another call fails: once with an error that passes (out of
// memory), once with one after which the device is gone (a failed launch). MUSIC is open and the
// first eleven batches of two sessions; STATES is what happens to a session's effect state besides:
// a snapshot, a way down into bytes, a way up again. Each life ends with a refusal to open, in one
// line, or with the processor's own bits, and leaves nothing behind.
//
// The simulated driver numbers the calls so that a program which does the same makes the same ones
// (cudasim.h); a sweep is over when the number asked for is not reached any more.
#include "tests/gpu/support.h"

#include "engine/engine.h" // the snapshot of a session
#include "gpu/driver.h"    // gpu_driver_get

#define SPAN 960
#define FRAMES (6 * SPAN) // behind five spans of look-back: eleven batches

// A piece of life: music by ENGINE, compared with REFERENCE; whether all bits are right.
struct story {
    const char *name;
    bool (*play)(aeo_engine *engine, const float *reference);
    float *reference;
    uint32_t sessions;
    bool opens; // its opening is part of it
};

// What came of the lives of a sweep. Each injected fault is one of the three in the second line.
struct tally {
    uint32_t injected, differences, leaks;
    uint32_t refused, lost, unheard; // unheard: in closing, or an answer that was not needed
};

// ------------------------------------------------------------------------------------- stories

static bool same(const float *a, const float *b, uint32_t frames) {
    return memcmp(a, b, frames * 2 * sizeof *a) == 0;
}

static bool music_play(aeo_engine *engine, const float *reference) {
    float *music = batch_render(engine, 2, 0, FRAMES);
    bool right = same(music, reference, 2 * FRAMES);
    free(music);
    return right;
}

static bool span_play(aeo_session *session, uint32_t number, const float *reference) {
    float *music = frames_render(session, SPAN);
    bool right = same(music, reference + 2 * (size_t)number * SPAN, SPAN);
    free(music);
    return right;
}

// Down into bytes, and up from them.
static aeo_session *carry(aeo_engine *engine, aeo_session *session) {
    size_t cap = aeo_session_save_bytes(engine), size = 0;
    void *bytes = malloc(cap);
    aeo_fault fault = {AEO_OK, "", ""};
    assert_non_null(bytes);
    assert_int_equal(aeo_session_save(session, bytes, cap, &size), AEO_OK);
    aeo_session_close(session);
    if (aeo_session_restore(engine, bytes, size, NULL, &session, &fault))
        fail_msg("restore: %s", fault.message);
    free(bytes);
    return session;
}

static bool states_play(aeo_engine *engine, const float *reference) {
    aeo_session *session = session_get(engine, UNDERTOW, 1, 0);
    bool right = true;
    for (uint32_t span = 0; span < 5; span++) {
        // As if a second had gone by: the next batch is followed by a snapshot, from which a loss
        // in the batch after that goes on.
        if (span == 1 || span == 3) session->snapshot.at -= SECOND;
        right = span_play(session, span, reference) && right;
        if (span == 2 || span == 3) session = carry(engine, session);
    }
    aeo_session_close(session);
    return right;
}

static struct story music = {"music", music_play, NULL, 2, true};
static struct story states = {"states", states_play, NULL, 1, false};

static int stories_open(void **state) {
    setenv("AEOLIAN_GPU_WATCHDOG_MS", "60000", 1); // a simulated device is slow
    music.reference = batch_reference(2, SPAN, 0, FRAMES);
    states.reference = music_render(&(struct setup){.threads = 1}, UNDERTOW, 1, 0, FRAMES);
    return simulated_open(state);
}

static int stories_close(void **state) {
    (void)state;
    free(music.reference);
    free(states.reference);
    return 0;
}

// ------------------------------------------------------------------------------------- the sweep

static bool left_clean(const char *text) {
    char line[256] = "";
    bool fault = simulated.fault(line, sizeof line);
    bool clean = !fault && !simulated.live_bytes() && !simulated.live_objects();
    if (!clean) {
        print_message("%s: %s%s%llu bytes and %llu objects are left\n", text, line,
                      fault ? "; " : "", (unsigned long long)simulated.live_bytes(),
                      (unsigned long long)simulated.live_objects());
    }
    return clean;
}

// One life of STORY whose call number FAIL (0: none) fails with ERROR; whether it was reached. Its
// opening makes *OPENING calls.
static bool life(const struct story *story, uint64_t fail, int error, struct tally *tally,
                 uint64_t *opening) {
    char text[64];
    aeo_fault fault = {AEO_OK, "", ""};
    aeo_counters counters = {0};
    snprintf(text, sizeof text, "fail=%llu,error=%d", (unsigned long long)fail, error);
    assert_true(simulated.configure(text));
    aeo_engine *engine = cuda_engine_try(story->sessions, SPAN, &fault);
    *opening = simulated.calls();
    if (engine) {
        bool right = story->play(engine, story->reference);
        if (!right) print_message("%s, %s: other bits\n", story->name, text);
        tally->differences += !right;
        aeo_engine_counters(engine, &counters);
        assert_int_equal(counters.renderer_lost > 0, aeo_engine_lost_line(engine)[0] != 0);
        aeo_engine_close(engine);
    } else {
        assert_true(fault.status != AEO_OK && fault.message[0] && !strchr(fault.message, '\n'));
    }
    tally->leaks += !left_clean(text);
    bool reached = fail > 0 && simulated.calls() >= fail;
    if (!reached) assert_true(engine && counters.renderer_lost == 0);
    tally->injected += reached;
    tally->refused += !engine;
    tally->lost += counters.renderer_lost > 0;
    tally->unheard += reached && engine && counters.renderer_lost == 0;
    return reached;
}

static struct tally sweep(const struct story *story, int error) {
    struct tally tally = {0};
    uint64_t opening, ignored;
    assert_false(life(story, 0, error, &tally, &opening));
    for (uint64_t n = story->opens ? 1 : opening + 1; life(story, n, error, &tally, &ignored);)
        n++;
    print_message("%s, error %d: %u faults injected: %u refused at open, %u lost on the way, %u of "
                  "no consequence; %u differences, %u leaks\n", story->name, error, tally.injected,
                  tally.refused, tally.lost, tally.unheard, tally.differences, tally.leaks);
    assert_int_equal(tally.differences + tally.leaks, 0);
    assert_int_equal(tally.refused + tally.lost + tally.unheard, tally.injected);
    return tally;
}

static void sweep_both(const struct story *story, uint32_t refused_min, uint32_t lost_min) {
    static const int errors[] = {2, 719};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct tally tally = sweep(story, errors[i]);
        assert_true(tally.refused >= refused_min && tally.lost >= lost_min);
        assert_true(tally.unheard < tally.injected / 3);
    }
}

static void test_music(void **state) {
    (void)state;
    sweep_both(&music, 50, 100);
}

static void test_states(void **state) {
    (void)state;
    sweep_both(&states, 0, 60);
}

// -------------------------------------------------------------------------------- does it see

static gpu_result event_kept(gpu_event event) {
    (void)event;
    return GPU_SUCCESS;
}

// Planted: one wrong bit, an event that is not given back, and a number that no call has.
static void test_sweep_sees(void **state) {
    (void)state;
    struct tally tally = {0};
    uint64_t opening;
    uint32_t bits;
    float right = music.reference[1234];
    memcpy(&bits, &right, sizeof bits);
    bits ^= 1;
    memcpy(&music.reference[1234], &bits, sizeof bits);
    assert_true(life(&music, 150, 719, &tally, &opening));
    music.reference[1234] = right;
    assert_true(tally.injected == 1 && tally.differences == 1 && tally.leaks == 0);
    assert_false(life(&music, 1000000, 719, &tally, &opening));
    assert_true(tally.injected == 1 && tally.differences == 1 && tally.leaks == 0);
    struct gpu_calls *calls = (struct gpu_calls *)gpu_driver_get(NULL, 0);
    struct gpu_calls whole = *calls;
    calls->event_end = event_kept;
    assert_true(life(&music, 150, 719, &tally, &opening));
    *calls = whole;
    assert_true(tally.injected == 2 && tally.differences == 1 && tally.leaks == 1);
    // What is left is the simulated driver's from here on: nothing may be asked after this.
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_music),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_sweep_sees),
    };
    return cmocka_run_group_tests(tests, stories_open, stories_close);
}
