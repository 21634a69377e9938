/*
 * loudness.h - loudness by arithmetic (ITU-R BS.1770-4), so that nothing is ever measured.
 *
 * The partials of a note are known before it sounds, so its K-weighted power is the sum of
 * a^2 |K(f)|^2 / 2 over partials and channels, and the gain that brings it to a wanted loudness
 * follows. |K|^2 is the exact response, at f, of the two biquads BS.1770 gives for 48 kHz.
 * Unit test of the recipe: 997 Hz at full scale in both channels is 0.0 LUFS.
 *
 * Double, no libm (voices/scalar.h): composing decisions rest on these numbers and must have the
 * same bits everywhere. Host code, any thread, pure functions.
 */
#ifndef AEOLIAN_VOICES_LOUDNESS_H
#define AEOLIAN_VOICES_LOUDNESS_H

#include "voices/lane.h"   // LANE_HOST_FN
#include "voices/scalar.h" // sc_sin, sc_log2, sc_exp2

/* What BS.1770 adds to 10 log10(power): it takes back what K-weighting adds at 997 Hz. */
#define LOUDNESS_OFFSET_LU (-0.691)
/* The loudness of no power at all. */
#define LOUDNESS_SILENT_LUFS (-300.0)
/* 10 log10(x) = LOUDNESS_DB_PER_OCTAVE log2(x). */
#define LOUDNESS_DB_PER_OCTAVE 3.0102999566398119521

/*
 * |b0 + b1 z + b2 z^2|^2 on the unit circle, s = sin^2(w / 2). This form keeps its precision at
 * low frequencies, where the usual one with cos(w) cancels.
 */
LANE_HOST_FN double loudness_quadratic_power(double b0, double b1, double b2, double s) {
    const double sum = b0 + b1 + b2;
    return sum * sum - 4.0 * s * (b1 * (b0 + b2) + 4.0 * b0 * b2) + 16.0 * b0 * b2 * s * s;
}

/* |K(f)|^2 of K-weighting at `hz`, 0 <= hz <= 24000: about 0.15 at 30 Hz, 1.17 at 1 kHz. */
LANE_HOST_FN double loudness_k_power(double hz) {
    const double half = sc_sin(hz / 96000.0); /* sin(w / 2); the argument is in turns */
    const double s = half * half;
    const double shelf =
        loudness_quadratic_power(1.53512485958697, -2.69169618940638, 1.19839281085285, s) /
        loudness_quadratic_power(1.0, -1.69065929318241, 0.73248077421585, s);
    const double high_pass =
        16.0 * s * s / loudness_quadratic_power(1.0, -1.99004745483398, 0.99007225036621, s);
    return shelf * high_pass;
}

/* K-weighted power of one sine of peak `amplitude` in one channel. */
LANE_HOST_FN double loudness_partial_power(double amplitude, double hz) {
    return 0.5 * amplitude * amplitude * loudness_k_power(hz);
}

/*
 * K-weighted power of a list of sines in one channel. `amplitudes` and `hz`: count values each,
 * borrowed for the call. Powers of partials at different frequencies add.
 */
LANE_HOST_FN double loudness_list_power(const double *amplitudes, const double *hz,
                                        uint32_t count) {
    double power = 0.0;
    for (uint32_t k = 0; k < count; ++k) {
        power += loudness_partial_power(amplitudes[k], hz[k]);
    }
    return power;
}

/* LUFS of a K-weighted power summed over both channels. */
LANE_HOST_FN double loudness_from_power(double power) {
    if (power <= 1e-30) {
        return LOUDNESS_SILENT_LUFS;
    }
    return LOUDNESS_OFFSET_LU + LOUDNESS_DB_PER_OCTAVE * sc_log2(power);
}

/* The K-weighted power, summed over both channels, that sounds as loud as `lufs`. */
LANE_HOST_FN double loudness_to_power(double lufs) {
    return sc_exp2((lufs - LOUDNESS_OFFSET_LU) / LOUDNESS_DB_PER_OCTAVE);
}

/* Decibels to an amplitude factor and to a power factor. */
LANE_HOST_FN double loudness_db_amplitude(double db) {
    return sc_exp2(db / (2.0 * LOUDNESS_DB_PER_OCTAVE));
}
LANE_HOST_FN double loudness_db_power(double db) {
    return sc_exp2(db / LOUDNESS_DB_PER_OCTAVE);
}

/* Amplitude factor that brings something of K-weighted `power` to `lufs`; 0 for silence. */
LANE_HOST_FN double loudness_gain(double power, double lufs) {
    return power > 1e-30 ? sc_sqrt(loudness_to_power(lufs) / power) : 0.0;
}

#endif
