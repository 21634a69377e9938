/*
 * lanes_under_test.c - one instruction set's copy of the DSP behind a table of functions.
 */
#include "tests/voices/lanes_under_test.h"

#include "voices/tone.h"

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define TEXT2(a) #a
#define TEXT(a) TEXT2(a)

#define CELLS_AT_ONCE 1024

static void copy_render(const struct voice_note *note, struct test_controls controls, int64_t cell,
                        uint32_t count, void *scratch, float *bus_l, float *bus_r) {
    float curve[3][CELLS_AT_ONCE + 1 + LANE_WIDTH_MAX];
    for (uint32_t i = 0; i < CELLS_AT_ONCE + 1 + LANE_WIDTH_MAX; i++) {
        curve[0][i] = controls.brightness;
        curve[1][i] = controls.warmth;
        curve[2][i] = controls.motion;
    }
    const struct voice_controls curves = {curve[0], curve[1], curve[2]};
    while (count > 0) {
        const uint32_t now = count < CELLS_AT_ONCE ? count : CELLS_AT_ONCE;
        voice_render(note, &curves, cell, now, scratch, bus_l, bus_r);
        cell += now;
        count -= now;
        bus_l += now * CELL_FRAMES;
        bus_r += now * CELL_FRAMES;
    }
}

static lane_f function_of(enum lane_function which, lane_u phase, lane_f x) {
    lane_f sine = lane_set(0), cosine = lane_set(0);
    switch (which) {
    case LANE_FUNCTION_SIN:
        lane_sincos(phase, &sine, &cosine);
        return sine;
    case LANE_FUNCTION_COS:
        lane_sincos(phase, &sine, &cosine);
        return cosine;
    case LANE_FUNCTION_EXP2:
        return lane_exp2(x);
    case LANE_FUNCTION_LOG2:
        return lane_log2(x);
    case LANE_FUNCTION_RSQRT:
        return lane_rsqrt(x);
    case LANE_FUNCTION_TANH:
        return lane_tanh(x);
    case LANE_FUNCTION_QUINTIC:
        return lane_quintic(x);
    case LANE_FUNCTION_COUNT:
        break;
    }
    return sine;
}

static void copy_function(enum lane_function which, const uint32_t *phase, const float *x,
                          float *y, uint32_t count) {
    const struct lane_thread th = {0, 1};
    LANE_FOR(i, count, th)
    {
        lane_store(y + i, function_of(which, lane_uload(phase + i), lane_load(x + i)));
    }
}

static void copy_sine_turns(const uint32_t *phase, float turns, uint32_t *y, uint32_t count) {
    const struct lane_thread th = {0, 1};
    LANE_FOR(i, count, th)
    {
        lane_ustore(y + i, lane_sine_turns(lane_uload(phase + i), lane_set(turns)));
    }
}

static void copy_random(uint64_t seed, uint32_t from, const uint32_t rest[3], uint32_t out[4][16]) {
    const struct lane_thread th = {0, 1};
    LANE_FOR(i, 16, th)
    {
        const struct philox_lanes r =
            philox_lanes(seed, lane_uadd(lane_uset(from + i), lane_iota()), lane_uset(rest[0]),
                         lane_uset(rest[1]), lane_uset(rest[2]));
        for (int w = 0; w < 4; w++) {
            lane_ustore(&out[w][i], r.w[w]);
        }
    }
}

extern const struct lane_copy JOIN(lane_copy_, LANE_SUFFIX);
const struct lane_copy JOIN(lane_copy_, LANE_SUFFIX) = {
    TEXT(LANE_SUFFIX), copy_render,     sizeof(struct voice_scratch),
    copy_function,     copy_sine_turns, copy_random};
