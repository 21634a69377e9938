// Goal: a tool that attaches sees every stage of the sound's way by its name, and every range ends.
// On the processor, on the simulated device with launches one by one, and in the encoder.
#include "tests/gpu/support.h"

#include <dlfcn.h>

#include "profiling/range.h"     // RANGES
#include "server/encoder_pool.h" // encoder_feed
#include "tests/gpu/nvtx_tool.h" // nvtx_tool_begun

static uint64_t (*begun)(const char *name);
static uint64_t (*left_open)(void);

static int tool_open(void **state) {
    void *library = dlopen(getenv("NVTX_INJECTION64_PATH"), RTLD_NOW | RTLD_LOCAL);
    void *address = library ? dlsym(library, "nvtx_tool_begun") : NULL;
    if (!address) return 1;
    memcpy(&begun, &address, sizeof begun);
    address = dlsym(library, "nvtx_tool_open");
    memcpy(&left_open, &address, sizeof left_open);
    return simulated_open(state);
}

// How often each of NAMES begins while BODY runs; at least once, and as many end.
static void expect(const char *what, void (*body)(void), const char *const *names) {
    uint64_t before[RANGE_COUNT];
    for (int i = 0; names[i]; i++)
        before[i] = begun(names[i]);
    body();
    for (int i = 0; names[i]; i++) {
        if (begun(names[i]) == before[i]) fail_msg("%s: no range \"%s\"", what, names[i]);
    }
    assert_int_equal(left_open(), 0);
}

static void on_the_processor(void) {
    free(batch_reference(1, 4800, 0, 9600));
}

// Spans of no usual length are launched kernel by kernel.
static void on_the_device(void) {
    aeo_engine *engine = cuda_engine_try(1, 9600, NULL);
    assert_non_null(engine);
    free(batch_render(engine, 1, 0, 4000));
    aeo_engine_close(engine);
    simulated_assert_clean("ranges");
}

static void in_the_encoder(void) {
    static float music[2 * 4800];
    static struct packet_slot slots[PACKET_QUEUE_SLOTS];
    static struct slot_queue queue;
    struct encoder_pool pool;
    assert_true(encoder_pool_open(&pool, 1, 5));
    slot_queue_init(&queue, slots, PACKET_QUEUE_SLOTS, sizeof *slots);
    encoder_reset(&pool.encoders[0], BITRATE_DEFAULT, 0, 0);
    encoder_feed(&pool.encoders[0], &queue, music, 4800);
    encoder_pool_close(&pool);
}

static void test_stages(void **state) {
    (void)state;
    assert_true(simulated.configure("workers=1"));
    range_open();
    expect("cpu", on_the_processor,
           (const char *const[]){"compose", "submit", "voices", "effects", NULL});
    expect("cuda", on_the_device, (const char *const[]){"compose", "submit", "voices", "effects",
                                                       "master", "copy", NULL});
    expect("encoder", in_the_encoder, (const char *const[]){"encode", NULL});
}

// Every name of the list is one that the stages above use: none is left behind unused.
static void test_names(void **state) {
    (void)state;
#define RANGE_USED(id, text) assert_true(begun(text) > 0);
    RANGES(RANGE_USED)
#undef RANGE_USED
    assert_int_equal(begun("no such stage"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, tool_open, NULL);
}
