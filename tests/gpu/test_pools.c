// Goal: pools that are full are no surprise. A device whose memory holds fewer sessions than were
// asked for plays those and refuses the next in one line; a batch with more new notes than one part
// brings sends them ahead; one whose description does not fit into the staging memory waits until
// there is room. The bits are the processor's each time, in any order of the adversary's; and that
// the waiting matters is shown by leaving it out.
#include <sys/wait.h>
#include <unistd.h>

#include "tests/gpu/support.h"

#include "engine/engine.h"     // the renderer of an engine
#include "gpu/cuda_state.h"    // its limits
#include "gpu/driver.h"        // gpu_driver_get
#include "gpu/renderer_cuda.h" // renderer_cuda_counters

#define SPAN 960
#define SESSIONS 4

static struct renderer *renderer_of(aeo_engine *engine) {
    return engine->renderers[HOME_ADDED].self;
}

static aeo_engine *engine_make(const char *text, uint32_t sessions) {
    aeo_fault fault = {AEO_OK, "", ""};
    assert_true(simulated.configure(text));
    aeo_engine *engine = cuda_engine_try(sessions, SPAN, &fault);
    if (!engine) fail_msg("%s: %s", text, fault.message);
    return engine;
}

static void test_sessions(void **state) {
    (void)state;
    enum { ASKED = 64 };
    char text[64], message[64];
    aeo_session *sessions[ASKED];
    aeo_session_options options;
    aeo_fault fault = {AEO_OK, "", ""};
    aeo_counters counters;
    snprintf(text, sizeof text, "memory=%d", 60 << 20);
    aeo_engine *engine = engine_make(text, ASKED);
    aeo_engine_counters(engine, &counters);
    const uint32_t held = counters.sessions_max;
    assert_in_range(held, 2, ASKED - 1);
    aeo_session_options_default(&options);
    for (uint32_t i = 0; i < held; i++)
        assert_int_equal(aeo_session_open(engine, &options, &sessions[i], &fault), AEO_OK);
    assert_int_equal(aeo_session_open(engine, &options, &sessions[held], &fault), AEO_ERR_FULL);
    snprintf(message, sizeof message, "all %u sessions are in use", held);
    assert_string_equal(fault.message, message);
    for (uint32_t i = 0; i < held; i++)
        aeo_session_close(sessions[i]);
    // All that are held play at once.
    float *want = batch_reference(held, SPAN, 0, SPAN), *got = batch_render(engine, held, 0, SPAN);
    frames_assert_equal(got, want, (size_t)held * SPAN, "a full device");
    print_message("%u of %d sessions held, the next one: %s\n", held, ASKED, fault.message);
    free(want);
    free(got);
    aeo_engine_close(engine);
    simulated_assert_clean(text);
}

// A span of COUNT sessions, all from the beginning on, in one batch each.
static float *crowd_render(aeo_engine *engine, uint32_t count) {
    float *out = malloc((size_t)count * SPAN * 2 * sizeof *out);
    aeo_session **sessions = calloc(count, sizeof *sessions);
    float **outs = calloc(count, sizeof *outs);
    assert_true(out && sessions && outs);
    for (uint32_t i = 0; i < count; i++) {
        sessions[i] = session_get(engine, HARBOUR, i + 1, 0);
        outs[i] = out + 2 * (size_t)i * SPAN;
    }
    assert_int_equal(aeo_sessions_render(sessions, count, outs, SPAN), AEO_OK);
    for (uint32_t i = 0; i < count; i++)
        aeo_session_close(sessions[i]);
    free(outs);
    free(sessions);
    return out;
}

static void test_notes(void **state) {
    (void)state;
    enum { CROWD = 240 };
    aeo_engine *engine = engine_make("workers=2", CROWD);
    aeo_engine *cpu = engine_get(&(struct setup){
        .renderer = "cpu", .threads = 2, .sessions = CROWD, .span_frames = SPAN});
    float *want = crowd_render(cpu, CROWD), *got = crowd_render(engine, CROWD);
    aeo_engine_close(cpu);
    frames_assert_equal(got, want, (size_t)CROWD * SPAN, "more notes than a part brings");
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    struct gpu_counters gpu = renderer_cuda_counters(renderer_of(engine));
    print_message("%llu notes in %llu batches, %llu parts\n", (unsigned long long)counters.notes,
                  (unsigned long long)gpu.batches, (unsigned long long)gpu.parts);
    assert_int_equal(counters.renderer_lost, 0);
    assert_true(counters.notes > GPU_PART_FRESH_MAX);
    assert_true(gpu.parts > gpu.batches); // a part with notes alone went ahead
    free(want);
    free(got);
    aeo_engine_close(engine);
    simulated_assert_clean("notes");
}

// ------------------------------------------------------------------------------------- staging

static gpu_result (*query_whole)(gpu_event event);
static const struct renderer *impatient; // while it sends, takes what is under way for done

static gpu_result query_impatient(gpu_event event) {
    gpu_result result = query_whole(event);
    bool sending = impatient && !impatient->batch && event == impatient->done;
    return sending && result == GPU_ERROR_NOT_READY ? GPU_SUCCESS : result;
}

// A span a part, and staging memory for one part. Whether the samples came from the device and are
// right; adds to *WAITS how often there was no room.
static bool staging_right(int seed, const float *want, bool impatience, uint64_t *waits) {
    char text[64];
    snprintf(text, sizeof text, "adversary=1,workers=2,seed=%d", seed);
    aeo_engine *engine = engine_make(text, SESSIONS);
    struct renderer *self = renderer_of(engine);
    self->limits.part_spans = 1;
    self->limits.stage_bytes = self->limits.part_bytes;
    impatient = impatience ? self : NULL;
    float *got = batch_render(engine, SESSIONS, 0, 2 * SPAN);
    impatient = NULL;
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    *waits += renderer_cuda_counters(self).stage_waits;
    bool right = memcmp(got, want, SESSIONS * 2 * SPAN * 2 * sizeof *got) == 0;
    free(got);
    aeo_engine_close(engine);
    return right && counters.renderer_lost == 0;
}

// How many of the first SEEDS schedules are right.
static uint32_t staging_count(int seeds, bool impatience, uint64_t *waits) {
    struct gpu_calls *calls = (struct gpu_calls *)gpu_driver_get(NULL, 0);
    query_whole = calls->event_query;
    calls->event_query = query_impatient;
    float *want = batch_reference(SESSIONS, SPAN, 0, 2 * SPAN);
    uint32_t right = 0;
    for (int seed = 1; seed <= seeds; seed++)
        right += staging_right(seed, want, impatience, waits);
    calls->event_query = query_whole;
    free(want);
    return right;
}

static void test_staging(void **state) {
    (void)state;
    enum { SEEDS = 10 };
    uint64_t waits = 0;
    assert_int_equal(staging_count(SEEDS, false, &waits), SEEDS);
    simulated_assert_clean("staging");
    print_message("%llu waits for staging memory in %d schedules, 0 differences\n",
                  (unsigned long long)waits, SEEDS);
    assert_true(waits >= SEEDS);
}

// Planted: it does not wait. Samples are wrong, or the device is lost; even a crash would be no
// wonder, so a process of its own finds out. Without the defect it must be content.
static bool child_complains(bool impatience) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        uint64_t waits = 0;
        _exit(simulated_open(NULL) == 0 && staging_count(3, impatience, &waits) == 3 && waits > 0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return false;
    return WIFSIGNALED(status) || WEXITSTATUS(status) == 0;
}

static bool planted_seen;

static void test_impatience_is_seen(void **state) {
    (void)state;
    assert_true(planted_seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_staging),
        cmocka_unit_test(test_impatience_is_seen),
    };
    // While this process has no thread yet.
    planted_seen = child_complains(true) && !child_complains(false);
    return cmocka_run_group_tests(tests, simulated_open, NULL);
}
