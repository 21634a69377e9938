// A renderer that misbehaves when a soak run asks for it: the processor's own, as the added one
// that an engine may have, so that a machine without a GPU can lose one. It makes the same bits as
// every renderer. Only there with AEOLIAN_FAULT_RENDERER=1; AEOLIAN_FAULT_PAGE then names the page
// it is told through.
#ifndef PROFILING_SOAK_RENDERER_FLAKY_H
#define PROFILING_SOAK_RENDERER_FLAKY_H

#include <stdbool.h>

extern const struct aeo_renderer renderer_flaky;

// Whether the environment asks for it.
bool renderer_flaky_wanted(void);

#endif
