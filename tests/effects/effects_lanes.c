/*
 * effects_lanes.c - compiled once per instruction set (and once in double): entry points with
 * untyped rows, so that float and double builds share one table.
 */
#include "tests/effects/effects_lanes.h"

#define LANES_GLUE2(a, b) a##b
#define LANES_GLUE(a, b) LANES_GLUE2(a, b)
#define LANES_TABLE LANES_GLUE(effects_lanes_, LANE_SUFFIX)
#define LANES_TEXT2(a) #a
#define LANES_TEXT(a) LANES_TEXT2(a)

static void lanes_reset(void *state) {
    effects_reset(state);
}

static void lanes_render(void *state, void *scratch, const struct effects_plan *plan,
                         const void *const rows[5], void *out) {
    const struct effects_io io = {.dry = {rows[0], rows[1]},
                                  .send = {rows[2], rows[3]},
                                  .drive = rows[4],
                                  .out = out};
    effects_render(state, scratch, plan, &io);
}

static void lanes_saturate(const void *x, const void *drive, void *y, uint32_t count) {
    const lane_real *in = x, *amount = drive;
    lane_real *out = y;
    for (uint32_t i = 0; i < count; i += LANE_WIDTH) {
        lane_store(out + i, saturate(lane_load(in + i), lane_load(amount + i)));
    }
}

static void lanes_surf(const struct voice_note *note, const void *brightness, int64_t cell0,
                       uint32_t cells, void *scratch, void *left, void *right) {
    const struct voice_controls controls = {brightness, brightness, brightness};
    surf_render(note, &controls, cell0, cells, scratch, left, right);
}

extern const struct effects_lanes LANES_TABLE;
const struct effects_lanes LANES_TABLE = {
    .name = LANES_TEXT(LANE_SUFFIX),
    .state_bytes = (uint32_t)sizeof(struct effects_state),
    .scratch_bytes = (uint32_t)sizeof(struct effects_scratch),
    .reset = lanes_reset,
    .render = lanes_render,
    .saturate = lanes_saturate,
    .surf = lanes_surf,
    .surf_scratch_bytes = (uint32_t)sizeof(struct surf_scratch),
};
