// Goal: in live music the driver is asked for nothing that takes memory, waits, copies while the
// host stands still, or calls back: not once in ten thousand ticks, with listeners coming and
// going. Two witnesses count: the renderer's sealed table, and the simulated driver, which knows
// every call by name; a breach of each kind is planted and must be found. That there is no
// synchronous call and no callback at all is read off the list of functions.
//
// Ten thousand ticks are a quarter of an hour, but time is ours (own_time.h). The kernels do
// nothing here; what they make is the subject of test_equal.c.
#include <stdatomic.h>
#include <time.h>

#include "tests/gpu/support.h"

#include "engine/engine.h"     // the renderer of an engine
#include "gpu/cuda_state.h"    // its table
#include "gpu/renderer_cuda.h" // renderer_cuda_counters

#define TICKS 10000

// ----------------------------------------------------------------------------------- listeners

struct listener {
    aeo_session *session;
    atomic_uint spans;
};
static struct listener stays, visits;

static aeo_engine *engine;
static gpu_result (*record_whole)(gpu_event event, gpu_stream stream);
static atomic_uint records;
static uint32_t plant; // a breach in this record of an event; 0: none

// Plants an allocation beside the sealed table and one through it.
static gpu_result record_breach(gpu_event event, gpu_stream stream) {
    if (plant && atomic_fetch_add(&records, 1) == plant) {
        struct renderer *self = engine->renderers[HOME_ADDED].self;
        gpu_memory memory = 0;
        assert_int_equal(self->device.table.whole->memory_take(&memory, 512), GPU_SUCCESS);
        assert_int_equal(self->device.table.whole->memory_give(memory), GPU_SUCCESS);
        assert_int_equal(self->cuda->memory_take(&memory, 512), GPU_ERROR_UNKNOWN);
    }
    return record_whole(event, stream);
}

// Hears a tick at a time.
static void on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    struct listener *listener = session_user;
    (void)user;
    atomic_fetch_add(&listener->spans, 1);
    aeo_session_want(session, span->position + span->frames + AEO_TICK_FRAMES);
}

static void come(struct listener *listener, uint64_t seed) {
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.scene = seed % 2 ? HARBOUR : UNDERTOW;
    options.seed = seed;
    options.user = listener;
    assert_int_equal(aeo_session_open(engine, &options, &listener->session, NULL), AEO_OK);
    assert_int_equal(aeo_session_start(listener->session), AEO_OK);
}

static void spans_await(struct listener *listener, uint32_t spans) {
    const uint32_t until = atomic_load(&listener->spans) + spans;
    struct timespec nap = {0, 1000000};
    for (int i = 0; atomic_load(&listener->spans) < until; i++) {
        if (i > 240000) fail_msg("%u of %u spans", atomic_load(&listener->spans), until);
        nanosleep(&nap, NULL);
    }
}

// ------------------------------------------------------------------------------------ witnesses

// Calls of functions that only opening and closing may call, as the driver has counted them.
static uint64_t open_calls(void) {
    uint64_t calls = 0;
    enum { OPEN, RUN };
#define COUNT(kind, field, symbol, parameters) \
    calls += kind == OPEN ? simulated.calls_of(#symbol) : 0;
    GPU_CALLS(COUNT)
#undef COUNT
    return calls;
}

static struct gpu_counters counters_now(void) {
    return renderer_cuda_counters(engine->renderers[HOME_ADDED].self);
}

static void engine_make(void) {
    assert_true(simulated.configure("idle=1"));
    engine = cuda_engine_live(2, on_span);
    // The renderer calls through a copy of the table: events are recorded in every batch.
    struct renderer *self = engine->renderers[HOME_ADDED].self;
    record_whole = self->device.table.calls.event_record;
    self->device.table.calls.event_record = record_breach;
    assert_int_equal(aeo_engine_start(engine), AEO_OK);
}

static void engine_end(void) {
    aeo_session_close(stays.session);
    aeo_engine_close(engine);
    simulated_assert_clean("steady");
}

// --------------------------------------------------------------------------------------- tests

static void test_ten_thousand_ticks(void **state) {
    (void)state;
    plant = 0;
    engine_make();
    const uint64_t opened = open_calls(), breaches = counters_now().breaches;
    assert_true(opened > 20); // the witness sees
    come(&stays, 1);
    for (uint64_t visit = 0; visit < 20; visit++) {
        come(&visits, 2 + visit);
        spans_await(&visits, TICKS / 40);
        aeo_session_close(visits.session);
        spans_await(&stays, TICKS / 40);
    }
    while (atomic_load(&stays.spans) < TICKS)
        spans_await(&stays, 1);
    aeo_counters counters;
    aeo_engine_counters(engine, &counters);
    struct gpu_counters gpu = counters_now();
    assert_true(counters.ticks >= TICKS && gpu.batches >= TICKS);
    assert_int_equal(counters.batches_added, counters.batches);
    assert_int_equal(counters.renderer_lost, 0);
    assert_true(counters.snapshots > TICKS / 20);
    assert_int_equal(open_calls() - opened, 0);
    assert_int_equal(gpu.breaches - breaches, 0);
    assert_int_equal(gpu.graph_misses, 0);
    print_message("%llu ticks, %llu batches, %llu snapshots: 0 calls that take memory or wait, 0 "
                  "breaches\n", (unsigned long long)counters.ticks,
                  (unsigned long long)gpu.batches, (unsigned long long)counters.snapshots);
    engine_end();
}

// The planted breach is seen by both, whichever way it took.
static void test_breach_is_seen(void **state) {
    (void)state;
    plant = 200;
    engine_make();
    const uint64_t opened = open_calls(), breaches = counters_now().breaches;
    come(&stays, 1);
    spans_await(&stays, 200);
    assert_int_equal(open_calls() - opened, 2); // taken and given back
    assert_int_equal(counters_now().breaches - breaches, 1);
    engine_end();
}

// Whether a driver function may be in the list: nothing that waits for the device or calls back.
static bool allowed(const char *symbol) {
    static const char *const never[] = {"Synchronize", "HostFunc", "Callback", "PageableMemory"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(symbol, never[i])) return false;
    bool moves = strstr(symbol, "cuMemcpy") || strstr(symbol, "cuMemset");
    return !moves || strstr(symbol, "Async");
}

static void test_no_such_function(void **state) {
    (void)state;
#define CHECK(kind, field, symbol, parameters) assert_true(allowed(#symbol));
    GPU_CALLS(CHECK)
#undef CHECK
    assert_true(allowed("cuMemcpyDtoHAsync_v2") && allowed("cuEventQuery"));
    assert_false(allowed("cuMemcpyDtoH_v2") || allowed("cuMemsetD8_v2"));
    assert_false(allowed("cuStreamSynchronize") || allowed("cuLaunchHostFunc"));
    assert_false(allowed("cuStreamAddCallback"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_such_function),
        cmocka_unit_test(test_ten_thousand_ticks),
        cmocka_unit_test(test_breach_is_seen),
    };
    return cmocka_run_group_tests(tests, simulated_open, NULL);
}
