// Goal: one address, one stream of samples. However the music is cut into spans, whatever the
// number of threads, the instruction set, and whether one session or sixteen are rendered in a
// batch: the same bits.
#include "tests/engine/support.h"

#define FRAMES (20 * SECOND)

static float *reference; // Harbour, seed 1, from 0

static int reference_make(void **state) {
    (void)state;
    reference = music_render(&(struct setup){.threads = 1}, HARBOUR, 1, 0, FRAMES);
    frames_assert_music(reference, FRAMES);
    return 0;
}

static int reference_free(void **state) {
    (void)state;
    free(reference);
    return 0;
}

static void assert_same(const struct setup *setup, const char *what) {
    float *music = music_render(setup, HARBOUR, 1, 0, FRAMES);
    frames_assert_equal(music, reference, FRAMES, what);
    free(music);
}

static void test_span_sizes(void **state) {
    (void)state;
    assert_same(&(struct setup){.span_frames = 4800}, "spans of 4800");
    assert_same(&(struct setup){.span_frames = 960, .threads = 1}, "spans of 960");
    assert_same(&(struct setup){.span_frames = 17777}, "spans of 17777");
    assert_same(&(struct setup){.span_frames = 768000}, "spans of a phrase");
    assert_same(&(struct setup){.span_frames = 1440000, .threads = 2}, "spans of 30 s");
}

// Odd pieces, asked for one after the other.
static void test_odd_calls(void **state) {
    (void)state;
    aeo_engine *engine = engine_get(&(struct setup){.span_frames = 5000});
    aeo_session *session = session_get(engine, HARBOUR, 1, 0);
    uint32_t done = 0;
    for (uint32_t size = 1; done < FRAMES; size = size * 3 % 30011 + 1) {
        uint32_t frames = size < FRAMES - done ? size : FRAMES - done;
        float *music = frames_render(session, frames);
        frames_assert_equal(music, reference + 2 * (size_t)done, frames, "odd calls");
        free(music);
        done += frames;
    }
    aeo_session_close(session);
    aeo_engine_close(engine);
}

static void test_threads(void **state) {
    (void)state;
    assert_same(&(struct setup){.threads = 1, .span_frames = 100000}, "1 thread");
    assert_same(&(struct setup){.threads = 2, .span_frames = 100000}, "2 threads");
    assert_same(&(struct setup){.threads = 7, .span_frames = 300000}, "7 threads");
}

static void test_instruction_sets(void **state) {
    (void)state;
    static const char *const names[] = {"avx512", "avx2", "sse", "neon", "plain"};
    uint32_t tested = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!aeo_isa_supported(names[i])) continue;
        // The other scene has voices of its own, so both are compared.
        const char *scenes[] = {HARBOUR, UNDERTOW};
        for (int s = 0; s < 2; s++) {
            struct setup wide = {.isa = aeo_isa_best()}, narrow = {.isa = names[i]};
            float *a = music_render(&wide, scenes[s], 3, 9 * SECOND, 3 * SECOND);
            float *b = music_render(&narrow, scenes[s], 3, 9 * SECOND, 3 * SECOND);
            frames_assert_music(a, 3 * SECOND);
            frames_assert_equal(b, a, 3 * SECOND, names[i]);
            free(a);
            free(b);
        }
        tested++;
    }
    assert_true(tested >= 1); // plain C is always there
}

// Sixteen sessions rendered together, of which the first is the reference, sound as if alone.
static void test_together(void **state) {
    (void)state;
    enum { COUNT = 16, PIECE = 3 * SECOND };
    aeo_engine *engine = engine_get(&(struct setup){.sessions = COUNT, .span_frames = PIECE});
    aeo_session *sessions[COUNT];
    float *outs[COUNT];
    for (uint32_t i = 0; i < COUNT; i++) {
        sessions[i] = session_get(engine, i % 2 ? UNDERTOW : HARBOUR, i + 1, 0);
        outs[i] = malloc(sizeof(float) * 2 * PIECE);
        assert_non_null(outs[i]);
    }
    // Refused as a whole: nobody's music has moved on when it is rendered afterwards.
    aeo_session *twice[] = {sessions[0], sessions[1], sessions[0]}, *none[] = {sessions[0], NULL};
    assert_int_equal(aeo_sessions_render(twice, 3, outs, PIECE), AEO_ERR_ARGUMENT);
    assert_int_equal(aeo_sessions_render(none, 2, outs, PIECE), AEO_ERR_ARGUMENT);
    assert_int_equal(aeo_sessions_render(sessions, COUNT + 1, outs, PIECE), AEO_ERR_ARGUMENT);
    assert_int_equal(aeo_sessions_render(sessions, 0, outs, PIECE), AEO_OK);
    assert_int_equal(aeo_sessions_render(sessions, COUNT, outs, PIECE), AEO_OK);
    frames_assert_equal(outs[0], reference, PIECE, "first of sixteen");
    for (uint32_t i = 1; i < COUNT; i += 7) {
        struct setup alone = {.threads = 1};
        float *music = music_render(&alone, i % 2 ? UNDERTOW : HARBOUR, i + 1, 0, PIECE);
        frames_assert_equal(outs[i], music, PIECE, "of sixteen");
        free(music);
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        aeo_session_close(sessions[i]);
        free(outs[i]);
    }
    aeo_engine_close(engine);
}

// An unknown or missing instruction set is refused by name, with the list of those that work.
static void test_isa_refused(void **state) {
    (void)state;
    aeo_options options;
    aeo_options_default(&options);
    options.isa = "mmx";
    aeo_engine *engine;
    aeo_fault fault;
    assert_int_equal(aeo_engine_open(&options, &engine, &fault), AEO_ERR_RENDERER);
    assert_null(engine);
    assert_string_equal(fault.field, "isa");
    assert_non_null(strstr(fault.message, "this processor has no mmx: it has "));
    assert_non_null(strstr(fault.message, "plain"));
}

// The tests above compare; this one shows that the comparison sees one wrong bit.
static void test_comparison_sees_a_bit(void **state) {
    (void)state;
    float *music = music_render(&(struct setup){.threads = 1}, HARBOUR, 1, 0, SECOND);
    uint64_t hash = frames_hash(music, SECOND);
    uint32_t bits;
    memcpy(&bits, &music[1000], sizeof bits);
    bits ^= 1;
    memcpy(&music[1000], &bits, sizeof bits);
    assert_true(frames_hash(music, SECOND) != hash);
    assert_true(memcmp(music, reference, SECOND * 2 * sizeof *music) != 0);
    free(music);
}

static void test_seeds_differ(void **state) {
    (void)state;
    float *music = music_render(&(struct setup){.threads = 1}, HARBOUR, 2, 0, 5 * SECOND);
    assert_true(frames_hash(music, 5 * SECOND) != frames_hash(reference, 5 * SECOND));
    free(music);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span_sizes),
        cmocka_unit_test(test_odd_calls),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_instruction_sets),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_isa_refused),
        cmocka_unit_test(test_comparison_sees_a_bit),
        cmocka_unit_test(test_seeds_differ),
    };
    return cmocka_run_group_tests(tests, reference_make, reference_free);
}
