// See patch_ours.h. Levels: the engine aims at loudness; for the comparison the amplitude of each
// note's first harmonic is set to what all programs are asked for.
#include "profiling/peers/patch_ours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plan.h" // struct span

enum { NOTES_MAX = 64, RATE = VOICE_RATE };

static const double chord_hz[] = {196.5,   220.75,  261.5,  293.875,
                                  328.875, 391.375, 439.25, 498.0};
static const double voice_level = 0.04;

struct playing {
    const struct lanes_cpu *lanes;
    struct span span;
    struct voice_note notes[NOTES_MAX];
    struct mix_sums sums;
    void *state, *scratch;
    float *both; // interleaved
};

static void *take(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 1087) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "aeolian-peers: out of memory\n");
        exit(1);
    }
    memset(memory, 0, bytes);
    return memory;
}

static struct playing *playing_make(const struct lanes_cpu *lanes) {
    static const float values[PLAN_CURVES] = {
        [PLAN_BRIGHTNESS] = 0.5f, [PLAN_MOTION] = 0.5f,     [PLAN_SPACE] = 0.5f,
        [PLAN_LEVEL_PAD] = 0.75f, [PLAN_LEVEL_WIDE] = 0.75f};
    struct playing *p = take(sizeof *p);
    p->lanes = lanes;
    p->state = take(lanes->state_bytes);
    p->scratch = take(lanes->scratch_bytes);
    p->both = take(sizeof(float) * 2 * CHUNK_FRAMES);
    for (int channel = 0; channel < 2; channel++) {
        p->sums.dry[channel] = take(sizeof(float) * CHUNK_FRAMES);
        p->sums.send[channel] = take(sizeof(float) * CHUNK_FRAMES);
    }
    p->sums.drive = take(sizeof(float) * (CHUNK_CELLS + 1));
    for (uint32_t c = 0; c < PLAN_CURVES; c++) {
        p->span.curves[c].count = 1;
        p->span.curves[c].segments[0] = (struct curve_segment){0, values[c], values[c], 0};
    }
    p->span.bus_count = 1;
    p->span.buses[0] = (struct plan_bus){PLAN_LEVEL_PAD, 0.35f};
    for (uint32_t e = 0; e < 3; e++) {
        reverb_design_make(&p->span.effects.epochs[e], REVERB_HALL, 3.0, 1.5, 0.03);
        delay_design_make(&p->span.effects.delays[e], false, 0.5, 0.0, DELAY_SEND_OFF_DB);
    }
    lanes->effects_reset(p->state);
    return p;
}

static void playing_free(struct playing *p) {
    for (int channel = 0; channel < 2; channel++) {
        free(p->sums.dry[channel]);
        free(p->sums.send[channel]);
    }
    free(p->sums.drive);
    free(p->both);
    free(p->scratch);
    free(p->state);
    free(p);
}

static void add_note(struct playing *p, const struct voice_patch *patch, double hz, double off_s) {
    const uint32_t number = p->span.note_count++;
    const struct voice_event event = {
        .onset = 0, .off = (int64_t)(off_s * RATE), .midi = 69.0 + 12.0 * log2(hz / 440.0),
        .velocity = 1, .loudness_lufs = -30, .detune_scale = 1, .id = {number, 1}, .seed = 1};
    voice_note_init(&p->notes[number], patch, &event);
    // Equal-power pan leaves 1/sqrt(2) in each channel.
    p->notes[number].tone.log2_gain = (float)(log2(voice_level) + 0.5);
    p->span.notes[number] = (struct plan_note){number, 0};
}

static void put(FILE *out, const float *samples, size_t count) {
    if (fwrite(samples, sizeof *samples, count, out) != count) {
        fprintf(stderr, "aeolian-peers: cannot write\n");
        exit(1);
    }
}

// One chunk from frame AT on into p->both.
static void render_chunk(struct playing *p, int64_t at, uint32_t frames, bool wet) {
    p->lanes->cells_render(&p->span, p->notes, at / CELL_FRAMES,
                           (frames + CELL_FRAMES - 1) / CELL_FRAMES, &p->sums, p->scratch);
    if (wet) {
        struct effects_plan *plan = &p->span.effects;
        plan->from = at;
        plan->frames = frames;
        plan->epoch_first = effects_epoch(at);
        p->lanes->effects_render(p->state, plan, &p->sums, p->both, p->scratch);
        return;
    }
    for (uint32_t i = 0; i < frames; i++) {
        p->both[2 * i] = p->sums.dry[0][i];
        p->both[2 * i + 1] = p->sums.dry[1][i];
    }
}

// The limiter looks ahead: its output is late by MASTER_DELAY_FRAMES, which are left out.
static void play(struct playing *p, double seconds, bool wet, FILE *out) {
    uint32_t skip = wet ? MASTER_DELAY_FRAMES : 0;
    const int64_t end = (int64_t)(seconds * RATE) + skip;
    p->span.frames = CHUNK_FRAMES;
    for (int64_t at = 0; at < end;) {
        const uint32_t frames = end - at < CHUNK_FRAMES ? (uint32_t)(end - at) : CHUNK_FRAMES;
        p->span.from = at;
        render_chunk(p, at, frames, wet);
        const uint32_t from = skip < frames ? skip : frames;
        put(out, p->both + 2 * from, 2 * (size_t)(frames - from));
        skip -= from;
        at += frames;
    }
}

void patch_render(const struct lanes_cpu *lanes, double seconds, bool wet, FILE *out) {
    const struct voice_patch patch = {
        .voice = VOICE_WARM_PAD, .attack_s = 4, .release_s = 4, .sustain = 1, .release_shape = 0,
        .rolloff = 1, .partials_max = 32, .unison = wet ? 3 : 1, .detune_cents = wet ? 8 : 0,
        .drift_cents = wet ? 4 : 0, .drift_hz = 0.15f, .width = wet ? 0.8f : 0};
    struct playing *p = playing_make(lanes);
    for (uint32_t i = 0; i < sizeof chord_hz / sizeof *chord_hz; i++) {
        add_note(p, &patch, chord_hz[i], seconds - 8);
        if (!wet) {
            p->notes[i].body.unison.gain[0] = 1; // a single copy is 1 dB up else
        }
    }
    play(p, seconds, wet, out);
    playing_free(p);
}

void voices_render(const struct lanes_cpu *lanes, uint32_t partials, double seconds, FILE *out) {
    const struct voice_patch patch = {
        .voice = VOICE_WARM_PAD, .attack_s = 1, .release_s = 4, .sustain = 1, .release_shape = 6,
        .rolloff = 1, .partials_max = 32, .unison = 8, .detune_cents = 9, .drift_cents = 3,
        .drift_hz = 0.08f, .width = 0.8f, .cutoff_hz = 1800, .cutoff_order = 4,
        .cutoff_lfo_oct = 0.3f, .cutoff_lfo_hz = 0.07f};
    struct playing *p = playing_make(lanes);
    for (uint32_t i = 0; i < partials / 256 && i < NOTES_MAX; i++) {
        add_note(p, &patch, chord_hz[i % 8] * (1.0 + 0.001 * i), seconds + 8);
    }
    play(p, seconds, false, out);
    playing_free(p);
}
