/*
 * note_pads.c - set-up of the warm pad, the wide pad and the sub drone.
 *
 * Where the numbers of a sustained voice become increments, phases and line offsets. Spacing of
 * the unisons: super-saw (Szabo 2010); bands of the wide pad: PADsynth's law (Nasca) with each
 * harmonic's band replaced by lines at Gaussian quantiles. Host code, any thread, pure.
 */
#include "voices/note_parts.h"

/* Offsets of the unisons in units of the detune: uneven, so that no beat repeats. */
static const double UNISON_OFFSETS[VOICE_UNISON_MAX][VOICE_UNISON_MAX] = {
    {0},
    {-1, 0.93},
    {-1, 0, 0.9},
    {-1, -0.38, 0.31, 0.95},
    {-1, -0.42, 0, 0.38, 0.95},
    {-1, -0.55, -0.17, 0.2, 0.52, 0.97},
    {-1, -0.57, -0.18, 0, 0.18, 0.57, 0.98},
    {-1, -0.66, -0.36, -0.11, 0.13, 0.35, 0.68, 0.97},
    {-1, -0.7, -0.41, -0.16, 0, 0.17, 0.4, 0.71, 0.98}};

static uint32_t held_count(uint32_t count, uint32_t least, uint32_t most) {
    return count < least ? least : (count > most ? most : count);
}

static double cents_ratio(double cents) {
    return sc_exp2(cents / 1200.0);
}

/* Lays out harmonics 1.. of HZ, after the sub-octave if there is one. */
static void set_harmonics(struct voice_note *note, struct note_draft *draft, double hz,
                          uint32_t harmonics, uint32_t sub) {
    note->carrier_count = harmonics + sub;
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        draft->hz[i] = i < sub ? 0.5 * hz : hz * (double)(i + 1 - sub);
    }
}

/* Carriers are whole multiples of one integer increment, so that harmonics stay locked. */
static double locked_hz(double hz) {
    return (double)(note_increment(hz) & ~1U) * (VOICE_RATE / NOTE_TURN);
}

void note_warm_pad(struct voice_note *note, const struct voice_patch *patch,
                   const struct voice_event *event, struct note_draft *draft) {
    struct voice_unison *unison = &note->body.unison;
    const double base = locked_hz(sc_midi_hz(sc_clamp(event->midi, 0.0, 127.0)));
    const double detune = sc_clamp(patch->detune_cents * event->detune_scale, 0.0, 50.0);
    const double drift_hz = sc_clamp(patch->drift_hz, 0.01, 0.3);
    const double drift = sc_clamp(patch->drift_cents, 0.0, 20.0);
    const uint32_t count = held_count(patch->unison, 1, VOICE_UNISON_MAX);
    double power = 0.0, fastest = 0.0, usual = 0.0;
    note->line_count = count;
    unison->sub = event->midi < 55.0;
    for (uint32_t u = 0; u < count; u++) {
        const struct philox_word4 random = note_random(note, 1 + u);
        const double cents = UNISON_OFFSETS[count - 1][u] * detune;
        const double rate = drift_hz * (1.0 + 0.35 * philox_signed(random.w[2]));
        const double swing = base * (cents_ratio(drift) - 1.0) / (2.0 * SC_PI * rate);
        const bool centre = count % 2 == 1 && u == count / 2;
        const double gain = (centre ? 1.12201845 : 1.0) / sc_sqrt(count);
        unison->inc[u] = note_increment(base * cents_ratio(cents));
        unison->phase[u] = random.w[0];
        unison->drift_phase[u] = random.w[1];
        unison->drift_inc[u] = note_increment(rate);
        unison->drift_turns[u] = (float)sc_min(swing, 31.0); /* x2 by motion, below 64 */
        unison->gain[u] = (float)gain;
        power += gain * gain;
        /* Largest distance from the carrier: detune, and the drift at neutral and full motion. */
        const double away = sc_abs(cents_ratio(cents) - 1.0), swung = cents_ratio(drift) - 1.0;
        usual = sc_max(usual, away + swung);
        fastest = sc_max(fastest, away + 2.0 * swung);
    }
    unison->sub_gain = (float)sc_sqrt(0.5 * power);
    set_harmonics(note, draft, base, held_count(patch->partials_max, 1, 48), unison->sub);
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        const bool below = i < unison->sub;
        draft->spread[i] = below ? 0.0 : 2.0 * SC_PI * draft->hz[i] * usual / VOICE_RATE;
        draft->top_hz[i] = draft->hz[i] * (1.0 + fastest);
        /* The sub is one line 10 dB below: its level undoes the power of the unisons. */
        draft->level[i] = below ? 0.31622777 / sc_sqrt(power) : 1.0;
    }
    draft->power = power;
}

/* A number of sigmas in (-4, 4) as struct voice_band has it. */
static uint32_t band_quantile(double sigmas) {
    return (uint32_t)(int64_t)sc_round((sigmas + 4.0) * 536870912.0);
}

void note_wide_pad(struct voice_note *note, const struct voice_patch *patch,
                   const struct voice_event *event, struct note_draft *draft) {
    struct voice_band *band = &note->body.band;
    const double base = locked_hz(sc_midi_hz(sc_clamp(event->midi, 0.0, 127.0)));
    const double stretch = sc_clamp(patch->inharmonicity, 0.0, 0.01);
    const double cents = sc_clamp(patch->bandwidth_cents * event->detune_scale, 0.0, 150.0);
    const double scale = sc_clamp(patch->bandwidth_scale, 0.0, 1.5);
    const uint32_t lines = held_count(patch->unison, 1, VOICE_BAND_LINES_MAX);
    double furthest = 0.0;
    note->line_count = lines;
    for (uint32_t m = 0; m < lines; m++) {
        /* The quantile at the middle of the line's share, and its slope across that share. */
        const double middle = sc_normal_quantile((m + 0.5) / lines);
        const double low = sc_normal_quantile((m + 0.2) / lines);
        const double high = sc_normal_quantile((m + 0.8) / lines);
        band->quantile[m] = band_quantile(middle);
        band->jitter[m] = (uint32_t)sc_round(sc_min(0.5 * (high - low), 0.99) * 16384.0);
        band->line_gain[m] = (float)(1.0 / sc_sqrt(lines));
        furthest = sc_max(furthest, sc_abs(middle) + 0.5 * (high - low));
    }
    set_harmonics(note, draft, base, held_count(patch->partials_max, 1, 48), 0);
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        const double k = (double)(i + 1);
        draft->hz[i] = base * k * sc_sqrt(1.0 + stretch * k * k);
        const double wide_hz = (cents_ratio(cents) - 1.0) * base * sc_pow(k, scale);
        const double sigma = 0.25 * wide_hz; /* power profile exp(-2 x^2), x = df / (bw / 2) */
        band->sigma[i] = note_increment(sigma) & ~7U;
        draft->spread[i] = 2.0 * SC_PI * furthest * sigma / VOICE_RATE;
        draft->top_hz[i] = draft->hz[i] + furthest * sigma;
    }
    draft->power = 2.0; /* each channel has all of it */
}

void note_sub_drone(struct voice_note *note, const struct voice_patch *patch,
                    const struct voice_event *event, struct note_draft *draft) {
    static const double levels[4] = {1.0, 0.25, 0.1, 0.04};
    struct voice_band *band = &note->body.band;
    const double base = locked_hz(sc_midi_hz(sc_clamp(event->midi, 0.0, 127.0)));
    const double beat = sc_clamp(patch->beat_hz, 0.0, base < 80.0 ? 0.5 : 2.0);
    note->channel_count = 1;
    note->line_count = 2;
    note->tone.rolloff = 0.0F; /* the table is the tilt */
    band->quantile[0] = band_quantile(0.0);
    band->quantile[1] = band_quantile(1.0);
    band->line_gain[0] = 1.0F;
    band->line_gain[1] = 0.5F; /* the beat never falls silent */
    set_harmonics(note, draft, base, held_count(patch->partials_max, 1, 4), 0);
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        const double away = beat * (double)(i + 1);
        band->sigma[i] = note_increment(away) & ~7U;
        draft->spread[i] = 2.0 * SC_PI * away / VOICE_RATE;
        draft->top_hz[i] = draft->hz[i] + away;
        draft->level[i] = levels[i];
    }
    draft->power = 2.0 * 1.25; /* both channels; one line and one at half amplitude */
}
