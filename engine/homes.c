// Where effect states are: moving sessions between the two renderers, and going on when the added
// one is lost.
//
// The processor's slot of a session that is at home with the added renderer would lie idle, so it
// holds the session's snapshot: what was copied there last, a second or so ago. The copies go
// through one buffer, so that a save that fails half-way leaves the older snapshot whole. How many
// are made after one batch is bounded, the oldest first, so that they never cost a tick its time;
// with more sessions than that allows, snapshots are older, and going on from them takes longer.
// Whoever renders.
#include "engine/engine.h" // struct aeo_engine

#define SNAPSHOT_FRAMES 48000 // how old a snapshot may get: what is rendered again after a loss
#define SNAPSHOTS_PER_BATCH 16

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
    session->snapshot = (struct snapshot){session->score.state_at, silence};
    return AEO_OK;
}

// ----------------------------------------------------------------------------------- snapshots

static int64_t snapshot_age(const aeo_session *session) {
    return session->score.state_at - session->snapshot.at;
}

// Puts SESSION among the oldest COUNT so far, oldest first; returns how many there are then.
static uint32_t oldest_add(aeo_session **oldest, uint32_t count, aeo_session *session) {
    if (count == SNAPSHOTS_PER_BATCH) {
        if (snapshot_age(oldest[count - 1]) >= snapshot_age(session)) return count;
        count--;
    }
    uint32_t at = count;
    for (; at > 0 && snapshot_age(oldest[at - 1]) < snapshot_age(session); at--)
        oldest[at] = oldest[at - 1];
    oldest[at] = session;
    return count + 1;
}

enum aeo_status snapshots_take(aeo_engine *engine) {
    aeo_session *oldest[SNAPSHOTS_PER_BATCH];
    uint32_t count = 0;
    for (uint32_t i = 0; i < engine->batch.span_count; i++) {
        const struct request *request = engine->batch.spans[i].owner;
        if (snapshot_age(request->session) < SNAPSHOT_FRAMES) continue;
        count = oldest_add(oldest, count, request->session);
    }
    for (uint32_t i = 0; i < count; i++) {
        aeo_session *session = oldest[i];
        enum aeo_status status = slot_copy(engine, session->slot, HOME_ADDED, HOME_CPU);
        if (status) return status;
        session->snapshot = (struct snapshot){session->score.state_at, false};
        atomic_fetch_add_explicit(&engine->counters.snapshots, 1, memory_order_relaxed);
    }
    return AEO_OK;
}
