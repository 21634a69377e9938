// The batcher: renders what sessions ask for, all of them together, and sees to it that a lost
// renderer is not heard.
//
// Every round plans one span per unfinished request of one renderer (planning.c) and submits them
// as one batch; what is more than a batch may hold waits for the next round. A renderer that may
// have two batches under way gets the next one before the first is collected: it renders on while
// samples come home, are delivered, and the round after is planned. Sessions move on when a span is
// planned, and back when the renderer is lost before it was delivered. A session whose effect state
// stands before its position first gets look-back spans, whose samples nobody sees; starting in the
// middle and going on after a loss are the same thing. Where the states are is the subject of
// homes.c. Engine thread, or an offline caller who holds render_mutex. Allocates nothing.
#include <stdio.h>
#include <string.h>

#include "engine/engine.h"    // struct aeo_engine, struct request
#include "profiling/meters.h" // meter_record
#include "profiling/range.h"  // range_begin
#include "profiling/trace.h"  // trace_begin

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

// Whether a change that a trace follows begins to sound in SPAN.
static void flows_pass(struct session_flows *flows, const struct span *span) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < flows->count; i++) {
        int64_t at = flows->waiting[i].heard_at;
        if (at >= span->from + span->frames)
            flows->waiting[kept++] = flows->waiting[i];
        else if (at >= span->from)
            trace_flow(TRACE_MADE, flows->waiting[i].flow);
    }
    flows->count = kept;
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
        int64_t traced = trace_begin();
        if (session->flows.count) flows_pass(&session->flows, span);
        uint32_t flags = request->flags | lateness(engine, session, span);
        if (session->ring.samples) ring_write(&session->ring, span->made, span->frames);
        if (engine->options.on_span) {
            aeo_span out = {span->made, span->from, span->frames, flags, request->phrase};
            engine->options.on_span(engine->options.user, session, session->user, &out);
        }
        trace_end(TRACE_SPAN, traced, session->slot, span->from, span->frames);
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
    aeo_engine *engine = context;
    uint32_t pieces = copy_pieces(engine);
    const struct span *span = &engine_batch(engine, 0)->spans[index / pieces];
    span_copy(span, index % pieces * COPY_FRAMES, COPY_FRAMES);
}

static void report_task(void *context, uint32_t index, uint32_t worker) {
    (void)worker;
    aeo_engine *engine = context;
    span_deliver(engine, &engine_batch(engine, 0)->spans[index]);
}

static void spans_report(aeo_engine *engine, enum home home) {
    if (engine->renderers[home].table->reports_spans) return;
    const struct batch *batch = engine_batch(engine, 0);
    const struct request *request = batch->spans[0].owner;
    if (!request->live) { // requests of one call are alike
        pool_begin(engine->pool, copy_task, engine, batch->span_count * copy_pieces(engine));
        pool_finish(engine->pool);
    }
    pool_begin(engine->pool, report_task, engine, batch->span_count);
    pool_finish(engine->pool);
}

// ----------------------------------------------------------------------------------- rendering

uint32_t engine_batches_max(const aeo_engine *engine, enum home home) {
    const struct aeo_renderer *table = engine->renderers[home].table;
    return table && table->batches_max > 1 ? ENGINE_BATCHES_MAX : 1;
}

static enum aeo_status batch_submit(aeo_engine *engine, enum home home, const struct batch *batch) {
    const struct renderer_slot *renderer = &engine->renderers[home];
    engine->submitted_ns[batch - engine->batches] = clock_now_ns();
    range_begin(RANGE_SUBMIT);
    enum aeo_status status = renderer->table->submit(renderer->self, batch);
    range_end();
    return status;
}

// Waits for the oldest batch under way. It is late from when it was waited for: before, another one
// may have been in front of it.
static enum renderer_state batch_await(aeo_engine *engine, enum home home) {
    const struct renderer_slot *renderer = &engine->renderers[home];
    const int64_t begun = clock_now_ns();
    for (;;) {
        enum renderer_state state = renderer->table->collect(renderer->self, ENGINE_TICK_NS);
        int64_t now = clock_now_ns();
        if (state == RENDERER_READY)
            meter_record(METER_BATCH, (uint64_t)(now - engine->submitted_ns[engine->batch_first]));
        if (state != RENDERER_LATE) return state;
        if (now - begun > engine->late_max_ns) {
            snprintf(engine->granted.note, sizeof engine->granted.note,
                     "a batch was not done after %lld s",
                     (long long)(engine->late_max_ns / 1000000000));
            return RENDERER_LOST;
        }
    }
}

enum renderer_state batcher_run(aeo_engine *engine, enum home home) {
    if (batch_submit(engine, home, engine_batch(engine, 0))) return RENDERER_LOST;
    return batch_await(engine, home);
}

// A span has been delivered, or its look-back rendered.
static void span_account(aeo_engine *engine, const struct span *span) {
    struct request *request = span->owner;
    request->under_way = false;
    if (span->out) {
        request->flags &= ~(uint32_t)AEO_SPAN_FIRST;
        request->session->first = false;
        atomic_fetch_add_explicit(&engine->counters.frames, span->frames, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&engine->counters.spans, 1, memory_order_relaxed);
}

// A span that never will be: as if it had not been planned.
static void span_take_back(const struct span *span) {
    struct request *request = span->owner;
    request->under_way = false;
    if (span->out) request->done -= span->frames;
    score_retreat(&request->session->score, span->frames, span->out != NULL);
}

// A renderer is lost, which can only be the added one: the processor's goes on. Spans that it
// delivered itself before the loss stay delivered; all others under way, and those being planned,
// are taken back, the newest first. Each session comes over when it is rendered next.
static enum aeo_status added_lose(aeo_engine *engine, struct request *requests, uint32_t count) {
    const struct aeo_renderer *lost = engine->renderers[HOME_ADDED].table;
    bool reports = lost && lost->reports_spans;
    for (uint32_t b = engine_batches_max(engine, HOME_ADDED); b-- > 0;) {
        struct batch *batch = engine_batch(engine, b);
        for (uint32_t i = 0; i < batch->span_count; i++) {
            const struct span *span = &batch->spans[i];
            struct request *request = span->owner;
            if (reports && atomic_load_explicit(&request->reported, memory_order_acquire))
                span_account(engine, span);
            else
                span_take_back(span);
        }
        batch->span_count = 0;
    }
    engine->batches_under_way = 0;
    if (!home_lose(engine)) return AEO_ERR_LOST;
    for (uint32_t i = 0; i < count; i++)
        requests[i].home = HOME_CPU;
    return snapshots_collect(engine, 0); // drops those on their way
}

// Plans a batch and submits it; *PLANNED says whether there was anything to plan.
static enum aeo_status batch_begin(aeo_engine *engine, struct request *requests, uint32_t count,
                                   enum home home, bool *planned) {
    enum aeo_status status = planning_run(engine, requests, count, home);
    struct batch *batch = engine_batch(engine, engine->batches_under_way);
    *planned = !status && batch->span_count > 0;
    if (!*planned) return status;
    if (home == HOME_ADDED) status = snapshots_collect(engine, 0);
    if (status) return status;
    if (home == HOME_ADDED) snapshots_ask(engine, batch);
    if (engine->batches_under_way == 0) engine->busy_since_ns = clock_now_ns();
    status = batch_submit(engine, home, batch);
    if (status) return status;
    if (home == HOME_ADDED) {
        snapshots_note(engine, batch);
        engine->fresh.count = 0;
    }
    engine->batches_under_way++;
    return AEO_OK;
}

// Told to a trace: what the oldest batch is made of. With another one behind it, its slice begins
// where the one before ended, so that slices do not overlap.
static void batch_trace(aeo_engine *engine, enum home home) {
    const struct batch *batch = engine_batch(engine, 0);
    int64_t frames = 0, traced = trace_begin() ? engine->busy_since_ns : 0;
    for (uint32_t i = 0; traced && i < batch->span_count; i++)
        frames += batch->spans[i].frames;
    trace_end(TRACE_BATCH, traced, batch->span_count, frames, home == HOME_ADDED);
}

// Waits for the oldest batch under way and delivers it.
static enum aeo_status batch_end(aeo_engine *engine, enum home home) {
    struct batch *batch = engine_batch(engine, 0);
    if (batch_await(engine, home) == RENDERER_LOST) return AEO_ERR_LOST;
    spans_report(engine, home);
    batch_trace(engine, home);
    for (uint32_t i = 0; i < batch->span_count; i++)
        span_account(engine, &batch->spans[i]);
    batch->span_count = 0; // a loss from here on has no span to take back
    engine->batch_first = (engine->batch_first + 1) % engine_batches_max(engine, HOME_ADDED);
    engine->batches_under_way--;
    if (engine->keep_batches > 0) engine->keep_batches--;
    int64_t now = clock_now_ns();
    atomic_fetch_add_explicit(&engine->counters.render_ns,
                              (unsigned long long)(now - engine->busy_since_ns),
                              memory_order_relaxed);
    engine->busy_since_ns = now;
    atomic_fetch_add_explicit(&engine->counters.batches, 1, memory_order_relaxed);
    if (home == HOME_ADDED)
        atomic_fetch_add_explicit(&engine->counters.batches_added, 1, memory_order_relaxed);
    return AEO_OK;
}

// All that HOME has to do for REQUESTS, with as many batches under way as it takes.
static enum aeo_status rounds_run(aeo_engine *engine, struct request *requests, uint32_t count,
                                  enum home home) {
    const uint32_t most = engine_batches_max(engine, home);
    for (;;) {
        bool planned = true;
        enum aeo_status status = AEO_OK;
        while (!status && planned && engine->batches_under_way < most)
            status = batch_begin(engine, requests, count, home, &planned);
        if (status || engine->batches_under_way == 0) return status;
        status = batch_end(engine, home);
        if (status) return status;
    }
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

// An offline caller has the sessions back afterwards: nothing of them stays on its way.
static enum aeo_status snapshots_finish(aeo_engine *engine) {
    int64_t until = clock_now_ns() + engine->late_max_ns;
    enum aeo_status status = AEO_OK;
    while (!status && engine->keep_count > 0) {
        status = snapshots_collect(engine, ENGINE_TICK_NS);
        if (!status && clock_now_ns() > until) status = AEO_ERR_LOST;
    }
    return status;
}

enum aeo_status batcher_render(aeo_engine *engine, struct request *requests, uint32_t count,
                               enum home home) {
    homes_assign(engine, requests, count, home);
    for (;;) {
        enum aeo_status status = AEO_OK;
        if (home_usable(engine, HOME_ADDED))
            status = rounds_run(engine, requests, count, HOME_ADDED);
        if (!status) status = rounds_run(engine, requests, count, HOME_CPU);
        if (!status && !requests[0].live) status = snapshots_finish(engine);
        if (status != AEO_ERR_LOST) return status;
        status = added_lose(engine, requests, count);
        if (status) return status;
    }
}
