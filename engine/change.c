// Changes a listener asks for: judged as a whole, put into the log at a tick boundary, and answered
// by a receipt that says when what will be heard. Whoever owns the session: its caller when
// offline, the engine thread when live.
#include <stdio.h>
#include <string.h>

#include "engine/engine.h" // change_settings, change_scene
#include "engine/fault.h"  // fault_set
#include "engine/glide.h"  // GLIDE_DELAY_FRAMES
#include "engine/timeline.h" // timeline_at_frame

static int64_t tick_at_or_after(int64_t frame) {
    if (frame < 0) frame = 0;
    return (frame + AEO_TICK_FRAMES - 1) / AEO_TICK_FRAMES * AEO_TICK_FRAMES;
}

static int64_t phrase_at_or_after(const struct score *score, int64_t frame) {
    struct music music = {.log = &score->log, .seed = score->seed};
    return composer_phrase_start(&music, composer_phrase_at(&music, frame - 1) + 1);
}

// From when until when a change of CONTROL at FRAME glides in. SCENE: as part of a scene change.
static void receipt_add(const struct score *score, int64_t frame, uint32_t control, double value,
                        bool scene, aeo_receipt *receipt) {
    const aeo_control_info *info = &control_table[control];
    int64_t from = frame, until = frame;
    if (info->boundary == AEO_BOUNDARY_NOW) {
        int64_t ramp = scene ? CONTROL_SCENE_RAMP_FRAMES
                             : (int64_t)(info->ramp_s * (float)AEO_SAMPLE_RATE);
        until = frame + GLIDE_DELAY_FRAMES + ramp;
    } else {
        from = until = phrase_at_or_after(score, frame);
        // A chord under way is finished first; it seldom outlasts the phrase after.
        struct timeline_part part = timeline_at_frame(&score->log, from);
        if (info->boundary == AEO_BOUNDARY_CHORD) until += part.scene->phrase_frames;
    }
    uint32_t i = receipt->count++;
    receipt->controls[i].control = control;
    receipt->controls[i].value = value;
    receipt->controls[i].from = from;
    receipt->controls[i].until = until;
    if (from < receipt->heard_at) receipt->heard_at = from;
}

static enum aeo_status receipt_refuse(aeo_receipt *receipt, enum aeo_status status) {
    receipt->status = status;
    receipt->count = 0;
    return status;
}

static void receipt_begin(aeo_receipt *receipt) {
    receipt->status = AEO_OK;
    receipt->count = 0;
    receipt->heard_at = INT64_MAX;
    receipt->address[0] = 0;
    memset(&receipt->fault, 0, sizeof receipt->fault);
}

static void receipt_address(const struct score *score, aeo_receipt *receipt) {
    (void)address_print_parts(score->sound_version, score->seed, score->position, &score->log,
                              receipt->address, sizeof receipt->address);
}

static enum aeo_status log_is_full(aeo_receipt *receipt) {
    return receipt_refuse(receipt,
                          fault_set(&receipt->fault, AEO_ERR_FULL, "controls",
                                    "too many changes within the last quarter of an hour"));
}

enum aeo_status change_settings(aeo_engine *engine, struct score *score, int64_t frame,
                                const aeo_setting *settings, uint32_t count,
                                aeo_receipt *receipt) {
    (void)engine;
    float values[AEO_CONTROLS_MAX];
    receipt_begin(receipt);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t control = settings[i].control;
        if (control >= CONTROL_COUNT) {
            return receipt_refuse(receipt, fault_set(&receipt->fault, AEO_ERR_ARGUMENT, "controls",
                                                     "there is no control number %u", control));
        }
        if (!control_quantise((enum control)control, settings[i].value, &values[i])) {
            const aeo_control_info *info = &control_table[control];
            return receipt_refuse(receipt,
                                  fault_set(&receipt->fault, AEO_ERR_VALUE, info->name,
                                            "%s must be a number from %g to %g", info->name,
                                            info->min, info->max));
        }
    }
    frame = tick_at_or_after(frame);
    control_log_collapse(&score->log, score->position);
    if (!control_log_has_room(&score->log, count, 0)) return log_is_full(receipt);
    for (uint32_t i = 0; i < count; i++)
        (void)control_log_add(&score->log, frame, (enum control)settings[i].control, values[i]);
    for (uint32_t i = 0; i < count; i++)
        receipt_add(score, frame, settings[i].control, (double)values[i], false, receipt);
    receipt_address(score, receipt);
    return AEO_OK;
}

enum aeo_status change_scene(aeo_engine *engine, struct score *score, int64_t frame,
                             const char *name, aeo_receipt *receipt) {
    receipt_begin(receipt);
    int32_t index = aeo_scene_find(engine, name);
    if (index < 0) {
        return receipt_refuse(receipt, fault_set(&receipt->fault, AEO_ERR_SCENE, "scene",
                                                 "there is no scene \"%.60s\"", name));
    }
    const struct scene *scene = &engine->scenes[index];
    frame = tick_at_or_after(frame);
    control_log_collapse(&score->log, score->position);
    if (control_log_add_scene(&score->log, frame, scene)) return log_is_full(receipt);
    for (uint32_t c = 0; c < CONTROL_COUNT; c++)
        receipt_add(score, frame, c, (double)scene->defaults[c], true, receipt);
    receipt_address(score, receipt);
    return AEO_OK;
}
