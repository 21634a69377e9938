// See choice.h.
#include "engine/choice.h"

#include <stdio.h>
#include <string.h>

#include "engine/engine.h" // struct aeo_engine

#define TRIES 5 // the fastest one counts, after one that counts for nothing

void choice_init(struct choice *choice, uint32_t spans_min) {
    choice->spans_min = spans_min > 0 ? spans_min : 1;
    choice->quiet_ticks = 0;
    choice->added = choice->spans_min == 1;
}

bool choice_live(struct choice *choice, uint32_t spans, bool tick) {
    bool quiet = (uint64_t)spans * 2 < choice->spans_min;
    if (spans >= choice->spans_min) {
        choice->added = true;
        choice->quiet_ticks = 0;
    } else if (!quiet) {
        choice->quiet_ticks = 0;
    } else if (tick && ++choice->quiet_ticks >= CHOICE_QUIET_TICKS) {
        choice->added = false;
        choice->quiet_ticks = 0;
    }
    return choice->added;
}

bool choice_offline(const struct choice *choice, uint32_t count, uint32_t frames) {
    return count >= choice->spans_min || frames > AEO_LEAD_FRAMES;
}

// One round of the processor is THREADS spans: the added renderer is first from the batch on that
// needs one round more than it has time for.
uint32_t choice_spans_min(uint64_t added_ns, uint64_t cpu_ns, uint32_t threads) {
    uint64_t rounds = added_ns / (cpu_ns > 0 ? cpu_ns : 1);
    if (rounds >= CHOICE_SPANS_MAX || rounds * threads >= CHOICE_SPANS_MAX) return CHOICE_SPANS_MAX;
    return (uint32_t)rounds * threads + 1;
}

// ------------------------------------------------------------------------------------ measuring

// A batch of the first tick of the first scene, in session 0, which nobody has opened yet.
static void batch_make(aeo_engine *engine) {
    aeo_session *session = &engine->sessions[0];
    struct address address;
    memset(&address, 0, sizeof address);
    address.sound_version = AEO_SOUND_VERSION;
    address.seed = 1;
    control_log_init(&address.log, &engine->scenes[0]);
    score_init(&session->score, &address, false, engine->notes, 0);
    score_seek(&session->score, 0);
    struct request *request = &engine->requests[0];
    request->session = session;
    request->live = false; // nobody is told
    struct batch *batch = engine_batch(engine, 0);
    struct span *span = &batch->spans[0];
    score_plan(&session->score, AEO_TICK_FRAMES, span, NULL);
    span->slot = 0;
    span->owner = request;
    span->out = engine->live_out;
    span->keep = false;
    batch->span_count = 1;
    batch->fresh_count = UINT32_MAX;
}

// The shortest time that HOME takes for the batch; 0 when it is lost.
static uint64_t batch_ns(aeo_engine *engine, enum home home) {
    const struct renderer_slot *slot = &engine->renderers[home];
    struct span *span = &engine_batch(engine, 0)->spans[0];
    if (slot->table->session_reset(slot->self, 0)) return 0;
    int64_t best = INT64_MAX;
    for (int i = 0; i <= TRIES; i++) {
        span->made = span->out;
        int64_t begin = clock_now_ns();
        if (batcher_run(engine, home) == RENDERER_LOST) return 0;
        int64_t took = clock_now_ns() - begin;
        if (i > 0 && took < best) best = took;
    }
    return best > 0 ? (uint64_t)best : 1;
}

uint32_t choice_measure(aeo_engine *engine) {
    batch_make(engine);
    struct span *span = &engine_batch(engine, 0)->spans[0];
    uint64_t cpu_ns = batch_ns(engine, HOME_CPU);
    span->out += 2 * AEO_TICK_FRAMES; // the processor's samples stay to be compared with
    uint64_t added_ns = batch_ns(engine, HOME_ADDED);
    engine_batch(engine, 0)->span_count = 0;
    if (added_ns == 0) return 0;
    // Both have rendered the tick as often, so that the newest samples are to be the same.
    if (memcmp(span->made, engine->live_out, 2 * AEO_TICK_FRAMES * sizeof *span->made)) {
        snprintf(engine->granted.note, sizeof engine->granted.note,
                 "its samples are not the processor's");
        return 0;
    }
    return choice_spans_min(added_ns, cpu_ns, pool_threads(engine->pool));
}
