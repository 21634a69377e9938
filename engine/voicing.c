// Exhaustive search for the best voicing, cut short by a lower bound on the cost. See voicing.h.
#include "engine/voicing.h"

#include <assert.h>

#include "engine/roughness.h" // roughness_pair, roughness_chord

#define PITCHES_MAX 48
#define SPAN_MAX 31     // lowest to highest voice
#define GAP_MAX 12      // between neighbours
#define CLUSTER_LOW 62  // a semitone may stand only above this, and only once
#define COST_LEAP 2.0
#define COST_NEW 2.0  // per voice that does not keep its note
#define LEAP_FREE 4     // a voice may move a major third without further cost
#define COST_DOUBLE 1.5 // doubling anything but the root
#define COST_MEAN 0.3
#define COST_CLUSTER_AT_BOTTOM 6.0
#define COST_ROUGH 150.0
#define JITTER 0.3

// Lowest place of the lower note of an interval of 0..11 semitones (after a common table, with the
// tritone raised); wider intervals may stand anywhere.
static const uint8_t lowest_place[12] = {0, 52, 51, 48, 47, 45, 47, 37, 41, 41, 41, 41};

struct search {
    const struct voicing_request *request;
    uint32_t pitch_count;
    uint8_t pitch[PITCHES_MAX];  // candidates, ascending
    uint8_t tone[PITCHES_MAX];   // which tone of the chord each one is
    double jitter[PITCHES_MAX];
    uint32_t required;           // bit per tone that must sound
    uint32_t repeats_max;
    uint8_t chosen[VOICES_MAX];  // indexes into pitch[]
    double best_cost;
    struct voicing best;
};

bool voicing_interval_clear(int lower, int upper, int shift) {
    int interval = upper - lower;
    if (interval >= 12) return true;
    return interval > 0 && lower >= lowest_place[interval] + shift;
}

void voicing_reference(uint32_t count, struct voicing *reference) {
    assert(count >= 1 && count <= VOICES_MAX);
    // With more voices they stand closer, so that the outer ones stay in the same register.
    int apart = count <= 3 ? 6 : count == 4 ? 5 : 4;
    int low2 = 2 * VOICING_MIDDLE - apart * (int)(count - 1);
    reference->count = count;
    reference->roughness = 0.0;
    reference->cost = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        reference->midi[i] = (uint8_t)(low2 / 2 + apart * (int)i);
    }
}

static int nearest_distance(const struct voicing *from, int midi) {
    int best = 127;
    for (uint32_t i = 0; i < from->count; i++) {
        int d = midi > from->midi[i] ? midi - from->midi[i] : from->midi[i] - midi;
        if (d < best) best = d;
    }
    return best;
}

int voicing_motion(const struct voicing *from, const struct voicing *to, int *largest) {
    int sum = 0;
    *largest = 0;
    for (uint32_t i = 0; i < to->count; i++) {
        int d = to->midi[i] - (from->count == to->count ? from->midi[i] : to->midi[i]);
        if (from->count != to->count) d = nearest_distance(from, to->midi[i]);
        if (d < 0) d = -d;
        sum += d;
        if (d > *largest) *largest = d;
    }
    return sum;
}

static double motion_cost(const struct voicing *from, const struct voicing *to) {
    if (!from || from->count == 0) return 0.0;
    int largest, kept = 0;
    int sum = voicing_motion(from, to, &largest);
    for (uint32_t i = 0; i < to->count; i++) kept += nearest_distance(from, to->midi[i]) == 0;
    double leap = largest > LEAP_FREE ? COST_LEAP * (largest - LEAP_FREE) : 0.0;
    return sum + COST_NEW * ((int)to->count - kept) + leap;
}

// Weighs a complete choice and keeps it when it is the best so far.
static void weigh(struct search *s) {
    const struct voicing_request *r = s->request;
    struct voicing v = {.count = r->voices};
    double mean = 0.0, cost = 0.0;
    uint32_t heard = 0;
    for (uint32_t i = 0; i < v.count; i++) {
        uint32_t tone = s->tone[s->chosen[i]];
        if ((heard >> tone & 1) && !r->tones.root[tone]) cost += COST_DOUBLE;
        heard |= 1u << tone;
        v.midi[i] = s->pitch[s->chosen[i]];
        mean += v.midi[i];
        cost += s->jitter[s->chosen[i]];
    }
    mean = mean / v.count - VOICING_MIDDLE;
    cost += COST_MEAN * (mean < 0.0 ? -mean : mean);
    if (v.count > 1 && v.midi[1] - v.midi[0] == 1) cost += COST_CLUSTER_AT_BOTTOM;
    cost += motion_cost(r->before, &v) + motion_cost(r->after, &v);
    if (cost >= s->best_cost) return;
    v.roughness = roughness_chord(v.midi, v.count);
    if (v.roughness > r->roughness_max) cost += COST_ROUGH * (v.roughness - r->roughness_max);
    if (cost >= s->best_cost) return;
    s->best_cost = cost;
    v.cost = cost;
    s->best = v;
}

// True when pitch number P may stand above the DEPTH voices already chosen.
static bool fits(const struct search *s, uint32_t depth, uint32_t p) {
    const struct voicing_request *r = s->request;
    int midi = s->pitch[p];
    int repeats = 0, clusters = 0;
    if (r->bass >= 0 && !voicing_interval_clear(r->bass, midi, r->limit_shift)) return false;
    for (uint32_t i = 0; i < depth; i++) {
        int lower = s->pitch[s->chosen[i]];
        if (!voicing_interval_clear(lower, midi, r->limit_shift)) return false;
        repeats += s->tone[s->chosen[i]] == s->tone[p];
        if (i > 0) clusters += lower - s->pitch[s->chosen[i - 1]] == 1;
    }
    if (repeats > 0 && (!r->tones.doubles[s->tone[p]] || repeats >= (int)s->repeats_max)) {
        return false;
    }
    if (depth == 0) return true;
    int below = s->pitch[s->chosen[depth - 1]];
    if (midi - below > GAP_MAX || midi - s->pitch[s->chosen[0]] > SPAN_MAX) return false;
    return midi - below > 1 || (below > CLUSTER_LOW && clusters == 0);
}

static uint32_t tones_of(const struct search *s, uint32_t depth) {
    uint32_t mask = 0;
    for (uint32_t i = 0; i < depth; i++) mask |= 1u << s->tone[s->chosen[i]];
    return mask;
}

static uint32_t bits(uint32_t mask) {
    uint32_t count = 0;
    for (; mask; mask &= mask - 1) count++;
    return count;
}

// Semitones the chosen voices have moved already: no choice above them can cost less.
static double motion_so_far(const struct search *s, uint32_t depth) {
    const struct voicing *before = s->request->before;
    if (!before || before->count != s->request->voices) return 0.0;
    int sum = 0;
    for (uint32_t i = 0; i < depth; i++) {
        int d = s->pitch[s->chosen[i]] - before->midi[i];
        sum += d < 0 ? -d : d;
    }
    return sum;
}

// True when no completion of the first DEPTH choices can be a voicing, or a better one.
static bool hopeless(const struct search *s, uint32_t depth) {
    uint32_t missing = bits(s->required & ~tones_of(s, depth));
    return missing > s->request->voices - depth || motion_so_far(s, depth) >= s->best_cost;
}

// All choices of ascending pitches, voice by voice from the bottom; next[d] is the pitch to try
// next for voice d.
static void search_all(struct search *s) {
    uint32_t next[VOICES_MAX] = {0}, depth = 0;
    for (;;) {
        uint32_t p = next[depth];
        while (p < s->pitch_count && !fits(s, depth, p)) p++;
        next[depth] = p + 1;
        if (p >= s->pitch_count) {
            if (depth == 0) return;
            depth--;
            continue;
        }
        s->chosen[depth] = (uint8_t)p;
        if (hopeless(s, depth + 1)) continue;
        if (depth + 1 == s->request->voices) {
            weigh(s);
        } else {
            next[++depth] = p + 1;
        }
    }
}

static void list_pitches(struct search *s) {
    const struct voicing_request *r = s->request;
    struct philox_word4 words = {{0}};
    for (int midi = r->low; midi <= r->high && s->pitch_count < PITCHES_MAX; midi++) {
        if ((midi & 3) == 0 || midi == r->low) words = dice_words(r->jitter, (uint32_t)midi >> 2);
        for (uint32_t t = 0; t < r->tones.count; t++) {
            if (midi % 12 != r->tones.pc[t]) continue;
            s->pitch[s->pitch_count] = (uint8_t)midi;
            s->tone[s->pitch_count] = (uint8_t)t;
            s->jitter[s->pitch_count] = JITTER * philox_unit(words.w[midi & 3]);
            s->pitch_count++;
            break;
        }
    }
}

bool voicing_find(const struct voicing_request *request, struct voicing *out) {
    assert(request->voices >= 1 && request->voices <= VOICES_MAX && request->tones.count > 0);
    assert(request->low >= ROUGHNESS_LOW && request->high <= ROUGHNESS_HIGH);
    struct search s = {.request = request, .best_cost = 1e9};
    uint32_t tones = request->tones.count;
    uint32_t required = request->voices < tones ? request->voices : tones;
    s.required = (1u << required) - 1;
    s.repeats_max = (request->voices + tones - 1) / tones;
    if (s.repeats_max < 2) s.repeats_max = 2;
    list_pitches(&s);
    search_all(&s);
    *out = s.best;
    return s.best.count > 0;
}
