// What the benchmark runs in every instruction set: the loop that finds the peak, and the effects
// with a clock between their parts. Compiled once per instruction set. The timed effects repeat
// the order of effects_render; the benchmark compares their output with it, so that they cannot
// drift apart unseen.
#include "profiling/bench_lanes.h"

#include "voices/effects.h"
#include "voices/lane.h"

// Twelve sums: more than the latency of a multiply-add times the units that do it, and still in
// the sixteen registers of AVX2 with room for two factors.
enum { PEAK_SUMS = 12 };

static double timed_peak(uint32_t rounds, float *sink) {
    lane_f sum[PEAK_SUMS];
    const lane_f a = lane_set((lane_real)0.999), b = lane_set((lane_real)0.001);
    for (int i = 0; i < PEAK_SUMS; i++) {
        sum[i] = lane_set((lane_real)i);
    }
    for (uint32_t round = 0; round < rounds; round++) {
        LANE_UNROLL
        for (int i = 0; i < PEAK_SUMS; i++) {
            sum[i] = lane_fma(sum[i], a, b);
        }
    }
    lane_real out[LANE_WIDTH_MAX];
    for (int i = 0; i < PEAK_SUMS; i++) {
        lane_store(out, sum[i]);
        *sink += (float)out[0];
    }
    return (double)rounds * PEAK_SUMS * LANE_WIDTH;
}

static void timed_reset(void *state) {
    effects_reset(state);
}

static void timed_whole(void *state, void *scratch, const struct effects_plan *plan,
                        const float *const dry[2], const float *const send[2],
                        const float *drive, float *out) {
    const struct effects_io io = {{dry[0], dry[1]}, {send[0], send[1]}, drive, out};
    effects_render(state, scratch, plan, &io);
}

// Adds the ticks since *LAST to a part.
static void timed_stamp(uint64_t *ticks, uint64_t *last) {
    uint64_t now = bench_ticks();
    *ticks += now - *last;
    *last = now;
}

static void timed_parts(void *state_bytes, void *scratch_bytes,
                        const struct effects_plan *plan,
                        const float *const dry[2], const float *const send[2],
                        const float *drive, float *out, uint64_t *ticks) {
    const struct effects_io io = {{dry[0], dry[1]}, {send[0], send[1]}, drive, out};
    const struct lane_thread th = {0, 1};
    struct effects_state *state = state_bytes;
    struct effects_scratch *x = scratch_bytes;
    lane_real *const dry_rows[2] = {x->dry[0], x->dry[1]};
    lane_real *const send_rows[2] = {x->send[0], x->send[1]};
    uint64_t last = bench_ticks();
    for (uint32_t done = 0; done < plan->frames;) {
        const struct effects_stride s =
            effects_stride_at(plan, plan->from + done, plan->from + plan->frames);
        effects_take(th, &s, x, &io, done);
        effects_front(&s, &state->send, &state->diffuser, x->ramp, send_rows, x->diffused[0],
                      REVERB_ROW);
        timed_stamp(&ticks[BENCH_FRONT], &last);
        const lane_real *const passed[2] = {effects_passed(&s, &state->send, 0),
                                            effects_passed(&s, &state->send, 1)};
        effects_echo(&s, state->delay, &x->delay, passed, dry_rows);
        timed_stamp(&ticks[BENCH_ECHO], &last);
        for (uint32_t which = 0; which < s.tank_count; ++which) {
            effects_tank(&s, &state->tank[s.tank[which]], &x->reverb, which, done == 0,
                         x->diffused[0], REVERB_ROW, x->wet[which][0], x->wet[which][1]);
        }
        timed_stamp(&ticks[BENCH_TANKS], &last);
        const struct effects_mix mix = effects_mix_of(
            x, drive + ((s.n >> 6) - (plan->from >> 6)));
        effects_master(&s, &state->limiter, &x->limiter, &mix, out + 2 * (uint64_t)done);
        timed_stamp(&ticks[BENCH_MASTER], &last);
        done += s.count;
    }
}

#define BENCH_TEXT_NOW(x) #x
#define BENCH_TEXT(x) BENCH_TEXT_NOW(x)

extern const struct bench_lanes BENCH_LANE(bench_lanes);
const struct bench_lanes BENCH_LANE(bench_lanes) = {
    .name = BENCH_TEXT(LANE_SUFFIX),
    .peak = timed_peak,
    .state_bytes = sizeof(struct effects_state),
    .scratch_bytes = sizeof(struct effects_scratch),
    .effects_reset = timed_reset,
    .effects_timed = timed_parts,
    .effects_whole = timed_whole,
};
