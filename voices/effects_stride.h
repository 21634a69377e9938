/*
 * effects_stride.h - the step of the effects in time: which frames, which epoch, which designs.
 *
 * The work goes in strides of up to RING_STRIDE frames that never cross a multiple of it, nor an
 * epoch; inside a stride all frames are independent. What a stride is follows from the plan and
 * its first frame alone, so every stage of the effects works it out for itself: on a GPU the
 * stages are kernels of their own. Any thread; pure.
 */
#ifndef AEOLIAN_VOICES_EFFECTS_STRIDE_H
#define AEOLIAN_VOICES_EFFECTS_STRIDE_H

#include "voices/effects_plan.h"  // struct effects_plan
#include "voices/lane.h"
#include "voices/math.h"          // lane_quintic
#include "voices/reverb_design.h" // RING_STRIDE

struct effects_stride {
    const struct reverb_design *design[2]; /* of this epoch and of the one before */
    const struct delay_design *delay[2];   /* likewise */
    int64_t n;                             /* first frame */
    uint32_t tank[2];                      /* which of the two tanks is theirs: epoch mod 2 */
    uint32_t age;                          /* frames since the epoch began */
    uint32_t count;
    uint32_t tank_count; /* 1 where the older tank has died away */
    bool ramp;           /* the input is moving from the older tank to the newer */
};

/* The stride that begins at frame n of the plan's span and ends by frame `end` at the latest. */
LANE_FN struct effects_stride effects_stride_at(const struct effects_plan *plan, int64_t n,
                                                int64_t end) {
    const int64_t epoch = effects_epoch(n);
    const uint32_t index = (uint32_t)(epoch - plan->epoch_first) + 1;
    const uint32_t room = RING_STRIDE - ((uint32_t)n & (RING_STRIDE - 1));
    struct effects_stride s;
    s.n = n;
    s.age = (uint32_t)(n - epoch * EPOCH_FRAMES);
    s.count = end - n < room ? (uint32_t)(end - n) : room;
    for (uint32_t which = 0; which < 2; ++which) {
        s.design[which] = &plan->epochs[index - which];
        s.delay[which] = &plan->delays[index - which];
        s.tank[which] = ((uint32_t)epoch & 1) ^ which;
    }
    s.tank_count = s.age < s.design[1]->tail_frames ? 2 : 1;
    s.ramp = s.age < REVERB_RAMP_FRAMES;
    return s;
}

/* Whether the stride lies in the fade-in of the very first frames of all. */
LANE_FN bool effects_fades(const struct effects_stride *s) {
    return s->n < EFFECTS_FIRST_FRAME + EFFECTS_FADE_FRAMES;
}

/* Phase: the fade-in of the very first frames of all; see EFFECTS_FIRST_FRAME. */
LANE_FN void effects_fade(struct lane_thread th, const struct effects_stride *s, lane_real *left,
                          lane_real *right) {
    const int32_t age = (int32_t)(s->n - EFFECTS_FIRST_FRAME);
    LANE_FOR(i, s->count, th) {
        const lane_i frame = lane_u_as_i(lane_uadd(lane_iota(), lane_uset((uint32_t)age + i)));
        const lane_f gain = lane_quintic(
            lane_mul(lane_from_int(frame), lane_set((lane_real)(1.0 / EFFECTS_FADE_FRAMES))));
        lane_store(left + i, lane_mul(lane_load(left + i), gain));
        lane_store(right + i, lane_mul(lane_load(right + i), gain));
    }
}

#endif
