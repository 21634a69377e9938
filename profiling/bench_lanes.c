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

static double timed_peak(uint32_t rounds, float *sink)
{
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

static void timed_reset(void *state)
{
    effects_reset(state);
}

static void timed_whole(void *state, void *scratch, const struct effects_plan *plan,
                        const float *const dry[2], const float *const send[2],
                        const float *drive, float *out)
{
    const struct effects_io io = {{dry[0], dry[1]}, {send[0], send[1]}, drive, out};
    effects_render(state, scratch, plan, &io);
}

// Adds the ticks since *LAST to a part.
static void timed_stamp(uint64_t *ticks, uint64_t *last)
{
    uint64_t now = bench_ticks();
    *ticks += now - *last;
    *last = now;
}

static void timed_locate(const struct effects_stride *s, struct reverb_scratch *reverb,
                         uint32_t done)
{
    const struct lane_thread th = {0, 1};
    if (s->age == 0) {
        reverb_tank_clear(th, s->tank[0]);
        if (s->delay[0]->on) {
            delay_tank_clear(th, s->delay_tank[0]);
        }
    }
    if (done == 0 || s->age == 0) {
        reverb_locate(th, s->design[0], s->age, reverb->at[0]);
        reverb_locate(th, s->design[1], s->age + EPOCH_FRAMES, reverb->at[1]);
    }
    if (s->ramp) {
        reverb_ramp(th, reverb, s->age, s->count);
    }
}

static void timed_parts(void *state_bytes, void *scratch_bytes,
                        const struct effects_plan *plan,
                        const float *const dry[2], const float *const send[2],
                        const float *drive, float *out, uint64_t *ticks)
{
    const struct lane_thread th = {0, 1};
    const struct effects_io io = {{dry[0], dry[1]}, {send[0], send[1]}, drive, out};
    struct effects_state *state = state_bytes;
    struct effects_scratch *scratch = scratch_bytes;
    struct effects_stride s = {0};
    s.state = state;
    s.scratch = scratch;
    uint64_t last = bench_ticks();
    for (uint32_t done = 0; done < plan->frames; done += s.count) {
        struct reverb_scratch *reverb = &scratch->reverb;
        effects_begin(&s, plan, plan->from + done);
        timed_locate(&s, reverb, done);
        effects_take(th, &s, &io, done);
        effects_send(th, &s);
        timed_stamp(&ticks[BENCH_SEND], &last);
        effects_delay(th, &s);
        timed_stamp(&ticks[BENCH_ECHO], &last);
        diffuser_first(th, &state->diffuser, s.n, s.count);
        diffuser_second(th, &state->diffuser, s.n, s.count, reverb->diffused[0], REVERB_ROW,
                        s.design[0]->early_gain, scratch->dry[0], scratch->dry[1]);
        timed_stamp(&ticks[BENCH_DIFFUSER], &last);
        modulation_make(th, &reverb->modulation, s.n);
        for (uint32_t which = 0; which < s.tank_count; ++which) {
            effects_tank(th, &s, which);
        }
        timed_stamp(&ticks[BENCH_TANKS], &last);
        effects_sum(th, &s, io.drive + ((s.n >> 6) - (plan->from >> 6)));
        timed_stamp(&ticks[BENCH_SUM], &last);
        effects_limit(th, &s, io.out + 2 * (uint64_t)done);
        timed_stamp(&ticks[BENCH_LIMITER], &last);
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
