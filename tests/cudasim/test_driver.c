// Goal: the simulated driver is as strict as a real one. Streams keep their order, events order
// streams; what nothing orders is called a race for every seed and gives wrong numbers for some;
// memory has bounds; the n-th call fails, whichever it is, and nothing leaks.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "gpu/kernels.h"                // GPU_STUB_MAGIC
#include "tests/cudasim/sim.h"          // cu*
#include "tests/cudasim/test_kernels.h" // struct test_argument

#define COUNT 4096

static const char image[] = GPU_STUB_MAGIC "add 16\n";

struct bench {
    gpu_context context;
    gpu_module module;
    gpu_function add;
    gpu_stream one, two;
    gpu_event event, done;
    gpu_memory device;
    uint32_t *host, *back;
};

static void configure(const char *text) {
    assert_true(cudasim_configure(text));
}

static gpu_result bench_open(struct bench *b) {
    memset(b, 0, sizeof *b);
    gpu_result r = cuInit(0);
    if (!r) r = cuDevicePrimaryCtxRetain(&b->context, 0);
    if (!r) r = cuCtxSetCurrent(b->context);
    if (!r) r = cuModuleLoadData(&b->module, image);
    if (!r) r = cuModuleGetFunction(&b->add, b->module, "add");
    if (!r) r = cuStreamCreateWithPriority(&b->one, GPU_STREAM_NON_BLOCKING, 0);
    if (!r) r = cuStreamCreateWithPriority(&b->two, GPU_STREAM_NON_BLOCKING, 0);
    if (!r) r = cuEventCreate(&b->event, GPU_EVENT_UNTIMED);
    if (!r) r = cuEventCreate(&b->done, GPU_EVENT_UNTIMED);
    if (!r) r = cuMemAlloc_v2(&b->device, COUNT * sizeof *b->host);
    if (!r) r = cuMemHostAlloc((void **)&b->host, COUNT * sizeof *b->host, 0);
    if (!r) r = cuMemHostAlloc((void **)&b->back, COUNT * sizeof *b->back, 0);
    return r;
}

static void bench_close(struct bench *b) {
    if (b->one) cuStreamDestroy_v2(b->one);
    if (b->two) cuStreamDestroy_v2(b->two);
    if (b->event) cuEventDestroy_v2(b->event);
    if (b->done) cuEventDestroy_v2(b->done);
    if (b->device) cuMemFree_v2(b->device);
    if (b->host) cuMemFreeHost(b->host);
    if (b->back) cuMemFreeHost(b->back);
    if (b->module) cuModuleUnload(b->module);
    if (b->context) cuDevicePrimaryCtxRelease_v2(0);
    assert_int_equal(cudasim_live_bytes(), 0);
    assert_int_equal(cudasim_live_objects(), 0);
}

static gpu_result launch(struct bench *b, uint32_t count, gpu_stream stream) {
    struct test_argument a = {(uint32_t *)(uintptr_t)b->device, count, 5};
    void *arguments[] = {&a};
    return cuLaunchKernel(b->add, 3, 1, 1, 32, 1, 1, 0, stream, arguments, NULL);
}

static gpu_result wait_for(gpu_event event) {
    gpu_result result;
    struct timespec nap = {0, 20000};
    for (int i = 0; (result = cuEventQuery(event)) == GPU_ERROR_NOT_READY && i < 100000; i++)
        nanosleep(&nap, NULL);
    return result;
}

// Up and add on one stream, down on the other. ORDERED: with the event between them.
static gpu_result program_run(struct bench *b, bool ordered) {
    const size_t bytes = COUNT * sizeof *b->host;
    for (uint32_t i = 0; i < COUNT; i++)
        b->host[i] = i;
    gpu_result r = cuMemcpyHtoDAsync_v2(b->device, b->host, bytes, b->one);
    if (!r) r = launch(b, COUNT, b->one);
    if (!r) r = cuEventRecord(b->event, b->one);
    if (!r && ordered) r = cuStreamWaitEvent(b->two, b->event, 0);
    if (!r) r = cuMemcpyDtoHAsync_v2(b->back, b->device, bytes, b->two);
    if (!r) r = cuEventRecord(b->done, b->two);
    if (!r) r = wait_for(b->done);
    return r;
}

static bool program_right(const struct bench *b) {
    for (uint32_t i = 0; i < COUNT; i++) {
        if (b->back[i] != i + 5) return false;
    }
    return true;
}

static void test_events_order_streams(void **state) {
    (void)state;
    for (int seed = 1; seed <= 50; seed++) {
        char text[64];
        snprintf(text, sizeof text, "adversary=%d,seed=%d", seed % 5 != 0, seed);
        configure(text);
        struct bench b;
        assert_int_equal(bench_open(&b), GPU_SUCCESS);
        for (int round = 0; round < 3; round++) {
            assert_int_equal(program_run(&b, true), GPU_SUCCESS);
            assert_true(program_right(&b));
        }
        assert_false(cudasim_fault(NULL, 0));
        bench_close(&b);
    }
}

// The planted defect: the wait is left out.
static void test_missing_wait_is_caught(void **state) {
    (void)state;
    int wrong = 0;
    for (int seed = 1; seed <= 30; seed++) {
        char text[64], line[256] = "";
        snprintf(text, sizeof text, "adversary=1,seed=%d", seed);
        configure(text);
        struct bench b;
        assert_int_equal(bench_open(&b), GPU_SUCCESS);
        assert_int_equal(program_run(&b, false), GPU_SUCCESS);
        assert_int_equal(wait_for(b.event), GPU_SUCCESS);
        wrong += !program_right(&b);
        assert_true(cudasim_fault(line, sizeof line));
        assert_non_null(strstr(line, "race"));
        bench_close(&b);
    }
    print_message("without the wait: a race for all 30 seeds, wrong numbers for %d\n", wrong);
    assert_true(wrong > 0);
}

static void test_nth_call_fails(void **state) {
    (void)state;
    static const int errors[] = {GPU_ERROR_OUT_OF_MEMORY, GPU_ERROR_LAUNCH_FAILED};
    uint64_t failed = 0;
    for (size_t e = 0; e < 2; e++) {
        for (uint64_t n = 1;; n++) {
            char text[64];
            snprintf(text, sizeof text, "fail=%d,error=%d", (int)n, errors[e]);
            configure(text);
            struct bench b;
            gpu_result r = bench_open(&b);
            if (!r) r = program_run(&b, true);
            bool reached = cudasim_calls() >= n;
            bench_close(&b);
            if (!reached) break;
            assert_int_equal(r, errors[e]);
            failed++;
        }
    }
    print_message("%d calls failed by order\n", (int)failed);
    assert_true(failed > 30);
}

static void test_bounds(void **state) {
    (void)state;
    char line[256];
    struct bench b;
    uint32_t pageable = 0;
    configure("memory=100000");
    assert_int_equal(bench_open(&b), GPU_SUCCESS);
    gpu_memory more;
    assert_int_equal(cuMemAlloc_v2(&more, 90000), GPU_ERROR_OUT_OF_MEMORY);
    assert_false(cudasim_fault(NULL, 0));
    assert_int_equal(cuMemcpyHtoDAsync_v2(b.device, &pageable, 4, b.one), GPU_ERROR_INVALID_VALUE);
    assert_true(cudasim_fault(line, sizeof line));
    assert_non_null(strstr(line, "pinned"));
    bench_close(&b);

    configure("");
    assert_int_equal(bench_open(&b), GPU_SUCCESS);
    assert_int_equal(cuMemcpyHtoDAsync_v2(b.device + 4, b.host, COUNT * 4, b.one),
                     GPU_ERROR_INVALID_VALUE);
    bench_close(&b);

    // A kernel that goes too far ends the device, as it would in reality.
    configure("");
    assert_int_equal(bench_open(&b), GPU_SUCCESS);
    assert_int_equal(launch(&b, COUNT + 1, b.one), GPU_SUCCESS);
    // The kernel may be over before this call: then this call is the one that tells.
    gpu_result r = cuEventRecord(b.done, b.one);
    assert_true(r == GPU_SUCCESS || r == GPU_ERROR_ILLEGAL_ADDRESS);
    if (!r) assert_int_equal(wait_for(b.done), GPU_ERROR_ILLEGAL_ADDRESS);
    assert_int_equal(cuEventQuery(b.done), GPU_ERROR_ILLEGAL_ADDRESS);
    bench_close(&b);
}

static void test_stale_memory(void **state) {
    (void)state;
    char line[256];
    struct bench b;
    configure("adversary=1");
    assert_int_equal(bench_open(&b), GPU_SUCCESS);
    assert_int_equal(b.host[0], 0xffffffff); // poisoned
    gpu_memory old = b.device;
    assert_int_equal(cuMemFree_v2(b.device), GPU_SUCCESS);
    b.device = 0;
    assert_int_equal(cuMemcpyHtoDAsync_v2(old, b.host, 4, b.one), GPU_ERROR_INVALID_VALUE);
    assert_true(cudasim_fault(line, sizeof line));
    assert_non_null(strstr(line, "after they were given back"));
    bench_close(&b);
}

static void test_graph(void **state) {
    (void)state;
    configure("adversary=1,seed=7");
    struct bench b;
    gpu_graph graph;
    gpu_graph_exec exec;
    assert_int_equal(bench_open(&b), GPU_SUCCESS);
    assert_int_equal(cuStreamBeginCapture_v2(b.one, GPU_CAPTURE_THREAD_LOCAL), GPU_SUCCESS);
    assert_int_equal(launch(&b, COUNT, b.one), GPU_SUCCESS);
    assert_int_equal(launch(&b, COUNT, b.one), GPU_SUCCESS);
    assert_int_equal(cuStreamEndCapture(b.one, &graph), GPU_SUCCESS);
    assert_int_equal(cuGraphInstantiateWithFlags(&exec, graph, 0), GPU_SUCCESS);
    assert_int_equal(cuGraphDestroy(graph), GPU_SUCCESS);
    assert_int_equal(cudasim_launches(), 0);
    memset(b.host, 0, COUNT * 4);
    assert_int_equal(cuMemcpyHtoDAsync_v2(b.device, b.host, COUNT * 4, b.one), GPU_SUCCESS);
    assert_int_equal(cuGraphLaunch(exec, b.one), GPU_SUCCESS);
    assert_int_equal(cuGraphLaunch(exec, b.one), GPU_SUCCESS);
    assert_int_equal(cuMemcpyDtoHAsync_v2(b.back, b.device, COUNT * 4, b.one), GPU_SUCCESS);
    assert_int_equal(cuEventRecord(b.done, b.one), GPU_SUCCESS);
    assert_int_equal(wait_for(b.done), GPU_SUCCESS);
    assert_int_equal(b.back[COUNT - 1], 20);
    assert_int_equal(cudasim_launches(), 4);
    assert_int_equal(cuGraphExecDestroy(exec), GPU_SUCCESS);
    bench_close(&b);
}

static void test_rules(void **state) {
    (void)state;
    struct bench b;
    int blocks;
    configure("hang=1");
    assert_int_equal(bench_open(&b), GPU_SUCCESS);
    assert_int_equal(cuModuleLoadData(&b.module, "no image at all"), GPU_ERROR_INVALID_IMAGE);
    assert_int_equal(cuCtxSetCurrent(NULL), GPU_SUCCESS);
    assert_int_equal(cuStreamQuery(b.one), GPU_ERROR_INVALID_CONTEXT);
    assert_int_equal(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, b.add, 32, 0),
                     GPU_ERROR_INVALID_CONTEXT);
    assert_int_equal(cuCtxSetCurrent(b.context), GPU_SUCCESS);
    // A kernel that never ends: its event never comes, and the process is not held up.
    assert_int_equal(launch(&b, COUNT, b.one), GPU_SUCCESS);
    assert_int_equal(cuEventRecord(b.done, b.one), GPU_SUCCESS);
    for (int i = 0; i < 100; i++)
        assert_int_equal(cuEventQuery(b.done), GPU_ERROR_NOT_READY);
    bench_close(&b);
}

static int attribute(int device, int which) {
    int value = -1;
    assert_int_equal(cuDeviceGetAttribute(&value, which, device), GPU_SUCCESS);
    return value;
}

static gpu_result retain(int device) {
    gpu_context context = NULL;
    gpu_result result = cuDevicePrimaryCtxRetain(&context, device);
    return result ? result : cuCtxSetCurrent(context);
}

static void free_assert(size_t want_free, size_t want_total) {
    size_t free_bytes = 0, total_bytes = 0;
    assert_int_equal(cuMemGetInfo_v2(&free_bytes, &total_bytes), GPU_SUCCESS);
    assert_int_equal(free_bytes, want_free);
    assert_int_equal(total_bytes, want_total);
}

// Devices of several kinds: the last value of a list holds for the rest, and what is taken of one
// is not missing on another.
static void test_devices(void **state) {
    (void)state;
    int version = 0;
    gpu_memory first = 0, second = 0;
    configure("devices=4,memory=1000:8000,taken=0:2000:9000,compute=90:75,mode=0:0:2:3,"
              "driver=11040");
    assert_int_equal(cuInit(0), GPU_SUCCESS);
    assert_int_equal(cuDriverGetVersion(&version), GPU_SUCCESS);
    assert_int_equal(version, 11040);
    assert_int_equal(attribute(0, GPU_ATTRIBUTE_COMPUTE_MAJOR), 9);
    assert_int_equal(attribute(0, GPU_ATTRIBUTE_COMPUTE_MINOR), 0);
    assert_int_equal(attribute(3, GPU_ATTRIBUTE_COMPUTE_MAJOR), 7);
    assert_int_equal(attribute(3, GPU_ATTRIBUTE_COMPUTE_MINOR), 5);
    assert_int_equal(attribute(2, GPU_ATTRIBUTE_COMPUTE_MODE), GPU_COMPUTE_MODE_PROHIBITED);
    assert_int_equal(retain(2), GPU_ERROR_UNKNOWN);
    assert_int_equal(retain(3), SIM_ERROR_DEVICE_UNAVAILABLE);
    assert_int_equal(retain(4), SIM_ERROR_INVALID_DEVICE);
    assert_int_equal(retain(0), GPU_SUCCESS);
    free_assert(1000, 1000);
    assert_int_equal(cuMemAlloc_v2(&first, 1001), GPU_ERROR_OUT_OF_MEMORY);
    assert_int_equal(cuMemAlloc_v2(&first, 1000), GPU_SUCCESS);
    free_assert(0, 1000);
    assert_int_equal(retain(1), GPU_SUCCESS);
    free_assert(6000, 8000);
    assert_int_equal(cuMemAlloc_v2(&second, 6001), GPU_ERROR_OUT_OF_MEMORY);
    assert_int_equal(cuMemAlloc_v2(&second, 6000), GPU_SUCCESS);
    assert_int_equal(cuMemFree_v2(first) || cuMemFree_v2(second), GPU_SUCCESS);
    assert_int_equal(cuDevicePrimaryCtxRelease_v2(0), GPU_SUCCESS);
    assert_int_equal(cuDevicePrimaryCtxRelease_v2(1), GPU_SUCCESS);
    assert_int_equal(cudasim_live_bytes() + cudasim_live_objects(), 0);
}

// As a real driver it takes compiled kernels alone.
static void test_real_refuses_stub(void **state) {
    (void)state;
    static const uint32_t compiled[] = {0xBA55ED50U, 0}; // how a fat binary begins
    gpu_module module;
    configure("real=1");
    assert_int_equal(cuInit(0), GPU_SUCCESS);
    assert_int_equal(retain(0), GPU_SUCCESS);
    assert_int_equal(cuModuleLoadData(&module, image), GPU_ERROR_INVALID_IMAGE);
    assert_int_equal(cuModuleLoadData(&module, compiled), GPU_SUCCESS);
    assert_int_equal(cuModuleUnload(module), GPU_SUCCESS);
    assert_int_equal(cuDevicePrimaryCtxRelease_v2(0), GPU_SUCCESS);
}

// Settings that cannot be read are refused, whichever part of them it is.
static void test_settings(void **state) {
    (void)state;
    static const char *const bad[] = {"fail=never", "sead=1",   "devices=-1",    "devices=17",
                                      "memory=1:",  "memory=",  "memory=1:x",    "mode=4",
                                      "fail=1:2",   "memory=:", "memory=1 ,seed", "memory=1:-2",
                                      "compute=1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (cudasim_configure(bad[i])) fail_msg("\"%s\" is accepted", bad[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_order_streams), cmocka_unit_test(test_missing_wait_is_caught),
        cmocka_unit_test(test_nth_call_fails),       cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_stale_memory),         cmocka_unit_test(test_graph),
        cmocka_unit_test(test_devices),              cmocka_unit_test(test_real_refuses_stub),
        cmocka_unit_test(test_settings),             cmocka_unit_test(test_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
