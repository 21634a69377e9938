/* reference.c - see reference.h. Plain loops, libm, nothing shared with voices/. */
#include "tests/effects/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TURN 6.283185307179586476925
#define HISTORY 32768 /* of every line; a power of two above the longest */

static const int first_delays[16] = {74,   251,  470,  622,  816,  903,  1099, 1261,
                                     1618, 1643, 1874, 2044, 2302, 2488, 2527, 2758};
static const int second_delays[16] = {404, 129, 646, 68,  321, 823, 745, 271,
                                      709, 582, 508, 523, 223, 446, 43,  157};
static const int moving_lines[6] = {1, 4, 6, 9, 11, 14};
static const double moving_depth[6] = {14, 12, 11, 9, 8, 6};
static const double moving_turns[6] = {400864, 629929, 916260, 1202591, 1488922, 1775253};

struct reference_reverb {
    struct reference_setup setup;
    int64_t n;
    double high_pole, high_norm, high_sum[2];
    double send[2][HISTORY], passed[2][HISTORY];
    double second[16][HISTORY], line[16][HISTORY], mixed[16][HISTORY];
    double absorb_sum[16], pole[16], gain[16];
};

struct reference_setup reference_hall(double t_low_s, double t_nyquist_s, int predelay_frames,
                                      int64_t start) {
    static const int hall[16] = {1499, 1693, 1907, 2153, 2417, 2729, 3079, 3461,
                                 3907, 4397, 4957, 5581, 6299, 7103, 7993, 9001};
    struct reference_setup setup = {{0}, t_low_s, t_nyquist_s, predelay_frames, 0, start};
    memcpy(setup.lengths, hall, sizeof hall);
    return setup;
}

double reference_line_gain(int frames, double t_low_s) {
    return pow(10.0, -3.0 * frames / (48000.0 * t_low_s));
}

double reference_pole(int frames, double t_low_s, double t_nyquist_s) {
    const double low = reference_line_gain(frames, t_low_s);
    const double r = low / reference_line_gain(frames, t_nyquist_s);
    return (r - 1.0) / (r + 1.0);
}

struct reference_reverb *reference_reverb_open(const struct reference_setup *setup) {
    struct reference_reverb *r = calloc(1, sizeof *r);
    if (!r) {
        abort();
    }
    r->setup = *setup;
    r->n = setup->start;
    r->high_pole = exp(-TURN * 160.0 / 48000.0);
    r->high_norm = (1.0 - r->high_pole) / (1.0 - pow(r->high_pole, 1024));
    for (int l = 0; l < 16; ++l) {
        r->pole[l] = reference_pole(setup->lengths[l], setup->t_low_s, setup->t_nyquist_s);
        r->gain[l] = reference_line_gain(setup->lengths[l], setup->t_low_s) * (1.0 - r->pole[l]) /
                     (1.0 - pow(r->pole[l], 32));
    }
    return r;
}

void reference_reverb_close(struct reference_reverb *reverb) {
    free(reverb);
}

static double *at(double *history, int64_t n) {
    return &history[(uint64_t)n % HISTORY];
}

/* Orthogonal mixing: the sign of entry (r, c) is the parity of r & c. */
static void mix(double v[16]) {
    for (int half = 1; half < 16; half *= 2) {
        for (int i = 0; i < 16; ++i) {
            if (!(i & half)) {
                const double a = v[i], b = v[i + half];
                v[i] = a + b;
                v[i + half] = a - b;
            }
        }
    }
    for (int i = 0; i < 16; ++i) {
        v[i] *= 0.25;
    }
}

/* Value of a history `delay` (any real number) frames before n: cubic through four samples. */
static double cubic(double *history, int64_t n, double delay) {
    const double whole = floor(delay), t = delay - whole;
    const int64_t m = n - (int64_t)whole;
    const double *xm = at(history, m + 1), *x0 = at(history, m), *x1 = at(history, m - 1),
                 *x2 = at(history, m - 2);
    double sum = 0.0;
    sum += *xm * (t * (t - 1) * (t - 2) / -6.0);
    sum += *x0 * ((t + 1) * (t - 1) * (t - 2) / 2.0);
    sum += *x1 * ((t + 1) * t * (t - 2) / -2.0);
    sum += *x2 * ((t + 1) * t * (t - 1) / 6.0);
    return sum;
}

static double line_end(struct reference_reverb *r, int l) {
    for (int q = 0; q < 6; ++q) {
        if (moving_lines[q] == l && !r->setup.without_modulation) {
            const int64_t cell = r->n >= 0 ? r->n / 64 : -((63 - r->n) / 64);
            const double t = (double)(r->n - 64 * cell) / 64.0;
            const double start = 773094113.0 * q;
            const double p0 = fmod(moving_turns[q] * (double)cell + start, 4294967296.0);
            const double p1 = p0 + moving_turns[q];
            const double d0 = moving_depth[q] * sin(TURN * p0 / 4294967296.0);
            const double d1 = moving_depth[q] * sin(TURN * p1 / 4294967296.0);
            const double m = r->setup.lengths[l];
            return (1.0 - t) * cubic(r->line[l], r->n, m + d0) +
                   t * cubic(r->line[l], r->n, m + d1);
        }
    }
    return *at(r->line[l], r->n - r->setup.lengths[l]);
}

/* High-pass of one channel: x minus 1024 taps of a one-pole, by running sum. */
static double high_pass(struct reference_reverb *r, int channel, double x) {
    *at(r->send[channel], r->n) = x;
    r->high_sum[channel] = r->high_pole * r->high_sum[channel] + x -
                           pow(r->high_pole, 1024) * *at(r->send[channel], r->n - 1024);
    return x - r->high_norm * r->high_sum[channel];
}

void reference_reverb_frame(struct reference_reverb *r, double send_l, double send_r,
                            double *left, double *right) {
    const int64_t n = r->n;
    double v[16], w[16];
    *at(r->passed[0], n) = high_pass(r, 0, send_l);
    *at(r->passed[1], n) = high_pass(r, 1, send_r);
    for (int c = 0; c < 16; ++c) {
        v[c] = *at(r->passed[c % 2], n - r->setup.predelay_frames - first_delays[c]) / sqrt(8.0);
    }
    mix(v);
    for (int c = 0; c < 16; ++c) {
        *at(r->second[c], n) = v[c];
        w[c] = *at(r->second[c], n - second_delays[c]);
    }
    mix(w);
    for (int l = 0; l < 16; ++l) {
        v[l] = line_end(r, l);
    }
    mix(v);
    const double early = pow(10.0, -6.0 / 20.0) * sqrt(8.0);
    *left = v[6] + early * w[5];
    *right = v[9] + early * w[10];
    for (int l = 0; l < 16; ++l) {
        const double x = v[l] + w[l];
        *at(r->mixed[l], n) = x;
        r->absorb_sum[l] = r->pole[l] * r->absorb_sum[l] + x -
                           pow(r->pole[l], 32) * *at(r->mixed[l], n - 32);
        *at(r->line[l], n) = r->gain[l] * r->absorb_sum[l];
    }
    r->n++;
}

double reference_decay_s(const struct reference_setup *setup, double hz) {
    double nepers = 0.0, frames = 0.0;
    for (int l = 0; l < 16; ++l) {
        const double a = reference_pole(setup->lengths[l], setup->t_low_s, setup->t_nyquist_s);
        const double w = TURN * hz / 48000.0;
        const double size = (1.0 - a) / sqrt(1.0 + a * a - 2.0 * a * cos(w));
        nepers -= log(reference_line_gain(setup->lengths[l], setup->t_low_s) * size);
        frames += setup->lengths[l];
    }
    return 3.0 * log(10.0) * frames / (48000.0 * nepers);
}

#define ECHO_HISTORY 131072

struct reference_echo {
    int64_t n;
    int frames[2];
    double gain, feedback, low[2];
    double line[2][ECHO_HISTORY];
};

struct reference_echo *reference_echo_open(const struct reference_echo_setup *setup) {
    struct reference_echo *e = calloc(1, sizeof *e);
    if (!e) {
        abort();
    }
    e->frames[0] = (int)lround(48000.0 * setup->time_s);
    e->frames[1] = (int)lround(48000.0 * 1.27 * setup->time_s);
    e->gain = pow(10.0, setup->send_db / 20.0);
    e->feedback = setup->feedback;
    return e;
}

void reference_echo_close(struct reference_echo *echo) {
    free(echo);
}

/* What a line gives now: eight averages of neighbours in a row, around its end. */
static double echo_end(const struct reference_echo *e, int side) {
    double v[9];
    for (int k = 0; k < 9; ++k) {
        v[k] = e->line[side][(uint64_t)(e->n - e->frames[side] - 4 + k) % ECHO_HISTORY];
    }
    for (int left = 8; left > 0; --left) {
        for (int k = 0; k < left; ++k) {
            v[k] = 0.5 * (v[k] + v[k + 1]);
        }
    }
    return v[0];
}

void reference_echo_frame(struct reference_echo *e, double send_l, double send_r, double *left,
                          double *right) {
    const double in[2] = {send_l, send_r}, pole = exp(-TURN * 160.0 / 48000.0);
    *left = echo_end(e, 0);
    *right = echo_end(e, 1);
    for (int c = 0; c < 2; ++c) {
        e->low[c] = pole * e->low[c] + (1.0 - pole) * in[c];
        e->line[c][(uint64_t)e->n % ECHO_HISTORY] =
            e->gain * (in[c] - e->low[c]) + e->feedback * (c == 0 ? *right : *left);
    }
    e->n++;
}
