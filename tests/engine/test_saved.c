// Goal: a session saved as bytes goes on elsewhere with the very next sample, and bytes that are
// damaged in any place are refused.
#include "engine/lanes_cpu.h"
#include "tests/engine/support.h"

// States move between instruction sets only if they are laid out alike.
static void test_one_layout(void **state) {
    (void)state;
    static const char *const names[] = {"avx512", "avx2", "sse", "neon", "plain"};
    uint32_t bytes = lanes_cpu_find("plain")->state_bytes;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct lanes_cpu *lanes = lanes_cpu_find(names[i]);
        if (lanes) assert_int_equal(lanes->state_bytes, bytes);
    }
}

static void test_goes_on(void **state) {
    (void)state;
    aeo_engine *here = engine_get(&(struct setup){.threads = 2, .span_frames = 96000});
    aeo_engine *there = engine_get(&(struct setup){.isa = "plain", .threads = 1});
    aeo_session *session = session_get(here, UNDERTOW, 11, 30 * SECOND);
    aeo_setting setting = {0, 0.9};
    assert_int_equal(aeo_session_set_at(session, 31 * SECOND, &setting, 1, NULL, NULL), AEO_OK);
    size_t cap = aeo_session_save_bytes(here), size = 0, early = 0;
    unsigned char *bytes = malloc(cap), *first = malloc(cap);
    assert_non_null(bytes);
    assert_non_null(first);
    // Before anything was rendered: saving brings the effects up to the position.
    assert_int_equal(aeo_session_save(session, first, cap, &early), AEO_OK);
    float *begin = frames_render(session, 2 * SECOND + 333);
    assert_int_equal(aeo_session_save(session, bytes, 100, &size), AEO_ERR_ARGUMENT);
    assert_int_equal(aeo_session_save(session, bytes, cap, &size), AEO_OK);
    float *stays = frames_render(session, SECOND);
    aeo_session *moved;
    assert_int_equal(aeo_session_restore(there, bytes, size, NULL, &moved, NULL), AEO_OK);
    float *goes = frames_render(moved, SECOND);
    frames_assert_music(goes, SECOND);
    frames_assert_equal(goes, stays, SECOND, "restored");
    aeo_session_info a, b;
    aeo_session_describe(session, &a);
    aeo_session_describe(moved, &b);
    assert_string_equal(a.address, b.address);
    aeo_session_close(moved);
    assert_int_equal(aeo_session_restore(there, first, early, NULL, &moved, NULL), AEO_OK);
    float *again = frames_render(moved, SECOND);
    frames_assert_equal(again, begin, SECOND, "restored from before the first sample");
    aeo_session_close(moved);
    aeo_session_close(session);
    free(begin);
    free(stays);
    free(goes);
    free(again);
    free(bytes);
    free(first);
    aeo_engine_close(here);
    aeo_engine_close(there);
}

static void test_damaged(void **state) {
    (void)state;
    aeo_engine *engine = engine_get(&(struct setup){.threads = 1});
    aeo_session *session = session_get(engine, HARBOUR, 1, 0);
    size_t cap = aeo_session_save_bytes(engine), size;
    unsigned char *bytes = malloc(cap);
    assert_non_null(bytes);
    assert_int_equal(aeo_session_save(session, bytes, cap, &size), AEO_OK);
    aeo_session_close(session);
    for (size_t at = 0; at < size; at = at < 200 ? at + 1 : at * 2) {
        bytes[at] ^= 0x10;
        aeo_fault fault;
        assert_int_equal(aeo_session_restore(engine, bytes, size, NULL, &session, &fault),
                         AEO_ERR_FORMAT);
        assert_null(session);
        bytes[at] ^= 0x10;
    }
    for (size_t cut = 0; cut < size; cut = cut * 2 + 1)
        assert_int_equal(aeo_session_restore(engine, bytes, cut, NULL, &session, NULL),
                         AEO_ERR_FORMAT);
    assert_int_equal(aeo_session_restore(engine, bytes, size, NULL, &session, NULL), AEO_OK);
    aeo_session_close(session);
    free(bytes);
    aeo_engine_close(engine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_layout),
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
