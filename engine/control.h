// The listener's controls: one table with name, kind, range, ramp and boundary of each. The command
// line, the protocol, the documentation and the engine all read this table and nothing else.
//
// Values are double in the interface and float in the log. A unit control is kept in steps of
// 1/10000, so that its text, its three bytes in an address and the number in use are one value.
// Any thread; constant data.
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/aeolian.h" // aeo_control_info

// The order is part of the address format: add new ones before CONTROL_COUNT, never reorder.
enum control {
    CONTROL_DENSITY,
    CONTROL_BRIGHTNESS,
    CONTROL_WARMTH,
    CONTROL_SPACE,
    CONTROL_MOTION,
    CONTROL_TENSION,
    CONTROL_PACE,
    CONTROL_KEY,  // 0 = "scene" (the scene's own key and its changes), 1..12 = C, C#, ... B pinned
    CONTROL_MODE, // 0 = "scene", then enum control_mode
    CONTROL_LEVEL_PAD,
    CONTROL_LEVEL_WIDE,
    CONTROL_LEVEL_BELLS,
    CONTROL_LEVEL_BASS,
    CONTROL_LEVEL_TEXTURE,
    CONTROL_COUNT
};

// Values of CONTROL_MODE, from the brightest to the darkest after the first.
enum control_mode {
    CONTROL_MODE_SCENE,
    CONTROL_MODE_LYDIAN,
    CONTROL_MODE_IONIAN,
    CONTROL_MODE_MIXOLYDIAN,
    CONTROL_MODE_DORIAN,
    CONTROL_MODE_AEOLIAN,
    CONTROL_MODE_PHRYGIAN,
    CONTROL_MODE_COUNT
};

#define CONTROL_STEPS 10000u          // a unit control is k / CONTROL_STEPS, k = 0..CONTROL_STEPS
#define CONTROL_LEVEL_NEUTRAL 0.75f   // the level value that means 0 dB, the scene's own balance
#define CONTROL_SCENE_RAMP_FRAMES 576000 // after a scene change every curve glides for 12 s

// The table, indexed by enum control.
extern const aeo_control_info control_table[CONTROL_COUNT];

// True for controls with a curve in the sound (brightness, warmth, space, motion and the levels);
// the others are read by the composer at its own boundaries.
bool control_has_curve(enum control control);

// Rounds VALUE to what the log can hold: steps of 1/10000 for unit controls, an index for enums.
// False when VALUE is not a number or out of range.
bool control_quantise(enum control control, double value, float *out);

// Text form of VALUE ("0.5", "dorian") into OUT of CAP bytes (16 are enough); always ends in 0.
void control_print(enum control control, double value, char *out, uint32_t cap);

#endif
