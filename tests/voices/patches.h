/*
 * patches.h - the instruments the voice tests play: one of every tonal voice and bell of note.
 */
#ifndef AEOLIAN_TESTS_PATCHES_H
#define AEOLIAN_TESTS_PATCHES_H

#include "voices/note.h"

struct test_patch {
    const char *name;
    double low, high; /* MIDI range it is played in */
    struct voice_patch patch;
};

extern const struct test_patch TEST_PATCHES[];
extern const uint32_t TEST_PATCH_COUNT;

/* A note of PATCH at -20 LUFS that begins at ONSET and is held for HELD frames. */
struct voice_event test_event(double midi, int64_t onset, int64_t held);

#endif
