// Goal: a program that was built without nvcc says so on a real driver, and holds nothing there. It
// is linked with the stub of the kernels whatever the build has; the simulated driver behaves like
// a real one towards it, and for comparison as it is.
#include "tests/gpu/support.h"

#include "gpu/device.h"        // gpu_device_probe
#include "gpu/image.h"         // gpu_image_is_stub
#include "gpu/renderer_cuda.h" // renderer_cuda

#define REASON "this program was built without CUDA kernels (no nvcc then)"

static void test_real_driver_refuses(void **state) {
    (void)state;
    char line[256];
    aeo_fault fault = {AEO_OK, "", ""};
    assert_true(gpu_image_is_stub);
    assert_true(simulated.configure("real=1,devices=2"));
    assert_null(cuda_engine_try(1, 4800, &fault));
    assert_int_equal(fault.status, AEO_ERR_RENDERER);
    assert_string_equal(fault.message,
                        "cuda: no device can be used: simulated GPU 0: " REASON);
    assert_int_equal(gpu_device_probe("1", line, sizeof line), AEO_ERR_RENDERER);
    assert_string_equal(line, "device 1 (simulated GPU 1) cannot be used: " REASON);
    simulated_assert_clean("a stub on a real driver");
}

static void test_auto_goes_to_the_processor(void **state) {
    (void)state;
    assert_true(simulated.configure("real=1"));
    aeo_engine *engine = engine_get(&(struct setup){.added = &renderer_cuda, .threads = 1});
    const char *line = aeo_engine_renderer_line(engine);
    print_message("%s\n", line);
    assert_ptr_equal(strstr(line, "cpu ("), line);
    assert_non_null(strstr(line, "simulated GPU 0: " REASON));
    aeo_engine_close(engine);
    simulated_assert_clean("auto");
}

static void test_simulated_driver_accepts(void **state) {
    (void)state;
    aeo_fault fault = {AEO_OK, "", ""};
    assert_true(simulated.configure("real=0"));
    aeo_engine *engine = cuda_engine_try(1, 4800, &fault);
    if (!engine) fail_msg("%s", fault.message);
    aeo_engine_close(engine);
    simulated_assert_clean("accepted");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_driver_refuses),
        cmocka_unit_test(test_auto_goes_to_the_processor),
        cmocka_unit_test(test_simulated_driver_accepts),
    };
    return cmocka_run_group_tests(tests, simulated_open, NULL);
}
