// Glides: how entries of the control log become the curves and designs a renderer follows.
//
// An entry at frame f starts a quintic ramp at f + 64, from the value the curve has there (which
// may itself be on the way) to the entry's target, over the control's ramp_s; after a scene entry
// every curve glides to the new scene's value over 12 s. The 64 frames make it causal: curves are
// read at boundaries of 64-frame cells, the last of which lies up to 64 frames behind the samples
// it shapes. Pure functions of the log; whoever owns the session.
#ifndef ENGINE_GLIDE_H
#define ENGINE_GLIDE_H

#include <stdint.h>

#include "engine/control_log.h" // struct control_log
#include "engine/plan.h"        // struct plan_curve

#define GLIDE_DELAY_FRAMES 64

// Fills CURVES[PLAN_CURVES] for the span [FROM, TO). Returns the frame up to which they hold: TO,
// or less (but more than FROM) when a curve has more than PLAN_SEGMENTS_MAX segments before TO.
int64_t glide_fill(const struct control_log *log, int64_t from, int64_t to,
                   struct plan_curve *curves);

// Reverb of the epoch EPOCH: the scene's in force at its first frame, sized by the targets that
// space and brightness have there.
void glide_reverb(const struct control_log *log, const struct scene *scene, int64_t epoch,
                  struct reverb_design *design);

// Echo of an epoch in which SCENE is in force at the first frame. No control shapes it: `space`
// already scales what is sent to it.
void glide_delay(const struct scene *scene, struct delay_design *design);

#endif
