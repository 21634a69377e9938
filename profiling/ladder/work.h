// What the rungs of the ladder share: the phrase, and how each of them renders it. Inner header of
// profiling/ladder.
#ifndef PROFILING_LADDER_WORK_H
#define PROFILING_LADDER_WORK_H

#include "engine/lanes_cpu.h"        // struct lanes_cpu
#include "engine/plan.h"             // struct span
#include "profiling/ladder/memory.h" // struct ladder_memory
#include "profiling/ladder/sines.h"  // struct sine

enum { LADDER_FRAMES = 16 * 48000, LADDER_CELLS = LADDER_FRAMES / CELL_FRAMES };

struct work {
    struct span span;               // one bus, controls held still
    const struct voice_note *notes; // the pool that span.notes[] number
    struct sines_controls controls;
    double level, send;             // gains of the bus, and from it into the send
    struct ladder_memory memory;    // of the rung under way
    struct mix_sums sums;           // of the whole phrase
    uint32_t thinning;              // one cell in so many is rendered, the others stay silent
};

// Takes and gives the sums of the phrase.
void work_sums_take(struct work *work);
void work_sums_give(struct work *work);

// Every sine of the phrase, all notes one behind the other, and a cell's levels.
struct sine_list {
    struct sine *sines;
    uint32_t count;
};

// The scalar rungs: voices alone, into work->sums.
void scalar_note_by_note(struct work *work);
void scalar_batched(struct work *work);                    // takes its list, and gives it back
struct sine_list scalar_list_take(struct work *work);
void scalar_list_give(struct work *work, struct sine_list *list);
void scalar_sines(struct work *work, const struct sine_list *list);
void scalar_recurrence(struct work *work, const struct sine_list *list);

// The lane code on one chunk after the other, voices alone, into work->sums.
void lanes_voices(struct work *work, const struct lanes_cpu *lanes, void *scratch);
// The effects over the whole phrase, from their resting state.
void lanes_effects(struct work *work, const struct lanes_cpu *lanes, void *state, void *scratch,
                   float *out);

#endif
