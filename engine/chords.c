// Chord kinds as scale steps, their conditions, weights and names. See chords.h.
#include "engine/chords.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

// Steps above the root, most characteristic first: with few voices the end of the list is left
// out (the bass has the root). Weights are those of an ordinary chord at neutral tension.
static const struct {
    uint8_t count, steps[CHORD_TONES_MAX];
    bool colour; // gains weight with tension
    double weight;
} kinds[CHORD_KIND_COUNT] = {
    [CHORD_ADD9] = {4, {2, 1, 0, 4}, false, 0.22},
    [CHORD_SUS2] = {3, {1, 0, 4}, false, 0.14},
    [CHORD_SUS4] = {3, {3, 0, 4}, false, 0.08},
    [CHORD_FIFTH] = {2, {0, 4}, false, 0.10},
    [CHORD_TRIAD] = {3, {2, 0, 4}, false, 0.10},
    [CHORD_SEVENTH] = {4, {2, 6, 0, 4}, true, 0.14},
    [CHORD_NINTH] = {5, {2, 6, 1, 0, 4}, true, 0.12},
    [CHORD_SIX_NINE] = {5, {2, 5, 0, 1, 4}, true, 0.05},
    [CHORD_QUARTAL] = {3, {3, 6, 0}, true, 0.025},
    [CHORD_QUINTAL] = {4, {1, 0, 4, 5}, true, 0.025},
    [CHORD_SHARP_ELEVEN] = {5, {2, 6, 3, 0, 4}, true, 0.15},
    [CHORD_INVERTED] = {3, {5, 0, 2}, false, 0.10},
};

// Semitones of STEP above DEGREE.
static int above(enum mode mode, int degree, int step) {
    return scale_semitones(mode, degree + step) - scale_semitones(mode, degree);
}

static bool seventh_allowed(enum mode mode, int degree) {
    bool dominant = above(mode, degree, 2) == 4 && above(mode, degree, 6) == 10;
    return !dominant || (mode == MODE_MIXOLYDIAN && degree == 0);
}

bool chord_allowed(enum chord_kind kind, enum mode mode, int degree) {
    bool fifth = above(mode, degree, 4) == 7;
    bool ninth = above(mode, degree, 1) == 2;
    switch (kind) {
    case CHORD_ADD9:
    case CHORD_SUS2:
        return fifth && ninth;
    case CHORD_SUS4:
        return fifth && above(mode, degree, 3) == 5;
    case CHORD_FIFTH:
    case CHORD_TRIAD:
        return fifth;
    case CHORD_SEVENTH:
        return fifth && seventh_allowed(mode, degree);
    case CHORD_NINTH:
        return fifth && ninth && seventh_allowed(mode, degree);
    case CHORD_SIX_NINE:
    case CHORD_QUINTAL:
        return fifth && ninth && above(mode, degree, 5) == 9;
    case CHORD_QUARTAL:
        return above(mode, degree, 3) == 5 && above(mode, degree, 6) == 10;
    case CHORD_SHARP_ELEVEN:
        return mode == MODE_LYDIAN && above(mode, degree, 2) == 4 && fifth &&
               above(mode, degree, 6) == 11 && above(mode, degree, 3) == 6;
    case CHORD_INVERTED:
        return above(mode, degree, 4) == 6;
    case CHORD_KIND_COUNT:
        break;
    }
    return false;
}

void chord_weights(enum mode mode, int degree, double tension, double weights[CHORD_KIND_COUNT]) {
    double plain = 0.0, colour = 0.0;
    for (int i = 0; i < CHORD_KIND_COUNT; i++) {
        bool allowed = chord_allowed((enum chord_kind)i, mode, degree);
        weights[i] = allowed ? kinds[i].weight : 0.0;
        if (kinds[i].colour) {
            colour += weights[i];
        } else {
            plain += weights[i];
        }
    }
    if (plain <= 0.0 || colour <= 0.0) return;
    // Up to half of one side's weight goes over to the other.
    double moved = tension > 0.5 ? (tension - 0.5) * plain : (tension - 0.5) * colour;
    for (int i = 0; i < CHORD_KIND_COUNT; i++) {
        weights[i] *= kinds[i].colour ? 1.0 + moved / colour : 1.0 - moved / plain;
    }
}

void chord_tones_make(enum chord_kind kind, int key, enum mode mode, int degree,
                      struct chord_tones *tones) {
    assert(kind < CHORD_KIND_COUNT);
    tones->count = kinds[kind].count;
    for (uint32_t i = 0; i < tones->count; i++) {
        int step = kinds[kind].steps[i];
        tones->pc[i] = (uint8_t)scale_pitch_class(key, mode, degree + step);
        tones->root[i] = step == (kind == CHORD_INVERTED ? 5 : 0);
        tones->doubles[i] = step == 0 || step == 4 || kind == CHORD_INVERTED ||
                            kind == CHORD_QUARTAL;
    }
}

int chord_common_tones(int key_a, enum mode mode_a, int degree_a, int key_b, enum mode mode_b,
                       int degree_b) {
    int common = 0;
    for (int i = 0; i < 6; i += 2) {
        for (int j = 0; j < 6; j += 2) {
            int a = scale_pitch_class(key_a, mode_a, degree_a + i);
            int b = scale_pitch_class(key_b, mode_b, degree_b + j);
            common += a == b;
        }
    }
    return common;
}

// What follows the root in a chord symbol.
static const char *kind_suffix(enum chord_kind kind, bool minor, int seventh) {
    switch (kind) {
    case CHORD_ADD9:
        return minor ? "madd9" : "add9";
    case CHORD_SUS2:
        return "sus2";
    case CHORD_SUS4:
        return "sus4";
    case CHORD_FIFTH:
        return "5";
    case CHORD_TRIAD:
    case CHORD_INVERTED:
        return minor ? "m" : "";
    case CHORD_SEVENTH:
        return minor ? "m7" : seventh == 11 ? "maj7" : "7";
    case CHORD_NINTH:
        return minor ? "m9" : seventh == 11 ? "maj9" : "9";
    case CHORD_SIX_NINE:
        return minor ? "m6/9" : "6/9";
    case CHORD_QUARTAL:
        return "quartal";
    case CHORD_QUINTAL:
        return "quintal";
    case CHORD_SHARP_ELEVEN:
        return "maj7#11";
    case CHORD_KIND_COUNT:
        break;
    }
    return "";
}

void chord_name(enum chord_kind kind, int key, enum mode mode, int degree, int bass_pc, char *out,
                uint32_t cap) {
    int root_degree = kind == CHORD_INVERTED ? degree + 5 : degree;
    int root = scale_pitch_class(key, mode, root_degree);
    bool minor = above(mode, root_degree % SCALE_DEGREES, 2) == 3;
    int seventh = above(mode, root_degree % SCALE_DEGREES, 6);
    bool slash = bass_pc >= 0 && bass_pc != root;
    snprintf(out, cap, "%s%s%s%s", pitch_name(root, key, mode), kind_suffix(kind, minor, seventh),
             slash ? "/" : "", slash ? pitch_name(bass_pc, key, mode) : "");
}
