/*
 * scalar.h - set-up arithmetic in double, without libm.
 *
 * What happens once per note or once per phrase (frequencies, gains, weights, chances) needs
 * logarithms and sines, and must give the same bits on every machine; libm does not. So these are
 * made of + - * / and bit operations alone, which IEEE 754 rounds exactly. Series, not minimax:
 * short arguments make them converge to about 1e-15 and nobody has to trust a table.
 * The convention that surprises: angles are in turns (1.0 is the full circle).
 * Any thread; pure functions; also inside a .cu file.
 */
#ifndef AEOLIAN_VOICES_SCALAR_H
#define AEOLIAN_VOICES_SCALAR_H

#include "voices/lane.h"

#define SC_LN2 0.69314718055994530942
#define SC_PI 3.14159265358979323846

LANE_HOST_FN double sc_abs(double x) {
    return x < 0 ? -x : x;
}
LANE_HOST_FN double sc_min(double a, double b) {
    return a < b ? a : b;
}
LANE_HOST_FN double sc_max(double a, double b) {
    return a > b ? a : b;
}
LANE_HOST_FN double sc_clamp(double x, double low, double high) {
    return x < low ? low : (x > high ? high : x);
}

/* Largest integer not above x, |x| < 2^62. */
LANE_HOST_FN double sc_floor(double x) {
    const double t = (double)(int64_t)x;
    return t > x ? t - 1.0 : t;
}
/* Nearest integer, halves up, |x| < 2^62. */
LANE_HOST_FN double sc_round(double x) {
    return sc_floor(x + 0.5);
}

/* 2^e for e in [-1022, 1023]. */
LANE_HOST_FN double sc_exp2_int(int32_t e) {
    union {
        uint64_t bits;
        double real;
    } pun;
    pun.bits = (uint64_t)(e + 1023) << 52;
    return pun.real;
}

/* 2^x; x is held to [-1000, 1000]. Relative error below 1e-15. Taylor of exp on +-ln2/2. */
LANE_HOST_FN double sc_exp2(double x) {
    const double held = sc_clamp(x, -1000.0, 1000.0);
    const double whole = sc_round(held);
    const double r = (held - whole) * SC_LN2;
    /* 1 / i!, from 14 down; each is the nearest double. */
    static const double inverse[15] = {
        1.0 / 87178291200.0, 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0,
        1.0 / 3628800.0,     1.0 / 362880.0,     1.0 / 40320.0,     1.0 / 5040.0,
        1.0 / 720.0,         1.0 / 120.0,        1.0 / 24.0,        1.0 / 6.0,
        1.0 / 2.0,           1.0,                1.0};
    double sum = inverse[0];
    for (int i = 1; i < 15; i++) {
        sum = sum * r + inverse[i];
    }
    return sum * sc_exp2_int((int32_t)whole);
}

/* log2(x) for a positive normal x. Absolute error below 1e-15 + 1e-16 |log2 x|.
 * Series of atanh((m-1)/(m+1)) for m in [sqrt(1/2), sqrt(2)). */
LANE_HOST_FN double sc_log2(double x) {
    union {
        double real;
        uint64_t bits;
    } pun;
    pun.real = x;
    int32_t e = (int32_t)(pun.bits >> 52) - 1023;
    pun.bits = (pun.bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL;
    double m = pun.real;
    if (m > 1.41421356237309504880) {
        m *= 0.5;
        e++;
    }
    const double t = (m - 1.0) / (m + 1.0);
    const double t2 = t * t;
    static const double inverse[12] = {1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                       1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};
    double sum = 0.0;
    for (int i = 0; i < 12; i++) {
        sum = sum * t2 + inverse[i];
    }
    return (double)e + sum * t * (2.0 / SC_LN2);
}

/* x^y for x > 0. */
LANE_HOST_FN double sc_pow(double x, double y) {
    return sc_exp2(y * sc_log2(x));
}
LANE_HOST_FN double sc_exp(double x) {
    return sc_exp2(x * (1.0 / SC_LN2));
}
/* Natural logarithm of a positive normal x. */
LANE_HOST_FN double sc_log(double x) {
    return sc_log2(x) * SC_LN2;
}

/* Square root of x >= 0 (0 for a negative x): Newton's steps from half the exponent. */
LANE_HOST_FN double sc_sqrt(double x) {
    if (!(x > 1e-300)) {
        return 0.0;
    }
    union {
        double real;
        uint64_t bits;
    } pun;
    pun.real = x;
    pun.bits = (pun.bits >> 1) + 0x1ff8000000000000ULL;
    double y = pun.real;
    for (int i = 0; i < 5; i++) {
        y = 0.5 * (y + x / y);
    }
    return y;
}

/* sin(2 pi t), |t| < 2^52; absolute error below 1e-15 (t taken as exact). */
LANE_HOST_FN double sc_sin(double t) {
    double f = t - sc_round(t); /* [-1/2, 1/2) */
    if (f > 0.25) {
        f = 0.5 - f;
    } else if (f < -0.25) {
        f = -0.5 - f;
    }
    const double x = f * (2.0 * SC_PI);
    const double x2 = x * x;
    /* 1 / (i (i + 1)) for i = 22, 20, .. 2. */
    static const double inverse[11] = {1.0 / 506, 1.0 / 420, 1.0 / 342, 1.0 / 272,
                                       1.0 / 210, 1.0 / 156, 1.0 / 110, 1.0 / 72,
                                       1.0 / 42,  1.0 / 20,  1.0 / 6};
    double sum = 1.0;
    for (int i = 0; i < 11; i++) {
        sum = 1.0 - sum * x2 * inverse[i];
    }
    return sum * x;
}
/* cos(2 pi t). */
LANE_HOST_FN double sc_cos(double t) {
    return sc_sin(t - sc_floor(t) + 0.25);
}

/* tanh(x). */
LANE_HOST_FN double sc_tanh(double x) {
    const double e = sc_exp2(-2.0 / SC_LN2 * sc_abs(x));
    const double y = (1.0 - e) / (1.0 + e);
    return x < 0 ? -y : y;
}

/* Decibels (amplitude) to a factor, and back for a positive factor. */
LANE_HOST_FN double sc_from_db(double db) {
    return sc_exp2(db * (1.0 / 6.02059991327962390427));
}
LANE_HOST_FN double sc_to_db(double factor) {
    return 6.02059991327962390427 * sc_log2(factor);
}

/* Frequency of a MIDI pitch, A4 = 440 Hz. */
LANE_HOST_FN double sc_midi_hz(double midi) {
    return 440.0 * sc_exp2((midi - 69.0) * (1.0 / 12.0));
}

/* s(x) = x^3 (6 x^2 - 15 x + 10) between 0 and 1: slope and curvature vanish at both ends. */
LANE_HOST_FN double sc_quintic(double x) {
    const double c = sc_clamp(x, 0.0, 1.0);
    return c * c * c * (c * (c * 6.0 - 15.0) + 10.0);
}

/* The x below which a standard normal number lies with chance p in (0, 1); error below 5e-4.
 * Abramowitz and Stegun 26.2.23. */
LANE_HOST_FN double sc_normal_quantile(double p) {
    const double tail = p < 0.5 ? p : 1.0 - p;
    const double t = sc_sqrt(-2.0 * sc_log(tail));
    const double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                             (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    return p < 0.5 ? -x : x;
}

#endif
