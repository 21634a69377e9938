// Curves, reverb and echo designs from the control log: see the header.
#include "engine/glide.h" // glide_fill, glide_reverb, glide_delay

#include <string.h>

#include "engine/scene.h"  // struct scene
#include "voices/scalar.h" // sc_exp2, sc_log2

// The control behind each curve. The drive follows warmth, scaled by the scene.
static const enum control curve_controls[PLAN_CURVES] = {
    [PLAN_BRIGHTNESS] = CONTROL_BRIGHTNESS,
    [PLAN_WARMTH] = CONTROL_WARMTH,
    [PLAN_MOTION] = CONTROL_MOTION,
    [PLAN_SPACE] = CONTROL_SPACE,
    [PLAN_DRIVE] = CONTROL_WARMTH,
    [PLAN_LEVEL_PAD] = CONTROL_LEVEL_PAD,
    [PLAN_LEVEL_WIDE] = CONTROL_LEVEL_WIDE,
    [PLAN_LEVEL_BELLS] = CONTROL_LEVEL_BELLS,
    [PLAN_LEVEL_BASS] = CONTROL_LEVEL_BASS,
    [PLAN_LEVEL_TEXTURE] = CONTROL_LEVEL_TEXTURE,
};

static float curve_target(uint32_t curve, const struct scene *scene, float value) {
    return curve == PLAN_DRIVE ? value * scene->saturation_max : value;
}

// The one lane of plain C gives the bits that every other target gives.
static float curve_value(const struct curve_segment *segment, int64_t frame) {
    return curve_values(segment, frame, 0);
}

// Appends a segment that begins at START; what ended at or before FROM is forgotten. False when
// there is no room.
static bool segment_push(struct plan_curve *curve, int64_t start, int64_t from, float target,
                         float frames) {
    struct curve_segment *last = &curve->segments[curve->count - 1];
    struct curve_segment next = {start, curve_value(last, start), target, frames};
    if (start <= from) {
        curve->segments[0] = next;
        return true;
    }
    if (curve->count == PLAN_SEGMENTS_MAX) return false;
    curve->segments[curve->count++] = next;
    return true;
}

int64_t glide_fill(const struct control_log *log, int64_t from, int64_t to,
                   struct plan_curve *curves) {
    const struct scene *scene = log->start.scene;
    memset(curves, 0, PLAN_CURVES * sizeof *curves); // padding too: plans are compared as bytes
    for (uint32_t c = 0; c < PLAN_CURVES; c++) {
        float value = curve_target(c, scene, log->start.values[curve_controls[c]]);
        curves[c].count = 1;
        curves[c].segments[0] = (struct curve_segment){INT64_MIN / 4, value, value, 1.0f};
    }
    for (uint32_t i = 0; i < log->count; i++) {
        const struct control_entry *entry = &log->entries[i];
        int64_t start = entry->frame + GLIDE_DELAY_FRAMES;
        // The last cell of the span ends up to 63 frames behind it and is read at its end.
        if (start >= to + CELL_FRAMES) break;
        if (entry->kind == ENTRY_SCENE) scene = entry->scene;
        for (uint32_t c = 0; c < PLAN_CURVES; c++) {
            float value, frames;
            if (entry->kind == ENTRY_SCENE) {
                value = scene->defaults[curve_controls[c]];
                frames = CONTROL_SCENE_RAMP_FRAMES;
            } else if (entry->control == curve_controls[c]) {
                value = entry->value;
                frames = control_table[entry->control].ramp_s * AEO_SAMPLE_RATE;
            } else {
                continue;
            }
            value = curve_target(c, scene, value);
            if (!segment_push(&curves[c], start, from, value, frames)) {
                return entry->frame; // up to here, and 64 frames on, the segments held suffice
            }
        }
    }
    return to;
}

// FACTOR_LOW at 0, 1 at 0.5, FACTOR_HIGH at 1, even steps in the logarithm on each side.
static double factor_of(double value, double factor_low, double factor_high) {
    double away = 2.0 * (value - 0.5);
    return away < 0.0 ? sc_exp2(-away * sc_log2(factor_low)) : sc_exp2(away * sc_log2(factor_high));
}

void glide_reverb(const struct control_log *log, const struct scene *scene, int64_t epoch,
                  struct reverb_design *design) {
    int64_t start = epoch * EPOCH_FRAMES;
    double space = control_log_target(log, CONTROL_SPACE, start);
    double brightness = control_log_target(log, CONTROL_BRIGHTNESS, start);
    const struct scene_reverb *reverb = &scene->reverb;
    memset(design, 0, sizeof *design);
    reverb_design_make(design, (enum reverb_lines)reverb->lines,
                       (double)reverb->t_low_s * factor_of(space, 0.5, 1.6),
                       (double)reverb->t_nyquist_s * factor_of(brightness, 0.6, 1.6),
                       (double)reverb->predelay_ms * 1e-3 * factor_of(space, 0.5, 2.0));
}

void glide_delay(const struct scene *scene, struct delay_design *design) {
    const struct scene_delay *delay = &scene->delay;
    memset(design, 0, sizeof *design);
    delay_design_make(design, delay->on, (double)delay->time_s, (double)delay->feedback,
                      (double)delay->send_db);
}
