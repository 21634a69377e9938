/*
 * delay_design.h - the numbers of one echo: times, feedback, level, its own tail.
 *
 * A ping-pong delay of two lines that feed each other: what the left line gives goes, times the
 * feedback, into the right one and back. The right line is 1.27 times as long as the left, so that
 * no beat is kept. What the echo hears is what the reverb hears (high-pass at 160 Hz, before the
 * pre-delay), times one gain: layers send to both by one number, and `space` moves both.
 *
 * Each repeat goes once through (1 + 1/z)^8 / 256, which leaves cos(pi f / 48 kHz)^8: 1 at 0 Hz,
 * -3.05 dB at 4.5 kHz. No repeat is louder than feedback times the one before it.
 *
 * Double without libm (voices/scalar.h); host code, any thread, pure functions.
 */
#ifndef AEOLIAN_VOICES_DELAY_DESIGN_H
#define AEOLIAN_VOICES_DELAY_DESIGN_H

#include "voices/loudness.h"      // loudness_db_amplitude, loudness_k_power
#include "voices/reverb_design.h" // EPOCH_FRAMES, REVERB_RAMP_FRAMES, reverb_highpass_power
#include "voices/scalar.h"        // sc_log2, sc_cos

#define DELAY_TIME_MIN_S 0.3
#define DELAY_TIME_MAX_S 1.0
#define DELAY_RIGHT_FACTOR 1.27
#define DELAY_FEEDBACK_MAX 0.7
/* At or below this a send is none at all. */
#define DELAY_SEND_OFF_DB (-60.0)
/* A tank that has fallen this far, 144.5 dB, is silent. */
#define DELAY_TAIL_OCTAVES 24.0

/* What one tank needs; plain data, the same bytes on every machine. */
struct delay_design {
    uint32_t on;          /* 0: no echo; the rest means nothing then */
    uint32_t frames[2];   /* line lengths, left and right */
    uint32_t tail_frames; /* from the end of its epoch a tank is silent after these */
    float gain;           /* from the high-passed send to a line */
    float feedback;       /* from each line to the other */
};

/* Frames from the end of a tank's epoch until it is silent: the ramp, and as many repeats as
   the feedback needs, taken in turns by the two lines. At most 55.5 s (0.7, 1 s): well within the
   epoch that a tank has before it is needed again. A multiple of RING_STRIDE. */
LANE_HOST_FN uint32_t delay_tail_frames(uint32_t left, uint32_t right, double feedback) {
    const double octaves = -sc_log2(sc_clamp(feedback, 1e-6, DELAY_FEEDBACK_MAX));
    const uint32_t repeats = (uint32_t)(DELAY_TAIL_OCTAVES / octaves) + 1;
    const uint32_t frames = REVERB_RAMP_FRAMES + (repeats / 2 + 1) * (left + right);
    return (frames / RING_STRIDE + 1) * RING_STRIDE;
}

/*
 * Fills `design`: whether there is an echo, its left time (seconds), the feedback and the gain on
 * the reverb's send in dB. Values out of range are brought into it (0.3 .. 1 s, 0 .. 0.7, up to
 * 6 dB; at -60 dB and below the echo is off); cannot fail.
 */
LANE_HOST_FN void delay_design_make(struct delay_design *design, bool on, double time_s,
                                    double feedback, double send_db) {
    const double left = REVERB_RATE * sc_clamp(time_s, DELAY_TIME_MIN_S, DELAY_TIME_MAX_S);
    const double kept = sc_clamp(feedback, 0.0, DELAY_FEEDBACK_MAX);
    design->on = on && send_db > DELAY_SEND_OFF_DB;
    design->frames[0] = (uint32_t)sc_round(left);
    design->frames[1] = (uint32_t)sc_round(left * DELAY_RIGHT_FACTOR);
    design->tail_frames = delay_tail_frames(design->frames[0], design->frames[1], kept);
    design->gain = (float)loudness_db_amplitude(sc_clamp(send_db, DELAY_SEND_OFF_DB, 6.0));
    design->feedback = (float)kept;
}

/* Power that one repeat leaves of a sine at `hz`, feedback apart: cos(pi hz / 48000)^16. */
LANE_HOST_FN double delay_repeat_power(double hz) {
    const double c = sc_cos(0.5 * hz / REVERB_RATE), c2 = c * c, c4 = c2 * c2, c8 = c4 * c4;
    return c8 * c8;
}

/*
 * Power of all echoes over the power of the send, both channels alike and the repeats without
 * relation to each other: p + p^2 f^2 + p^3 f^4 + ... Over the middle of the music as
 * reverb_power_gain does it, high-pass included. 0 where the echo is off.
 */
LANE_HOST_FN double delay_power_gain(const struct delay_design *design) {
    const double gain = (double)design->gain, feedback = (double)design->feedback;
    double sum = 0.0, weight = 0.0;
    for (uint32_t third = 0; third <= 12; ++third) {
        const double hz = 150.0 * sc_exp2((double)third / 3.0);
        const double k = loudness_k_power(hz), p = delay_repeat_power(hz);
        sum += k * reverb_highpass_power(hz) * p / (1.0 - feedback * feedback * p);
        weight += k;
    }
    return design->on ? gain * gain * sum / weight : 0.0;
}

#endif
