// Goal: however many threads plan, a batch is the same: the same spans in the same order with the
// same notes in them, and each note that a renderer has not seen is in its list of new ones. A
// renderer that makes no sound writes down what it is given. Planted defects must be found: a note
// left out of the list, and a span of other music.
#include "engine/renderer.h"
#include "tests/engine/support.h"

#define SESSIONS 24
#define SPAN_FRAMES (4 * SECOND)
#define CALLS 6
#define HASHES_MAX 4096
#define NOTES (SESSIONS * PLAN_SESSION_NOTES)

// What the renderer saw.
struct seen {
    uint32_t count;
    uint64_t hashes[HASHES_MAX]; // of the spans, in order
    uint32_t batches, fullest;   // in spans
    uint32_t unknown, twice;     // notes not in the list before they sounded; twice in one list
};

static struct seen *seen;
static bool plant_unlisted; // the first new note of each batch is overlooked
static struct {
    int64_t onset;
    uint32_t id[2];
    uint32_t batch; // whose list had it last, from 1
} known[NOTES];

struct renderer {
    int unused;
};
static struct renderer recorder;

// ---------------------------------------------------------------------------------- the recorder

static uint64_t hash_add(uint64_t hash, uint64_t value) {
    return (hash ^ value) * UINT64_C(0x100000001b3) ^ hash >> 29;
}

static bool note_known(uint32_t number, const struct voice_note *note) {
    return known[number].batch > 0 && known[number].onset == note->onset &&
           known[number].id[0] == note->id[0] && known[number].id[1] == note->id[1];
}

static void notes_learn(const struct batch *batch) {
    assert_int_not_equal(batch->fresh_count, UINT32_MAX);
    for (uint32_t i = plant_unlisted; i < batch->fresh_count; i++) {
        uint32_t number = batch->fresh[i];
        assert_true(number < NOTES);
        const struct voice_note *note = &batch->notes[number];
        // A place may be used twice before a batch: then it is listed twice, too.
        if (known[number].batch == seen->batches && note_known(number, note)) seen->twice++;
        known[number].onset = note->onset;
        known[number].id[0] = note->id[0];
        known[number].id[1] = note->id[1];
        known[number].batch = seen->batches;
    }
}

static uint64_t span_hash(const struct batch *batch, const struct span *span) {
    uint64_t hash = hash_add(UINT64_C(0xcbf29ce484222325), span->slot);
    hash = hash_add(hash, (uint64_t)span->from);
    hash = hash_add(hash, span->frames);
    hash = hash_add(hash, (uint64_t)span->effects.epoch_first);
    for (uint32_t i = 0; i < span->bus_count; i++)
        hash = hash_add(hash, span->buses[i].level);
    for (uint32_t i = 0; i < span->note_count; i++) {
        const struct voice_note *note = &batch->notes[span->notes[i].note];
        seen->unknown += !note_known(span->notes[i].note, note);
        hash = hash_add(hash, span->notes[i].bus);
        hash = hash_add(hash, (uint64_t)note->onset);
        hash = hash_add(hash, (uint64_t)note->end);
        hash = hash_add(hash, (uint64_t)note->id[0] << 32 | note->id[1]);
    }
    return hash;
}

static enum aeo_status recorder_submit(struct renderer *self, const struct batch *batch) {
    (void)self;
    seen->batches++;
    if (batch->span_count > seen->fullest) seen->fullest = batch->span_count;
    notes_learn(batch);
    for (uint32_t i = 0; i < batch->span_count; i++) {
        assert_true(seen->count < HASHES_MAX);
        seen->hashes[seen->count++] = span_hash(batch, &batch->spans[i]);
        if (batch->spans[i].out)
            memset(batch->spans[i].out, 0, batch->spans[i].frames * 2 * sizeof(float));
    }
    return AEO_OK;
}

static enum aeo_status recorder_probe(const struct renderer_limits *limits, char *line,
                                      uint32_t cap) {
    (void)limits;
    snprintf(line, cap, "silence");
    return AEO_OK;
}

static enum aeo_status recorder_open(const struct renderer_limits *limits, struct renderer **self,
                                     aeo_fault *fault) {
    (void)limits, (void)fault;
    *self = &recorder;
    return AEO_OK;
}

static enum renderer_state recorder_collect(struct renderer *self, uint64_t wait_ns) {
    (void)self, (void)wait_ns;
    return RENDERER_READY;
}

static enum aeo_status recorder_reset(struct renderer *self, uint32_t slot) {
    (void)self, (void)slot;
    return AEO_OK;
}

static enum aeo_status recorder_save(struct renderer *self, uint32_t slot, void *bytes) {
    (void)self, (void)slot, (void)bytes;
    return AEO_OK;
}

static enum aeo_status recorder_load(struct renderer *self, uint32_t slot, const void *bytes) {
    (void)self, (void)slot, (void)bytes;
    return AEO_OK;
}

static void recorder_close(struct renderer *self) {
    (void)self;
}

static const struct aeo_renderer renderer_recorder = {
    .version = RENDERER_VERSION,
    .name = "recorder",
    .probe = recorder_probe,
    .open = recorder_open,
    .submit = recorder_submit,
    .collect = recorder_collect,
    .session_reset = recorder_reset,
    .session_save = recorder_save,
    .session_load = recorder_load,
    .close = recorder_close,
};

// ------------------------------------------------------------------------------------- the tests

// Both scenes, each session elsewhere in its music; calls of a phrase and of a tick.
static struct seen *record(uint32_t threads, uint64_t first_seed) {
    seen = calloc(1, sizeof *seen);
    assert_non_null(seen);
    memset(known, 0, sizeof known);
    aeo_engine *engine = engine_get(&(struct setup){.renderer = "recorder",
                                                    .added = &renderer_recorder,
                                                    .threads = threads,
                                                    .sessions = SESSIONS,
                                                    .span_frames = SPAN_FRAMES,
                                                    .min_batch = 1});
    aeo_session *sessions[SESSIONS];
    float *out[SESSIONS];
    for (uint32_t i = 0; i < SESSIONS; i++) {
        sessions[i] = session_get(engine, i % 2 ? HARBOUR : UNDERTOW, first_seed + i,
                                  (int64_t)i * 7 * SECOND);
        out[i] = calloc(2 * (size_t)SPAN_FRAMES, sizeof(float));
        assert_non_null(out[i]);
    }
    for (uint32_t call = 0; call < CALLS; call++) {
        uint32_t frames = call % 2 ? AEO_TICK_FRAMES : SPAN_FRAMES;
        assert_int_equal(aeo_sessions_render(sessions, SESSIONS, out, frames), AEO_OK);
    }
    for (uint32_t i = 0; i < SESSIONS; i++) {
        aeo_session_close(sessions[i]);
        free(out[i]);
    }
    aeo_engine_close(engine);
    return seen;
}

static void test_threads_plan_alike(void **state) {
    (void)state;
    struct seen *alone = record(1, 1);
    assert_true(alone->count > SESSIONS * CALLS);
    assert_int_equal(alone->fullest, SESSIONS);
    static const uint32_t threads[] = {2, 3, 7};
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        struct seen *together = record(threads[t], 1);
        assert_int_equal(together->batches, alone->batches);
        assert_int_equal(together->count, alone->count);
        for (uint32_t i = 0; i < alone->count; i++) {
            if (together->hashes[i] != alone->hashes[i])
                fail_msg("span %u is another one when %u threads plan", i, threads[t]);
        }
        assert_int_equal(together->unknown, 0);
        assert_int_equal(together->twice, 0);
        free(together);
    }
    assert_int_equal(alone->unknown, 0);
    free(alone);
}

static void test_defects_are_found(void **state) {
    (void)state;
    plant_unlisted = true;
    struct seen *overlooked = record(2, 1);
    plant_unlisted = false;
    assert_true(overlooked->unknown > 0);
    struct seen *other = record(2, 2);
    assert_true(other->count == overlooked->count);
    assert_memory_not_equal(other->hashes, overlooked->hashes,
                            other->count * sizeof *other->hashes);
    free(overlooked);
    free(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_plan_alike),
        cmocka_unit_test(test_defects_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
