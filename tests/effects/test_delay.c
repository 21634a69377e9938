/*
 * test_delay.c - the ping-pong echo against a double reference and against its own promises:
 * precision, one endless echo across epochs, cold starts, equal bits, off means off, the declared
 * decay and tail, design numbers, silence. Each detector is also shown a defect that it must
 * report. The reverb always runs too: where it is in the way, the same run without echo is
 * taken off in the double build.
 */
#include "tests/effects/reference.h"
#include "tests/effects/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND = 48000 };

static struct delay_design echo_design(const struct reference_echo_setup *setup) {
    struct delay_design design;
    delay_design_make(&design, true, setup->time_s, setup->feedback, setup->send_db);
    return design;
}

static struct reverb_design small_room(void) {
    struct reverb_design design;
    reverb_design_make(&design, REVERB_HALL, 2.0, 1.0, 0.04);
    return design;
}

/* Opens with the small room and the echo of `setup` (NULL: off) in all epochs. */
static void open_echo(struct support_session *session, const struct reference_echo_setup *setup,
                      int64_t position) {
    const struct reverb_design room = small_room();
    support_open(session, effects_lanes_best(), &room, position);
    for (int e = 0; setup && e < 4; ++e) {
        session->delay[e] = echo_design(setup);
    }
}

/* Single precision, echo and reverb together, against the references of both. */
static double whole_snr(const struct reference_echo_setup *truth) {
    enum { FRAMES = 4 * SECOND };
    const struct reference_echo_setup setup = {0.83, 0.65, 4.0};
    const int64_t start = 3 * (int64_t)EPOCH_FRAMES + 2 * SECOND + 17;
    const struct reference_setup room = reference_hall(2.0, 1.0, 1920, start);
    struct reference_reverb *reverb = reference_reverb_open(&room);
    struct reference_echo *echo = reference_echo_open(truth);
    struct support_session session;
    struct support_noise noise = {11};
    float *send[2] = {support_alloc(sizeof(float) * FRAMES), support_alloc(sizeof(float) * FRAMES)};
    float *out = support_alloc(2 * sizeof(float) * FRAMES);
    double *want = support_alloc(2 * sizeof(double) * (FRAMES + MASTER_DELAY_FRAMES));
    for (uint32_t i = 0; i < FRAMES; ++i) {
        double wet[2], again[2], *to = want + 2 * (i + MASTER_DELAY_FRAMES);
        send[0][i] = (float)(0.02 * support_noise_next(&noise));
        send[1][i] = (float)(0.02 * support_noise_next(&noise));
        reference_reverb_frame(reverb, send[0][i], send[1][i], &wet[0], &wet[1]);
        reference_echo_frame(echo, send[0][i], send[1][i], &again[0], &again[1]);
        to[0] = wet[0] + again[0];
        to[1] = wet[1] + again[1];
    }
    open_echo(&session, &setup, start);
    support_render(&session, NULL, (const float **)send, out, FRAMES, 4800);
    const double snr = support_snr_db(out, want, 2 * (size_t)FRAMES);
    support_close(&session);
    reference_reverb_close(reverb);
    reference_echo_close(echo);
    free(send[0]);
    free(send[1]);
    free(out);
    free(want);
    return snr;
}

static void test_precision(void **unused) {
    (void)unused;
    struct reference_echo_setup setup = {0.83, 0.65, 4.0};
    const double snr = whole_snr(&setup);
    print_message("echo and reverb against double: %.1f dB\n", snr);
    assert_true(snr >= 105.0);
    setup.feedback *= 1.0001; /* defects: feedback, level, time by one frame */
    assert_true(whole_snr(&setup) < 105.0);
    setup = (struct reference_echo_setup){0.83, 0.65, 4.001};
    assert_true(whole_snr(&setup) < 105.0);
    setup = (struct reference_echo_setup){0.83 + 1.0 / SECOND, 0.65, 4.0};
    assert_true(whole_snr(&setup) < 40.0);
}

/* What the double build gives with the echo less what it gives without: the echo alone. Input:
   noise of both channels in [burst, burst_end), silence else; `to` holds 2 x frames. */
static void echo_alone(const struct delay_design designs[3], int64_t from, uint32_t frames,
                       int64_t burst, int64_t burst_end, double *to) {
    const struct effects_lanes *lanes = effects_lanes_double();
    double *rows[2] = {support_alloc(sizeof(double) * SECOND),
                       support_alloc(sizeof(double) * SECOND)};
    double *zeros = support_alloc(sizeof(double) * SECOND);
    double *out = support_alloc(2 * sizeof(double) * SECOND);
    void *scratch = support_alloc(lanes->scratch_bytes), *state = support_alloc(lanes->state_bytes);
    for (int with = 0; with < 2; ++with) {
        struct support_noise noise = {5};
        struct effects_plan plan = {.frames = SECOND};
        lanes->reset(state);
        for (uint32_t done = 0; done < frames; done += SECOND) {
            plan.from = from + done;
            plan.epoch_first = effects_epoch(plan.from);
            for (int e = 0; e < 3; ++e) {
                const int64_t index = plan.epoch_first + e - 1 - effects_epoch(from) + 1;
                plan.epochs[e] = small_room();
                plan.delays[e] = designs[index < 0 ? 0 : (index > 2 ? 2 : index)];
                plan.delays[e].on = plan.delays[e].on && with;
            }
            for (uint32_t i = 0; i < SECOND; ++i) {
                const bool on = plan.from + i >= burst && plan.from + i < burst_end;
                for (int c = 0; c < 2; ++c) {
                    const double x = 0.02 * support_noise_next(&noise);
                    rows[c][i] = on ? x : 0.0;
                }
            }
            const void *io[5] = {zeros, zeros, rows[0], rows[1], zeros};
            lanes->render(state, scratch, &plan, io, out);
            for (uint32_t i = 0; i < 2 * SECOND; ++i) {
                to[2 * (size_t)done + i] = with ? out[i] - to[2 * (size_t)done + i] : out[i];
            }
        }
    }
    free(rows[0]);
    free(rows[1]);
    free(zeros);
    free(out);
    free(scratch);
    free(state);
}

/* Two tanks over an epoch change against one endless echo of the same noise. */
static double twin_snr(double newer_feedback) {
    enum { FRAMES = 9 * SECOND };
    struct reference_echo_setup setup = {0.61, 0.6, 0.0};
    const int64_t start = 5 * (int64_t)EPOCH_FRAMES - 5 * SECOND;
    struct delay_design designs[3] = {echo_design(&setup), echo_design(&setup),
                                      echo_design(&setup)};
    double *got = support_alloc(2 * sizeof(double) * FRAMES), signal = 0.0, error = 0.0;
    struct reference_echo *echo = reference_echo_open(&setup);
    struct support_noise noise = {5};
    setup.feedback = newer_feedback;
    designs[2] = echo_design(&setup);
    echo_alone(designs, start, FRAMES, start, start + FRAMES, got);
    for (size_t n = 0; n + MASTER_DELAY_FRAMES < FRAMES; ++n) {
        double want[2], in[2];
        for (int c = 0; c < 2; ++c) {
            in[c] = 0.02 * support_noise_next(&noise);
        }
        reference_echo_frame(echo, in[0], in[1], &want[0], &want[1]);
        for (size_t c = 0; c < 2; ++c) {
            const double d = got[2 * (n + MASTER_DELAY_FRAMES) + c] - want[c];
            signal += want[c] * want[c];
            error += d * d;
        }
    }
    reference_echo_close(echo);
    free(got);
    return 10.0 * log10(signal / error);
}

static void test_twin_tanks(void **unused) {
    (void)unused;
    const double snr = twin_snr(0.6);
    print_message("twin tanks against one endless echo: %.1f dB\n", snr);
    assert_true(snr >= 120.0);
    assert_true(twin_snr(0.6001) < 120.0);
}

/* Power of [at, at + width) of one channel. */
static double power(const double *stereo, size_t at, size_t width, size_t channel) {
    double sum = 0.0;
    for (size_t n = at; n < at + width; ++n) {
        sum += stereo[2 * n + channel] * stereo[2 * n + channel];
    }
    return sum;
}

/*
 * A burst at the very end of what a tank hears, with the longest lines and most feedback: repeats
 * come where and as loud as declared, and when the tail is over there is nothing left to lose.
 */
static void test_decay(void **unused) {
    (void)unused;
    enum { FRAMES = 58 * SECOND, BURST = 2400 };
    struct reference_echo_setup setup = {1.0, 0.7, 0.0};
    const struct delay_design design = echo_design(&setup);
    const struct delay_design designs[3] = {design, design, {0}}; /* the next epoch has none */
    const int64_t change = 2 * (int64_t)EPOCH_FRAMES, start = change - SECOND;
    double *got = support_alloc(2 * sizeof(double) * FRAMES);
    struct reference_echo *echo = reference_echo_open(&setup);
    double *want = support_alloc(2 * sizeof(double) * FRAMES);
    struct support_noise noise = {5};
    echo_alone(designs, start, FRAMES, start, start + BURST, got);
    for (size_t n = 0; n + MASTER_DELAY_FRAMES < FRAMES; ++n) {
        double in[2], *to = want + 2 * (n + MASTER_DELAY_FRAMES);
        in[0] = 0.02 * support_noise_next(&noise);
        in[1] = 0.02 * support_noise_next(&noise);
        reference_echo_frame(echo, n < BURST ? in[0] : 0, n < BURST ? in[1] : 0, &to[0], &to[1]);
    }
    /* The first repeats of what was sent on the left: left after 1 s, right 1.27 s later. */
    const size_t first = MASTER_DELAY_FRAMES + SECOND, width = BURST + 1024;
    const double one = power(got, first - 8, width, 0);
    assert_true(one > 0.0 && power(got, first - 8, width, 1) < 1e-9 * one);
    const double two = power(got, first - 8 + (size_t)lround(1.27 * SECOND), width, 1);
    print_message("second repeat %.2f dB below the first\n", 10 * log10(one / two));
    /* Of white noise softening takes its part too: sum of C(16,k)^2 / 2^32 over C(8,k)^2 / 2^16. */
    const double soft = 601080390.0 / 4294967296.0 / (12870.0 / 65536.0);
    assert_true(fabs(10 * log10(one / two * 0.49 * soft)) < 0.5);
    /* All the way down to the end of the tail it is the endless echo. */
    const size_t over = SECOND + MASTER_DELAY_FRAMES + design.tail_frames;
    double loudest = 0.0, lost = 0.0;
    for (size_t n = 0; n < FRAMES; ++n) {
        for (size_t c = 0; c < 2; ++c) {
            const double d = fabs(got[2 * n + c] - want[2 * n + c]);
            loudest = fmax(loudest, fabs(want[2 * n + c]));
            lost = fmax(lost, d);
            assert_true(n < over || got[2 * n + c] == 0.0);
        }
    }
    print_message("tail %.1f s; largest difference %.1f dB\n", design.tail_frames / 48000.0,
                  20 * log10(lost / loudest));
    assert_true(over < FRAMES && lost < 6.3e-8 * loudest); /* -144 dB */
    /* Defect: a tail a quarter as long would cut something off. */
    double cut = 0.0;
    for (size_t n = over - 3 * (size_t)design.tail_frames / 4; n < over; ++n) {
        cut = fmax(cut, fabs(want[2 * n]));
    }
    assert_true(cut > 6.3e-8 * loudest);
    reference_echo_close(echo);
    free(got);
    free(want);
}

struct music {
    float *row[2];
};

/* `frames` of noise with holes of nothing, negative nothing included. */
static struct music music_make(uint32_t frames, uint64_t seed) {
    struct music music;
    struct support_noise noise = {seed};
    for (int c = 0; c < 2; ++c) {
        music.row[c] = support_alloc(sizeof(float) * frames);
        for (uint32_t i = 0; i < frames; ++i) {
            const float x = (float)(0.1 * support_noise_next(&noise));
            music.row[c][i] = i / 9001 % 3 == 0 ? (i & 1 ? -0.0F : 0.0F) : x;
        }
    }
    return music;
}

static void music_free(struct music *music) {
    free(music->row[0]);
    free(music->row[1]);
}

/* Over an epoch change that brings another echo, with spans of `spans` in turn. */
static void render_split(const struct effects_lanes *lanes, const uint32_t *spans, uint32_t count,
                         const struct music *music, uint32_t frames, float *out) {
    const struct reference_echo_setup older = {0.3, 0.7, 0.0}, newer = {0.45, 0.5, -3.0};
    struct support_session session;
    open_echo(&session, &older, 4 * (int64_t)EPOCH_FRAMES - 30011);
    session.lanes = lanes;
    session.delay[2] = echo_design(&newer);
    for (uint32_t done = 0, turn = 0; done < frames; ++turn) {
        const uint32_t want = spans[turn % count];
        const uint32_t now = frames - done < want ? frames - done : want;
        const float *rows[2] = {music->row[0] + done, music->row[1] + done};
        support_render(&session, rows, rows, out + 2 * (size_t)done, now, now);
        done += now;
    }
    support_close(&session);
}

static void test_same_bits(void **unused) {
    (void)unused;
    enum { FRAMES = 120000 };
    static const uint32_t whole[] = {FRAMES}, tick[] = {4800};
    static const uint32_t slivers[] = {1, 1, 62, 3, 64, 65, 127, 1, 129, 7, 31, 2048, 5};
    const struct effects_lanes *list[8];
    const uint32_t sets = effects_lanes_list(list);
    struct music music = music_make(FRAMES, 77);
    const size_t bytes = 2 * sizeof(float) * FRAMES;
    float *want = support_alloc(bytes), *got = support_alloc(bytes);
    render_split(list[0], whole, 1, &music, FRAMES, want);
    for (uint32_t s = 0; s < sets; ++s) {
        render_split(list[s], tick, 1, &music, FRAMES, got);
        assert_memory_equal(want, got, bytes);
        render_split(list[s], slivers, 13, &music, FRAMES, got);
        assert_memory_equal(want, got, bytes);
    }
    music.row[0][10000] += 6e-8F; /* defect: one bit of one sample */
    render_split(effects_lanes_best(), tick, 1, &music, FRAMES, got);
    assert_int_not_equal(memcmp(want, got, bytes), 0);
    music_free(&music);
    free(want);
    free(got);
}

/* Numbers other than 0 in the echo's tanks. */
static size_t tank_numbers(const struct support_session *session) {
    const struct effects_state *state = session->state;
    const float *tank = (const float *)state->delay;
    size_t count = 0;
    for (size_t i = 0; i < sizeof state->delay / 4; ++i) {
        count += tank[i] != 0.0F;
    }
    return count;
}

/* Off, or on and never fed: the bits of an engine without echo, and a tank never touched. */
static void test_off(void **unused) {
    (void)unused;
    enum { FRAMES = 3 * SECOND };
    const struct reference_echo_setup setup = {0.5, 0.6, 0.0};
    const size_t bytes = 2 * sizeof(float) * FRAMES;
    const int64_t start = (int64_t)EPOCH_FRAMES - SECOND;
    struct music music = music_make(FRAMES, 3), none = music_make(FRAMES, 4);
    float *want = support_alloc(bytes), *got = support_alloc(bytes);
    for (int c = 0; c < 2; ++c) {
        memset(none.row[c], 0, sizeof(float) * FRAMES);
    }
    for (int fed = 0; fed < 2; ++fed) {
        const float **send = (const float **)(fed ? music.row : none.row);
        struct support_session session;
        open_echo(&session, NULL, start);
        support_render(&session, (const float **)music.row, send, want, FRAMES, 4800);
        support_close(&session);
        open_echo(&session, &setup, start);
        for (int e = 0; e < 4; ++e) {
            session.delay[e].on = !fed;
        }
        support_render(&session, (const float **)music.row, send, got, FRAMES, 4800);
        assert_int_equal(tank_numbers(&session), 0);
        assert_memory_equal(want, got, bytes);
        for (int e = 0; e < 4; ++e) {
            session.delay[e].on = 1; /* defect: on and fed is heard */
        }
        support_render(&session, NULL, (const float **)music.row, got, FRAMES, 4800);
        assert_true(tank_numbers(&session) > SECOND);
        support_close(&session);
    }
    music_free(&music);
    music_free(&none);
    free(want);
    free(got);
}

/* A start one epoch before, echo tanks full of rubbish, equals the long run bit by bit. */
static void test_cold_start(void **unused) {
    (void)unused;
    enum { KEEP = 4 * SECOND, LEAD = 3 * SECOND };
    const struct reference_echo_setup setup = {1.0, 0.7, 0.0};
    const int64_t epoch = 7 * (int64_t)EPOCH_FRAMES, keep = epoch + EPOCH_FRAMES + SECOND / 10;
    const uint32_t frames = (uint32_t)(keep + KEEP - epoch) + LEAD;
    struct music music = music_make(frames, 21);
    const size_t bytes = 2 * sizeof(float) * frames, kept = 2 * sizeof(float) * KEEP;
    float *warm = support_alloc(bytes), *cold = support_alloc(bytes);
    struct support_session session;
    open_echo(&session, &setup, epoch - LEAD);
    support_render(&session, NULL, (const float **)music.row, warm, frames, SECOND);
    support_close(&session);
    for (int defect = 0; defect < 2; ++defect) {
        /* Defect: starting just behind the beginning of the epoch leaves the rubbish in. */
        const int32_t late = defect ? 48 : -EFFECTS_PRIME_FRAMES;
        const uint32_t skip = (uint32_t)(LEAD + late);
        const float *rows[2] = {music.row[0] + skip, music.row[1] + skip};
        open_echo(&session, &setup, epoch + late);
        struct effects_state *state = session.state;
        float *tank = (float *)state->delay;
        struct support_noise noise = {3};
        for (size_t i = 0; i < sizeof state->delay / 4; ++i) {
            tank[i] = (float)(0.1 * support_noise_next(&noise));
        }
        support_render(&session, NULL, rows, cold, frames - skip, SECOND);
        support_close(&session);
        const bool same = !memcmp(warm + 2 * (size_t)(frames - KEEP),
                                  cold + 2 * (size_t)(frames - skip - KEEP), kept);
        assert_int_equal(same, !defect);
    }
    music_free(&music);
    free(warm);
    free(cold);
}

static void test_design_numbers(void **unused) {
    (void)unused;
    struct delay_design design;
    delay_design_make(&design, true, 0.83, 0.45, -14.0);
    assert_int_equal(design.on, 1);
    assert_int_equal(design.frames[0], 39840);
    assert_int_equal(design.frames[1], 50597);
    assert_true(fabs((double)design.gain - pow(10.0, -0.7)) < 1e-7);
    /* Out of range: held to what lines and tanks allow. The slowest tail fits into an epoch. */
    delay_design_make(&design, true, 9.0, 1.5, 60.0);
    assert_int_equal(design.frames[1], 60960);
    assert_true(design.frames[1] + DELAY_REACH + RING_STRIDE + LANE_WIDTH_MAX < DELAY_RING_FRAMES);
    assert_true(design.feedback == 0.7F && fabs((double)design.gain - 1.99526) < 1e-5);
    assert_true(design.tail_frames < EPOCH_FRAMES);
    assert_int_equal(design.tail_frames % RING_STRIDE, 0);
    delay_design_make(&design, true, 0.0, -1.0, -6.0);
    assert_true(design.frames[0] == 14400 && design.feedback == 0.0F);
    assert_true(design.tail_frames > REVERB_RAMP_FRAMES + design.frames[1]);
    delay_design_make(&design, true, 0.8, 0.4, -60.0);
    assert_true(design.on == 0 && delay_power_gain(&design) == 0.0);
    delay_design_make(&design, false, 0.8, 0.4, 0.0);
    assert_int_equal(design.on, 0);
    /* 3 dB at 4.5 kHz for each repeat. */
    assert_true(fabs(10 * log10(delay_repeat_power(4500.0)) + 3.05) < 0.02);
}

/* Predicted power of the echo against its transfer function, averaged over the music's middle; a
   send on the left alone comes out on both sides. */
static void test_power_gain(void **unused) {
    (void)unused;
    enum { STEPS = 200000 };
    const double f = 0.7, gain = pow(10.0, -4.0 / 20.0), trip = 2.27 * 0.83 * SECOND;
    const double pole = exp(-2.0 * M_PI * 160.0 / SECOND);
    const struct reference_echo_setup setup = {0.83, f, -4.0};
    const struct delay_design design = echo_design(&setup);
    double sum = 0.0, weight = 0.0;
    for (int i = 0; i < STEPS; ++i) {
        const double hz = 150.0 * pow(16.0, (i + 0.5) / STEPS), w = 2.0 * M_PI * hz / SECOND;
        const double soft = pow(cos(0.5 * w), 8.0), k = loudness_k_power(hz);
        const double high = pole * pole * (2.0 - 2.0 * cos(w)) /
                            (1.0 + pole * pole - 2.0 * pole * cos(w));
        const double loop = f * f * soft * soft;
        const double heard = soft * soft * (1.0 + f * f * soft * soft) /
                             (1.0 + loop * loop - 2.0 * loop * cos(w * trip));
        sum += k * gain * gain * high * heard;
        weight += k;
    }
    const double exact = 10 * log10(sum / weight);
    const double predicted = 10 * log10(delay_power_gain(&design));
    print_message("echo's power %.2f dB, predicted %.2f dB\n", exact, predicted);
    assert_true(fabs(exact - predicted) < 0.3);
}

/* An impulse, then three epochs of nothing: the tail ends in zeros, not in denormals. */
static void test_silence(void **unused) {
    (void)unused;
    const struct reference_echo_setup setup = {0.3, 0.7, 0.0};
    struct support_session session;
    float *send[2] = {support_alloc(sizeof(float) * SECOND), support_alloc(sizeof(float) * SECOND)};
    float *out = support_alloc(2 * sizeof(float) * SECOND);
    size_t denormals = 0;
    open_echo(&session, &setup, 10 * SECOND);
    send[0][100] = send[1][200] = 0.5F;
    for (int second = 0; second < 300; ++second) {
        const struct effects_state *state = session.state;
        session.first_epoch = effects_epoch(session.position) - 1;
        support_render(&session, NULL, (const float **)send, out, SECOND, SECOND);
        send[0][100] = send[1][200] = 0.0F;
        if (second % 3 == 0) {
            denormals += support_denormals((const float *)state->delay, sizeof state->delay / 4);
            denormals += support_denormals(out, 2 * SECOND);
        }
    }
    assert_int_equal(denormals, 0);
    for (int i = 0; i < 2 * SECOND; ++i) {
        assert_true(out[i] == 0.0F);
    }
    support_close(&session);
    free(send[0]);
    free(send[1]);
    free(out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precision),  cmocka_unit_test(test_twin_tanks),
        cmocka_unit_test(test_decay),      cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_off),        cmocka_unit_test(test_cold_start),
        cmocka_unit_test(test_power_gain), cmocka_unit_test(test_design_numbers),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
