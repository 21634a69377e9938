// See ladder.h.
#include "profiling/ladder/ladder.h"

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/renderer.h"       // struct aeo_renderer
#include "engine/worker_pool.h"    // pool_open
#include "profiling/bench_music.h" // bench_music_capture
#include "profiling/bench_time.h"  // bench_best_s
#include "profiling/ladder/work.h" // struct work

enum { FROM = 120 * 48000, THREADS_MAX = 64, CHECK_THINNING = 8 };
#define SECONDS ((double)LADDER_FRAMES / VOICE_RATE)
// What a scalar rung may differ by: it shares no law's code with the engine, and measures -117.
#define SAME_DB (-100.0)

// Everything of one run of the ladder.
struct climb {
    struct ladder *ladder;
    double budget_s;
    struct work work;
    const struct lanes_cpu *lanes, *plain;
    struct mix_sums want; // the engine's sums of the phrase
    float *want_out, *out;
    void *state, *scratch, *plain_state, *plain_scratch;
    struct ladder_memory own; // what these take, which is not the rungs'
    double plain_effects_s;
    struct sine_list list;
};

static void fail(const char *rung, double error_db) {
    fprintf(stderr, "aeolian-bench: ladder: \"%s\" sounds different: error %.1f dB\n", rung,
            error_db);
    exit(1);
}

// ------------------------------------------------------------------------------- the subject

// Pads and drone of the phrase in one bus, each control held where it ends up.
static void subject_take(struct climb *climb) {
    struct bench_capture *capture = bench_music_capture(0, FROM, LADDER_FRAMES);
    struct work *work = &climb->work;
    struct voice_note *notes = malloc(sizeof capture->notes);
    if (!notes) exit(1);
    memcpy(notes, capture->notes, sizeof capture->notes);
    work->notes = notes;
    work->span = capture->span;
    uint32_t kept = 0, sines = 0;
    for (uint32_t i = 0; i < work->span.note_count; i++) {
        struct plan_note note = work->span.notes[i];
        if (sines_count(&notes[note.note]) == 0) continue;
        sines += sines_count(&notes[note.note]);
        work->span.notes[kept++] = (struct plan_note){note.note, 0};
    }
    work->span.note_count = kept;
    work->span.bus_count = 1;
    for (int c = 0; c < PLAN_CURVES; c++) {
        struct plan_curve *curve = &work->span.curves[c];
        curve->segments[0].from = curve->segments[0].to = curve->segments[curve->count - 1].to;
        curve->count = 1;
    }
    work->controls = (struct sines_controls){work->span.curves[PLAN_BRIGHTNESS].segments[0].to,
                                             work->span.curves[PLAN_WARMTH].segments[0].to,
                                             work->span.curves[PLAN_MOTION].segments[0].to};
    double v = work->span.curves[work->span.buses[0].level].segments[0].to;
    double space = work->span.curves[PLAN_SPACE].segments[0].to;
    work->level = v * v * (10 + 8 * v) / 9;
    work->send = work->span.buses[0].send_gain * exp2((space - 0.5) * 16 / 6.0205999);
    snprintf(climb->ladder->subject, sizeof climb->ladder->subject,
             "%g s of %s: %u notes of pads and drone, %u sines, and the effects", SECONDS,
             bench_scene_name(0), kept, sines);
    free(capture);
}

// The engine's own samples, by the widest lanes.
static void reference_take(struct climb *climb) {
    struct ladder_memory *own = &climb->own;
    work_sums_take(&climb->work);
    climb->out = ladder_take(own, 2 * LADDER_FRAMES * sizeof(float));
    climb->want_out = ladder_take(own, 2 * LADDER_FRAMES * sizeof(float));
    climb->state = ladder_take(own, climb->lanes->state_bytes);
    climb->scratch = ladder_take(own, climb->lanes->scratch_bytes);
    climb->plain_state = ladder_take(own, climb->plain->state_bytes);
    climb->plain_scratch = ladder_take(own, climb->plain->scratch_bytes);
    lanes_voices(&climb->work, climb->lanes, climb->scratch);
    lanes_effects(&climb->work, climb->lanes, climb->state, climb->scratch, climb->want_out);
    climb->want = climb->work.sums;
}

// Error of the sums against the engine's, over the cells that were rendered.
static double error_db(const struct climb *climb) {
    double error = 0, level = 0;
    for (uint32_t i = 0; i < LADDER_FRAMES; i++) {
        if (i / CELL_FRAMES % climb->work.thinning) continue;
        for (int channel = 0; channel < 2; channel++) {
            const float *const got[] = {climb->work.sums.dry[channel],
                                        climb->work.sums.send[channel]};
            const float *const want[] = {climb->want.dry[channel], climb->want.send[channel]};
            for (int k = 0; k < 2; k++) {
                double difference = (double)got[k][i] - want[k][i];
                error += difference * difference;
                level += (double)want[k][i] * want[k][i];
            }
        }
    }
    return error > 0 ? 10 * log10(error / level) : -400;
}

static struct ladder_rung *rung_add(struct climb *climb, const char *name, double voices_s,
                                    double all_s, double error) {
    struct ladder_rung *rung = &climb->ladder->rungs[climb->ladder->rung_count++];
    *rung = (struct ladder_rung){.name = name,
                                 .ms = all_s * 1e3 / SECONDS,
                                 .voices_ms = voices_s * 1e3 / SECONDS,
                                 .error_db = error,
                                 .bytes_peak = climb->work.memory.bytes_peak,
                                 .allocations = climb->work.memory.allocations,
                                 .threads = 1};
    if (climb->budget_s > 0) fprintf(stderr, "  %s: %.2f ms\n", name, rung->ms);
    return rung;
}

// ------------------------------------------------------------------------- the scalar rungs

struct scalar_rung {
    const char *name;
    void (*fresh)(struct work *work); // takes and gives its memory itself
    void (*kept)(struct work *work, const struct sine_list *list);
    uint32_t thinning;
};

static void scalar_run(struct climb *climb, const struct scalar_rung *rung) {
    struct work *work = &climb->work;
    if (rung->kept) {
        rung->kept(work, &climb->list);
    } else {
        work_sums_take(work);
        rung->fresh(work);
    }
}

// Seconds of one run at THINNING; the sums of a rung that takes its own are given back.
static double scalar_once_s(struct climb *climb, const struct scalar_rung *rung,
                            uint32_t thinning) {
    climb->work.thinning = thinning;
    double begun = bench_now_s();
    scalar_run(climb, rung);
    double seconds = bench_now_s() - begun;
    begun = bench_now_s();
    if (rung->fresh) work_sums_give(&climb->work);
    return seconds + bench_now_s() - begun;
}

static double scalar_best_s(struct climb *climb, const struct scalar_rung *rung,
                            uint32_t thinning) {
    double best = INFINITY, spent = 0;
    for (int i = 0; i < 3 || spent < climb->budget_s; i++) {
        double seconds = scalar_once_s(climb, rung, thinning);
        spent += seconds;
        best = fmin(best, seconds);
    }
    return best;
}

// What does not depend on the thinning is measured with next to nothing left, and told apart.
static double scalar_s(struct climb *climb, const struct scalar_rung *rung) {
    if (climb->budget_s <= 0) return 0;
    double rest_s = rung->fresh ? scalar_best_s(climb, rung, LADDER_CELLS) : 0;
    double thin_s = scalar_best_s(climb, rung, rung->thinning);
    return rest_s + fmax(0, thin_s - rest_s) * rung->thinning;
}

static void scalar_measure(struct climb *climb, const struct scalar_rung *rung) {
    struct work *work = &climb->work;
    work->memory = (struct ladder_memory){0};
    if (rung->kept) {
        work_sums_take(work);
        climb->list = scalar_list_take(work);
        work->memory.allocations = 0; // taken once, for all phrases
    }
    work->thinning = rung->thinning * (climb->budget_s > 0 ? 1 : CHECK_THINNING);
    scalar_run(climb, rung);
    double error = error_db(climb);
    if (!(error < SAME_DB)) fail(rung->name, error);
    struct ladder_memory of_one = work->memory;
    if (rung->fresh) work_sums_give(work);
    double seconds = scalar_s(climb, rung);
    if (rung->kept) {
        scalar_list_give(work, &climb->list);
        work_sums_give(work);
    }
    work->memory = of_one;
    rung_add(climb, rung->name, seconds, seconds + climb->plain_effects_s, error);
}

static void plain_effects(void *context) {
    struct climb *climb = context;
    lanes_effects(&climb->work, climb->plain, climb->plain_state, climb->plain_scratch,
                  climb->out);
}

static void scalar_rungs(struct climb *climb) {
    static const struct scalar_rung rungs[] = {
        {"naive: note by note, library cosine, memory for each", scalar_note_by_note, NULL, 256},
        {"+ batching: all notes in one loop, levels per 64 frames", scalar_batched, NULL, 64},
        {"+ preallocation: memory and sines taken once", NULL, scalar_sines, 64},
        {"+ recurrence instead of the cosine", NULL, scalar_recurrence, 8},
    };
    plain_effects(climb);
    if (memcmp(climb->out, climb->want_out, 2 * LADDER_FRAMES * sizeof(float)))
        fail("scalar effects", 0);
    climb->plain_effects_s = bench_best_s(climb->budget_s, plain_effects, climb);
    for (size_t i = 0; i < sizeof rungs / sizeof *rungs; i++)
        scalar_measure(climb, &rungs[i]);
}

// -------------------------------------------------------------------------- the lanes' rungs

static void lanes_voices_run(void *context) {
    struct climb *climb = context;
    lanes_voices(&climb->work, climb->lanes, climb->scratch);
}

static void lanes_whole_run(void *context) {
    struct climb *climb = context;
    lanes_voices_run(context);
    lanes_effects(&climb->work, climb->lanes, climb->state, climb->scratch, climb->out);
}

static void lanes_rung(struct climb *climb) {
    static const char name[] = "+ lanes: the engine's cells, unisons as moments";
    struct work *work = &climb->work;
    work->memory = (struct ladder_memory){0};
    work_sums_take(work);
    lanes_whole_run(climb);
    work->thinning = 1;
    double error = error_db(climb);
    if (error > -400 || memcmp(climb->out, climb->want_out, 2 * LADDER_FRAMES * sizeof(float)))
        fail(name, error);
    double voices_s = bench_best_s(climb->budget_s, lanes_voices_run, climb);
    double all_s = bench_best_s(climb->budget_s, lanes_whole_run, climb);
    work_sums_give(work);
    work->memory.bytes_peak += climb->lanes->scratch_bytes + climb->lanes->state_bytes;
    work->memory.allocations = 0;
    rung_add(climb, name, voices_s, all_s, error);
}

// The product's renderer for one session, with a pool of its own.
struct product {
    struct worker_pool *pool;
    struct renderer *renderer;
    uint64_t bytes; // that opening took
    double wall_s, own_s; // shortest run: on the wall, and of this thread's processor time
};

static uint64_t heap_bytes(void) {
    struct mallinfo2 heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
}

static void product_open(struct climb *climb, struct product *product, uint32_t threads) {
    aeo_fault fault = {0};
    memset(product, 0, sizeof *product);
    product->wall_s = product->own_s = INFINITY;
    if (pool_open(&product->pool, threads) != AEO_OK) exit(1);
    const struct renderer_limits limits = {.sessions_max = 1,
                                           .span_frames_max = LADDER_FRAMES,
                                           .batch_frames_max = LADDER_FRAMES,
                                           .isa = climb->lanes->name,
                                           .pool = product->pool};
    uint64_t before = heap_bytes();
    if (renderer_cpu.open(&limits, &product->renderer, &fault) != AEO_OK) {
        fprintf(stderr, "aeolian-bench: ladder: %s\n", fault.message);
        exit(1);
    }
    product->bytes = heap_bytes() - before;
}

static void product_close(struct product *product) {
    renderer_cpu.close(product->renderer);
    pool_close(product->pool);
}

static void product_run(struct climb *climb, struct product *product, const char *name) {
    struct span *span = &climb->work.span;
    const struct batch batch = {.span_count = 1,
                                .spans = span,
                                .notes = climb->work.notes,
                                .fresh_count = UINT32_MAX};
    span->slot = 0;
    span->out = climb->out;
    memset(climb->out, 0, 2 * LADDER_FRAMES * sizeof(float));
    renderer_cpu.session_reset(product->renderer, 0);
    double wall = bench_wall_s(), own = bench_now_s();
    if (renderer_cpu.submit(product->renderer, &batch) != AEO_OK) exit(1);
    renderer_cpu.collect(product->renderer, 0);
    product->own_s = fmin(product->own_s, bench_now_s() - own);
    product->wall_s = fmin(product->wall_s, bench_wall_s() - wall);
    if (memcmp(climb->out, climb->want_out, 2 * LADDER_FRAMES * sizeof(float))) fail(name, 0);
}

// One thread and all of them, in turns. What threads gain can only be seen on the wall, where
// other programs count too: both are held against each other there, so that they share the load.
static void product_rungs(struct climb *climb, uint32_t threads) {
    static const char *const names[] = {"+ fused effects: behind each chunk, in cache",
                                        "+ threads: one per core"};
    struct product product[2];
    uint32_t counts[2] = {1, threads};
    for (int i = 0; i < 2; i++)
        product_open(climb, &product[i], counts[i]);
    double begun = bench_wall_s();
    int least = climb->budget_s > 0 ? 5 : 1;
    for (int run = 0; run < least || bench_wall_s() - begun < 10 * climb->budget_s; run++) {
        for (int i = 0; i < 2; i++)
            product_run(climb, &product[i], names[i]);
    }
    double share[2] = {1, product[1].wall_s / product[0].wall_s};
    for (int i = 0; i < 2; i++) {
        climb->work.memory = (struct ladder_memory){.bytes_peak = product[i].bytes};
        rung_add(climb, names[i], 0, product[0].own_s * share[i], -400)->threads = counts[i];
        product_close(&product[i]);
    }
}

void ladder_measure(struct ladder *ladder, double budget_s) {
    static struct climb climb;
    climb = (struct climb){.ladder = ladder,
                           .budget_s = budget_s,
                           .lanes = lanes_cpu_find("auto"),
                           .plain = lanes_cpu_find("plain")};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    subject_take(&climb);
    reference_take(&climb);
    scalar_rungs(&climb);
    lanes_rung(&climb);
    product_rungs(&climb, cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (uint32_t)cores);
    climb.work.sums = climb.want;
    work_sums_give(&climb.work);
    void *const pieces[] = {climb.out,     climb.want_out,    climb.state,
                            climb.scratch, climb.plain_state, climb.plain_scratch};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        ladder_give(&climb.own, pieces[i]);
    free((void *)(uintptr_t)climb.work.notes);
}
