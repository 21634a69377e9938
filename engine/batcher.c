// The batcher: renders what sessions ask for, all of them together, and sees to it that a lost
// renderer is not heard.
//
// Every round plans one span per unfinished request of one renderer, submits them as one batch,
// waits, and moves the sessions on; what is more than a batch may hold waits for the next round. A
// session whose effect state stands before its position first gets look-back spans, whose samples
// nobody sees; starting in the middle and going on after a loss are the same thing. Where the
// states are is the subject of homes.c. Engine thread, or an offline caller who holds render_mutex.
// Allocates nothing.
#include <string.h>

#include "engine/engine.h"    // struct aeo_engine, struct request
#include "profiling/meters.h" // meter_record
#include "profiling/range.h"  // range_begin

#define MOVES_PER_PASS 16   // sessions that change renderers in one call: half a millisecond each
#define COPY_FRAMES 65536   // of an offline span, copied by one worker at a time

int64_t clock_now_ns(void) {
    return meter_now_ns();
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

// Whoever wants more than a lead ahead of a span that is only now there has run dry. Asked when it
// is delivered: a catch-up lies before that. The first span has nothing before it to run out of.
static uint32_t lateness(aeo_engine *engine, const aeo_session *session, const struct span *span) {
    const struct request *request = span->owner;
    int64_t heard = atomic_load(&session->want) - AEO_LEAD_FRAMES;
    if (request->flags & AEO_SPAN_FIRST || heard <= span->from) return 0;
    atomic_fetch_add_explicit(&engine->counters.spans_late, 1, memory_order_relaxed);
    return AEO_SPAN_LATE;
}

static void span_deliver(aeo_engine *engine, const struct span *span) {
    struct request *request = span->owner;
    aeo_session *session = request->session;
    if (span->out && request->live) {
        uint32_t flags = request->flags | lateness(engine, session, span);
        if (session->ring.samples) ring_write(&session->ring, span->made, span->frames);
        if (engine->options.on_span) {
            aeo_span out = {span->made, span->from, span->frames, flags, request->phrase};
            engine->options.on_span(engine->options.user, session, session->user, &out);
        }
    }
    atomic_store_explicit(&request->reported, true, memory_order_release);
}

// An offline caller wants the samples in memory of its own; COUNT of them from FIRST on.
static void span_copy(const struct span *span, uint32_t first, uint32_t count) {
    const struct request *request = span->owner;
    if (!span->out || request->live || span->made == span->out || first >= span->frames) return;
    if (count > span->frames - first) count = span->frames - first;
    memcpy(span->out + 2 * (size_t)first, span->made + 2 * (size_t)first,
           count * 2 * sizeof *span->out);
}

void batcher_span_done(void *context, const struct span *span, uint32_t worker) {
    (void)worker;
    span_copy(span, 0, span->frames);
    span_deliver(context, span);
}

// For renderers that do not report spans themselves: the same, shared out over the pool. Offline
// there are few spans, but long ones: they are copied in pieces.
static uint32_t copy_pieces(const aeo_engine *engine) {
    return (engine->limits.span_frames_max + COPY_FRAMES - 1) / COPY_FRAMES;
}

static void copy_task(void *context, uint32_t index, uint32_t worker) {
    (void)worker;
    const aeo_engine *engine = context;
    uint32_t pieces = copy_pieces(engine);
    span_copy(&engine->batch.spans[index / pieces], index % pieces * COPY_FRAMES, COPY_FRAMES);
}

static void report_task(void *context, uint32_t index, uint32_t worker) {
    (void)worker;
    aeo_engine *engine = context;
    span_deliver(engine, &engine->batch.spans[index]);
}

static void spans_report(aeo_engine *engine, enum home home) {
    if (engine->renderers[home].table->reports_spans) return;
    const struct batch *batch = &engine->batch;
    const struct request *request = batch->spans[0].owner;
    if (!request->live) { // requests of one call are alike
        pool_begin(engine->pool, copy_task, engine, batch->span_count * copy_pieces(engine));
        pool_finish(engine->pool);
    }
    pool_begin(engine->pool, report_task, engine, batch->span_count);
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

// Plans as much of REQUEST as fits into ROOM frames; false when that is not even a tick.
static bool span_plan(aeo_engine *engine, struct request *request, struct span *span,
                      uint32_t room) {
    aeo_session *session = request->session;
    struct score *score = &session->score;
    bool lookback = score->state_at < score->position;
    int64_t frames = lookback ? score->position - score->state_at
                              : (int64_t)request->frames - request->done;
    if (frames > engine->limits.span_frames_max) frames = engine->limits.span_frames_max;
    if (frames > room) frames = room / AEO_TICK_FRAMES * AEO_TICK_FRAMES;
    if (frames == 0) return false;
    span->slot = session->slot;
    span->owner = request;
    uint32_t fresh_before = engine->fresh.count;
    score_plan(score, (uint32_t)frames, span, &engine->fresh);
    atomic_fetch_add_explicit(&engine->counters.notes, engine->fresh.count - fresh_before,
                              memory_order_relaxed);
    span->out = lookback ? NULL : request->out + 2 * (size_t)request->done;
    span->made = span->out;
    request->phrase = NULL;
    if (request->live && !lookback) request->phrase = phrase_announce(session, span);
    atomic_store_explicit(&request->reported, false, memory_order_relaxed);
    return true;
}

// Plans one span for each request of HOME that is not complete, as many as a batch may hold.
static enum aeo_status spans_plan(aeo_engine *engine, struct request *requests, uint32_t count,
                                  enum home home) {
    struct batch *batch = &engine->batch;
    uint32_t room = engine->renderers[home].batch_frames_max;
    batch->span_count = 0;
    if (!home_usable(engine, HOME_ADDED)) engine->fresh.count = 0; // nobody asks
    for (uint32_t i = 0; i < count; i++) {
        struct request *request = &requests[i];
        const struct score *score = &request->session->score;
        if (request->home != home || (request->frames && request->done == request->frames))
            continue;
        enum aeo_status status = home_reach(engine, request->session, home);
        if (status) return status;
        if (!request->frames && score->state_at == score->position) continue;
        struct span *span = &batch->spans[batch->span_count];
        if (!span_plan(engine, request, span, room)) break;
        room -= span->frames;
        batch->span_count++;
    }
    // Kept until the added renderer has a batch, which may be months away: it must not wrap.
    bool all = engine->fresh.count > engine->fresh.cap;
    if (all) engine->fresh.count = engine->fresh.cap + 1;
    batch->fresh_count = all ? UINT32_MAX : engine->fresh.count;
    return AEO_OK;
}

static enum aeo_status batch_plan(aeo_engine *engine, struct request *requests, uint32_t count,
                                  enum home home) {
    range_begin(RANGE_COMPOSE);
    enum aeo_status status = spans_plan(engine, requests, count, home);
    range_end();
    return status;
}

// ----------------------------------------------------------------------------------- rendering

enum renderer_state batcher_run(aeo_engine *engine, enum home home) {
    const struct renderer_slot *renderer = &engine->renderers[home];
    int64_t begun = clock_now_ns();
    range_begin(RANGE_SUBMIT);
    enum aeo_status status = renderer->table->submit(renderer->self, &engine->batch);
    range_end();
    if (status) return RENDERER_LOST;
    for (;;) {
        enum renderer_state state = renderer->table->collect(renderer->self, ENGINE_TICK_NS);
        int64_t took_ns = clock_now_ns() - begun;
        if (state == RENDERER_READY) meter_record(METER_BATCH, (uint64_t)took_ns);
        if (state != RENDERER_LATE) return state;
        if (took_ns > engine->late_max_ns) return RENDERER_LOST;
    }
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

// A renderer is lost, which can only be the added one: the processor's goes on. Spans that were
// delivered before the loss stay delivered; each session comes over when it is rendered next.
static enum aeo_status added_lose(aeo_engine *engine, struct request *requests, uint32_t count) {
    for (uint32_t i = 0; i < engine->batch.span_count; i++) {
        struct span *span = &engine->batch.spans[i];
        struct request *request = span->owner;
        if (atomic_load_explicit(&request->reported, memory_order_acquire))
            span_account(engine, span);
    }
    if (!home_lose(engine)) return AEO_ERR_LOST;
    for (uint32_t i = 0; i < count; i++)
        requests[i].home = HOME_CPU;
    return AEO_OK;
}

static enum aeo_status batch_render(aeo_engine *engine, enum home home) {
    int64_t begin = clock_now_ns();
    if (batcher_run(engine, home) == RENDERER_LOST) return AEO_ERR_LOST;
    if (home == HOME_ADDED) engine->fresh.count = 0;
    spans_report(engine, home);
    for (uint32_t i = 0; i < engine->batch.span_count; i++)
        span_account(engine, &engine->batch.spans[i]);
    enum aeo_status status = home == HOME_ADDED ? snapshots_take(engine) : AEO_OK;
    engine->batch.span_count = 0; // a loss from here on has no span to account for
    atomic_fetch_add_explicit(&engine->counters.batches, 1, memory_order_relaxed);
    if (home == HOME_ADDED)
        atomic_fetch_add_explicit(&engine->counters.batches_added, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&engine->counters.render_ns,
                              (unsigned long long)(clock_now_ns() - begin), memory_order_relaxed);
    return status;
}

// New sessions begin on HOME; of the others only so many move there in one call that the copies do
// not cost the rest their time.
static void homes_assign(aeo_engine *engine, struct request *requests, uint32_t count,
                         enum home home) {
    uint32_t moves = 0;
    for (uint32_t i = 0; i < count; i++) {
        enum home now = requests[i].session->home;
        bool moves_now = home_usable(engine, now) && now != home;
        requests[i].home = moves_now && moves++ >= MOVES_PER_PASS ? now : home;
    }
}

enum aeo_status batcher_render(aeo_engine *engine, struct request *requests, uint32_t count,
                               enum home home) {
    homes_assign(engine, requests, count, home);
    for (;;) {
        enum home turn = home_usable(engine, HOME_ADDED) ? HOME_ADDED : HOME_CPU;
        enum aeo_status status = batch_plan(engine, requests, count, turn);
        if (status == AEO_OK && engine->batch.span_count == 0 && turn == HOME_ADDED) {
            turn = HOME_CPU;
            status = batch_plan(engine, requests, count, turn);
        }
        if (status == AEO_OK && engine->batch.span_count == 0) return AEO_OK;
        if (status == AEO_OK) status = batch_render(engine, turn);
        if (status == AEO_ERR_LOST) status = added_lose(engine, requests, count);
        if (status) return status;
    }
}
