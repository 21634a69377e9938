/*
 * curve.h - how a control moves: one quintic ramp from a value to the next.
 *
 * A control is piecewise in time; each change is one segment, evaluated by position, so that any
 * span can be rendered alone. The quintic has no slope or curvature at its ends, so a change never
 * clicks. Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_CURVE_H
#define AEOLIAN_VOICES_CURVE_H

#include "voices/lane.h"
#include "voices/math.h"

/* FROM until frame START, then a ramp of FRAMES frames (0 counts as 1), then TO. */
struct curve_segment {
    int64_t start;
    float from, to;
    float frames;
};

/* Values at frames FIRST, FIRST + STEP, ... (one per lane). STEP x LANE_WIDTH < 2^30. */
LANE_FN lane_f curve_values(const struct curve_segment *segment, int64_t first, uint32_t step) {
    const int64_t far = (int64_t)1 << 30;
    int64_t into = first - segment->start;
    into = into < -far ? -far : (into > far ? far : into);
    const lane_u offset = lane_umul(lane_iota(), lane_uset(step));
    const lane_i frames = lane_iadd(lane_iset((int32_t)into), lane_u_as_i(offset));
    const lane_real length = segment->frames > 1.0F ? (lane_real)segment->frames : (lane_real)1;
    const lane_f x = lane_quintic(lane_div(lane_from_int(frames), lane_set(length)));
    const lane_f from = lane_set((lane_real)segment->from), to = lane_set((lane_real)segment->to);
    const lane_f y = lane_fma(x, lane_sub(to, from), from);
    return lane_select(lane_lt(x, lane_set(1)), y, to);
}

#endif
