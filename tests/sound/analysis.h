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

/* Power-weighted mean frequency of both channels, mean over windows of 32768 frames, in Hz. */
double analysis_centroid_hz(const float *stereo, size_t frames);

/* Share of the power that lies below LIMIT_HZ, 0..1. */
double analysis_share_below(const float *stereo, size_t frames, double limit_hz);

/* Correlation of left and right, -1..1, of everything below LIMIT_HZ (0: of the whole band). */
double analysis_correlation(const float *stereo, size_t frames, double limit_hz);

/* Largest |mean| of either channel over windows of 10 s, in dBFS. */
double analysis_dc_dbfs(const float *stereo, size_t frames);

/* Number of samples that are NaN, infinite or denormal. */
size_t analysis_bad_numbers(const float *stereo, size_t frames);

/*
 * Frequency of the strongest partial within 40 cents of EXPECTED_HZ, by the phase slope between two
 * windows of WINDOW frames that start HOP frames apart (Flanagan's phase vocoder estimate).
 */
double analysis_partial_hz(const float *stereo, size_t frames, double expected_hz);

#endif
