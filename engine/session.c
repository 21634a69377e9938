// Sessions as the program sees them: opening, closing, describing, changing and reading.
// Which thread may call what stands in aeolian.h; who owns a session's parts, in engine.h.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/engine.h" // struct aeo_session
#include "engine/fault.h"  // fault_set
#include "profiling/meters.h" // meter_record
#include "profiling/trace.h"  // trace_begin

void aeo_session_options_default(aeo_session_options *options) {
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
}

// ------------------------------------------------------------------------------------ opening

static const struct scene *scene_by_hash(void *user, uint64_t hash) {
    const aeo_engine *engine = user;
    for (uint32_t i = 0; i < engine->scene_count; i++) {
        if (engine->scenes[i].hash == hash) return &engine->scenes[i];
    }
    return NULL;
}

static enum aeo_status settings_start(struct control_log *log, const aeo_setting *settings,
                                      uint32_t count, aeo_fault *fault) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t control = settings[i].control;
        if (control >= CONTROL_COUNT)
            return fault_set(fault, AEO_ERR_ARGUMENT, "controls", "no control number %u", control);
        const aeo_control_info *info = &control_table[control];
        float *value = &log->start.values[control];
        if (!control_quantise((enum control)control, settings[i].value, value)) {
            return fault_set(fault, AEO_ERR_VALUE, info->name, "%s must be a number from %g to %g",
                             info->name, info->min, info->max);
        }
    }
    return AEO_OK;
}

// The address that OPTIONS mean, written out or as scene, seed and settings.
static enum aeo_status address_of_options(aeo_engine *engine, const aeo_session_options *options,
                                          struct address *address, aeo_fault *fault) {
    if (options->position_given || !options->address) {
        if (options->position < 0 || options->position > AEO_POSITION_MAX) {
            return fault_set(fault, AEO_ERR_VALUE, "position",
                             "a position is a frame number from 0 to %lld",
                             (long long)AEO_POSITION_MAX);
        }
    }
    if (options->address) {
        enum aeo_status status =
            address_parse(address, options->address, scene_by_hash, engine, fault);
        if (status == AEO_OK && options->position_given) address->position = options->position;
        return status;
    }
    int32_t scene = options->scene ? aeo_scene_find(engine, options->scene) : 0;
    if (scene < 0) {
        return fault_set(fault, AEO_ERR_SCENE, "scene", "there is no scene \"%.60s\"",
                         options->scene);
    }
    address->sound_version = AEO_SOUND_VERSION;
    address->seed = options->seed;
    address->position = options->position;
    control_log_init(&address->log, &engine->scenes[scene]);
    return settings_start(&address->log, options->settings, options->setting_count, fault);
}

static void queues_reset(aeo_session *session) {
    atomic_store_explicit(&session->want, 0, memory_order_relaxed);
    atomic_store_explicit(&session->commands.written, 0, memory_order_relaxed);
    atomic_store_explicit(&session->commands.read, 0, memory_order_relaxed);
    atomic_store_explicit(&session->ring.written, 0, memory_order_relaxed);
    atomic_store_explicit(&session->ring.read, 0, memory_order_relaxed);
}

enum aeo_status session_take(aeo_engine *engine, const struct address *address, bool exact,
                             void *user, aeo_session **out, aeo_fault *fault) {
    *out = NULL;
    for (uint32_t slot = 0; slot < engine->limits.sessions_max; slot++) {
        aeo_session *session = &engine->sessions[slot];
        int free_state = SESSION_FREE;
        if (!atomic_compare_exchange_strong(&session->state, &free_state, SESSION_OPENING))
            continue;
        session->user = user;
        session->home = HOME_NONE;
        session->first = true;
        queues_reset(session);
        session->flows.count = 0;
        score_init(&session->score, address, exact, engine->notes, slot * PLAN_SESSION_NOTES);
        session->snapshot = (struct snapshot){session->score.state_at, true, false};
        atomic_store(&session->view.stale, true);
        session_publish(session);
        atomic_fetch_add(&engine->sessions_open, 1);
        atomic_store(&session->state, SESSION_OFFLINE);
        *out = session;
        return AEO_OK;
    }
    return fault_set(fault, AEO_ERR_FULL, "", "all %u sessions are in use",
                     engine->limits.sessions_max);
}

enum aeo_status aeo_session_open(aeo_engine *engine, const aeo_session_options *options,
                                 aeo_session **session, aeo_fault *fault) {
    if (session) *session = NULL;
    if (!engine || !options || !session || options->struct_size != sizeof *options ||
        (options->setting_count && !options->settings)) {
        return fault_set(fault, AEO_ERR_ARGUMENT, "options",
                         "options must come from aeo_session_options_default");
    }
    struct address address;
    enum aeo_status status = address_of_options(engine, options, &address, fault);
    if (status) return status;
    return session_take(engine, &address, options->exact, options->user, session, fault);
}

static void session_release(aeo_session *session) {
    atomic_fetch_sub(&session->engine->sessions_open, 1);
    atomic_store(&session->state, SESSION_FREE);
}

void aeo_session_close(aeo_session *session) {
    if (!session) return;
    int state = SESSION_OFFLINE;
    if (atomic_compare_exchange_strong(&session->state, &state, SESSION_CLOSING)) {
        session_release(session);
        return;
    }
    // STARTING becomes LIVE under our hands at most once.
    while (state == SESSION_STARTING || state == SESSION_LIVE) {
        if (!atomic_compare_exchange_weak(&session->state, &state, SESSION_CLOSING)) continue;
        sem_post(&session->engine->wake);
        while (sem_wait(&session->closed) != 0) {
        } // interrupted by a signal
        session_release(session);
        return;
    }
}

// ---------------------------------------------------------------------------------- describing

void session_publish(aeo_session *session) {
    struct session_view *view = &session->view;
    atomic_store(&view->position, session->score.position);
    if (!atomic_load_explicit(&view->stale, memory_order_relaxed)) return;
    if (pthread_mutex_trylock(&view->mutex)) return; // being read: next time
    view->log = session->score.log;
    pthread_mutex_unlock(&view->mutex);
    atomic_store_explicit(&view->stale, false, memory_order_relaxed);
}

void aeo_session_describe(aeo_session *session, aeo_session_info *info) {
    struct control_log log;
    pthread_mutex_lock(&session->view.mutex);
    log = session->view.log;
    pthread_mutex_unlock(&session->view.mutex);
    memset(info, 0, sizeof *info);
    info->position = atomic_load(&session->view.position);
    // Seed, version and exact_from are set before the session is handed out and stay.
    info->seed = session->score.seed;
    info->exact_from = session->score.exact_from;
    info->same_bits = session->score.sound_version == AEO_SOUND_VERSION;
    control_log_collapse(&log, info->position);
    info->scene = engine_scene_index(session->engine, control_log_scene(&log, info->position));
    for (uint32_t c = 0; c < CONTROL_COUNT; c++)
        info->values[c] = control_log_target(&log, (enum control)c, info->position);
    (void)address_print_parts(session->score.sound_version, info->seed, info->position, &log,
                              info->address, sizeof info->address);
}

// ------------------------------------------------------------------------------------- offline

// A copy of what went wrong for callers without a receipt of their own.
static enum aeo_status change_finish(aeo_session *session, const aeo_receipt *receipt,
                                     aeo_fault *fault) {
    if (receipt->status && fault) *fault = receipt->fault;
    atomic_store(&session->view.stale, true);
    session_publish(session);
    return receipt->status;
}

// Offline changes need the session to be the caller's, and may not touch what is rendered.
static enum aeo_status change_check(const aeo_session *session, int64_t frame, aeo_fault *fault) {
    if (!session) return fault_set(fault, AEO_ERR_ARGUMENT, "session", "no session");
    if (atomic_load(&session->state) != SESSION_OFFLINE) {
        return fault_set(fault, AEO_ERR_STATE, "session",
                         "the session is live: use aeo_session_set or aeo_session_scene");
    }
    if (frame < session->score.position || frame > AEO_POSITION_MAX - AEO_TICK_FRAMES) {
        return fault_set(fault, AEO_ERR_VALUE, "frame", "frame %lld is not after position %lld",
                         (long long)frame, (long long)session->score.position);
    }
    return AEO_OK;
}

enum aeo_status aeo_session_set_at(aeo_session *session, int64_t frame,
                                   const aeo_setting *settings, uint32_t count,
                                   aeo_receipt *receipt, aeo_fault *fault) {
    enum aeo_status status = change_check(session, frame, fault);
    if (status) return status;
    if (!settings || count == 0 || count > AEO_CONTROLS_MAX)
        return fault_set(fault, AEO_ERR_ARGUMENT, "settings", "1 to %u settings", AEO_CONTROLS_MAX);
    aeo_receipt own;
    aeo_receipt *answer = receipt ? receipt : &own;
    change_settings(session->engine, &session->score, frame, settings, count, answer);
    return change_finish(session, answer, fault);
}

enum aeo_status aeo_session_scene_at(aeo_session *session, int64_t frame, const char *scene,
                                     aeo_receipt *receipt, aeo_fault *fault) {
    enum aeo_status status = change_check(session, frame, fault);
    if (status) return status;
    if (!scene) return fault_set(fault, AEO_ERR_ARGUMENT, "scene", "no scene given");
    aeo_receipt own;
    aeo_receipt *answer = receipt ? receipt : &own;
    change_scene(session->engine, &session->score, frame, scene, answer);
    return change_finish(session, answer, fault);
}

// Whether each of the sessions may be rendered FRAMES further by this caller, and is listed once.
static enum aeo_status sessions_check(const aeo_engine *engine, aeo_session *const *sessions,
                                      uint32_t count, float *const *interleaved, uint32_t frames) {
    enum aeo_status status = AEO_OK;
    uint32_t listed = 0;
    for (; listed < count && !status; listed++) {
        aeo_session *session = sessions[listed];
        if (!session || !interleaved[listed] || session->engine != engine || session->listed)
            status = AEO_ERR_ARGUMENT;
        else if (atomic_load(&session->state) != SESSION_OFFLINE)
            status = AEO_ERR_STATE;
        else if (session->score.position > AEO_POSITION_MAX - frames)
            status = AEO_ERR_VALUE;
        else
            session->listed = true;
    }
    // The last one looked at is not marked by this call when it was refused.
    for (uint32_t i = 0; i < (status ? listed - 1 : listed); i++)
        sessions[i]->listed = false;
    return status;
}

enum aeo_status aeo_sessions_render(aeo_session *const *sessions, uint32_t count,
                                    float *const *interleaved, uint32_t frames) {
    if (count == 0) return AEO_OK;
    if (!sessions || !interleaved || !sessions[0]) return AEO_ERR_ARGUMENT;
    aeo_engine *engine = sessions[0]->engine;
    if (count > engine->limits.sessions_max) return AEO_ERR_ARGUMENT;
    pthread_mutex_lock(&engine->render_mutex);
    enum aeo_status status = sessions_check(engine, sessions, count, interleaved, frames);
    // Once the engine runs, its thread has the renderers.
    if (!status && frames && atomic_load(&engine->started)) status = AEO_ERR_STATE;
    if (!status && frames) {
        for (uint32_t i = 0; i < count; i++) {
            struct request *request = &engine->requests[i];
            request->session = sessions[i];
            request->frames = frames;
            request->done = 0;
            request->under_way = false;
            request->out = interleaved[i];
            request->live = false;
            request->flags = 0;
        }
        enum home home = home_offline(engine, count, frames);
        int64_t begun = clock_now_ns(), traced = trace_begin();
        status = batcher_render(engine, engine->requests, count, home);
        if (!status) meter_record(METER_SYNTHESIS, (uint64_t)(clock_now_ns() - begun));
        trace_end(TRACE_SYNTHESIS, traced, count, frames, 0);
        int64_t notes_held = 0;
        for (uint32_t i = 0; i < count; i++) {
            session_publish(sessions[i]);
            notes_held += sessions[i]->score.note_count;
        }
        trace_counter(TRACE_COUNTER_NOTES, notes_held);
    }
    pthread_mutex_unlock(&engine->render_mutex);
    return status;
}

enum aeo_status aeo_session_render(aeo_session *session, float *interleaved, uint32_t frames) {
    return aeo_sessions_render(&session, 1, &interleaved, frames);
}

enum aeo_status aeo_session_phrase(aeo_session *session, aeo_phrase *phrase) {
    if (!session || !phrase) return AEO_ERR_ARGUMENT;
    if (atomic_load(&session->state) != SESSION_OFFLINE) return AEO_ERR_STATE;
    score_phrase(&session->score, session->score.position, phrase);
    return AEO_OK;
}

// ---------------------------------------------------------------------------------------- live

enum aeo_status aeo_session_start(aeo_session *session) {
    if (!session) return AEO_ERR_ARGUMENT;
    aeo_engine *engine = session->engine;
    if (!atomic_load(&engine->started)) return AEO_ERR_STATE;
    int state = SESSION_OFFLINE;
    atomic_store(&session->start_at, atomic_load(&session->view.position));
    if (!atomic_compare_exchange_strong(&session->state, &state, SESSION_STARTING))
        return AEO_ERR_STATE;
    sem_post(&engine->wake);
    return AEO_OK;
}

static void want_raise(aeo_session *session, int64_t until) {
    long long before = atomic_load_explicit(&session->want, memory_order_relaxed);
    while (before < until && !atomic_compare_exchange_weak(&session->want, &before, until)) {
    }
}

void aeo_session_want(aeo_session *session, int64_t until) {
    want_raise(session, until);
}

uint32_t aeo_session_read(aeo_session *session, float *interleaved, uint32_t frames) {
    struct frame_ring *ring = &session->ring;
    if (!ring->samples) return 0;
    uint64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    uint64_t ready = atomic_load_explicit(&ring->written, memory_order_acquire) - read;
    if (frames > ready) frames = (uint32_t)ready;
    uint32_t at = (uint32_t)read & (ring->frames - 1);
    uint32_t head = ring->frames - at < frames ? ring->frames - at : frames;
    memcpy(interleaved, ring->samples + 2 * (size_t)at, head * 2 * sizeof *interleaved);
    memcpy(interleaved + 2 * (size_t)head, ring->samples,
           (frames - head) * 2 * sizeof *interleaved);
    atomic_store_explicit(&ring->read, read + frames, memory_order_release);
    // The position read is that of the first frame ever written plus what was read since.
    int64_t first = atomic_load_explicit(&session->start_at, memory_order_relaxed);
    want_raise(session, first + (int64_t)(read + frames) + AEO_LEAD_FRAMES);
    return frames;
}

// The slot to write next, or NULL when the queue is full. A trace follows the change from here on.
static struct session_command *command_begin(aeo_session *session, uint64_t id) {
    struct command_queue *queue = &session->commands;
    uint32_t written = atomic_load_explicit(&queue->written, memory_order_relaxed);
    if (written - atomic_load_explicit(&queue->read, memory_order_acquire) >= SESSION_COMMANDS_MAX)
        return NULL;
    struct session_command *command = &queue->commands[written % SESSION_COMMANDS_MAX];
    command->id = id;
    command->flow = trace_flow_new();
    trace_flow(TRACE_ASKED, command->flow);
    return command;
}

static void command_end(aeo_session *session) {
    atomic_fetch_add_explicit(&session->commands.written, 1, memory_order_release);
}

static bool session_is_live(const aeo_session *session) {
    int state = atomic_load(&session->state);
    return state == SESSION_STARTING || state == SESSION_LIVE;
}

enum aeo_status aeo_session_set(aeo_session *session, uint64_t id, const aeo_setting *settings,
                                uint32_t count) {
    if (!session || !settings || count == 0 || count > AEO_CONTROLS_MAX) return AEO_ERR_ARGUMENT;
    if (!session_is_live(session)) return AEO_ERR_STATE;
    int64_t traced = trace_begin();
    struct session_command *command = command_begin(session, id);
    if (!command) return AEO_ERR_FULL;
    command->count = count;
    memcpy(command->settings, settings, count * sizeof *settings);
    command_end(session);
    trace_end(TRACE_CHANGE, traced, session->slot, (int64_t)id, 0);
    return AEO_OK;
}

enum aeo_status aeo_session_scene(aeo_session *session, uint64_t id, const char *scene) {
    if (!session || !scene) return AEO_ERR_ARGUMENT;
    if (!session_is_live(session)) return AEO_ERR_STATE;
    int64_t traced = trace_begin();
    struct session_command *command = command_begin(session, id);
    if (!command) return AEO_ERR_FULL;
    command->count = 0;
    snprintf(command->scene, sizeof command->scene, "%s", scene);
    command_end(session);
    trace_end(TRACE_CHANGE, traced, session->slot, (int64_t)id, 0);
    return AEO_OK;
}
