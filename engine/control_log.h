// The control log: the time-stamped list of what the listener changed. With engine version, scene,
// seed and position it makes up the music address, so its form must be canonical.
//
// Rules (each has its test): entries stand on tick boundaries (multiples of 4800 frames) and are
// sorted by frame; two changes of one control on the same tick merge into the later one; a scene
// entry sets every control to the new scene's defaults and drops what its tick held before; entries
// older than the horizon collapse into the start state; a log that is full within the horizon
// refuses further changes and never forgets. The value of a control at frame n depends only on
// entries at or before n (causality).
//
// Plain data without pointers to memory of its own: a log may be copied by assignment. Whoever owns
// the session owns its log (engine thread when live, caller when offline).
#ifndef ENGINE_CONTROL_LOG_H
#define ENGINE_CONTROL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/control.h" // enum control
#include "engine/status.h"  // aeo_status

struct scene; // engine/scene.h

#define LOG_ENTRIES_MAX 512
#define LOG_SCENES_MAX 32        // of these; a scene entry is long and an address has 4096 bytes
#define LOG_TICK_FRAMES 4800     // entries stand on multiples of this
// Two epochs (192 s), the longest note with its tail (60 + 60 s), a section (up to 15 phrases of
// 24 s) and the one before it, rounded up to ten epochs of 96 s.
#define LOG_HORIZON_FRAMES (INT64_C(10) * 4608000)

// Room in an address: 4096 characters less 100 for the head, at 4 characters for 3 bytes. Half a
// thousand changes a few seconds apart take five bytes each and fit.
#define LOG_BYTES_MAX 2960
#define LOG_START_BYTES_MAX (1 + 8 + 7 + CONTROL_COUNT * 4) // part and every value, written out
#define LOG_GAP_BYTES_MAX 6 // AEO_POSITION_MAX in ticks has 40 bits

enum control_entry_kind { ENTRY_CONTROL, ENTRY_SCENE };

struct control_entry {
    int64_t frame;             // multiple of LOG_TICK_FRAMES, >= 0
    uint16_t kind;             // enum control_entry_kind
    uint16_t control;          // ENTRY_CONTROL: enum control; else 0
    float value;               // ENTRY_CONTROL: quantised value (control_quantise); else 0
    uint64_t scene_hash;       // ENTRY_SCENE: hash of the scene's content; else 0
    const struct scene *scene; // ENTRY_SCENE: the scene found by that hash (not owned); else NULL
};

// What holds before the first entry: the scene, where its phrases are counted from, and the value
// of every control. A fresh session has part_start = phrase_first = 0 and the scene's defaults with
// the settings it was opened with.
struct control_start {
    const struct scene *scene; // not owned
    int64_t part_start;        // frame at which phrase `phrase_first` of `scene` begins
    int64_t phrase_first;      // index of that phrase
    float values[CONTROL_COUNT];
};

struct control_log {
    struct control_start start;
    struct control_entry entries[LOG_ENTRIES_MAX];
    uint32_t count;
    uint32_t scene_count; // entries of kind ENTRY_SCENE among them
};

// An empty log that starts in SCENE with its defaults.
void control_log_init(struct control_log *log, const struct scene *scene);

// Adds a change of CONTROL to VALUE (quantised by the caller) at FRAME, a tick boundary >= 0, at
// any place in the order. AEO_ERR_FULL when the log is full.
enum aeo_status control_log_add(struct control_log *log, int64_t frame, enum control control,
                                float value);

// Adds a change to SCENE at FRAME. A scene entry replaces one on the same tick.
enum aeo_status control_log_add_scene(struct control_log *log, int64_t frame,
                                      const struct scene *scene);

// True when N further entries (of which SCENES scene entries) fit for sure, so that a set of
// changes can be all or nothing.
bool control_log_has_room(const struct control_log *log, uint32_t n, uint32_t scenes);

// Bytes the log takes in an address, at most. At most LOG_BYTES_MAX at any time.
uint32_t control_log_bytes(const struct control_log *log);

// Moves entries older than POSITION - LOG_HORIZON_FRAMES into the start state. Changes no sample at
// or after POSITION.
void control_log_collapse(struct control_log *log, int64_t position);

// The target CONTROL has at FRAME: that of the latest entry at or before FRAME (a scene entry sets
// all controls to that scene's defaults), else the start value. For controls with a curve the sound
// is still gliding towards it.
double control_log_target(const struct control_log *log, enum control control, int64_t frame);

// The scene of the latest scene entry at or before FRAME, else the start scene. Which scene's
// phrases sound at FRAME is the composer's timeline, as a scene waits for a phrase boundary.
const struct scene *control_log_scene(const struct control_log *log, int64_t frame);

#endif
