// What one would write down on hearing a session: its notes, and the chords they make. The rules of
// the music are checked on this, not on what the composer meant.
#ifndef TESTS_MUSIC_LISTEN_H
#define TESTS_MUSIC_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/composer.h"

#define HEARD_NOTES_MAX 16384
#define HEARD_CHORDS_MAX 2048
#define RATE 48000.0

struct heard_note {
    double at, seconds; // onset and length until it is let go
    int midi;           // 0: no pitch
    double pitch;       // with its humanised detune
    uint32_t layer, role;
    int degree;         // of the chord it belongs to, declared
    int key, mode;      // declared where it begins; mode is the borrowed one in an interchange
    int scene_mode;     // the scene's own (or pinned) mode
};

struct heard_chord {
    double at, seconds; // until the next one
    uint32_t count;
    uint8_t midi[8];
    int bass;           // sounding at its onset or soon after; -1: none
    int degree;         // declared
};

struct heard {
    const struct scene *scene;
    double from, until; // seconds
    uint32_t note_count, chord_count;
    struct heard_note notes[HEARD_NOTES_MAX];
    struct heard_chord chords[HEARD_CHORDS_MAX];
};

// Built-in scene INDEX; fails the test when it does not load.
const struct scene *listen_scene(uint32_t index);

// Notes and chords of SECONDS from phrase 0 of SCENE with SEED. *HEARD is static memory's.
void listen(const struct scene *scene, uint64_t seed, double seconds, struct heard *heard);

// Finds the chords among the notes anew (after a test has changed some).
void listen_chords(struct heard *heard);

#endif
