// The voices, as they sound in each scene: a phrase of it is taken from the engine as the renderer
// would get it, and the CPU renderer's lane code is run on the notes of one voice at a time. Then
// a chord of 1,400 partials, and the naive renderer on the same notes.
#include "profiling/bench.h"
#include "profiling/bench_lanes.h"       // bench_counter
#include "profiling/bench_music.h"       // bench_music_capture
#include "profiling/bench_naive.h"       // bench_naive_render

#include "engine/lanes_cpu.h" // struct lanes_cpu

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FROM = 120 * 48000, NAIVE_FRAMES = 240 };

extern const struct lanes_cpu lanes_cpu_counted;

static const char *const voice_names[VOICE_KIND_COUNT] = {"warm pad", "wide-band pad",
                                                          "sub drone", "bells", "surf"};

struct cells_run {
    const struct lanes_cpu *lanes;
    struct span span;
    const struct voice_note *notes;
    struct mix_sums sums;
    void *scratch;
    uint32_t thinning; // one chunk in so many is rendered
    uint32_t frames;   // rendered by one run
};

static void *take(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 1087) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "aeolian-bench: out of memory\n");
        exit(1);
    }
    memset(memory, 0, bytes);
    return memory;
}

static void run_span(void *context) {
    struct cells_run *run = context;
    int64_t cell = run->span.from / CELL_FRAMES; // positions here are above 0
    uint32_t left = (run->span.frames + CELL_FRAMES - 1) / CELL_FRAMES;
    run->frames = 0;
    for (uint32_t chunk = 0; left > 0; chunk++) {
        uint32_t cells = left < CHUNK_CELLS ? left : CHUNK_CELLS;
        if (chunk % run->thinning == 0) {
            run->lanes->cells_render(&run->span, run->notes, cell, cells, &run->sums,
                                     run->scratch);
            run->frames += cells * CELL_FRAMES;
        }
        cell += cells;
        left -= cells;
    }
}

static void take_lanes(struct cells_run *run, const struct lanes_cpu *lanes) {
    run->lanes = lanes;
    run->scratch = take(lanes->scratch_bytes);
    for (int channel = 0; channel < 2; channel++) {
        run->sums.dry[channel] = take(sizeof(float) * CHUNK_FRAMES);
        run->sums.send[channel] = take(sizeof(float) * CHUNK_FRAMES);
    }
    run->sums.drive = take(sizeof(float) * (CHUNK_CELLS + 1));
}

static void give_lanes(struct cells_run *run) {
    free(run->scratch);
    for (int channel = 0; channel < 2; channel++) {
        free(run->sums.dry[channel]);
        free(run->sums.send[channel]);
    }
    free(run->sums.drive);
}

// Milliseconds for a second of audio of what is in SPAN.
static double span_ms(const struct bench *bench, uint32_t isa, const struct span *span,
                      const struct voice_note *notes) {
    struct cells_run run = {.span = *span, .notes = notes, .thinning = bench->thinning[isa]};
    take_lanes(&run, lanes_cpu_find(bench->isas[isa]));
    double seconds = bench_best_s(bench->budget_s, run_span, &run);
    give_lanes(&run);
    return seconds * 1e3 / ((double)run.frames / AEO_SAMPLE_RATE);
}

// Lane operations for a second of audio. Counting takes its time: one chunk in four.
static double span_operations(const struct span *span, const struct voice_note *notes) {
    struct cells_run run = {.span = *span, .notes = notes, .thinning = 4};
    take_lanes(&run, &lanes_cpu_counted);
    uint64_t before = bench_counter;
    run_span(&run);
    give_lanes(&run);
    return (double)(bench_counter - before) / ((double)run.frames / AEO_SAMPLE_RATE);
}

// Leaves only the notes of VOICE in the span.
static void keep_voice(struct span *span, const struct voice_note *notes, uint32_t voice) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < span->note_count; i++) {
        if (notes[span->notes[i].note].voice == voice) {
            span->notes[kept++] = span->notes[i];
        }
    }
    span->note_count = kept;
}

// How many notes, and partials of them, sound on average over the span.
static void mean_sounding(const struct span *span, const struct voice_note *notes, double *mean,
                          double *partials) {
    *mean = *partials = 0.0;
    for (uint32_t i = 0; i < span->note_count; i++) {
        const struct voice_note *note = &notes[span->notes[i].note];
        int64_t begin = note->onset > span->from ? note->onset : span->from;
        int64_t end = note->end < span->from + span->frames ? note->end
                                                            : span->from + span->frames;
        double share = end > begin ? (double)(end - begin) / span->frames : 0.0;
        *mean += share;
        *partials += share * bench_note_partials(note);
    }
}

// --- scenes ----------------------------------------------------------------------------------

static void measure_voice(struct bench *bench, const char *group,
                          const struct bench_capture *capture, uint32_t voice,
                          const double *empty_ms, double empty_operations) {
    struct span span = capture->span;
    double mean, partials;
    char name[72];
    keep_voice(&span, capture->notes, voice);
    if (span.note_count == 0) {
        return;
    }
    mean_sounding(&span, capture->notes, &mean, &partials);
    snprintf(name, sizeof name, partials > 0 ? "%s: %.1f notes, %.0f partials" : "%s: %.1f notes",
             voice_names[voice], mean, partials);
    struct bench_row *row = bench_add(bench, group, name, BENCH_MS);
    row->operations = span_operations(&span, capture->notes) - empty_operations;
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        row->value[i] =
            fmax(0.0, span_ms(bench, i, &span, capture->notes) - empty_ms[i]);
    }
}

static void measure_scene(struct bench *bench, uint32_t scene) {
    static char groups[64][64]; // rows point to them
    uint32_t frames = (uint32_t)(bench_scene_phrase_s(scene) * AEO_SAMPLE_RATE);
    struct bench_capture *capture = bench_music_capture(scene, FROM, frames);
    char *group = groups[scene];
    double empty_ms[BENCH_ISAS_MAX];
    snprintf(group, sizeof groups[0], "Voices of %s", bench_scene_name(scene));
    struct span empty = capture->span;
    empty.note_count = 0;
    double empty_operations = span_operations(&empty, capture->notes);
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        empty_ms[i] = span_ms(bench, i, &empty, capture->notes);
    }
    for (uint32_t voice = 0; voice < VOICE_KIND_COUNT; voice++) {
        measure_voice(bench, group, capture, voice, empty_ms, empty_operations);
    }
    struct bench_row *buses = bench_add(bench, group, "buses, levels and sends", BENCH_MS);
    buses->operations = empty_operations;
    memcpy(buses->value, empty_ms, sizeof empty_ms);
    struct bench_row *all = bench_add(bench, group, "all of them", BENCH_MS);
    all->operations = span_operations(&capture->span, capture->notes);
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        all->value[i] = span_ms(bench, i, &capture->span, capture->notes);
    }
    free(capture);
}

// --- the chord, and the naive renderer -------------------------------------------------------

struct naive_run {
    const struct span *span;
    const struct voice_note *notes;
    float left[NAIVE_FRAMES], right[NAIVE_FRAMES];
};

static void run_naive(void *context) {
    struct naive_run *naive = context;
    for (uint32_t i = 0; i < naive->span->note_count; i++) {
        bench_naive_render(&naive->notes[naive->span->notes[i].note], naive->span->from,
                           NAIVE_FRAMES, naive->left, naive->right);
    }
}

// Puts five notes, seven unisons, forty harmonics each, into the span.
static void make_chord(struct bench_capture *capture) {
    static const double pitches[] = {36, 43, 52, 59, 62};
    const struct voice_patch patch = {
        .voice = VOICE_WARM_PAD, .attack_s = 3, .release_s = 6, .decay_s = 10, .sustain = 0.9f,
        .release_shape = 6, .rolloff = 1.2f, .cutoff_hz = 1800, .cutoff_order = 4,
        .cutoff_lfo_oct = 0.3f, .cutoff_lfo_hz = 0.07f, .partials_max = 40, .unison = 7,
        .detune_cents = 9, .drift_cents = 3, .drift_hz = 0.08f, .width = 0.8f};
    struct span *span = &capture->span;
    span->bus_count = 1;
    span->note_count = 0;
    for (uint32_t i = 0; i < sizeof pitches / sizeof *pitches; i++) {
        const struct voice_event event = {
            .onset = span->from - 5 * AEO_SAMPLE_RATE, .off = span->from + 60 * AEO_SAMPLE_RATE,
            .midi = pitches[i], .velocity = 0.7f, .loudness_lufs = -30, .detune_scale = 1,
            .id = {i, 1}, .seed = BENCH_SEED};
        voice_note_init(&capture->notes[i], &patch, &event);
        span->notes[span->note_count++] = (struct plan_note){i, 0};
    }
}

static void measure_chord(struct bench *bench) {
    static const char group[] = "A warm chord against the naive way";
    struct bench_capture *capture = bench_music_capture(0, FROM, 10 * AEO_SAMPLE_RATE);
    double mean, partials;
    char name[72];
    make_chord(capture);
    mean_sounding(&capture->span, capture->notes, &mean, &partials);
    snprintf(name, sizeof name, "this engine: %.0f notes, %.0f partials", mean, partials);
    struct bench_row *row = bench_add(bench, group, name, BENCH_MS);
    row->operations = span_operations(&capture->span, capture->notes);
    struct naive_run naive = {.span = &capture->span, .notes = capture->notes};
    double naive_ms = bench_best_s(bench->budget_s, run_naive, &naive) * 1e3 /
                      ((double)NAIVE_FRAMES / AEO_SAMPLE_RATE);
    struct bench_row *slow =
        bench_add(bench, group, "naive: a library sine for each partial and sample", BENCH_MS);
    struct bench_row *ratio = bench_add(bench, group, "how many times faster", BENCH_TIMES);
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        row->value[i] = span_ms(bench, i, &capture->span, capture->notes);
        slow->value[i] = naive_ms;
        ratio->value[i] = naive_ms / row->value[i];
    }
    free(capture);
}

void bench_voices(struct bench *bench) {
    for (uint32_t scene = 0; bench_scene_name(scene); scene++) {
        measure_scene(bench, scene);
    }
    measure_chord(bench);
}
