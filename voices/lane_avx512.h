/*
 * lane_avx512.h - 16 lanes of AVX-512 (F, BW, DQ, VL): what the vector extension lacks.
 * Masks live in mask registers. Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_LANE_AVX512_H
#define AEOLIAN_VOICES_LANE_AVX512_H

#include <immintrin.h>

#define LANE_WIDTH 16
#define LANE_NAME avx512
#include "voices/lane_vector.h"

typedef __mmask16 lane_m;

LANE_FN lane_u lane_iota(void) {
    return (lane_u){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
}
LANE_FN lane_f lane_fma(lane_f a, lane_f b, lane_f c) {
    return (lane_f)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
/* c - a b, one rounding. */
LANE_FN lane_f lane_fnma(lane_f a, lane_f b, lane_f c) {
    return (lane_f)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
LANE_FN lane_f lane_sqrt(lane_f a) {
    return (lane_f)_mm512_sqrt_ps((__m512)a);
}
/* a < b ? a : b, and a > b ? a : b. */
LANE_FN lane_f lane_min(lane_f a, lane_f b) {
    return (lane_f)_mm512_min_ps((__m512)a, (__m512)b);
}
LANE_FN lane_f lane_max(lane_f a, lane_f b) {
    return (lane_f)_mm512_max_ps((__m512)a, (__m512)b);
}
LANE_FN lane_m lane_lt(lane_f a, lane_f b) {
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ);
}
LANE_FN lane_m lane_le(lane_f a, lane_f b) {
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LE_OQ);
}
LANE_FN lane_m lane_ilt(lane_i a, lane_i b) {
    return _mm512_cmp_epi32_mask((__m512i)a, (__m512i)b, _MM_CMPINT_LT);
}
LANE_FN lane_m lane_ult(lane_u a, lane_u b) {
    return _mm512_cmp_epu32_mask((__m512i)a, (__m512i)b, _MM_CMPINT_LT);
}
LANE_FN lane_m lane_ueq(lane_u a, lane_u b) {
    return _mm512_cmp_epu32_mask((__m512i)a, (__m512i)b, _MM_CMPINT_EQ);
}
LANE_FN lane_m lane_mask_and(lane_m a, lane_m b) {
    return (lane_m)(a & b);
}
LANE_FN lane_m lane_mask_or(lane_m a, lane_m b) {
    return (lane_m)(a | b);
}
LANE_FN lane_m lane_mask_not(lane_m a) {
    return (lane_m)~a;
}
LANE_FN bool lane_any(lane_m m) {
    return m != 0;
}
LANE_FN lane_f lane_select(lane_m m, lane_f a, lane_f b) {
    return (lane_f)_mm512_mask_blend_ps(m, (__m512)b, (__m512)a);
}
LANE_FN lane_u lane_uselect(lane_m m, lane_u a, lane_u b) {
    return (lane_u)_mm512_mask_blend_epi32(m, (__m512i)b, (__m512i)a);
}
/* High 32 bits of the 64-bit products. */
LANE_FN lane_u lane_umulhi(lane_u a, lane_u b) {
    const __m512i even = _mm512_mul_epu32((__m512i)a, (__m512i)b);
    const __m512i odd =
        _mm512_mul_epu32(_mm512_srli_epi64((__m512i)a, 32), _mm512_srli_epi64((__m512i)b, 32));
    return (lane_u)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
}
LANE_FN lane_f lane_gather(const float *base, lane_u index) {
    return (lane_f)_mm512_i32gather_ps((__m512i)index, base, 4);
}
LANE_FN lane_u lane_ugather(const uint32_t *base, lane_u index) {
    return (lane_u)_mm512_i32gather_epi32((__m512i)index, base, 4);
}

#endif
