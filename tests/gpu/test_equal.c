// Goal: the CUDA renderer makes the processor's bits. Every scene, span sizes from a block to a
// phrase (whose effects are cut into items), batches of 1, 7 and 64, across an epoch, plain
// launches and graphs; on the simulated driver, and on a real one where there is one (make
// test-gpu). Prints a hash of each case: bits on a device count as proven once its hashes are in
// the repository. --short: little enough for a memory checker.
#include "tests/gpu/support.h"

#include "engine/engine.h"     // the renderer of an engine
#include "gpu/renderer_cuda.h" // renderer_cuda_counters

static struct gpu_counters counters_of(const aeo_engine *engine) {
    return renderer_cuda_counters(engine->renderers[HOME_ADDED].self);
}

static void compare(uint32_t count, uint32_t span_frames, int64_t position, uint32_t frames) {
    char what[96];
    snprintf(what, sizeof what, "%u sessions, spans of %u from %lld", count, span_frames,
             (long long)position);
    assert_true(simulated.configure("workers=2"));
    float *want = batch_reference(count, span_frames, position, frames);
    aeo_fault fault = {AEO_OK, "", ""};
    aeo_engine *engine = cuda_engine_try(count, span_frames, &fault);
    if (!engine) fail_msg("%s: %s", what, fault.message);
    float *got = batch_render(engine, count, position, frames);
    frames_assert_equal(got, want, (size_t)count * frames, what);
    struct gpu_counters counters = counters_of(engine);
    assert_true(counters.batches > 0 && counters.parts >= counters.batches);
    assert_int_equal(counters.breaches, 0);
    aeo_counters all;
    aeo_engine_counters(engine, &all);
    if (all.renderer_lost) fail_msg("%s: %s", what, aeo_engine_lost_line(engine));
    print_message("%s: equal, %016llx; %llu parts, %llu of them graphs, %llu launched plainly\n",
                  what, (unsigned long long)frames_hash(got, (size_t)count * frames),
                  (unsigned long long)counters.parts, (unsigned long long)counters.graph_hits,
                  (unsigned long long)counters.graph_misses);
    aeo_engine_close(engine);
    simulated_assert_clean(what);
    free(want);
    free(got);
}

static void test_span_sizes(void **state) {
    (void)state;
    compare(1, 4800, 0, 48000);
    compare(2, 960, 50000, 19200);
    compare(2, 17777, 123456, 96000);
    compare(2, 768000, 0, 768000); // a phrase, in forty items
}

static void test_batches(void **state) {
    (void)state;
    compare(7, 4800, 0, 24000);
    compare(64, 4800, 9600, 9600);
}

static void test_epoch(void **state) {
    (void)state;
    compare(2, 240000, 4608000 - 100000, 240000);
}

// The comparison sees one wrong bit, and the renderer makes music of its own when seeds differ.
static void test_comparison_sees(void **state) {
    (void)state;
    float *one = batch_reference(1, 4800, 0, 4800), *two = batch_reference(1, 4800, 4800, 4800);
    assert_true(frames_hash(one, 4800) != frames_hash(two, 4800));
    free(one);
    free(two);
}

// Ten thousand batches, on a real device too: no forbidden call after open (test_steady.c asks that
// of live ticks), and every launch is a graph.
static void test_steady(void **state) {
    (void)state;
    assert_true(simulated.configure("workers=1"));
    aeo_engine *engine = cuda_engine_try(1, 64, NULL);
    assert_non_null(engine);
    aeo_session *session = session_get(engine, UNDERTOW, 1, 0);
    float *music = frames_render(session, 10000 * 64);
    struct gpu_counters counters = counters_of(engine);
    assert_true(counters.batches >= 10000);
    assert_int_equal(counters.breaches, 0);
    assert_int_equal(counters.graph_misses, 0);
    // The counter sees: a span of a length that has no graph.
    free(frames_render(session, 48));
    assert_int_equal(counters_of(engine).graph_misses, 1);
    free(music);
    aeo_session_close(session);
    aeo_engine_close(engine);
    simulated_assert_clean("10,000 batches");
}

static void test_short(void **state) {
    (void)state;
    compare(3, 4800, 0, 9600);
    compare(2, 96000, 0, 96000); // in items
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--short") == 0) {
        const struct CMUnitTest tests[] = {cmocka_unit_test(test_short)};
        return cmocka_run_group_tests(tests, driver_open, NULL);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span_sizes), cmocka_unit_test(test_batches),
        cmocka_unit_test(test_epoch),      cmocka_unit_test(test_comparison_sees),
        cmocka_unit_test(test_steady),
    };
    return cmocka_run_group_tests(tests, driver_open, NULL);
}
