/*
 * reference.h - the voices again, written apart: direct sums of sines in double, with libm.
 *
 * Reads what a struct voice_note says (increments, phases, gains, rates) and the hashes, and
 * nothing of how the lanes compute: no cells, no polynomials, no interpolation. Envelope, filter,
 * wandering and attack are evaluated at every frame. Slow; for tests.
 */
#ifndef AEOLIAN_TESTS_REFERENCE_H
#define AEOLIAN_TESTS_REFERENCE_H

#include "tests/voices/lanes_under_test.h"

/* Frames [first, first + count) of NOTE at constant controls; writes, does not add.
 * COUNT is at most 8192. */
void reference_render(const struct voice_note *note, struct test_controls controls, int64_t first,
                      uint32_t count, double *left, double *right);

#endif
