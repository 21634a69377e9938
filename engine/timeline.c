// Parts of a session, found by walking the scene entries of its log. See timeline.h.
#include "engine/timeline.h"

static int64_t floor_div(int64_t a, int64_t b) {
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

int64_t timeline_phrase_start(const struct timeline_part *part, int64_t index) {
    return part->start + (index - part->phrase_first) * (int64_t)part->scene->phrase_frames;
}

int64_t timeline_phrase_at(const struct timeline_part *part, int64_t frame) {
    return part->phrase_first + floor_div(frame - part->start, part->scene->phrase_frames);
}

// The part that SCENE, asked for at FRAME, begins: at the first phrase boundary of PART at or
// after FRAME, or where PART itself begins if that is still to come (then PART is never heard).
static struct timeline_part part_after(const struct timeline_part *part, int64_t frame,
                                       const struct scene *scene) {
    struct timeline_part next = {part->start, part->phrase_first, scene, false};
    if (frame > part->start || part->endless) {
        int64_t length = part->scene->phrase_frames;
        next.phrase_first = part->phrase_first - floor_div(part->start - frame, length);
        next.start = timeline_phrase_start(part, next.phrase_first);
    }
    return next;
}

// The last part that begins at or before FRAME and at or before phrase INDEX.
static struct timeline_part part_find(const struct control_log *log, int64_t frame,
                                      int64_t index) {
    struct timeline_part part = {log->start.part_start, log->start.phrase_first, log->start.scene,
                                 true};
    for (uint32_t i = 0; i < log->count; i++) {
        const struct control_entry *entry = &log->entries[i];
        if (entry->kind != ENTRY_SCENE) continue;
        struct timeline_part next = part_after(&part, entry->frame, entry->scene);
        if (next.start > frame || next.phrase_first > index) break;
        part = next;
    }
    return part;
}

struct timeline_part timeline_at_frame(const struct control_log *log, int64_t frame) {
    return part_find(log, frame, INT64_MAX);
}

struct timeline_part timeline_at_phrase(const struct control_log *log, int64_t index) {
    return part_find(log, INT64_MAX, index);
}
