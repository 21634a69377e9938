// Goal: once the engine is open, nothing is allocated: not by opening, starting, changing and
// closing sessions, not by composing, rendering, encoding, reporting and moving from one renderer
// to the other, on no thread. The allocator is replaced by one that aborts while it is forbidden;
// each scenario runs in a process of its own, and a planted malloc must be caught.
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiling/trace_file.h" // trace_file_start
#include "server/encoder_pool.h"  // encoder_feed
#include "tests/engine/renderer_flaky.h"
#include "tests/engine/support.h"

// glibc's own, under the names that replacements may call.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *memory);

static atomic_bool forbidden;

static void check(void) {
    if (atomic_load_explicit(&forbidden, memory_order_relaxed)) abort();
}

void *malloc(size_t size) {
    check();
    return __libc_malloc(size);
}
void *calloc(size_t count, size_t size) {
    check();
    return __libc_calloc(count, size);
}
void *realloc(void *old, size_t size) {
    check();
    return __libc_realloc(old, size);
}
void *aligned_alloc(size_t align, size_t size) {
    check();
    return __libc_memalign(align, size);
}
void free(void *memory) {
    if (memory) check();
    __libc_free(memory);
}

static void *volatile sink; // keeps the compiler from leaving the planted call out
static bool planted;
static bool two_renderers; // the other one takes batches of two and more, and long offline spans
static atomic_uint spans, receipts;

// What the server does with a span, on the thread that rendered it: by the session's number.
static struct encoder_pool encoders;
static struct packet_slot slots[3][PACKET_QUEUE_SLOTS];
static struct slot_queue queues[3];
static atomic_uint packets;

static void encode(uint32_t number, const aeo_span *span) {
    encoder_feed(&encoders.encoders[number], &queues[number], span->interleaved, span->frames);
    for (; slot_queue_front(&queues[number]); slot_queue_release(&queues[number]))
        atomic_fetch_add(&packets, 1);
}

static void on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    (void)user;
    (void)session;
    encode((uint32_t)(uintptr_t)session_user, span);
    if (atomic_fetch_add(&spans, 1) == 5 && planted) sink = malloc(1);
}

static void on_receipt(void *user, aeo_session *session, void *session_user,
                       const aeo_receipt *receipt) {
    (void)user;
    (void)session;
    (void)session_user;
    (void)receipt;
    atomic_fetch_add(&receipts, 1);
}

static void renderers_choose(aeo_options *options) {
    static const struct aeo_renderer *const added[] = {&renderer_flaky_own};
    if (!two_renderers) return;
    options->renderer = added[0]->name;
    options->renderers = added;
    options->renderer_count = 1;
    options->min_gpu_batch = 2;
}

// A child's whole life; its exit status is the result.
static int live_child(void) {
    aeo_options options;
    aeo_options_default(&options);
    options.sessions_max = 3;
    options.threads = 2;
    options.on_span = on_span;
    options.on_receipt = on_receipt;
    renderers_choose(&options);
    aeo_engine *engine;
    if (aeo_engine_open(&options, &engine, NULL) || aeo_engine_start(engine)) return 2;
    if (!encoder_pool_open(&encoders, 3, OPUS_COMPLEXITY_DEFAULT)) return 6;
    for (int i = 0; i < 3; i++)
        slot_queue_init(&queues[i], slots[i], PACKET_QUEUE_SLOTS, sizeof slots[i][0]);
    sleep_ms(50); // a starting thread sets up its own things
    atomic_store(&forbidden, true);
    for (int64_t round = 0; round < 3; round++) {
        aeo_session *sessions[3];
        for (int i = 0; i < 3; i++) {
            aeo_session_options music;
            aeo_session_options_default(&music);
            music.scene = i == 1 ? UNDERTOW : HARBOUR;
            music.seed = (uint64_t)(round * 3 + i);
            music.position = round * 90 * SECOND + 15 * SECOND; // a phrase begins soon
            music.user = (void *)(uintptr_t)i;
            if (aeo_session_open(engine, &music, &sessions[i], NULL)) return 3;
            encoder_reset(&encoders.encoders[i], BITRATE_DEFAULT, music.position, music.position);
            if (aeo_session_start(sessions[i])) return 4;
            aeo_setting settings[2] = {{0, 0.8}, {3, 0.1}};
            aeo_session_set(sessions[i], 1, settings, 2);
            aeo_session_scene(sessions[i], 2, UNDERTOW);
            aeo_session_set(sessions[i], 3, &(aeo_setting){99, 0}, 1); // refused
            aeo_session_want(sessions[i], music.position + 20 * SECOND);
        }
        uint32_t until = atomic_load(&spans) + 30;
        for (int i = 0; atomic_load(&spans) < until && i < 4000; i++)
            sleep_ms(5);
        for (int i = 0; i < 3; i++) {
            aeo_session_info info;
            aeo_session_describe(sessions[i], &info);
            aeo_session_close(sessions[i]);
        }
    }
    atomic_store(&forbidden, false);
    aeo_engine_close(engine);
    encoder_pool_close(&encoders);
    if (atomic_load(&packets) < 90) return 7;
    return atomic_load(&spans) >= 90 && atomic_load(&receipts) >= 27 ? 0 : 5;
}

static int offline_child(void) {
    aeo_options options;
    aeo_options_default(&options);
    options.threads = 2;
    options.span_frames_max = 96000;
    renderers_choose(&options);
    aeo_engine *engine;
    if (aeo_engine_open(&options, &engine, NULL)) return 2;
    static float out[2 * 20 * SECOND];
    sleep_ms(50);
    atomic_store(&forbidden, true);
    aeo_session_options music;
    aeo_session_options_default(&music);
    music.position = 100 * SECOND;
    music.exact = true;
    aeo_session *session;
    if (aeo_session_open(engine, &music, &session, NULL)) return 3;
    if (aeo_session_scene_at(session, 101 * SECOND, UNDERTOW, NULL, NULL)) return 4;
    if (aeo_session_render(session, out, 20 * SECOND)) return 5;
    if (aeo_session_render(session, out, 4800)) return 6;
    if (planted) sink = malloc(1);
    aeo_session_close(session);
    atomic_store(&forbidden, false);
    aeo_engine_close(engine);
    return 0;
}

// The child's status while a trace is recorded, which must have seen it all.
static int traced(int (*child)(void)) {
    bool busy;
    const struct trace_request request = {
        .descriptor = open("/dev/null", O_WRONLY), .threads = 16, .events = TRACE_EVENTS};
    struct trace_file *trace = trace_file_start(&request, &busy);
    if (!trace) return 8;
    trace_file_await(trace);
    int status = child();
    struct trace_outcome outcome = trace_file_end(trace);
    if (status) return status;
    return outcome.error == 0 && outcome.events > 50 && outcome.dropped == 0 ? 0 : 9;
}

static int live_traced(void) {
    return traced(live_child);
}

static int offline_traced(void) {
    return traced(offline_child);
}

static int run(int (*child)(void), bool plant) {
    planted = plant;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) _exit(child());
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_nothing_is_allocated(void **state) {
    (void)state;
    int (*children[])(void) = {live_child, offline_child, live_traced, offline_traced};
    for (int i = 0; i < 4; i++) { // while a trace is recorded, too
        two_renderers = i >= 2;
        int status = run(children[i], false);
        if (WIFSIGNALED(status)) fail_msg("child %d: signal %d", i, WTERMSIG(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

// The detector works: one planted allocation, on a worker and on the caller's thread.
static void test_planted_is_caught(void **state) {
    (void)state;
    int (*children[])(void) = {live_child, offline_child};
    two_renderers = false;
    for (int i = 0; i < 2; i++) {
        int status = run(children[i], true);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_allocated),
        cmocka_unit_test(test_planted_is_caught),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
