/*
 * mix_plan.h - what sounds in one span and how it is mixed: plain data that crosses the seam.
 *
 * Free of pointers, so that the engine, its renderers and a GPU share it.
 */
#ifndef AEOLIAN_VOICES_MIX_PLAN_H
#define AEOLIAN_VOICES_MIX_PLAN_H

#include <stdint.h>

#include "voices/curve.h" // struct curve_segment

#define PLAN_SPAN_NOTES 256 /* notes that sound in one span */
#define PLAN_BUSES_MAX 80   /* layers of scenes that overlap: one change per 8 s phrase */
#define PLAN_SEGMENTS_MAX 8 /* of one curve in a span (400 ms have 6 at most); more cut it short */

enum plan_curve_id {
    PLAN_BRIGHTNESS,
    PLAN_WARMTH,
    PLAN_MOTION,
    PLAN_SPACE,
    PLAN_DRIVE, /* of the saturation: warmth times the scene's most */
    PLAN_LEVEL_PAD,
    PLAN_LEVEL_WIDE,
    PLAN_LEVEL_BELLS,
    PLAN_LEVEL_BASS,
    PLAN_LEVEL_TEXTURE,
    PLAN_CURVES
};

/* A control over a span. At frame n the last segment that starts at or before n holds; the first
   one starts at or before the span. Segments ascend by start. */
struct plan_curve {
    uint32_t count; /* 1..PLAN_SEGMENTS_MAX */
    struct curve_segment segments[PLAN_SEGMENTS_MAX];
};

/* One layer's bus. Level goes by its curve, the send by send_gain and the curve of space. */
struct plan_bus {
    uint32_t level;  /* enum plan_curve_id, PLAN_LEVEL_PAD.. */
    float send_gain; /* linear, at space 0.5; 0 = no send */
};

/* A note of a span: number in the pool of notes, and the bus it is summed into. */
struct plan_note {
    uint32_t note;
    uint32_t bus;
};

#endif
