/*
 * reverb_design.h - the numbers of one reverb: line lengths, absorption, pre-delay, its own tail.
 *
 * A feedback delay network of 16 lines (Jot; line sets and figures measured for this engine) whose
 * lengths are prime and spaced by about a tenth. Each line loses 60 dB in T_low at 0 Hz and in
 * T_nyquist at 24 kHz: a one-pole 1 / (1 - a/z) after each line, kept finite as the first 32 taps
 *     1 + a/z + ... + (a/z)^31 = (1 + a/z)(1 + a^2/z^2)(1 + a^4/z^4)(1 + a^8/z^8)(1 + a^16/z^16)
 * which is five fused operations and needs no recursion. 32 taps are enough while a <= 0.63
 * (a^32 = -128 dB), so reverb_design_make raises T_nyquist until the longest line keeps to that.
 *
 * Double without libm (voices/scalar.h); host code, any thread, pure functions.
 */
#ifndef AEOLIAN_VOICES_REVERB_DESIGN_H
#define AEOLIAN_VOICES_REVERB_DESIGN_H

#include "voices/lane.h"     // LANE_HOST_FN
#include "voices/loudness.h" // loudness_k_power
#include "voices/scalar.h"   // sc_exp2, sc_log2, sc_cos

#define REVERB_RATE 48000.0
#define REVERB_LINE_COUNT 16
/* Factors of the absorption product. */
#define REVERB_POLE_STAGES 5
#define REVERB_POLE_MAX 0.63
#define REVERB_T_LOW_MAX_S 20.0
#define REVERB_T_LOW_MIN_S 0.3
#define REVERB_PREDELAY_MAX_S 0.08
#define REVERB_PREDELAY_MIN_S 0.02

/* The grid on which the tanks alternate: 96 s, the same for every scene. */
#define EPOCH_FRAMES 4608000
/* The input moves from one tank to the next within 1 s. */
#define REVERB_RAMP_FRAMES 48000

/* Delay rings are multiples of the longest step of the effects and repeat their start behind
   their end, so that one contiguous read never wraps. See reverb.h. */
#define RING_STRIDE 128
#define RING_PAD 208

enum reverb_lines { REVERB_ROOM, REVERB_HALL, REVERB_VAST, REVERB_LINES_KINDS };

/* What one tank needs; plain data, the same bytes on every machine. */
struct reverb_design {
    uint32_t length[REVERB_LINE_COUNT];      /* delay, frames */
    uint32_t ring_size[REVERB_LINE_COUNT];   /* frames, multiple of RING_STRIDE */
    uint32_t ring_offset[REVERB_LINE_COUNT]; /* of the ring inside the tank, in numbers */
    float pole[REVERB_POLE_STAGES][REVERB_LINE_COUNT]; /* a, a^2, a^4, a^8, a^16 */
    float gain[REVERB_LINE_COUNT]; /* absorption at 0 Hz over the product's, x 1/4 of the matrix */
    float early_gain;              /* of the diffuser's own output in the stereo sum */
    uint32_t predelay_frames;
    uint32_t tail_frames; /* from the end of its epoch a tank is silent (-144 dB) after these */
    uint32_t lines;       /* enum reverb_lines */
};

/* The one-pole high-pass of the send, and the share of a tank's input that is heard at once. */
#define REVERB_HIGHPASS_HZ 160.0
#define REVERB_HIGHPASS_STAGES 10
#define REVERB_EARLY_DB (-6.0)

/* Lengths are primes: no two lines ever fall into step. Sums 24598, 68176 and 113622 frames. */
LANE_HOST_FN uint32_t reverb_line_length(enum reverb_lines lines, uint32_t line) {
    static const uint16_t lengths[REVERB_LINES_KINDS][REVERB_LINE_COUNT] = {
        {701, 769, 853, 929, 1019, 1117, 1223, 1361, 1471, 1609, 1777, 1949, 2129, 2333, 2557,
         2801},
        {1499, 1693, 1907, 2153, 2417, 2729, 3079, 3461, 3907, 4397, 4957, 5581, 6299, 7103, 7993,
         9001},
        {2503, 2833, 3181, 3581, 4049, 4547, 5147, 5779, 6521, 7331, 8263, 9311, 10477, 11807,
         13309, 14983}};
    return lengths[lines][line];
}

/* log2 of what a line of `frames` leaves of an amplitude per second of decay time. */
LANE_HOST_FN double reverb_line_octaves(double frames) {
    return -3.0 * 3.3219280948873623479 * frames / REVERB_RATE;
}

/* The pole of one line, 0 <= a < 1, from what it leaves at 0 Hz and at 24 kHz (Jot). */
LANE_HOST_FN double reverb_line_pole(double frames, double t_low_s, double t_nyquist_s) {
    const double octaves = reverb_line_octaves(frames) * (1.0 / t_low_s - 1.0 / t_nyquist_s);
    const double ratio = sc_exp2(octaves);
    return (ratio - 1.0) / (ratio + 1.0);
}

/* The shortest T_nyquist with which a line keeps to REVERB_POLE_MAX. */
LANE_HOST_FN double reverb_t_nyquist_min(double frames, double t_low_s) {
    const double octaves = sc_log2((1.0 + REVERB_POLE_MAX) / (1.0 - REVERB_POLE_MAX));
    return 1.0 / (1.0 / t_low_s - octaves / reverb_line_octaves(frames));
}

/* Powers of the pole and the gain of one line. Powers below 1e-9 are dropped: they would only
   make numbers too small for single precision. */
LANE_HOST_FN void reverb_line_absorption(struct reverb_design *design, uint32_t line, double a,
                                         double gain_low) {
    double power = a, sum = 1.0;
    for (uint32_t stage = 0; stage < REVERB_POLE_STAGES; ++stage) {
        const float kept = power < 1e-9 ? 0.0F : (float)power;
        design->pole[stage][line] = kept;
        sum *= 1.0 + (double)kept;
        power *= power;
    }
    design->gain[line] = (float)(0.25 * gain_low / sum);
}

/* Frames from the end of a tank's epoch until it is below -144 dB: the ramp, 2.4 decay times,
   half a second for the ways through lines and diffuser. A multiple of RING_STRIDE. */
LANE_HOST_FN uint32_t reverb_tail_frames(double t_low_s) {
    const double frames = (1.5 + 2.4 * t_low_s) * REVERB_RATE;
    return ((uint32_t)frames / RING_STRIDE + 1) * RING_STRIDE;
}

/*
 * Fills `design` for a line set, the two decay times and the pre-delay (seconds). Values out of
 * range are brought into it (T_low 0.3 .. 20, pre-delay 0.02 .. 0.08, T_nyquist up to T_low and
 * down to what REVERB_POLE_MAX allows); cannot fail.
 */
LANE_HOST_FN void reverb_design_make(struct reverb_design *design, enum reverb_lines lines,
                                     double t_low_s, double t_nyquist_s, double predelay_s) {
    const double low = sc_clamp(t_low_s, REVERB_T_LOW_MIN_S, REVERB_T_LOW_MAX_S);
    const double longest = (double)reverb_line_length(lines, REVERB_LINE_COUNT - 1);
    const double high = sc_clamp(t_nyquist_s, reverb_t_nyquist_min(longest, low), low);
    uint32_t offset = 0;
    for (uint32_t line = 0; line < REVERB_LINE_COUNT; ++line) {
        const uint32_t length = reverb_line_length(lines, line);
        const double a = reverb_line_pole((double)length, low, high);
        design->length[line] = length;
        /* Room for the modulation, 32 taps, one stride and the lanes behind its end. */
        design->ring_size[line] = (length / RING_STRIDE + 3) * RING_STRIDE;
        design->ring_offset[line] = offset;
        offset += design->ring_size[line] + RING_PAD;
        reverb_line_absorption(design, line, a,
                               sc_exp2(reverb_line_octaves((double)length) / low));
    }
    design->early_gain = (float)(loudness_db_amplitude(REVERB_EARLY_DB) * 2.8284271247461901);
    design->predelay_frames = (uint32_t)sc_round(
        REVERB_RATE * sc_clamp(predelay_s, REVERB_PREDELAY_MIN_S, REVERB_PREDELAY_MAX_S));
    design->tail_frames = reverb_tail_frames(low);
    design->lines = (uint32_t)lines;
}

/* Pole of the send's high-pass 1 - (1 - a) / (1 - a/z). */
LANE_HOST_FN double reverb_highpass_pole(void) {
    return sc_exp(-2.0 * SC_PI * REVERB_HIGHPASS_HZ / REVERB_RATE);
}

/* What that high-pass leaves of the power of a sine at `hz`. */
LANE_HOST_FN double reverb_highpass_power(double hz) {
    const double half = sc_sin(0.5 * hz / REVERB_RATE), s = 4.0 * half * half;
    const double a = reverb_highpass_pole();
    return a * a * s / ((1.0 - a) * (1.0 - a) + a * s);
}

/* Mean over the lines of the power one passage leaves at `hz`. */
LANE_HOST_FN double reverb_passage_power(const struct reverb_design *design, double hz) {
    double sum = 0.0;
    for (uint32_t line = 0; line < REVERB_LINE_COUNT; ++line) {
        const double gain = 4.0 * (double)design->gain[line];
        double power = gain * gain;
        for (uint32_t stage = 0; stage < REVERB_POLE_STAGES; ++stage) {
            const double p = (double)design->pole[stage][line];
            power *= 1.0 + p * p + 2.0 * p * sc_cos((double)(1U << stage) * hz / REVERB_RATE);
        }
        sum += power;
    }
    return sum / REVERB_LINE_COUNT;
}

/*
 * Power of the reverb's output in one channel over the power of its input in one channel (both
 * channels alike) for sines near `hz`, averaged over the ripple of the modes; high-pass and early
 * part included. From the balance of energy flows: each of the 16 lines gets 1/8 of a channel's
 * power from the diffuser and 1/16 of what all lines give; an output hears 1/16 of that.
 */
LANE_HOST_FN double reverb_power_gain_at(const struct reverb_design *design, double hz) {
    const double passage = reverb_passage_power(design, hz);
    const double early = (double)design->early_gain * (double)design->early_gain;
    return reverb_highpass_power(hz) * 0.125 * (early + passage / (1.0 - passage));
}

/* The same for the middle of the music: K-weighted mean over 150 .. 2400 Hz, equal per octave. */
LANE_HOST_FN double reverb_power_gain(const struct reverb_design *design) {
    double sum = 0.0, weight = 0.0;
    for (uint32_t third = 0; third <= 12; ++third) {
        const double hz = 150.0 * sc_exp2((double)third / 3.0);
        const double k = loudness_k_power(hz);
        sum += k * reverb_power_gain_at(design, hz);
        weight += k;
    }
    return sum / weight;
}

#endif
