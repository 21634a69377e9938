// The renderer one would write first, behind the same seam as the product's: the bottom of the
// ladder. For each span and each note in it one launch, of a part that was copied up for it and is
// waited for; its sums added to the span's by another launch; device memory taken anew for each
// phrase; everything in order, nothing side by side. The kernels are the product's own, so that
// only the manner of using them differs: the sound is the same but for the order of adding up.
#ifndef PROFILING_GPU_NAIVE_H
#define PROFILING_GPU_NAIVE_H

#include "engine/renderer.h"       // struct aeo_renderer
#include "profiling/gpu/machine.h" // struct machine

// For spans of RIG_TICK_FRAMES at most.
extern const struct aeo_renderer renderer_naive;

// The device on which it will run. Before it is opened; borrowed until it is closed.
void naive_device_set(struct machine *machine);

#endif
