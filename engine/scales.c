// Mode tables and the small arithmetic on scale steps. See scales.h.
#include "engine/scales.h"

#include <string.h>

const uint8_t scale_steps[MODE_COUNT][SCALE_DEGREES] = {
    [MODE_LYDIAN] = {0, 2, 4, 6, 7, 9, 11},
    [MODE_IONIAN] = {0, 2, 4, 5, 7, 9, 11},
    [MODE_MIXOLYDIAN] = {0, 2, 4, 5, 7, 9, 10},
    [MODE_DORIAN] = {0, 2, 3, 5, 7, 9, 10},
    [MODE_AEOLIAN] = {0, 2, 3, 5, 7, 8, 10},
    [MODE_PHRYGIAN] = {0, 1, 3, 5, 7, 8, 10},
};

static const char *const mode_names[MODE_COUNT] = {
    [MODE_LYDIAN] = "lydian", [MODE_IONIAN] = "ionian",   [MODE_MIXOLYDIAN] = "mixolydian",
    [MODE_DORIAN] = "dorian", [MODE_AEOLIAN] = "aeolian", [MODE_PHRYGIAN] = "phrygian",
};

// Semitones from the tonic of a mode up to the tonic of the major scale with the same notes.
static const uint8_t relative_major[MODE_COUNT] = {
    [MODE_LYDIAN] = 7,  [MODE_IONIAN] = 0,  [MODE_MIXOLYDIAN] = 5,
    [MODE_DORIAN] = 10, [MODE_AEOLIAN] = 3, [MODE_PHRYGIAN] = 8,
};

static const char *const sharp_names[12] = {"C",  "C#", "D",  "D#", "E",  "F",
                                            "F#", "G",  "G#", "A",  "A#", "B"};
static const char *const flat_names[12] = {"C",  "Db", "D",  "Eb", "E",  "F",
                                           "Gb", "G",  "Ab", "A",  "Bb", "B"};

// Division that rounds down, so that steps below the tonic count as those above it.
static int floor_div(int a, int b) {
    int q = a / b;
    return a % b < 0 ? q - 1 : q;
}

const char *mode_name(enum mode mode) { return mode_names[mode]; }

int mode_find(const char *name) {
    for (int i = 0; i < MODE_COUNT; i++) {
        if (strcmp(name, mode_names[i]) == 0) return i;
    }
    return -1;
}

int scale_semitones(enum mode mode, int step) {
    int octave = floor_div(step, SCALE_DEGREES);
    return 12 * octave + scale_steps[mode][step - SCALE_DEGREES * octave];
}

int scale_pitch_class(int key, enum mode mode, int step) {
    return (key + scale_semitones(mode, step - SCALE_DEGREES * floor_div(step, SCALE_DEGREES))) %
           12;
}

// The highest scale step at or below MIDI, counted from the tonic nearest above MIDI 0.
static int step_at_or_below(int key, enum mode mode, int midi) {
    int above = midi - key;
    int octave = floor_div(above, 12);
    int within = above - 12 * octave;
    int step = 0;
    while (step + 1 < SCALE_DEGREES && scale_steps[mode][step + 1] <= within) step++;
    return octave * SCALE_DEGREES + step;
}

bool scale_contains(int key, enum mode mode, int midi) {
    return key + scale_semitones(mode, step_at_or_below(key, mode, midi)) == midi;
}

int scale_shift(int key, enum mode mode, int midi, int steps) {
    return key + scale_semitones(mode, step_at_or_below(key, mode, midi) + steps);
}

const char *pitch_name(int pc, int key, enum mode mode) {
    // Majors on F, Bb, Eb, Ab and Db are written with flats; Gb/F# we write with sharps.
    static const bool flats[12] = {[5] = true, [10] = true, [3] = true, [8] = true, [1] = true};
    bool flat = flats[(key + relative_major[mode]) % 12];
    return flat ? flat_names[pc] : sharp_names[pc];
}

int pitch_find(const char *name) {
    for (int i = 0; i < 12; i++) {
        if (strcmp(name, sharp_names[i]) == 0 || strcmp(name, flat_names[i]) == 0) return i;
    }
    return -1;
}
