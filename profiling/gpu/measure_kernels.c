// Where the device's time goes: each kernel of a full part by itself, and what the voices' one
// makes of the machine. See measure.h.
#include <stdio.h>
#include <stdlib.h>

#include "gpu/cuda_state.h"        // struct renderer
#include "gpu/kernel_tanks.h"      // GPU_TANKS_Y
#include "gpu/renderer_cuda.h"     // renderer_cuda
#include "profiling/gpu/measure.h" // struct bench

static const char *const names[GPU_KERNEL_COUNT] = {
#define KERNEL_NAME(name, threads) #name,
    GPU_KERNELS(KERNEL_NAME)
#undef KERNEL_NAME
};
static const unsigned threads[GPU_KERNEL_COUNT] = {
#define KERNEL_THREADS(name, threads) threads,
    GPU_KERNELS(KERNEL_THREADS)
#undef KERNEL_THREADS
};

// Runs kernel K of the part that was rendered last again and again: it is still on the device, and
// does the same work each time, though not on the same states.
static double kernel_s(struct bench *bench, struct renderer *cuda, const struct gpu_shape *shape,
                       int k, uint32_t repeats) {
    struct machine *m = &bench->machine;
    uint32_t slot = (cuda->part_number - 1) % GPU_SLOTS;
    void *arguments[] = {&cuda->at.part[slot]};
    unsigned high = k == GPU_KERNEL_tanks ? GPU_TANKS_Y : 1;
    double seconds = 0.0;
    for (uint32_t run = 0; run < 2; run++) { // the first only warms up
        machine_clock_begin(m, cuda->compute);
        for (uint32_t i = 0; i < repeats; i++) {
            machine_must(m,
                         m->cuda->launch(cuda->kernel[k], shape->grid[k], high, 1, threads[k], 1,
                                         1, 0, cuda->compute, arguments, NULL),
                         names[k]);
        }
        seconds = machine_clock_end_s(m, cuda->compute) / repeats;
    }
    return seconds;
}

// The samples of the part that was rendered last, on their way home as the renderer brings them.
static void copy_rate(struct bench *bench, struct renderer *cuda, uint32_t count) {
    struct machine *m = &bench->machine;
    size_t bytes = (size_t)count * RIG_TICK_FRAMES * 2 * sizeof(float);
    uint32_t slot = (cuda->part_number - 1) % GPU_SLOTS, repeats = bench->is_short ? 1 : 20;
    machine_clock_begin(m, cuda->copy);
    for (uint32_t i = 0; i < repeats; i++) {
        machine_must(m,
                     m->cuda->copy_down(cuda->host.out, cuda->at.out[slot], bytes, cuda->copy),
                     "a copy down");
    }
    double rate = (double)bytes * repeats / machine_clock_end_s(m, cuda->copy);
    struct figure *figure = figure_add(&bench->figures, "Kernels", "GB/s", rate * 1e-9,
                                       "samples of a tick of %u sessions, to the host", count);
    figure->bound = bench->limits.down_per_s * 1e-9;
    figure_note(figure, "%.0f %% of the measured link", 100 * rate / bench->limits.down_per_s);
}

void measure_kernels(struct bench *bench) {
    const struct work *own = &bench->own;
    const double operations[GPU_KERNEL_COUNT] = {
        [GPU_KERNEL_voices] = own->voices,
        [GPU_KERNEL_front] = own->front,
        [GPU_KERNEL_tanks] = own->tanks + own->echo,
        [GPU_KERNEL_master] = own->master,
    };
    uint32_t count = rig_sessions_fit(&bench->machine.open, bench->is_short ? 2 : 1024);
    struct rig rig;
    rig_open(&rig, &(struct rig_options){.table = &renderer_cuda,
                                         .sessions = count,
                                         .span_frames = RIG_TICK_FRAMES,
                                         .density = -1.0});
    count = rig.engine->limits.sessions_max;
    // What one part holds, so that the last part is all of it.
    uint32_t fit = gpu_part_spans_of(&rig.cuda->limits, RIG_TICK_FRAMES);
    if (count > fit) count = fit;
    rig_sessions(&rig, count);
    for (int i = 0; i < 3; i++) // notes that had to be sent ahead are there
        rig_render(&rig, count, RIG_TICK_FRAMES);
    struct gpu_shape own_shape;
    const struct gpu_shape *shape = cuda_shape_find(rig.cuda, RIG_TICK_FRAMES, count, &own_shape);
    double audio_s = (double)count * RIG_TICK_FRAMES / AEO_SAMPLE_RATE, voices_s = 1.0;
    for (int k = 0; k < GPU_KERNEL_COUNT; k++) {
        double seconds = kernel_s(bench, rig.cuda, shape, k, bench->is_short ? 1 : 10);
        struct figure *figure = figure_add(&bench->figures, "Kernels", "ms", seconds * 1e3,
                                           "%s, a tick of %u sessions", names[k], count);
        if (k == GPU_KERNEL_voices) voices_s = seconds;
        if (operations[k] <= 0) continue;
        figure->bound = operations[k] * audio_s / bench->limits.fma_per_s * 1e3;
        figure_note(figure, "%.0f %% of the multiply-add peak",
                    100 * figure->bound / figure->value);
    }
    copy_rate(bench, rig.cuda, count);
    double sinusoids = own->partials * audio_s / voices_s;
    double bound = own->partials / own->voices * bench->limits.fma_per_s;
    struct figure *figure = figure_add(&bench->figures, "Kernels", "M", sinusoids * 1e-6,
                                       "sinusoids in real time, full voices");
    figure->bound = bound * 1e-6;
    figure_note(figure, "aim 200; %.2f slots for each partial-sample, envelopes, noise and all",
                own->voices / AEO_SAMPLE_RATE / own->partials);
    rig_close(&rig);
}
