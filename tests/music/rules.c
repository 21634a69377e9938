// See rules.h.
#include "tests/music/rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Lowest place of the lower note for intervals of 1..11 semitones, written down anew from the
// table of low-interval limits; 5 more in reverbs of over 8 s.
static bool interval_muddy(int low, int high, bool long_reverb) {
    static const int limit[12] = {200, 52, 51, 48, 47, 45, 47, 37, 41, 41, 41, 41};
    int apart = high - low;
    return apart < 12 && low < limit[apart] + (long_reverb ? 5 : 0);
}

uint32_t rule_low_intervals(const struct heard *h) {
    bool long_reverb = h->scene->reverb.t_low_s > 8.0f;
    uint32_t bad = 0;
    for (uint32_t i = 0; i < h->chord_count; i++) {
        const struct heard_chord *c = &h->chords[i];
        for (uint32_t a = 0; a < c->count; a++) {
            if (c->bass >= 0) bad += interval_muddy(c->bass, c->midi[a], long_reverb);
            for (uint32_t b = a + 1; b < c->count; b++) {
                bad += interval_muddy(c->midi[a], c->midi[b], long_reverb);
            }
        }
    }
    return bad;
}

uint32_t rule_ranges(const struct heard *h) {
    uint32_t bad = 0;
    for (uint32_t i = 0; i < h->note_count; i++) {
        const struct heard_note *n = &h->notes[i];
        const struct scene_layer *l = &h->scene->layers[n->layer];
        float low = l->range_low, high = l->range_high;
        if (n->role == ROLE_WEATHER) continue;
        if (n->role == ROLE_CHORD) low = h->scene->range_low, high = h->scene->range_high;
        if (n->role == ROLE_LOOPS) low = 60, high = 100;
        bad += (float)n->midi < low || (float)n->midi > high;
    }
    for (uint32_t i = 0; i < h->chord_count; i++) {
        const struct heard_chord *c = &h->chords[i];
        bad += c->midi[c->count - 1] - c->midi[0] > 31;
        for (uint32_t v = 1; v < c->count; v++) bad += c->midi[v] - c->midi[v - 1] > 12;
    }
    return bad;
}

// Sethares' sum over all pairs of partials, with libm and without a table.
static double roughness(const struct heard_chord *c) {
    double sum = 0.0, amplitudes = 0.0, f[8 * 16], a[8 * 16];
    int count = 0;
    for (uint32_t v = 0; v < c->count; v++) {
        for (int k = 1; k <= 16; k++, count++) {
            f[count] = 440.0 * pow(2.0, (c->midi[v] - 69) / 12.0) * k;
            a[count] = pow(k, -1.5);
            amplitudes += a[count];
        }
    }
    for (int i = 0; i < count; i++) {
        for (int j = i + 1; j < count; j++) {
            double s = 0.24 / (0.0207 * fmin(f[i], f[j]) + 18.96) * fabs(f[i] - f[j]);
            sum += fmin(a[i], a[j]) * 5.0 * (exp(-3.51 * s) - exp(-5.75 * s));
        }
    }
    return sum / amplitudes;
}

double rule_roughness_over(const struct heard *h, double bound, double *largest) {
    double over = 0.0, total = 0.0;
    *largest = 0.0;
    for (uint32_t i = 0; i < h->chord_count; i++) {
        double r = roughness(&h->chords[i]);
        if (r > *largest) *largest = r;
        total += h->chords[i].seconds;
        if (r > bound + 1e-6) over += h->chords[i].seconds;
    }
    return over / total;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// How far the voice at MIDI of TO has come; voice INDEX when both have as many.
static int voice_move(const struct heard_chord *from, const struct heard_chord *to, uint32_t v) {
    if (from->count == to->count) return abs(to->midi[v] - from->midi[v]);
    int best = 127;
    for (uint32_t i = 0; i < from->count; i++) {
        int d = abs(to->midi[v] - from->midi[i]);
        if (d < best) best = d;
    }
    return best;
}

void rule_motion(const struct heard *h, double *mean, double *largest_p95, double *common) {
    static double largest[HEARD_CHORDS_MAX];
    double moved = 0.0, voices = 0.0, kept = 0.0;
    uint32_t changes = 0;
    for (uint32_t i = 1; i < h->chord_count; i++) {
        const struct heard_chord *a = &h->chords[i - 1], *b = &h->chords[i];
        // A long chord struck anew is no change.
        if (a->count == b->count && memcmp(a->midi, b->midi, a->count) == 0) continue;
        double most = 0.0;
        for (uint32_t v = 0; v < b->count; v++) {
            int d = voice_move(a, b, v);
            moved += d;
            voices += 1.0;
            if (d > most) most = d;
        }
        uint32_t same = 0;
        for (uint32_t v = 0; v < b->count; v++) {
            for (uint32_t u = 0; u < a->count; u++) same += a->midi[u] == b->midi[v];
        }
        kept += 4.0 * same / b->count;
        largest[changes++] = most;
    }
    qsort(largest, changes, sizeof *largest, compare);
    *mean = moved / voices;
    *largest_p95 = largest[changes * 95 / 100];
    *common = kept / changes;
}

void rule_holds(const struct heard *h, double *shortest, double *median) {
    static double holds[HEARD_CHORDS_MAX];
    uint32_t count = 0;
    double held = 0.0;
    for (uint32_t i = 0; i + 1 < h->chord_count; i++) {
        const struct heard_chord *a = &h->chords[i], *b = &h->chords[i + 1];
        held += a->seconds;
        bool again = a->count == b->count && memcmp(a->midi, b->midi, a->count) == 0;
        if (again) continue;
        holds[count++] = held;
        held = 0.0;
    }
    qsort(holds, count, sizeof *holds, compare);
    *shortest = holds[0];
    *median = holds[count / 2];
}

static double correlation(const double *x, const double *y) {
    double mx = 0, my = 0, xy = 0, xx = 0, yy = 0;
    for (int i = 0; i < 12; i++) mx += x[i] / 12, my += y[i] / 12;
    for (int i = 0; i < 12; i++) {
        xy += (x[i] - mx) * (y[i] - my);
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

// How long the notes of each pitch class sound in the window. Returns the key declared there, -1
// when it changes or there is none.
static int pitch_class_time(const struct heard *h, double from, double seconds, double time[12]) {
    int key = -1;
    memset(time, 0, 12 * sizeof *time);
    for (uint32_t i = 0; i < h->note_count; i++) {
        const struct heard_note *n = &h->notes[i];
        double begin = fmax(n->at, from), end = fmin(n->at + n->seconds, from + seconds);
        if (n->midi == 0 || end <= begin) continue;
        if (n->at >= from && key >= 0 && n->key != key) return -1;
        if (n->at >= from) key = n->key;
        time[n->midi % 12] += end - begin;
    }
    return key;
}

int rule_tonic(const struct heard *h, double from, double seconds, double *r) {
    static const double major[12] = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09,
                                     2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
    static const double minor[12] = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53,
                                     2.54, 4.75, 3.98, 2.69, 3.34, 3.17};
    // The altered degree of each mode against ionian or aeolian: (semitone it has, it would have).
    static const int altered[MODE_COUNT][2] = {[MODE_LYDIAN] = {6, 5},
                                               [MODE_MIXOLYDIAN] = {10, 11},
                                               [MODE_DORIAN] = {9, 8},
                                               [MODE_PHRYGIAN] = {1, 2}};
    double profile[12], time[12], turned[12];
    memcpy(profile, h->scene->mode <= MODE_MIXOLYDIAN ? major : minor, sizeof profile);
    const int *swap = altered[h->scene->mode];
    double kept = profile[swap[0]];
    profile[swap[0]] = profile[swap[1]];
    profile[swap[1]] = kept;
    int key = pitch_class_time(h, from, seconds, time);
    if (key < 0) return 0;
    int rank = 1;
    for (int i = 0; i < 12; i++) turned[i] = time[(i + key) % 12];
    *r = correlation(turned, profile);
    for (int k = 1; k < 12; k++) {
        for (int i = 0; i < 12; i++) turned[i] = time[(i + key + k) % 12];
        rank += correlation(turned, profile) > *r;
    }
    return rank;
}

uint32_t rule_out_of_scale(const struct heard *h, double *borrowed_share) {
    uint32_t bad = 0, borrowed = 0, pitched = 0;
    for (uint32_t i = 0; i < h->note_count; i++) {
        const struct heard_note *n = &h->notes[i];
        if (n->midi == 0) continue;
        pitched++;
        bad += !scale_contains(n->key, (enum mode)n->mode, n->midi);
        borrowed += !scale_contains(n->key, (enum mode)n->scene_mode, n->midi);
    }
    *borrowed_share = (double)borrowed / pitched;
    return bad;
}

double rule_onset_rate(const struct heard *h, uint32_t layer) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < h->note_count; i++) count += h->notes[i].layer == layer;
    return (double)count / h->until;
}

double rule_silence(const struct heard *h) {
    uint32_t windows = (uint32_t)(h->until / 4.0), busy = 0;
    int64_t last = -1;
    for (uint32_t i = 0; i < h->note_count; i++) { // sorted by onset
        int64_t window = (int64_t)(h->notes[i].at / 4.0);
        if (h->notes[i].role == ROLE_WEATHER || window == last) continue;
        last = window;
        busy++;
    }
    return 1.0 - (double)busy / windows;
}

// True when the pitched notes of [A, A+30) and [B, B+30) are the same, relative to A and B, and
// there are at least four: one bass note and silence may come again.
static bool same_stretch(const struct heard *h, uint32_t a, uint32_t b) {
    double from_a = h->notes[a].at, from_b = h->notes[b].at;
    for (uint32_t count = 0;; a++, b++, count++) {
        while (a < h->note_count && h->notes[a].midi == 0) a++;
        while (b < h->note_count && h->notes[b].midi == 0) b++;
        bool end_a = a >= h->note_count || h->notes[a].at >= from_a + 30.0;
        bool end_b = b >= h->note_count || h->notes[b].at >= from_b + 30.0;
        if (end_a || end_b) return end_a && end_b && count >= 4;
        const struct heard_note *x = &h->notes[a], *y = &h->notes[b];
        double apart = (x->at - from_a) - (y->at - from_b);
        if (x->midi != y->midi || x->layer != y->layer || fabs(apart) > 0.01) return false;
    }
}

uint32_t rule_repeats(const struct heard *h) {
    uint32_t repeats = 0;
    for (uint32_t a = 0; a < h->note_count; a++) {
        if (h->notes[a].midi == 0) continue;
        for (uint32_t b = a + 1; b < h->note_count; b++) {
            if (h->notes[b].at > h->notes[a].at + 3600.0) break;
            if (h->notes[b].midi == h->notes[a].midi) repeats += same_stretch(h, a, b);
        }
    }
    return repeats;
}

double rule_entropy(const struct heard *h, double from, double seconds) {
    double pair[7][7] = {{0}}, total = 0.0, bits = 0.0, kinds = 0.0;
    int before = -1;
    for (uint32_t i = 0; i < h->chord_count; i++) {
        const struct heard_chord *c = &h->chords[i];
        if (c->at < from || c->at >= from + seconds) continue;
        if (before >= 0 && c->degree != before) {
            pair[before][c->degree] += 1.0;
            total += 1.0;
        }
        before = c->degree;
    }
    for (int i = 0; i < 7; i++) {
        double row = 0.0;
        for (int j = 0; j < 7; j++) row += pair[i][j];
        for (int j = 0; j < 7; j++) {
            if (pair[i][j] <= 0.0) continue;
            bits -= pair[i][j] / total * log2(pair[i][j] / row);
            kinds++;
        }
        kinds -= row > 0.0;
    }
    // An hour has few chords, and few draws look more orderly than their source: Miller and
    // Madow's correction.
    return total > 0.0 ? bits + kinds / (2.0 * total * log(2.0)) : 0.0;
}

double rule_shared(const struct heard *a, const struct heard *b) {
    uint32_t shared = 0, pitched = 0, j = 0;
    for (uint32_t i = 0; i < a->note_count; i++) {
        const struct heard_note *x = &a->notes[i];
        if (x->midi == 0) continue;
        pitched++;
        while (j > 0 && b->notes[j].at > x->at - 0.02) j--;
        while (j < b->note_count && b->notes[j].at < x->at - 0.01) j++;
        bool found = false;
        for (uint32_t k = j; k < b->note_count && b->notes[k].at <= x->at + 0.01; k++) {
            found = found || (b->notes[k].midi == x->midi && b->notes[k].layer == x->layer);
        }
        shared += found;
    }
    return (double)shared / pitched;
}

int rule_bass_leap(const struct heard *h) {
    int before = -1, largest = 0;
    for (uint32_t i = 0; i < h->note_count; i++) {
        const struct heard_note *n = &h->notes[i];
        if (n->role != ROLE_BASS) continue;
        if (before >= 0 && abs(n->midi - before) > largest) largest = abs(n->midi - before);
        before = n->midi;
    }
    return largest;
}
