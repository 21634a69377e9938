// The seam: what a renderer is. One table of functions; the engine knows nothing else about the
// processor or GPU behind it, and a renderer knows of the engine only this file, plan.h and
// status.h.
//
// A renderer keeps one effect state per session slot; everything else it needs comes with each
// batch. All calls come from one thread (the engine's; offline the caller's), one at a time.
// Nothing after open may allocate or block on anything but its own work.
//
// Two are open at once: the processor's, and the added one (a GPU's) if there is any. Every batch
// goes to one of them, by its size; a session whose newest effect state is with the other one is
// moved before, by session_save and session_load. As all renderers make the same bits, nobody hears
// it. Of sessions that the added one renders, a copy of the state is asked for with a span every
// second (`keep`): when the added one is lost, it stays lost, and the processor goes on from there.
#ifndef ENGINE_RENDERER_H
#define ENGINE_RENDERER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/plan.h"   // struct batch
#include "engine/status.h" // aeo_status, aeo_fault

#define RENDERER_VERSION 2 // of this file; a table with another one is refused

struct renderer;    // a renderer's own state
struct worker_pool; // engine/worker_pool.h: the engine's threads; the renderer's within its calls

enum renderer_state {
    RENDERER_READY, // the batch is done
    RENDERER_LATE,  // not yet
    RENDERER_LOST   // it never will be: final
};

// What a renderer counts, as far as people who run it want to know. It alone writes, after each
// batch; others read at any time: both one number at a time, by renderer_figure_set and _get.
struct renderer_figures {
    uint64_t on_device;    // 1 + the number of the device; 0: there is none
    uint64_t memory_bytes; // of the device, taken at open
    uint64_t launches;     // of graphs and of single kernels
    uint64_t graph_hits, graph_misses; // parts of batches launched as a graph, and kernel by kernel
};

static inline void renderer_figure_set(uint64_t *figure, uint64_t value) {
    __atomic_store_n(figure, value, __ATOMIC_RELAXED); // C++ reads this file: no stdatomic.h
}

static inline uint64_t renderer_figure_get(const uint64_t *figure) {
    return __atomic_load_n(figure, __ATOMIC_RELAXED);
}

// What a renderer says of itself, by way of renderer_limits.granted.
struct renderer_granted {
    struct renderer_figures figures;
    // At open, less than sessions_max where memory is short: slots from there on must not be used.
    uint32_t sessions;
    uint32_t snapshots; // spans of one batch whose state it can keep; 0 unless it says so
    char note[192]; // one line: at open what had to be given up, when lost why; "" for nothing
};

// What a renderer may count on, fixed at open.
struct renderer_limits {
    uint32_t sessions_max;
    uint32_t span_frames_max;
    uint32_t batch_frames_max; // of all spans of a batch together; at least span_frames_max
    uint32_t snapshots_max;    // spans of one batch whose state may be asked for
    const char *isa;           // for the CPU: the instruction set asked for, or "auto"
    const char *device;        // for a GPU: its number, or "auto" (NULL is the same)
    double memory_share;       // of the GPU's free memory that may be taken; 0: its own choice
    uint64_t memory_bytes;     // likewise in bytes, instead of the share; 0: not given
    struct renderer_granted *granted; // NULL: nobody wants to know; good until after close
    struct worker_pool *pool; // open until after close
    // Called once per span as soon as its samples are in span->made and its effect state has moved
    // on: by renderers that run on the pool, on the worker that finished it (WORKER as in
    // pool_task_fn). Renderers elsewhere (reports_spans false) leave it alone: the engine then
    // calls it itself, on the pool, when collect says ready.
    void (*span_done)(void *user, const struct span *span, uint32_t worker);
    void *user;
};

struct aeo_renderer {
    uint32_t version;   // RENDERER_VERSION
    const char *name;   // "cpu", "cuda", "null"
    bool reports_spans; // calls span_done itself
    // First spans (of AEO_LEAD_FRAMES) that a batch may hold beside a tick of every session; they
    // enter limits.batch_frames_max. 0: as many as suit the worker pool.
    uint32_t starts_per_pass;
    // Batches that may be submitted and not collected yet: 2 where one computes while the one
    // before it is fetched, delivered, and the next planned; 0 is 1. With 2 nothing of a batch is
    // read any more when submit has returned (its spans' `made` and `kept` are good until its
    // place is taken), no job of the pool is open then, and reports_spans is false.
    uint32_t batches_max;

    // Whether it would work here. Writes one line of at most CAP bytes: what it would use, or why
    // it cannot. Takes no memory that stays. LIMITS has isa and device only.
    enum aeo_status (*probe)(const struct renderer_limits *limits, char *line, uint32_t cap);

    // Takes all memory. *SELF is NULL on failure, with the reason in FAULT.
    enum aeo_status (*open)(const struct renderer_limits *limits, struct renderer **self,
                            aeo_fault *fault);

    // Begins BATCH, which stays valid until collect returns READY or LOST. A session's spans follow
    // each other in the order of submits. Returns in bounded time. AEO_ERR_LOST when the renderer
    // is lost: nothing of the batch was rendered, nor of one before it that was not collected.
    enum aeo_status (*submit)(struct renderer *self, const struct batch *batch);

    // Asks after the oldest batch not collected; waits up to WAIT_NS for it (a tick). After LOST
    // the effect states are undefined, spans reported through span_done excepted in that their
    // samples were right. A renderer has a watchdog of its own and says LOST when it bites; one
    // that is LATE for ten seconds is given up by the engine. A lost one is only closed, when the
    // engine is; until then it must leave its batches alone.
    enum renderer_state (*collect)(struct renderer *self, uint64_t wait_ns);

    // Asks whether the states are there that the newest batch with spans to keep has copied; waits
    // up to WAIT_NS. They stay until the next such batch, which must not be submitted before. May
    // be asked while batches are under way. NULL where granted.snapshots is 0.
    enum renderer_state (*kept)(struct renderer *self, uint64_t wait_ns);

    // Effect state of SLOT: as if silence had been before; to and from effects_state_bytes() bytes
    // (the same for all renderers). Each session is reset or loaded before its first span, and
    // never while a span of it is under way; save and load only between batches. AEO_ERR_LOST when
    // the renderer is lost. The processor's load may be called for several slots at once.
    enum aeo_status (*session_reset)(struct renderer *self, uint32_t slot);
    enum aeo_status (*session_save)(struct renderer *self, uint32_t slot, void *bytes);
    enum aeo_status (*session_load)(struct renderer *self, uint32_t slot, const void *bytes);

    // Frees everything. NULL is allowed.
    void (*close)(struct renderer *self);
};

// The renderers inside the engine.
extern const struct aeo_renderer renderer_cpu;
extern const struct aeo_renderer renderer_null;

#endif
