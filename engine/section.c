// Walks the harmony of one section. See section.h for what a section is. The order of choices:
// form and key by number, then chord by chord: how long, which degree, which bass, which kind,
// which voicing. The last chord is drawn to lead into the next section's first.
#include "engine/section.h"

#include <assert.h>
#include <string.h>

#include "engine/dice.h"        // dice_at, dice_unit, dice_pick
#include "engine/progression.h" // tables, bridge, holds
#include "engine/roughness.h"   // roughness_chord
#include "engine/walk.h"        // struct walk, walk_bass
#include "voices/scalar.h"      // sc_floor, sc_min

#define THIN_GROUP 5         // one section of so many is thin
#define PIVOT_HOLD_S 24.0    // the chord before a change of key stays at least so long
#define KIND_TRIES 6
#define KIND_CHOICES 2
#define ROUGH_ALWAYS 0.90    // no chord is rougher, whatever the tension
#define LONG_REVERB_S 8.0    // above this low intervals need more room
#define LONG_REVERB_SHIFT 5

static int64_t floor_div(int64_t a, int64_t b) {
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

void composer_controls_read(const struct music *music, int64_t frame,
                            struct composer_controls *controls) {
    const struct control_log *log = music->log;
    controls->density = control_log_target(log, CONTROL_DENSITY, frame);
    controls->tension = control_log_target(log, CONTROL_TENSION, frame);
    controls->pace = control_log_target(log, CONTROL_PACE, frame);
    controls->warmth = control_log_target(log, CONTROL_WARMTH, frame);
    controls->key = (int)control_log_target(log, CONTROL_KEY, frame) - 1;
    controls->mode = (int)control_log_target(log, CONTROL_MODE, frame) - 1;
}

int64_t section_number(const struct timeline_part *part, int64_t index) {
    return floor_div(index - part->phrase_first, part->scene->phrases_per_section);
}

int64_t section_first_phrase(const struct timeline_part *part, int64_t number) {
    return part->phrase_first + number * (int64_t)part->scene->phrases_per_section;
}

// Intervals of a key change: fifths 60 %, whole tones 20 %, thirds 20 %.
static int key_interval(struct dice dice, enum mode mode, int key) {
    static const int8_t intervals[8] = {7, 5, 2, 10, 3, 9, 4, 8};
    static const double weights[8] = {0.3, 0.3, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05};
    uint32_t pick = dice_pick(dice, 0, weights, 8);
    assert(pick < 8);
    int interval = intervals[pick];
    if (pick < 4) return interval;
    // A third needs a pivot: a chord of the old key with two notes of the new tonic's.
    for (int degree = 0; degree < SCALE_DEGREES; degree++) {
        bool pivot = chord_allowed(CHORD_TRIAD, mode, degree) &&
                     chord_common_tones(key, mode, degree, (key + interval) % 12, mode, 0) >= 2;
        if (pivot) return interval;
    }
    return 7;
}

int section_key(const struct music *music, const struct timeline_part *part, int64_t number) {
    const struct scene *scene = part->scene;
    int64_t movement = floor_div(number, scene->sections_per_movement);
    if (scene->keys == SCENE_KEYS_FIXED || (movement & 1) == 0) return (int)scene->key;
    int64_t first = section_first_phrase(part, movement * scene->sections_per_movement);
    struct dice dice = dice_at(music->seed, first, 0, DICE_KEY);
    int interval = key_interval(dice, (enum mode)scene->mode, (int)scene->key);
    return ((int)scene->key + interval) % 12;
}

// The second to fifth section of each five may be the thin one, so two never meet and the music
// does not begin with it.
static bool section_thin(const struct walk *w, int64_t number) {
    int64_t group = floor_div(number, THIN_GROUP);
    int64_t first = section_first_phrase(w->part, group * THIN_GROUP);
    double u = dice_unit(dice_at(w->music->seed, first, 0, DICE_FORM), 0);
    return number - group * THIN_GROUP == 1 + (int64_t)(u * (THIN_GROUP - 1));
}

static double roughness_bound(const struct scene *scene, double tension) {
    double low = sc_min(0.42, scene->roughness_max), high = sc_max(0.75, scene->roughness_max);
    double t = 2.0 * tension - 1.0;
    double bound = t < 0.0 ? scene->roughness_max + t * (scene->roughness_max - low)
                           : scene->roughness_max + t * (high - scene->roughness_max);
    return sc_min(bound, ROUGH_ALWAYS);
}

// Upper voices at density D and place X (0..1) of the section: the density arc swells to the
// middle.
static uint32_t voice_count(const struct walk *w, double density, double x, struct dice dice) {
    double swell = sc_sin(0.5 * x);
    double d = density * (0.55 + 0.45 * swell * swell) * dice_between(dice, 7, 0.85, 1.15);
    const struct scene *scene = w->scene;
    double span = (double)(scene->voices_high - scene->voices_low);
    uint32_t n = scene->voices_low + (uint32_t)(span * d * 0.87 + 0.5);
    return n > scene->voices_high ? scene->voices_high : n;
}

// Kinds are drawn by chance until two are as smooth as the tension allows; the one whose voices
// move less is taken. If there is none, the least rough one drawn.
static void kind_choose(struct walk *w, struct chord *chord, uint32_t voices,
                        const struct voicing *before, const struct voicing *after) {
    enum mode mode = (enum mode)chord->mode;
    double weights[CHORD_KIND_COUNT];
    chord_weights(mode, chord->degree, w->controls.tension, weights);
    struct dice dice = dice_at(w->music->seed, w->section->first_phrase, 0, DICE_KIND);
    struct voicing_request request = {
        .voices = voices,
        .bass = w->bass_layer ? chord->bass : -1,
        .low = (int)w->scene->range_low,
        .high = (int)w->scene->range_high,
        .limit_shift = w->limit_shift,
        .roughness_max = roughness_bound(w->scene, w->controls.tension),
        .before = before,
        .after = after,
        .jitter = dice_at(w->music->seed, w->section->first_phrase, w->index, DICE_VOICING),
    };
    chord->voicing.count = 0;
    uint32_t smooth = 0;
    for (uint32_t attempt = 0; attempt < KIND_TRIES && smooth < KIND_CHOICES; attempt++) {
        uint32_t kind = dice_pick(dice, w->index * 8 + attempt, weights, CHORD_KIND_COUNT);
        if (kind == CHORD_KIND_COUNT) break;
        weights[kind] = 0.0;
        struct voicing voicing;
        chord_tones_make((enum chord_kind)kind, chord->key, mode, chord->degree, &request.tones);
        if (!voicing_find(&request, &voicing)) continue;
        bool is_smooth = voicing.roughness <= request.roughness_max;
        bool better = is_smooth ? smooth == 0 || voicing.cost < chord->voicing.cost
                                : smooth == 0 && voicing.roughness < chord->voicing.roughness;
        smooth += is_smooth;
        if (chord->voicing.count > 0 && !better) continue;
        chord->voicing = voicing;
        chord->kind = (uint8_t)kind;
    }
}

// Gives CHORD its kind and voicing, with fewer voices where they do not fit.
static void voices_make(struct walk *w, struct chord *chord, uint32_t voices,
                        const struct voicing *before, const struct voicing *after) {
    for (uint32_t n = voices; n > 0; n--) {
        kind_choose(w, chord, n, before, after);
        if (chord->voicing.count > 0 && chord->voicing.roughness <= ROUGH_ALWAYS) return;
    }
    // A range too narrow for any rule: the root alone, wherever it lies.
    int root = scale_pitch_class(chord->key, (enum mode)chord->mode, chord->degree);
    int low = (int)w->scene->range_low;
    chord->kind = CHORD_FIFTH;
    chord->voicing = (struct voicing){.count = 1};
    chord->voicing.midi[0] = (uint8_t)(low + (root - low % 12 + 12) % 12);
}

static int mode_in_force(const struct walk *w) {
    return w->controls.mode >= 0 ? w->controls.mode : (int)w->scene->mode;
}

static int key_in_force(const struct walk *w, int64_t number) {
    return w->controls.key >= 0 ? w->controls.key : section_key(w->music, w->part, number);
}

// Degree of the first chord of section NUMBER: home where a movement begins, else by the long-run
// share of each degree.
static int first_degree(const struct walk *w, int64_t number, enum mode mode) {
    int64_t movement = floor_div(number, w->scene->sections_per_movement);
    if (number == movement * (int64_t)w->scene->sections_per_movement) return 0;
    double share[SCALE_DEGREES];
    progression_stationary(mode, share);
    int64_t first = section_first_phrase(w->part, number);
    struct dice dice = dice_at(w->music->seed, first, 0, DICE_FIRST);
    return (int)dice_pick(dice, 0, share, SCALE_DEGREES);
}

// First chord of section NUMBER as the controls stand: the walk of that section, and the one
// before it, which has to lead there.
static void first_chord(struct walk *w, int64_t number, struct chord *chord) {
    memset(chord, 0, sizeof *chord);
    chord->key = (uint8_t)key_in_force(w, number);
    chord->mode = (uint8_t)mode_in_force(w);
    chord->degree = (uint8_t)first_degree(w, number, (enum mode)chord->mode);
    walk_bass(w, chord);
    struct dice dice = dice_at(w->music->seed, w->section->first_phrase, 0, DICE_VOICING);
    uint32_t voices = voice_count(w, w->controls.density, 0.0, dice);
    struct voicing reference;
    voicing_reference(voices, &reference);
    voices_make(w, chord, voices, &reference, NULL);
}

// The same for the section after the one being walked, without touching the walk.
static void next_first_chord(const struct walk *w, struct chord *chord) {
    struct section next = {.number = w->section->number + 1};
    next.first_phrase = section_first_phrase(w->part, next.number);
    struct walk ahead = {.music = w->music, .part = w->part, .scene = w->scene,
                         .section = &next, .bass_layer = w->bass_layer,
                         .bar_frames = w->bar_frames, .limit_shift = w->limit_shift,
                         .controls = w->controls, .bass = -1, .bass_next = -1};
    first_chord(&ahead, next.number, chord);
}

// Modal interchange: a run of one to three chords of a section borrows from the next brighter or
// darker mode.
static void borrow_plan(struct walk *w) {
    struct dice dice = dice_at(w->music->seed, w->section->first_phrase, 0, DICE_FORM);
    w->borrow_count = 0;
    double chance = w->scene->interchange * (0.4 + 1.2 * w->controls.tension);
    if (dice_unit(dice, 10) >= chance) return;
    int mode = mode_in_force(w);
    int step = dice_unit(dice, 11) < 0.5 ? 1 : -1;
    if (mode + step < 0 || mode + step >= MODE_COUNT) step = -step;
    w->borrow_mode = mode + step;
    w->borrow_first = 1 + (uint32_t)dice_between(dice, 12, 0.0, 3.0);
    w->borrow_count = 1 + (uint32_t)dice_between(dice, 13, 0.0, 3.0);
}

// Weights of the next degree after PREVIOUS; NEXT is the first chord of the next section when this
// one is the last.
static void degree_weights(const struct walk *w, const struct chord *chord,
                           const struct chord *previous, const struct chord *next,
                           double weights[SCALE_DEGREES]) {
    enum mode mode = (enum mode)chord->mode;
    const double *row = progression_table[mode][previous->degree];
    if (next && next->key == chord->key && next->mode == chord->mode) {
        progression_bridge(mode, previous->degree, next->degree, weights);
        return;
    }
    for (int i = 0; i < SCALE_DEGREES; i++) {
        weights[i] = row[i];
        if (next) { // another key: the pivot shares the most notes with what comes
            int common = chord_common_tones(chord->key, mode, i, next->key,
                                            (enum mode)next->mode, next->degree);
            static const double prefer[4] = {0.02, 0.2, 1.0, 20.0};
            weights[i] = (row[i] + 0.02) * prefer[common];
            if (!chord_allowed(CHORD_TRIAD, mode, i) || i == previous->degree) weights[i] = 0.0;
        } else if (chord->borrowed && w->borrow_count > 0) {
            // The borrowed note should be heard.
            int own = mode_in_force(w);
            for (int step = 0; step <= 4; step += 2) {
                int d = (i + step) % SCALE_DEGREES;
                if (scale_steps[mode][d] != scale_steps[own][d]) weights[i] *= 3.0;
            }
        }
    }
}

// Length of CHORD in bars with LEFT bars to go; sets w->last when it takes them all.
static int hold_make(struct walk *w, const struct chord *chord, int left, bool key_changes) {
    double bar_s = (double)w->bar_frames / WALK_RATE;
    struct dice dice = dice_at(w->music->seed, w->section->first_phrase, 0, DICE_HOLD);
    struct progression_hold hold = {.median_s = w->scene->hold_s,
                                    .pace = w->controls.pace,
                                    .normal = dice_normal(dice, w->index),
                                    .bar_s = bar_s,
                                    .tonic = chord->degree == 0};
    int bars = progression_hold_bars(&hold);
    int least = progression_hold_bars_min(hold.median_s, hold.pace, bar_s);
    int most = progression_hold_bars_max(hold.median_s, hold.pace, bar_s);
    int pivot = (int)sc_floor(PIVOT_HOLD_S / bar_s + 0.999);
    if (key_changes && least < pivot) least = pivot;
    w->last = false;
    bool room = w->index + 2 < SECTION_CHORDS_MAX;
    if (room && left - bars >= least) return bars;
    if (room && 3 * left > 2 * most && left >= 2 * least) { // two middling ones, not one endless
        return left / 2 < left - least ? left / 2 : left - least;
    }
    w->last = true;
    return left;
}

// Planing: the whole voicing moves one scale step, and with the next chord back. False when this
// chord is not to or cannot.
static bool planing_make(struct walk *w, struct chord *chord, const struct chord *previous) {
    if (w->home) { // the way back
        chord->degree = w->home->degree;
        chord->kind = w->home->kind;
        chord->voicing = w->home->voicing;
        chord->planed = true;
        w->home = NULL;
        walk_bass(w, chord);
        return true;
    }
    struct dice dice = dice_at(w->music->seed, w->section->first_phrase, w->index, DICE_VOICING);
    enum mode mode = (enum mode)chord->mode;
    bool suits = mode == MODE_LYDIAN || mode == MODE_DORIAN || previous->kind == CHORD_QUARTAL;
    if (!suits || w->last || dice_unit(dice, 100) >= w->scene->planing) return false;
    if (previous->mode != chord->mode || previous->key != chord->key) return false;
    int step = dice_unit(dice, 101) < 0.5 ? 1 : -1;
    chord->degree = (uint8_t)((previous->degree + step + SCALE_DEGREES) % SCALE_DEGREES);
    chord->kind = previous->kind;
    if (!chord_allowed((enum chord_kind)chord->kind, mode, chord->degree)) return false;
    struct voicing v = previous->voicing;
    for (uint32_t i = 0; i < v.count; i++) {
        v.midi[i] = (uint8_t)scale_shift(chord->key, mode, v.midi[i], step);
        bool inside = v.midi[i] >= w->scene->range_low && v.midi[i] <= w->scene->range_high;
        bool clear = w->bass < 0 || voicing_interval_clear(w->bass, v.midi[i], w->limit_shift);
        for (uint32_t j = 0; j < i; j++) {
            clear = clear && voicing_interval_clear(v.midi[j], v.midi[i], w->limit_shift);
        }
        if (!inside || !clear) return false;
    }
    v.roughness = roughness_chord(v.midi, v.count);
    if (v.roughness > roughness_bound(w->scene, w->controls.tension)) return false;
    chord->voicing = v;
    chord->planed = true;
    w->home = previous;
    walk_bass(w, chord);
    return true;
}

// Makes chord number w->index with LEFT bars to go; returns its length in bars.
static int chord_make(struct walk *w, struct chord *chord, int left) {
    struct section *section = w->section;
    const struct chord *previous = w->index > 0 ? &section->chords[w->index - 1] : NULL;
    struct chord next;
    if (!previous) {
        first_chord(w, section->number, chord);
        return hold_make(w, chord, left, false);
    }
    memset(chord, 0, sizeof *chord);
    chord->key = (uint8_t)key_in_force(w, section->number);
    chord->mode = (uint8_t)mode_in_force(w);
    bool borrowed = w->index - w->borrow_first < w->borrow_count && w->controls.mode < 0;
    if (borrowed) chord->mode = (uint8_t)w->borrow_mode;
    chord->borrowed = borrowed;
    bool key_changes = key_in_force(w, section->number + 1) != chord->key;
    struct dice dice = dice_at(w->music->seed, section->first_phrase, 0, DICE_WALK);
    double weights[SCALE_DEGREES];
    degree_weights(w, chord, previous, NULL, weights);
    chord->degree = (uint8_t)dice_pick(dice, w->index * 2, weights, SCALE_DEGREES);
    int bars = hold_make(w, chord, left, key_changes);
    w->bass_next = -1;
    if (w->last) {
        chord->borrowed = false;
        chord->mode = (uint8_t)mode_in_force(w);
        next_first_chord(w, &next);
        degree_weights(w, chord, previous, &next, weights);
        chord->degree = (uint8_t)dice_pick(dice, w->index * 2 + 1, weights, SCALE_DEGREES);
        w->home = NULL;
        if (w->bass_layer) w->bass_next = next.bass;
    }
    if (!w->last && planing_make(w, chord, previous)) return bars;
    walk_bass(w, chord);
    double x = 1.0 - (double)left * w->bar_frames / (double)section->frames;
    struct dice jitter = dice_at(w->music->seed, section->first_phrase, w->index, DICE_VOICING);
    uint32_t voices = voice_count(w, w->controls.density, x, jitter);
    voices_make(w, chord, voices, &previous->voicing, w->last ? &next.voicing : NULL);
    return bars;
}

void section_make(const struct music *music, const struct timeline_part *part, int64_t number,
                  int64_t until, struct section *section) {
    const struct scene *scene = part->scene;
    section->number = number;
    section->first_phrase = section_first_phrase(part, number);
    section->start = timeline_phrase_start(part, section->first_phrase);
    section->frames = (int64_t)scene->phrase_frames * scene->phrases_per_section;
    section->chord_count = 0;
    struct walk w = {.music = music, .part = part, .scene = scene, .section = section,
                     .bass_layer = walk_bass_layer(scene), .bass = -1, .bass_next = -1,
                     .bar_frames = scene->phrase_frames / (int)scene->bars_per_phrase,
                     .limit_shift = scene->reverb.t_low_s > LONG_REVERB_S ? LONG_REVERB_SHIFT : 0};
    section->thin = section_thin(&w, number);
    int left = (int)(scene->bars_per_phrase * scene->phrases_per_section);
    int64_t at = section->start;
    while (left > 0) {
        int64_t phrase = timeline_phrase_at(part, at);
        if (phrase > until) break;
        assert(w.index < SECTION_CHORDS_MAX);
        composer_controls_read(music, timeline_phrase_start(part, phrase), &w.controls);
        if (w.index == 0) borrow_plan(&w);
        struct chord *chord = &section->chords[w.index];
        int bars = chord_make(&w, chord, left);
        chord->start = at;
        chord->end = at + (int64_t)bars * w.bar_frames;
        at = chord->end;
        left -= bars;
        w.index++;
        section->chord_count = w.index;
    }
}

const struct chord *section_chord_at(const struct section *section, int64_t frame) {
    assert(section->chord_count > 0);
    uint32_t i = section->chord_count - 1;
    while (i > 0 && section->chords[i].start > frame) i--;
    return &section->chords[i];
}
