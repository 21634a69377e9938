// The chord vocabulary: which kinds of chord stand on which degrees, how likely, and their names.
//
// A chord is a degree of the scale and a list of scale steps above it, so it always fits its mode.
// Kinds are chosen for calm: added notes and suspensions rather than functions, no dominant
// sevenths (except the tonic of mixolydian, which is no dominant), nothing diminished.
// Any thread; constant data, no libm.
#ifndef ENGINE_CHORDS_H
#define ENGINE_CHORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/scales.h" // enum mode

// The numbers belong to the sound of every address: never renumber.
enum chord_kind {
    CHORD_ADD9,
    CHORD_SUS2,
    CHORD_SUS4,
    CHORD_FIFTH,
    CHORD_TRIAD,
    CHORD_SEVENTH, // major or minor, as the scale has it
    CHORD_NINTH,
    CHORD_SIX_NINE,
    CHORD_QUARTAL,
    CHORD_QUINTAL,
    CHORD_SHARP_ELEVEN, // major seventh with raised fourth, the colour of lydian
    CHORD_INVERTED,     // stands in where the fifth would be diminished: the sixth instead
    CHORD_KIND_COUNT
};

#define CHORD_TONES_MAX 5

// The pitch classes of one chord, the ones that make its character first.
struct chord_tones {
    uint32_t count;
    uint8_t pc[CHORD_TONES_MAX];
    bool doubles[CHORD_TONES_MAX]; // may stand in two octaves: roots and fifths
    bool root[CHORD_TONES_MAX];    // the one that doubles best
};

// True when KIND may stand on DEGREE (0..6) of MODE.
bool chord_allowed(enum chord_kind kind, enum mode mode, int degree);

// Probability weights of all kinds on DEGREE of MODE at TENSION 0..1 (0.5 = the written weights;
// more tension moves weight from plain chords to those with sevenths and fourths).
void chord_weights(enum mode mode, int degree, double tension, double weights[CHORD_KIND_COUNT]);

// Pitch classes of KIND on DEGREE of MODE in KEY.
void chord_tones_make(enum chord_kind kind, int key, enum mode mode, int degree,
                      struct chord_tones *tones);

// Number of pitch classes that the triads on two degrees of two scales share (0..3).
int chord_common_tones(int key_a, enum mode mode_a, int degree_a, int key_b, enum mode mode_b,
                       int degree_b);

// Writes the name, "F#madd9/C#", into OUT of CAP bytes. BASS_PC is named after a slash when it is
// not the root; -1: no bass.
void chord_name(enum chord_kind kind, int key, enum mode mode, int degree, int bass_pc, char *out,
                uint32_t cap);

#endif
