// The engine thread: every 100 ms all live sessions that have room are rendered as one batch.
//
// The ticks stand on an absolute grid of the monotonic clock, so that they do not drift; a tick
// that comes late is followed by the next one on the grid, and sessions then ask for what they are
// behind, at most their lead. New sessions do not wait for a tick: they wake the thread, which
// gathers its like for 5 ms or until the batch is full, and renders their first 400 ms at once. How
// many start in one pass is bounded, because their look-back costs more than everybody else's tick.
// Never waits for a listener, does no input or output, allocates nothing.
#include <errno.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h"    // struct aeo_engine
#include "profiling/meters.h" // meter_record
#include "profiling/trace.h"  // trace_begin

#define TICK_NS ((int64_t)ENGINE_TICK_NS)
#define GATHER_NS 5000000
#define STARTS_PER_THREAD 4 // in one pass of the processor: about 8 ms of work each

// ----------------------------------------------------------------------------------- changes

// A trace follows the change to the span that holds its first sound; with too many on their way it
// ends here.
static void flow_follow(aeo_session *session, const aeo_receipt *receipt) {
    trace_flow(TRACE_APPLIED, receipt->flow);
    struct session_flows *flows = &session->flows;
    if (!receipt->flow || receipt->status || flows->count == SESSION_FLOWS_MAX) return;
    flows->waiting[flows->count].flow = receipt->flow;
    flows->waiting[flows->count++].heard_at = receipt->heard_at;
}

static void command_apply(aeo_engine *engine, aeo_session *session,
                          const struct session_command *command) {
    int64_t traced = trace_begin();
    aeo_receipt *receipt = &engine->receipt;
    struct score *score = &session->score;
    // The next tick boundary that is not rendered yet is the earliest that causality allows.
    if (command->count) {
        change_settings(engine, score, score->position, command->settings, command->count,
                        receipt);
    } else {
        change_scene(engine, score, score->position, command->scene, receipt);
    }
    receipt->id = command->id;
    receipt->flow = command->flow;
    flow_follow(session, receipt);
    atomic_store(&session->view.stale, true);
    if (engine->options.on_receipt)
        engine->options.on_receipt(engine->options.user, session, session->user, receipt);
    trace_end(TRACE_APPLY, traced, session->slot, (int64_t)receipt->id,
              receipt->status ? -1 : receipt->heard_at);
}

static void commands_apply(aeo_engine *engine, aeo_session *session) {
    struct command_queue *queue = &session->commands;
    uint32_t read = atomic_load_explicit(&queue->read, memory_order_relaxed);
    uint32_t written = atomic_load_explicit(&queue->written, memory_order_acquire);
    if (read == written) return;
    for (; read != written; read++) {
        command_apply(engine, session, &queue->commands[read % SESSION_COMMANDS_MAX]);
        atomic_store_explicit(&queue->read, read + 1, memory_order_release);
    }
    session_publish(session); // a paused session is described with its changes, too
}

// ---------------------------------------------------------------------------------- requests

static void request_fill(aeo_engine *engine, struct request *request, aeo_session *session,
                         uint32_t frames, uint32_t flags) {
    request->session = session;
    request->frames = frames;
    request->done = 0;
    request->under_way = false;
    request->out = engine->live_out + (size_t)session->slot * AEO_LEAD_FRAMES * 2;
    request->live = true;
    request->flags = flags;
}

// Whole ticks that SESSION wants and has room for, at most its lead.
static uint32_t frames_due(const aeo_session *session) {
    int64_t due = atomic_load(&session->want) - session->score.position;
    const struct frame_ring *ring = &session->ring;
    if (ring->samples) {
        int64_t held = (int64_t)(atomic_load_explicit(&ring->written, memory_order_relaxed) -
                                 atomic_load_explicit(&ring->read, memory_order_acquire));
        if (due > ring->frames - held) due = ring->frames - held;
    }
    if (due > AEO_POSITION_MAX - session->score.position)
        due = AEO_POSITION_MAX - session->score.position;
    if (due > AEO_LEAD_FRAMES) due = AEO_LEAD_FRAMES;
    return due < AEO_TICK_FRAMES ? 0 : (uint32_t)(due / AEO_TICK_FRAMES * AEO_TICK_FRAMES);
}

uint32_t engine_starts_max(const aeo_engine *engine, const struct aeo_renderer *table) {
    uint32_t most = table->starts_per_pass;
    if (most == 0) most = STARTS_PER_THREAD * pool_threads(engine->pool);
    return most < engine->limits.sessions_max ? most : engine->limits.sessions_max;
}

// The same of the renderer that live batches go to now.
static uint32_t starts_now(const aeo_engine *engine) {
    bool added = home_usable(engine, HOME_ADDED) && engine->choice.added;
    return engine_starts_max(engine, engine->renderers[added ? HOME_ADDED : HOME_CPU].table);
}

// What a trace is told at each tick.
struct tick_view {
    uint64_t notes_held;
    uint32_t sessions; // that play
    int64_t lead;      // frames rendered ahead of what is heard, the least of all sessions
};

// A listener hears what lies a lead before the frame that is wanted.
static void tick_view_add(struct tick_view *view, const aeo_session *session) {
    int64_t heard = atomic_load(&session->want) - AEO_LEAD_FRAMES;
    int64_t lead = session->score.position - heard;
    if (view->sessions++ == 0 || lead < view->lead) view->lead = lead;
    view->notes_held += session->score.note_count;
}

static void tick_view_tell(aeo_engine *engine, const struct tick_view *view) {
    atomic_store_explicit(&engine->counters.notes_held, view->notes_held, memory_order_relaxed);
    trace_counter(TRACE_COUNTER_SESSIONS, view->sessions);
    trace_counter(TRACE_COUNTER_NOTES, (int64_t)view->notes_held);
    if (view->sessions)
        trace_counter(TRACE_COUNTER_LEAD, view->lead * 1000 / AEO_SAMPLE_RATE);
}

// Gathers the requests of one pass. TICK: of all live sessions; else of starting ones only. Returns
// how many, and in *LEFT whether starting ones had to wait.
static uint32_t requests_gather(aeo_engine *engine, bool tick, bool *left) {
    struct tick_view view = {0};
    uint32_t count = 0, starts = 0, starts_max = starts_now(engine);
    *left = false;
    for (uint32_t slot = 0; slot < engine->limits.sessions_max; slot++) {
        aeo_session *session = &engine->sessions[slot];
        int state = atomic_load(&session->state);
        if (state == SESSION_CLOSING) {
            // Nothing of it is in any batch now, and nothing will be; nor is a snapshot wanted.
            session->snapshot.coming = false;
            atomic_store(&session->state, SESSION_CLOSED);
            sem_post(&session->closed);
        } else if (state == SESSION_STARTING) {
            if (starts == starts_max) {
                *left = true;
            } else if (atomic_compare_exchange_strong(&session->state, &state, SESSION_LIVE)) {
                starts++;
                commands_apply(engine, session);
                request_fill(engine, &engine->requests[count++], session, AEO_LEAD_FRAMES,
                             AEO_SPAN_FIRST);
            } else {
                *left = true; // closed under our hands: the next pass sees to it
            }
        } else if (state == SESSION_LIVE && tick) {
            tick_view_add(&view, session);
            commands_apply(engine, session);
            uint32_t frames = frames_due(session);
            if (frames) request_fill(engine, &engine->requests[count++], session, frames, 0);
        }
    }
    if (tick) tick_view_tell(engine, &view);
    return count;
}

// Serves everybody once; true when starting sessions are left over.
static bool pass_run(aeo_engine *engine, bool tick) {
    bool left;
    int64_t traced = trace_begin();
    uint32_t count = requests_gather(engine, tick, &left);
    // Without any renderer left (the CPU's cannot be lost) sessions get nothing more.
    if (count)
        (void)batcher_render(engine, engine->requests, count, home_live(engine, count, tick));
    for (uint32_t i = 0; i < count; i++)
        session_publish(engine->requests[i].session);
    if (tick || count) {
        if (engine->options.on_tick) engine->options.on_tick(engine->options.user);
        trace_end(tick ? TRACE_TICK : TRACE_START, traced, atomic_load(&engine->sessions_open),
                  count, 0);
    }
    return left;
}

// -------------------------------------------------------------------------------------- time

static struct timespec timespec_of(int64_t ns) {
    return (struct timespec){(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
}

// Sleeps until the time UNTIL_NS or until somebody posts `wake`. True when it was the time.
static bool wake_wait(aeo_engine *engine, int64_t until_ns) {
    struct timespec until = timespec_of(until_ns);
    while (sem_clockwait(&engine->wake, CLOCK_MONOTONIC, &until)) {
        if (errno == ETIMEDOUT) return true;
    }
    return false;
}

// Sleeps until TICK_AT or until somebody calls and those who call with them. True when the tick is
// due.
static bool tick_wait(aeo_engine *engine, int64_t tick_at) {
    if (wake_wait(engine, tick_at)) return true;
    int64_t gather_until = clock_now_ns() + GATHER_NS;
    if (gather_until > tick_at) gather_until = tick_at;
    // One post for each that calls: when as many have as one pass takes, there is nothing to wait
    // for.
    for (uint32_t calls = 1; calls < starts_now(engine); calls++) {
        if (atomic_load(&engine->stopping) || wake_wait(engine, gather_until)) break;
    }
    while (!sem_trywait(&engine->wake)) {
    } // one pass serves all who have called by now
    return clock_now_ns() >= tick_at;
}

void *engine_thread_main(void *argument) {
    aeo_engine *engine = argument;
    int64_t tick_at = clock_now_ns() + TICK_NS;
    bool left = false;
    while (!atomic_load(&engine->stopping)) {
        bool tick = left ? clock_now_ns() >= tick_at : tick_wait(engine, tick_at);
        if (tick) {
            atomic_fetch_add_explicit(&engine->counters.ticks, 1, memory_order_relaxed);
            int64_t late = (clock_now_ns() - tick_at) / TICK_NS;
            if (late > 0)
                atomic_fetch_add_explicit(&engine->counters.ticks_late, 1, memory_order_relaxed);
            tick_at += (late + 1) * TICK_NS;
        }
        int64_t begun = clock_now_ns();
        left = pass_run(engine, tick);
        if (tick) meter_record(METER_TICK, (uint64_t)(clock_now_ns() - begun));
    }
    return NULL;
}
