// A renderer that is lost on purpose: the CPU renderer behind a wrapper which, on batch N, lets
// part of the work happen, spoils its effect states and says that it is lost. For tests of the
// handover.
#ifndef TESTS_ENGINE_RENDERER_FLAKY_H
#define TESTS_ENGINE_RENDERER_FLAKY_H

#include "engine/renderer.h"

// Lost in batch LOST_AT (counted from 1), in submit or, if IN_COLLECT, after having rendered and
// perhaps reported it. Set before opening; one engine at a time.
extern uint32_t flaky_lost_at;
extern bool flaky_in_collect;

// Called when that happens, before the engine knows of it.
extern void (*flaky_at_loss)(void);

// "flaky-own" makes one wrong bit in each batch.
extern bool flaky_wrong_bit;

// If not 0: lost in the batch after the first one that was followed by so many saves.
extern uint32_t flaky_lost_after_saves;

// If not 0: lost in the save of this number (counted from 1).
extern uint32_t flaky_lost_in_save;

// "flaky" reports its spans from workers; "flaky-far" leaves that to the engine, as a GPU does;
// "flaky-own" does so, too, keeps the samples in memory of its own, which each submit spoils, and
// plays from copies of the notes, of which it takes only those that a batch says are fresh.
extern const struct aeo_renderer renderer_flaky, renderer_flaky_far, renderer_flaky_own;

#define FLAKY_OWN_STARTS 16 // starts_per_pass of "flaky-own"

// What the last engine asked of it, to be read when that is closed. Every batch is checked against
// the limits on the way: a breach aborts.
struct flaky_seen {
    uint32_t fullest;    // frames of the fullest batch
    uint32_t frames_max; // and what the limits allowed
    uint32_t saves_most; // between two batches
    uint32_t saves;      // in all
};
extern struct flaky_seen flaky_seen;

#endif
