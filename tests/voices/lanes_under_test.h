/*
 * lanes_under_test.h - the copies of the DSP, one per instruction set, for the tests of voices/.
 *
 * lanes_under_test.c is compiled once per set; lanes_list.c gathers those this machine can run.
 * The first is always plain C, with which every other must agree bit for bit.
 */
#ifndef AEOLIAN_TESTS_LANES_UNDER_TEST_H
#define AEOLIAN_TESTS_LANES_UNDER_TEST_H

#include "voices/note.h"

#include <stddef.h>
#include <stdint.h>

enum lane_function {
    LANE_FUNCTION_SIN,
    LANE_FUNCTION_COS,
    LANE_FUNCTION_EXP2,
    LANE_FUNCTION_LOG2,
    LANE_FUNCTION_RSQRT,
    LANE_FUNCTION_TANH,
    LANE_FUNCTION_QUINTIC,
    LANE_FUNCTION_COUNT
};

/* Constant controls, 0..1. */
struct test_controls {
    float brightness, warmth, motion;
};

struct lane_copy {
    const char *name;
    /* Adds the cells [cell, cell + count) of NOTE to the buses, constant controls. */
    void (*render)(const struct voice_note *note, struct test_controls controls, int64_t cell,
                   uint32_t count, void *scratch, float *bus_l, float *bus_r);
    size_t scratch_bytes;
    /* y[i] = function(x[i]) for count a multiple of 16; sine and cosine read phases. */
    void (*function)(enum lane_function which, const uint32_t *phase, const float *x, float *y,
                     uint32_t count);
    /* (turns sin(phase)) mod 1 as phases. */
    void (*sine_turns)(const uint32_t *phase, float turns, uint32_t *y, uint32_t count);
    /* Philox of 16 counters c0 = from.., given the other three words: out[word][lane]. */
    void (*random)(uint64_t seed, uint32_t from, const uint32_t rest[3], uint32_t out[4][16]);
};

/* The copies this machine can run, plain C first; *count of them. */
const struct lane_copy *const *lane_copies(uint32_t *count);

/* The widest of them: what a product would choose. */
const struct lane_copy *lane_copy_best(void);

/* One call over the cells [cell, cell + count), buses cleared first; allocates its scratch. */
void lane_copy_render(const struct lane_copy *copy, const struct voice_note *note,
                      struct test_controls controls, int64_t cell, uint32_t count, float *bus_l,
                      float *bus_r);

#endif
