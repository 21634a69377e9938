// Planning: which spans the next batch has, and what sounds in them.
//
// Two steps. Which sessions get a span, and of how many frames, is decided for one after the other:
// they share the room that a batch has, and a state may have to move to another renderer first.
// What sounds in a span follows from its session alone, so that is written by all workers, unless
// there is so little of it that waking them would take longer: with thousands of sessions one
// thread would need a third of a tick for it. Only the list of new notes is common to all spans; in
// what order it comes out decides nothing. Whoever renders; the pool is free then. Allocates
// nothing.
#include "engine/engine.h"   // struct aeo_engine, struct request
#include "profiling/range.h" // range_begin

#define ALONE_TICKS 64      // of music that one thread plans by itself: about 0.1 ms of work
#define GROUPS_PER_THREAD 8 // of spans: small enough that all threads end together

// A batch being planned.
struct planning {
    aeo_engine *engine;
    struct batch *batch;
    uint32_t group; // spans that a worker takes at a time
};

// -------------------------------------------------------------------------- which, one by one

// Whether REQUEST can have a span in the next batch of HOME. While another batch is under way, a
// session that would have to move waits, and so does one whose listener is to get that one first.
static bool span_due(const aeo_engine *engine, const struct request *request, enum home home) {
    const aeo_session *session = request->session;
    bool complete = request->done == request->frames;
    if (request->frames == 0)
        complete = session->home == home && session->score.state_at == session->score.position;
    if (request->home != home || complete || request->under_way) return false;
    bool moves = session->home != home && session->home != HOME_NONE;
    return !moves || engine->batches_under_way == 0;
}

// Gives REQUEST as long a span as fits into ROOM frames; false when that is not even a tick.
// Changes nothing but SPAN.
static bool span_reserve(const aeo_engine *engine, struct request *request, struct span *span,
                         uint32_t room) {
    const aeo_session *session = request->session;
    const struct score *score = &session->score;
    bool lookback = score->state_at < score->position;
    int64_t frames = lookback ? score->position - score->state_at
                              : (int64_t)request->frames - request->done;
    if (frames > engine->limits.span_frames_max) frames = engine->limits.span_frames_max;
    if (frames > room) frames = room / AEO_TICK_FRAMES * AEO_TICK_FRAMES;
    if (frames == 0) return false;
    span->slot = session->slot;
    span->owner = request;
    span->frames = (uint32_t)frames;
    span->out = lookback ? NULL : request->out + 2 * (size_t)request->done;
    span->made = span->out;
    span->keep = false;
    return true;
}

// Reserves one span for each request of HOME that is not complete, as many as a batch may hold. On
// failure the batch is left empty.
static enum aeo_status spans_reserve(aeo_engine *engine, struct request *requests, uint32_t count,
                                     enum home home, struct batch *batch) {
    uint32_t room = engine->renderers[home].batch_frames_max, reserved = 0;
    batch->span_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct request *request = &requests[i];
        if (!span_due(engine, request, home)) continue;
        enum aeo_status status = home_reach(engine, request->session, home);
        if (status) return status;
        if (!span_due(engine, request, home)) continue; // it only had to move
        struct span *span = &batch->spans[reserved];
        if (!span_reserve(engine, request, span, room)) break;
        room -= span->frames;
        reserved++;
    }
    batch->span_count = reserved;
    return AEO_OK;
}

// ------------------------------------------------------------------------- what, all together

// The phrase that a live span has to tell of, if any.
static const aeo_phrase *phrase_announce(aeo_session *session, const struct span *span) {
    int64_t at;
    bool begins = score_phrase_begins(&session->score, span->from, span->frames, &at);
    if (!begins && !session->first) return NULL;
    score_phrase(&session->score, begins ? at : span->from, &session->phrase);
    return &session->phrase;
}

// Writes what sounds in SPAN, which may come out shorter than reserved, and moves its session on.
static void span_plan(aeo_engine *engine, struct span *span) {
    struct request *request = span->owner;
    aeo_session *session = request->session;
    bool wanted = span->out != NULL;
    score_plan(&session->score, span->frames, span, &engine->fresh);
    request->phrase = NULL;
    request->under_way = request->live && wanted;
    if (request->under_way) request->phrase = phrase_announce(session, span);
    atomic_store_explicit(&request->reported, false, memory_order_relaxed);
    if (wanted) request->done += span->frames;
    score_advance(&session->score, span->frames);
}

static void group_task(void *context, uint32_t index, uint32_t worker) {
    (void)worker;
    const struct planning *planning = context;
    uint32_t first = index * planning->group, end = first + planning->group;
    if (end > planning->batch->span_count) end = planning->batch->span_count;
    for (uint32_t i = first; i < end; i++)
        span_plan(planning->engine, &planning->batch->spans[i]);
}

static void spans_plan(aeo_engine *engine, struct batch *batch) {
    uint64_t frames = 0;
    for (uint32_t i = 0; i < batch->span_count; i++)
        frames += batch->spans[i].frames;
    uint32_t groups = pool_threads(engine->pool) * GROUPS_PER_THREAD;
    bool alone = pool_threads(engine->pool) == 1 || frames < ALONE_TICKS * AEO_TICK_FRAMES;
    if (alone || batch->span_count < 2) groups = 1;
    struct planning planning = {engine, batch, (batch->span_count + groups - 1) / groups};
    if (groups == 1) {
        group_task(&planning, 0, 0);
        return;
    }
    pool_begin(engine->pool, group_task, &planning,
               (batch->span_count + planning.group - 1) / planning.group);
    pool_finish(engine->pool);
}

// Tells the renderer which notes are new. They are kept until the added one has a batch, which may
// be months away: the count must not wrap.
static void fresh_tell(aeo_engine *engine, struct batch *batch, uint32_t before) {
    uint32_t count = engine->fresh.count;
    atomic_fetch_add_explicit(&engine->counters.notes, count - before, memory_order_relaxed);
    bool all = count > engine->fresh.cap;
    if (all) engine->fresh.count = engine->fresh.cap + 1;
    batch->fresh_count = all ? UINT32_MAX : count;
}

enum aeo_status planning_run(aeo_engine *engine, struct request *requests, uint32_t count,
                             enum home home) {
    struct batch *batch = engine_batch(engine, engine->batches_under_way);
    range_begin(RANGE_COMPOSE);
    if (!home_usable(engine, HOME_ADDED)) engine->fresh.count = 0; // nobody asks
    uint32_t fresh_before = engine->fresh.count;
    enum aeo_status status = spans_reserve(engine, requests, count, home, batch);
    if (!status && batch->span_count > 0) spans_plan(engine, batch);
    fresh_tell(engine, batch, fresh_before);
    range_end();
    return status;
}
