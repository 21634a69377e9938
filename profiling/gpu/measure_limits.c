// What this GPU can do at most: arithmetic, memory, the link to the host; and how many sinusoids
// the bare sum of them makes at that. See measure.h.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "profiling/gpu/measure.h" // struct bench

static void measure_peak(struct bench *bench) {
    struct machine *m = &bench->machine;
    uint32_t blocks = m->open.multiprocessors * 8, rounds = bench->is_short ? 1 : 4000;
    size_t bytes = (size_t)blocks * BENCH_THREADS * sizeof(float);
    struct bench_work work = {.count = rounds};
    gpu_memory from = machine_take(m, 2 * sizeof(float)), to = machine_take(m, bytes);
    machine_must(m, m->cuda->fill(from, 0, 2 * sizeof(float), m->stream), "a fill");
    work.from = (const float *)(uintptr_t)from;
    work.to = (float *)(uintptr_t)to;
    double seconds = machine_run_s(m, BENCH_KERNEL_peak, &work, blocks, bench->is_short ? 1 : 5);
    bench->limits.fma_per_s = (double)blocks * BENCH_THREADS * BENCH_ROUND * rounds / seconds;
    struct figure *figure =
        figure_add(&bench->figures, "Limits", "T/s", bench->limits.fma_per_s * 1e-12,
                   "fused multiply-adds in registers");
    // 128 lanes a multiprocessor since compute capability 8.6 and in 9.0; 64 in 7.5 and 8.0.
    bool half = m->compute_major == 7 || (m->compute_major == 8 && m->compute_minor == 0);
    int lanes = half ? 64 : 128;
    figure->bound = (double)lanes * m->open.multiprocessors * m->clock_mhz * 1e-6;
    if (m->clock_mhz)
        figure_note(figure, "bound: %d lanes a multiprocessor at %d MHz", lanes, m->clock_mhz);
    machine_give(m, from);
    machine_give(m, to);
}

static void measure_memory(struct bench *bench) {
    struct machine *m = &bench->machine;
    size_t bytes = bench->is_short ? 1 << 20 : (size_t)1 << 30;
    gpu_memory from = machine_take(m, bytes), to = machine_take(m, bytes);
    machine_must(m, m->cuda->fill(from, 1, bytes, m->stream), "a fill");
    struct bench_work work = {.count = (uint32_t)(bytes / sizeof(float)),
                              .from = (const float *)(uintptr_t)from,
                              .to = (float *)(uintptr_t)to};
    double seconds = machine_run_s(m, BENCH_KERNEL_copy, &work, m->open.multiprocessors * 16,
                                   bench->is_short ? 1 : 10);
    bench->limits.memory_per_s = 2.0 * (double)bytes / seconds;
    struct figure *figure =
        figure_add(&bench->figures, "Limits", "GB/s", bench->limits.memory_per_s * 1e-9,
                   "device memory, read and written by a copying kernel");
    figure->bound = 2.0 * m->memory_mhz * m->bus_bits / 8.0 * 1e-3; // double data rate
    machine_give(m, from);
    machine_give(m, to);
}

static double link_s(struct bench *bench, gpu_memory device, void *host, size_t bytes, bool down) {
    struct machine *m = &bench->machine;
    uint32_t repeats = bench->is_short ? 1 : 10;
    double seconds = 0.0;
    for (uint32_t run = 0; run < 2; run++) { // the first only warms up
        machine_clock_begin(m, m->stream);
        for (uint32_t i = 0; i < repeats; i++) {
            machine_must(m,
                         down ? m->cuda->copy_down(host, device, bytes, m->stream)
                              : m->cuda->copy_up(device, host, bytes, m->stream),
                         "a copy");
        }
        seconds = machine_clock_end_s(m, m->stream) / repeats;
    }
    return seconds;
}

static void measure_link(struct bench *bench) {
    struct machine *m = &bench->machine;
    size_t bytes = bench->is_short ? 1 << 20 : (size_t)256 << 20;
    gpu_memory device = machine_take(m, bytes);
    void *host = machine_host_take(m, bytes);
    machine_must(m, m->cuda->fill(device, 1, bytes, m->stream), "a fill");
    bench->limits.down_per_s = (double)bytes / link_s(bench, device, host, bytes, true);
    bench->limits.up_per_s = (double)bytes / link_s(bench, device, host, bytes, false);
    figure_add(&bench->figures, "Limits", "GB/s", bench->limits.down_per_s * 1e-9,
               "link, to the host, pinned");
    figure_add(&bench->figures, "Limits", "GB/s", bench->limits.up_per_s * 1e-9,
               "link, to the device, pinned");
    machine_give(m, device);
    machine_host_give(m, host);
}

// --------------------------------------------------------------------------------- the bare sum

#define SUM_PARTIALS 1024

// Whether SAMPLES are the sum of BANK, by libm in double: the worst error over their level, in dB.
static double sum_error_db(const struct bench_partial *bank, uint32_t partials,
                           const float *samples) {
    double error = 0.0, level = 0.0;
    for (uint32_t n = 0; n < BENCH_SUM_FRAMES; n += 97) {
        double want = 0.0;
        for (uint32_t p = 0; p < partials; p++) {
            double turns = (double)(uint32_t)(bank[p].phase + bank[p].inc * n) / 4294967296.0;
            want += bank[p].gain * sin(6.283185307179586 * turns);
        }
        error += (want - samples[n]) * (want - samples[n]);
        level += want * want;
    }
    return 10.0 * log10(error / level);
}

static void measure_sum(struct bench *bench) {
    struct machine *m = &bench->machine;
    uint32_t blocks = bench->is_short ? 1 : m->open.multiprocessors * 8;
    uint32_t partials = bench->is_short ? 16 : SUM_PARTIALS;
    size_t bank_bytes = partials * sizeof(struct bench_partial);
    size_t bytes = (size_t)blocks * BENCH_SUM_FRAMES * sizeof(float);
    struct bench_partial *bank = machine_host_take(m, bank_bytes);
    float *samples = machine_host_take(m, BENCH_SUM_FRAMES * sizeof(float));
    gpu_memory there = machine_take(m, bank_bytes), to = machine_take(m, bytes);
    for (uint32_t p = 0; p < partials; p++) { // 50 Hz to 12 kHz
        bank[p].phase = p * 2654435769u;
        bank[p].inc = (uint32_t)(4294967296.0 * (50.0 + 11950.0 * p / partials) / AEO_SAMPLE_RATE);
        bank[p].gain = 1.0f / (float)partials;
    }
    machine_must(m, m->cuda->copy_up(there, bank, bank_bytes, m->stream), "a copy up");
    struct bench_work work = {.count = partials,
                              .to = (float *)(uintptr_t)to,
                              .bank = (const struct bench_partial *)(uintptr_t)there};
    double seconds = machine_run_s(m, BENCH_KERNEL_sum, &work, blocks, bench->is_short ? 1 : 5);
    machine_must(m,
                 m->cuda->copy_down(samples, to, BENCH_SUM_FRAMES * sizeof(float), m->stream),
                 "a copy down");
    machine_drain(m, m->stream);
    double error_db = sum_error_db(bank, partials, samples);
    if (!(error_db < -90.0)) {
        fprintf(stderr, "aeolian-bench-gpu: the bare sum is wrong: error %.1f dB\n", error_db);
        exit(1);
    }
    double rate = (double)blocks * BENCH_SUM_FRAMES * partials / seconds;
    struct figure *figure =
        figure_add(&bench->figures, "Limits", "M", rate / AEO_SAMPLE_RATE * 1e-6,
                   "sinusoids in real time, bare sum (error %.0f dB)", error_db);
    figure->bound = bench->limits.fma_per_s / 2.0 / AEO_SAMPLE_RATE * 1e-6;
    figure_note(figure, "bound: two slots for each partial-sample; %.0f %% of the peak",
                200.0 * rate / bench->limits.fma_per_s);
    machine_host_give(m, bank);
    machine_host_give(m, samples);
    machine_give(m, there);
    machine_give(m, to);
}

void measure_limits(struct bench *bench) {
    measure_peak(bench);
    measure_memory(bench);
    measure_link(bench);
    measure_sum(bench);
}
