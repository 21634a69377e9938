/*
 * lane_neon.h - 4 lanes of AArch64 NEON: what the vector extension lacks.
 *
 * Minimum and maximum are compare-and-select, not vminq: NEON's own treat signed zeros and NaN
 * differently from x86. Masks are vectors of all-ones or zero. Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_LANE_NEON_H
#define AEOLIAN_VOICES_LANE_NEON_H

#include <arm_neon.h>

#define LANE_WIDTH 4
#define LANE_NAME neon
#include "voices/lane_masks.h"

LANE_FN lane_u lane_iota(void) {
    return (lane_u){0, 1, 2, 3};
}
LANE_FN lane_f lane_fma(lane_f a, lane_f b, lane_f c) {
    return (lane_f)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
/* c - a b, one rounding. */
LANE_FN lane_f lane_fnma(lane_f a, lane_f b, lane_f c) {
    return (lane_f)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
LANE_FN lane_f lane_sqrt(lane_f a) {
    return (lane_f)vsqrtq_f32((float32x4_t)a);
}
LANE_FN lane_m lane_lt(lane_f a, lane_f b) {
    return (lane_m)(a < b);
}
LANE_FN lane_m lane_le(lane_f a, lane_f b) {
    return (lane_m)(a <= b);
}
LANE_FN bool lane_any(lane_m m) {
    return vmaxvq_u32((uint32x4_t)m) != 0;
}
LANE_FN lane_u lane_uselect(lane_m m, lane_u a, lane_u b) {
    return (lane_u)vbslq_u32((uint32x4_t)m, (uint32x4_t)a, (uint32x4_t)b);
}
LANE_FN lane_f lane_select(lane_m m, lane_f a, lane_f b) {
    return (lane_f)lane_uselect(m, (lane_u)a, (lane_u)b);
}
/* a < b ? a : b, and a > b ? a : b. */
LANE_FN lane_f lane_min(lane_f a, lane_f b) {
    return lane_select(lane_lt(a, b), a, b);
}
LANE_FN lane_f lane_max(lane_f a, lane_f b) {
    return lane_select(lane_lt(b, a), a, b);
}
/* High 32 bits of the 64-bit products. */
LANE_FN lane_u lane_umulhi(lane_u a, lane_u b) {
    const uint64x2_t low = vmull_u32(vget_low_u32((uint32x4_t)a), vget_low_u32((uint32x4_t)b));
    const uint64x2_t high = vmull_high_u32((uint32x4_t)a, (uint32x4_t)b);
    return (lane_u)vuzp2q_u32(vreinterpretq_u32_u64(low), vreinterpretq_u32_u64(high));
}
LANE_FN lane_f lane_gather(const float *base, lane_u index) {
    return (lane_f){base[index[0]], base[index[1]], base[index[2]], base[index[3]]};
}
LANE_FN lane_u lane_ugather(const uint32_t *base, lane_u index) {
    return (lane_u){base[index[0]], base[index[1]], base[index[2]], base[index[3]]};
}

#endif
