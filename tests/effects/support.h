/*
 * support.h - what the effects' tests share: noise, comparison, a transform, a small harness.
 * Test code: libm is welcome here.
 */
#ifndef AEOLIAN_TESTS_EFFECTS_SUPPORT_H
#define AEOLIAN_TESTS_EFFECTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/effects/effects_lanes.h"

/* Aborts when memory is short. Zeroed, 64-byte aligned. */
void *support_alloc(size_t bytes);

/* Uniform numbers in [-1, 1), a fixed sequence per seed. */
struct support_noise {
    uint64_t state;
};
double support_noise_next(struct support_noise *noise);

/* 20 log10 of the rms of `want` over the rms of the difference. */
double support_snr_db(const float *got, const double *want, size_t count);

/* In-place complex transform of 2^bits points: re and im apart; inverse is unscaled. */
void support_fft(double *re, double *im, unsigned bits, bool inverse);

/* A session of effects on one instruction set, with buffers for rows of up to `frames_max`. */
struct support_session {
    const struct effects_lanes *lanes;
    void *state, *scratch;
    struct reverb_design design[4]; /* of epochs first_epoch .. first_epoch + 3 */
    struct delay_design delay[4];   /* likewise; off unless the test says otherwise */
    int64_t first_epoch, position;
    float drive; /* constant */
};

/* Opens at `position` with an empty past; all epochs have the same design. */
void support_open(struct support_session *session, const struct effects_lanes *lanes,
                  const struct reverb_design *design, int64_t position);
void support_close(struct support_session *session);
/* Renders `frames` with spans of at most `span`. Rows NULL are silence. `out` interleaved. */
void support_render(struct support_session *session, const float *dry[2], const float *send[2],
                    float *out, uint32_t frames, uint32_t span);

/* Number of denormal values among `count`. */
size_t support_denormals(const float *values, size_t count);

#endif
