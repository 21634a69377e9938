/*
 * analysis.c - measurements of rendered sound for tests (see analysis.h).
 *
 * Slow and plain on purpose: this code judges the fast code, so it shares nothing with it.
 * Single thread.
 */
#include "tests/sound/analysis.h"

#include <complex.h> // before fftw3.h: fftw_complex becomes double complex
#include <ebur128.h>
#include <fftw3.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

#define RATE_HZ 48000.0
#define PI 3.14159265358979323846
#define GUARD_TAPS 255
#define GUARD_HZ 20600.0
#define GUARD_BETA 13.0
#define WINDOW_FRAMES 32768

static double decibels(double ratio) {
    return ratio > 0.0 ? 20.0 * log10(ratio) : -INFINITY;
}

bool analysis_loudness(const float *stereo, size_t frames, struct loudness *out) {
    const int mode = EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK;
    ebur128_state *state = ebur128_init(2, 48000, mode);
    if (state == NULL) {
        return false;
    }
    bool ok = true;
    double peak[2] = {0.0, 0.0};
    out->short_term_max_lufs = -INFINITY;
    for (size_t at = 0; at < frames && ok; at += 48000) {
        const size_t n = frames - at < 48000 ? frames - at : 48000;
        double short_term = -INFINITY;
        ok = ebur128_add_frames_float(state, stereo + 2 * at, n) == EBUR128_SUCCESS &&
             ebur128_loudness_shortterm(state, &short_term) == EBUR128_SUCCESS;
        out->short_term_max_lufs = fmax(out->short_term_max_lufs, short_term);
    }
    ok = ok && ebur128_loudness_global(state, &out->integrated_lufs) == EBUR128_SUCCESS &&
         ebur128_loudness_range(state, &out->range_lu) == EBUR128_SUCCESS &&
         ebur128_true_peak(state, 0, &peak[0]) == EBUR128_SUCCESS &&
         ebur128_true_peak(state, 1, &peak[1]) == EBUR128_SUCCESS;
    out->true_peak_dbtp = decibels(fmax(peak[0], peak[1]));
    ebur128_destroy(&state);
    return ok;
}

/* Modified Bessel function of order 0, by its power series. */
static double bessel_i0(double x) {
    double sum = 1.0;
    double term = 1.0;
    for (int k = 1; k < 60; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

/* Windowed-sinc high-pass: a unit impulse less the low-pass. */
static void guard_taps(double taps[GUARD_TAPS]) {
    const double cut = GUARD_HZ / RATE_HZ;
    const int middle = GUARD_TAPS / 2;
    for (int i = 0; i < GUARD_TAPS; i++) {
        const int d = i - middle;
        const double r = (double)d / middle;
        const double window = bessel_i0(GUARD_BETA * sqrt(1.0 - r * r)) / bessel_i0(GUARD_BETA);
        const double low = d == 0 ? 2.0 * cut : sin(2.0 * PI * cut * d) / (PI * d);
        taps[i] = ((d == 0 ? 1.0 : 0.0) - low) * window;
    }
}

/* Outputs of the high-pass made together, tap by tap, so that the compiler uses wide registers. */
#define GUARD_BLOCK 2048

double analysis_guard_band_dbfs(const float *stereo, size_t frames, size_t *at) {
    double taps[GUARD_TAPS];
    guard_taps(taps);
    double peak = 0.0;
    const size_t outputs = frames < GUARD_TAPS ? 0 : frames - GUARD_TAPS + 1;
    for (size_t n0 = 0; n0 < outputs; n0 += GUARD_BLOCK) {
        const size_t n = outputs - n0 < GUARD_BLOCK ? outputs - n0 : GUARD_BLOCK;
        double high[2 * GUARD_BLOCK] = {0.0};
        for (size_t i = 0; i < GUARD_TAPS; i++) {
            const double tap = taps[i];
            const float *in = stereo + 2 * (n0 + i);
            for (size_t j = 0; j < 2 * n; j++) {
                high[j] += tap * (double)in[j];
            }
        }
        for (size_t j = 0; j < 2 * n; j++) {
            if (fabs(high[j]) > peak) {
                peak = fabs(high[j]);
                if (at != NULL) {
                    *at = n0 + j / 2 + GUARD_TAPS / 2;
                }
            }
        }
    }
    return decibels(peak);
}

/* Sums power spectra of both channels and their cross spectrum over Hann windows. */
struct spectrum {
    double left[WINDOW_FRAMES / 2 + 1];
    double right[WINDOW_FRAMES / 2 + 1];
    double cross[WINDOW_FRAMES / 2 + 1];
};

static void spectrum_add(struct spectrum *sum, const float *stereo, double *in[2],
                         fftw_complex *out[2], fftw_plan plan[2]) {
    static double hann[WINDOW_FRAMES];
    if (hann[1] == 0.0) {
        for (size_t i = 0; i < WINDOW_FRAMES; i++) {
            hann[i] = 0.5 - 0.5 * cos(2.0 * PI * (double)i / WINDOW_FRAMES);
        }
    }
    for (size_t i = 0; i < WINDOW_FRAMES; i++) {
        in[0][i] = hann[i] * stereo[2 * i];
        in[1][i] = hann[i] * stereo[2 * i + 1];
    }
    fftw_execute(plan[0]);
    fftw_execute(plan[1]);
    for (size_t k = 0; k <= WINDOW_FRAMES / 2; k++) {
        const double l = creal(out[0][k] * conj(out[0][k]));
        const double r = creal(out[1][k] * conj(out[1][k]));
        sum->left[k] += l;
        sum->right[k] += r;
        sum->cross[k] += creal(out[0][k] * conj(out[1][k]));
    }
}

/* Adds all windows of the music to SUM; false when memory is short. */
static bool spectrum_fill(struct spectrum *sum, const float *stereo, size_t frames) {
    double *in[2] = {fftw_alloc_real(WINDOW_FRAMES), fftw_alloc_real(WINDOW_FRAMES)};
    fftw_complex *out[2] = {fftw_alloc_complex(WINDOW_FRAMES / 2 + 1),
                            fftw_alloc_complex(WINDOW_FRAMES / 2 + 1)};
    const bool ok = in[0] != NULL && in[1] != NULL && out[0] != NULL && out[1] != NULL;
    if (ok) {
        fftw_plan plan[2];
        for (int c = 0; c < 2; c++) {
            plan[c] = fftw_plan_dft_r2c_1d(WINDOW_FRAMES, in[c], out[c], FFTW_ESTIMATE);
        }
        for (size_t n = 0; n + WINDOW_FRAMES <= frames; n += WINDOW_FRAMES) {
            spectrum_add(sum, stereo + 2 * n, in, out, plan);
        }
        fftw_destroy_plan(plan[0]);
        fftw_destroy_plan(plan[1]);
    }
    for (int c = 0; c < 2; c++) {
        fftw_free(in[c]);
        fftw_free(out[c]);
    }
    return ok;
}

/* Power and correlation of the bins below LIMIT_HZ. */
static double spectrum_power(const struct spectrum *s, double limit_hz, double *correlation) {
    double left = 0.0;
    double right = 0.0;
    double cross = 0.0;
    for (size_t k = 0; k <= WINDOW_FRAMES / 2; k++) {
        if ((double)k * RATE_HZ / WINDOW_FRAMES >= limit_hz) {
            break;
        }
        left += s->left[k];
        right += s->right[k];
        cross += s->cross[k];
    }
    *correlation = left > 0.0 && right > 0.0 ? cross / sqrt(left * right) : 0.0;
    return left + right;
}

bool analysis_timbre(const float *stereo, size_t frames, struct timbre *out) {
    struct spectrum *s = calloc(1, sizeof *s);
    const bool ok = s != NULL && spectrum_fill(s, stereo, frames);
    *out = (struct timbre){0};
    if (ok) {
        double unused = 0.0;
        double weighted = 0.0;
        const double total = spectrum_power(s, RATE_HZ, &out->correlation);
        const double below = spectrum_power(s, 60.0, &unused);
        spectrum_power(s, 120.0, &out->correlation_low);
        for (size_t k = 0; k <= WINDOW_FRAMES / 2; k++) {
            weighted += (s->left[k] + s->right[k]) * (double)k * RATE_HZ / WINDOW_FRAMES;
        }
        out->centroid_hz = total > 0.0 ? weighted / total : 0.0;
        out->share_below_60 = total > 0.0 ? below / total : 0.0;
    }
    free(s);
    return ok;
}

double analysis_dc_dbfs(const float *stereo, size_t frames) {
    const size_t window = (size_t)(10.0 * RATE_HZ);
    double worst = 0.0;
    for (size_t n = 0; n + window <= frames; n += window) {
        double sum[2] = {0.0, 0.0};
        for (size_t i = 0; i < window; i++) {
            sum[0] += stereo[2 * (n + i)];
            sum[1] += stereo[2 * (n + i) + 1];
        }
        worst = fmax(worst, fmax(fabs(sum[0]), fabs(sum[1])) / (double)window);
    }
    return decibels(worst);
}

size_t analysis_bad_numbers(const float *stereo, size_t frames) {
    size_t bad = 0;
    for (size_t i = 0; i < 2 * frames; i++) {
        const int kind = fpclassify(stereo[i]);
        bad += kind == FP_NAN || kind == FP_INFINITE || kind == FP_SUBNORMAL;
    }
    return bad;
}

/* Complex amplitude at HZ of the mid signal, Hann window of N frames from START. */
static double complex probe(const float *stereo, size_t start, size_t n, double hz) {
    double complex sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double hann = 0.5 - 0.5 * cos(2.0 * PI * (double)i / (double)n);
        const double x = (double)stereo[2 * (start + i)] + (double)stereo[2 * (start + i) + 1];
        sum += hann * x * cexp(-2.0 * PI * I * hz * (double)i / RATE_HZ);
    }
    return sum;
}

double analysis_partial_hz(const float *stereo, size_t frames, double expected_hz) {
    const size_t hop = 64;
    const size_t n = frames - hop;
    double best = expected_hz;
    double level = 0.0;
    /* A coarse comb over +-40 cents finds the strongest point; the phase slope refines it. */
    for (int cents = -40; cents <= 40; cents += 2) {
        const double hz = expected_hz * exp2(cents / 1200.0);
        const double here = cabs(probe(stereo, 0, n, hz));
        if (here > level) {
            level = here;
            best = hz;
        }
    }
    const double turn = 2.0 * PI * best * (double)hop / RATE_HZ;
    const double complex ratio = probe(stereo, hop, n, best) / probe(stereo, 0, n, best);
    const double slip = carg(ratio * cexp(-I * turn));
    return best + slip * RATE_HZ / (2.0 * PI * (double)hop);
}
