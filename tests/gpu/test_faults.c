// Goal: whatever a driver does, the music goes on. Two hundred schedules of an adversary that runs
// independent work in any order; a kernel that never ends; memory for little or nothing: the same
// bits, no leak, no forbidden call. And a missing event wait is caught. (Calls that fail are the
// subject of test_sweep.c.)
#include "tests/gpu/support.h"

#include "engine/engine.h"  // the renderer of an engine
#include "gpu/cuda_state.h" // its streams
#include "gpu/driver.h"     // gpu_driver_get

#define SESSIONS 2
#define SPAN 960
#define FRAMES (6 * SPAN)     // behind five spans of look-back: eleven batches
#define FEW_FRAMES (2 * SPAN) // where there are many lives to live
#define TICK 4800

static float *reference;

static int reference_make(void **state) {
    setenv("AEOLIAN_GPU_WATCHDOG_MS", "60000", 1); // a simulated device is slow
    reference = batch_reference(SESSIONS, SPAN, 0, FRAMES);
    return simulated_open(state);
}

static int reference_free(void **state) {
    (void)state;
    free(reference);
    return 0;
}

// One life of an engine under TEXT; how often its renderer was lost, -1: it did not open.
static int life(const char *text, uint32_t frames, char *why, size_t cap) {
    aeo_fault fault = {AEO_OK, "", ""};
    assert_true(simulated.configure(text));
    aeo_engine *engine = cuda_engine_try(SESSIONS, SPAN, &fault);
    if (!engine) {
        snprintf(why, cap, "%s", fault.message);
        assert_true(fault.status != AEO_OK && fault.message[0]);
        return -1;
    }
    float *music = batch_render(engine, SESSIONS, 0, frames);
    for (size_t i = 0; i < SESSIONS; i++)
        frames_assert_equal(music + 2 * i * frames, reference + 2 * i * FRAMES, frames, text);
    free(music);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    snprintf(why, cap, "%s", aeo_engine_lost_line(engine));
    assert_int_equal(counters.renderer_lost > 0, why[0] != 0);
    aeo_engine_close(engine);
    return (int)counters.renderer_lost;
}

static void test_adversary(void **state) {
    (void)state;
    for (int seed = 1; seed <= 200; seed++) {
        char text[64], why[256];
        snprintf(text, sizeof text, "adversary=1,workers=2,seed=%d", seed);
        assert_int_equal(life(text, FEW_FRAMES, why, sizeof why), 0);
        simulated_assert_clean(text);
    }
    print_message("200 schedules: 0 races, 0 differences\n");
}

// Both slots of the double buffer in use several times over: a span per part, four parts a batch.
// With all waits there is no race; without those of either stream alone there is one. (The waits of
// the compute stream are for a slot's last samples to be home before its next part overwrites them,
// those of the copy stream for a part to be rendered before it is copied.)
#define PARTS 4

static gpu_result (*wait_whole)(gpu_stream stream, gpu_event event, unsigned flags);
static gpu_stream deaf; // this stream waits for nobody

static gpu_result wait_unless_deaf(gpu_stream stream, gpu_event event, unsigned flags) {
    return stream == deaf ? GPU_SUCCESS : wait_whole(stream, event, flags);
}

// Renders PARTS spans under SEED. Whether a race was seen; when none was, the samples are right.
static bool parts_race(int seed, bool compute_deaf, bool copy_deaf, const float *want) {
    char text[64], line[256] = "";
    snprintf(text, sizeof text, "adversary=1,workers=2,seed=%d", seed);
    assert_true(simulated.configure(text));
    deaf = NULL;
    aeo_engine *engine = cuda_engine_try(PARTS, SPAN, NULL);
    assert_non_null(engine);
    struct renderer *self = engine->renderers[HOME_ADDED].self;
    self->limits.part_spans = 1;
    deaf = compute_deaf ? self->compute : copy_deaf ? self->copy : NULL;
    float *music = batch_render(engine, PARTS, 0, FEW_FRAMES);
    bool race = simulated.fault(line, sizeof line) && strstr(line, "race");
    if (!race) frames_assert_equal(music, want, PARTS * FEW_FRAMES, text);
    assert_true(self->counters.parts >= 2 * PARTS);
    free(music);
    aeo_engine_close(engine);
    return race;
}

static void test_each_stream_waits(void **state) {
    (void)state;
    enum { SEEDS = 12 };
    struct gpu_calls *calls = (struct gpu_calls *)gpu_driver_get(NULL, 0);
    struct gpu_calls whole = *calls;
    wait_whole = whole.stream_wait;
    calls->stream_wait = wait_unless_deaf;
    float *want = batch_reference(PARTS, SPAN, 0, FEW_FRAMES);
    uint32_t none = 0, compute = 0, copy = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
        none += parts_race(seed, false, false, want);
        compute += parts_race(seed, true, false, want);
        copy += parts_race(seed, false, true, want);
    }
    *calls = whole;
    deaf = NULL;
    free(want);
    print_message("races in %u of %d schedules; %u without the compute stream's waits, %u without "
                  "the copy stream's\n", none, SEEDS, compute, copy);
    assert_int_equal(none, 0);
    assert_int_equal(compute, SEEDS);
    assert_int_equal(copy, SEEDS);
}

// Drops the waits of one stream for another.
static gpu_result wait_for_nobody(gpu_stream stream, gpu_event event, unsigned flags) {
    (void)stream;
    (void)event;
    (void)flags;
    return GPU_SUCCESS;
}

static void test_missing_wait(void **state) {
    (void)state;
    struct gpu_calls *calls = (struct gpu_calls *)gpu_driver_get(NULL, 0);
    struct gpu_calls whole = *calls;
    uint32_t caught = 0;
    calls->stream_wait = wait_for_nobody;
    for (int seed = 1; seed <= 10; seed++) {
        char text[64], line[256] = "";
        snprintf(text, sizeof text, "adversary=1,workers=2,seed=%d", seed);
        assert_true(simulated.configure(text));
        aeo_engine *engine = cuda_engine_try(SESSIONS, SPAN, NULL);
        assert_non_null(engine);
        free(batch_render(engine, SESSIONS, 0, SPAN));
        caught += simulated.fault(line, sizeof line) && strstr(line, "race");
        aeo_engine_close(engine);
    }
    *calls = whole;
    print_message("the planted missing wait: a race in %u of 10 schedules\n", caught);
    assert_int_equal(caught, 10);
}

static void test_watchdog(void **state) {
    (void)state;
    char why[256];
    assert_int_equal(life("", FRAMES, why, sizeof why), 0);
    const uint64_t launches = simulated.launches();
    setenv("AEOLIAN_GPU_WATCHDOG_MS", "200", 1);
    char text[64];
    snprintf(text, sizeof text, "hang=%d", (int)launches - 7);
    assert_int_equal(life(text, FRAMES, why, sizeof why), 1);
    setenv("AEOLIAN_GPU_WATCHDOG_MS", "60000", 1);
    assert_non_null(strstr(why, "did not end in time"));
    print_message("hung kernel: %s\n", why);
    // What a hung device holds stays with the process: nothing here may be asked after this.
}

// Less memory: first fewer spans at a time, then fewer blocks, then fewer sessions, then no.
static void test_little_memory(void **state) {
    (void)state;
    static const struct {
        int megabytes;
        const char *says;
    } steps[] = {{2000, "driver 13.0)"}, {75, " of 16 spans at a time"}, {60, " of 64 sessions"}};
    char text[64];
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        snprintf(text, sizeof text, "memory=%d", steps[i].megabytes << 20);
        assert_true(simulated.configure(text));
        aeo_fault fault = {AEO_OK, "", ""};
        aeo_engine *engine = cuda_engine_try(i == 0 ? 2 : i == 1 ? 16 : 64, TICK, &fault);
        if (!engine) fail_msg("%d MB: %s", steps[i].megabytes, fault.message);
        const char *line = aeo_engine_renderer_line(engine);
        print_message("%d MB: %s\n", steps[i].megabytes, line);
        assert_non_null(strstr(line, steps[i].says));
        float *music = batch_render(engine, SESSIONS, 0, FRAMES);
        frames_assert_equal(music, reference, SESSIONS * FRAMES, text);
        free(music);
        aeo_counters counters;
        aeo_engine_counters(engine, &counters);
        assert_true(i < 2 || counters.sessions_max < 64); // the rest is refused
        aeo_engine_close(engine);
        simulated_assert_clean(text);
    }
    aeo_fault fault = {AEO_OK, "", ""};
    assert_true(simulated.configure("memory=1000000"));
    assert_null(cuda_engine_try(1, SPAN, &fault));
    assert_int_equal(fault.status, AEO_ERR_MEMORY);
    print_message("1 MB: %s\n", fault.message);
    simulated_assert_clean("1 MB");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_stream_waits), cmocka_unit_test(test_missing_wait),
        cmocka_unit_test(test_adversary),         cmocka_unit_test(test_little_memory),
        cmocka_unit_test(test_watchdog),
    };
    return cmocka_run_group_tests(tests, reference_make, reference_free);
}
