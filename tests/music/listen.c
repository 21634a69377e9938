// See listen.h.
#include "tests/music/listen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/section.h" // section_make, section_chord_at

const struct scene *listen_scene(uint32_t index) {
    static struct scene scenes[8];
    aeo_fault fault = {0};
    assert_true(index < 8);
    if (scene_builtin(&scenes[index], index, &fault) != AEO_OK) fail_msg("%s", fault.message);
    return &scenes[index];
}

// Voices of one chord begin within 5 s of each other; chords are at least 8 s apart.
#define CHORD_SPREAD_S 5.5

// The layer whose notes are the whole chord: the first of role chord without a limit of voices.
static uint32_t chord_layer(const struct scene *scene) {
    for (uint32_t i = 0; i < scene->layer_count; i++) {
        if (scene->layers[i].role == ROLE_CHORD && scene->layers[i].top_voices == 0) return i;
    }
    return 0;
}

static int bass_at(const struct heard *h, double at) {
    int bass = -1;
    for (uint32_t i = 0; i < h->note_count; i++) {
        const struct heard_note *n = &h->notes[i];
        if (n->role != ROLE_BASS || n->at > at + 1.0) continue;
        if (n->at + n->seconds > at + 2.0) bass = n->midi;
    }
    return bass;
}

static void chord_insert(struct heard_chord *chord, int midi) {
    uint32_t i = chord->count++;
    for (; i > 0 && chord->midi[i - 1] > midi; i--) chord->midi[i] = chord->midi[i - 1];
    chord->midi[i] = (uint8_t)midi;
}

void listen_chords(struct heard *h) {
    uint32_t layer = chord_layer(h->scene);
    h->chord_count = 0;
    struct heard_chord *chord = NULL;
    for (uint32_t i = 0; i < h->note_count; i++) {
        const struct heard_note *n = &h->notes[i];
        if (n->layer != layer) continue;
        if (!chord || n->at > chord->at + CHORD_SPREAD_S) {
            if (chord) chord->seconds = n->at - chord->at;
            assert_true(h->chord_count < HEARD_CHORDS_MAX);
            chord = &h->chords[h->chord_count++];
            *chord = (struct heard_chord){.at = n->at, .seconds = n->seconds};
            chord->bass = bass_at(h, n->at);
            chord->degree = n->degree;
        }
        assert_true(chord->count < 8);
        chord_insert(chord, n->midi);
    }
}

void listen(const struct scene *scene, uint64_t seed, double seconds, struct heard *h) {
    static struct control_log log;
    static struct phrase phrase;
    static struct section section;
    control_log_init(&log, scene);
    struct music music = {&log, seed};
    memset(h, 0, sizeof *h);
    h->scene = scene;
    h->until = seconds;
    int64_t last = composer_phrase_at(&music, (int64_t)(seconds * RATE) - 1);
    for (int64_t index = 0; index <= last; index++) {
        assert_int_equal(composer_phrase(&music, index, &phrase), AEO_OK);
        struct timeline_part part = timeline_at_phrase(&log, index);
        section_make(&music, &part, section_number(&part, index), index, &section);
        for (uint32_t i = 0; i < phrase.note_count; i++) {
            const struct composed_note *n = &phrase.notes[i];
            const struct chord *chord = section_chord_at(&section, n->event.onset);
            assert_true(h->note_count < HEARD_NOTES_MAX);
            h->notes[h->note_count++] = (struct heard_note){
                .at = (double)n->event.onset / RATE,
                .seconds = (double)(n->event.off - n->event.onset) / RATE,
                .midi = n->midi_nominal,
                .pitch = n->event.midi,
                .layer = n->event.layer,
                .role = n->role,
                .degree = chord->degree,
                .key = chord->key,
                .mode = chord->mode,
                .scene_mode = chord->borrowed ? (int)scene->mode : chord->mode};
        }
    }
    listen_chords(h);
}
