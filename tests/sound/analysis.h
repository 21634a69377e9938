/*
 * analysis.h - the ears of the sound tests: measurements on rendered stereo, made with tools that
 * know nothing of the engine (libebur128, FFTW, a textbook FIR).
 *
 * All take interleaved stereo at 48 kHz. Single thread; plain functions without state.
 */
#ifndef AEOLIAN_TESTS_SOUND_ANALYSIS_H
#define AEOLIAN_TESTS_SOUND_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Loudness by ITU-R BS.1770 and EBU R 128, from libebur128. */
struct loudness {
    double integrated_lufs;
    double range_lu;
    double true_peak_dbtp;
    double short_term_max_lufs;
};

/* Measures FRAMES frames; false when libebur128 refuses. */
bool analysis_loudness(const float *stereo, size_t frames, struct loudness *out);

/*
 * Peak of what lies above 20.6 kHz, in dBFS: a 255-tap high-pass (Kaiser window, beta 13). Music
 * that keeps below 18 kHz leaves this band empty, so energy there is a click. `at`, if not NULL,
 * receives the frame of the peak.
 */
double analysis_guard_band_dbfs(const float *stereo, size_t frames, size_t *at);

/* What the spectrum says, summed over windows of 32768 frames. */
struct timbre {
    double centroid_hz;     /* power-weighted mean frequency of both channels */
    double share_below_60;  /* share of the power that lies below 60 Hz, 0..1 */
    double correlation;     /* of left and right, -1..1 */
    double correlation_low; /* the same below 120 Hz */
};

/* Measures FRAMES frames in one pass; false when memory is short. */
bool analysis_timbre(const float *stereo, size_t frames, struct timbre *out);

/* Largest |mean| of either channel over windows of 10 s, in dBFS. */
double analysis_dc_dbfs(const float *stereo, size_t frames);

/* Number of samples that are NaN, infinite or denormal. */
size_t analysis_bad_numbers(const float *stereo, size_t frames);

/*
 * Frequency of the strongest partial within 40 cents of EXPECTED_HZ, by the phase slope between two
 * windows that start 64 frames apart (Flanagan's phase vocoder estimate).
 */
double analysis_partial_hz(const float *stereo, size_t frames, double expected_hz);

#endif
