/*
 * partial.h - partial_gain: the one function through which the level of every partial goes.
 *
 *   g = 2^(gain - p octaves + b (octaves/2 + tilt(f)) + w bell(f))
 *       x [1 + (f / fc)^2q]^(-1/2) x bump(f / fc) x pulse(k)
 *
 *   fc = fc0 2^(env E + lfo sin + 1.2 b): the slow filter; b = brightness in -1..1, which also
 *   moves the roll-off p by -+0.5 and tilts by -+3 dB around 2 kHz (the closed shelf
 *   (f^2 - f0^2) / (f^2 + f0^2)); w = warmth in 0..1: up to +3 dB at 120 to 400 Hz.
 *
 * A gain is a product of what belongs to the carrier (made once per call) and of what belongs to
 * the time (made once per cell boundary); lanes may be either: carriers at one time, or times of
 * one carrier. Painted masks over frequency belong here too, when they come. Pure; any thread.
 */
#ifndef AEOLIAN_VOICES_PARTIAL_H
#define AEOLIAN_VOICES_PARTIAL_H

#include "voices/lane.h"
#include "voices/math.h"
#include "voices/note.h"

/* What of the gain belongs to the carrier. All log2 of amplitude, or Hz. */
struct partial_carrier {
    lane_f level;    /* at neutral controls, before the filter: amplitude */
    lane_f bright;   /* log2 per unit of b */
    lane_f warm;     /* log2 per unit of w */
    lane_f hz;
    lane_f log2_hz;
    lane_f ratio;    /* frequency / fundamental */
};

/* What of the gain belongs to the time. */
struct partial_time {
    lane_f envelope;    /* E, a factor */
    lane_f bright;      /* b, -1..1 */
    lane_f warm;        /* w, 0..1 */
    lane_f per_cutoff;  /* 1 / fc; 0 = no filter */
    lane_f log2_cutoff; /* log2 fc, for the bump */
    lane_f pulse;       /* pulse width in half turns of the fundamental: d / 2 turns */
};

/* The carrier's share of the gain; INC: its increment, LEVEL: its fixed factor. */
LANE_FN struct partial_carrier partial_carrier_of(const struct voice_tone *tone, lane_u inc,
                                                  lane_f level) {
    struct partial_carrier c;
    c.hz = lane_mul(lane_from_int(lane_u_as_i(inc)),
                    lane_set((lane_real)(48000.0 / 4294967296.0)));
    c.log2_hz = lane_log2(lane_max(c.hz, lane_set(1)));
    const lane_f octaves = lane_sub(c.log2_hz, lane_set((lane_real)tone->log2_f0));
    const lane_f above = lane_max(octaves, lane_set(0));
    c.ratio = lane_exp2(octaves);
    const lane_f log2_level = lane_fnma(above, lane_set((lane_real)tone->rolloff),
                                        lane_set((lane_real)tone->log2_gain));
    c.level = lane_mul(lane_exp2(log2_level), level);
    const lane_f f2 = lane_mul(c.hz, c.hz), pivot = lane_set(4.0e6F);
    const lane_f tilt = lane_div(lane_sub(f2, pivot), lane_add(f2, pivot));
    c.bright = lane_fma(above, lane_set(0.5F), lane_mul(tilt, lane_set(0.49828921F)));
    const lane_f away = lane_sub(c.log2_hz, lane_set(7.7752F)); /* octaves from 219 Hz */
    const lane_f bell = lane_exp2(lane_mul(lane_mul(away, away), lane_set(-1.2F)));
    c.warm = lane_mul(bell, lane_set(0.49828921F));
    return c;
}

/* (f / fc)^2q for 2q = 4 or 8. */
LANE_FN lane_f partial_filter_power(lane_f r, bool steep) {
    const lane_f r2 = lane_mul(r, r);
    const lane_f r4 = lane_mul(r2, r2);
    return steep ? lane_mul(r4, r4) : r4;
}

/* 1 + r exp(-x^2 / 2) with x = log2(f / fc) / 0.15. */
LANE_FN lane_f partial_bump(lane_f resonance, lane_f octaves) {
    const lane_f x2 = lane_mul(octaves, octaves);
    const lane_f e = lane_exp2(lane_mul(x2, lane_set(-32.0597802F))); /* 1 / (2 .15^2 ln 2) */
    return lane_fma(resonance, e, lane_set(1));
}

/* sin(pi k d): the spectrum of a pulse of width d; PULSE = d / 2, RATIO = k. */
LANE_FN lane_f partial_pulse(lane_f ratio, lane_f pulse) {
    const lane_f turns = lane_mul(ratio, pulse);
    const lane_f rest = lane_sub(turns, lane_round(turns));
    const lane_u phase = lane_i_as_u(lane_to_int(lane_mul(rest, lane_set(4294967040.0F))));
    lane_f sine, cosine;
    lane_sincos(phase, &sine, &cosine);
    return sine;
}

/* The level of a partial at a time, envelope included. */
LANE_FN lane_f partial_gain(const struct voice_tone *tone, const struct partial_carrier *c,
                            const struct partial_time *t) {
    const lane_f control = lane_fma(t->bright, c->bright, lane_mul(t->warm, c->warm));
    lane_f gain = lane_mul(lane_mul(c->level, t->envelope), lane_exp2(control));
    if (tone->cutoff_power > 0.0F) {
        const lane_f r = lane_mul(c->hz, t->per_cutoff);
        const lane_f power = partial_filter_power(r, tone->cutoff_power > 6.0F);
        gain = lane_mul(gain, lane_rsqrt(lane_add(power, lane_set(1))));
        if (tone->resonance > 0.0F) {
            const lane_f octaves = lane_sub(c->log2_hz, t->log2_cutoff);
            gain = lane_mul(gain, partial_bump(lane_set((lane_real)tone->resonance), octaves));
        }
    }
    if (tone->pwm_depth > 0.0F) {
        gain = lane_mul(gain, partial_pulse(c->ratio, t->pulse));
    }
    return gain;
}

/* Phase of an LFO at a boundary, which lies half a frame before FRAMES. */
LANE_FN lane_u partial_lfo(uint32_t phase, uint32_t inc, lane_u frames) {
    return lane_uadd(lane_umul(lane_uset(inc), frames), lane_uset(phase - (inc >> 1)));
}

/* The time's share at boundaries FRAMES after the onset (lanes), where the envelope is ENVELOPE
 * and the controls have these values (0..1 each). */
LANE_FN struct partial_time partial_time_of(const struct voice_tone *tone, lane_u frames,
                                            lane_f envelope, lane_f brightness, lane_f warmth,
                                            lane_f motion) {
    struct partial_time t;
    t.envelope = envelope;
    t.bright = lane_fma(brightness, lane_set(2), lane_set(-1));
    t.warm = warmth;
    lane_f sine, cosine;
    lane_sincos(partial_lfo(tone->lfo_phase, tone->lfo_inc, frames), &sine, &cosine);
    const lane_f depth = lane_mul(motion, lane_set((lane_real)(2.0F * tone->cutoff_lfo)));
    lane_f cutoff = lane_fma(sine, depth, lane_set((lane_real)tone->log2_cutoff));
    cutoff = lane_fma(envelope, lane_set((lane_real)tone->cutoff_env), cutoff);
    t.log2_cutoff = lane_fma(t.bright, lane_set(1.2F), cutoff);
    t.per_cutoff = lane_exp2(lane_neg(t.log2_cutoff));
    lane_sincos(partial_lfo(tone->pwm_phase, tone->pwm_inc, frames), &sine, &cosine);
    t.pulse = lane_fma(sine, lane_set((lane_real)(0.5F * tone->pwm_depth)), lane_set(0.25F));
    return t;
}

#endif
