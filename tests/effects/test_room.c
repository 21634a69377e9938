/*
 * test_room.c - what the reverb sounds like, in numbers: decay time per octave (Schroeder's
 * integral, T30), and how soon the tail is dense (normalised echo density: the share of samples
 * outside one deviation, over what Gaussian noise has; 1 is dense).
 * Self-tests: a decay time off by a tenth, and the bare echoes of a few impulses, must fail.
 */
#include "tests/effects/reference.h"
#include "tests/effects/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BITS 19
#define FRAMES (1U << BITS) /* 10.9 s */
#define RUNS 2

/* Left (re) and right (im) output for an impulse at `start`; entry 0 is the frame of the impulse.
   `sides`: 1 left, 2 right, 3 both. */
struct response {
    double *re, *im;
};

static struct response impulse_response(double t_low_s, double t_nyquist_s, int64_t start,
                                        int sides) {
    struct reverb_design design;
    struct support_session session;
    const uint32_t frames = FRAMES + MASTER_DELAY_FRAMES;
    float *impulse = support_alloc(sizeof(float) * frames);
    float *silence = support_alloc(sizeof(float) * frames);
    float *out = support_alloc(2 * sizeof(float) * frames);
    struct response response = {support_alloc(sizeof(double) * FRAMES),
                                support_alloc(sizeof(double) * FRAMES)};
    const float *sends[2] = {sides & 1 ? impulse : silence, sides & 2 ? impulse : silence};
    impulse[0] = 0.5F;
    reverb_design_make(&design, REVERB_HALL, t_low_s, t_nyquist_s, 0.02);
    support_open(&session, effects_lanes_best(), &design, start);
    support_render(&session, NULL, sends, out, frames, 48000);
    for (uint32_t i = 0; i < FRAMES; ++i) {
        response.re[i] = out[2 * (i + MASTER_DELAY_FRAMES)];
        response.im[i] = out[2 * (i + MASTER_DELAY_FRAMES) + 1];
    }
    support_close(&session);
    free(impulse);
    free(silence);
    free(out);
    return response;
}

static void response_free(struct response *response) {
    free(response->re);
    free(response->im);
}

/* Adds to `energy` what a response has in the octave around `hz`, both channels; `spectrum` is
   its transform. */
static void add_octave(const struct response *spectrum, double hz, double *energy) {
    struct response band = {support_alloc(sizeof(double) * FRAMES),
                            support_alloc(sizeof(double) * FRAMES)};
    for (uint32_t k = 1; k < FRAMES; ++k) {
        const double at = (double)(k < FRAMES / 2 ? k : FRAMES - k) * 48000.0 / FRAMES;
        const double x = 3.0 - 5.0 * fabs(log2(at / hz)); /* 1 at .4 octaves, 0 at .6 */
        const double keep = x <= 0.0 ? 0.0 : (x >= 1.0 ? 1.0 : 0.5 - 0.5 * cos(M_PI * x));
        band.re[k] = keep * spectrum->re[k];
        band.im[k] = keep * spectrum->im[k];
    }
    support_fft(band.re, band.im, BITS, true);
    for (uint32_t i = 0; i < FRAMES; ++i) {
        energy[i] += band.re[i] * band.re[i] + band.im[i] * band.im[i];
    }
    response_free(&band);
}

/* T60 from -5 to -35 dB of the energy still to come. Uses `energy` up. */
static double decay_s(double *energy) {
    uint32_t at5 = 0, at35 = 0;
    /* The band filter rings ahead of the impulse, round the end of the transform. */
    for (uint32_t i = FRAMES - 48000; i < FRAMES; ++i) {
        energy[i] = 0.0;
    }
    for (uint32_t i = FRAMES - 1; i-- > 0;) {
        energy[i] += energy[i + 1];
    }
    for (uint32_t i = 0; i < FRAMES; ++i) {
        const double db = 10.0 * log10(energy[i] / energy[0] + 1e-30);
        at5 = db > -5.0 ? i : at5;
        at35 = db > -35.0 ? i : at35;
    }
    return 2.0 * (double)(at35 - at5) / 48000.0;
}

#define OCTAVES 7 /* from 125 Hz */

/* Decay times measured over several impulses, which evens out the beating of single modes. */
static void measure(double t_low_s, double t_nyquist_s, double decay[OCTAVES]) {
    static const int sides[RUNS] = {1, 3};
    double *energy[OCTAVES];
    for (int o = 0; o < OCTAVES; ++o) {
        energy[o] = support_alloc(sizeof(double) * FRAMES);
    }
    for (int run = 0; run < RUNS; ++run) {
        const int64_t start = EPOCH_FRAMES + 2 * REVERB_RAMP_FRAMES + 543210 * run;
        struct response response = impulse_response(t_low_s, t_nyquist_s, start, sides[run]);
        support_fft(response.re, response.im, BITS, false);
        for (int o = 0; o < OCTAVES; ++o) {
            add_octave(&response, 125.0 * (1 << o), energy[o]);
        }
        response_free(&response);
    }
    for (int o = 0; o < OCTAVES; ++o) {
        decay[o] = decay_s(energy[o]);
        free(energy[o]);
    }
}

/* How far the worst octave is from the target, in units of what it may be. */
static double worst_octave(const double decay[OCTAVES], double t_low_s, double t_nyquist_s) {
    const struct reference_setup setup = reference_hall(t_low_s, t_nyquist_s, 960, 0);
    double worst = 0.0;
    for (int o = 0; o < OCTAVES; ++o) {
        const double hz = 125.0 * (1 << o), target = reference_decay_s(&setup, hz);
        const double share = fabs(decay[o] / target - 1.0) / (o < 4 ? 0.05 : 0.15);
        print_message("%5.0f Hz: T60 %.2f s, target %.2f s\n", hz, decay[o], target);
        worst = share > worst ? share : worst;
    }
    return worst;
}

static void test_decay(void **unused) {
    (void)unused;
    double decay[OCTAVES];
    measure(9.0, 1.5, decay);
    assert_true(worst_octave(decay, 9.0, 1.5) <= 1.0);
    assert_true(worst_octave(decay, 9.9, 1.5) > 1.0);
    measure(6.0, 0.9, decay);
    assert_true(worst_octave(decay, 6.0, 0.9) <= 1.0);
}

/* Normalised echo density in a Hann window of 20 ms around `seconds`. */
static double echo_density(const double *response, double seconds) {
    enum { WIDTH = 960 };
    const double *x = response + (int)(seconds * 48000.0) - WIDTH / 2;
    double power = 0.0, outside = 0.0, total = 0.0;
    for (int i = 0; i < WIDTH; ++i) {
        const double w = 0.5 - 0.5 * cos(2.0 * M_PI * i / WIDTH);
        power += w * x[i] * x[i];
        total += w;
    }
    const double deviation = sqrt(power / total);
    for (int i = 0; i < WIDTH; ++i) {
        const double w = 0.5 - 0.5 * cos(2.0 * M_PI * i / WIDTH);
        outside += fabs(x[i]) > deviation ? w : 0.0;
    }
    return outside / total / erfc(1.0 / sqrt(2.0));
}

static void test_density(void **unused) {
    (void)unused;
    const double times[5] = {0.06, 0.08, 0.1, 0.2, 0.35};
    struct response both = impulse_response(9.0, 1.5, EPOCH_FRAMES + 2 * REVERB_RAMP_FRAMES, 3);
    double *response = both.re;
    for (int i = 0; i < 5; ++i) {
        print_message("echo density at %3.0f ms: %.2f\n", 1000 * times[i],
                      echo_density(response, times[i]));
    }
    assert_true(echo_density(response, 0.35) >= 0.9);
    assert_true(echo_density(response, 0.20) >= 0.8);
    memset(response, 0, sizeof(double) * FRAMES);
    for (int i = 0; i < 48000; i += 61) {
        response[i] = 1.0;
    }
    assert_true(echo_density(response, 0.35) < 0.5);
    response_free(&both);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decay),
                                       cmocka_unit_test(test_density)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
