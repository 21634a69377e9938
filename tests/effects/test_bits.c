/*
 * test_bits.c - the same bits whatever computes them: every instruction set, every split of the
 * time, a state moved from one set to another. The input is loud enough for saturation and
 * limiter, the time lies across an epoch change with another design on either side.
 */
#include "tests/effects/support.h"

#include <stdlib.h>
#include <string.h>

#define FRAMES 60000

struct input {
    float *dry[2], *send[2];
};

static struct input input_make(void) {
    struct input in;
    struct support_noise noise = {77};
    for (int c = 0; c < 2; ++c) {
        in.dry[c] = support_alloc(sizeof(float) * FRAMES);
        in.send[c] = support_alloc(sizeof(float) * FRAMES);
        for (uint32_t i = 0; i < FRAMES; ++i) {
            const float swell = i % 20000 < 3000 ? 1.6F : 0.3F; /* over the ceiling now and then */
            in.dry[c][i] = swell * (float)support_noise_next(&noise);
            in.send[c][i] = 0.4F * (float)support_noise_next(&noise);
        }
    }
    return in;
}

static void input_free(struct input *in) {
    for (int c = 0; c < 2; ++c) {
        free(in->dry[c]);
        free(in->send[c]);
    }
}

static void open_session(struct support_session *session, const struct effects_lanes *lanes) {
    struct reverb_design design;
    reverb_design_make(&design, REVERB_HALL, 9.0, 1.5, 0.04);
    support_open(session, lanes, &design, 4 * (int64_t)EPOCH_FRAMES - 30011);
    reverb_design_make(&session->design[2], REVERB_ROOM, 2.0, 0.9, 0.025);
    session->drive = 0.7F;
}

/* Renders all frames; spans cycle through `spans` (count entries); `move_to` takes the state over
   half way, NULL for none. */
static void render(const struct effects_lanes *lanes, const struct effects_lanes *move_to,
                   const uint32_t *spans, uint32_t count, const struct input *in, float *out) {
    struct support_session session;
    open_session(&session, lanes);
    for (uint32_t done = 0, turn = 0; done < FRAMES; ++turn) {
        const uint32_t want = spans[turn % count];
        const uint32_t frames = FRAMES - done < want ? FRAMES - done : want;
        const float *dry[2] = {in->dry[0] + done, in->dry[1] + done};
        const float *send[2] = {in->send[0] + done, in->send[1] + done};
        if (move_to && done > FRAMES / 2) {
            void *bytes = support_alloc(lanes->state_bytes);
            memcpy(bytes, session.state, lanes->state_bytes);
            free(session.state);
            session.state = bytes;
            session.lanes = move_to;
            move_to = NULL;
        }
        support_render(&session, dry, send, out + 2 * (size_t)done, frames, frames);
        done += frames;
    }
    support_close(&session);
}

static size_t differences(const float *a, const float *b) {
    size_t count = 0;
    for (size_t i = 0; i < 2 * (size_t)FRAMES; ++i) {
        count += memcmp(a + i, b + i, sizeof(float)) != 0;
    }
    return count;
}

static void test_same_bits(void **unused) {
    (void)unused;
    const struct effects_lanes *list[8];
    const uint32_t sets = effects_lanes_list(list);
    static const uint32_t whole[] = {FRAMES}, tick[] = {4800}, block[] = {960}, odd[] = {17777};
    static const uint32_t slivers[] = {1, 1, 62, 3, 64, 65, 127, 1, 129, 7, 31, 2048, 5};
    struct input in = input_make();
    float *want = support_alloc(2 * sizeof(float) * FRAMES);
    float *got = support_alloc(2 * sizeof(float) * FRAMES);
    render(list[0], NULL, whole, 1, &in, want);
    for (uint32_t s = 0; s < sets; ++s) {
        assert_int_equal(list[s]->state_bytes, list[0]->state_bytes);
        render(list[s], NULL, tick, 1, &in, got);
        print_message("%s: %zu differing values\n", list[s]->name, differences(want, got));
        assert_int_equal(differences(want, got), 0);
    }
    const struct effects_lanes *best = effects_lanes_best();
    for (uint32_t s = 1; s < sets; ++s) {
        render(list[s], NULL, slivers, 13, &in, got);
        assert_int_equal(differences(want, got), 0);
    }
    render(best, NULL, block, 1, &in, got);
    assert_int_equal(differences(want, got), 0);
    render(best, NULL, odd, 1, &in, got);
    assert_int_equal(differences(want, got), 0);
    render(best, list[0], tick, 1, &in, got);
    assert_int_equal(differences(want, got), 0);
    render(list[1], best, block, 1, &in, got);
    assert_int_equal(differences(want, got), 0);
    /* Defect: the last bit of one input sample. */
    in.send[0][100] = in.send[0][100] + 6e-8F;
    render(best, NULL, tick, 1, &in, got);
    assert_true(differences(want, got) > 0);
    input_free(&in);
    free(want);
    free(got);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
