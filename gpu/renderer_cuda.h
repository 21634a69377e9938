/*
 * renderer_cuda.h - the CUDA renderer: a table for the seam, and what it counts.
 *
 * The table is handed to the engine (aeo_options.renderers) by programs that want it. Needs the
 * driver, found at run time; without one probe says what is missing.
 */
#ifndef AEOLIAN_GPU_RENDERER_CUDA_H
#define AEOLIAN_GPU_RENDERER_CUDA_H

#include <stdint.h>

#include "engine/renderer.h" // struct aeo_renderer

extern const struct aeo_renderer renderer_cuda;

// Since open. `breaches`: calls that take memory or wait, made after open; always 0.
struct gpu_counters {
    uint64_t batches, spans, parts;
    uint64_t graph_hits, graph_misses; // parts launched as a graph, and plainly
    uint64_t kernel_launches;          // of plain parts
    uint64_t graphs, graph_build_ns;   // made at open
    uint64_t bytes_up, bytes_down;
    uint64_t states_up, states_down;
    uint64_t stage_waits; // a batch outgrew the staging memory
    uint64_t submit_ns;   // host time of all submits
    uint64_t breaches;
};

// The counters of RENDERER, which must be of this table. Its own thread.
struct gpu_counters renderer_cuda_counters(const struct renderer *renderer);

#endif
