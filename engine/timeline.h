// The timeline: which scene holds at which phrase.
//
// A change of scene waits for a phrase boundary of the scene that plays, so that no phrase is cut.
// From there phrases have the new scene's length and the index counts on. A stretch of one scene is
// a part; the first part has no beginning, because music is under way before frame 0.
// Pure functions of the control log. Any thread that may read the log.
#ifndef ENGINE_TIMELINE_H
#define ENGINE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/control_log.h" // struct control_log
#include "engine/scene.h"       // struct scene

struct timeline_part {
    int64_t start;             // frame at which phrase phrase_first begins
    int64_t phrase_first;      // its index; sections of the part are counted from it
    const struct scene *scene; // not owned
    bool endless;              // the first part: holds for all earlier phrases, too
};

// The part that contains FRAME (any sign).
struct timeline_part timeline_at_frame(const struct control_log *log, int64_t frame);

// The part that contains phrase INDEX (any sign).
struct timeline_part timeline_at_phrase(const struct control_log *log, int64_t index);

// Start of phrase INDEX counted in PART (exact for phrases that belong to it).
int64_t timeline_phrase_start(const struct timeline_part *part, int64_t index);

// Index of the phrase of PART that contains FRAME.
int64_t timeline_phrase_at(const struct timeline_part *part, int64_t frame);

#endif
