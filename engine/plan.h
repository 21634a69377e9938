// What crosses the seam to a renderer: one batch of spans, as plain data with fixed maxima.
//
// Notes live in one flat pool for all sessions (slot s owns [s * PLAN_SESSION_NOTES, ...)); a span
// lists the ones that sound in it by their number, in the order in which they are summed. So a note
// is written once, when the composer thinks of it, and a GPU need only be sent what is new.
// Everything in a batch belongs to the engine and stays as it is from submit until collect says
// that the batch is done, but for `made`, which is the renderer's to set. Engine thread (offline:
// the caller's).
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdint.h>

#include "voices/curve.h"        // struct curve_segment
#include "voices/effects_plan.h" // struct effects_plan
#include "voices/note.h"         // struct voice_note

#define PLAN_SESSION_NOTES 256 // notes of one session at a time; three times what scenes ask for
#define PLAN_SPAN_NOTES 256    // notes that sound in one span
#define PLAN_BUSES_MAX 80      // layers of scenes that overlap: one change per 8 s phrase
#define PLAN_SEGMENTS_MAX 8    // of one curve in a span (400 ms have 6 at most); more cut it short
#define PLAN_SPAN_FRAMES_MAX EFFECTS_SPAN_FRAMES_MAX

enum plan_curve_id {
    PLAN_BRIGHTNESS,
    PLAN_WARMTH,
    PLAN_MOTION,
    PLAN_SPACE,
    PLAN_DRIVE, // of the saturation: warmth times the scene's most
    PLAN_LEVEL_PAD,
    PLAN_LEVEL_WIDE,
    PLAN_LEVEL_BELLS,
    PLAN_LEVEL_BASS,
    PLAN_LEVEL_TEXTURE,
    PLAN_CURVES
};

// A control over a span. At frame n the last segment that starts at or before n holds; the first
// one starts at or before the span. Segments ascend by start.
struct plan_curve {
    uint32_t count; // 1..PLAN_SEGMENTS_MAX
    struct curve_segment segments[PLAN_SEGMENTS_MAX];
};

// One layer's bus. Level goes by its curve, the send by send_gain and the curve of space.
struct plan_bus {
    uint32_t level;  // enum plan_curve_id, PLAN_LEVEL_PAD..
    float send_gain; // linear, at space 0.5; 0 = no send
};

// A note of a span: number in the pool of notes, and the bus it is summed into.
struct plan_note {
    uint32_t note;
    uint32_t bus;
};

struct span {
    uint32_t slot;   // of the session, 0..sessions_max-1: which effect state
    uint32_t frames; // 1..limits.span_frames_max
    int64_t from;    // first frame, may be negative
    uint32_t bus_count, note_count;
    struct plan_bus buses[PLAN_BUSES_MAX];   // in the order in which they are summed
    struct plan_note notes[PLAN_SPAN_NOTES]; // by bus, then onset, then id
    struct plan_curve curves[PLAN_CURVES];
    struct effects_plan effects; // from and frames as above
    float *out; // frames x 2 samples, interleaved; NULL: only the effect state moves on
    // Where the samples are once the span is done: `out`, unless the renderer sets it to memory of
    // its own (then it need not write to `out`), which stays as it is until its next submit.
    const float *made;
    void *owner; // the engine's; renderers hand it back in span_done
};

// At most one span per session slot, and at most limits.batch_frames_max frames in all of them.
struct batch {
    uint32_t span_count;
    struct span *spans;             // limits.sessions_max of them
    const struct voice_note *notes; // the pool: sessions_max x PLAN_SESSION_NOTES
    const uint32_t *fresh;          // numbers of notes written since the renderer's last batch
    uint32_t fresh_count;           // UINT32_MAX: any note may be new
};

#endif
