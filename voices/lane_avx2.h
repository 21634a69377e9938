/*
 * lane_avx2.h - 8 lanes of AVX2 with FMA: what the vector extension lacks.
 * Masks are vectors of all-ones or zero. Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_LANE_AVX2_H
#define AEOLIAN_VOICES_LANE_AVX2_H

#include <immintrin.h>

#define LANE_WIDTH 8
#define LANE_NAME avx2
#include "voices/lane_masks.h"

LANE_FN lane_u lane_iota(void) {
    return (lane_u){0, 1, 2, 3, 4, 5, 6, 7};
}
LANE_FN lane_f lane_fma(lane_f a, lane_f b, lane_f c) {
    return (lane_f)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
/* c - a b, one rounding. */
LANE_FN lane_f lane_fnma(lane_f a, lane_f b, lane_f c) {
    return (lane_f)_mm256_fnmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
LANE_FN lane_f lane_sqrt(lane_f a) {
    return (lane_f)_mm256_sqrt_ps((__m256)a);
}
/* a < b ? a : b, and a > b ? a : b. */
LANE_FN lane_f lane_min(lane_f a, lane_f b) {
    return (lane_f)_mm256_min_ps((__m256)a, (__m256)b);
}
LANE_FN lane_f lane_max(lane_f a, lane_f b) {
    return (lane_f)_mm256_max_ps((__m256)a, (__m256)b);
}
LANE_FN lane_m lane_lt(lane_f a, lane_f b) {
    return (lane_m)_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LT_OQ);
}
LANE_FN lane_m lane_le(lane_f a, lane_f b) {
    return (lane_m)_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LE_OQ);
}
LANE_FN bool lane_any(lane_m m) {
    return _mm256_movemask_ps((__m256)m) != 0;
}
LANE_FN lane_f lane_select(lane_m m, lane_f a, lane_f b) {
    return (lane_f)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
}
LANE_FN lane_u lane_uselect(lane_m m, lane_u a, lane_u b) {
    return (lane_u)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
}
/* High 32 bits of the 64-bit products. */
LANE_FN lane_u lane_umulhi(lane_u a, lane_u b) {
    const __m256i even = _mm256_mul_epu32((__m256i)a, (__m256i)b);
    const __m256i odd =
        _mm256_mul_epu32(_mm256_srli_epi64((__m256i)a, 32), _mm256_srli_epi64((__m256i)b, 32));
    return (lane_u)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
}
LANE_FN lane_f lane_gather(const float *base, lane_u index) {
    return (lane_f)_mm256_i32gather_ps(base, (__m256i)index, 4);
}
LANE_FN lane_u lane_ugather(const uint32_t *base, lane_u index) {
    return (lane_u)_mm256_i32gather_epi32((const int *)base, (__m256i)index, 4);
}

#endif
