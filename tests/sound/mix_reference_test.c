/*
 * mix_reference_test.c - the whole chain against double precision: notes, buses, sends, reverb,
 * saturation, in plain sums with libm.
 *
 * The engine says which notes sound (its score is music, tested elsewhere); from there on nothing
 * is shared: sines are summed one by one, reverb and echo are endless, gains are formulas. The
 * weather is muted here, because its noise has a reference of its own (tests/effects). Two windows
 * are compared: the first seconds, where reference and engine both start empty, and one 20 s on,
 * when chords have changed and the room is full. What the room heard in between comes from the
 * lanes, which have been compared with the sines note by note (tests/voices): summing them all
 * would take minutes. Slow as it is: some hundred million sines. Single thread (the engine brings
 * its own).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/address.h"  // address_parse
#include "engine/scene.h"    // struct scene, scene_builtin
#include "engine/score.h"    // score_plan
#include "tests/effects/reference.h"
#include "tests/sound/render.h"
#include "tests/voices/reference.h"

#define WINDOW 57600 /* 1.2 s */
#define LATE 960000  /* 20 s: where the second window begins */
#define FRAMES (LATE + WINDOW)
#define PRIME 4800 /* effects begin this long before position 0 */
#define TOTAL (PRIME + FRAMES)
#define STEP 4800
#define STEP_CELLS (STEP / CELL_FRAMES)
#define MUTED "level-texture"

struct mix {
    double dry[2][TOTAL];
    double send[2][TOTAL];
};

static const struct scene *scene_by_hash(void *user, uint64_t hash) {
    const struct scene *scene = user;
    return scene->hash == hash ? scene : NULL;
}

/* The score of SCENE at position 0 with the weather muted, as the engine would plan it. */
static void score_open(struct score *score, struct voice_note *pool, const struct scene *scene,
                       uint64_t seed) {
    struct address *address = calloc(1, sizeof *address);
    assert_non_null(address);
    aeo_options options;
    aeo_options_default(&options);
    options.renderer = "null";
    aeo_engine *engine = NULL;
    aeo_session *session = NULL;
    aeo_fault fault;
    assert_int_equal(aeo_engine_open(&options, &engine, &fault), AEO_OK);
    const aeo_setting quiet = {.control = (uint32_t)aeo_control_find(MUTED), .value = 0.0};
    aeo_session_options what;
    aeo_session_options_default(&what);
    what.scene = scene->slug;
    what.seed = seed;
    what.settings = &quiet;
    what.setting_count = 1;
    assert_int_equal(aeo_session_open(engine, &what, &session, &fault), AEO_OK);
    aeo_session_info info;
    aeo_session_describe(session, &info);
    assert_int_equal(address_parse(address, info.address, scene_by_hash, (void *)(uintptr_t)scene,
                                   &fault),
                     AEO_OK);
    score_init(score, address, true, pool, 0);
    score_seek(score, -PRIME);
    aeo_session_close(session);
    aeo_engine_close(engine);
    free(address);
}

/* The fade-in of everything before position 0. */
static double fade_in(size_t n) {
    const double x = fmin((double)n / EFFECTS_FADE_FRAMES, 1.0);
    return x * x * x * (x * (6.0 * x - 15.0) + 10.0);
}

/* One note of a span: by direct sums where it is compared, by the lanes where only the room
 * listens. A sample leaves the limiter MASTER_DELAY_FRAMES late. */
static void note_render(const struct voice_note *note, struct test_controls controls,
                        const struct span *span, double *left, double *right) {
    if (span->from < WINDOW || span->from >= LATE - STEP) {
        reference_render(note, controls, span->from, span->frames, left, right);
        return;
    }
    static float lanes[2][STEP];
    assert_true(span->frames == STEP && span->from % CELL_FRAMES == 0);
    lane_copy_render(lane_copy_best(), note, controls, span->from / CELL_FRAMES, STEP_CELLS,
                     lanes[0], lanes[1]);
    for (uint32_t n = 0; n < STEP; n++) {
        left[n] = lanes[0][n];
        right[n] = lanes[1][n];
    }
}

/* Adds one span's notes, note by note, to the dry and the send sum. */
static void span_add(struct mix *mix, const struct span *span, const struct voice_note *pool,
                     const struct scene *scene) {
    static double left[STEP];
    static double right[STEP];
    const struct test_controls controls = {scene->defaults[CONTROL_BRIGHTNESS],
                                           scene->defaults[CONTROL_WARMTH],
                                           scene->defaults[CONTROL_MOTION]};
    const double space = pow(10.0, 16.0 * (scene->defaults[CONTROL_SPACE] - 0.5) / 20.0);
    const size_t at = (size_t)(span->from + PRIME);
    for (uint32_t i = 0; i < span->note_count; i++) {
        const struct voice_note *note = &pool[span->notes[i].note];
        const struct plan_bus *bus = &span->buses[span->notes[i].bus];
        if (note->voice == VOICE_SURF) {
            continue; /* muted */
        }
        note_render(note, controls, span, left, right);
        for (uint32_t n = 0; n < span->frames; n++) {
            const double fade = fade_in(at + n);
            const double share = space * (double)bus->send_gain * fade;
            mix->dry[0][at + n] += left[n] * fade;
            mix->dry[1][at + n] += right[n] * fade;
            mix->send[0][at + n] += left[n] * share;
            mix->send[1][at + n] += right[n] * share;
        }
    }
}

static void mix_notes(struct mix *mix, const struct scene *scene, uint64_t seed) {
    struct voice_note *pool = calloc(PLAN_SESSION_NOTES, sizeof *pool);
    struct score *score = calloc(1, sizeof *score);
    struct span *span = calloc(1, sizeof *span);
    assert_true(pool != NULL && score != NULL && span != NULL);
    score_open(score, pool, scene, seed);
    while (score->state_at < FRAMES) {
        const int64_t left = score->state_at < 0 ? -score->state_at : STEP;
        score_plan(score, left < STEP ? (uint32_t)left : STEP, span, NULL);
        span_add(mix, span, pool, scene);
        score_advance(score, span->frames);
    }
    free(span);
    free(score);
    free(pool);
}

static double scaled(double value, double low, double high) {
    const double away = 2.0 * (value - 0.5);
    return away < 0.0 ? pow(low, -away) : pow(high, away);
}

/* The decay at 24 kHz is kept long enough that no pole of the hall's lines is above 0.63. */
static double darkest_t_nyquist_s(double t_low_s) {
    const double loss = log10((1.0 + 0.63) / (1.0 - 0.63));
    return 1.0 / (1.0 / t_low_s + loss * 48000.0 / (3.0 * 9001.0));
}

/* Echo, reverb and saturation; the limiter only waits: nothing here comes near its ceiling. */
static void mix_finish(const struct mix *mix, const struct scene *scene, double *out) {
    const double space = scene->defaults[CONTROL_SPACE];
    const double bright = scene->defaults[CONTROL_BRIGHTNESS];
    const double t_low_s = scene->reverb.t_low_s * scaled(space, 0.5, 1.6);
    const double predelay_s = scene->reverb.predelay_ms * 1e-3 * scaled(space, 0.5, 2.0);
    const struct reference_setup setup =
        reference_hall(t_low_s,
                       fmax(scene->reverb.t_nyquist_s * scaled(bright, 0.6, 1.6),
                            darkest_t_nyquist_s(t_low_s)),
                       (int)lround(48000.0 * fmin(fmax(predelay_s, 0.02), 0.08)), -PRIME);
    struct reference_reverb *reverb = reference_reverb_open(&setup);
    const double echo_db = scene->delay.on ? scene->delay.send_db : -HUGE_VAL;
    const struct reference_echo_setup repeats = {scene->delay.time_s, scene->delay.feedback,
                                                 echo_db};
    struct reference_echo *echo = reference_echo_open(&repeats);
    const double drive = scene->defaults[CONTROL_WARMTH] * scene->saturation_max;
    for (size_t n = 0; n < TOTAL; n++) {
        double wet[2];
        double again[2];
        reference_reverb_frame(reverb, mix->send[0][n], mix->send[1][n], &wet[0], &wet[1]);
        reference_echo_frame(echo, mix->send[0][n], mix->send[1][n], &again[0], &again[1]);
        for (int c = 0; c < 2; c++) {
            const double x = mix->dry[c][n] + wet[c] + again[c];
            const double q = drive * x * drive * x;
            out[2 * n + (size_t)c] = x * (27.0 + q) / (27.0 + 9.0 * q);
        }
    }
    reference_echo_close(echo);
    reference_reverb_close(reverb);
}

/* Of the window that begins with frame FROM, the music made GAIN times as loud. */
static double signal_to_noise_db(const float *music, const double *reference, size_t from,
                                 double gain) {
    double signal = 0.0;
    double noise = 0.0;
    for (size_t n = 2 * from; n < 2 * (from + WINDOW); n++) {
        const double expected = reference[2 * (PRIME - MASTER_DELAY_FRAMES) + n];
        const double error = gain * (double)music[n] - expected;
        signal += expected * expected;
        noise += error * error;
    }
    return 10.0 * log10(signal / noise);
}

/* Goal: every scene's full mix is within 105 dB of exact arithmetic; a hundredth of a decibel of
 * wrong level would be caught. */
static void test_full_mix_matches_double(void **state) {
    (void)state;
    for (uint32_t i = 0; i < scene_builtin_count(); i++) {
        struct scene *scene = calloc(1, sizeof *scene);
        struct mix *mix = calloc(1, sizeof *mix);
        double *reference = calloc(2 * TOTAL, sizeof *reference);
        aeo_fault fault;
        assert_true(scene != NULL && mix != NULL && reference != NULL);
        assert_int_equal(scene_builtin(scene, i, &fault), AEO_OK);
        mix_notes(mix, scene, 1);
        mix_finish(mix, scene, reference);
        const aeo_setting quiet = {.control = (uint32_t)aeo_control_find(MUTED), .value = 0.0};
        float *music = render_music(&(struct render_request){.scene = scene->slug,
                                                             .seed = 1,
                                                             .frames = FRAMES,
                                                             .settings = &quiet,
                                                             .setting_count = 1});
        assert_non_null(music);
        for (size_t from = 0; from <= LATE; from += LATE) {
            const double snr = signal_to_noise_db(music, reference, from, 1.0);
            const double planted = signal_to_noise_db(music, reference, from, 1.00115);
            print_message("%s at %zu s: %.1f dB (0.01 dB off: %.1f dB)\n", scene->name,
                          from / 48000, snr, planted);
            assert_true(snr >= 105.0);
            assert_true(planted < 105.0);
        }
        free(music);
        free(reference);
        free(mix);
        free(scene);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_full_mix_matches_double)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
