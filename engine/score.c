// The score: look-back, note cache and planning of spans. See the header.
#include "engine/score.h" // struct score

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/glide.h"    // glide_fill, glide_reverb, glide_delay
#include "engine/timeline.h" // timeline_at_phrase, timeline_at_frame

static struct music music_of(const struct score *score) {
    struct music music;
    memset(&music, 0, sizeof music);
    music.log = &score->log;
    music.seed = score->seed;
    return music;
}

static void design_of(const struct score *score, int64_t epoch, struct reverb_design *design,
                      struct delay_design *delay) {
    struct timeline_part part = timeline_at_frame(&score->log, epoch * EPOCH_FRAMES);
    glide_reverb(&score->log, part.scene, epoch, design);
    glide_delay(part.scene, delay);
}

// ----------------------------------------------------------------------------------- look-back

static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }

// First frame at which the tanks of EPOCH, reverb and echo, are silent for good.
static int64_t tank_end(const struct score *score, int64_t epoch) {
    struct reverb_design design;
    struct delay_design delay;
    design_of(score, epoch, &design, &delay);
    int64_t tail = max64(design.tail_frames, delay.on ? delay.tail_frames : 0);
    return (epoch + 1) * EPOCH_FRAMES + REVERB_RAMP_FRAMES + tail;
}

// Two tanks sound at a time: that of this epoch, and that of the one before until its tail is over.
int64_t score_lookback(const struct score *score, int64_t position) {
    int64_t epoch = effects_epoch(position - EFFECTS_PRIME_FRAMES);
    int64_t oldest = position - EFFECTS_PRIME_FRAMES < tank_end(score, epoch - 1) ? epoch - 1
                                                                                  : epoch;
    int64_t from = oldest * EPOCH_FRAMES - EFFECTS_PRIME_FRAMES;
    return max64(min64(from, position - EFFECTS_PRIME_FRAMES), SCORE_FIRST_FRAME);
}

// Where the bits are exact when the effects start empty at FROM, too late for `position`: the tank
// of an epoch whose beginning was missed is wrong until it is silent.
static int64_t exact_after(const struct score *score, int64_t from) {
    int64_t missed = effects_epoch(from + EFFECTS_PRIME_FRAMES);
    if (from + EFFECTS_PRIME_FRAMES == missed * EPOCH_FRAMES) missed--;
    return tank_end(score, missed) + EFFECTS_PRIME_FRAMES;
}

void score_init(struct score *score, const struct address *address, bool exact,
                struct voice_note *pool, uint32_t pool_first) {
    score->log = address->log;
    score->seed = address->seed;
    score->sound_version = address->sound_version;
    score->position = address->position;
    score->pool = pool;
    score->pool_first = pool_first;
    score->notes_dropped = 0;
    control_log_collapse(&score->log, score->position);
    int64_t full = score_lookback(score, score->position), from = full;
    if (!exact) from = max64(full, score->position - SCORE_LIVE_LOOKBACK_FRAMES);
    score_seek(score, from);
    score->exact_from = score->position;
    if (from > full) score->exact_from = max64(exact_after(score, from), score->position);
}

// ---------------------------------------------------------------------------------- note cache

void score_seek(struct score *score, int64_t state_at) {
    score->state_at = state_at;
    score->cold = true;
    score->note_count = 0;
    score->free_count = PLAN_SESSION_NOTES;
    for (uint32_t i = 0; i < PLAN_SESSION_NOTES; i++)
        score->free[i] = score->pool_first + PLAN_SESSION_NOTES - 1 - i;
    score->design_epoch = INT64_MIN;
}

// The order of summation: part, layer, onset, id. It depends on the notes alone, so that every span
// sums the same notes in the same order.
static bool note_before(const struct score *score, const struct score_note *a,
                        const struct score_note *b) {
    const struct voice_note *x = &score->pool[a->note], *y = &score->pool[b->note];
    if (a->part_first != b->part_first) return a->part_first < b->part_first;
    if (a->layer != b->layer) return a->layer < b->layer;
    if (x->onset != y->onset) return x->onset < y->onset;
    if (x->id[0] != y->id[0]) return x->id[0] < y->id[0];
    return x->id[1] < y->id[1];
}

static void notes_forget(struct score *score, int64_t before) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < score->note_count; i++) {
        struct score_note note = score->notes[i];
        if (score->pool[note.note].end > before) score->notes[kept++] = note;
        else score->free[score->free_count++] = note.note;
    }
    score->note_count = kept;
}

static void note_add(struct score *score, const struct voice_event *event,
                     const struct timeline_part *part, struct fresh_notes *fresh) {
    const struct voice_patch *patch = &part->scene->layers[event->layer].patch;
    int64_t longest = max64(event->onset, event->off) + voice_tail_frames(patch);
    if (longest <= score->state_at) return; // spares the arithmetic of notes long gone
    if (score->free_count == 0) {
        score->notes_dropped++;
        return;
    }
    uint32_t number = score->free[score->free_count - 1];
    voice_note_init(&score->pool[number], patch, event);
    if (score->pool[number].end <= score->state_at) return;
    score->free_count--;
    struct score_note note = {part->phrase_first, event->layer, number, part->scene};
    uint32_t at = score->note_count++;
    for (; at > 0 && note_before(score, &note, &score->notes[at - 1]); at--)
        score->notes[at] = score->notes[at - 1];
    score->notes[at] = note;
    if (!fresh) return;
    uint32_t place = atomic_fetch_add_explicit(&fresh->count, 1, memory_order_relaxed);
    if (place < fresh->cap) fresh->numbers[place] = number; // else the batch says: any may be new
}

// First phrase a note of which can still sound at state_at.
static int64_t phrase_oldest(const struct score *score) {
    int64_t tail = composer_tail_frames(score->log.start.scene);
    for (uint32_t i = 0; i < score->log.count; i++) {
        const struct scene *scene = score->log.entries[i].scene;
        if (scene) tail = max64(tail, composer_tail_frames(scene));
    }
    struct music music = music_of(score);
    return composer_phrase_at(&music, score->state_at - COMPOSER_NOTE_FRAMES_MAX - tail);
}

// Brings the cache to the span that starts at state_at and ends at TO: every phrase that begins
// before TO, less what is over.
static void notes_gather(struct score *score, int64_t to, struct fresh_notes *fresh) {
    struct music music = music_of(score);
    if (score->cold) score->phrase_next = phrase_oldest(score);
    score->cold = false;
    notes_forget(score, score->state_at);
    while (composer_phrase_start(&music, score->phrase_next) < to) {
        struct timeline_part part = timeline_at_phrase(&score->log, score->phrase_next);
        // AEO_ERR_FULL leaves out the latest notes, the same ones on every machine.
        (void)composer_phrase(&music, score->phrase_next, &score->composed);
        for (uint32_t i = 0; i < score->composed.note_count; i++)
            note_add(score, &score->composed.notes[i].event, &part, fresh);
        score->phrase_next++;
    }
}

// ------------------------------------------------------------------------------------ planning

static void span_notes(const struct score *score, int64_t to, struct span *span) {
    const struct score_note *before = NULL;
    span->bus_count = span->note_count = 0;
    for (uint32_t i = 0; i < score->note_count; i++) {
        const struct score_note *note = &score->notes[i];
        if (score->pool[note->note].onset >= to) continue;
        bool same = before && before->part_first == note->part_first &&
                    before->layer == note->layer;
        // More buses than fit (a dozen scenes within a minute): the last one takes the rest.
        if (!same && span->bus_count < PLAN_BUSES_MAX) {
            const struct scene_layer *layer = &note->scene->layers[note->layer];
            uint32_t level = PLAN_LEVEL_PAD + (layer->level_control - CONTROL_LEVEL_PAD);
            assert(level >= PLAN_LEVEL_PAD && level < PLAN_CURVES);
            span->buses[span->bus_count++] = (struct plan_bus){level, layer->send_gain};
        }
        span->notes[span->note_count++] =
            (struct plan_note){note->note, span->bus_count - 1};
        before = note;
    }
}

// Designs of the epochs around FROM. Latched: once an epoch has begun, no later entry changes its
// design, so the cache is never stale. The next epoch's is only made when the span reaches it.
static void span_effects(struct score *score, int64_t to, struct span *span) {
    struct effects_plan *plan = &span->effects;
    memset(plan, 0, sizeof *plan);
    plan->from = span->from;
    plan->frames = span->frames;
    plan->epoch_first = effects_epoch(span->from);
    if (score->design_epoch != plan->epoch_first) {
        design_of(score, plan->epoch_first - 1, &score->designs[0], &score->delays[0]);
        design_of(score, plan->epoch_first, &score->designs[1], &score->delays[1]);
        score->design_epoch = plan->epoch_first;
    }
    score->designs[2] = score->designs[1];
    score->delays[2] = score->delays[1];
    if (to > (plan->epoch_first + 1) * EPOCH_FRAMES)
        design_of(score, plan->epoch_first + 1, &score->designs[2], &score->delays[2]);
    memcpy(plan->epochs, score->designs, sizeof plan->epochs);
    memcpy(plan->delays, score->delays, sizeof plan->delays);
}

void score_plan(struct score *score, uint32_t frames, struct span *span,
                struct fresh_notes *fresh) {
    assert(frames > 0 && frames <= PLAN_SPAN_FRAMES_MAX);
    assert(score->state_at >= score->position || score->state_at + frames <= score->position);
    int64_t from = score->state_at;
    int64_t to = glide_fill(&score->log, from, from + frames, span->curves);
    assert(to > from);
    span->from = from;
    span->frames = (uint32_t)(to - from);
    notes_gather(score, to, fresh);
    span_notes(score, to, span);
    span_effects(score, to, span);
}

void score_advance(struct score *score, uint32_t frames) {
    if (score->state_at == score->position) score->position += frames;
    score->state_at += frames;
    assert(score->state_at <= score->position);
}

void score_retreat(struct score *score, uint32_t frames, bool position) {
    if (position) score->position -= frames;
    score_seek(score, score->state_at - frames);
    assert(score->state_at <= score->position);
}

// ------------------------------------------------------------------------------------- phrases

bool score_phrase_begins(const struct score *score, int64_t from, uint32_t frames, int64_t *at) {
    struct music music = music_of(score);
    *at = composer_phrase_start(&music, composer_phrase_at(&music, from + frames - 1));
    return *at >= from;
}

void score_phrase(struct score *score, int64_t frame, aeo_phrase *out) {
    struct music music = music_of(score);
    struct phrase *phrase = &score->composed;
    (void)composer_phrase(&music, composer_phrase_at(&music, frame), phrase);
    memset(out, 0, sizeof *out);
    out->index = phrase->index;
    out->position = phrase->position;
    out->length = (uint32_t)phrase->length;
    snprintf(out->scene, sizeof out->scene, "%s", phrase->scene->name);
    snprintf(out->key, sizeof out->key, "%s", phrase->key_name);
    snprintf(out->mode, sizeof out->mode, "%s", phrase->mode_name);
    snprintf(out->chord, sizeof out->chord, "%s", phrase->chord_name);
    for (uint32_t i = 0; i < phrase->note_count && i < AEO_NOTES_MAX; i++) {
        const struct voice_event *event = &phrase->notes[i].event;
        aeo_note *note = &out->notes[out->note_count++];
        snprintf(note->voice, sizeof note->voice, "%s", phrase->scene->layers[event->layer].name);
        note->midi = phrase->notes[i].midi_nominal ? phrase->notes[i].midi_nominal : -1.0;
        note->at = event->onset;
        note->duration = event->off > event->onset ? (uint32_t)(event->off - event->onset) : 0;
        note->velocity = event->velocity;
        note->pan = event->pan;
    }
}
