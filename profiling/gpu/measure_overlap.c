// What the second stream, a second batch under way and the graphs save, and how busy the device is
// while it renders. Each is measured against the renderer without it, on the same music in the same
// run. See measure.h.
#include <stdio.h>
#include <stdlib.h>

#include "gpu/renderer_cuda.h"     // renderer_cuda
#include "profiling/gpu/measure.h" // struct bench
#include "profiling/nvml.h"        // nvml_read
#include "profiling/quantile.h"    // values_sort

#define REPEATS_MAX 300
#define WAYS 2 // with and without

// Median over REPEATS of ticks of COUNT sessions: of the whole (or, SUBMIT, of handing over).
static double median_s(const struct rig_options *options, uint32_t count, uint32_t repeats,
                       bool submit) {
    static double seconds[REPEATS_MAX];
    struct rig rig;
    rig_open(&rig, options);
    if (count > rig.engine->limits.sessions_max) count = rig.engine->limits.sessions_max;
    rig_sessions(&rig, count);
    for (uint32_t i = 0; i < 2; i++)
        rig_render(&rig, count, options->span_frames);
    for (uint32_t i = 0; i < repeats; i++) {
        rig_render(&rig, count, options->span_frames);
        // Composing and handing over are the host's, and the same both ways.
        seconds[i] = submit ? rig.times.submit : rig.times.submit + rig.times.device;
    }
    rig_close(&rig);
    values_sort(seconds, repeats);
    return values_quantile(seconds, repeats, 0.5);
}

static void streams(struct bench *bench) {
    uint32_t count = rig_sessions_fit(&bench->machine.open, bench->is_short ? 4 : 8192);
    double s[WAYS];
    for (int way = 0; way < WAYS; way++) {
        s[way] = median_s(&(struct rig_options){.table = &renderer_cuda,
                                                .sessions = count,
                                                .span_frames = RIG_TICK_FRAMES,
                                                .density = -1.0,
                                                .one_stream = way == 1},
                          count, bench->is_short ? 2 : 20, false);
    }
    struct figure *figure =
        figure_add(&bench->figures, "Overlap", "%", (1.0 - s[0] / s[1]) * 100,
                   "time saved by the copy stream, ticks of %u sessions", count);
    double copy_s = count * (double)RIG_TICK_FRAMES * 2 * sizeof(float) / bench->limits.down_per_s;
    figure->bound = copy_s / s[1] * 100; // all of the copying hidden
    figure_note(figure, "%.3g ms instead of %.3g ms", s[0] * 1e3, s[1] * 1e3);
}

// Seconds for each of BATCHES ticks of COUNT sessions in one call, a batch each: the median.
static double call_s(struct bench *bench, uint32_t count, bool one_batch) {
    enum { BATCHES = 10, CALLS_MAX = 20 };
    double seconds[CALLS_MAX];
    const uint32_t calls = bench->is_short ? 2 : CALLS_MAX;
    struct rig rig;
    rig_open(&rig, &(struct rig_options){.table = &renderer_cuda,
                                         .sessions = count,
                                         .span_frames = RIG_TICK_FRAMES,
                                         .spans = BATCHES,
                                         .density = -1.0,
                                         .one_batch = one_batch});
    if (count > rig.engine->limits.sessions_max) count = rig.engine->limits.sessions_max;
    rig_sessions(&rig, count);
    rig_render(&rig, count, BATCHES * RIG_TICK_FRAMES);
    for (uint32_t i = 0; i < calls; i++)
        seconds[i] = rig_render(&rig, count, BATCHES * RIG_TICK_FRAMES) / BATCHES;
    rig_close(&rig);
    values_sort(seconds, calls);
    return values_quantile(seconds, calls, 0.5);
}

// Of batches one behind the other, the host plans and delivers one while the other computes.
static void two_batches(struct bench *bench) {
    const uint32_t counts[] = {1, 10, 100, 1000};
    for (uint32_t i = 0; i < (bench->is_short ? 2 : sizeof counts / sizeof *counts); i++) {
        uint32_t count = rig_sessions_fit(&bench->machine.open, counts[i]);
        double two = call_s(bench, count, false), one = call_s(bench, count, true);
        struct figure *figure = figure_add(
            &bench->figures, "Overlap", "%", (1.0 - two / one) * 100,
            "time saved by two batches under way, of %u session%s", count, count > 1 ? "s" : "");
        figure_note(figure, "%.3g ms a batch of a tick instead of %.3g ms", two * 1e3, one * 1e3);
    }
}

static void graphs(struct bench *bench) {
    const uint32_t counts[] = {1, bench->is_short ? 2 : 100};
    for (int i = 0; i < 2; i++) {
        uint32_t repeats = bench->is_short ? 3 : REPEATS_MAX;
        double submit[WAYS], whole[WAYS];
        for (int way = 0; way < WAYS; way++) {
            struct rig_options options = {.table = &renderer_cuda,
                                          .sessions = counts[i],
                                          .span_frames = RIG_TICK_FRAMES,
                                          .density = -1.0,
                                          .no_graphs = way == 1};
            submit[way] = median_s(&options, counts[i], repeats, true);
            whole[way] = median_s(&options, counts[i], repeats, false);
        }
        struct figure *figure = figure_add(
            &bench->figures, "Graphs", "us", submit[0] * 1e6,
            "host's time to hand over a tick of %u session%s", counts[i], i ? "s" : "");
        figure_note(figure, "%.1f us with five plain launches: %.2f times as long",
                    submit[1] * 1e6, submit[1] / submit[0]);
        figure = figure_add(&bench->figures, "Graphs", "us", whole[0] * 1e6,
                            "from handing over to the samples, %u session%s", counts[i],
                            i ? "s" : "");
        figure_note(figure, "%.1f us with plain launches", whole[1] * 1e6);
    }
}

// Ticks one after the other for some seconds, as a server that is full would have it.
static void utilisation(struct bench *bench) {
    uint32_t count = (uint32_t)bench->peak_sessions;
    count = rig_sessions_fit(&bench->machine.open, count > 1 ? count / 2 : 1);
    struct rig rig;
    rig_open(&rig, &(struct rig_options){.table = &renderer_cuda,
                                         .sessions = count,
                                         .span_frames = RIG_TICK_FRAMES,
                                         .density = -1.0});
    if (count > rig.engine->limits.sessions_max) count = rig.engine->limits.sessions_max;
    rig_sessions(&rig, count);
    double sum = 0.0, device_s = 0.0, whole_s = 0.0;
    uint32_t samples = 0;
    for (double since = 0.0; whole_s < (bench->is_short ? 0.1 : 6.0);) {
        double seconds = rig_render(&rig, count, RIG_TICK_FRAMES);
        whole_s += seconds;
        device_s += rig.times.device;
        since += seconds;
        if (since < 1.0 || whole_s < 2.0) continue; // its sample period, and a warm start
        since = 0.0;
        struct nvml_figures now;
        if (!nvml_read((uint32_t)bench->machine.open.number, &now)) continue;
        sum += now.utilisation;
        samples++;
    }
    rig_close(&rig);
    struct figure *figure = figure_add(&bench->figures, "Overlap", "%",
                                       device_s / whole_s * 100,
                                       "of the time the device has a batch, ticks of %u sessions "
                                       "back to back", count);
    figure_note(figure, "aim 60; the rest is the host's planning and handing over");
    if (samples) {
        figure_add(&bench->figures, "Overlap", "%", sum / samples * 100,
                   "of the time a kernel runs, by NVML, meanwhile");
    }
}

void measure_overlap(struct bench *bench) {
    streams(bench);
    two_batches(bench);
    utilisation(bench);
    graphs(bench);
}
