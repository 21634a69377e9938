// The lane code of the CPU renderer: compiled once per instruction set, each time under another
// LANE_ macro, into one table of functions (lanes_cpu.h).
//
// Worker threads; all memory is the caller's.
#include "engine/lanes_cpu.h" // struct lanes_cpu

#include "voices/effects.h" // effects_render
#include "voices/mix.h"     // mix_render

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

union scratch {
    struct mix_scratch cells;
    struct effects_scratch effects;
};

static void reset(void *state) {
    effects_reset(state);
}

static void cells_render(const struct span *span, const struct voice_note *notes, int64_t cell,
                         uint32_t count, const struct mix_sums *sums, void *memory) {
    union scratch *scratch = memory;
    const struct mix_plan plan = {span->bus_count, span->note_count, span->buses,
                                  span->notes,     span->curves,     notes};
    mix_render(&plan, cell, count, sums, &scratch->cells);
}

static void effects_run(void *state, const struct effects_plan *plan,
                        const struct mix_sums *sums, float *out, void *memory) {
    union scratch *scratch = memory;
    const uint32_t skip = (uint32_t)(plan->from & (CELL_FRAMES - 1));
    const struct effects_io io = {
        .dry = {sums->dry[0] + skip, sums->dry[1] + skip},
        .send = {sums->send[0] + skip, sums->send[1] + skip},
        .drive = sums->drive,
        .out = out,
    };
    effects_render(state, &scratch->effects, plan, &io);
}

const struct lanes_cpu GLUE(lanes_cpu_, LANE_SUFFIX) = {
    .name = TEXT(LANE_SUFFIX),
    .width = LANE_WIDTH,
    .state_bytes = sizeof(struct effects_state),
    .scratch_bytes = sizeof(union scratch),
    .effects_reset = reset,
    .cells_render = cells_render,
    .effects_render = effects_run,
};
