// Chord layers, bass, bells, loops and weather. See layers.h.
#include "engine/layers.h"

#include "engine/dice.h"   // dice_at, dice_unit, ...
#include "voices/scalar.h" // sc_exp2, sc_sin, sc_log2, sc_min

#define RATE 48000.0
#define STRIKE_S 45.0          // a longer chord is struck anew, so that no note outlasts a minute
#define DETUNE_CENTS 1.5       // deviation of a note's pitch
#define LEVEL_DB 1.5           // deviation of a note's level
#define LEVEL_BASS_DB 0.5      // of the bass, which carries the rest
#define HUMAN_ONSET_S 0.06     // deviation of an onset; only ever later, never before its phrase
#define VELOCITY_DB 6.0        // between the softest and the hardest touch
#define LEVEL_CELL_S 40.0      // slow level movement of loops and weather
#define BELLS_MAX 12           // strokes of one layer in a phrase
#define DENSITY_PRESENCE 1.2   // how far the density control reaches into the presence of layers
#define NOTE_ID_MARK 0x80000000u // keeps the names of notes apart from those of other draws

// What a generator says of one note; the rest follows from layer and place.
struct sketch {
    uint32_t layer;
    uint32_t number;       // within layer and phrase; names the note
    int64_t onset, off;
    int midi;              // 0: no pitch
    double level_db;       // against the layer's loudness
    double pan;
};

static double clamp(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

static int64_t frames(double seconds) { return (int64_t)sc_floor(seconds * RATE + 0.5); }

static double smooth(double x) { return x * x * x * (x * (6.0 * x - 15.0) + 10.0); }

// Smooth noise over time in -1..1: a hashed value every LEVEL_CELL_S seconds, quintic in between.
static double slow_noise(uint64_t seed, uint32_t layer, uint32_t stream, int64_t frame) {
    double cells = (double)frame / (LEVEL_CELL_S * RATE);
    double cell = sc_floor(cells);
    struct dice a = dice_at(seed, (int64_t)cell, layer, DICE_TEXTURE);
    struct dice b = dice_at(seed, (int64_t)cell + 1, layer, DICE_TEXTURE);
    double from = dice_between(a, stream, -1.0, 1.0), to = dice_between(b, stream, -1.0, 1.0);
    return from + (to - from) * smooth(cells - cell);
}

// Level of everything at FRAME, within the scene's arc; thin sections are softer. Half of it is the
// arc of the section, the same in each, so that any ten minutes breathe and yet are as loud as any
// others; a quarter is the section's own step, a quarter the slow swell of the movement (three
// sines whose periods never meet).
static double arc_db(const struct layer_draft *d, int64_t frame) {
    static const double period_s[3] = {660.0, 1038.0, 1746.0};
    double swell = 0.0;
    for (uint32_t i = 0; i < 3; i++) {
        double phase = dice_unit(dice_at(d->music->seed, 0, 0, DICE_FORM), 30 + i);
        double turns = (double)frame / (RATE * period_s[i]) + phase;
        swell += sc_sin(turns - sc_floor(turns)) / 3.0;
    }
    struct dice form = dice_at(d->music->seed, d->section->first_phrase, 0, DICE_FORM);
    double step = dice_between(form, 20, -1.0, 1.0);
    double x = (double)(frame - d->section->start) / (double)d->section->frames + 0.75;
    double arc = sc_sin(x - sc_floor(x)); // low at both ends, high in the middle
    double thin = d->section->thin ? d->scene->thin_db : 0.0;
    return d->scene->arc_db * (0.5 * arc + 0.25 * (step + swell)) + thin;
}

bool layer_plays(const struct layer_draft *d, uint32_t layer) {
    const struct scene_layer *l = &d->scene->layers[layer];
    if (d->section->thin) return l->thin;
    if (l->presence >= 1.0f) return true;
    struct dice form = dice_at(d->music->seed, d->section->first_phrase, layer, DICE_FORM);
    double more = d->controls.density - (double)d->scene->defaults[CONTROL_DENSITY];
    return dice_unit(form, 21) < l->presence + DENSITY_PRESENCE * more;
}

// Writes a note if its onset lies in the phrase.
static void note_add(struct layer_draft *d, const struct sketch *s) {
    struct phrase *p = d->phrase;
    const struct scene_layer *l = &d->scene->layers[s->layer];
    if (s->onset < p->position || s->onset >= p->position + p->length) return;
    if (p->note_count == PHRASE_NOTES_MAX) {
        d->full = true;
        return;
    }
    struct dice dice = dice_at(d->music->seed, p->index, s->layer, DICE_HUMANISE);
    double touch = dice_unit(dice, s->number * 4);
    double level = l->loudness_lufs + s->level_db;
    if (l->role != ROLE_WEATHER) {
        double spread = l->role == ROLE_BASS ? LEVEL_BASS_DB : LEVEL_DB;
        double range = VELOCITY_DB * (double)(l->velocity_high - l->velocity_low);
        level += arc_db(d, s->onset) + range * (touch - 0.5) +
                 clamp(spread * dice_normal(dice, s->number * 4 + 1), -3.0, 3.0);
    }
    double detune = 0.01 * DETUNE_CENTS * dice_normal(dice, s->number * 4 + 2);
    int64_t longest = s->onset + COMPOSER_NOTE_FRAMES_MAX;
    struct composed_note *note = &p->notes[p->note_count++];
    *note = (struct composed_note){.midi_nominal = (uint8_t)s->midi, .role = (uint8_t)l->role};
    note->event = (struct voice_event){
        .onset = s->onset,
        .off = s->off < longest ? s->off : longest,
        .midi = s->midi > 0 ? s->midi + detune : 0.0,
        .velocity = (float)(l->velocity_low + (l->velocity_high - l->velocity_low) * touch),
        .loudness_lufs = (float)level,
        .detune_scale = (float)(0.7 + 0.6 * d->controls.warmth),
        .pan = (float)s->pan,
        .layer = s->layer,
        .id = {(uint32_t)(uint64_t)p->index, NOTE_ID_MARK | s->layer << 16 | s->number},
        .seed = d->music->seed,
    };
}

// A strike: the stretch of a chord that one set of notes fills. Long chords have several.
static uint32_t strike_count(const struct chord *chord) {
    int64_t longest = frames(STRIKE_S);
    return (uint32_t)((chord->end - chord->start + longest - 1) / longest);
}

static int64_t strike_start(const struct chord *chord, uint32_t strike, uint32_t count) {
    return chord->start + (chord->end - chord->start) * (int64_t)strike / (int64_t)count;
}

// The voices of one strike come in one after the other, in random order, and hold on into the
// next, so that chords melt into each other.
static void chord_strike(struct layer_draft *d, uint32_t layer, uint32_t number,
                         const struct chord *chord, int64_t start, int64_t end) {
    const struct scene_layer *l = &d->scene->layers[layer];
    struct dice dice = dice_at(d->music->seed, start, layer, DICE_HUMANISE);
    uint32_t count = chord->voicing.count, first = 0;
    if (l->top_voices > 0 && count > 2) {
        uint32_t top = l->top_voices < count - 1 ? l->top_voices : count - 1;
        first = count - top;
    }
    double order[VOICES_MAX];
    for (uint32_t v = first; v < count; v++) order[v] = dice_unit(dice, 100 + v);
    double spread = dice_between(dice, 99, d->scene->stagger_low_s, d->scene->stagger_high_s);
    for (uint32_t v = first; v < count; v++) {
        uint32_t rank = 0;
        for (uint32_t u = first; u < count; u++) rank += order[u] < order[v];
        double late = count - first > 1 ? spread * rank / (count - first - 1) : 0.0;
        double human = HUMAN_ONSET_S * dice_normal(dice, 110 + v);
        late += human > 0.0 ? human : -human;
        double overlap = dice_between(dice, 120 + v, 0.3, 0.6) * l->patch.attack_s;
        struct sketch s = {.layer = layer,
                           .number = number * VOICES_MAX + v,
                           .onset = start + frames(late),
                           .off = end + frames(overlap),
                           .midi = chord->voicing.midi[v],
                           .level_db = -3.0103 * sc_log2((double)(count - first))};
        note_add(d, &s);
    }
}

static void compose_chords(struct layer_draft *d, uint32_t layer) {
    for (uint32_t i = 0; i < d->section->chord_count; i++) {
        const struct chord *chord = &d->section->chords[i];
        uint32_t strikes = strike_count(chord);
        for (uint32_t k = 0; k < strikes; k++) {
            int64_t start = strike_start(chord, k, strikes);
            // Only strikes whose staggered voices can reach into this phrase.
            if (start + frames(d->scene->stagger_high_s + 1.0) < d->phrase->position) continue;
            chord_strike(d, layer, i * 8 + k, chord, start, strike_start(chord, k + 1, strikes));
        }
    }
}

// One slow note under one to three chords. With gaps it falls silent before it may have to change;
// without, it is struck anew with every chord and never stops.
static void compose_bass(struct layer_draft *d, uint32_t layer) {
    const struct scene_layer *l = &d->scene->layers[layer];
    for (uint32_t i = 0; i < d->section->chord_count; i++) {
        const struct chord *chord = &d->section->chords[i];
        if (!chord->bass_strikes) continue;
        struct dice dice = dice_at(d->music->seed, chord->start, layer, DICE_BASS);
        double human = HUMAN_ONSET_S * dice_normal(dice, 0);
        uint32_t strikes = strike_count(chord);
        for (uint32_t k = 0; k < strikes; k++) {
            int64_t end = strike_start(chord, k + 1, strikes);
            if (k + 1 == strikes) end += chord->bass_frames;
            int64_t rest = frames(dice_between(dice, 1, 0.0, l->gap_s));
            if (l->gap_s <= 0.0f) rest = -frames(dice_between(dice, 1, 0.3, 0.6) *
                                                 l->patch.attack_s);
            struct sketch s = {.layer = layer,
                               .number = i * 8 + k,
                               .onset = strike_start(chord, k, strikes) +
                                        frames(human > 0.0 ? human : -human),
                               .off = end - rest,
                               .midi = chord->bass};
            note_add(d, &s);
        }
    }
}

// True when MIDI is one of the degrees 1, 2 (9), 5 and 6 of the key.
static bool degree_suits(const struct chord *chord, int midi) {
    static const uint8_t degrees[4] = {0, 1, 4, 5};
    for (int i = 0; i < 4; i++) {
        int pc = scale_pitch_class(chord->key, (enum mode)chord->mode, degrees[i]);
        if ((midi - pc) % 12 == 0) return true;
    }
    return false;
}

// True when it is, too, no semitone away from a note of the chord or above the bass: such pairs
// rub in a long reverb.
static bool pitch_suits(const struct chord *chord, int midi) {
    if (!degree_suits(chord, midi)) return false;
    for (uint32_t v = 0; v < chord->voicing.count; v++) {
        int apart = (midi - chord->voicing.midi[v] + 144) % 12;
        if (apart == 1 || apart == 11) return false;
    }
    return chord->bass == 0 || (midi - chord->bass + 144) % 12 != 1;
}

static bool in_chord(const struct chord *chord, int midi) {
    for (uint32_t v = 0; v < chord->voicing.count; v++) {
        if ((midi - chord->voicing.midi[v] + 144) % 12 == 0) return true;
    }
    return false;
}

// How long a stroke is heard (20 of its 60 dB). Bells need no off; listeners' pictures do.
static double bell_ring_s(const struct voice_patch *patch, int midi) {
    double t60 = patch->decay_s > 0.0f ? patch->decay_s : 6.0;
    return t60 / 3.0 * sc_exp2((69.0 - midi) / 24.0);
}

// A stroke's pitch: notes of the chord are three times as likely, high ones rarer than low ones.
static int bell_pitch(const struct scene_layer *l, const struct chord *chord, struct dice dice,
                      uint32_t draw) {
    double weights[128] = {0};
    double span = l->range_high - l->range_low + 1.0;
    for (int midi = (int)l->range_low; midi <= (int)l->range_high; midi++) {
        if (!pitch_suits(chord, midi)) continue;
        weights[midi] = (in_chord(chord, midi) ? 3.0 : 1.0) *
                        (1.0 - 0.6 * (midi - l->range_low) / span);
    }
    uint32_t pick = dice_pick(dice, draw, weights, 128);
    return pick < 128 ? (int)pick : 0;
}

// Strokes at random: a Poisson number of them per phrase, anywhere in it.
static void compose_bells(struct layer_draft *d, uint32_t layer) {
    const struct scene_layer *l = &d->scene->layers[layer];
    const struct phrase *p = d->phrase;
    struct dice dice = dice_at(d->music->seed, p->index, layer, DICE_BELLS);
    double x = (double)(p->position - d->section->start) / (double)d->section->frames;
    double swell = sc_sin(0.5 * x);
    double rate = l->rate_low + (l->rate_high - l->rate_low) * d->controls.density;
    rate *= 0.55 + 0.45 * swell * swell;
    // exp(-expected number) by the rule of multiplying uniforms until they fall below it.
    double least = sc_exp2(-1.4426950408889634 * rate * p->length / RATE);
    double product = dice_unit(dice, 0);
    for (uint32_t i = 0; i < BELLS_MAX && product > least; i++) {
        int64_t onset = p->position + (int64_t)(dice_unit(dice, 100 + i) * p->length);
        const struct chord *chord = section_chord_at(d->section, onset);
        int midi = bell_pitch(l, chord, dice, 200 + i);
        struct sketch s = {.layer = layer,
                           .number = i,
                           .onset = onset,
                           .off = onset + frames(bell_ring_s(&l->patch, midi)),
                           .midi = midi,
                           .pan = dice_between(dice, 300 + i, -0.6, 0.6)};
        if (midi > 0) note_add(d, &s);
        product *= dice_unit(dice, 1 + i);
    }
}

// The pitch a loop owns in the key of CHORD: degree 1, 5, 2 or 6 nearest HOME. 0 when it rubs
// against the chord; then the loop keeps silent for a turn.
static int loop_pitch(const struct chord *chord, int home) {
    for (int away = 0; away <= 6; away++) {
        for (int side = -1; side <= 1; side += 2) {
            int midi = home + side * away;
            if (degree_suits(chord, midi)) return pitch_suits(chord, midi) ? midi : 0;
        }
    }
    return 0;
}

// Single notes, each on its own period (after Eno's tape loops): as the periods share no factor,
// the pattern never comes back.
static void compose_loops(struct layer_draft *d, uint32_t layer) {
    const struct scene_layer *l = &d->scene->layers[layer];
    const struct phrase *p = d->phrase;
    bool rings = l->patch.voice == VOICE_BELL;
    for (uint32_t i = 0; i < l->loop_count; i++) {
        int64_t period = (int64_t)l->loop_ms[i] * 48;
        struct dice own = dice_at(d->music->seed, -1 - (int64_t)i, layer, DICE_LOOPS);
        int64_t phase = (int64_t)(dice_unit(own, 0) * (double)period);
        double plays = dice_between(own, 1, 0.55, 0.9);
        plays = clamp(plays * (0.6 + 0.8 * d->controls.density), 0.0, 0.95);
        int64_t turn = (p->position - phase) / period - 1;
        for (; phase + turn * period < p->position + p->length; turn++) {
            int64_t onset = phase + turn * period;
            struct dice dice = dice_at(d->music->seed, turn, layer, DICE_LOOPS);
            if (onset < p->position || dice_unit(dice, 2 * i) >= plays) continue;
            const struct chord *chord = section_chord_at(d->section, onset);
            int midi = loop_pitch(chord, (int)l->loop_home[i]);
            double sway = l->swing_db * slow_noise(d->music->seed, layer, i, onset);
            struct sketch s = {.layer = layer,
                               .number = i * 8 + (uint32_t)(turn & 7),
                               .onset = onset,
                               .off = onset + frames(rings ? bell_ring_s(&l->patch, midi)
                                                           : l->note_s),
                               .midi = midi,
                               .level_db = sway,
                               .pan = dice_between(own, 2, -0.7, 0.7)};
            if (midi > 0) note_add(d, &s);
        }
    }
}

// One note per phrase; its ramps complement those of its neighbours, and the noise itself is keyed
// by seed and layer alone, so nothing shows where one ends and the next begins but the level.
static void compose_weather(struct layer_draft *d, uint32_t layer) {
    const struct scene_layer *l = &d->scene->layers[layer];
    const struct phrase *p = d->phrase;
    int64_t end = p->position + p->length;
    struct sketch s = {.layer = layer,
                       .onset = p->position,
                       .off = end,
                       .level_db = l->swing_db * slow_noise(d->music->seed, layer, 0,
                                                            p->position + p->length / 2)};
    note_add(d, &s);
}

void layer_compose(struct layer_draft *d, uint32_t layer) {
    switch ((enum layer_role)d->scene->layers[layer].role) {
    case ROLE_CHORD:
        compose_chords(d, layer);
        return;
    case ROLE_BASS:
        compose_bass(d, layer);
        return;
    case ROLE_BELLS:
        compose_bells(d, layer);
        return;
    case ROLE_LOOPS:
        compose_loops(d, layer);
        return;
    case ROLE_WEATHER:
        compose_weather(d, layer);
        return;
    case ROLE_COUNT:
        return;
    }
}
