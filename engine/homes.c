// Where effect states are: moving sessions between the two renderers, and going on when the added
// one is lost.
//
// The processor's slot of a session that is at home with the added renderer would lie idle, so it
// holds the session's snapshot: what arrived there last, a second or so ago. Copies travel behind a
// batch, nobody waits for them, and what has arrived is put into the slots ahead of the next batch
// but one at the earliest; so a loss in the meantime leaves the older snapshot whole. In live music
// each batch keeps the states of a tenth of its spans, in turn, so that each is renewed every ten
// ticks whenever its session began; and of whoever has none younger than a second. How many is
// bounded (snapshots_max); with more sessions than that allows, snapshots are older, and going on
// from them takes longer. Whoever renders.
#include "engine/engine.h" // struct aeo_engine

#define SNAPSHOT_FRAMES 48000 // how old a snapshot may get: what is rendered again after a loss
#define SNAPSHOT_TICKS (SNAPSHOT_FRAMES / AEO_TICK_FRAMES)

bool home_usable(const aeo_engine *engine, enum home home) {
    return home == HOME_CPU ||
           (home == HOME_ADDED && engine->renderers[HOME_ADDED].table && !engine->added_lost);
}

enum home home_live(aeo_engine *engine, uint32_t spans, bool tick) {
    if (!home_usable(engine, HOME_ADDED)) return HOME_CPU;
    return choice_live(&engine->choice, spans, tick) ? HOME_ADDED : HOME_CPU;
}

enum home home_offline(const aeo_engine *engine, uint32_t count, uint32_t frames) {
    bool added = home_usable(engine, HOME_ADDED) && choice_offline(&engine->choice, count, frames);
    return added ? HOME_ADDED : HOME_CPU;
}

bool home_lose(aeo_engine *engine) {
    atomic_fetch_add_explicit(&engine->counters.renderer_lost, 1, memory_order_release);
    bool added = home_usable(engine, HOME_ADDED);
    engine->added_lost = true;
    return added;
}

// ------------------------------------------------------------------------------------- moving

static enum aeo_status slot_reset(aeo_engine *engine, enum home home, uint32_t slot) {
    const struct renderer_slot *renderer = &engine->renderers[home];
    return renderer->table->session_reset(renderer->self, slot);
}

static enum aeo_status slot_copy(aeo_engine *engine, uint32_t slot, enum home from, enum home to) {
    const struct renderer_slot *a = &engine->renderers[from], *b = &engine->renderers[to];
    enum aeo_status status = a->table->session_save(a->self, slot, engine->staging);
    return status ? status : b->table->session_load(b->self, slot, engine->staging);
}

// The added renderer is lost with the session's state: on from the snapshot, or from silence at the
// look-back where that is less to render.
static enum aeo_status state_recover(aeo_engine *engine, aeo_session *session) {
    struct score *score = &session->score;
    int64_t at = session->snapshot.at, lookback = score_lookback(score, score->position);
    bool silence = session->snapshot.silence || at < lookback;
    if (at < lookback) at = lookback;
    if (at != score->state_at) score_seek(score, at);
    session->home = HOME_CPU;
    session->snapshot.coming = false;
    return silence ? slot_reset(engine, HOME_CPU, session->slot) : AEO_OK;
}

enum aeo_status home_reach(aeo_engine *engine, aeo_session *session, enum home to) {
    enum aeo_status status = AEO_OK;
    if (session->home == HOME_ADDED && !home_usable(engine, HOME_ADDED))
        status = state_recover(engine, session); // `to` is not the lost one
    if (status || session->home == to) return status;
    bool silence = session->home == HOME_NONE;
    if (silence) {
        status = slot_reset(engine, to, session->slot);
    } else {
        status = slot_copy(engine, session->slot, session->home, to);
    }
    if (status) return status;
    if (!silence)
        atomic_fetch_add_explicit(&engine->counters.sessions_moved, 1, memory_order_relaxed);
    session->home = to;
    session->snapshot = (struct snapshot){session->score.state_at, silence, false};
    return AEO_OK;
}

// ----------------------------------------------------------------------------------- snapshots

static int64_t age_of(const aeo_session *session) {
    return session->score.state_at - session->snapshot.at;
}

// Which spans of a batch come first: those of slots from the cursor on, then the rest.
static uint32_t turn_first(const aeo_engine *engine, const struct batch *batch) {
    uint32_t i = 0;
    while (i < batch->span_count && batch->spans[i].slot < engine->keep_cursor)
        i++;
    return i == batch->span_count ? 0 : i;
}

void snapshots_ask(aeo_engine *engine, struct batch *batch) {
    uint32_t room = engine->keep_count ? 0 : engine->limits.snapshots_max;
    uint32_t quota = (batch->span_count + SNAPSHOT_TICKS - 1) / SNAPSHOT_TICKS;
    uint32_t first = turn_first(engine, batch);
    for (uint32_t i = 0; i < batch->span_count; i++)
        batch->spans[i].keep = false;
    for (uint32_t i = 0; i < batch->span_count && room > 0; i++) {
        struct span *span = &batch->spans[(first + i) % batch->span_count];
        const struct request *request = span->owner;
        int64_t age = age_of(request->session);
        bool turn = request->live && quota > 0 && age >= AEO_TICK_FRAMES;
        if (!turn && age < SNAPSHOT_FRAMES) continue;
        if (turn) {
            quota--;
            engine->keep_cursor = span->slot + 1;
        }
        span->keep = true;
        room--;
    }
}

void snapshots_note(aeo_engine *engine, const struct batch *batch) {
    const uint32_t before = engine->keep_count;
    for (uint32_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        if (!span->keep) continue;
        aeo_session *session = ((const struct request *)span->owner)->session;
        session->snapshot.coming = true;
        engine->keeps[engine->keep_count++] =
            (struct keep){session, span->from + span->frames, span->kept};
    }
    // What a batch leaves behind is worth nothing until its samples have been delivered.
    if (engine->keep_count > before) engine->keep_batches = engine->batches_under_way + 1;
}

// The state of one snapshot goes into its slot, unless something newer is there by now.
static void keep_task(void *context, uint32_t index, uint32_t worker) {
    (void)worker;
    const aeo_engine *engine = context;
    const struct keep *keep = &engine->keeps[index];
    aeo_session *session = keep->session;
    if (!session->snapshot.coming) return;
    const struct renderer_slot *cpu = &engine->renderers[HOME_CPU];
    if (cpu->table->session_load(cpu->self, session->slot, keep->state)) return;
    session->snapshot = (struct snapshot){keep->at, false, false};
}

static void keeps_drop(aeo_engine *engine) {
    for (uint32_t i = 0; i < engine->keep_count; i++)
        engine->keeps[i].session->snapshot.coming = false;
    engine->keep_count = engine->keep_batches = 0;
}

enum aeo_status snapshots_collect(aeo_engine *engine, uint64_t wait_ns) {
    const struct renderer_slot *added = &engine->renderers[HOME_ADDED];
    if (engine->keep_count == 0 || (engine->keep_batches > 0 && !engine->added_lost)) return AEO_OK;
    enum renderer_state state =
        engine->added_lost ? RENDERER_LOST : added->table->kept(added->self, wait_ns);
    if (state == RENDERER_LATE) return AEO_OK;
    if (state == RENDERER_READY) {
        pool_begin(engine->pool, keep_task, engine, engine->keep_count);
        pool_finish(engine->pool);
        atomic_fetch_add_explicit(&engine->counters.snapshots, engine->keep_count,
                                  memory_order_relaxed);
    }
    keeps_drop(engine);
    return state == RENDERER_READY || engine->added_lost ? AEO_OK : AEO_ERR_LOST;
}
