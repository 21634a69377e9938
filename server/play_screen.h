// What `aeolian play` shows on a terminal: what is playing, the level, the controls. Main thread.
#ifndef SERVER_PLAY_SCREEN_H
#define SERVER_PLAY_SCREEN_H

#include "engine/aeolian.h"  // aeo_engine, aeo_session_info
#include "server/playback.h" // playback_status

enum { PLAY_SCREEN_CONTROLS = 6 };

struct play_screen {
    const char *device;
    char scene_name[48];
    char harmony[48]; // "D lydian   Dadd9"
    char notice[224]; // the last refusal; "" for none
    uint32_t scene;   // index of the scene chosen last
    uint32_t controls[PLAY_SCREEN_CONTROLS];
    double values[AEO_CONTROLS_MAX];
    int selected; // index into controls
    int volume;   // percent
    bool paused;
    float level[2]; // shown peak, falling slowly, linear
};

// Begins with the session's state; DEVICE stays the caller's.
void play_screen_init(struct play_screen *screen, const aeo_engine *engine,
                      const aeo_session_info *info, const char *device);

// Draws everything anew. POSITION is that of the first frame played.
void play_screen_draw(struct play_screen *screen, const struct playback_status *status,
                      int64_t position, int64_t exact_from);

#endif
