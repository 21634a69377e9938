// A section: the two to five minutes inside which the harmony is walked chord by chord.
//
// Everything that a section begins with is drawn from its own number, so no earlier section is
// needed. The movement it belongs to gives the key: even movements stand in the scene's key, odd
// ones away from it, so that the music leaves and comes home. One section of five is thin.
// A section is identified by the index of its first phrase, which no other section of the session
// shares, whatever scenes came before. Allocates nothing; any thread.
#ifndef ENGINE_SECTION_H
#define ENGINE_SECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/chords.h"   // enum chord_kind
#include "engine/composer.h" // struct music
#include "engine/timeline.h" // struct timeline_part
#include "engine/voicing.h"  // struct voicing

#define SECTION_CHORDS_MAX 48 // 6 min of the shortest chords (8 s) and some

struct chord {
    int64_t start, end;         // frames; the end is known when the chord begins
    uint8_t key, mode;          // in force; mode is the borrowed one in an interchange
    uint8_t degree;             // 0..6
    uint8_t kind;               // enum chord_kind
    bool borrowed;              // modal interchange: the mode is not the scene's own
    bool planed;                // the chord before, shifted as a whole
    bool bass_strikes;          // a bass note begins with this chord
    uint8_t bass;               // MIDI of the bass in force
    int32_t bass_frames;        // shortest time until the bass may change
    struct voicing voicing;
};

struct section {
    int64_t number;       // within its part, any sign
    int64_t first_phrase; // its name
    int64_t start;        // frames
    int64_t frames;
    bool thin;
    uint32_t chord_count;
    struct chord chords[SECTION_CHORDS_MAX];
};

// What the composer reads from the control log at one place.
struct composer_controls {
    double density, tension, pace, warmth;
    int key;  // pinned pitch class, or -1
    int mode; // pinned enum mode, or -1
};

void composer_controls_read(const struct music *music, int64_t frame,
                            struct composer_controls *controls);

// Number of the section of PART that contains phrase INDEX, and the index of its first phrase.
int64_t section_number(const struct timeline_part *part, int64_t index);
int64_t section_first_phrase(const struct timeline_part *part, int64_t number);

// Key (pitch class) of section NUMBER when it is not pinned.
int section_key(const struct music *music, const struct timeline_part *part, int64_t number);

// Walks section NUMBER of PART up to the last chord that begins in or before phrase UNTIL. Reads
// no control later than the start of phrase UNTIL.
void section_make(const struct music *music, const struct timeline_part *part, int64_t number,
                  int64_t until, struct section *section);

// The chord of SECTION in force at FRAME.
const struct chord *section_chord_at(const struct section *section, int64_t frame);

#endif
