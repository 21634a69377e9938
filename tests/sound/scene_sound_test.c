/*
 * scene_sound_test.c - does a scene sound as its numbers say?
 *
 * Ten minutes of every scene and three seeds are judged by tools that know nothing of the engine:
 * loudness, range and true peak by libebur128, spectrum by FFTW, clicks by the empty band above
 * 20.6 kHz. Every detector is first shown a planted fault. The bounds of a scene stand in the table
 * below. Single thread (the engine brings its own).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sound/analysis.h"
#include "tests/sound/render.h"

#define RATE 48000
#define MINUTE (60 * (size_t)RATE)

/* What one scene promises. */
struct promise {
    const char *scene;
    double lufs;
    double centroid_hz[2];
    double range_lu[2];
};

static const struct promise promises[] = {
    {"Harbour at First Light", -18.0, {700.0, 1100.0}, {3.0, 12.0}},
    {"Undertow", -23.0, {180.0, 380.0}, {2.0, 6.0}},
};
#define PROMISES (sizeof promises / sizeof promises[0])

static void check(bool ok, const char *scene, uint64_t seed, const char *what, double value) {
    print_message("%-24s seed %llu  %-28s %9.3f%s\n", scene, (unsigned long long)seed, what, value,
                  ok ? "" : "   <-- out of bounds");
    if (!ok) {
        fail_msg("%s, seed %llu: %s is %.3f", scene, (unsigned long long)seed, what, value);
    }
}

static void judge(const struct promise *p, uint64_t seed, const float *music, size_t frames) {
    struct loudness loud;
    assert_true(analysis_loudness(music, frames, &loud));
    check(fabs(loud.integrated_lufs - p->lufs) <= 1.0, p->scene, seed, "integrated LUFS",
          loud.integrated_lufs);
    check(loud.true_peak_dbtp <= -1.5, p->scene, seed, "true peak dBTP", loud.true_peak_dbtp);
    check(loud.true_peak_dbtp - loud.short_term_max_lufs >= 8.0, p->scene, seed,
          "peak over short-term LU", loud.true_peak_dbtp - loud.short_term_max_lufs);
    check(loud.range_lu >= p->range_lu[0] && loud.range_lu <= p->range_lu[1], p->scene, seed,
          "loudness range LU", loud.range_lu);
    struct timbre timbre;
    assert_true(analysis_timbre(music, frames, &timbre));
    check(timbre.centroid_hz >= p->centroid_hz[0] && timbre.centroid_hz <= p->centroid_hz[1],
          p->scene, seed, "centroid Hz", timbre.centroid_hz);
    check(timbre.share_below_60 <= 0.45, p->scene, seed, "power below 60 Hz",
          timbre.share_below_60);
    check(timbre.correlation >= 0.15 && timbre.correlation <= 0.85, p->scene, seed,
          "correlation", timbre.correlation);
    check(timbre.correlation_low >= 0.95, p->scene, seed, "correlation below 120 Hz",
          timbre.correlation_low);
    const double dc = analysis_dc_dbfs(music, frames);
    check(dc <= -80.0, p->scene, seed, "DC dBFS", dc);
    const double bad = (double)analysis_bad_numbers(music, frames);
    check(bad == 0.0, p->scene, seed, "NaN, infinite, denormal", bad);
    const double guard = analysis_guard_band_dbfs(music, frames, NULL);
    check(guard <= -100.0, p->scene, seed, "guard band dBFS, full mix", guard);
}

/* Goal: ten minutes of each scene and seed keep every bound of level, timbre, space and silence. */
static void test_scenes_keep_their_numbers(void **state) {
    (void)state;
    const size_t frames = 10 * MINUTE;
    for (size_t i = 0; i < PROMISES; i++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            const struct render_request request = {
                .scene = promises[i].scene, .seed = seed, .frames = frames};
            float *music = render_music(&request);
            assert_non_null(music);
            judge(&promises[i], seed, music, frames);
            free(music);
        }
    }
}

/* Goal: without the weather nothing at all reaches the guard band: no click, no aliasing. */
static void test_dry_music_leaves_the_guard_band_empty(void **state) {
    (void)state;
    const int32_t texture = aeo_control_find("level-texture");
    assert_true(texture >= 0);
    const aeo_setting quiet = {.control = (uint32_t)texture, .value = 0.0};
    for (size_t i = 0; i < PROMISES; i++) {
        const struct render_request request = {.scene = promises[i].scene,
                                               .seed = 1,
                                               .frames = 3 * MINUTE,
                                               .settings = &quiet,
                                               .setting_count = 1};
        float *music = render_music(&request);
        assert_non_null(music);
        size_t at = 0;
        const double guard = analysis_guard_band_dbfs(music, request.frames, &at);
        print_message("highest at frame %zu\n", at);
        check(guard <= -120.0, promises[i].scene, 1, "guard band dBFS, dry", guard);
        free(music);
    }
}

/* Goal: the click detector hears a step of -90 dBFS and a gain jump of 0.02 dB. */
static void test_click_detector_hears_planted_clicks(void **state) {
    (void)state;
    const size_t frames = RATE;
    float *tone = malloc(2 * frames * sizeof *tone);
    assert_non_null(tone);
    for (int fault = 0; fault < 3; fault++) {
        for (size_t n = 0; n < frames; n++) {
            double x = 0.25 * sin(2.0 * acos(-1.0) * 440.0 * (double)n / RATE + 1.0);
            x *= fault == 2 && n >= frames / 2 ? pow(10.0, 0.02 / 20.0) : 1.0;
            x += fault == 1 && n >= frames / 2 ? pow(10.0, -90.0 / 20.0) : 0.0;
            tone[2 * n] = (float)x;
            tone[2 * n + 1] = (float)x;
        }
        size_t at = 0;
        const double guard = analysis_guard_band_dbfs(tone, frames, &at);
        print_message("planted fault %d: guard band %.1f dBFS at %zu\n", fault, guard, at);
        if (fault == 0) {
            assert_true(guard < -130.0);
        } else {
            assert_true(guard > -120.0);
            assert_in_range(at, frames / 2 - 8, frames / 2 + 8);
        }
    }
    free(tone);
}

/* Goal: the other detectors see a planted offset, a wrong level, a NaN and a mono signal. */
static void test_other_detectors_see_planted_faults(void **state) {
    (void)state;
    const size_t frames = 11 * (size_t)RATE;
    float *tone = malloc(2 * frames * sizeof *tone);
    assert_non_null(tone);
    for (size_t n = 0; n < frames; n++) {
        const double x = sin(2.0 * acos(-1.0) * 997.0 * (double)n / RATE);
        tone[2 * n] = (float)x;
        tone[2 * n + 1] = (float)x;
    }
    struct loudness loud;
    assert_true(analysis_loudness(tone, frames, &loud));
    assert_true(fabs(loud.integrated_lufs) < 0.05); /* 997 Hz, full scale, both channels: 0 LUFS */
    struct timbre timbre;
    assert_true(analysis_timbre(tone, frames, &timbre));
    assert_true(fabs(timbre.centroid_hz - 997.0) < 2.0);
    assert_true(fabs(analysis_partial_hz(tone, RATE, 1000.0) - 997.0) < 0.01);
    assert_true(timbre.correlation > 0.999);
    assert_true(analysis_dc_dbfs(tone, frames) < -80.0);
    assert_int_equal(analysis_bad_numbers(tone, frames), 0);
    for (size_t n = 0; n < frames; n++) {
        tone[2 * n] += 0.001F;
    }
    tone[77] = NAN;
    assert_int_equal(analysis_bad_numbers(tone, frames), 1);
    tone[77] = 1e-40F;
    assert_int_equal(analysis_bad_numbers(tone, frames), 1);
    assert_true(analysis_dc_dbfs(tone, frames) > -61.0);
    free(tone);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_click_detector_hears_planted_clicks),
        cmocka_unit_test(test_other_detectors_see_planted_faults),
        cmocka_unit_test(test_dry_music_leaves_the_guard_band_empty),
        cmocka_unit_test(test_scenes_keep_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
