/*
 * lane_masks.h - masks as vectors of all-ones or zero: what AVX2, SSE and NEON share.
 *
 * AVX-512 has mask registers of its own instead. Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_LANE_MASKS_H
#define AEOLIAN_VOICES_LANE_MASKS_H

#include "voices/lane_vector.h"

typedef lane_i lane_m;

LANE_FN lane_m lane_ilt(lane_i a, lane_i b) {
    return (lane_m)(a < b);
}
LANE_FN lane_m lane_ult(lane_u a, lane_u b) {
    return (lane_m)(a < b);
}
LANE_FN lane_m lane_ueq(lane_u a, lane_u b) {
    return (lane_m)(a == b);
}
LANE_FN lane_m lane_mask_and(lane_m a, lane_m b) {
    return a & b;
}
LANE_FN lane_m lane_mask_or(lane_m a, lane_m b) {
    return a | b;
}
LANE_FN lane_m lane_mask_not(lane_m a) {
    return ~a;
}

#endif
