// Loudness by arithmetic: how loud each layer has to be so that the scene as a whole is as loud as
// it says, known before a sample is rendered. Nothing is ever normalised by what came out.
//
// The levels of the layers stand in the scene (level_db, against each other). What they add up to
// over time follows from how often and how long each layer sounds, its envelope, the share of
// sections it plays in, thin sections, and the power of reverb and echo. One number, trim_db of the
// scene, takes up what the arithmetic leaves out (measured). Runs in the loader; double without
// libm.
#ifndef ENGINE_SCENE_LEVEL_H
#define ENGINE_SCENE_LEVEL_H

#include "engine/scene.h" // struct scene

#define SCENE_THIN_SHARE 0.2 // of the sections are thin

// Fills loudness_lufs and send_gain of every layer of SCENE from its other fields.
void scene_level_set(struct scene *scene);

// Power of LAYER averaged over the time it is present, against its loudness while it sounds
// (linear; about 1 for pads that overlap, small for bells).
double scene_level_duty(const struct scene *scene, const struct scene_layer *layer);

#endif
