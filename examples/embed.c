// Ten seconds of a scene as raw float samples; to hear them: ./embed | ffplay -f f32le -ar 48000 -
#include <stdio.h>

#include "engine/aeolian.h"

int main(void) {
    static float second[2 * AEO_SAMPLE_RATE]; // left, right, left, ...
    aeo_engine *engine = NULL;
    aeo_session *session = NULL;
    aeo_fault fault = {0};
    aeo_session_options music;
    aeo_session_options_default(&music); // the first scene, from its beginning
    music.seed = 1;
    if (!aeo_engine_open(NULL, &engine, &fault)) aeo_session_open(engine, &music, &session, &fault);
    for (int i = 0; session && i < 10 && !aeo_session_render(session, second, AEO_SAMPLE_RATE); i++)
        fwrite(second, sizeof second, 1, stdout);
    fprintf(stderr, "%s\n", session ? aeo_engine_renderer_line(engine) : fault.message);
    aeo_session_close(session);
    aeo_engine_close(engine);
    return session ? 0 : 1;
}
