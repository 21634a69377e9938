// The smallest program that embeds Aeolian: renders the first ten seconds of a scene, one second at
// a time, as raw float samples (48 kHz, stereo, interleaved) into a file, and prints their level.
//
//   cc embed.c $(pkg-config --cflags --libs --static aeolian) -o embed && ./embed music.f32
//   play it:  ffplay -f f32le -ar 48000 -ch_layout stereo music.f32
#include <stdio.h>

#include "engine/aeolian.h"

int main(int argc, char **argv) {
    aeo_options options;
    aeo_options_default(&options);
    aeo_engine *engine = NULL;
    aeo_fault fault;
    if (aeo_engine_open(&options, &engine, &fault)) {
        fprintf(stderr, "aeolian: %s\n", fault.message);
        return 1;
    }
    aeo_session_options music;
    aeo_session_options_default(&music);
    music.scene = "Harbour at First Light";
    music.seed = 1;
    music.exact = true;
    aeo_session *session = NULL;
    if (aeo_session_open(engine, &music, &session, &fault)) {
        fprintf(stderr, "aeolian: %s\n", fault.message);
        aeo_engine_close(engine);
        return 1;
    }
    FILE *file = argc > 1 ? fopen(argv[1], "wb") : NULL;
    static float second[2 * AEO_SAMPLE_RATE];
    double power = 0.0;
    for (int i = 0; i < 10 && aeo_session_render(session, second, AEO_SAMPLE_RATE) == AEO_OK; i++) {
        if (file) fwrite(second, sizeof second, 1, file);
        for (int n = 0; n < 2 * AEO_SAMPLE_RATE; n++)
            power += (double)second[n] * (double)second[n];
    }
    if (file) fclose(file);
    printf("mean power %.6f by %s\n", power / (10.0 * 2 * AEO_SAMPLE_RATE),
           aeo_engine_renderer_line(engine));
    aeo_session_close(session);
    aeo_engine_close(engine);
    return power > 0.0 ? 0 : 1;
}
