/*
 * test_reverb.c - the twin-tank reverb against a double reference and against its own promises:
 * precision, one endless tank, cold starts, design numbers, energy, silence.
 * Each detector is also shown a defect that it must report.
 */
#include "tests/effects/reference.h"
#include "tests/effects/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HALL_LOW_S 10.0
#define HALL_HIGH_S 1.5

static struct reverb_design hall_design(void) {
    struct reverb_design design;
    reverb_design_make(&design, REVERB_HALL, HALL_LOW_S, HALL_HIGH_S, 0.04);
    return design;
}

/* Wet output of the product for `seconds` of white noise of peak `level`, against `setup`. */
static double wet_snr(const struct effects_lanes *lanes, const struct reference_setup *setup,
                      uint32_t frames) {
    const struct reverb_design design = hall_design();
    struct support_session session;
    struct support_noise noise = {11};
    float *send[2] = {support_alloc(sizeof(float) * frames), support_alloc(sizeof(float) * frames)};
    float *out = support_alloc(2 * sizeof(float) * frames);
    double *want = support_alloc(2 * sizeof(double) * frames);
    struct reference_reverb *reverb = reference_reverb_open(setup);
    for (uint32_t i = 0; i < frames; ++i) {
        send[0][i] = (float)(0.02 * support_noise_next(&noise));
        send[1][i] = (float)(0.02 * support_noise_next(&noise));
        double left, right;
        reference_reverb_frame(reverb, send[0][i], send[1][i], &left, &right);
        if (i + MASTER_DELAY_FRAMES < frames) {
            want[2 * (i + MASTER_DELAY_FRAMES)] = left;
            want[2 * (i + MASTER_DELAY_FRAMES) + 1] = right;
        }
    }
    support_open(&session, lanes, &design, setup->start);
    support_render(&session, NULL, (const float **)send, out, frames, 4800);
    const double snr = support_snr_db(out, want, 2 * (size_t)frames);
    reference_reverb_close(reverb);
    support_close(&session);
    free(send[0]);
    free(send[1]);
    free(out);
    free(want);
    return snr;
}

static void test_precision(void **unused) {
    (void)unused;
    const int64_t start = 3 * (int64_t)EPOCH_FRAMES + 2 * REVERB_RAMP_FRAMES + 17;
    struct reference_setup setup = reference_hall(HALL_LOW_S, HALL_HIGH_S, 1920, start);
    const double snr = wet_snr(effects_lanes_best(), &setup, 480000);
    print_message("reverb against double: %.1f dB\n", snr);
    assert_true(snr >= 105.0);
    /* Positions before frame 0 are music too, from where the first fade has ended. */
    setup.start = EFFECTS_FIRST_FRAME + EFFECTS_FADE_FRAMES + 77;
    assert_true(wet_snr(effects_lanes_best(), &setup, 96000) >= 105.0);
    /* Defects: no modulation; decay time off by a part in a thousand. */
    setup.without_modulation = 1;
    assert_true(wet_snr(effects_lanes_best(), &setup, 96000) < 60.0);
    setup.without_modulation = 0;
    setup.t_low_s *= 1.001;
    assert_true(wet_snr(effects_lanes_best(), &setup, 96000) < 105.0);
}

/* Soft noise of both channels at absolute frame n: hashed, below about 4 kHz. */
static double music_at(int64_t n, uint32_t channel) {
    double sum = 0.0;
    for (int64_t k = 0; k < 16; ++k) {
        const struct philox_word4 r = philox(5, (uint32_t)(n - k), channel, 0x900, 0);
        sum += philox_signed(r.w[0]) * (0.5 - 0.5 * cos(M_PI * ((double)k + 0.5) / 8.0));
    }
    return 0.01 * sum;
}

/* The double build over an epoch change against one endless tank. Defect: the newer tank has a
   decay time that is off by a part in ten thousand. */
static double twin_snr(bool defect) {
    const struct effects_lanes *lanes = effects_lanes_double();
    const uint32_t frames = 16 * 48000, span = 48000;
    const int64_t change = 5 * (int64_t)EPOCH_FRAMES, start = change - 5 * 48000;
    struct reference_setup setup = reference_hall(HALL_LOW_S, HALL_HIGH_S, 1920, start);
    struct reference_reverb *reverb = reference_reverb_open(&setup);
    struct effects_plan plan = {.frames = span};
    double *rows[2] = {support_alloc(sizeof(double) * span), support_alloc(sizeof(double) * span)};
    double *zeros = support_alloc(sizeof(double) * span);
    double *out = support_alloc(2 * sizeof(double) * span);
    double *delayed = support_alloc(2 * sizeof(double) * MASTER_DELAY_FRAMES);
    void *state = support_alloc(lanes->state_bytes), *scratch = support_alloc(lanes->scratch_bytes);
    double signal = 0.0, error = 0.0;
    lanes->reset(state);
    for (uint32_t done = 0; done < frames; done += span) {
        plan.from = start + done;
        plan.epoch_first = effects_epoch(plan.from);
        for (int e = 0; e < 3; ++e) {
            plan.epochs[e] = hall_design();
            if (defect && plan.epoch_first + e - 1 >= 5) {
                reverb_design_make(&plan.epochs[e], REVERB_HALL, HALL_LOW_S * 1.0001, HALL_HIGH_S,
                                   0.04);
            }
        }
        for (uint32_t i = 0; i < span; ++i) {
            rows[0][i] = music_at(plan.from + i, 0);
            rows[1][i] = music_at(plan.from + i, 1);
        }
        const void *io[5] = {zeros, zeros, rows[0], rows[1], zeros};
        lanes->render(state, scratch, &plan, io, out);
        for (uint32_t i = 0; i < span; ++i) {
            double *slot = delayed + 2 * ((done + i) % MASTER_DELAY_FRAMES);
            for (int c = 0; c < 2 && done + i >= MASTER_DELAY_FRAMES; ++c) {
                const double d = out[2 * i + (uint32_t)c] - slot[c];
                signal += slot[c] * slot[c];
                error += d * d;
            }
            reference_reverb_frame(reverb, rows[0][i], rows[1][i], &slot[0], &slot[1]);
        }
    }
    reference_reverb_close(reverb);
    free(rows[0]);
    free(rows[1]);
    free(zeros);
    free(out);
    free(delayed);
    free(state);
    free(scratch);
    return 10.0 * log10(signal / error);
}

static void test_twin_tanks(void **unused) {
    (void)unused;
    const double snr = twin_snr(false);
    print_message("twin tanks against one endless tank: %.1f dB\n", snr);
    assert_true(snr >= 120.0);
    assert_true(twin_snr(true) < 120.0);
}

/* Renders [from, to) of the hashed input; keeps the frames from `keep` on. */
static void render_music(struct support_session *session, int64_t to, int64_t keep, float *kept) {
    enum { SPAN = 48000 };
    float *rows[2] = {support_alloc(sizeof(float) * SPAN), support_alloc(sizeof(float) * SPAN)};
    float *out = support_alloc(2 * sizeof(float) * SPAN);
    struct support_noise noise;
    while (session->position < to) {
        const int64_t n = session->position;
        const int64_t second = n / SPAN;
        const int64_t stop = (second + 1) * SPAN < to ? (second + 1) * SPAN : to;
        const uint32_t frames = (uint32_t)(stop - n);
        noise.state = (uint64_t)second * 0x9e3779b97f4a7c15ULL;
        for (int64_t i = second * SPAN; i < n + frames; ++i) {
            const float x = (float)(0.05 * support_noise_next(&noise));
            if (i >= n) {
                rows[0][i - n] = x;
                rows[1][i - n] = 0.5F * x;
            }
        }
        support_render(session, (const float **)rows, (const float **)rows, out, frames, SPAN);
        for (uint32_t i = 0; i < frames; ++i) {
            if (n + i >= keep) {
                memcpy(kept + 2 * (n + i - keep), out + 2 * i, 2 * sizeof(float));
            }
        }
    }
    free(rows[0]);
    free(rows[1]);
    free(out);
}

/* A start one epoch before, tanks full of rubbish, equals the long run bit by bit. */
static void test_cold_start(void **unused) {
    (void)unused;
    const struct reverb_design design = hall_design();
    const struct effects_lanes *lanes = effects_lanes_best();
    const int64_t epoch = 7 * (int64_t)EPOCH_FRAMES, next = epoch + EPOCH_FRAMES;
    const int64_t keep = next + MASTER_DELAY_FRAMES, end = keep + 5 * 48000;
    float *warm = support_alloc(2 * sizeof(float) * (size_t)(end - keep));
    float *cold = support_alloc(2 * sizeof(float) * (size_t)(end - keep));
    struct support_session session;
    support_open(&session, lanes, &design, epoch - 20 * 48000);
    render_music(&session, end, keep, warm);
    support_close(&session);
    for (int defect = 0; defect < 2; ++defect) {
        /* Defect: starting just behind the beginning of the epoch leaves the rubbish in. */
        support_open(&session, lanes, &design, epoch + (defect ? 48 : -EFFECTS_PRIME_FRAMES));
        struct effects_state *state = session.state;
        struct support_noise noise = {3};
        const size_t numbers = sizeof(state->tank) / 4;
        float *tank = (float *)state->tank;
        for (size_t i = 0; i < numbers; ++i) {
            tank[i] = (float)(0.1 * support_noise_next(&noise));
        }
        render_music(&session, end, keep, cold);
        support_close(&session);
        const bool same = !memcmp(warm, cold, 2 * sizeof(float) * (size_t)(end - keep));
        assert_int_equal(same, !defect);
    }
    free(warm);
    free(cold);
}

static void test_design_numbers(void **unused) {
    (void)unused;
    struct reverb_design design;
    for (int lines = 0; lines < REVERB_LINES_KINDS; ++lines) {
        reverb_design_make(&design, (enum reverb_lines)lines, 8.0, 2.0, 0.04);
        uint32_t end = 0;
        for (uint32_t l = 0; l < REVERB_LINE_COUNT; ++l) {
            const int m = (int)design.length[l];
            const double a = reference_pole(m, 8.0, 2.0);
            assert_true(fabs(design.pole[0][l] - a) < 1e-7);
            double taps = 1.0;
            for (int s = 0; s < REVERB_POLE_STAGES; ++s) {
                taps *= 1.0 + (double)design.pole[s][l];
            }
            assert_true(fabs(4.0 * design.gain[l] * taps / reference_line_gain(m, 8.0) - 1) < 2e-7);
            for (int d = 2; d * d <= m; ++d) {
                assert_int_not_equal(m % d, 0);
            }
            assert_int_equal(design.ring_offset[l], end);
            assert_int_equal(design.ring_size[l] % RING_STRIDE, 0);
            assert_true(m + 208 < (int)design.ring_size[l]);
            end += design.ring_size[l] + RING_PAD;
        }
        assert_true(end <= REVERB_TANK_NUMBERS);
    }
    /* Out of range: held to what the lines allow. */
    reverb_design_make(&design, REVERB_VAST, 99.0, 0.01, 5.0);
    assert_true(design.pole[0][15] <= 0.6300001F && design.pole[0][15] > 0.629F);
    assert_int_equal(design.predelay_frames, 3840);
    assert_true(design.tail_frames + 48000 < EPOCH_FRAMES);
    assert_true(fabs(SEND_POLE - reverb_highpass_pole()) < 1e-14);
    assert_true(fabs(SEND_GAIN - (1 - SEND_POLE) / (1 - pow(SEND_POLE, 1024))) < 1e-14);
}

/* Predicted power of the wet part against noise in the band that the prediction speaks of. */
static void test_power_gain(void **unused) {
    (void)unused;
    const double times[3][2] = {{3.0, 1.0}, {9.0, 1.5}, {18.0, 2.0}};
    enum { SECONDS = 45, FRAMES = SECONDS * 48000 };
    float *send[2] = {support_alloc(sizeof(float) * FRAMES), support_alloc(sizeof(float) * FRAMES)};
    float *out = support_alloc(2 * sizeof(float) * FRAMES);
    for (int c = 0; c < 2; ++c) {
        struct support_noise noise = {(uint64_t)c + 1};
        double slow = 0.0, fast = 0.0;
        for (int i = 0; i < FRAMES; ++i) { /* roughly 300 .. 1200 Hz */
            const double x = support_noise_next(&noise);
            fast += 0.145 * (x - fast);
            slow += 0.038 * (fast - slow);
            send[c][i] = (float)(0.1 * (fast - slow));
        }
    }
    for (int t = 0; t < 3; ++t) {
        struct reverb_design design;
        struct support_session session;
        reverb_design_make(&design, REVERB_HALL, times[t][0], times[t][1], 0.03);
        support_open(&session, effects_lanes_best(), &design, EPOCH_FRAMES + 48000);
        support_render(&session, NULL, (const float **)send, out, FRAMES, 48000);
        support_close(&session);
        double in = 0.0, wet = 0.0;
        for (int i = 30 * 48000; i < FRAMES; ++i) {
            in += (double)send[0][i] * send[0][i] + (double)send[1][i] * send[1][i];
            wet += (double)out[2 * i] * out[2 * i] + (double)out[2 * i + 1] * out[2 * i + 1];
        }
        const double measured = 10 * log10(wet / in);
        const double predicted = 10 * log10(reverb_power_gain(&design));
        print_message("T %.0f s: wet power %.2f dB, predicted %.2f dB\n", times[t][0], measured,
                      predicted);
        assert_true(fabs(measured - predicted) < 1.0);
    }
    free(send[0]);
    free(send[1]);
    free(out);
}

/* An impulse, then an hour of nothing: the tail ends in zeros, not in denormals. */
static void test_silence(void **unused) {
    (void)unused;
    enum { SPAN = 48000 };
    struct reverb_design design;
    struct support_session session;
    float *send[2] = {support_alloc(sizeof(float) * SPAN), support_alloc(sizeof(float) * SPAN)};
    float *out = support_alloc(2 * sizeof(float) * SPAN);
    reverb_design_make(&design, REVERB_HALL, 3.0, 1.0, 0.02);
    support_open(&session, effects_lanes_best(), &design, 10 * 48000);
    send[0][100] = send[1][200] = 0.5F;
    size_t denormals = 0;
    for (int second = 0; second < 3600; ++second) {
        session.first_epoch = effects_epoch(session.position) - 1;
        support_render(&session, NULL, (const float **)send, out, SPAN, SPAN);
        send[0][100] = send[1][200] = 0.0F;
        if (second < 90 || second % 300 == 0) {
            denormals += support_denormals(session.state, session.lanes->state_bytes / 4);
            denormals += support_denormals(out, 2 * SPAN);
        }
    }
    assert_int_equal(denormals, 0);
    for (int i = 0; i < 2 * SPAN; ++i) {
        assert_true(out[i] == 0.0F);
    }
    const float tiny = 1e-40F; /* the detector sees one when there is one */
    assert_int_equal(support_denormals(&tiny, 1), 1);
    support_close(&session);
    free(send[0]);
    free(send[1]);
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precision),      cmocka_unit_test(test_twin_tanks),
        cmocka_unit_test(test_cold_start),     cmocka_unit_test(test_design_numbers),
        cmocka_unit_test(test_power_gain),     cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
