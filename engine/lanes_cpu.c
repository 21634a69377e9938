// The lane code of the CPU renderer: compiled once per instruction set, each time under another
// LANE_ macro, into one table of functions (lanes_cpu.h).
//
// Cells come from the voices, a bus at a time: notes into the bus in their order, then the bus into
// the dry and the send sum, with gains that go in a straight line from one cell boundary to the
// next. Everything is anchored to absolute cells, so where a chunk begins changes no bit.
// Worker threads; all memory is the caller's.
#include "engine/lanes_cpu.h" // struct lanes_cpu

#include <string.h>

#include "voices/curve.h"   // curve_values
#include "voices/effects.h" // effects_render
#include "voices/lane.h"    // lane_f
#include "voices/math.h"    // lane_exp2
#include "voices/tone.h"    // voice_render

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

// Boundaries of a chunk's cells, with room for lanes that run over.
#define BOUNDARIES (CHUNK_CELLS + 1 + LANE_WIDTH_MAX)

struct cells_scratch {
    LANE_ALIGN float bus[2][CHUNK_FRAMES];
    LANE_ALIGN float curves[PLAN_CURVES][BOUNDARIES];
    LANE_ALIGN float level[BOUNDARIES]; // of one bus: gain at each boundary
    LANE_ALIGN float space[BOUNDARIES]; // gain that the space control gives to all sends
    struct voice_scratch voice;
};

union scratch {
    struct cells_scratch cells;
    struct effects_scratch effects;
};

static void reset(void *state) {
    effects_reset(state);
}

// -------------------------------------------------------------------------------------- curves

// Values of CURVE at the boundaries of COUNT cells from CELL on: the segments paint over each other
// from their starts on.
static void curve_fill(const struct plan_curve *curve, int64_t cell, uint32_t count, float *out) {
    for (uint32_t s = 0; s < curve->count; s++) {
        const struct curve_segment *segment = &curve->segments[s];
        // First boundary at or after the start; the first segment reaches back to all of them.
        int64_t first = (segment->start + CELL_FRAMES - 1) / CELL_FRAMES - cell;
        if (s == 0 || first < 0) first = 0;
        for (int64_t i = first; i <= count; i += LANE_WIDTH)
            lane_store(out + i, curve_values(segment, (cell + i) * CELL_FRAMES, CELL_FRAMES));
    }
}

// Level 0..1 to gain: v^2 (10 + 8 v) / 9, which is 0 at 0, exactly 1 at 0.75 and 2 (+6 dB) at 1.
static void level_gain(const float *value, uint32_t count, float *gain) {
    struct lane_thread th = {0, 1};
    LANE_FOR(i, count + 1, th) {
        lane_f v = lane_load(value + i);
        lane_f slope = lane_fma(v, lane_set(8.0F / 9.0F), lane_set(10.0F / 9.0F));
        lane_store(gain + i, lane_mul(lane_mul(v, v), slope));
    }
}

// Space 0..1 to gain of the sends: -8 dB .. +8 dB, 1 at 0.5.
static void space_gain(const float *value, uint32_t count, float *gain) {
    const float octaves = 16.0F / 6.0205999F; // from 0 to 1
    struct lane_thread th = {0, 1};
    LANE_FOR(i, count + 1, th) {
        lane_f away = lane_sub(lane_load(value + i), lane_set(0.5F));
        lane_store(gain + i, lane_exp2(lane_mul(away, lane_set(octaves))));
    }
}

// --------------------------------------------------------------------------------------- mixing

// 0, 1/64, ... 63/64: how far into its cell each frame stands.
static void ramp_fill(float *ramp) {
    for (uint32_t i = 0; i < CELL_FRAMES; i++)
        ramp[i] = (float)i * (1.0F / CELL_FRAMES);
}

// dry += bus * level; send += bus * level * send, over one channel of COUNT cells. FIRST: the sums
// are written, not added to.
static void bus_mix(const float *bus, const float *level, const float *send, float send_gain,
                    uint32_t count, bool first, float *dry, float *wet) {
    LANE_ALIGN float ramp[CELL_FRAMES];
    ramp_fill(ramp);
    for (uint32_t c = 0; c < count; c++) {
        const lane_f gain = lane_set(level[c]), rise = lane_set(level[c + 1] - level[c]);
        const float s0 = send[c] * send_gain, s1 = send[c + 1] * send_gain;
        const lane_f share = lane_set(s0), share_rise = lane_set(s1 - s0);
        for (uint32_t i = 0; i < CELL_FRAMES; i += LANE_WIDTH) {
            const uint32_t at = c * CELL_FRAMES + i;
            const lane_f t = lane_load(ramp + i);
            const lane_f x = lane_mul(lane_load(bus + at), lane_fma(t, rise, gain));
            const lane_f y = lane_mul(x, lane_fma(t, share_rise, share));
            lane_store(dry + at, first ? x : lane_add(lane_load(dry + at), x));
            lane_store(wet + at, first ? y : lane_add(lane_load(wet + at), y));
        }
    }
}

static bool note_is_in(const struct voice_note *note, int64_t cell, uint32_t count) {
    return note->onset < (cell + count) * CELL_FRAMES && note->end > cell * CELL_FRAMES;
}

// Renders the notes of bus number BUS, which are neighbours in the span's list from *AT on. False
// when none of them sounds in these cells; the bus is then not touched.
static bool bus_render(const struct span *span, const struct voice_note *notes, uint32_t bus,
                       uint32_t *at, int64_t cell, uint32_t count, struct cells_scratch *scratch) {
    const struct voice_controls controls = {scratch->curves[PLAN_BRIGHTNESS],
                                            scratch->curves[PLAN_WARMTH],
                                            scratch->curves[PLAN_MOTION]};
    bool any = false;
    for (; *at < span->note_count && span->notes[*at].bus == bus; ++*at) {
        const struct voice_note *note = &notes[span->notes[*at].note];
        if (!note_is_in(note, cell, count)) continue;
        if (!any) {
            memset(scratch->bus[0], 0, count * CELL_FRAMES * sizeof(float));
            memset(scratch->bus[1], 0, count * CELL_FRAMES * sizeof(float));
        }
        any = true;
        voice_render(note, &controls, cell, count, &scratch->voice, scratch->bus[0],
                     scratch->bus[1]);
    }
    return any;
}

static void cells_render(const struct span *span, const struct voice_note *notes, int64_t cell,
                         uint32_t count, const struct lanes_sums *sums, void *memory) {
    struct cells_scratch *scratch = memory;
    for (uint32_t c = 0; c < PLAN_CURVES; c++)
        curve_fill(&span->curves[c], cell, count, scratch->curves[c]);
    memcpy(sums->drive, scratch->curves[PLAN_DRIVE], (count + 1) * sizeof(float));
    space_gain(scratch->curves[PLAN_SPACE], count, scratch->space);
    bool first = true;
    for (uint32_t bus = 0, at = 0; bus < span->bus_count; bus++) {
        const struct plan_bus *plan = &span->buses[bus];
        if (!bus_render(span, notes, bus, &at, cell, count, scratch)) continue;
        level_gain(scratch->curves[plan->level], count, scratch->level);
        bus_mix(scratch->bus[0], scratch->level, scratch->space, plan->send_gain, count, first,
                sums->dry_l, sums->send_l);
        bus_mix(scratch->bus[1], scratch->level, scratch->space, plan->send_gain, count, first,
                sums->dry_r, sums->send_r);
        first = false;
    }
    size_t bytes = first ? (size_t)count * CELL_FRAMES * sizeof(float) : 0;
    memset(sums->dry_l, 0, bytes);
    memset(sums->dry_r, 0, bytes);
    memset(sums->send_l, 0, bytes);
    memset(sums->send_r, 0, bytes);
}

static void effects_run(void *state, const struct effects_plan *plan,
                        const struct lanes_sums *sums, float *out, void *memory) {
    union scratch *scratch = memory;
    const uint32_t skip = (uint32_t)(plan->from & (CELL_FRAMES - 1));
    const struct effects_io io = {
        .dry = {sums->dry_l + skip, sums->dry_r + skip},
        .send = {sums->send_l + skip, sums->send_r + skip},
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
