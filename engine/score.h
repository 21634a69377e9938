// The score of one session: its address, how far it is rendered, and the notes that sound around
// there. Turns "the next N frames" into a span for a renderer.
//
// Only log, seed, position and state_at mean something; the notes and the effects' designs are a
// cache that any other machine would fill with the same numbers, and score_seek throws them away.
// Effects need their past: rendering begins at a look-back before the first frame that is wanted,
// which is at most two epochs away, and goes on from there (state_at) until it reaches `position`.
// Whoever owns the session; no locks, no allocation.
#ifndef ENGINE_SCORE_H
#define ENGINE_SCORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/address.h"  // struct address
#include "engine/aeolian.h"  // aeo_phrase
#include "engine/composer.h" // struct phrase, struct music
#include "engine/plan.h"     // struct span

// Effects are empty before this frame; the music itself is endless in both directions.
#define SCORE_FIRST_FRAME EFFECTS_FIRST_FRAME
// A live start takes no more look-back than this: 2 s.
#define SCORE_LIVE_LOOKBACK_FRAMES 96000

// A note of the cache, in the order in which notes are summed.
struct score_note {
    int64_t part_first; // part of the timeline it was written in: first phrase index of it
    uint32_t layer;
    uint32_t note; // number in the pool of all sessions
    const struct scene *scene;
};

// Numbers of notes written since the last batch, for renderers that keep copies. Many scores add to
// one list at a time; in no particular order.
struct fresh_notes {
    uint32_t *numbers; // room for cap
    uint32_t cap;
    atomic_uint count;
};

struct score {
    struct control_log log;
    uint64_t seed;
    uint32_t sound_version; // of the address it came from
    int64_t position;       // next frame the listener gets
    int64_t state_at;       // frame the effect state stands at: position, or before it
    int64_t exact_from;     // from here on the samples are those of the address

    struct voice_note *pool; // of all sessions; ours are [pool_first, + PLAN_SESSION_NOTES)
    uint32_t pool_first;
    bool cold;           // the cache holds nothing
    int64_t phrase_next; // first phrase not in the cache
    uint32_t note_count, free_count;
    struct score_note notes[PLAN_SESSION_NOTES];
    uint32_t free[PLAN_SESSION_NOTES];
    uint32_t notes_dropped; // no room: cannot happen with scenes as they are, but must not crash
    int64_t design_epoch;   // epoch of designs[1]; INT64_MIN: none
    struct reverb_design designs[3];
    struct delay_design delays[3]; // of the same epochs
    struct phrase composed; // the phrase written last
};

// Begins the score of ADDRESS with notes in POOL from POOL_FIRST on. EXACT: with the whole
// look-back; otherwise with what a live start may take.
void score_init(struct score *score, const struct address *address, bool exact,
                struct voice_note *pool, uint32_t pool_first);

// Goes to frame STATE_AT with an empty cache. The caller gives the renderer the effect state of
// that frame (reset at a look-back, loaded at a snapshot).
void score_seek(struct score *score, int64_t state_at);

// The frame from which the effects must have run for POSITION to be exact.
int64_t score_lookback(const struct score *score, int64_t position);

// Plans the span [state_at, state_at + FRAMES) into SPAN, which must not lead past `position` when
// it starts before it. The span may come out shorter (its `frames`). SPAN->slot, out and owner are
// the caller's. New notes are added to FRESH (may be NULL), to which threads that plan other scores
// may add meanwhile.
void score_plan(struct score *score, uint32_t frames, struct span *span,
                struct fresh_notes *fresh);

// The effect state now stands FRAMES later; the position too, if it was there before.
void score_advance(struct score *score, uint32_t frames);

// Takes that back: the effect state stands FRAMES earlier, and the position too when POSITION is
// given back with it. Ends in score_seek.
void score_retreat(struct score *score, uint32_t frames, bool position);

// The phrase that contains FRAME, for people.
void score_phrase(struct score *score, int64_t frame, aeo_phrase *out);

// True when a phrase begins in [FROM, FROM + FRAMES); *AT becomes its first frame.
bool score_phrase_begins(const struct score *score, int64_t from, uint32_t frames, int64_t *at);

#endif
