// The effects and their stages: front, echo, tanks, master. They run over
// one whole epoch in spans of 100 ms, so that the older tank rings as long as it does in truth, on
// steady noise at -26 dB; the clock between the parts costs a little itself, so their times are
// scaled to add up to that of the whole.
#include "profiling/bench.h"
#include "profiling/bench_lanes.h" // bench_counter
#include "profiling/bench_music.h" // bench_music_capture

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPAN = 4800, SPANS = EPOCH_FRAMES / SPAN, PHRASE = 16 * 48000 };

extern const struct bench_lanes bench_lanes_counted;

struct effects_run {
    const struct bench_lanes *lanes;
    struct effects_plan plan; // designs of the scene; from and frames are set for each span
    void *state, *scratch;
    float *dry[2], *send[2], *drive, *out; // of one span
    uint64_t ticks[BENCH_PARTS];
    bool timed;
    uint32_t thinning; // one span in so many is rendered
};

static void *take(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 127) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "aeolian-bench: out of memory\n");
        exit(1);
    }
    memset(memory, 0, bytes);
    return memory;
}

static void take_all(struct effects_run *run, const struct bench_lanes *lanes, float level) {
    uint32_t word = 1;
    run->lanes = lanes;
    run->state = take(lanes->state_bytes);
    run->scratch = take(lanes->scratch_bytes);
    run->out = take(sizeof(float) * 2 * SPAN);
    run->drive = take(sizeof(float) * (SPAN / 64 + 2));
    for (int channel = 0; channel < 2; channel++) {
        run->dry[channel] = take(sizeof(float) * SPAN);
        run->send[channel] = take(sizeof(float) * SPAN);
        for (int i = 0; i < SPAN; i++) { // any noise will do here
            word = word * 1664525u + 1013904223u;
            run->dry[channel][i] = level * (float)(int32_t)word / 2147483648.0f;
            run->send[channel][i] = 0.05f * run->dry[channel][i] / level;
        }
    }
    lanes->effects_reset(run->state);
}

static void give_all(struct effects_run *run) {
    free(run->state);
    free(run->scratch);
    free(run->out);
    free(run->drive);
    for (int channel = 0; channel < 2; channel++) {
        free(run->dry[channel]);
        free(run->send[channel]);
    }
}

// One epoch: the second, so that the tank of the first rings on in it. Spans may be left out, as
// what the state holds does not change the work.
static void run_epoch(void *context) {
    struct effects_run *run = context;
    const float *const dry[2] = {run->dry[0], run->dry[1]};
    const float *const send[2] = {run->send[0], run->send[1]};
    memset(run->ticks, 0, sizeof run->ticks);
    run->plan.frames = SPAN;
    run->plan.epoch_first = 1;
    for (uint32_t i = 0; i < SPANS; i += run->thinning) {
        run->plan.from = EPOCH_FRAMES + (int64_t)i * SPAN;
        if (run->timed) {
            run->lanes->effects_timed(run->state, run->scratch, &run->plan, dry, send, run->drive,
                                      run->out, run->ticks);
        } else {
            run->lanes->effects_whole(run->state, run->scratch, &run->plan, dry, send, run->drive,
                                      run->out);
        }
    }
}

// Both ways of running the effects must give the same samples, or we would time something else.
static void check_same(struct effects_run *run) {
    float *other = take(sizeof(float) * 2 * SPAN);
    for (int timed = 0; timed < 2; timed++) {
        run->timed = timed != 0;
        run->lanes->effects_reset(run->state);
        run_epoch(run);
        if (timed && memcmp(other, run->out, sizeof(float) * 2 * SPAN) != 0) {
            fprintf(stderr, "aeolian-bench: the timed effects differ from effects_render\n");
            exit(1);
        }
        memcpy(other, run->out, sizeof(float) * 2 * SPAN);
    }
    free(other);
}

static const char *const part_names[BENCH_PARTS] = {
    "front: high-pass, pre-delay, diffuser", "echo, averaged over an epoch",
    "reverb tanks with modulation, averaged over an epoch",
    "master: sum, limiter at rest"};

struct effects_rows {
    struct bench_row *parts[BENCH_PARTS], *whole, *acting;
};

static void measure_isa(struct bench *bench, const struct bench_capture *capture, uint32_t isa,
                        const struct effects_rows *rows) {
    const uint32_t thinning = bench->thinning[isa];
    const double audio_s = (double)EPOCH_FRAMES / AEO_SAMPLE_RATE / thinning;
    struct effects_run run = {.plan = capture->span.effects, .thinning = thinning};
    take_all(&run, bench_lanes_find(bench->isas[isa]), 0.05f);
    check_same(&run);
    run.timed = false;
    double whole_ms = bench_best_s(bench->budget_s, run_epoch, &run) * 1e3 / audio_s;
    run.timed = true;
    run_epoch(&run);
    double sum = 0.0;
    for (int part = 0; part < BENCH_PARTS; part++) {
        sum += (double)run.ticks[part];
    }
    for (int part = 0; part < BENCH_PARTS && sum > 0.0; part++) {
        rows->parts[part]->value[isa] = whole_ms * (double)run.ticks[part] / sum;
    }
    rows->whole->value[isa] = whole_ms;
    give_all(&run);
    // Too loud an input: the limiter works all the time.
    struct effects_run loud = {.plan = capture->span.effects, .thinning = thinning};
    take_all(&loud, bench_lanes_find(bench->isas[isa]), 1.5f);
    double loud_ms = bench_best_s(bench->budget_s, run_epoch, &loud) * 1e3 / audio_s;
    rows->acting->value[isa] = loud_ms - whole_ms;
    give_all(&loud);
}

static void count(const struct bench_capture *capture, const struct effects_rows *rows) {
    const uint32_t thinning = 8; // counting takes its time
    const double audio_s = (double)EPOCH_FRAMES / AEO_SAMPLE_RATE / thinning;
    struct effects_run run = {
        .plan = capture->span.effects, .timed = true, .thinning = thinning};
    take_all(&run, &bench_lanes_counted, 0.05f);
    run_epoch(&run);
    for (int part = 0; part < BENCH_PARTS; part++) {
        rows->parts[part]->operations = (double)run.ticks[part] / audio_s;
        rows->whole->operations += (double)run.ticks[part] / audio_s;
    }
    give_all(&run);
}

void bench_effects(struct bench *bench) {
    struct bench_capture *capture = bench_music_capture(0, 120 * AEO_SAMPLE_RATE, PHRASE);
    struct effects_rows rows;
    for (int part = 0; part < BENCH_PARTS; part++) {
        rows.parts[part] = bench_add(bench, "Effects and master", part_names[part], BENCH_MS);
    }
    rows.whole = bench_add(bench, "Effects and master", "all of them", BENCH_MS);
    rows.acting =
        bench_add(bench, "Effects and master", "limiter, while it acts: on top", BENCH_MS);
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        measure_isa(bench, capture, i, &rows);
    }
    count(capture, &rows);
    free(capture);
}
