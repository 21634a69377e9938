/*
 * envelope.h - the envelope law of all sustained voices, at cell boundaries.
 *
 *   E(t) = s(t/A) [S + (1-S) 2^(-t decay)] (1 - s(x)) 2^(-k x),   x = (t - off) / R in 0..1
 *
 * with the quintic s. A product of smooth factors: a note released during its attack still has no
 * corner (a piecewise envelope jumps there), and slope and curvature vanish at both ends. Inside a
 * cell the amplitude is linear; for A and R of half a second or more that is within -110 dB, and
 * the corners stay below -140 dB in the guard band. Lanes are cell boundaries. Pure.
 */
#ifndef AEOLIAN_VOICES_ENVELOPE_H
#define AEOLIAN_VOICES_ENVELOPE_H

#include "voices/lane.h"
#include "voices/math.h"
#include "voices/note.h"

/* E at the boundary of cells that lies half a frame before FRAMES (lanes, since the onset; negative
 * before it): frames 63 and 64 are half a frame to either side of it. */
LANE_FN lane_f envelope_at(const struct voice_envelope *e, lane_i frames) {
    const lane_f half = lane_set(0.5F);
    const lane_f t =
        lane_sub(lane_from_int(lane_isub(frames, lane_iset((int32_t)e->start))), half);
    const lane_f late =
        lane_sub(lane_from_int(lane_isub(frames, lane_iset((int32_t)e->off))), half);
    const lane_f x = lane_clamp(lane_mul(late, lane_set((lane_real)e->release_rate)),
                                lane_set(0), lane_set(1));
    const lane_f fall = lane_exp2(lane_mul(x, lane_set((lane_real)-e->release_shape)));
    const lane_f release = lane_mul(lane_sub(lane_set(1), lane_quintic(x)), fall);
    const lane_f since = lane_max(t, lane_set(0));
    const lane_f decayed = lane_exp2(lane_mul(since, lane_set((lane_real)-e->decay_rate)));
    const lane_f sustain = lane_fma(lane_sub(lane_set(1), lane_set((lane_real)e->sustain)),
                                    decayed, lane_set((lane_real)e->sustain));
    const lane_f held = lane_mul(sustain, release);
    if (e->attack_rate == 0.0F) {
        return held;
    }
    const lane_f attack = lane_quintic(lane_mul(t, lane_set((lane_real)e->attack_rate)));
    return lane_mul(attack, held);
}

#endif
