// The generators: how each role of layer turns the harmony of a section into the notes of a phrase.
//
// All of them are pure: they draw by number, look only at the chord in force and at the controls as
// they stood at the start of the phrase, and write only notes whose onset lies in the phrase.
// Register map they keep to: sub and bass below 200 Hz, pads 130 to 700 Hz, bells from 500 Hz up.
// Silence is a layer, too: they would rather leave a note out. Any thread; allocates nothing.
#ifndef ENGINE_LAYERS_H
#define ENGINE_LAYERS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/composer.h" // struct music, struct phrase
#include "engine/section.h"  // struct section, struct composer_controls

// What a generator works on.
struct layer_draft {
    const struct music *music;
    const struct scene *scene;
    const struct section *section; // walked up to this phrase
    struct composer_controls controls;
    struct phrase *phrase; // notes are added to it
    bool full;             // a note did not fit
};

// True when layer LAYER plays in this phrase: by section and chance, more layers with more density.
bool layer_plays(const struct layer_draft *draft, uint32_t layer);

// Adds the notes of layer LAYER to the phrase, by its role.
void layer_compose(struct layer_draft *draft, uint32_t layer);

#endif
