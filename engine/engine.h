// The engine from the inside: what engine.c, session.c, batcher.c and their neighbours share.
//
// Who owns what. A session slot belongs to nobody (FREE), to the thread that opened it (OFFLINE),
// or to the engine thread (STARTING, LIVE, CLOSING); the atomic `state` hands it over, and
// everything in a session that is not atomic or under its mutex belongs to the owner alone. The
// renderer, the batch and the requests belong to whoever renders: the engine thread once it runs,
// before that the offline caller who holds render_mutex.
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/aeolian.h"     // the public types
#include "engine/arena.h"       // struct arena
#include "engine/choice.h"      // struct choice
#include "engine/renderer.h"    // struct aeo_renderer
#include "engine/scene.h"       // struct scene
#include "engine/score.h"       // struct score
#include "engine/worker_pool.h" // struct worker_pool

#define ENGINE_SCENES_MAX 64
#define ENGINE_SESSIONS_MAX 65536
#define ENGINE_RING_FRAMES_MIN 32768 // the lead and one span more, as a power of two
#define SESSION_COMMANDS_MAX 16
#define ENGINE_TICK_NS 100000000
#define ENGINE_BATCHES_MAX 2

enum session_state {
    SESSION_FREE,
    SESSION_OPENING,  // being filled by the thread that opens it
    SESSION_OFFLINE,  // open; rendered by its caller, if at all
    SESSION_STARTING, // waits for its first span
    SESSION_LIVE,
    SESSION_CLOSING, // somebody waits in aeo_session_close
    SESSION_CLOSED   // the engine thread has let go of it
};

// A change on its way to the engine thread.
struct session_command {
    uint64_t id;
    uint32_t count; // of settings; 0: a scene change
    aeo_setting settings[AEO_CONTROLS_MAX];
    char scene[SCENE_NAME_MAX];
    uint64_t flow; // of the trace that runs; 0: none
};

// Changes of a session that a trace follows until the span that holds their first sound.
#define SESSION_FLOWS_MAX 8
struct session_flows {
    uint32_t count;
    struct {
        uint64_t flow;
        int64_t heard_at;
    } waiting[SESSION_FLOWS_MAX];
};

// Bounded queue of one writer and one reader; the counters only grow.
struct command_queue {
    atomic_uint written, read;
    struct session_command commands[SESSION_COMMANDS_MAX];
};

// Samples for a reader of its own; frames written and read only grow. The writer is whoever renders
// the session, one at a time.
struct frame_ring {
    float *samples;     // 2 x frames; NULL when the engine has no rings
    uint32_t frames;    // a power of two
    atomic_ullong written, read;
};

// What other threads may ask about a session.
struct session_view {
    pthread_mutex_t mutex; // guards the log; the engine thread only ever tries it
    struct control_log log;
    atomic_llong position;
    atomic_bool stale; // the log has changed since it was copied
};

// Which renderer holds a session's newest effect state.
enum home {
    HOME_CPU,   // the processor's, which is always open
    HOME_ADDED, // the one asked for beside it, usually a GPU's
    HOME_NONE   // none yet: as if silence had been before
};
#define HOMES 2

// What a session whose home is the added renderer goes on from when that one is lost: the state in
// its slot of the processor's.
struct snapshot {
    int64_t at;   // frame it stands at
    bool silence; // the slot holds nothing: as if silence had been before
    bool coming;  // a newer one is on its way from the renderer
};

// A snapshot on its way: what the added renderer was asked to keep.
struct keep {
    aeo_session *session;
    int64_t at;
    const void *state;
};

struct aeo_session {
    atomic_int state; // enum session_state
    aeo_engine *engine;
    uint32_t slot;
    void *user;
    sem_t closed; // posted once by the engine thread for a waiting close

    // Owner's.
    struct score score;
    enum home home;
    struct snapshot snapshot;
    bool first;  // no span delivered yet
    bool listed; // in the call of aeo_sessions_render that is being checked
    aeo_phrase phrase;
    struct session_flows flows; // while a batch is rendered: whoever delivers the session's span

    // Shared.
    atomic_llong want;     // render up to here
    atomic_llong start_at; // position of the first live frame
    struct command_queue commands;
    struct frame_ring ring;
    struct session_view view;
};

// A session's share of one call of batcher_render.
struct request {
    aeo_session *session;
    uint32_t frames, done; // wanted (0: only the look-back), and planned or delivered so far
    float *out;            // frames x 2
    bool live;             // deliver through callback and ring
    enum home home;        // which renderer it is for
    uint32_t flags;        // AEO_SPAN_* of the spans to come
    bool under_way;        // live: a span with samples is in a batch not delivered yet; one at most
    atomic_bool reported;  // the span under way was delivered by the renderer itself
    const aeo_phrase *phrase; // that begins in the span under way
};

struct renderer_slot {
    const struct aeo_renderer *table; // NULL: none
    struct renderer *self;
    uint32_t batch_frames_max;
};

struct aeo_engine {
    aeo_options options; // strings and lists in it are not used after open
    struct arena arena;
    struct worker_pool *pool;
    struct renderer_slot renderers[HOMES]; // HOME_ADDED may be missing
    bool added_lost;                       // it is there, and only waits to be closed
    struct choice choice;
    void *staging;       // one effect state on its way from one renderer to the other
    int64_t late_max_ns; // a batch that takes longer is not waited for
    struct renderer_limits limits;
    struct renderer_granted granted; // by the added renderer; the note is why it was lost
    char renderer_line[256];

    uint32_t scene_count;
    struct scene *scenes;
    aeo_scene_info *scene_infos;

    aeo_session *sessions;    // sessions_max
    struct voice_note *notes; // sessions_max x PLAN_SESSION_NOTES
    float *live_out;          // sessions_max x AEO_LEAD_FRAMES x 2
    struct batch batches[ENGINE_BATCHES_MAX]; // a ring: those under way, and the one being planned
    uint32_t batch_first, batches_under_way;
    int64_t submitted_ns[ENGINE_BATCHES_MAX]; // of those under way
    int64_t busy_since_ns; // batches under way count as rendering time from here on
    struct fresh_notes fresh;
    struct keep *keeps; // limits.snapshots_max
    uint32_t keep_count, keep_cursor; // on their way; slot whose turn is next
    uint32_t keep_batches; // still to be collected before those count
    struct request *requests; // sessions_max
    aeo_receipt receipt;      // being answered by the engine thread

    pthread_mutex_t render_mutex; // offline callers take turns
    pthread_t thread;
    sem_t wake;
    atomic_bool started, stopping;
    atomic_uint sessions_open;
    struct {
        atomic_ullong ticks, batches, spans, frames, ticks_late, spans_late, renderer_lost;
        atomic_ullong render_ns, batches_added, sessions_moved, snapshots, notes;
        atomic_ullong notes_held; // as of the last tick
    } counters;
};

// Renders COUNT requests completely, look-backs first, in as many batches as that takes, on the
// renderer HOME as far as sessions may move there, and on the processor's when it is lost on the
// way. AEO_ERR_LOST when none is left.
enum aeo_status batcher_render(aeo_engine *engine, struct request *requests, uint32_t count,
                               enum home home);

// --- planning.c: plans the batch behind those under way: a span for each of COUNT requests that
// HOME can render now, as many as fit; none is no failure. AEO_ERR_LOST when a renderer is lost
// while a state moves; nothing has been planned then.
enum aeo_status planning_run(aeo_engine *engine, struct request *requests, uint32_t count,
                             enum home home);

// --- batcher.c

// Submits the batch that has been planned to HOME and waits for it: READY or LOST. No other is
// under way.
enum renderer_state batcher_run(aeo_engine *engine, enum home home);

// The I-th batch: those under way from the oldest on, then the one being planned.
static inline struct batch *engine_batch(aeo_engine *engine, uint32_t i) {
    return &engine->batches[(engine->batch_first + i) % ENGINE_BATCHES_MAX];
}

// Reports a finished span (struct renderer_limits.span_done).
void batcher_span_done(void *engine, const struct span *span, uint32_t worker);

// Batches that HOME may have under way.
uint32_t engine_batches_max(const aeo_engine *engine, enum home home);

// First spans that HOME takes in one pass.
uint32_t engine_starts_max(const aeo_engine *engine, const struct aeo_renderer *table);

// --- renderers.c: while the engine opens.

// Opens the renderers that OPTIONS mean. Once the pool is there.
enum aeo_status engine_renderers_open(aeo_engine *engine, const aeo_options *options,
                                      aeo_fault *fault);

// Decides how many spans the added renderer is for; gives it up when it fails over being measured.
// Once the sessions have their memory.
void engine_choice_open(aeo_engine *engine, const aeo_options *options);

// --- homes.c: where effect states are. Whoever renders.

// Whether HOME is there and not lost.
bool home_usable(const aeo_engine *engine, enum home home);

// A renderer has said that it is lost. False when it was the processor's: none is left.
bool home_lose(aeo_engine *engine);

// The renderer for a live pass of SPANS spans, and for FRAMES of COUNT sessions offline.
enum home home_live(aeo_engine *engine, uint32_t spans, bool tick);
enum home home_offline(const aeo_engine *engine, uint32_t count, uint32_t frames);

// Sees to it that the renderer TO holds the session's effect state; when the one that held it is
// lost, an older one, with the score sought to it. AEO_ERR_LOST when a renderer is lost over it.
enum aeo_status home_reach(aeo_engine *engine, aeo_session *session, enum home to);

// Snapshots. Asking: says of some spans of a planned BATCH for the added renderer that their state
// is to be kept. Noting: BATCH has been submitted. Collecting: puts what has arrived, or arrives
// within WAIT_NS, into the processor's slots; AEO_ERR_LOST when the renderer is lost.
void snapshots_ask(aeo_engine *engine, struct batch *batch);
void snapshots_note(aeo_engine *engine, const struct batch *batch);
enum aeo_status snapshots_collect(aeo_engine *engine, uint64_t wait_ns);

// The engine thread's function; ARGUMENT is the engine.
void *engine_thread_main(void *argument);

// Lets other threads see the session's log and position. Owner; never waits.
void session_publish(aeo_session *session);

// Index of SCENE in the engine's list.
uint32_t engine_scene_index(const aeo_engine *engine, const struct scene *scene);

// Applies settings or a scene change to SCORE at FRAME (rounded up to a tick), all or nothing, and
// fills RECEIPT (its id apart). Returns RECEIPT->status. Owner.
enum aeo_status change_settings(aeo_engine *engine, struct score *score, int64_t frame,
                                const aeo_setting *settings, uint32_t count, aeo_receipt *receipt);
enum aeo_status change_scene(aeo_engine *engine, struct score *score, int64_t frame,
                             const char *scene, aeo_receipt *receipt);

// Opens a session in a free slot from ADDRESS.
enum aeo_status session_take(aeo_engine *engine, const struct address *address, bool exact,
                             void *user, aeo_session **out, aeo_fault *fault);

// Nanoseconds of the monotonic clock.
int64_t clock_now_ns(void);

#endif
