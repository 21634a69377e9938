// Which renderer a batch goes to when there are two: the processor's for few spans, the added one
// (a GPU's) for many.
//
// A GPU takes nearly the same time for one span as for a hundred, so below some number of spans the
// processor is done first. The number is measured when the engine opens, or told. As moving a
// session costs a copy of its effect state, live batches change over at once when they grow, but go
// back only after they have been small for a while. The bits do not depend on it. Whoever renders.
#ifndef ENGINE_CHOICE_H
#define ENGINE_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/aeolian.h" // aeo_engine

#define CHOICE_SPANS_MAX 4096 // most that measuring asks for
#define CHOICE_QUIET_TICKS 50 // in a row with fewer than half of spans_min, before going back

struct choice {
    uint32_t spans_min;   // batches of fewer spans go to the CPU; 1: none does
    uint32_t quiet_ticks; // live ticks in a row with fewer than half of that
    bool added;           // live batches go to the added renderer
};

void choice_init(struct choice *choice, uint32_t spans_min);

// Whether a live pass of SPANS spans (at least one) goes to the added renderer. TICK: of all
// sessions; else of starting ones only, which says nothing about how many there are.
bool choice_live(struct choice *choice, uint32_t spans, bool tick);

// The same for FRAMES frames of each of COUNT sessions offline: long ones always do.
bool choice_offline(const struct choice *choice, uint32_t count, uint32_t frames);

// The smallest batch that the added renderer has done before the processor, which renders THREADS
// spans side by side in CPU_NS, if the added one needs ADDED_NS. 1..CHOICE_SPANS_MAX.
uint32_t choice_spans_min(uint64_t added_ns, uint64_t cpu_ns, uint32_t threads);

// Renders a tick of the first scene on both renderers and returns choice_spans_min of the times it
// took; 0 when the added renderer is lost over it or makes other samples. Before the engine is
// handed out.
uint32_t choice_measure(aeo_engine *engine);

#endif
