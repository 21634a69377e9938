// The batcher: renders what sessions ask for, all of them together, and sees to it that a lost
// renderer is not heard.
//
// Every round plans one span per unfinished request, submits them as one batch, waits, and moves
// the sessions on. A session whose effect state stands before its position first gets look-back
// spans, whose samples nobody sees; starting in the middle and going on after a loss are the same
// thing. Engine thread, or an offline caller who holds render_mutex. Allocates nothing.
#include <assert.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h" // struct aeo_engine, struct request

#define COLLECT_WAIT_NS UINT64_C(1000000000)
#define SNAPSHOT_FRAMES 48000 // how old a snapshot may get: what is rendered again after a loss

int64_t clock_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// ------------------------------------------------------------------------------------- delivery

// Only the writer changes `written`, only the reader `read`; what does not fit is not written, and
// the writer never lets that happen (batches are planned by the room there is).
static void ring_write(struct frame_ring *ring, const float *samples, uint32_t frames) {
    uint64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    uint32_t at = (uint32_t)written & (ring->frames - 1);
    uint32_t head = ring->frames - at < frames ? ring->frames - at : frames;
    memcpy(ring->samples + 2 * (size_t)at, samples, head * 2 * sizeof *samples);
    memcpy(ring->samples, samples + 2 * (size_t)head, (frames - head) * 2 * sizeof *samples);
    atomic_store_explicit(&ring->written, written + frames, memory_order_release);
}

void batcher_span_done(void *context, const struct span *span, uint32_t worker) {
    (void)worker;
    aeo_engine *engine = context;
    struct request *request = span->owner;
    aeo_session *session = request->session;
    if (span->out && request->live) {
        if (session->ring.samples) ring_write(&session->ring, span->out, span->frames);
        if (engine->options.on_span) {
            aeo_span out = {span->out, span->from, span->frames, request->flags, request->phrase};
            engine->options.on_span(engine->options.user, session, session->user, &out);
        }
    }
    atomic_store_explicit(&request->reported, true, memory_order_release);
}

// For renderers that do not report spans themselves: the same, shared out over the pool.
static void report_task(void *context, uint32_t index, uint32_t worker) {
    aeo_engine *engine = context;
    batcher_span_done(engine, &engine->batch.spans[index], worker);
}

static void spans_report(aeo_engine *engine) {
    if (engine->active.table->reports_spans) return;
    pool_begin(engine->pool, report_task, engine, engine->batch.span_count);
    pool_finish(engine->pool);
}

// ------------------------------------------------------------------------------------- planning

// The phrase that a live span has to tell of, if any.
static const aeo_phrase *phrase_announce(aeo_session *session, const struct span *span) {
    int64_t at;
    bool begins = score_phrase_begins(&session->score, span->from, span->frames, &at);
    if (!begins && !session->first) return NULL;
    score_phrase(&session->score, begins ? at : span->from, &session->phrase);
    return &session->phrase;
}

static void span_plan(aeo_engine *engine, struct request *request, struct span *span) {
    aeo_session *session = request->session;
    struct score *score = &session->score;
    bool lookback = score->state_at < score->position;
    int64_t frames = lookback ? score->position - score->state_at
                              : (int64_t)request->frames - request->done;
    if (frames > engine->limits.span_frames_max) frames = engine->limits.span_frames_max;
    span->slot = session->slot;
    span->owner = request;
    score_plan(score, (uint32_t)frames, span, &engine->fresh);
    span->out = lookback ? NULL : request->out + 2 * (size_t)request->done;
    request->phrase = NULL;
    if (request->live && !lookback) request->phrase = phrase_announce(session, span);
    atomic_store_explicit(&request->reported, false, memory_order_relaxed);
}

// Sees to it that the renderer holds this session's effect state: after opening that of silence,
// after a loss that of the last snapshot.
static enum aeo_status state_prepare(aeo_engine *engine, aeo_session *session) {
    if (session->generation == engine->generation) return AEO_OK;
    session->generation = engine->generation;
    const struct renderer_slot *active = &engine->active;
    const struct snapshot *snapshot = &session->snapshot;
    if (snapshot->at != session->score.state_at) score_seek(&session->score, snapshot->at);
    if (snapshot->silence) return active->table->session_reset(active->self, session->slot);
    return active->table->session_load(active->self, session->slot, snapshot->bytes);
}

// Plans one span for each request that is not complete.
static enum aeo_status batch_plan(aeo_engine *engine, struct request *requests, uint32_t count) {
    struct batch *batch = &engine->batch;
    batch->span_count = 0;
    engine->fresh.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct request *request = &requests[i];
        const struct score *score = &request->session->score;
        if (request->frames && request->done == request->frames) continue;
        enum aeo_status status = state_prepare(engine, request->session);
        if (status) return status;
        if (!request->frames && score->state_at == score->position) continue;
        span_plan(engine, request, &batch->spans[batch->span_count++]);
    }
    bool all = engine->fresh.count > engine->fresh.cap;
    batch->fresh_count = all ? UINT32_MAX : engine->fresh.count;
    return AEO_OK;
}

// ----------------------------------------------------------------------------------- rendering

static enum renderer_state batch_run(aeo_engine *engine) {
    const struct renderer_slot *active = &engine->active;
    if (active->table->submit(active->self, &engine->batch)) return RENDERER_LOST;
    enum renderer_state state;
    do {
        state = active->table->collect(active->self, COLLECT_WAIT_NS);
    } while (state == RENDERER_LATE);
    return state;
}

static void span_account(aeo_engine *engine, const struct span *span) {
    struct request *request = span->owner;
    aeo_session *session = request->session;
    if (span->out) {
        request->done += span->frames;
        request->flags &= ~(uint32_t)AEO_SPAN_FIRST;
        session->first = false;
        atomic_fetch_add_explicit(&engine->counters.frames, span->frames, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&engine->counters.spans, 1, memory_order_relaxed);
    score_advance(&session->score, span->frames);
}

// Copies the effect state once a second, for the day the renderer is lost.
static enum aeo_status snapshot_take(aeo_engine *engine, aeo_session *session) {
    struct snapshot *snapshot = &session->snapshot;
    if (!engine->fallback.table || session->score.state_at - snapshot->at < SNAPSHOT_FRAMES)
        return AEO_OK;
    const struct renderer_slot *active = &engine->active;
    enum aeo_status status =
        active->table->session_save(active->self, session->slot, snapshot->bytes);
    if (status) return status;
    snapshot->at = session->score.state_at;
    snapshot->silence = false;
    return AEO_OK;
}

// The active renderer is lost: the fallback goes on. Spans that were delivered before the loss stay
// delivered; each session comes over from its snapshot when it is rendered next.
static enum aeo_status renderer_replace(aeo_engine *engine) {
    atomic_fetch_add_explicit(&engine->counters.renderer_lost, 1, memory_order_relaxed);
    for (uint32_t i = 0; i < engine->batch.span_count; i++) {
        struct span *span = &engine->batch.spans[i];
        struct request *request = span->owner;
        if (atomic_load_explicit(&request->reported, memory_order_acquire))
            span_account(engine, span);
    }
    if (!engine->fallback.table) return AEO_ERR_LOST;
    engine->active.table->close(engine->active.self);
    engine->active = engine->fallback;
    engine->fallback = (struct renderer_slot){NULL, NULL};
    engine->generation++;
    return AEO_OK;
}

static enum aeo_status batch_finish(aeo_engine *engine) {
    spans_report(engine);
    uint32_t count = engine->batch.span_count;
    for (uint32_t i = 0; i < count; i++)
        span_account(engine, &engine->batch.spans[i]);
    engine->batch.span_count = 0; // a loss from here on has no span to account for
    for (uint32_t i = 0; i < count; i++) {
        const struct request *request = engine->batch.spans[i].owner;
        enum aeo_status status = snapshot_take(engine, request->session);
        if (status) return status;
    }
    return AEO_OK;
}

enum aeo_status batcher_render(aeo_engine *engine, struct request *requests, uint32_t count) {
    for (;;) {
        enum aeo_status status = batch_plan(engine, requests, count);
        if (status == AEO_OK && engine->batch.span_count == 0) return AEO_OK;
        int64_t begin = clock_now_ns();
        if (status == AEO_OK && batch_run(engine) == RENDERER_LOST) status = AEO_ERR_LOST;
        if (status == AEO_OK) status = batch_finish(engine);
        if (status == AEO_ERR_LOST) status = renderer_replace(engine);
        if (status) return status;
        atomic_fetch_add_explicit(&engine->counters.batches, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&engine->counters.render_ns,
                                  (unsigned long long)(clock_now_ns() - begin),
                                  memory_order_relaxed);
    }
}
