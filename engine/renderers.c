// Which renderers an engine has: the one asked for, and always the processor's beside it; what each
// may be given, and the line that tells people. While the engine opens; the questions: any thread.
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/engine.h" // struct aeo_engine
#include "engine/fault.h"  // fault_set

#define LONG_SPANS 16 // of the longest kind in one batch, at most
#define SNAPSHOTS_BESIDE 16
#define SNAPSHOTS_MOST 256 // of one batch: half a gigabyte, and some ten milliseconds on a link

static bool renderer_is(const aeo_options *options, const char *name) {
    return !strcasecmp(options->renderer ? options->renderer : "auto", name);
}

static enum aeo_status renderer_open(aeo_engine *engine, const struct aeo_renderer *table,
                                     struct renderer_slot *slot, aeo_fault *fault) {
    if (table->version != RENDERER_VERSION) {
        return fault_set(fault, AEO_ERR_RENDERER, "renderer",
                         "the renderer %s was built for another version of the engine",
                         table->name);
    }
    uint64_t frames = (uint64_t)engine->limits.sessions_max * AEO_TICK_FRAMES +
                      (uint64_t)engine_starts_max(engine, table) * AEO_LEAD_FRAMES;
    // Offline, long spans of several sessions go together (aeo_sessions_render).
    uint32_t together = engine->limits.sessions_max;
    if (together > LONG_SPANS) together = LONG_SPANS;
    uint64_t longest = (uint64_t)together * engine->limits.span_frames_max;
    if (frames < longest) frames = longest;
    struct renderer_limits limits = engine->limits;
    limits.batch_frames_max = slot->batch_frames_max = (uint32_t)frames;
    // A tenth of the sessions in every tick, and some that are behind.
    uint32_t snapshots = limits.sessions_max / 10 + SNAPSHOTS_BESIDE;
    if (snapshots > limits.sessions_max) snapshots = limits.sessions_max;
    limits.snapshots_max = snapshots < SNAPSHOTS_MOST ? snapshots : SNAPSHOTS_MOST;
    struct renderer_granted *granted = NULL;
    if (slot == &engine->renderers[HOME_ADDED]) {
        granted = &engine->granted;
        *granted = (struct renderer_granted){.sessions = limits.sessions_max};
    }
    limits.granted = granted;
    enum aeo_status status = table->open(&limits, &slot->self, fault);
    if (status) return status;
    slot->table = table;
    assert(table->batches_max < 2 || !table->reports_spans);
    if (granted) engine->limits.snapshots_max = table->kept ? granted->snapshots : 0;
    // What the added one cannot hold is refused, since a batch goes to one renderer.
    if (granted && granted->sessions < engine->limits.sessions_max)
        engine->limits.sessions_max = granted->sessions;
    return AEO_OK;
}

// Asks the added renderers in turn and writes into WHY what they said.
static void renderer_auto(aeo_engine *engine, const aeo_options *options, char *why, size_t cap) {
    why[0] = 0;
    struct renderer_slot *added = &engine->renderers[HOME_ADDED];
    for (uint32_t i = 0; i < options->renderer_count && !added->table; i++) {
        const struct aeo_renderer *table = options->renderers[i];
        char line[128] = "";
        aeo_fault fault = {AEO_OK, "", ""};
        if (table->probe(&engine->limits, line, sizeof line) == AEO_OK &&
            renderer_open(engine, table, added, &fault) == AEO_OK) {
            snprintf(why, cap, "%s (%s)", table->name, line);
            return;
        }
        snprintf(why, cap, "%s", fault.status ? fault.message : line);
    }
}

static enum aeo_status renderer_named(aeo_engine *engine, const aeo_options *options,
                                      aeo_fault *fault) {
    const struct aeo_renderer *table = NULL;
    if (renderer_is(options, "null")) table = &renderer_null;
    for (uint32_t i = 0; i < options->renderer_count && !table; i++) {
        if (renderer_is(options, options->renderers[i]->name)) table = options->renderers[i];
    }
    if (!table) {
        return fault_set(fault, AEO_ERR_RENDERER, "renderer",
                         "there is no renderer \"%.30s\" in this build", options->renderer);
    }
    char line[128] = "";
    if (table->probe(&engine->limits, line, sizeof line))
        return fault_set(fault, AEO_ERR_RENDERER, "renderer", "%s: %s", table->name, line);
    enum aeo_status status = renderer_open(engine, table, &engine->renderers[HOME_ADDED], fault);
    snprintf(engine->renderer_line, sizeof engine->renderer_line, "%s (%s)", table->name, line);
    return status;
}

static void cpu_line(aeo_engine *engine, const aeo_options *options, const char *why) {
    char isa[64];
    uint32_t threads = pool_threads(engine->pool);
    struct renderer_limits limits = engine->limits;
    limits.isa = options->isa;
    renderer_cpu.probe(&limits, isa, sizeof isa);
    snprintf(engine->renderer_line, sizeof engine->renderer_line, "cpu (%s, %u thread%s)%s%s", isa,
             threads, threads == 1 ? "" : "s", why[0] ? ": " : "", why);
}

enum aeo_status engine_renderers_open(aeo_engine *engine, const aeo_options *options,
                                      aeo_fault *fault) {
    char why[sizeof engine->renderer_line] = "";
    enum aeo_status status = AEO_OK;
    if (!renderer_is(options, "auto") && !renderer_is(options, "cpu")) {
        status = renderer_named(engine, options, fault);
    } else {
        if (renderer_is(options, "auto")) renderer_auto(engine, options, why, sizeof why);
        snprintf(engine->renderer_line, sizeof engine->renderer_line, "%s", why);
    }
    if (status) return status;
    status = renderer_open(engine, &renderer_cpu, &engine->renderers[HOME_CPU], fault);
    if (status == AEO_OK && !engine->renderers[HOME_ADDED].table) cpu_line(engine, options, why);
    return status;
}

// One asked for by name gets all spans, unless told otherwise; one that "auto" has found, those
// that it is faster at. It must survive being measured.
void engine_choice_open(aeo_engine *engine, const aeo_options *options) {
    struct renderer_slot *added = &engine->renderers[HOME_ADDED];
    uint32_t spans_min = options->min_gpu_batch;
    if (added->table && spans_min == 0 && renderer_is(options, "auto")) {
        spans_min = choice_measure(engine);
        if (spans_min == 0) {
            char why[96];
            const char *note = engine->granted.note;
            snprintf(why, sizeof why, "%s was tried: %.70s", added->table->name,
                     note[0] ? note : "it was lost");
            added->table->close(added->self);
            engine->granted = (struct renderer_granted){0};
            *added = (struct renderer_slot){0};
            cpu_line(engine, options, why);
        }
    }
    choice_init(&engine->choice, spans_min);
    if (added->table && engine->granted.note[0]) {
        size_t used = strlen(engine->renderer_line);
        snprintf(engine->renderer_line + used, sizeof engine->renderer_line - used, "; %s",
                 engine->granted.note);
        engine->granted.note[0] = 0; // from here on it says why the renderer was lost
    }
    if (!added->table || engine->choice.spans_min == 1) return;
    size_t size = strlen(engine->renderer_line);
    snprintf(engine->renderer_line + size, sizeof engine->renderer_line - size,
             "; batches below %u spans go to the cpu", engine->choice.spans_min);
}

const char *aeo_engine_renderer_name(const aeo_engine *engine) {
    const struct aeo_renderer *added = engine->renderers[HOME_ADDED].table;
    return added && atomic_load(&engine->counters.renderer_lost) == 0 ? added->name : "cpu";
}

const char *aeo_engine_lost_line(const aeo_engine *engine) {
    bool lost = atomic_load_explicit(&engine->counters.renderer_lost, memory_order_acquire) > 0;
    const char *note = engine->granted.note;
    return !lost ? "" : note[0] ? note : "it gave no reason";
}

const char *aeo_engine_renderer_line(const aeo_engine *engine) {
    return engine->renderer_line;
}
