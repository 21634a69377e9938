// Puts a phrase together: finds the part and section, walks the harmony, asks each layer for its
// notes, sorts them and names what is heard. See composer.h.
#include "engine/composer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/layers.h"   // layer_compose
#include "engine/section.h"  // section_make
#include "engine/timeline.h" // timeline_at_phrase

static bool note_before(const struct composed_note *a, const struct composed_note *b) {
    if (a->event.onset != b->event.onset) return a->event.onset < b->event.onset;
    if (a->event.layer != b->event.layer) return a->event.layer < b->event.layer;
    return a->event.id[1] < b->event.id[1];
}

// Insertion sort: a phrase has a dozen notes, and layers write theirs almost in order.
static void notes_sort(struct phrase *phrase) {
    for (uint32_t i = 1; i < phrase->note_count; i++) {
        struct composed_note note = phrase->notes[i];
        uint32_t at = i;
        for (; at > 0 && note_before(&note, &phrase->notes[at - 1]); at--) {
            phrase->notes[at] = phrase->notes[at - 1];
        }
        phrase->notes[at] = note;
    }
}

// The chord of SECTION that fills most of PHRASE.
static const struct chord *chord_heard(const struct section *section,
                                       const struct phrase *phrase) {
    const struct chord *best = &section->chords[0];
    int64_t best_frames = -1;
    for (uint32_t i = 0; i < section->chord_count; i++) {
        const struct chord *chord = &section->chords[i];
        int64_t from = chord->start > phrase->position ? chord->start : phrase->position;
        int64_t end = phrase->position + phrase->length;
        int64_t until = chord->end < end ? chord->end : end;
        if (until - from > best_frames) {
            best_frames = until - from;
            best = chord;
        }
    }
    return best;
}

static void phrase_name(struct phrase *phrase, const struct section *section, bool bass) {
    const struct chord *chord = chord_heard(section, phrase);
    enum mode mode = (enum mode)chord->mode;
    phrase->key = chord->key;
    phrase->mode = chord->mode;
    snprintf(phrase->key_name, sizeof phrase->key_name, "%s",
             pitch_name(chord->key, chord->key, mode));
    snprintf(phrase->mode_name, sizeof phrase->mode_name, "%s", mode_name(mode));
    chord_name((enum chord_kind)chord->kind, chord->key, mode, chord->degree,
               bass ? chord->bass % 12 : -1, phrase->chord_name, sizeof phrase->chord_name);
}

enum aeo_status composer_phrase(const struct music *music, int64_t index, struct phrase *out) {
    struct timeline_part part = timeline_at_phrase(music->log, index);
    struct section section;
    section_make(music, &part, section_number(&part, index), index, &section);
    memset(out, 0, sizeof *out);
    out->index = index;
    out->position = timeline_phrase_start(&part, index);
    out->length = part.scene->phrase_frames;
    out->scene = part.scene;
    struct layer_draft draft = {
        .music = music, .scene = part.scene, .section = &section, .phrase = out};
    composer_controls_read(music, out->position, &draft.controls);
    bool bass = false;
    for (uint32_t layer = 0; layer < part.scene->layer_count; layer++) {
        if (!layer_plays(&draft, layer)) continue;
        layer_compose(&draft, layer);
        bass = bass || part.scene->layers[layer].role == ROLE_BASS;
    }
    notes_sort(out);
    phrase_name(out, &section, bass);
    return draft.full ? AEO_ERR_FULL : AEO_OK;
}

int64_t composer_phrase_at(const struct music *music, int64_t frame) {
    struct timeline_part part = timeline_at_frame(music->log, frame);
    return timeline_phrase_at(&part, frame);
}

int64_t composer_phrase_start(const struct music *music, int64_t index) {
    struct timeline_part part = timeline_at_phrase(music->log, index);
    return timeline_phrase_start(&part, index);
}

int64_t composer_tail_frames(const struct scene *scene) {
    int64_t longest = 0;
    for (uint32_t i = 0; i < scene->layer_count; i++) {
        int64_t tail = voice_tail_frames(&scene->layers[i].patch);
        if (tail > longest) longest = tail;
    }
    return longest;
}
