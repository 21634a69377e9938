/*
 * note.c - sets a note up: envelope, tone, loudness, and which polynomial each block needs.
 *
 * Loudness by arithmetic: the partials are known before they sound, so the K-weighted power of
 * the note is a sum over them (voices/loudness.h) and the gain follows. Nothing is ever measured.
 * The degree of the in-cell polynomial of a block of carriers (cells.h) comes from the largest
 * rate of the lines beside each and from how loud it is. Host code, any thread, pure.
 */
#include "voices/note.h"

#include "voices/loudness.h"
#include "voices/note_parts.h"
#include "voices/surf_note.h"

/* Tolerated error of the in-cell polynomials, relative to the note's own amplitude. */
#define NOTE_TOLERANCE 1e-6
/* Carriers that stay this far below the loudest even at full brightness are left out. */
#define NOTE_AUDIBLE 1e-6

static double note_tilt(double hz) {
    const double r = hz * hz, r0 = 2000.0 * 2000.0;
    return (r - r0) / (r + r0);
}

/* Time average of sin^2(pi k d(t)) of the pulse-width sweep. */
static double note_pwm_power(double ratio, double depth) {
    double sum = 0.0;
    for (int i = 0; i < 16; i++) {
        const double s = sc_sin(0.5 * ratio * (0.5 + depth * sc_sin((i + 0.5) / 16.0)));
        sum += s * s;
    }
    return sum / 16.0;
}

double note_steady_level(const struct voice_note *note, const struct note_draft *draft, uint32_t i,
                         double brightness, double lfo_oct) {
    const struct voice_tone *tone = &note->tone;
    const double octaves = sc_log2(draft->hz[i]) - tone->log2_f0;
    const double ratio_octaves = octaves > 0 ? octaves : 0.0;
    double log2_level = -ratio_octaves * tone->rolloff +
                        brightness * (0.5 * ratio_octaves + 0.49828921 * note_tilt(draft->hz[i]));
    double bump = 1.0;
    if (tone->cutoff_power > 0) {
        const double cutoff = tone->log2_cutoff + tone->cutoff_env + lfo_oct + 1.2 * brightness;
        const double above = sc_log2(draft->hz[i]) - cutoff;
        log2_level -= 0.5 * sc_log2(1.0 + sc_exp2(tone->cutoff_power * above));
        const double x = above / 0.15;
        bump = 1.0 + tone->resonance * sc_exp(-0.5 * x * x);
    }
    double power = 1.0;
    if (tone->pwm_depth > 0) {
        power = note_pwm_power(sc_exp2(octaves), tone->pwm_depth);
    }
    return draft->level[i] * bump * sc_exp2(log2_level) * sc_sqrt(power);
}

/* Least degree whose error on |z| <= RANGE, times WEIGHT, is tolerable. */
static uint32_t needed_degree(double range, double weight, bool plain_series) {
    double error = range;
    for (uint32_t degree = 1; degree < VOICE_DEGREE_MAX; degree++) {
        /* error = range^(d+1) / (d+1)!; the economised series gains 2^d */
        error *= range / (double)(degree + 1);
        const double gain = plain_series ? 1.0 : 1.0 / (double)(1U << degree);
        if (degree >= 2 && error * gain * weight < NOTE_TOLERANCE) {
            return degree;
        }
    }
    return VOICE_DEGREE_MAX;
}

/* The LFO at its crest, where the upper partials are loudest, decides. */
static void choose_degrees(struct voice_note *note, const struct note_draft *draft) {
    double level[VOICE_CARRIERS_MAX], power = 0.0;
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        level[i] = draft->level[i] > 0
                       ? note_steady_level(note, draft, i, 0.0, note->tone.cutoff_lfo)
                       : 0.0;
        power += level[i] * level[i];
    }
    const double amplitude = sc_sqrt(power);
    for (uint32_t b = 0; b * VOICE_BLOCK_CARRIERS < note->carrier_count; b++) {
        const uint32_t first = b * VOICE_BLOCK_CARRIERS;
        uint32_t degree = 2;
        for (uint32_t i = first; i < note->carrier_count && i < first + VOICE_BLOCK_CARRIERS;
             i++) {
            const double range = draft->spread[i] * (CELL_FRAMES / 2);
            const uint32_t need =
                needed_degree(range, level[i] / amplitude, note->voice == VOICE_BELL);
            degree = need > degree ? need : degree;
            note->carrier_range[i] = (float)range;
        }
        note->degree[b] = degree;
    }
}

void note_finish(struct voice_note *note, struct note_draft *draft, double loudness_lufs) {
    double bright[VOICE_CARRIERS_MAX], loudest = 0.0;
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        draft->level[i] *= sc_quintic((NOTE_TOP_HZ - draft->top_hz[i]) / NOTE_GUARD_HZ);
        bright[i] = draft->level[i] > 0
                        ? note_steady_level(note, draft, i, 1.0, 2.0 * note->tone.cutoff_lfo)
                        : 0.0;
        loudest = sc_max(loudest, bright[i]);
    }
    while (note->carrier_count > 0 && bright[note->carrier_count - 1] <= NOTE_AUDIBLE * loudest) {
        note->carrier_count--;
    }
    double power = 0.0;
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        const double level =
            draft->level[i] > 0 ? note_steady_level(note, draft, i, 0.0, 0.0) : 0.0;
        power += 0.5 * level * level * draft->power * loudness_k_power(draft->hz[i]);
        note->carrier_inc[i] = note_increment(draft->hz[i]);
        note->carrier_level[i] = (float)draft->level[i];
    }
    if (note->carrier_count == 0 || power < 1e-30) {
        note->end = note->onset; /* inaudibly high: nothing to render */
        return;
    }
    note->tone.log2_gain =
        (float)(0.5 * (sc_log2(loudness_to_power(loudness_lufs)) - sc_log2(power)));
    choose_degrees(note, draft);
}

/* Rounds a position up to the next cell boundary. */
static int64_t cell_up(int64_t frame) {
    return (frame + CELL_FRAMES - 1) & -(int64_t)CELL_FRAMES;
}

static double held_seconds(float seconds, double least, double most) {
    return sc_clamp(seconds > 0 ? seconds : 0.0, least, most);
}

/* Frames from the end of a pad's sustain to silence: the release, and its grid. */
static double release_frames(const struct voice_patch *patch) {
    return sc_round(held_seconds(patch->release_s, 0.5, 60.0) * VOICE_RATE);
}

static void set_pad_envelope(struct voice_note *note, const struct voice_patch *patch,
                             const struct voice_event *event) {
    struct voice_envelope *e = &note->envelope;
    const double velocity = sc_clamp(event->velocity, 0.0, 1.0);
    const double attack =
        sc_max(0.5, held_seconds(patch->attack_s, 0.5, 30.0) * (1.3 - 0.3 * velocity));
    const double release = release_frames(patch);
    e->start = (uint32_t)(cell_up(note->onset) - note->onset);
    e->off = (uint32_t)(note->off - note->onset);
    e->attack_rate = (float)(1.0 / (attack * VOICE_RATE));
    e->sustain = (float)sc_clamp(patch->sustain, 0.0, 1.0);
    e->decay_rate = patch->decay_s > 0
                        ? (float)(1.0 / (SC_LN2 * sc_max(0.1, patch->decay_s) * VOICE_RATE))
                        : 0.0F;
    if (!(patch->decay_s > 0)) {
        e->sustain = 1.0F;
    }
    e->release_rate = (float)(1.0 / release);
    e->release_shape = (float)sc_clamp(patch->release_shape, 0.0, 12.0);
    /* One frame more than the release, so that a rate rounded down still reaches its end. */
    note->end = cell_up(note->off + (int64_t)release + 1);
}

static void set_tone(struct voice_note *note, const struct voice_patch *patch,
                     const struct voice_event *event, double hz) {
    struct voice_tone *tone = &note->tone;
    const struct philox_word4 random = note_random(note, 0);
    tone->log2_f0 = (float)sc_log2(hz);
    tone->rolloff = (float)(patch->rolloff + 0.4 * (1.0 - sc_clamp(event->velocity, 0.0, 1.0)));
    if (patch->cutoff_hz > 0) {
        tone->log2_cutoff = (float)sc_log2(sc_clamp(patch->cutoff_hz, 40.0, 20000.0));
        tone->cutoff_power = patch->cutoff_order < 6 ? 4.0F : 8.0F;
    }
    tone->cutoff_env = patch->cutoff_env_oct;
    tone->cutoff_lfo = patch->cutoff_lfo_oct;
    tone->resonance = (float)sc_clamp(patch->resonance, 0.0, 0.6);
    tone->lfo_phase = random.w[0];
    tone->lfo_inc = note_increment(sc_clamp(patch->cutoff_lfo_hz, 0.0, 1.0));
    tone->pwm_depth =
        note->voice == VOICE_WARM_PAD ? (float)sc_clamp(patch->pwm_depth, 0.0, 0.4) : 0.0F;
    tone->pwm_phase = random.w[1];
    tone->pwm_inc = note_increment(sc_clamp(patch->pwm_hz, 0.0, 0.5));
}

void voice_note_init(struct voice_note *note, const struct voice_patch *patch,
                     const struct voice_event *event) {
    static const struct voice_note empty; /* all zero, every body of the union too */
    *note = empty;
    note->onset = event->onset;
    note->off = event->off > event->onset ? event->off : event->onset;
    note->seed = event->seed;
    note->id[0] = event->id[0];
    note->id[1] = event->id[1];
    note->voice = patch->voice;
    note->layer = event->layer;
    note->bus = event->layer;
    if (patch->voice == VOICE_SURF) {
        surf_note_init(note, patch, event);
        return;
    }
    struct note_draft draft;
    for (uint32_t i = 0; i < VOICE_CARRIERS_MAX; i++) {
        draft.hz[i] = draft.top_hz[i] = draft.spread[i] = 0.0;
        draft.level[i] = 1.0;
    }
    draft.power = 1.0;
    note->channel_count = 2;
    note->width = (float)sc_clamp(patch->width, 0.0, 1.0);
    set_pad_envelope(note, patch, event);
    const double lowest = patch->voice == VOICE_BELL ? NOTE_BELL_LOWEST_MIDI : 0.0;
    set_tone(note, patch, event, sc_midi_hz(sc_clamp(event->midi, lowest, 127.0)));
    switch ((enum voice_kind)patch->voice) {
    case VOICE_WARM_PAD:
        note_warm_pad(note, patch, event, &draft);
        break;
    case VOICE_WIDE_PAD:
        note_wide_pad(note, patch, event, &draft);
        break;
    case VOICE_SUB_DRONE:
        note_sub_drone(note, patch, event, &draft);
        break;
    case VOICE_BELL:
        note_bell(note, patch, event, &draft);
        break;
    case VOICE_SURF:
    case VOICE_KIND_COUNT:
        break;
    }
    note_finish(note, &draft, event->loudness_lufs);
}

int64_t voice_tail_frames(const struct voice_patch *patch) {
    if (patch->voice == VOICE_BELL) {
        /* -144 dB takes 2.41 T60, and T60 is up to 2.83 times longer at the lowest bell. */
        const double seconds = sc_min(VOICE_BELL_SECONDS, note_bell_seconds(patch) * 7.0);
        return (int64_t)(seconds * VOICE_RATE) + 2 * CELL_FRAMES;
    }
    return (int64_t)release_frames(patch) + 2 * CELL_FRAMES;
}
