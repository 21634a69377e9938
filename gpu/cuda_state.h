/*
 * cuda_state.h - the inside of the CUDA renderer: what its files share.
 *
 *   renderer_cuda.c  the table of the seam: probe, open, close, collect
 *   cuda_open.c      takes memory, streams, events, kernels; gives them back
 *   cuda_graphs.c    shapes and their graphs
 *   cuda_batch.c     cuts a batch into parts and sends them on their way
 *   cuda_session.c   effect states: reset, save, load
 *
 * One thread at a time, as engine/renderer.h says; after open nothing allocates, copies
 * synchronously or waits except by asking events.
 *
 * Streams: compute runs copy up -> kernels of each part in turn, copy brings results down. Slot k
 * mod 2 holds part k's description and samples on the device. Event rendered[slot] lets the copy
 * begin, copied[slot] lets the slot's next part overwrite the samples.
 */
#ifndef AEOLIAN_GPU_CUDA_STATE_H
#define AEOLIAN_GPU_CUDA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/renderer.h"   // struct renderer_limits, struct batch
#include "gpu/device.h"        // struct gpu_device_open
#include "gpu/kernels.h"       // GPU_KERNEL_COUNT
#include "gpu/limits.h"        // struct gpu_limits
#include "gpu/part.h"          // struct gpu_part
#include "gpu/renderer_cuda.h" // struct gpu_counters

// Lengths of span times powers of two up to GPU_PART_SPANS_MAX.
#define GPU_SHAPE_LENGTHS_MAX 3
#define GPU_SHAPES_MAX (GPU_SHAPE_LENGTHS_MAX * 11)

// What decides how a part is launched: nothing else does, so a shape's graph never changes.
struct gpu_shape {
    uint32_t frames; // of each span
    uint32_t spans;  // at most; a power of two
    uint32_t voice_cells, voice_items, front_items, master_items; // see part.h
    uint32_t grid[GPU_KERNEL_COUNT];
    gpu_graph_exec graph[GPU_SLOTS]; // NULL: launched plainly
};

// Where everything lies on the device.
struct gpu_addresses {
    gpu_memory all; // the one allocation
    gpu_memory notes, states, dry, send, passed, diffused, wet, drive, carries, scratch;
    gpu_memory part[GPU_SLOTS], out[GPU_SLOTS];
};

// Pinned memory of the host.
struct gpu_host {
    unsigned char *all;
    unsigned char *stage; // descriptions of the parts of a batch, one behind the other
    size_t stage_used;
    float *out; // samples of a batch
    uint64_t out_used_frames;
    unsigned char *state; // one session's effects on their way
    bool state_busy;      // until event `loaded`
};

// When the parts of the batch under way did what, for a trace: cuda_trace.c.
#define GPU_TRACE_PARTS 4
enum gpu_stamp {
    GPU_STAMP_UPLOAD,  // compute stream: the part's description goes up
    GPU_STAMP_KERNELS, // ... its kernels begin
    GPU_STAMP_DONE,    // ... have ended
    GPU_STAMP_COPY,    // copy stream: its samples come down
    GPU_STAMP_COPIED,
    GPU_STAMPS
};

struct gpu_trace {
    gpu_event stamps[GPU_TRACE_PARTS][GPU_STAMPS];
    struct gpu_trace_part {
        uint32_t spans, frames;
        uint64_t bytes; // of its description
        bool graph, copied;
    } parts[GPU_TRACE_PARTS];
    uint32_t count;    // of parts that have begun
    bool on;           // the batch is traced
    int64_t origin_ns; // when the host asked for the first stamp
};

struct renderer {
    struct renderer_limits asked;
    struct gpu_device_open device;
    const struct gpu_calls *cuda; // device.driver's
    struct gpu_limits limits;
    gpu_module module;
    gpu_function kernel[GPU_KERNEL_COUNT];
    gpu_stream compute, copy;
    gpu_event rendered[GPU_SLOTS], copied[GPU_SLOTS], done, loaded, saving, saved;
    struct gpu_addresses at;
    struct gpu_host host;
    struct gpu_shape shapes[GPU_SHAPES_MAX];
    uint32_t shape_count;
    // Host memory of its own, taken at open.
    uint32_t *present;  // one bit per note of the pool: the device has it
    uint32_t *resets;   // one bit per session: begins from silence with its next span
    uint64_t *order;    // one number per span of a batch: see cuda_batch.c
    uint32_t *fresh;    // GPU_PART_FRESH_MAX: notes that the part being filled brings
    // Of the batch under way.
    const struct batch *batch; // NULL: none
    int64_t submitted_ns, watchdog_ns;
    uint32_t part_number; // counts on over batches; the slot is its last bit
    bool lost, hung;
    char reason[160]; // why it was lost
    struct gpu_counters counters;
    struct gpu_trace trace;
};

// Opens and closes everything but the struct itself; close accepts what open left half done.
enum aeo_status cuda_open(struct renderer *self, aeo_fault *fault);
void cuda_close(struct renderer *self);

// Makes the graphs of the closed set of shapes and runs each once. Called by cuda_open.
gpu_result cuda_graphs_make(struct renderer *self);
// The shape for SPANS spans of FRAMES each: one of the closed set, else *OWN, filled for it.
const struct gpu_shape *cuda_shape_find(struct renderer *self, uint32_t frames, uint32_t spans,
                                        struct gpu_shape *own);
// Puts the kernels of SHAPE on the compute stream, for the part in SLOT.
gpu_result cuda_shape_launch(struct renderer *self, const struct gpu_shape *shape, uint32_t slot);

// Sends all parts of BATCH on their way and records `done` behind them.
gpu_result cuda_batch_send(struct renderer *self, const struct batch *batch);

// Asks EVENT until it has passed; NOT_READY when it has not after LIMIT_NS.
gpu_result cuda_await(struct renderer *self, gpu_event event, int64_t limit_ns);

// Notes that RESULT of the call or step WHAT ended this renderer. Returns AEO_ERR_LOST.
enum aeo_status cuda_lose(struct renderer *self, const char *what, gpu_result result);

// The table's functions that deal with effect states.
enum aeo_status cuda_session_reset(struct renderer *self, uint32_t slot);
enum aeo_status cuda_session_save(struct renderer *self, uint32_t slot, void *bytes);
enum aeo_status cuda_session_load(struct renderer *self, uint32_t slot, const void *bytes);

// Stamps for traces: made at open, given back by close. Per batch: begin, for each part a part and
// its stamps in order, and when all is done, tell. Without a trace begin is all that is done.
gpu_result cuda_trace_open(struct renderer *self);
void cuda_trace_close(struct renderer *self);
void cuda_trace_begin(struct renderer *self);
void cuda_trace_part(struct renderer *self, const struct gpu_trace_part *part);
gpu_result cuda_trace_stamp(struct renderer *self, enum gpu_stamp stamp);
void cuda_trace_tell(struct renderer *self);

int64_t cuda_now_ns(void);

static inline bool cuda_bit(const uint32_t *bits, uint32_t i) {
    return bits[i / 32] >> (i % 32) & 1;
}
static inline void cuda_bit_set(uint32_t *bits, uint32_t i) {
    bits[i / 32] |= 1u << (i % 32);
}
static inline void cuda_bit_clear(uint32_t *bits, uint32_t i) {
    bits[i / 32] &= ~(1u << (i % 32));
}

#endif
