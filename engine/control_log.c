// The control log: adding, merging, collapsing and looking up. The rules are in the header.
#include "engine/control_log.h" // struct control_log

#include <assert.h>
#include <string.h>

#include "engine/scene.h" // struct scene: defaults, phrase_frames

void control_log_init(struct control_log *log, const struct scene *scene) {
    memset(log, 0, sizeof *log);
    log->start.scene = scene;
    memcpy(log->start.values, scene->defaults, sizeof log->start.values);
}

// Index of the first entry at or after FRAME.
static uint32_t entry_lower_bound(const struct control_log *log, int64_t frame) {
    uint32_t low = 0, high = log->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (log->entries[middle].frame < frame) low = middle + 1;
        else high = middle;
    }
    return low;
}

static void entry_remove(struct control_log *log, uint32_t at) {
    if (log->entries[at].kind == ENTRY_SCENE) log->scene_count--;
    memmove(&log->entries[at], &log->entries[at + 1],
            (log->count - at - 1) * sizeof log->entries[0]);
    log->count--;
    memset(&log->entries[log->count], 0, sizeof log->entries[0]); // equal logs are equal bytes
}

static void entry_insert(struct control_log *log, uint32_t at, const struct control_entry *entry) {
    assert(log->count < LOG_ENTRIES_MAX);
    memmove(&log->entries[at + 1], &log->entries[at], (log->count - at) * sizeof log->entries[0]);
    log->entries[at] = *entry;
    log->count++;
    if (entry->kind == ENTRY_SCENE) log->scene_count++;
}

static uint32_t varint_bytes(uint64_t value) {
    uint32_t bytes = 1;
    for (; value >= 128; value >>= 7)
        bytes++;
    return bytes;
}

uint32_t control_log_bytes(const struct control_log *log) {
    uint32_t bytes = LOG_START_BYTES_MAX;
    int64_t before = 0;
    for (uint32_t i = 0; i < log->count; i++) {
        const struct control_entry *entry = &log->entries[i];
        bytes += 1 + varint_bytes((uint64_t)((entry->frame - before) / LOG_TICK_FRAMES));
        bytes += entry->kind == ENTRY_SCENE ? 8 : 2;
        before = entry->frame;
    }
    return bytes;
}

// An entry that splits one long gap into two can lengthen its neighbour's code by no byte, so the
// longest code of its own is all it can add.
bool control_log_has_room(const struct control_log *log, uint32_t n, uint32_t scenes) {
    if (log->count + n > LOG_ENTRIES_MAX) return false;
    if (log->scene_count + scenes > LOG_SCENES_MAX) return false;
    uint32_t more = n * (1 + LOG_GAP_BYTES_MAX + 2) + scenes * 6;
    return control_log_bytes(log) + more <= LOG_BYTES_MAX;
}

// Within a tick: the scene entry first, then controls by index. So the order in which controls of
// one tick were changed does not show in the address.
enum aeo_status control_log_add(struct control_log *log, int64_t frame, enum control control,
                                float value) {
    assert(frame >= 0 && frame % LOG_TICK_FRAMES == 0 && control < CONTROL_COUNT);
    uint32_t at = entry_lower_bound(log, frame);
    for (; at < log->count && log->entries[at].frame == frame; at++) {
        struct control_entry *entry = &log->entries[at];
        if (entry->kind == ENTRY_SCENE || entry->control < control) continue;
        if (entry->control > control) break;
        entry->value = value;
        return AEO_OK;
    }
    if (!control_log_has_room(log, 1, 0)) return AEO_ERR_FULL;
    struct control_entry entry;
    memset(&entry, 0, sizeof entry);
    entry.frame = frame;
    entry.kind = ENTRY_CONTROL;
    entry.control = (uint16_t)control;
    entry.value = value;
    entry_insert(log, at, &entry);
    return AEO_OK;
}

enum aeo_status control_log_add_scene(struct control_log *log, int64_t frame,
                                      const struct scene *scene) {
    assert(frame >= 0 && frame % LOG_TICK_FRAMES == 0 && scene);
    uint32_t at = entry_lower_bound(log, frame);
    bool replaces = at < log->count && log->entries[at].frame == frame;
    bool replaces_scene = replaces && log->entries[at].kind == ENTRY_SCENE;
    if (!control_log_has_room(log, !replaces, !replaces_scene)) return AEO_ERR_FULL;
    while (at < log->count && log->entries[at].frame == frame) entry_remove(log, at);
    struct control_entry entry;
    memset(&entry, 0, sizeof entry);
    entry.frame = frame;
    entry.kind = ENTRY_SCENE;
    entry.scene_hash = scene->hash;
    entry.scene = scene;
    entry_insert(log, at, &entry);
    return AEO_OK;
}

// A scene entry moves the start to the phrase boundary at which its scene began (engine/timeline.h
// states the same rule for entries still in the log).
static void start_apply(struct control_start *start, const struct control_entry *entry) {
    if (entry->kind == ENTRY_CONTROL) {
        start->values[entry->control] = entry->value;
        return;
    }
    int64_t length = start->scene->phrase_frames, ahead = entry->frame - start->part_start;
    int64_t phrases = ahead > 0 ? (ahead + length - 1) / length : 0;
    start->part_start += phrases * length;
    start->phrase_first += phrases;
    start->scene = entry->scene;
    memcpy(start->values, entry->scene->defaults, sizeof start->values);
}

void control_log_collapse(struct control_log *log, int64_t position) {
    uint32_t old = entry_lower_bound(log, position - LOG_HORIZON_FRAMES);
    if (old == 0) return;
    for (uint32_t i = 0; i < old; i++) {
        start_apply(&log->start, &log->entries[i]);
        if (log->entries[i].kind == ENTRY_SCENE) log->scene_count--;
    }
    uint32_t left = log->count - old;
    memmove(log->entries, &log->entries[old], left * sizeof log->entries[0]);
    memset(&log->entries[left], 0, old * sizeof log->entries[0]);
    log->count = left;
}

double control_log_target(const struct control_log *log, enum control control, int64_t frame) {
    for (uint32_t i = log->count; i-- > 0;) {
        const struct control_entry *entry = &log->entries[i];
        if (entry->frame > frame) continue;
        if (entry->kind == ENTRY_SCENE) return entry->scene->defaults[control];
        if (entry->control == control) return entry->value;
    }
    return log->start.values[control];
}

const struct scene *control_log_scene(const struct control_log *log, int64_t frame) {
    for (uint32_t i = log->count; i-- > 0;) {
        const struct control_entry *entry = &log->entries[i];
        if (entry->frame <= frame && entry->kind == ENTRY_SCENE) return entry->scene;
    }
    return log->start.scene;
}
