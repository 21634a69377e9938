// Chance for the composer: numbered draws instead of a generator with state.
//
// Every decision names what it is about (purpose), which section, phrase or chord it belongs to
// (index), which layer and which draw. Philox turns that name and the seed into a number, so any
// decision can be repeated at any time, and adding one decision never shifts another.
// Pure inline functions, any thread, no libm.
#ifndef ENGINE_DICE_H
#define ENGINE_DICE_H

#include <stdint.h>

#include "voices/philox.h" // philox, philox_unit, philox_normal

// What a draw is for. The numbers belong to the sound of every address: never renumber.
enum dice_purpose {
    DICE_KEY = 1,
    DICE_FORM = 2,
    DICE_FIRST = 3,
    DICE_WALK = 4,
    DICE_HOLD = 5,
    DICE_KIND = 6,
    DICE_VOICING = 7,
    DICE_BASS = 10,
    DICE_BELLS = 11,
    DICE_LOOPS = 12,
    DICE_TEXTURE = 13,
    DICE_HUMANISE = 14,
};

// A place to draw from: everything of the name but the number of the draw.
struct dice {
    uint64_t seed;
    uint32_t index, layer, purpose;
};

static inline struct dice dice_at(uint64_t seed, int64_t index, uint32_t layer,
                                  enum dice_purpose purpose) {
    return (struct dice){seed, (uint32_t)(uint64_t)index, layer, (uint32_t)purpose};
}

// The four words of draw number DRAW.
static inline struct philox_word4 dice_words(struct dice dice, uint32_t draw) {
    return philox(dice.seed, dice.index, dice.layer, dice.purpose, draw);
}

// Uniform in [0, 1), in steps of 2^-24.
static inline double dice_unit(struct dice dice, uint32_t draw) {
    return philox_unit(dice_words(dice, draw).w[0]);
}

static inline double dice_between(struct dice dice, uint32_t draw, double low, double high) {
    return low + (high - low) * dice_unit(dice, draw);
}

// Close to normal with mean 0 and deviation 1, bounded by +-3.5.
static inline double dice_normal(struct dice dice, uint32_t draw) {
    return philox_normal(dice_words(dice, draw));
}

// Index drawn with the COUNT weights (>= 0); COUNT when all are zero.
static inline uint32_t dice_pick(struct dice dice, uint32_t draw, const double *weights,
                                 uint32_t count) {
    double total = 0.0;
    for (uint32_t i = 0; i < count; i++) total += weights[i];
    if (total <= 0.0) return count;
    double left = dice_unit(dice, draw) * total;
    uint32_t last = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (weights[i] <= 0.0) continue;
        last = i; // rounding may leave a crumb over: the last possible one takes it
        left -= weights[i];
        if (left < 0.0) return i;
    }
    return last;
}

#endif
