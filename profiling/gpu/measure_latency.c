// How long one waits: for a phrase of 16 s, for a tick of all sessions; and how many sessions a
// tick's half holds. See measure.h.
#include <stdio.h>
#include <stdlib.h>

#include "gpu/renderer_cuda.h"     // renderer_cuda
#include "profiling/gpu/measure.h" // struct bench
#include "profiling/quantile.h"    // values_sort

#define REPEATS_MAX 200
#define TICK_S 0.1

struct latencies {
    double s[REPEATS_MAX];
    uint32_t count;
    struct rig_times times; // of one, on average
};

// FRAMES of COUNT sessions, REPEATS times, after two times that do not count.
static void repeat(struct rig *rig, uint32_t count, uint32_t frames, uint32_t repeats,
                   struct latencies *out) {
    *out = (struct latencies){.count = repeats};
    for (uint32_t i = 0; i < 2; i++)
        rig_render(rig, count, frames);
    for (uint32_t i = 0; i < repeats; i++) {
        out->s[i] = rig_render(rig, count, frames);
        out->times.plan += rig->times.plan / repeats;
        out->times.submit += rig->times.submit / repeats;
        out->times.device += rig->times.device / repeats;
        out->times.deliver += rig->times.deliver / repeats;
    }
    values_sort(out->s, repeats);
}

static double quantile_ms(const struct latencies *latencies, double share) {
    return values_quantile(latencies->s, latencies->count, share) * 1e3;
}

// ------------------------------------------------------------------------------------ phrases

static double phrase(struct bench *bench, const char *what, double density,
                     const struct work *work, uint32_t count) {
    static const double shares[] = {0.5, 0.95, 0.99};
    static const int aims_ms[] = {50, 80, 0};
    uint32_t frames = bench->is_short ? 4 * RIG_TICK_FRAMES : RIG_PHRASE_FRAMES;
    double audio_s = (double)frames / AEO_SAMPLE_RATE;
    struct latencies latencies;
    struct rig rig;
    rig_open(&rig, &(struct rig_options){.table = &renderer_cuda,
                                         .sessions = count,
                                         .span_frames = frames,
                                         .density = density});
    rig_sessions(&rig, count);
    repeat(&rig, count, frames, bench->is_short ? 2 : count == 1 ? 100 : 50, &latencies);
    rig_close(&rig);
    double bound_ms = bound_s(&bench->limits, work, count, audio_s) * 1e3;
    double serial_ms = bound_serial_s(bench, work, audio_s) * 1e3;
    for (int i = 0; i < 3; i++) {
        struct figure *figure =
            figure_add(&bench->figures, "Phrase latency", "ms",
                       quantile_ms(&latencies, shares[i]), "%.4g s, %s, %u session%s: p%.0f",
                       audio_s, what, count, count > 1 ? "s" : "", shares[i] * 100);
        figure->bound = serial_ms > bound_ms ? serial_ms : bound_ms;
        if (i == 0) {
            const struct rig_times *t = &latencies.times;
            figure_note(figure, "plan %.2f, submit %.2f, device %.2f, hand over %.2f; aim < 50",
                        t->plan * 1e3, t->submit * 1e3, t->device * 1e3, t->deliver * 1e3);
        } else if (i == 1) {
            figure_note(figure, "aim < %d; bound: of throughput %.3g, of the tanks' order %.3g",
                        aims_ms[i], bound_ms, serial_ms);
        }
    }
    return quantile_ms(&latencies, 0.5);
}

void measure_phrases(struct bench *bench) {
    double one = phrase(bench, "sparse", 0.0, &bench->sparse, 1);
    double ten = phrase(bench, "sparse", 0.0, &bench->sparse, bench->is_short ? 2 : 10);
    struct figure *figure = figure_add(&bench->figures, "Phrase latency", "%",
                                       (ten / one - 1.0) * 100, "sparse: ten against one, p50");
    figure_note(figure, "aim < 5");
    one = phrase(bench, "dense", 1.0, &bench->dense, 1);
    ten = phrase(bench, "dense", 1.0, &bench->dense, bench->is_short ? 2 : 10);
    figure = figure_add(&bench->figures, "Phrase latency", "%", (ten / one - 1.0) * 100,
                        "dense: ten against one, p50");
    figure_note(figure, "aim < 5");
}

// -------------------------------------------------------------------------------------- ticks

static void tick(struct bench *bench, struct rig *rig, uint32_t count, struct latencies *out) {
    uint32_t repeats = bench->is_short ? 3 : count <= 100 ? 200 : count <= 1000 ? 100 : 30;
    rig_sessions(rig, count);
    repeat(rig, count, RIG_TICK_FRAMES, repeats, out);
}

static void tick_figures(struct bench *bench, uint32_t count, const struct latencies *latencies) {
    struct figures *figures = &bench->figures;
    double bound_ms = bound_s(&bench->limits, &bench->own, count, TICK_S) * 1e3;
    double serial_ms = bound_serial_s(bench, &bench->own, TICK_S) * 1e3;
    const struct rig_times *t = &latencies->times;
    const char *many = count > 1 ? "s" : "";
    struct figure *figure =
        figure_add(figures, "Tick of 100 ms", "ms", quantile_ms(latencies, 0.5),
                   "%u session%s: p50", count, many);
    figure->bound = serial_ms > bound_ms ? serial_ms : bound_ms;
    figure_note(figure, "plan %.2f, submit %.3f, device %.2f, hand over %.2f", t->plan * 1e3,
                t->submit * 1e3, t->device * 1e3, t->deliver * 1e3);
    figure_add(figures, "Tick of 100 ms", "ms", quantile_ms(latencies, 0.95), "%u session%s: p95",
               count, many);
    figure_add(figures, "Tick of 100 ms", "ms", quantile_ms(latencies, 0.99), "%u session%s: p99",
               count, many);
    figure_add(figures, "Tick of 100 ms", "ms", (t->plan + t->submit + t->deliver) * 1e3,
               "%u session%s: the host's part", count, many);
}

static void rig_of_ticks(struct bench *bench, struct rig *rig, uint32_t cap) {
    uint32_t fit = rig_sessions_fit(&bench->machine.open, cap);
    rig_open(rig, &(struct rig_options){.table = &renderer_cuda,
                                        .sessions = fit,
                                        .span_frames = RIG_TICK_FRAMES,
                                        .density = -1.0});
    rig->sessions_max = rig->engine->limits.sessions_max; // what the device's memory allowed
}

void measure_ticks(struct bench *bench) {
    static const uint32_t counts[] = {1, 10, 100, 1000, 10000};
    struct latencies latencies;
    struct rig rig;
    rig_of_ticks(bench, &rig, bench->is_short ? 10 : 10000);
    for (size_t i = 0; i < sizeof counts / sizeof *counts && counts[i] <= rig.sessions_max; i++) {
        tick(bench, &rig, counts[i], &latencies);
        tick_figures(bench, counts[i], &latencies);
    }
    rig_close(&rig);
}

// The largest number of sessions whose ticks take at most half of a tick at p95: doubled while it
// holds, then halved in between three times.
void measure_sessions(struct bench *bench) {
    const double budget_ms = TICK_S * 1e3 / 2.0;
    struct latencies latencies;
    struct rig rig;
    rig_of_ticks(bench, &rig, bench->is_short ? 4 : 40000);
    uint32_t good = 0, bad = 0;
    double device_share = 0.0;
    for (uint32_t count = bench->is_short ? 1 : 1000, step = 0; step < 12;) {
        tick(bench, &rig, count, &latencies);
        bool holds = quantile_ms(&latencies, 0.95) <= budget_ms || bench->is_short;
        if (holds) {
            good = count;
            device_share = latencies.times.device / values_quantile(latencies.s, latencies.count,
                                                                     0.5);
        } else {
            bad = count;
        }
        if (good == rig.sessions_max || (bad && bad - good <= good / 16 + 1)) break;
        count = bad ? good + (bad - good) / 2 : 2 * good;
        if (count > rig.sessions_max) count = rig.sessions_max;
        if (bad) step += 3;
    }
    rig_close(&rig);
    bench->peak_sessions = good;
    double bound = TICK_S / 2.0 / bound_s(&bench->limits, &bench->own, 1.0, TICK_S);
    struct figure *figure = figure_add(&bench->figures, "Throughput", "", good,
                                       "sessions in real time with half of each tick, default "
                                       "scene");
    figure->bound = bound;
    figure_note(figure, "aim 20000; the device %.0f %% of the time%s", device_share * 100,
                bad ? "" : "; ended by memory, not by time");
    figure_add(&bench->figures, "Throughput", "M", good * bench->own.partials * 1e-6,
               "sinusoids in them (%.0f sounding in a session), effects included",
               bench->own.partials);
}
