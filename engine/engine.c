// Opening and closing the engine: options, scenes, memory, threads; renderers.c opens those.
//
// Everything is taken here and nothing later: the scenes first (they decide nothing about memory,
// but a mistake in a file should be told before a renderer is started), then the worker pool, the
// renderers (the processor's always), and one arena for the sessions. aeo_engine_close takes back
// whatever is there, so that a failed open ends in it.
#include "engine/engine.h" // struct aeo_engine

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/fault.h"     // fault_set
#include "engine/lanes_cpu.h" // state_bytes
#include "engine/scales.h"    // mode_name, pitch_name
#include "profiling/range.h"  // range_open

#define LATE_MAX_NS INT64_C(10000000000) // of one batch: after that the renderer is as good as lost

void aeo_options_default(aeo_options *options) {
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    options->renderer = "auto";
    options->isa = "auto";
    options->sessions_max = 1;
    options->span_frames_max = AEO_LEAD_FRAMES;
}

static enum aeo_status options_check(const aeo_options *o, aeo_fault *fault) {
    if (!o || o->struct_size != sizeof *o) {
        return fault_set(fault, AEO_ERR_ARGUMENT, "options",
                         "options must come from aeo_options_default");
    }
    if (o->sessions_max < 1 || o->sessions_max > ENGINE_SESSIONS_MAX)
        return fault_set(fault, AEO_ERR_VALUE, "sessions_max", "sessions_max must be 1 to %u",
                         ENGINE_SESSIONS_MAX);
    if (o->span_frames_max < CELL_FRAMES || o->span_frames_max > PLAN_SPAN_FRAMES_MAX)
        return fault_set(fault, AEO_ERR_VALUE, "span_frames_max",
                         "span_frames_max must be %u to %u", CELL_FRAMES, PLAN_SPAN_FRAMES_MAX);
    if (!(o->gpu_memory_share >= 0.0 && o->gpu_memory_share <= 1.0))
        return fault_set(fault, AEO_ERR_VALUE, "gpu_memory_share",
                         "gpu_memory_share must be 0 (the renderer's own choice) to 1");
    if (o->threads > POOL_THREADS_MAX)
        return fault_set(fault, AEO_ERR_VALUE, "threads", "threads must be 0 (all cores) to %u",
                         POOL_THREADS_MAX);
    uint32_t ring = o->ring_frames;
    if (ring && (ring < ENGINE_RING_FRAMES_MIN || ring > (1u << 24) || (ring & (ring - 1))))
        return fault_set(fault, AEO_ERR_VALUE, "ring_frames",
                         "ring_frames must be 0 or a power of two from %u up",
                         ENGINE_RING_FRAMES_MIN);
    return AEO_OK;
}

// -------------------------------------------------------------------------------------- scenes

static void scene_info_fill(const struct scene *scene, aeo_scene_info *info) {
    enum mode mode = (enum mode)scene->mode;
    snprintf(info->name, sizeof info->name, "%s", scene->name);
    snprintf(info->slug, sizeof info->slug, "%s", scene->slug);
    snprintf(info->character, sizeof info->character, "%s", scene->character);
    snprintf(info->key, sizeof info->key, "%s", pitch_name((int)scene->key, (int)scene->key, mode));
    snprintf(info->mode, sizeof info->mode, "%s", mode_name(mode));
    info->phrase_s = (double)scene->phrase_frames / AEO_SAMPLE_RATE;
    info->lufs = (double)scene->lufs;
    info->hash = scene->hash;
    for (uint32_t c = 0; c < CONTROL_COUNT; c++)
        info->defaults[c] = (double)scene->defaults[c];
}

static enum aeo_status scenes_load(aeo_engine *engine, const aeo_options *options,
                                   aeo_fault *fault) {
    uint32_t builtin = scene_builtin_count(), count = builtin + options->scene_file_count;
    if (count > ENGINE_SCENES_MAX) {
        return fault_set(fault, AEO_ERR_VALUE, "scene_files", "at most %u scene files",
                         ENGINE_SCENES_MAX - builtin);
    }
    engine->scenes = calloc(count, sizeof *engine->scenes);
    engine->scene_infos = calloc(count, sizeof *engine->scene_infos);
    if (!engine->scenes || !engine->scene_infos)
        return fault_set(fault, AEO_ERR_MEMORY, "scenes", "no memory");
    for (uint32_t i = 0; i < count; i++) {
        struct scene *scene = &engine->scenes[i];
        enum aeo_status status = i < builtin
                                     ? scene_builtin(scene, i, fault)
                                     : scene_load(scene, options->scene_files[i - builtin], fault);
        if (status) return status;
        scene_info_fill(scene, &engine->scene_infos[i]);
        if (aeo_scene_find(engine, scene->name) >= 0 || aeo_scene_find(engine, scene->slug) >= 0) {
            return fault_set(fault, AEO_ERR_SCENE, "scene_files",
                             "%s: there is already a scene \"%.60s\"",
                             i < builtin ? "built in" : options->scene_files[i - builtin],
                             scene->name);
        }
        engine->scene_count++;
    }
    return AEO_OK;
}

uint32_t aeo_scene_count(const aeo_engine *engine) {
    return engine->scene_count;
}

const aeo_scene_info *aeo_scene_at(const aeo_engine *engine, uint32_t scene) {
    return scene < engine->scene_count ? &engine->scene_infos[scene] : NULL;
}

int32_t aeo_scene_find(const aeo_engine *engine, const char *name) {
    for (uint32_t i = 0; name && i < engine->scene_count; i++) {
        const aeo_scene_info *info = &engine->scene_infos[i];
        if (!strcasecmp(info->name, name) || !strcasecmp(info->slug, name)) return (int32_t)i;
    }
    return -1;
}

uint32_t engine_scene_index(const aeo_engine *engine, const struct scene *scene) {
    return (uint32_t)(scene - engine->scenes);
}

// -------------------------------------------------------------------------------------- memory

// Runs twice (see arena.h): while measuring, the pieces are NULL and only their sizes count.
static void memory_layout(aeo_engine *engine) {
    struct arena *arena = &engine->arena;
    uint32_t sessions = engine->limits.sessions_max;
    engine->sessions = arena_take(arena, sessions, sizeof *engine->sessions);
    engine->notes =
        arena_take(arena, (size_t)sessions * PLAN_SESSION_NOTES, sizeof *engine->notes);
    engine->live_out = arena_take(arena, (size_t)sessions * AEO_LEAD_FRAMES * 2, sizeof(float));
    for (uint32_t i = 0; i < engine_batches_max(engine, HOME_ADDED); i++)
        engine->batches[i].spans = arena_take(arena, sessions, sizeof(struct span));
    engine->requests = arena_take(arena, sessions, sizeof *engine->requests);
    engine->fresh.cap = sessions * PLAN_SESSION_NOTES;
    engine->fresh.numbers = arena_take(arena, engine->fresh.cap, sizeof *engine->fresh.numbers);
    engine->keeps = arena_take(arena, engine->limits.snapshots_max, sizeof *engine->keeps);
    engine->staging = arena_take(arena, 1, lanes_cpu_find("auto")->state_bytes);
    for (uint32_t i = 0; i < sessions; i++) {
        void *ring = NULL;
        if (engine->options.ring_frames)
            ring = arena_take(arena, engine->options.ring_frames, 2 * sizeof(float));
        if (engine->sessions) engine->sessions[i].ring.samples = ring;
    }
}

static enum aeo_status memory_open(aeo_engine *engine, aeo_fault *fault) {
    arena_measure(&engine->arena);
    memory_layout(engine);
    if (!arena_open(&engine->arena)) {
        return fault_set(fault, AEO_ERR_MEMORY, "sessions_max",
                         "no memory for %u sessions (%zu MB)", engine->limits.sessions_max,
                         engine->arena.size >> 20);
    }
    memory_layout(engine);
    arena_seal(&engine->arena);
    for (uint32_t i = 0; i < ENGINE_BATCHES_MAX; i++) {
        engine->batches[i].notes = engine->notes;
        engine->batches[i].fresh = engine->fresh.numbers;
    }
    for (uint32_t i = 0; i < engine->limits.sessions_max; i++) {
        aeo_session *session = &engine->sessions[i];
        session->engine = engine;
        session->slot = i;
        session->ring.frames = engine->options.ring_frames;
        sem_init(&session->closed, 0, 0);
        pthread_mutex_init(&session->view.mutex, NULL);
    }
    return AEO_OK;
}

// ------------------------------------------------------------------------------- open and close

static uint32_t cores_count(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores < 1) return 1;
    return cores > POOL_THREADS_MAX ? POOL_THREADS_MAX : (uint32_t)cores;
}

static enum aeo_status engine_build(aeo_engine *engine, const aeo_options *options,
                                    aeo_fault *fault) {
    enum aeo_status status = scenes_load(engine, options, fault);
    if (status) return status;
    status = pool_open(&engine->pool, options->threads ? options->threads : cores_count());
    if (status) return fault_set(fault, status, "threads", "the system gives no more threads");
    engine->limits = (struct renderer_limits){
        .sessions_max = options->sessions_max,
        .span_frames_max = options->span_frames_max,
        .isa = options->isa,
        .device = options->device,
        .memory_share = options->gpu_memory_share,
        .memory_bytes = options->gpu_memory_bytes,
        .pool = engine->pool,
        .span_done = batcher_span_done,
        .user = engine,
    };
    engine->late_max_ns = LATE_MAX_NS;
    status = engine_renderers_open(engine, options, fault);
    if (status) return status;
    engine->limits.isa = engine->limits.device = NULL; // the caller's strings
    status = memory_open(engine, fault);
    if (status == AEO_OK) engine_choice_open(engine, options);
    return status;
}

enum aeo_status aeo_engine_open(const aeo_options *options, aeo_engine **out, aeo_fault *fault) {
    if (!out) return fault_set(fault, AEO_ERR_ARGUMENT, "engine", "nowhere to put the engine");
    *out = NULL;
    aeo_options defaults;
    aeo_options_default(&defaults);
    if (!options) options = &defaults;
    enum aeo_status status = options_check(options, fault);
    if (status) return status;
    aeo_engine *engine = calloc(1, sizeof *engine);
    if (!engine) return fault_set(fault, AEO_ERR_MEMORY, "", "no memory");
    engine->options = *options;
    range_open();
    pthread_mutex_init(&engine->render_mutex, NULL);
    sem_init(&engine->wake, 0, 0);
    status = engine_build(engine, options, fault);
    if (status) {
        aeo_engine_close(engine);
        return status;
    }
    *out = engine;
    return AEO_OK;
}

void aeo_engine_close(aeo_engine *engine) {
    if (!engine) return;
    if (atomic_load(&engine->started)) {
        atomic_store(&engine->stopping, true);
        sem_post(&engine->wake);
        pthread_join(engine->thread, NULL);
    }
    for (int home = HOMES - 1; home >= 0; home--) {
        const struct renderer_slot *slot = &engine->renderers[home];
        if (slot->table) slot->table->close(slot->self);
    }
    pool_close(engine->pool);
    for (uint32_t i = 0; engine->arena.sealed && i < engine->limits.sessions_max; i++) {
        sem_destroy(&engine->sessions[i].closed);
        pthread_mutex_destroy(&engine->sessions[i].view.mutex);
    }
    arena_close(&engine->arena);
    free(engine->scenes);
    free(engine->scene_infos);
    sem_destroy(&engine->wake);
    pthread_mutex_destroy(&engine->render_mutex);
    free(engine);
}

enum aeo_status aeo_engine_start(aeo_engine *engine) {
    if (!engine) return AEO_ERR_ARGUMENT;
    if (atomic_load(&engine->started)) return AEO_ERR_STATE;
    // Before the thread is there, so that no offline caller starts beside it.
    pthread_mutex_lock(&engine->render_mutex);
    bool ok = pthread_create(&engine->thread, NULL, engine_thread_main, engine) == 0;
    if (ok) {
        pthread_setname_np(engine->thread, "aeo-engine");
        atomic_store(&engine->started, true);
    }
    pthread_mutex_unlock(&engine->render_mutex);
    return ok ? AEO_OK : AEO_ERR_MEMORY;
}

void aeo_engine_counters(const aeo_engine *engine, aeo_counters *out) {
    memset(out, 0, sizeof *out);
    out->ticks = atomic_load(&engine->counters.ticks);
    out->batches = atomic_load(&engine->counters.batches);
    out->spans = atomic_load(&engine->counters.spans);
    out->frames = atomic_load(&engine->counters.frames);
    out->ticks_late = atomic_load(&engine->counters.ticks_late);
    out->spans_late = atomic_load(&engine->counters.spans_late);
    out->renderer_lost = atomic_load(&engine->counters.renderer_lost);
    out->render_ns = atomic_load(&engine->counters.render_ns);
    out->batches_added = atomic_load(&engine->counters.batches_added);
    out->sessions_moved = atomic_load(&engine->counters.sessions_moved);
    out->snapshots = atomic_load(&engine->counters.snapshots);
    out->notes = atomic_load(&engine->counters.notes);
    out->notes_held = atomic_load(&engine->counters.notes_held);
    out->notes_max = (uint64_t)engine->limits.sessions_max * PLAN_SESSION_NOTES;
    const struct renderer_figures *figures = &engine->granted.figures;
    out->gpu_launches = renderer_figure_get(&figures->launches);
    out->gpu_graph_hits = renderer_figure_get(&figures->graph_hits);
    out->gpu_graph_misses = renderer_figure_get(&figures->graph_misses);
    out->gpu_memory_bytes = renderer_figure_get(&figures->memory_bytes);
    bool on_device = out->renderer_lost == 0 && renderer_figure_get(&figures->on_device) > 0;
    out->gpu_device = on_device ? (int32_t)renderer_figure_get(&figures->on_device) - 1 : -1;
    out->sessions_open = atomic_load(&engine->sessions_open);
    out->sessions_max = engine->limits.sessions_max;
}
