// A renderer that is lost on purpose: the CPU renderer behind a wrapper which, on batch N, lets
// part of the work happen, spoils its effect states and says that it is lost. For tests of the
// handover.
#ifndef TESTS_ENGINE_RENDERER_FLAKY_H
#define TESTS_ENGINE_RENDERER_FLAKY_H

#include "engine/renderer.h"

// Lost in batch LOST_AT (counted from 1), in submit or, if IN_COLLECT, after having rendered and
// perhaps reported it. Set before opening; one engine at a time.
extern uint32_t flaky_lost_at;
extern bool flaky_in_collect;

// "flaky" reports its spans from workers; "flaky-far" leaves that to the engine, as a GPU does.
extern const struct aeo_renderer renderer_flaky, renderer_flaky_far;

#endif
