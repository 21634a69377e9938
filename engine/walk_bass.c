// The bass: one slow note under one to three chords, or a pedal under many. See walk.h.
// It states the root most often, never leaps more than a fifth, and keeps within reach of where
// the next section begins.
#include "engine/walk.h"

#include "engine/dice.h"        // dice_at, dice_pick
#include "engine/progression.h" // progression_hold_bars_min

#define BASS_LEAP_MAX 7
#define PEDAL_FIFTH 0.15 // share of pedals on the fifth instead of the tonic

const struct scene_layer *walk_bass_layer(const struct scene *scene) {
    for (uint32_t i = 0; i < scene->layer_count; i++) {
        if (scene->layers[i].role == ROLE_BASS) return &scene->layers[i];
    }
    return NULL;
}

// Octave of pitch class PC nearest to NEAR within the bass range; -1 when there is none.
static int bass_near(const struct walk *w, int pc, int near) {
    int best = -1, best_distance = 128;
    for (int midi = (int)w->bass_layer->range_low; midi <= (int)w->bass_layer->range_high; midi++) {
        int distance = midi > near ? midi - near : near - midi;
        if (midi % 12 == pc && distance < best_distance) {
            best = midi;
            best_distance = distance;
        }
    }
    return best;
}

static bool bass_within_leap(const struct walk *w, int midi) {
    int leap = midi > w->bass ? midi - w->bass : w->bass - midi;
    if (leap > BASS_LEAP_MAX) return false;
    if (w->bass_next < 0) return true;
    int on = midi > w->bass_next ? midi - w->bass_next : w->bass_next - midi;
    return on <= BASS_LEAP_MAX;
}

// A new bass note for CHORD: root 65 %, fifth 20 %, tonic 15 %, the next best when the first
// would leap too far.
static int bass_choose(const struct walk *w, const struct chord *chord, struct dice dice) {
    enum mode mode = (enum mode)chord->mode;
    bool perfect = chord_allowed(CHORD_FIFTH, mode, chord->degree);
    int sixth = scale_pitch_class(chord->key, mode, chord->degree + 5);
    int root = perfect ? scale_pitch_class(chord->key, mode, chord->degree) : sixth;
    int fifth = perfect ? scale_pitch_class(chord->key, mode, chord->degree + 4) : sixth;
    const int orders[3][3] = {
        {root, fifth, chord->key}, {fifth, root, chord->key}, {chord->key, root, fifth}};
    const double weights[3] = {0.65, 0.20, 0.15};
    const int *order = orders[dice_pick(dice, w->index * 4, weights, 3)];
    int near = w->bass >= 0 ? w->bass : (int)w->scene->pedal_midi;
    for (int i = 0; i < 3; i++) {
        int midi = bass_near(w, order[i], near);
        if (midi < 0) continue;
        if (w->bass < 0 || bass_within_leap(w, midi)) return midi;
    }
    // The fifth in the middle between here and what follows is never far from either.
    int midi = bass_near(w, order[1], w->bass_next >= 0 ? w->bass_next : near);
    return midi >= 0 ? midi : w->bass;
}

// True when the bass in force may stay under CHORD: one of its triad's notes, the tonic, or the
// fifth of the key.
static bool bass_may_stay(const struct walk *w, const struct chord *chord) {
    enum mode mode = (enum mode)chord->mode;
    int pc = w->bass % 12;
    if (pc == chord->key || pc == scale_pitch_class(chord->key, mode, 4)) return true;
    for (int step = 0; step <= 4; step += 2) {
        if (pc == scale_pitch_class(chord->key, mode, chord->degree + step)) return true;
    }
    return false;
}

// Begins a pedal (a bass that stays through 3 to 8 chords), with the chance of the scene, wherever
// the bass is free to move.
static void pedal_begin(struct walk *w, const struct chord *chord, struct dice dice) {
    uint32_t draw = 1000 + w->index * 4;
    if (dice_unit(dice, draw) >= w->scene->pedal) return;
    enum mode mode = (enum mode)chord->mode;
    // Over the fifth a flat sixth would stand a minor ninth above the bass.
    bool fifth = dice_unit(dice, draw + 1) < PEDAL_FIFTH && scale_steps[mode][5] == 9;
    int pc = fifth ? scale_pitch_class(chord->key, mode, 4) : chord->key;
    int near = w->bass >= 0 ? w->bass : (int)w->scene->pedal_midi;
    int midi = bass_near(w, pc, near);
    if (midi < 0 || (w->bass >= 0 && !bass_within_leap(w, midi))) return;
    w->bass = midi;
    w->pedal_left = 3 + (int)dice_between(dice, draw + 2, 0.0, 6.0);
    w->group_left = 0;
}

void walk_bass(struct walk *w, struct chord *chord) {
    if (!w->bass_layer) return;
    struct dice dice = dice_at(w->music->seed, w->section->first_phrase, 0, DICE_BASS);
    if (w->pedal_left == 0 && w->group_left == 0) pedal_begin(w, chord, dice);
    bool stays = w->bass >= 0 && (w->pedal_left > 0 || w->group_left > 0 || chord->planed) &&
                 (bass_may_stay(w, chord) || chord->planed) && bass_within_leap(w, w->bass);
    if (!stays) {
        w->bass = bass_choose(w, chord, dice);
        w->pedal_left = 0;
        w->group_left = 0;
    }
    chord->bass = (uint8_t)w->bass;
    chord->bass_strikes = w->group_left == 0 || w->bass_layer->gap_s <= 0.0f;
    if (w->group_left == 0) {
        static const double sizes[3] = {0.5, 0.35, 0.15};
        w->group_left = 1 + (int)dice_pick(dice, w->index * 4 + 1, sizes, 3);
        if (w->pedal_left > 0) w->group_left = 1; // a pedal speaks with every chord
        double bar_s = (double)w->bar_frames / WALK_RATE;
        int least = progression_hold_bars_min(w->scene->hold_s, w->controls.pace, bar_s);
        chord->bass_frames = (w->group_left - 1) * least * w->bar_frames;
    }
    w->group_left--;
    if (w->pedal_left > 0) w->pedal_left--;
}
