// The ladder: from the renderer one would write first to the product's, one technique at a time, on
// the same phrase of the same sessions, each rung checked against the processor's samples before it
// is timed. See measure.h and naive.h.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/part.h"              // GPU_ROWS
#include "gpu/renderer_cuda.h"     // renderer_cuda
#include "profiling/gpu/measure.h" // struct bench
#include "profiling/gpu/naive.h"   // renderer_naive
#include "profiling/quantile.h"    // values_sort

struct rung {
    const char *name, *claim; // the gain that is usually claimed for the technique
    bool naive, allocates, no_graphs, one_stream;
    bool ticks; // spans of 100 ms, one batch after the other, instead of the whole phrase
};

static const struct rung rungs[] = {
    {"naive: a launch per note, memory per phrase, everything in order", "", .naive = true,
     .ticks = true},
    {"+ batching: all notes of all sessions in one launch", "40-60 %", .allocates = true,
     .no_graphs = true, .one_stream = true, .ticks = true},
    {"+ preallocation: pools taken once", "", .no_graphs = true, .one_stream = true,
     .ticks = true},
    {"+ fusion: a whole phrase per span instead of 100 ms", "20-30 %", .no_graphs = true,
     .one_stream = true},
    {"+ streams: copies beside the kernels", "15-25 %", .no_graphs = true},
    {"+ graphs: one launch per part", "30-50 %", .ticks = false},
};
#define RUNGS (sizeof rungs / sizeof *rungs)

struct ladder {
    struct bench *bench;
    uint32_t sessions, frames, repeats;
    float *want; // the processor's samples
};

// ------------------------------------------------------------ memory for each phrase, as others do

static struct machine *allocating;
static gpu_memory taken;
static int64_t taken_for;

// Ahead of each batch: a batch that begins another phrase gives back the last one's memory first.
static void allocate(const struct batch *batch) {
    const struct span *span = &batch->spans[0];
    int64_t phrase = (span->from + RIG_PHRASE_FRAMES) / RIG_PHRASE_FRAMES;
    if (taken && phrase == taken_for) return;
    if (taken) machine_give(allocating, taken);
    uint64_t frames = (uint64_t)batch->span_count * RIG_PHRASE_FRAMES;
    taken = machine_take(allocating, frames * GPU_ROWS * sizeof(float));
    taken_for = phrase;
}

static void allocate_end(void) {
    if (taken) machine_give(allocating, taken);
    taken = 0;
}

// ------------------------------------------------------------------------------------ one rung

// Error of GOT against the processor's samples, in dB below their level; -400 when equal.
static double error_db(const struct ladder *ladder, const float *got) {
    double error = 0.0, level = 0.0;
    for (size_t i = 0; i < 2 * (size_t)ladder->sessions * ladder->frames; i++) {
        double difference = (double)got[i] - ladder->want[i];
        error += difference * difference;
        level += (double)ladder->want[i] * ladder->want[i];
    }
    return error > 0.0 ? 10.0 * log10(error / level) : -400.0;
}

// Renders the phrase into GOT (sessions one behind the other); its seconds.
static double phrase_s(const struct ladder *ladder, struct rig *rig, float *got) {
    double seconds = 0.0;
    for (uint32_t done = 0; done < ladder->frames; done += rig->span_frames) {
        uint32_t frames = ladder->frames - done;
        if (frames > rig->span_frames) frames = rig->span_frames;
        seconds += rig_render(rig, ladder->sessions, frames);
        for (uint32_t i = 0; got && i < ladder->sessions; i++) {
            memcpy(got + 2 * ((size_t)i * ladder->frames + done), rig->outs[i],
                   2 * frames * sizeof *got);
        }
    }
    return seconds;
}

static struct rig_options options_of(const struct ladder *ladder, const struct rung *rung) {
    return (struct rig_options){
        .table = rung->naive ? &renderer_naive : &renderer_cuda,
        .sessions = ladder->sessions,
        .span_frames = rung->ticks ? RIG_TICK_FRAMES : ladder->frames,
        .density = -1.0,
        .no_graphs = rung->no_graphs,
        .one_stream = rung->one_stream,
        .before = rung->allocates ? allocate : NULL,
    };
}

// Median seconds of RUNG for a phrase of all sessions, after its sound was checked.
static double rung_s(const struct ladder *ladder, const struct rung *rung) {
    struct rig_options options = options_of(ladder, rung);
    float *got = calloc((size_t)ladder->sessions * ladder->frames, 2 * sizeof *got);
    double seconds[16];
    struct rig rig;
    rig_open(&rig, &options);
    rig_sessions(&rig, ladder->sessions);
    if (!got) exit(1);
    phrase_s(ladder, &rig, got);
    double error = error_db(ladder, got);
    if (rung->naive ? !(error < -80.0) : error > -400.0) {
        fprintf(stderr, "aeolian-bench-gpu: \"%s\" sounds different: error %.1f dB\n", rung->name,
                error);
        exit(1);
    }
    for (uint32_t i = 0; i < ladder->repeats; i++)
        seconds[i] = phrase_s(ladder, &rig, NULL);
    allocate_end();
    rig_close(&rig);
    free(got);
    values_sort(seconds, ladder->repeats);
    return values_quantile(seconds, ladder->repeats, 0.5);
}

// The processor's samples of the same frames: rig_open's sessions, by an engine of its own.
static void reference(struct ladder *ladder) {
    struct rig rig;
    rig_open(&rig, &(struct rig_options){.table = &renderer_cpu,
                                         .sessions = ladder->sessions,
                                         .span_frames = ladder->frames,
                                         .density = -1.0});
    rig_sessions(&rig, ladder->sessions);
    ladder->want = calloc((size_t)ladder->sessions * ladder->frames, 2 * sizeof *ladder->want);
    if (!ladder->want) exit(1);
    phrase_s(ladder, &rig, ladder->want);
    rig_close(&rig);
}

void measure_ladder(struct bench *bench) {
    struct ladder ladder = {.bench = bench,
                            .sessions = bench->is_short ? 2 : 10,
                            .frames = bench->is_short ? 2 * RIG_TICK_FRAMES : RIG_PHRASE_FRAMES,
                            .repeats = bench->is_short ? 1 : 5};
    allocating = &bench->machine;
    naive_device_set(&bench->machine);
    reference(&ladder);
    double before = 0.0, first = 0.0;
    for (size_t i = 0; i < RUNGS; i++) {
        double seconds = rung_s(&ladder, &rungs[i]);
        struct figure *figure =
            figure_add(&bench->figures, "Ladder", "ms", seconds * 1e3, "%s", rungs[i].name);
        if (i == 0) {
            first = seconds;
            figure_note(figure, "%u sessions, %.3g s each", ladder.sessions,
                        (double)ladder.frames / AEO_SAMPLE_RATE);
        } else {
            figure_note(figure, "%.1f %% less than the step before; %.1f times the first%s%s",
                        (1.0 - seconds / before) * 100, first / seconds,
                        rungs[i].claim[0] ? "; usually claimed " : "", rungs[i].claim);
        }
        before = seconds;
    }
    free(ladder.want);
}
