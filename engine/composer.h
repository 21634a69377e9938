// The composer: what is played. Phrase k of a session is a pure function of the seed, the scene and
// the control log up to the start of phrase k, so any machine can write any phrase at any time and
// in any order, and nothing it once said changes when the listener moves a knob later.
//
// How: time is cut into sections of a few minutes. Key, form and first chord of a section are drawn
// from its number alone; the chords inside it are walked from there (at most SECTION_CHORDS_MAX),
// and the last one is drawn so that it leads into the next section's first (a Markov bridge). That
// makes the cost of a cold phrase one section. Randomness is Philox by (what, which, which draw).
//
// Controls act at musical boundaries: a chord reads them at the start of the phrase in which it
// begins, everything else at the start of its phrase. A note never begins before its phrase, and
// its end is known when it begins. Allocates nothing, uses no libm, keeps no state: any thread.
#ifndef ENGINE_COMPOSER_H
#define ENGINE_COMPOSER_H

#include <stdint.h>

#include "engine/control_log.h" // struct control_log
#include "engine/scene.h"       // struct scene
#include "engine/status.h"      // enum aeo_status
#include "voices/note.h"        // struct voice_event

#define PHRASE_NOTES_MAX 96
#define COMPOSER_NOTE_FRAMES_MAX (INT64_C(60) * 48000) // off - onset of every note, at most

// All that music depends on. Both are borrowed.
struct music {
    const struct control_log *log;
    uint64_t seed;
};

struct composed_note {
    struct voice_event event; // onset within the phrase; ready for voice_note_init
    uint8_t midi_nominal;     // the written pitch; event.midi is humanised. 0 for weather
    uint8_t role;             // enum layer_role
};

struct phrase {
    int64_t index;
    int64_t position;          // first frame
    int32_t length;            // frames
    const struct scene *scene; // the scene in force (not owned)
    uint8_t key, mode;         // pitch class, enum mode; as they hold in most of the phrase
    char key_name[4], mode_name[16];
    char chord_name[16];       // the chord heard longest in it, "Dadd9", "Emaj7/D"
    uint32_t note_count;
    struct composed_note notes[PHRASE_NOTES_MAX]; // sorted by onset, then layer, then id
};

// Writes phrase INDEX (any sign) into *OUT. AEO_ERR_FULL if the scene asks for more notes than a
// phrase holds: those that come latest are left out.
enum aeo_status composer_phrase(const struct music *music, int64_t index, struct phrase *out);

// Index of the phrase that contains FRAME (any sign), and first frame of phrase INDEX. Phrases
// after a later change of scene are counted as the log stands now.
int64_t composer_phrase_at(const struct music *music, int64_t frame);
int64_t composer_phrase_start(const struct music *music, int64_t index);

// Frames from a note's off (bells: onset) to its end, the longest of all layers of SCENE: how far
// back a renderer looks is COMPOSER_NOTE_FRAMES_MAX plus this.
int64_t composer_tail_frames(const struct scene *scene);

#endif
