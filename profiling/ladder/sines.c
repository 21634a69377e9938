// See sines.h.
#include "profiling/ladder/sines.h"

#include <math.h>
#include <stdbool.h>

#include "voices/philox.h" // philox

#define TURN 4294967296.0
#define TWO_PI 6.28318530717958647692

static double hold(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

static double quintic(double x) {
    double c = hold(x, 0, 1);
    return c * c * c * (c * (c * 6 - 15) + 10);
}

static double hz_of(const struct voice_note *note, uint32_t carrier) {
    return note->carrier_inc[carrier] * (VOICE_RATE / TURN);
}

static double envelope(const struct voice_envelope *e, double n) {
    double t = n - e->start, x = hold((n - e->off) * e->release_rate, 0, 1);
    double attack = e->attack_rate > 0 ? quintic(t * e->attack_rate) : 1;
    double sustain = e->sustain + (1.0 - e->sustain) * exp2(-fmax(t, 0) * e->decay_rate);
    return attack * sustain * (1 - quintic(x)) * exp2(-e->release_shape * x);
}

double sines_level(const struct voice_note *note, uint32_t carrier,
                   const struct sines_controls *controls, double n) {
    const struct voice_tone *tone = &note->tone;
    double hz = hz_of(note, carrier), level = envelope(&note->envelope, n);
    double b = 2.0 * controls->brightness - 1, octaves = log2(hz) - tone->log2_f0;
    double tilt = (hz * hz - 4e6) / (hz * hz + 4e6), away = log2(hz) - 7.7752;
    double g = exp2(tone->log2_gain - fmax(octaves, 0) * tone->rolloff +
                    b * (fmax(octaves, 0) / 2 + 0.49828921 * tilt) +
                    controls->warmth * 0.49828921 * exp2(-1.2 * away * away));
    g *= note->carrier_level[carrier] * level;
    if (tone->cutoff_power > 0) {
        double lfo = sin(TWO_PI * (tone->lfo_phase + (double)tone->lfo_inc * n) / TURN);
        double x = log2(hz) - (tone->log2_cutoff + tone->cutoff_env * level +
                               2.0 * controls->motion * tone->cutoff_lfo * lfo + 1.2 * b);
        g /= sqrt(1 + exp2(tone->cutoff_power * x));
        g *= 1 + tone->resonance * exp(-0.5 * (x / 0.15) * (x / 0.15));
    }
    if (tone->pwm_depth > 0) {
        double sweep = sin(TWO_PI * (tone->pwm_phase + (double)tone->pwm_inc * n) / TURN);
        g *= sin(TWO_PI * 0.5 * exp2(octaves) * (0.5 + tone->pwm_depth * sweep));
    }
    return g;
}

double sines_turns(const struct sine *sine, double n) {
    double turns = sine->start + sine->inc * n;
    if (sine->drift != 0.0)
        turns += sine->drift * sin(TWO_PI * (sine->drift_start + sine->drift_inc * n));
    return turns;
}

static double spread(const struct voice_note *note, uint32_t carrier) {
    double l = log2(hz_of(note, carrier));
    double low = hold((l - log2(120)) / (log2(200) - log2(120)), 0, 1);
    double high = hold((l - log2(400)) / (log2(1000) - log2(400)), 0, 1);
    return note->width * (0.375 * low + 0.625 * high);
}

// One unison of a harmonic: a sine for each ear.
static uint32_t unison_make(const struct voice_note *note, uint32_t carrier, uint32_t unison,
                            const struct sines_controls *controls, struct sine *out) {
    const struct voice_unison *un = &note->body.unison;
    struct philox_word4 r = philox(note->seed, note->id[0], note->id[1], PHILOX_VOICE_PARTIAL,
                                   carrier * 16 + unison / 2);
    uint32_t starts = r.w[2 * (unison % 2)], others = r.w[2 * (unison % 2) + 1];
    double angle = TWO_PI / 8 * (1 + spread(note, carrier) * ((others & 0xffff) / 32768.0 - 1));
    double k = (double)carrier + 1 - un->sub;
    uint32_t right = hz_of(note, carrier) < 500 ? starts : others & 0xffff0000U;
    struct sine sine = {.note = note,
                        .carrier = carrier,
                        .inc = k * un->inc[unison] / TURN,
                        .drift = k * 2.0 * controls->motion * un->drift_turns[unison],
                        .drift_start = un->drift_phase[unison] / TURN,
                        .drift_inc = un->drift_inc[unison] / TURN};
    sine.start = k * un->phase[unison] / TURN + starts / TURN;
    sine.gain[0] = un->gain[unison] * cos(angle);
    out[0] = sine;
    sine.start = k * un->phase[unison] / TURN + right / TURN;
    sine.gain[0] = 0;
    sine.gain[1] = un->gain[unison] * sin(angle);
    out[1] = sine;
    return 2;
}

static uint32_t band_inc(const struct voice_note *note, uint32_t carrier, uint32_t line,
                         uint32_t bits) {
    const struct voice_band *band = &note->body.band;
    int64_t place =
        (int64_t)band->quantile[line] + (int64_t)band->jitter[line] * ((int64_t)bits - 32768);
    int64_t product = ((int64_t)band->sigma[carrier] * place >> 32) * 8;
    return note->carrier_inc[carrier] + (uint32_t)(product - 4 * (int64_t)band->sigma[carrier]);
}

// One line of a band: a sine in both ears, and where it is wide another in the right one.
static uint32_t line_make(const struct voice_note *note, uint32_t carrier, uint32_t line,
                          struct sine *out) {
    double w = TWO_PI / 4 * spread(note, carrier), gain = note->body.band.line_gain[line];
    struct philox_word4 r =
        philox(note->seed, note->id[0], note->id[1], PHILOX_VOICE_PARTIAL, carrier * 16 + line);
    struct sine sine = {.note = note, .carrier = carrier};
    sine.start = r.w[0] / TURN;
    sine.inc = band_inc(note, carrier, line, r.w[2] >> 16) / TURN;
    sine.gain[0] = gain;
    sine.gain[1] = note->channel_count == 1 ? gain : gain * cos(w);
    out[0] = sine;
    if (note->channel_count == 1) return 1;
    sine.start = r.w[1] / TURN;
    sine.inc = band_inc(note, carrier, line, r.w[2] & 0xffff) / TURN;
    sine.gain[0] = 0;
    sine.gain[1] = gain * sin(w);
    out[1] = sine;
    return 2;
}

uint32_t sines_count(const struct voice_note *note) {
    if (note->voice == VOICE_BELL || note->voice == VOICE_SURF) return 0;
    uint32_t sub = note->voice == VOICE_WARM_PAD ? note->body.unison.sub : 0;
    uint32_t lines = (note->carrier_count - sub) * note->line_count;
    bool mono = note->voice != VOICE_WARM_PAD && note->channel_count == 1;
    return sub + (mono ? lines : 2 * lines);
}

uint32_t sines_make(const struct voice_note *note, const struct sines_controls *controls,
                    struct sine *out) {
    bool warm = note->voice == VOICE_WARM_PAD;
    uint32_t count = 0, i = 0;
    if (sines_count(note) == 0) return 0;
    if (warm && note->body.unison.sub) {
        const struct voice_unison *un = &note->body.unison;
        out[count++] = (struct sine){.note = note,
                                     .start = un->phase[0] / TURN,
                                     .inc = note->carrier_inc[0] / TURN,
                                     .gain = {un->sub_gain, un->sub_gain}};
        i = 1;
    }
    for (; i < note->carrier_count; i++) {
        for (uint32_t line = 0; line < note->line_count; line++) {
            count += warm ? unison_make(note, i, line, controls, out + count)
                          : line_make(note, i, line, out + count);
        }
    }
    return count;
}
