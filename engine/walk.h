// Inside the section: the state of the walk from chord to chord, and the bass that goes under it.
// Only section.c and walk_bass.c include this. Lives on the stack of section_make.
#ifndef ENGINE_WALK_H
#define ENGINE_WALK_H

#include "engine/section.h" // struct section, struct chord, struct composer_controls

#define WALK_RATE 48000

// The state of the walk between two chords.
struct walk {
    const struct music *music;
    const struct timeline_part *part;
    const struct scene *scene;
    struct section *section;
    const struct scene_layer *bass_layer; // NULL: the scene has no bass
    int bar_frames;
    int limit_shift;
    uint32_t index;              // of the chord now made
    struct composer_controls controls;
    bool last;
    int group_left, pedal_left;  // chords for which the bass stays
    int bass;                    // -1: none yet
    int bass_next;               // the last chord: the bass that follows it; else -1
    const struct chord *home;    // the chord to return to after planing
    uint32_t borrow_first, borrow_count;
    int borrow_mode;
};

// The layer of SCENE that plays the bass; NULL when it has none.
const struct scene_layer *walk_bass_layer(const struct scene *scene);

// Gives CHORD (key, mode, degree and planing known) its bass and whether that is struck anew.
void walk_bass(struct walk *walk, struct chord *chord);

#endif
