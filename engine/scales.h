// The six modes and what the composer asks of them: pitch classes, scale steps, names.
//
// Pitch classes are 0..11 (0 = C), degrees 0..6 (0 = tonic). The enum runs from the brightest to
// the darkest mode: neighbours differ in one note, which is why a step along it is a smooth modal
// interchange. Locrian is left out. Any thread; constant data, no libm.
#ifndef ENGINE_SCALES_H
#define ENGINE_SCALES_H

#include <stdbool.h>
#include <stdint.h>

enum mode {
    MODE_LYDIAN,
    MODE_IONIAN,
    MODE_MIXOLYDIAN,
    MODE_DORIAN,
    MODE_AEOLIAN,
    MODE_PHRYGIAN,
    MODE_COUNT
};

#define SCALE_DEGREES 7

// Semitones of the seven degrees above the tonic, by mode.
extern const uint8_t scale_steps[MODE_COUNT][SCALE_DEGREES];

// "lydian", "ionian", ... Static text.
const char *mode_name(enum mode mode);

// The mode called NAME (exactly as mode_name prints it), or -1.
int mode_find(const char *name);

// Semitones of scale step STEP (any integer; 7 = one octave) above the tonic.
int scale_semitones(enum mode mode, int step);

// Pitch class of degree STEP (any integer) in KEY (0..11).
int scale_pitch_class(int key, enum mode mode, int step);

// True when pitch MIDI belongs to MODE on KEY.
bool scale_contains(int key, enum mode mode, int midi);

// MIDI moved by STEPS scale steps. A pitch outside the scale first falls to the step below it.
int scale_shift(int key, enum mode mode, int midi, int steps);

// Name of pitch class PC ("Bb" or "A#"), spelled with flats where the signature of MODE on KEY has
// flats. Static text of at most two characters.
const char *pitch_name(int pc, int key, enum mode mode);

// The pitch class called NAME ("C", "F#", "Bb"), or -1.
int pitch_find(const char *name);

#endif
