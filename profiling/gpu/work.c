// Operations and bytes, and the bounds that follow from them. See measure.h.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/lanes_cpu.h"       // struct lanes_cpu
#include "gpu/part.h"               // GPU_ROWS
#include "profiling/bench_lanes.h"  // bench_counter
#include "profiling/bench_naive.h"  // bench_note_partials
#include "profiling/gpu/measure.h"  // struct work

extern const struct lanes_cpu lanes_cpu_counted;
extern const struct bench_lanes bench_lanes_counted;

// Rows are written once and read once; lines of both tanks and of the echo's two are read and
// written once; samples are written. What stays in caches is left out.
#define TANKS_BYTES (2 * REVERB_LINE_COUNT * 2 * sizeof(float))
#define ECHO_BYTES (2 * 2 * 2 * sizeof(float))
#define OUT_BYTES (2 * sizeof(float))
#define FRAME_BYTES (2 * GPU_ROWS * sizeof(float) + TANKS_BYTES + ECHO_BYTES + OUT_BYTES)

// ---------------------------------------------------------------------------------- counting

static struct {
    bool on;
    struct work sum;
    uint64_t frames;
    struct mix_sums sums;
    void *cells_scratch, *effects_state, *effects_scratch;
    float *out;
} counting;

static void *take(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 1087) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "aeolian-bench-gpu: out of memory\n");
        exit(1);
    }
    memset(memory, 0, bytes);
    return memory;
}

static void span_sounding(const struct span *span, const struct voice_note *pool) {
    for (uint32_t i = 0; i < span->note_count; i++) {
        const struct voice_note *note = &pool[span->notes[i].note];
        int64_t end = span->from + span->frames;
        int64_t from = note->onset > span->from ? note->onset : span->from;
        int64_t until = note->end < end ? note->end : end;
        double frames = until > from ? (double)(until - from) : 0.0;
        counting.sum.notes += frames;
        counting.sum.partials += frames * bench_note_partials(note);
    }
}

static void span_count(const struct batch *batch) {
    if (!counting.on) return;
    const struct span *span = &batch->spans[0];
    uint64_t before = bench_counter, parts[BENCH_PARTS] = {0};
    int64_t cell = span->from / CELL_FRAMES; // above 0 here, and whole
    lanes_cpu_counted.cells_render(span, batch->notes, cell, span->frames / CELL_FRAMES,
                                   &counting.sums, counting.cells_scratch);
    counting.sum.voices += (double)(bench_counter - before);
    const float *const dry[2] = {counting.sums.dry[0], counting.sums.dry[1]};
    const float *const send[2] = {counting.sums.send[0], counting.sums.send[1]};
    bench_lanes_counted.effects_timed(counting.effects_state, counting.effects_scratch,
                                      &span->effects, dry, send, counting.sums.drive,
                                      counting.out, parts);
    counting.sum.front += (double)parts[BENCH_FRONT];
    counting.sum.echo += (double)parts[BENCH_ECHO];
    counting.sum.tanks += (double)parts[BENCH_TANKS];
    counting.sum.master += (double)parts[BENCH_MASTER];
    counting.frames += span->frames;
    span_sounding(span, batch->notes);
}

static void counting_begin(void) {
    memset(&counting, 0, sizeof counting);
    for (int channel = 0; channel < 2; channel++) {
        counting.sums.dry[channel] = take(sizeof(float) * CHUNK_FRAMES);
        counting.sums.send[channel] = take(sizeof(float) * CHUNK_FRAMES);
    }
    counting.sums.drive = take(sizeof(float) * (CHUNK_CELLS + 1));
    counting.out = take(sizeof(float) * 2 * CHUNK_FRAMES);
    counting.cells_scratch = take(lanes_cpu_counted.scratch_bytes);
    counting.effects_state = take(bench_lanes_counted.state_bytes);
    counting.effects_scratch = take(bench_lanes_counted.scratch_bytes);
    bench_lanes_counted.effects_reset(counting.effects_state);
}

static void counting_end(void) {
    for (int channel = 0; channel < 2; channel++) {
        free(counting.sums.dry[channel]);
        free(counting.sums.send[channel]);
    }
    free(counting.sums.drive);
    free(counting.out);
    free(counting.cells_scratch);
    free(counting.effects_state);
    free(counting.effects_scratch);
}

// Counts FRAMES of the default scene at DENSITY (below 0: its own).
static struct work work_count(double density, uint32_t frames) {
    struct rig rig;
    rig_open(&rig, &(struct rig_options){.table = &renderer_null,
                                         .sessions = 1,
                                         .span_frames = CHUNK_FRAMES,
                                         .density = density,
                                         .before = span_count});
    counting_begin();
    rig_sessions(&rig, 1);
    counting.on = true;
    while (counting.frames < frames)
        rig_render(&rig, 1, CHUNK_FRAMES);
    counting.on = false;
    rig_close(&rig);
    counting_end();
    struct work work = counting.sum;
    double seconds = (double)counting.frames / AEO_SAMPLE_RATE;
    double *rates[] = {&work.voices, &work.front, &work.echo, &work.tanks, &work.master};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        *rates[i] /= seconds;
    work.partials /= (double)counting.frames;
    work.notes /= (double)counting.frames;
    return work;
}

static int count_apart(double density, uint32_t frames, int *pid) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return -1;
    *pid = fork();
    if (*pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        struct work work = work_count(density, frames);
        _exit(write(ends[1], &work, sizeof work) == (ssize_t)sizeof work ? 0 : 1);
    }
    close(ends[1]);
    if (*pid > 0) return ends[0];
    close(ends[0]);
    return -1;
}

void work_count_begin(struct work_counting *apart, bool is_short, uint32_t frames) {
    static const double densities[] = {-1.0, 0.0, 1.0};
    apart->count = is_short ? 1 : 3;
    for (int i = 0; i < apart->count; i++)
        apart->from[i] = count_apart(densities[i], frames, &apart->pid[i]);
}

void work_count_end(struct work_counting *apart, struct bench *bench) {
    struct work *works[] = {&bench->own, &bench->sparse, &bench->dense};
    for (int i = 0; i < 3; i++) {
        if (i >= apart->count) {
            *works[i] = bench->own;
            continue;
        }
        if (read(apart->from[i], works[i], sizeof *works[i]) != (ssize_t)sizeof *works[i]) {
            fprintf(stderr, "aeolian-bench-gpu: counting the operations failed\n");
            exit(1);
        }
        close(apart->from[i]);
        waitpid(apart->pid[i], NULL, 0);
    }
}

// ------------------------------------------------------------------------------------ bounds

double bound_s(const struct limits *limits, const struct work *work, double sessions,
               double audio_s) {
    double operations = work->voices + work->front + work->echo + work->tanks + work->master;
    double seconds = operations / limits->fma_per_s;
    double memory = FRAME_BYTES * AEO_SAMPLE_RATE / limits->memory_per_s;
    double link = OUT_BYTES * AEO_SAMPLE_RATE / limits->down_per_s;
    if (memory > seconds) seconds = memory;
    if (link > seconds) seconds = link;
    return seconds * sessions * audio_s;
}

double bound_serial_s(const struct bench *bench, const struct work *work, double audio_s) {
    double tank = work->tanks / 2.0, most = tank > work->echo ? tank : work->echo;
    return most / (bench->limits.fma_per_s / bench->machine.open.multiprocessors) * audio_s;
}
