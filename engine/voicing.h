// Voicing: which octave every note of a chord goes to, so that voices move little, keep their
// common notes, leave room at the bottom and sound no rougher than allowed.
//
// All voicings of a chord within the range are searched (a few hundred; tens of microseconds) and
// the cheapest is taken. The cost adds up the semitones the voices move, leaps beyond a major
// third, distance of the mean from the middle of the range, and roughness above the bound; a small
// hashed term per pitch keeps the same chord from always coming back in the same form.
// Needs roughness_prepare. Allocates nothing; any thread.
#ifndef ENGINE_VOICING_H
#define ENGINE_VOICING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/chords.h" // struct chord_tones
#include "engine/dice.h"   // struct dice

#define VOICES_MAX 6

struct voicing {
    uint32_t count;           // 0: none
    uint8_t midi[VOICES_MAX]; // ascending
    double roughness;         // Sethares' R of these notes (the bass apart)
    double cost;              // what voicing_find minimised
};

struct voicing_request {
    struct chord_tones tones;
    uint32_t voices;               // 2..VOICES_MAX
    int bass;                      // MIDI of the bass below, or -1
    int low, high;                 // MIDI range, within ROUGHNESS_LOW..ROUGHNESS_HIGH
    int limit_shift;               // low-interval limits move up by this (5 in long reverbs)
    double roughness_max;
    const struct voicing *before;  // voices to move from; count 0 or NULL: none
    const struct voicing *after;   // voices known to follow; count 0 or NULL: none
    struct dice jitter;
};

// Middle of the register, and the voicing a section's first chord is measured against: COUNT voices
// a fourth or so apart around it.
#define VOICING_MIDDLE 62
void voicing_reference(uint32_t count, struct voicing *reference);

// The best voicing for REQUEST in *OUT. False when no arrangement keeps the rules.
bool voicing_find(const struct voicing_request *request, struct voicing *out);

// True when LOWER and UPPER may sound together so low: each interval has a lowest place, below
// which it turns to mud. SHIFT raises all of them.
bool voicing_interval_clear(int lower, int upper, int shift);

// Semitones each voice of TO is away from where it came from in FROM; FROM->count and TO->count
// may differ (then the nearest voice is taken). Returns the sum, the largest in *LARGEST.
int voicing_motion(const struct voicing *from, const struct voicing *to, int *largest);

#endif
