/*
 * render.c - renders one piece of music for a test (see render.h). Single thread.
 */
#include "tests/sound/render.h"

#include <stdio.h>
#include <stdlib.h>

float *render_music(const struct render_request *request) {
    aeo_options options;
    aeo_options_default(&options);
    options.renderer = "cpu";
    options.sessions_max = 1;
    options.span_frames_max = 480000;
    aeo_engine *engine = NULL;
    aeo_session *session = NULL;
    aeo_fault fault = {0};
    aeo_session_options what = {
        .struct_size = sizeof what,
        .scene = request->scene,
        .seed = request->seed,
        .position = request->position,
        .position_given = true,
        .settings = request->settings,
        .setting_count = request->setting_count,
        .exact = true,
    };
    float *out = malloc(2 * request->frames * sizeof *out);
    if (out == NULL || aeo_engine_open(&options, &engine, &fault) != AEO_OK ||
        aeo_session_open(engine, &what, &session, &fault) != AEO_OK ||
        aeo_session_render(session, out, (uint32_t)request->frames) != AEO_OK) {
        fprintf(stderr, "render: %s: %s\n", fault.field, fault.message);
        free(out);
        out = NULL;
    }
    aeo_session_close(session);
    aeo_engine_close(engine);
    return out;
}
