/*
 * render.h - music for the sound tests, through the public interface only.
 *
 * The buffers are the caller's to free. Single thread.
 */
#ifndef AEOLIAN_TESTS_SOUND_RENDER_H
#define AEOLIAN_TESTS_SOUND_RENDER_H

#include <stddef.h>
#include <stdint.h>

#include "engine/aeolian.h"

/* One piece of music: what to play, from where, how long. */
struct render_request {
    const char *scene;
    uint64_t seed;
    int64_t position;
    size_t frames;
    const aeo_setting *settings; /* controls at the start; may be NULL */
    uint32_t setting_count;
};

/* Renders REQUEST on a CPU engine of its own; NULL and a line on stderr when it cannot. */
float *render_music(const struct render_request *request);

#endif
