// The display of `aeolian play`; see play_screen.h.
#include "server/play_screen.h"

#include "server/progress.h" // progress_time
#include "server/terminal.h" // terminal_draw

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { METER_CELLS = 16 };

void play_screen_init(struct play_screen *screen, const aeo_engine *engine,
                      const aeo_session_info *info, const char *device) {
    static const char *const names[PLAY_SCREEN_CONTROLS] = {"density", "brightness", "space",
                                                            "motion",  "tension",    "warmth"};
    *screen = (struct play_screen){.device = device, .scene = info->scene, .volume = 100};
    for (int i = 0; i < PLAY_SCREEN_CONTROLS; i++) {
        int32_t control = aeo_control_find(names[i]);
        assert(control >= 0);
        screen->controls[i] = (uint32_t)control;
    }
    memcpy(screen->values, info->values, sizeof screen->values);
    snprintf(screen->scene_name, sizeof screen->scene_name, "%s",
             aeo_scene_at(engine, info->scene)->name);
}

// A bar over -48..0 dBFS, 3 dB a cell.
static void draw_meter(char out[METER_CELLS + 1], float level) {
    double decibels = level > 1e-6f ? 20.0 * log10((double)level) : -120.0;
    int full = (int)((decibels + 48.0) / 3.0 + 0.5);
    full = full < 0 ? 0 : full > METER_CELLS ? METER_CELLS : full;
    memset(out, '#', (size_t)full);
    memset(out + full, '.', (size_t)(METER_CELLS - full));
    out[METER_CELLS] = '\0';
}

// The shown level jumps up and falls by 1.5 dB a frame, which the eye can follow.
static void follow_level(float *shown, float peak) {
    *shown *= 0.84f;
    *shown = peak > *shown ? peak : *shown;
}

static void draw_controls(const struct play_screen *screen, char *out, size_t size) {
    size_t used = 0;
    for (int i = 0; i < PLAY_SCREEN_CONTROLS && used < size; i++) {
        const aeo_control_info *control = aeo_control_at(screen->controls[i]);
        bool chosen = i == screen->selected;
        used += (size_t)snprintf(out + used, size - used, "%s%s%d %s %.2f%s", i ? "  " : "",
                                 chosen ? "\033[7m" : "", i + 1, control->name,
                                 screen->values[screen->controls[i]], chosen ? "\033[0m" : "");
    }
}

void play_screen_draw(struct play_screen *screen, const struct playback_status *status,
                      int64_t position, int64_t exact_from) {
    char lines[TERMINAL_LINES_MAX][TERMINAL_LINE_BYTES];
    char left[METER_CELLS + 1], right[METER_CELLS + 1], time[24];
    int64_t now = position + status->frames;
    follow_level(&screen->level[0], status->peak_left);
    follow_level(&screen->level[1], status->peak_right);
    draw_meter(left, screen->level[0]);
    draw_meter(right, screen->level[1]);
    progress_time(time, sizeof time, (double)now / AEO_SAMPLE_RATE);
    snprintf(lines[0], TERMINAL_LINE_BYTES, "\033[1m%s\033[0m   %s   %s%s", screen->scene_name,
             screen->harmony, time, screen->paused ? "   paused" : "");
    snprintf(lines[1], TERMINAL_LINE_BYTES, "L %s R %s  volume %d %%  underruns %llu%s", left,
             right, screen->volume, (unsigned long long)status->underruns,
             now < exact_from ? "  (echoes of before are still missing)" : "");
    draw_controls(screen, lines[2], TERMINAL_LINE_BYTES);
    snprintf(lines[3], TERMINAL_LINE_BYTES, "%s",
             screen->notice[0] ? screen->notice
                               : "space pause  n p scene  + - volume  1-6 control  < > change  q");
    terminal_draw((const char(*)[TERMINAL_LINE_BYTES])lines, 4);
}
