// What crosses the seam to a renderer: one batch of spans, as plain data with fixed maxima.
//
// Notes live in one flat pool for all sessions (slot s owns [s * PLAN_SESSION_NOTES, ...)); a span
// lists the ones that sound in it by their number, in the order in which they are summed. So a note
// is written once, when the composer thinks of it, and a GPU need only be sent what is new.
// Everything in a batch belongs to the engine and stays as it is from submit until collect says
// that the batch is done, but for `made` and `kept`, which are the renderer's to set. Engine thread
// (offline: the caller's).
#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "voices/effects_plan.h" // struct effects_plan
#include "voices/mix_plan.h"     // plan_curve, plan_bus, plan_note
#include "voices/note.h"         // struct voice_note

#define PLAN_SESSION_NOTES 256 // notes of one session at a time; three times what scenes ask for
#define PLAN_SPAN_FRAMES_MAX EFFECTS_SPAN_FRAMES_MAX

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
    // its own (then it need not write to `out`), which stays as it is until the batch's place is
    // taken: by the batches_max-th submit from then on.
    const float *made;
    bool keep;        // a copy of the effect state behind this span is wanted: a snapshot
    const void *kept; // set by submit: where that copy will be, once `kept` of the table says so
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
