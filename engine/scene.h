// A scene: everything that makes one piece of music different from another, as plain numbers.
//
// A scene is read from JSON (docs/SCENES.md describes every field), the built-in ones and a user's
// own by the same loader, and never changes afterwards; the composer, the address (by the hash of
// the content) and the renderer only read it. Nothing in it points anywhere, so it may be copied.
// Loading runs at start-up and may allocate (jansson does); everything after that does not.
#ifndef ENGINE_SCENE_H
#define ENGINE_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/control.h" // CONTROL_COUNT
#include "engine/scales.h"  // enum mode
#include "engine/status.h"  // enum aeo_status, aeo_fault
#include "voices/note.h"    // struct voice_patch

#define SCENE_LAYERS_MAX 8
#define SCENE_LOOPS_MAX 7
#define SCENE_NAME_MAX 48
#define SCENE_CHARACTER_MAX 160
#define SCENE_FILE_BYTES_MAX 65536 // a larger scene file is refused unread
#define SCENE_DEPTH_MAX 8          // a file nested deeper is refused

// What a layer plays. The role picks the generator, the patch picks the sound.
enum layer_role {
    ROLE_CHORD,   // the voices of the chord in force, or the upper few of them
    ROLE_BASS,    // one slow note under one to three chords
    ROLE_BELLS,   // rare single strokes at random
    ROLE_LOOPS,   // single notes, each on a period of its own that never meets the others
    ROLE_WEATHER, // noise without pitch, without gaps
    ROLE_COUNT
};

// How a scene may change its key between movements.
enum scene_keys { SCENE_KEYS_FIXED, SCENE_KEYS_MOVE };

struct scene_layer {
    char name[24];          // shown to the listener with each note
    uint32_t role;          // enum layer_role
    uint32_t level_control; // the enum control (CONTROL_LEVEL_...) that scales this layer's bus
    float level_db;         // balance: loudness against the others; of a bass: power
    float send_db;          // reverb: power of its return against the layer's own, at neutral
                            // space; SCENE_SEND_OFF and below: none
    float presence;         // 0..1: share of the ordinary sections in which the layer plays
    bool thin;              // plays on in thin sections (at most two layers do)
    float velocity_low, velocity_high; // 0..1
    float range_low, range_high;       // MIDI: bass, bells, loops; chord layers share the scene's
    float rate_low, rate_high;         // ROLE_BELLS: strokes per second at density 0 and 1
    uint32_t top_voices;               // ROLE_CHORD: only the upper N voices; 0 = all
    float gap_s;                       // ROLE_BASS: longest rest between two notes
    float swing_db;                    // ROLE_WEATHER: slow level movement, +-
    float note_s;                      // ROLE_LOOPS with a sustained voice: length of a note
    uint32_t loop_count;               // ROLE_LOOPS
    uint32_t loop_ms[SCENE_LOOPS_MAX]; // periods, milliseconds; primes never meet again
    float loop_home[SCENE_LOOPS_MAX];  // MIDI pitch each loop keeps near
    struct voice_patch patch;
    // Computed by the loader (scene_level.h), not read from the file:
    float loudness_lufs; // of the layer while it plays, all voices together; of one stroke of bells
    float send_gain;     // amplitude from the layer's bus to the reverb's input; 0: none
};

struct scene_reverb {
    uint32_t lines;  // enum reverb_lines of voices/effects.h: 0 room, 1 hall, 2 vast
    float t_low_s, t_nyquist_s; // T60 at 0 Hz and at 24 kHz
    float predelay_ms;
};

struct scene_delay {
    bool on;
    float time_s;   // left, 0.3..1; the right one is 1.27 times as long
    float feedback; // 0..0.7
    float send_db;  // gain on the reverb's send; SCENE_SEND_OFF: no echo
};

struct scene {
    char name[SCENE_NAME_MAX], slug[SCENE_NAME_MAX], character[SCENE_CHARACTER_MAX];
    uint32_t key, mode;           // pitch class of the tonic, enum mode
    float pedal_midi;             // where the bass is at home
    uint32_t keys;                // enum scene_keys
    int32_t phrase_frames;        // 8..24 s, a multiple of 960
    uint32_t bars_per_phrase;     // 2 or 4; chords start on bars
    uint32_t phrases_per_section; // a section is 2..5 min
    uint32_t sections_per_movement;
    float hold_s;                 // median length of a chord at neutral pace
    float roughness_max;          // bound of Sethares' R for a chord at neutral tension
    float lufs;                   // integrated loudness at the default controls
    float trim_db;                // measured correction of the predicted loudness
    float arc_db;                 // sections and movements swell by up to +- this, 0..3
    float thin_db;                // thin sections are softer by this (-6..0)
    float pedal, planing, interchange; // chances, see docs/SCENES.md
    float stagger_low_s, stagger_high_s; // time over which the voices of a chord change
    uint32_t voices_low, voices_high;    // upper voices at density 0 and 1
    float range_low, range_high;         // MIDI range of the upper voices
    float saturation_max;                // 0..0.4: what full warmth drives
    struct scene_reverb reverb;
    struct scene_delay delay;
    float defaults[CONTROL_COUNT]; // quantised (control_quantise)
    uint32_t layer_count;
    struct scene_layer layers[SCENE_LAYERS_MAX];
    uint64_t hash; // of everything above as read, so that equal content has equal addresses
};

#define SCENE_SEND_OFF (-60.0f)

// Reads TEXT (BYTES bytes of JSON, need not end in 0) into *SCENE. ORIGIN (a file name) opens the
// message when something is wrong: "FILE: layers[2].attack_s: ...". On failure *SCENE is undefined.
// AEO_ERR_SCENE, AEO_ERR_MEMORY. Any one thread; allocates while it runs.
enum aeo_status scene_parse(struct scene *scene, const char *text, size_t bytes, const char *origin,
                            aeo_fault *fault);

// Reads the scene file PATH. Errors as scene_parse, and AEO_ERR_IO when it cannot be read.
enum aeo_status scene_load(struct scene *scene, const char *path, aeo_fault *fault);

// Number of scenes that come with the program, and reading the INDEX-th of them.
uint32_t scene_builtin_count(void);
enum aeo_status scene_builtin(struct scene *scene, uint32_t index, aeo_fault *fault);

#endif
