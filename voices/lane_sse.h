/*
 * lane_sse.h - 4 lanes of SSE2, the baseline of every x86-64 processor.
 *
 * There is no fused multiply-add here, so lane_fma asks the C library's exact fmaf per lane: slow,
 * and the same bits. Masks are vectors of all-ones or zero. Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_LANE_SSE_H
#define AEOLIAN_VOICES_LANE_SSE_H

#include <emmintrin.h>

#define LANE_WIDTH 4
#define LANE_NAME sse
#include "voices/lane_masks.h"

LANE_FN lane_u lane_iota(void) {
    return (lane_u){0, 1, 2, 3};
}
/* Not inlined: four library calls at each of thousands of places would take minutes to compile. */
static __attribute__((noinline, unused)) lane_f lane_fma(lane_f a, lane_f b, lane_f c) {
    return (lane_f){__builtin_fmaf(a[0], b[0], c[0]), __builtin_fmaf(a[1], b[1], c[1]),
                    __builtin_fmaf(a[2], b[2], c[2]), __builtin_fmaf(a[3], b[3], c[3])};
}
/* c - a b, one rounding. */
LANE_FN lane_f lane_fnma(lane_f a, lane_f b, lane_f c) {
    return lane_fma(lane_neg(a), b, c);
}
LANE_FN lane_f lane_sqrt(lane_f a) {
    return (lane_f)_mm_sqrt_ps((__m128)a);
}
/* a < b ? a : b, and a > b ? a : b. */
LANE_FN lane_f lane_min(lane_f a, lane_f b) {
    return (lane_f)_mm_min_ps((__m128)a, (__m128)b);
}
LANE_FN lane_f lane_max(lane_f a, lane_f b) {
    return (lane_f)_mm_max_ps((__m128)a, (__m128)b);
}
LANE_FN lane_m lane_lt(lane_f a, lane_f b) {
    return (lane_m)_mm_cmplt_ps((__m128)a, (__m128)b);
}
LANE_FN lane_m lane_le(lane_f a, lane_f b) {
    return (lane_m)_mm_cmple_ps((__m128)a, (__m128)b);
}
LANE_FN bool lane_any(lane_m m) {
    return _mm_movemask_ps((__m128)m) != 0;
}
LANE_FN lane_u lane_uselect(lane_m m, lane_u a, lane_u b) {
    return ((lane_u)m & a) | (~(lane_u)m & b);
}
LANE_FN lane_f lane_select(lane_m m, lane_f a, lane_f b) {
    return (lane_f)lane_uselect(m, (lane_u)a, (lane_u)b);
}
/* High 32 bits of the 64-bit products. */
LANE_FN lane_u lane_umulhi(lane_u a, lane_u b) {
    const lane_u even = (lane_u)_mm_mul_epu32((__m128i)a, (__m128i)b);
    const lane_u odd = (lane_u)_mm_mul_epu32(_mm_srli_epi64((__m128i)a, 32),
                                             _mm_srli_epi64((__m128i)b, 32));
    return (lane_u){even[1], odd[1], even[3], odd[3]};
}
LANE_FN lane_f lane_gather(const float *base, lane_u index) {
    return (lane_f){base[index[0]], base[index[1]], base[index[2]], base[index[3]]};
}
LANE_FN lane_u lane_ugather(const uint32_t *base, lane_u index) {
    return (lane_u){base[index[0]], base[index[1]], base[index[2]], base[index[3]]};
}

#endif
