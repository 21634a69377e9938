// Goal: a kernel that never ends costs its budget and not a sample. A live listener hears on while
// the GPU hangs; the renderer is given up as soon as the batch has taken as long as its longest
// span plays (a tick, or the first span's lead), which is within the lead: no span is late, and the
// bits are those of an offline render. With a longer budget, which the environment can give, the
// same hang is a gap, and the test sees it. Time is the test's own (own_time.h), so the budget is
// read off and not measured.
//
// What a hung device holds stays with its process: each case has one of its own.
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/gpu/own_time.h"
#include "tests/gpu/support.h"

#include "gpu/kernels.h"       // GPU_KERNEL_COUNT

#define SPANS 20
#define FRAMES (AEO_LEAD_FRAMES + (SPANS - 1) * AEO_TICK_FRAMES)
#define FRAME_NS (1e9 / 48000)

// One listener, who hears as time goes by.
static struct {
    _Atomic(aeo_session *) session;
    int64_t began_ns, next;
    int64_t waited_ns; // since the hang began
    uint32_t lost_frames; // of the span that was under way
    uint64_t hang; // launch that hangs
    float music[(FRAMES + AEO_LEAD_FRAMES) * 2];
    atomic_uint frames;
    bool errors;
} listener;

static bool hanging(void) {
    return simulated.launches() >= listener.hang && !listener.lost_frames;
}

static void time_moved(void) {
    static int64_t before_ns;
    aeo_session *session = atomic_load(&listener.session);
    int64_t now_ns = own_time_ns();
    if (session && hanging()) listener.waited_ns += now_ns - before_ns;
    before_ns = now_ns;
    if (!session || listener.next == 0) return; // it begins to hear with the first span
    int64_t heard = (int64_t)((double)(now_ns - listener.began_ns) / FRAME_NS);
    aeo_session_want(session, heard + AEO_LEAD_FRAMES);
}

static void on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    (void)user;
    (void)session;
    (void)session_user;
    if (hanging()) listener.lost_frames = span->frames;
    if (listener.next == 0) listener.began_ns = own_time_ns();
    if (listener.next >= FRAMES) return;
    listener.errors |= span->position != listener.next;
    memcpy(listener.music + 2 * listener.next, span->interleaved,
           span->frames * 2 * sizeof *span->interleaved);
    listener.next += span->frames;
    atomic_store(&listener.frames, (uint32_t)listener.next);
}

static aeo_engine *engine_make(const char *text) {
    assert_true(simulated.configure(text));
    return cuda_engine_live(1, on_span);
}

static uint64_t opening_launches(void) {
    aeo_engine_close(engine_make(""));
    return simulated.launches();
}

// Plays with a hang in batch BATCH (from 0) behind opening.
static aeo_counters hang(uint32_t batch) {
    char text[64];
    listener.hang = opening_launches() + batch * GPU_KERNEL_COUNT + 2;
    snprintf(text, sizeof text, "hang=%llu", (unsigned long long)listener.hang);
    own_time_moved = time_moved;
    own_time_nap_passes = hanging;
    aeo_engine *engine = engine_make(text);
    aeo_session *session = session_get(engine, HARBOUR, 1, 0);
    assert_int_equal(aeo_engine_start(engine), AEO_OK);
    atomic_store(&listener.session, session);
    assert_int_equal(aeo_session_start(session), AEO_OK);
    struct timespec nap = {0, 5000000};
    for (int i = 0; atomic_load(&listener.frames) < FRAMES; i++) {
        if (i > 24000) fail_msg("%u of %d frames", atomic_load(&listener.frames), FRAMES);
        nanosleep(&nap, NULL);
    }
    atomic_store(&listener.session, NULL);
    aeo_session_close(session);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    assert_int_equal(counters.renderer_lost, 1);
    assert_non_null(strstr(aeo_engine_lost_line(engine), "did not end in time"));
    print_message("a span of %u frames: %s; given up after %.1f ms, %llu spans late\n",
                  listener.lost_frames, aeo_engine_lost_line(engine),
                  (double)listener.waited_ns / 1e6, (unsigned long long)counters.spans_late);
    aeo_engine_close(engine);
    assert_false(listener.errors);
    float *offline = music_render(&(struct setup){.threads = 2, .renderer = "cpu"}, HARBOUR, 1, 0,
                                  FRAMES);
    frames_assert_equal(listener.music, offline, FRAMES, "live against offline");
    free(offline);
    return counters;
}

static void budget_assert(uint32_t frames) {
    const double budget_ns = frames * FRAME_NS;
    assert_int_equal(listener.lost_frames, frames);
    assert_true((double)listener.waited_ns >= budget_ns);
    assert_true((double)listener.waited_ns <= budget_ns + 1e6);
}

static void test_tick(void **state) {
    (void)state;
    unsetenv("AEOLIAN_GPU_WATCHDOG_MS");
    aeo_counters counters = hang(8);
    budget_assert(AEO_TICK_FRAMES);
    assert_int_equal(counters.spans_late, 0);
}

// Batch 0 is what the effects begin with.
static void test_first_span(void **state) {
    (void)state;
    unsetenv("AEOLIAN_GPU_WATCHDOG_MS");
    aeo_counters counters = hang(1);
    budget_assert(AEO_LEAD_FRAMES);
    assert_int_equal(counters.spans_late, 0);
}

// The detector works: longer than the lead is a gap.
static void test_gap_is_seen(void **state) {
    (void)state;
    setenv("AEOLIAN_GPU_WATCHDOG_MS", "900", 1);
    aeo_counters counters = hang(8);
    assert_true(listener.waited_ns >= 900000000 && listener.waited_ns <= 901000000);
    assert_true(counters.spans_late > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tick),
        cmocka_unit_test(test_first_span),
        cmocka_unit_test(test_gap_is_seen),
    };
    int failed = 0;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            const struct CMUnitTest alone[] = {tests[i]};
            return cmocka_run_group_tests(alone, simulated_open, NULL);
        }
        int status = 1;
        failed += child < 0 || waitpid(child, &status, 0) != child || status != 0;
    }
    return failed;
}
