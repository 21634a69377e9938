// A test rig: an engine with one GPU renderer, some sessions, and a stop-watch at the seam between
// them. What it renders, it renders through the library's public interface, as an embedder would.
// Aborts the program with a line when something fails. One thread.
#ifndef PROFILING_GPU_RIG_H
#define PROFILING_GPU_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"  // struct aeo_engine
#include "gpu/cuda_api.h"   // gpu_stream
#include "gpu/device.h"     // struct gpu_device_open
#include "gpu/limits.h"     // GPU_SLOTS

#define RIG_TICK_FRAMES AEO_TICK_FRAMES
#define RIG_PHRASE_FRAMES (16 * AEO_SAMPLE_RATE)

struct rig_options {
    const struct aeo_renderer *table; // usually &renderer_cuda
    uint32_t sessions, span_frames;
    uint32_t spans;  // that one rig_render may ask for of each session; 0: one
    double density;  // of the music, 0..1; below 0: the scene's own
    bool no_graphs;  // every kernel launched by itself
    bool one_stream; // copies behind the kernels instead of beside them
    bool one_batch;  // under way: the next is planned when the last has been delivered
    // NULL, or called ahead of each batch, within the time that is measured.
    void (*before)(const struct batch *batch);
};

// Where the time of one rig_render went, in seconds; they add up to all of it.
struct rig_times {
    double plan, submit, device, deliver;
};

struct rig {
    aeo_engine *engine;
    struct renderer *cuda; // the inside of the product's renderer; NULL for another one
    gpu_stream copy;       // its own, while one_stream has put another in its place
    gpu_graph_exec (*graphs)[GPU_SLOTS]; // likewise, of each shape
    bool no_graphs, one_stream;
    uint32_t sessions_max, open;
    uint64_t first_seed;
    double density;
    aeo_session **sessions;
    float **outs; // one buffer of the spans of a rig_render for each
    float *music; // all of them
    uint32_t span_frames;
    struct rig_times times; // of the last rig_render
};

void rig_open(struct rig *rig, const struct rig_options *options);
void rig_close(struct rig *rig);

// Makes sure that the first COUNT sessions are open and have rendered their look-back.
void rig_sessions(struct rig *rig, uint32_t count);

// Renders FRAMES (<= spans x span_frames) more of the first COUNT sessions together; seconds by the
// clock on the wall.
double rig_render(struct rig *rig, uint32_t count, uint32_t frames);

// Sessions that the host's and the device's memory hold beside everything else, at most CAP.
uint32_t rig_sessions_fit(const struct gpu_device_open *device, uint32_t cap);

#endif
