// libaeolian: endless ambient music, a different piece for every listener. The public interface.
//
//   aeo_engine   a renderer (processor or GPU), its threads and all memory; usually one a program
//   aeo_session  one listener's music: a music address and a position; plain data in the engine
//
// Two ways to use a session. Offline, the caller's own thread asks for samples with
// aeo_session_render and waits. Live, after aeo_engine_start and aeo_session_start, the engine's
// thread renders ahead of the listener every 100 ms and hands spans to a callback or to a ring.
//
// Units: positions and lengths are frames at 48,000 Hz (int64, position 0 is the beginning, music
// is already under way there); samples are interleaved stereo float, full scale +-1. One music
// address names one exact stream of samples: the same bits on every machine, for every way of
// cutting it into spans, every instruction set and number of threads.
//
// Memory: all of it is taken in aeo_engine_open; nothing is allocated afterwards. Objects belong to
// the library and are given back with the matching close. Strings passed in are copied.
// Threads: each declaration says who may call it. Two threads never use one session at once unless
// its functions say "any thread". Errors: enum aeo_status, with a fault for a person to read.
#ifndef AEOLIAN_H
#define AEOLIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/status.h" // aeo_status, aeo_fault

#ifdef __cplusplus
extern "C" {
#endif

#define AEO_SAMPLE_RATE 48000
#define AEO_TICK_FRAMES 4800  // 100 ms: the engine's live step, and the grid of control changes
#define AEO_LEAD_FRAMES 19200 // 400 ms: what a live session is rendered ahead
#define AEO_ADDRESS_MAX 4096  // bytes of the longest address, with its final zero
#define AEO_CONTROLS_MAX 32   // more controls than there are
#define AEO_NOTES_MAX 96      // most notes of one phrase
// The last position: 2,900 years, and exact in a double (JSON readers have nothing better).
#define AEO_POSITION_MAX (INT64_C(1) << 52)

// The version of the sound: it changes when the same address would give other samples. Addresses
// carry it; one with another version still plays, as `same_bits` false says.
#define AEO_SOUND_VERSION 1

typedef struct aeo_engine aeo_engine;
typedef struct aeo_session aeo_session;
struct aeo_renderer; // engine/renderer.h: the table of a renderer that the program adds

// -------------------------------------------------------------------------------- controls, scenes

enum aeo_control_kind {
    AEO_CONTROL_UNIT, // a number min..max
    AEO_CONTROL_ENUM, // one of `values`; its number is the index
};

// When a change of a control takes effect.
enum aeo_boundary {
    AEO_BOUNDARY_NOW,    // at once, gliding over ramp_s
    AEO_BOUNDARY_CHORD,  // when the next chord begins
    AEO_BOUNDARY_PHRASE, // when the next phrase begins
};

typedef struct aeo_control_info {
    const char *name;  // "brightness"; what the command line, protocol and addresses use
    const char *label; // "Brightness", for a screen
    const char *help;  // one sentence
    enum aeo_control_kind kind;
    double min, max;
    const char *const *values; // ENUM: value_count names; else NULL
    uint32_t value_count;
    double fallback; // where a scene gives no default
    float ramp_s;    // seconds of the glide
    enum aeo_boundary boundary;
} aeo_control_info;

// The table of controls, the same for all engines. Any thread; static memory.
uint32_t aeo_control_count(void);
const aeo_control_info *aeo_control_at(uint32_t control); // NULL when out of range
int32_t aeo_control_find(const char *name);               // exact name; -1 when there is none

// Reads TEXT ("0.5", "dorian", "C#") as a value of CONTROL. AEO_ERR_VALUE with a fault that says
// what
// is accepted. Any thread.
enum aeo_status aeo_control_parse(uint32_t control, const char *text, double *value,
                                  aeo_fault *fault);

typedef struct aeo_scene_info {
    char name[48];       // "Harbour at First Light"
    char slug[48];       // "harbour-at-first-light"
    char character[160]; // a phrase for a card
    char key[4];         // "D"
    char mode[16];       // "lydian"
    double phrase_s;     // length of a phrase
    double lufs;         // integrated loudness it is made for
    uint64_t hash;       // of its content; addresses name scenes by it
    double defaults[AEO_CONTROLS_MAX]; // value of each control when the scene begins
} aeo_scene_info;

// The scenes of the engine: built-in ones first, then files. Any thread; valid until close.
uint32_t aeo_scene_count(const aeo_engine *engine);
const aeo_scene_info *aeo_scene_at(const aeo_engine *engine, uint32_t scene); // NULL: no such
// Index of the scene whose name or slug is NAME, letter case apart; -1 when there is none.
int32_t aeo_scene_find(const aeo_engine *engine, const char *name);

// --------------------------------------------------------------------------- what sessions tell

typedef struct aeo_note {
    char voice[24]; // name of the layer that plays it
    double midi;    // nominal pitch, 60 = middle C; -1 for unpitched ones
    int64_t at;     // onset
    uint32_t duration; // frames from the onset until it is let go
    float velocity;    // 0..1
    float pan;         // -1 left .. 1 right; 0 also for wide voices
} aeo_note;

typedef struct aeo_phrase {
    int64_t index;    // counts on through scene changes
    int64_t position; // frame of its beginning
    uint32_t length;  // frames
    char scene[48];   // name of the scene it belongs to
    char key[4], mode[16], chord[16];
    uint32_t note_count;
    aeo_note notes[AEO_NOTES_MAX]; // notes that begin in it, by onset
} aeo_phrase;

enum {
    AEO_SPAN_FIRST = 1, // the first span since aeo_session_start
    AEO_SPAN_LATE = 2,  // was ready later than its listener needed it
};

// A piece of rendered music.
typedef struct aeo_span {
    const float *interleaved; // 2 x frames samples; valid during the callback only
    int64_t position;         // of its first frame; spans of a session follow each other gaplessly
    uint32_t frames;
    uint32_t flags;           // AEO_SPAN_*
    const aeo_phrase *phrase; // the phrase that begins in this span, in the first span the phrase
                              // under way, else NULL; valid during the callback only
} aeo_span;

// The answer to aeo_session_set and aeo_session_scene.
typedef struct aeo_receipt {
    uint64_t id;            // the caller's
    enum aeo_status status; // AEO_OK, or why nothing was changed
    aeo_fault fault;        // when not AEO_OK
    char address[AEO_ADDRESS_MAX]; // with the change in it, at the position rendered so far
    int64_t heard_at;              // first frame that can sound different
    uint64_t flow;                 // the change's number in the trace that runs; 0: none
    uint32_t count;
    struct {
        uint32_t control;
        double value;
        int64_t from, until; // the glide; for chord and phrase controls the phrase from which it
                             // holds at the latest is `until`
    } controls[AEO_CONTROLS_MAX];
} aeo_receipt;

// -------------------------------------------------------------------------------------- engine

typedef struct aeo_options {
    uint32_t struct_size; // sizeof(aeo_options); set by aeo_options_default
    const char *renderer; // "auto", "cpu", "null", or the name of an added one; NULL = "auto"
    const char *isa;      // "auto", "avx512", "avx2", "sse", "neon", "plain"; NULL = "auto"
    uint32_t threads;     // that render, the calling or engine thread included; 0 = one per core
    uint32_t sessions_max;    // 1..65536; default 1
    uint32_t span_frames_max; // 64..1440000; default 19200. Offline, longer spans are faster
    uint32_t ring_frames;     // per session, for aeo_session_read; power of two or 0 (no rings)
    const char *const *scene_files; // JSON files beside the built-in scenes
    uint32_t scene_file_count;
    const struct aeo_renderer *const *renderers; // further renderers that "auto" asks first
    uint32_t renderer_count;
    void *user; // given to the callbacks
    // A span is ready. Worker thread; at most one at a time per session, in order. Encode here; do
    // not block and do not close or open sessions.
    void (*on_span)(void *user, aeo_session *session, void *session_user, const aeo_span *span);
    // A change was applied or refused. Engine thread, before the span with the change is rendered.
    void (*on_receipt)(void *user, aeo_session *session, void *session_user,
                       const aeo_receipt *receipt);
    // A batch has been rendered and all its on_span calls have returned. Engine thread.
    void (*on_tick)(void *user);
    const char *device;      // of a GPU renderer: "auto" or a number; NULL = "auto"
    double gpu_memory_share; // of the GPU's free memory that it may take, 0..1; 0 = its own choice
    uint64_t gpu_memory_bytes; // the same in bytes, instead of the share; 0 = not given
    // With an added renderer: live batches of fewer spans go to the CPU, whose bits are the same.
    uint32_t min_gpu_batch; // 0: measured when the engine opens (1 if it was asked for by name)
} aeo_options;

// Counters since open, only growing, and a few gauges; see aeo_engine_counters.
typedef struct aeo_counters {
    uint64_t ticks, batches, spans, frames;
    uint64_t ticks_late;     // ticks that began after the following one was due
    uint64_t spans_late;     // spans ready after their listener needed them
    uint64_t renderer_lost;  // times the renderer was lost and another took over
    uint64_t render_ns;      // time between submitting a batch and having it, summed
    uint64_t batches_added;  // of the batches: those that an added renderer (a GPU) rendered
    uint64_t sessions_moved; // times a session's effect state went from one renderer to the other
    uint64_t snapshots;      // effect states copied in case the added renderer is lost
    uint64_t notes;          // composed for sessions, those of look-backs among them
    uint64_t gpu_launches;   // of graphs and of single kernels
    uint64_t gpu_graph_hits, gpu_graph_misses; // parts of batches as a graph, and kernel by kernel
    // Not growing: as things are now.
    uint64_t notes_held; // places in the pool of notes that live sessions use, as of the last tick
    uint64_t notes_max;  // places there are
    uint64_t gpu_memory_bytes; // of the GPU, taken at open
    int32_t gpu_device;        // number of the GPU that renders; -1: none
    uint32_t sessions_open;
    uint32_t sessions_max;
} aeo_counters;

// Fills OPTIONS with the defaults and struct_size.
void aeo_options_default(aeo_options *options);

// Opens an engine: chooses the renderer, loads the scenes, takes all memory, starts the worker
// threads. OPTIONS NULL: the defaults. On failure *ENGINE is NULL and FAULT (may be NULL) says why.
// Any thread.
enum aeo_status aeo_engine_open(const aeo_options *options, aeo_engine **engine, aeo_fault *fault);

// Stops the engine thread and workers and frees everything; every session must be closed. NULL is
// allowed. The thread that opened it.
void aeo_engine_close(aeo_engine *engine);

// What renders and why, one line: "cpu (avx512, 2 threads)". Any thread; valid until close.
const char *aeo_engine_renderer_line(const aeo_engine *engine);

// Why a renderer was lost, one line; "" while none was. Any thread; valid until close.
const char *aeo_engine_lost_line(const aeo_engine *engine);

// Name of the renderer in use beside the CPU's: "cuda", "null", or "cpu" when there is none or it
// is lost (renderer_lost of the counters). Any thread; static memory.
const char *aeo_engine_renderer_name(const aeo_engine *engine);

// Starts the engine thread for live sessions. Once. The thread that opened it.
enum aeo_status aeo_engine_start(aeo_engine *engine);

// Reads the counters. Any thread.
void aeo_engine_counters(const aeo_engine *engine, aeo_counters *counters);

// The instruction set that "auto" takes on this processor, and whether NAME works on it. Any
// thread.
const char *aeo_isa_best(void);
bool aeo_isa_supported(const char *name);

// ------------------------------------------------------------------------------------- sessions

typedef struct aeo_setting {
    uint32_t control;
    double value;
} aeo_setting;

typedef struct aeo_session_options {
    uint32_t struct_size; // sizeof(aeo_session_options); set by aeo_session_options_default
    const char *address;  // if not NULL: instead of scene, seed and settings
    const char *scene;    // name or slug; NULL = the first scene
    uint64_t seed;
    int64_t position;    // >= 0; first frame to render; with an address only if position_given
    bool position_given; // POSITION replaces the position of the address
    const aeo_setting *settings; // controls from the very beginning on; the scene's for the others
    uint32_t setting_count;
    // true: take the whole look-back, bits exact from the first frame (files). false: at most 2 s
    // of look-back, sound at once, exact from aeo_session_info.exact_from on.
    bool exact;
    void *user; // given to the callbacks
} aeo_session_options;

void aeo_session_options_default(aeo_session_options *options);

// Takes a session from the pool. AEO_ERR_FULL when all are in use, AEO_ERR_SCENE, AEO_ERR_ADDRESS,
// AEO_ERR_VALUE with a fault. Renders nothing yet. Any thread.
enum aeo_status aeo_session_open(aeo_engine *engine, const aeo_session_options *options,
                                 aeo_session **session, aeo_fault *fault);

// Gives the session back. When it returns no callback runs for it and none will; waits at most for
// the batch under way. Any thread, but not inside a callback. NULL is allowed.
void aeo_session_close(aeo_session *session);

typedef struct aeo_session_info {
    char address[AEO_ADDRESS_MAX]; // at `position`
    uint64_t seed;
    int64_t position;   // the next frame to be rendered
    int64_t exact_from; // from here on the bits are those of the address
    bool same_bits;     // false: the address came from another sound version
    uint32_t scene;     // index of the scene chosen last
    double values[AEO_CONTROLS_MAX]; // target of each control
} aeo_session_info;

// The session's state; of a live one as of its last span. Any thread.
void aeo_session_describe(aeo_session *session, aeo_session_info *info);

// --- offline: one thread at a time uses the session

// Changes controls at FRAME (>= the position; rounded up to a tick), all or nothing. RECEIPT may be
// NULL. AEO_ERR_VALUE, AEO_ERR_FULL (the log is full), AEO_ERR_STATE (the session is live).
enum aeo_status aeo_session_set_at(aeo_session *session, int64_t frame,
                                   const aeo_setting *settings, uint32_t count,
                                   aeo_receipt *receipt, aeo_fault *fault);

// Changes to SCENE (name or slug) at FRAME; its first phrase begins when the phrase under way at
// FRAME ends, all controls glide to its defaults.
enum aeo_status aeo_session_scene_at(aeo_session *session, int64_t frame, const char *scene,
                                     aeo_receipt *receipt, aeo_fault *fault);

// Renders the next FRAMES frames into INTERLEAVED (2 x frames floats). The first call of an exact
// session first renders its look-back. AEO_ERR_LOST when the renderer and its fallback failed.
enum aeo_status aeo_session_render(aeo_session *session, float *interleaved, uint32_t frames);

// The same for COUNT different sessions of one engine together, FRAMES of each, SESSIONS[i] into
// INTERLEAVED[i]: their spans go to the renderer side by side, which is what a GPU and many cores
// are quick at; the samples are those that one after the other would get. All sessions are the
// caller's meanwhile. AEO_ERR_ARGUMENT when one is missing, listed twice or of another engine, and
// as above; then nothing has been rendered, except after AEO_ERR_LOST.
enum aeo_status aeo_sessions_render(aeo_session *const *sessions, uint32_t count,
                                    float *const *interleaved, uint32_t frames);

// The phrase under way at the position.
enum aeo_status aeo_session_phrase(aeo_session *session, aeo_phrase *phrase);

// --- live: the engine's thread renders

// Begins rendering: AEO_LEAD_FRAMES at once in one span, from then on what is wanted. Any thread,
// once; after aeo_engine_start.
enum aeo_status aeo_session_start(aeo_session *session);

// Render up to frame UNTIL (a whole number of ticks at a time). For consumers of on_span, which
// move
// it on as their listener hears; not moving it on is the pause. Any thread; wait-free.
void aeo_session_want(aeo_session *session, int64_t until);

// Takes up to FRAMES frames from the session's ring; returns how many, 0 when none is there. Asks
// for the next ones by itself (position read + AEO_LEAD_FRAMES). One reading thread, an audio
// callback for example: wait-free.
uint32_t aeo_session_read(aeo_session *session, float *interleaved, uint32_t frames);

// Ask for a change, all or nothing, at the next tick boundary not yet rendered. on_receipt answers
// with ID. AEO_ERR_FULL when 16 are already waiting; AEO_ERR_ARGUMENT when COUNT is 0 or above
// AEO_CONTROLS_MAX. Values are judged by the engine thread. Any one thread at a time; wait-free.
enum aeo_status aeo_session_set(aeo_session *session, uint64_t id, const aeo_setting *settings,
                                uint32_t count);
enum aeo_status aeo_session_scene(aeo_session *session, uint64_t id, const char *scene);

// ------------------------------------------------------------------------- moving sessions about

// Bytes aeo_session_save may need. Any thread.
size_t aeo_session_save_bytes(const aeo_engine *engine);

// Writes address and effect state of an offline session into BUFFER; *SIZE becomes the bytes used.
// With them aeo_session_restore goes on at once, exactly, without look-back. AEO_ERR_ARGUMENT when
// CAP is too small.
enum aeo_status aeo_session_save(aeo_session *session, void *buffer, size_t cap, size_t *size);

// Opens an offline session from saved bytes. AEO_ERR_FORMAT when they are damaged or from another
// version, AEO_ERR_SCENE when their scene is not loaded. USER is given to the callbacks. Any
// thread.
enum aeo_status aeo_session_restore(aeo_engine *engine, const void *bytes, size_t size, void *user,
                                    aeo_session **session, aeo_fault *fault);

// Writes the address that is ADDRESS at POSITION (>= 0) into OUT. Needs no engine: the scene is not
// looked up. AEO_ERR_ADDRESS, or AEO_ERR_ARGUMENT when CAP is too small. Any thread.
enum aeo_status aeo_address_at(const char *address, int64_t position, char *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
