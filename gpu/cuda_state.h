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
 * begin, copied[slot] lets the slot's next part overwrite the samples. So it goes on over batches,
 * of which two may be under way: batch k mod 2 has its half of the pinned memory and its event
 * done. Behind a batch the copy stream brings down the states that are to be kept; the next batch's
 * kernels wait for event kept before they change them.
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
    // Of the batch being sent: half of what there is for two.
    unsigned char *stage; // descriptions of the parts of a batch, one behind the other
    size_t stage_used;
    float *out; // samples of a batch
    unsigned char *stages[GPU_BATCHES];
    float *outs[GPU_BATCHES];
    uint64_t out_used_frames;
    unsigned char *state; // one session's effects on their way
    bool state_busy;      // until event `loaded`
    unsigned char *kept;  // limits.keeps of those: snapshots
};

// When the parts of the batches under way did what, for a trace: cuda_trace.c.
#define GPU_TRACE_PARTS 4
enum gpu_stamp {
    GPU_STAMP_UPLOAD,  // compute stream: the part's description goes up
    GPU_STAMP_KERNELS, // ... its kernels begin
    GPU_STAMP_DONE,    // ... have ended
    GPU_STAMP_COPY,    // copy stream: its samples come down
    GPU_STAMP_COPIED,
    GPU_STAMPS
};

struct gpu_trace_batch {
    gpu_event stamps[GPU_TRACE_PARTS][GPU_STAMPS];
    struct gpu_trace_part {
        uint32_t spans, frames;
        uint64_t bytes; // of its description
        bool graph, copied;
    } parts[GPU_TRACE_PARTS];
    uint32_t count; // of parts that have begun
    bool on;        // the batch is traced
};

struct gpu_trace {
    struct gpu_trace_batch batches[GPU_BATCHES];
    struct gpu_trace_batch *sent; // the one that is being sent
    gpu_event origin;  // what the stamps of batches under way are reckoned from
    int64_t origin_ns; // when the host asked for it
};

struct renderer {
    struct renderer_limits asked;
    struct gpu_device_open device;
    const struct gpu_calls *cuda; // device.driver's
    struct gpu_limits limits;
    gpu_module module;
    gpu_function kernel[GPU_KERNEL_COUNT];
    gpu_stream compute, copy;
    gpu_event rendered[GPU_SLOTS], copied[GPU_SLOTS], done[GPU_BATCHES], loaded, saved, kept;
    struct gpu_addresses at;
    struct gpu_host host;
    struct gpu_shape shapes[GPU_SHAPES_MAX];
    uint32_t shape_count;
    // Host memory of its own, taken at open.
    uint32_t *present;  // one bit per note of the pool: the device has it
    uint32_t *resets;   // one bit per session: begins from silence with its next span
    uint64_t *order;    // one number per span of a batch: see cuda_batch.c
    uint32_t *fresh;    // GPU_PART_FRESH_MAX: notes that the part being filled brings
    // Of the batches under way: numbers collected to submitted - 1.
    uint32_t submitted, collected;
    int64_t since_ns[GPU_BATCHES], limit_ns[GPU_BATCHES]; // what the watchdog goes by
    int64_t watchdog_ns; // for what is waited for within a call
    bool keeps_unseen;   // compute has not been told to wait for event `kept`
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

// Has the compute stream wait for states that are being copied down, before it changes them.
gpu_result cuda_keeps_settle(struct renderer *self);

// Sends all parts of BATCH on their way and records its `done` behind them, and the states that are
// to be kept behind that.
gpu_result cuda_batch_send(struct renderer *self, const struct batch *batch);

// Asks EVENT until it has passed; NOT_READY when it has not after LIMIT_NS.
gpu_result cuda_await(struct renderer *self, gpu_event event, int64_t limit_ns);

// Notes that RESULT of the call or step WHAT ended this renderer. Returns AEO_ERR_LOST.
enum aeo_status cuda_lose(struct renderer *self, const char *what, gpu_result result);

// The table's functions that deal with effect states.
enum renderer_state cuda_kept(struct renderer *self, uint64_t wait_ns);
enum aeo_status cuda_session_reset(struct renderer *self, uint32_t slot);
enum aeo_status cuda_session_save(struct renderer *self, uint32_t slot, void *bytes);
enum aeo_status cuda_session_load(struct renderer *self, uint32_t slot, const void *bytes);

// Stamps for traces: made at open, given back by close. Per batch: begin, for each part a part and
// its stamps in order, and when all of batch HALF is done, tell. Without a trace begin is all that
// is done.
gpu_result cuda_trace_open(struct renderer *self);
void cuda_trace_close(struct renderer *self);
gpu_result cuda_trace_begin(struct renderer *self);
void cuda_trace_part(struct renderer *self, const struct gpu_trace_part *part);
gpu_result cuda_trace_stamp(struct renderer *self, enum gpu_stamp stamp);
void cuda_trace_tell(struct renderer *self, uint32_t half);

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
