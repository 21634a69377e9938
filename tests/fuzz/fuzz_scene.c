// Fuzzer of scene files: whatever the bytes, the loader either refuses them in one line that says
// what is accepted, or yields a scene that can be played: phrases compose, notes are in order,
// begin in their phrase, last at most a minute and have finite numbers.
#include <assert.h>
#include <string.h>

#include "engine/composer.h"
#include "engine/scene.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void phrase_check(const struct phrase *p) {
    assert(p->note_count <= PHRASE_NOTES_MAX);
    int64_t before = p->position;
    for (uint32_t i = 0; i < p->note_count; i++) {
        const struct voice_event *e = &p->notes[i].event;
        assert(e->onset >= before && e->onset < p->position + p->length);
        assert(e->off > e->onset && e->off - e->onset <= COMPOSER_NOTE_FRAMES_MAX);
        assert(e->midi >= 0.0 && e->midi < 128.0);
        assert(e->velocity >= 0.0f && e->velocity <= 1.0f);
        assert(e->loudness_lufs > -200.0f && e->loudness_lufs < 60.0f);
        assert(e->layer < p->scene->layer_count);
        before = e->onset;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct scene scene;
    static struct control_log log;
    static struct phrase phrase;
    aeo_fault fault;
    memset(&fault, 0, sizeof fault);
    if (scene_parse(&scene, (const char *)data, size, "scene.json", &fault) != AEO_OK) {
        assert(fault.status == AEO_ERR_SCENE);
        assert(strlen(fault.message) > 12 && !strpbrk(fault.message, "\n\r"));
        return 0;
    }
    control_log_init(&log, &scene);
    struct music music = {&log, scene.hash};
    static const int64_t indexes[] = {-7, 0, 1, 12, 1000};
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
        enum aeo_status status = composer_phrase(&music, indexes[i], &phrase);
        assert(status == AEO_OK || status == AEO_ERR_FULL);
        phrase_check(&phrase);
    }
    return 0;
}
