/*
 * saturate.h - soft saturation: y = x (27 + q) / (27 + 9 q), q = (drive x)^2.
 *
 * The tanh-like curve u (27 + u^2) / (27 + 9 u^2) with u = drive x, scaled back by the drive, so
 * that small signals keep their level: the third harmonic is about 0.074 (drive A)^2 of a sine of
 * peak A. Drive 0 is an exact bypass, since 27 / 27 is 1. Beyond |u| = 3, where that curve has
 * flattened out, y goes on as x / 3; music never gets there. One division; any thread; pure.
 */
#ifndef AEOLIAN_VOICES_SATURATE_H
#define AEOLIAN_VOICES_SATURATE_H

#include "voices/lane.h"

LANE_FN lane_f saturate(lane_f x, lane_f drive) {
    const lane_f u = lane_mul(x, drive);
    const lane_f q = lane_min(lane_mul(u, u), lane_set(9));
    const lane_f over = lane_add(lane_set(27), q);
    const lane_f under = lane_fma(lane_set(9), q, lane_set(27));
    return lane_mul(x, lane_div(over, under));
}

#endif
