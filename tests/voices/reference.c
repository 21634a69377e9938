/*
 * reference.c - direct sums of sines in double, with libm and every law evaluated per frame.
 *
 * Slow and plain on purpose: what it shares with voices/ is struct voice_note and the hashes, so
 * an error in cells, polynomials or interpolation cannot hide in both. Test thread.
 */
#include "tests/voices/reference.h"

#include "voices/philox.h"

#include <math.h>
#include <string.h>

#define TURN 4294967296.0
#define TWO_PI 6.28318530717958647692

static double hold(double x, double low, double high) {
    return x < low ? low : (x > high ? high : x);
}
static double quintic(double x) {
    const double c = hold(x, 0, 1);
    return c * c * c * (c * (c * 6 - 15) + 10);
}

/* The envelope law, continuous. */
static double envelope(const struct voice_envelope *e, double n) {
    const double t = n - e->start, x = hold((n - e->off) * e->release_rate, 0, 1);
    const double attack = e->attack_rate > 0 ? quintic(t * e->attack_rate) : 1;
    const double sustain =
        e->sustain + (1 - (double)e->sustain) * exp2(-(t > 0 ? t : 0) * e->decay_rate);
    return attack * sustain * (1 - quintic(x)) * exp2(-e->release_shape * x);
}

/* Level of carrier I at frame N after the onset, envelope included. */
static double gain(const struct voice_note *note, uint32_t i, struct test_controls controls,
                   double n) {
    const struct voice_tone *tone = &note->tone;
    const double hz = note->carrier_inc[i] * (VOICE_RATE / TURN);
    const double b = 2.0 * controls.brightness - 1, level = envelope(&note->envelope, n);
    const double octaves = log2(hz) - tone->log2_f0, above = octaves > 0 ? octaves : 0;
    const double tilt = (hz * hz - 4e6) / (hz * hz + 4e6);
    const double away = log2(hz) - 7.7752;
    double g = exp2(tone->log2_gain - above * tone->rolloff + b * (above / 2 + 0.49828921 * tilt) +
                    controls.warmth * 0.49828921 * exp2(-1.2 * away * away));
    g *= note->carrier_level[i] * level;
    if (tone->cutoff_power > 0) {
        const double lfo = sin(TWO_PI * (tone->lfo_phase + (double)tone->lfo_inc * n) / TURN);
        const double cutoff = tone->log2_cutoff + tone->cutoff_env * level +
                              2.0 * controls.motion * tone->cutoff_lfo * lfo + 1.2 * b;
        const double x = log2(hz) - cutoff;
        g /= sqrt(1 + exp2(tone->cutoff_power * x));
        g *= 1 + tone->resonance * exp(-0.5 * (x / 0.15) * (x / 0.15));
    }
    if (tone->pwm_depth > 0) {
        const double sweep = sin(TWO_PI * (tone->pwm_phase + (double)tone->pwm_inc * n) / TURN);
        g *= sin(TWO_PI * 0.5 * exp2(octaves) * (0.5 + tone->pwm_depth * sweep));
    }
    return g;
}

#define FRAMES_MAX 8192

/* The level of carrier I at every frame wanted. */
static void gains(const struct voice_note *note, uint32_t i, struct test_controls controls,
                  int64_t first, uint32_t count, double *g) {
    for (uint32_t f = 0; f < count; f++) {
        g[f] = gain(note, i, controls, (double)(first + f - note->onset));
    }
}

/* Turns of an integer phase N frames after the onset, less than one. */
static double turns(uint32_t phase, uint32_t inc, double n) {
    const double t = phase / TURN + (double)inc / TURN * n;
    return t - floor(t);
}

static double spread(const struct voice_note *note, uint32_t i) {
    const double l = log2(note->carrier_inc[i] * (VOICE_RATE / TURN));
    const double low = hold((l - log2(120)) / (log2(200) - log2(120)), 0, 1);
    const double high = hold((l - log2(400)) / (log2(1000) - log2(400)), 0, 1);
    return note->width * (0.375 * low + 0.625 * high);
}

/* One sine of a carrier: its start and gain per channel. */
struct line {
    double start[2], level[2];
};

static void unison_lines(const struct voice_note *note, uint32_t i, struct line *lines) {
    for (uint32_t u = 0; u < note->line_count; u++) {
        const struct philox_word4 r =
            philox(note->seed, note->id[0], note->id[1], PHILOX_VOICE_PARTIAL, i * 16 + u / 2);
        const uint32_t bits0 = r.w[2 * (u % 2)], bits1 = r.w[2 * (u % 2) + 1];
        const bool low = note->carrier_inc[i] * (VOICE_RATE / TURN) < 500;
        const double place = (bits1 & 0xffff) / 32768.0 - 1;
        const double angle = TWO_PI / 8 * (1 + spread(note, i) * place);
        lines[u].start[0] = bits0 / TURN;
        lines[u].start[1] = low ? bits0 / TURN : (bits1 & 0xffff0000U) / TURN;
        lines[u].level[0] = note->body.unison.gain[u] * cos(angle);
        lines[u].level[1] = note->body.unison.gain[u] * sin(angle);
    }
}

static void warm_pad(const struct voice_note *note, struct test_controls controls, int64_t first,
                     uint32_t count, double *left, double *right) {
    const struct voice_unison *un = &note->body.unison;
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        struct line lines[VOICE_UNISON_MAX];
        unison_lines(note, i, lines);
        const double k = (double)i + 1 - un->sub;
        for (uint32_t f = 0; f < count; f++) {
            const double n = (double)(first + f - note->onset);
            const double g = gain(note, i, controls, n);
            if (i < un->sub) {
                const double y = g * un->sub_gain *
                                 cos(TWO_PI * turns(un->phase[0], note->carrier_inc[0], n));
                left[f] += y;
                right[f] += y;
                continue;
            }
            for (uint32_t u = 0; u < note->line_count; u++) {
                const double lfo =
                    sin(TWO_PI * turns(un->drift_phase[u], un->drift_inc[u], n));
                const double p = turns(un->phase[u], un->inc[u], n) +
                                 2.0 * controls.motion * un->drift_turns[u] * lfo;
                left[f] += g * lines[u].level[0] * cos(TWO_PI * (k * p + lines[u].start[0]));
                right[f] += g * lines[u].level[1] * cos(TWO_PI * (k * p + lines[u].start[1]));
            }
        }
    }
}

/* Increment of line M of a band; H its 16 random bits. */
static uint32_t band_inc(const struct voice_note *note, uint32_t i, uint32_t m, uint32_t h) {
    const struct voice_band *band = &note->body.band;
    const int64_t place = (int64_t)band->quantile[m] +
                          (int64_t)band->jitter[m] * ((int64_t)h - 32768);
    const int64_t product = ((int64_t)band->sigma[i] * place >> 32) * 8;
    return note->carrier_inc[i] + (uint32_t)(product - 4 * (int64_t)band->sigma[i]);
}

static void band_pad(const struct voice_note *note, struct test_controls controls, int64_t first,
                     uint32_t count, double *left, double *right) {
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        const double w = TWO_PI / 4 * spread(note, i);
        double level[FRAMES_MAX];
        gains(note, i, controls, first, count, level);
        const bool mono = note->channel_count == 1;
        for (uint32_t m = 0; m < note->line_count; m++) {
            const struct philox_word4 r =
                philox(note->seed, note->id[0], note->id[1], PHILOX_VOICE_PARTIAL, i * 16 + m);
            const uint32_t inc0 = band_inc(note, i, m, r.w[2] >> 16);
            const uint32_t inc1 = band_inc(note, i, m, r.w[2] & 0xffff);
            for (uint32_t f = 0; f < count; f++) {
                const double n = (double)(first + f - note->onset);
                const double g = level[f] * note->body.band.line_gain[m];
                const double a = g * cos(TWO_PI * turns(r.w[0], inc0, n));
                const double b = g * cos(TWO_PI * turns(r.w[1], inc1, n));
                left[f] += a;
                right[f] += mono ? a : a * cos(w) + b * sin(w);
            }
        }
    }
}

static void bell(const struct voice_note *note, struct test_controls controls, int64_t first,
                 uint32_t count, double *left, double *right) {
    const struct voice_modes *modes = &note->body.modes;
    double level[FRAMES_MAX];
    for (uint32_t line = 0; line < 2 * note->carrier_count; line++) {
        const uint32_t i = line / 2;
        if (line % 2 == 0) {
            gains(note, i, controls, first, count, level);
        }
        const uint32_t inc = note->carrier_inc[i] + (uint32_t)modes->offset[line];
        for (uint32_t f = 0; f < count; f++) {
            const double n = (double)(first + f - note->onset);
            const double y = level[f] * modes->line_gain[line] *
                             exp2(-(double)modes->decay_rate[line] * n) *
                             quintic(n * modes->attack_rate) *
                             cos(TWO_PI * turns(modes->phase[line], inc, n));
            left[f] += y * modes->pan_left[i];
            right[f] += y * modes->pan_right[i];
        }
    }
}

void reference_render(const struct voice_note *note, struct test_controls controls, int64_t first,
                      uint32_t count, double *left, double *right) {
    memset(left, 0, count * sizeof *left);
    memset(right, 0, count * sizeof *right);
    if (note->voice == VOICE_WARM_PAD) {
        warm_pad(note, controls, first, count, left, right);
    } else if (note->voice == VOICE_BELL) {
        bell(note, controls, first, count, left, right);
    } else {
        band_pad(note, controls, first, count, left, right);
    }
}
