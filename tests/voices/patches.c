/*
 * patches.c - the instruments the voice tests play, at the edges of their tables in SOUND.
 */
#include "tests/voices/patches.h"

const struct test_patch TEST_PATCHES[] = {
    {"warm pad", 40, 84,
     {.voice = VOICE_WARM_PAD, .attack_s = 1.5F, .release_s = 4, .sustain = 0.85F, .decay_s = 6,
      .release_shape = 6, .rolloff = 1.3F, .cutoff_hz = 1200, .cutoff_order = 4,
      .cutoff_env_oct = 0.5F, .cutoff_lfo_oct = 0.5F, .cutoff_lfo_hz = 0.08F, .partials_max = 40,
      .unison = 7, .detune_cents = 9, .drift_cents = 3, .drift_hz = 0.07F, .width = 0.8F}},
    {"bright pad", 28, 84,
     {.voice = VOICE_WARM_PAD, .attack_s = 2, .release_s = 6, .sustain = 1, .rolloff = 1,
      .cutoff_hz = 2500, .cutoff_order = 8, .cutoff_lfo_oct = 0.8F, .cutoff_lfo_hz = 0.15F,
      .resonance = 0.5F, .partials_max = 48, .unison = 9, .detune_cents = 14, .drift_cents = 4,
      .drift_hz = 0.03F, .width = 0.8F}},
    {"pulse pad", 40, 76,
     {.voice = VOICE_WARM_PAD, .attack_s = 2, .release_s = 5, .sustain = 1, .release_shape = 6,
      .rolloff = 1.2F, .cutoff_hz = 1000, .cutoff_order = 4, .partials_max = 24, .unison = 3,
      .detune_cents = 6, .drift_cents = 2, .drift_hz = 0.11F, .width = 0.8F, .pwm_depth = 0.15F,
      .pwm_hz = 0.1F}},
    {"wide pad", 40, 84,
     {.voice = VOICE_WIDE_PAD, .attack_s = 2, .release_s = 6, .sustain = 1, .release_shape = 6,
      .rolloff = 1.5F, .cutoff_hz = 2000, .cutoff_order = 4, .cutoff_lfo_oct = 0.4F,
      .cutoff_lfo_hz = 0.06F, .partials_max = 24, .unison = 12, .bandwidth_cents = 40,
      .bandwidth_scale = 1, .width = 1}},
    {"metal pad", 28, 76,
     {.voice = VOICE_WIDE_PAD, .attack_s = 3, .release_s = 6, .sustain = 1, .release_shape = 6,
      .rolloff = 1.2F, .cutoff_hz = 1500, .cutoff_order = 4, .partials_max = 32, .unison = 8,
      .bandwidth_cents = 25, .bandwidth_scale = 0.9F, .inharmonicity = 5e-4F, .width = 1}},
    {"sub drone", 24, 40,
     {.voice = VOICE_SUB_DRONE, .attack_s = 4, .release_s = 8, .sustain = 1, .release_shape = 6,
      .partials_max = 4, .beat_hz = 0.15F}},
    {"wine glass", 55, 84,
     {.voice = VOICE_BELL, .bell_set = BELL_WINE_GLASS, .attack_s = 0.012F, .width = 0.6F}},
    {"bowl 180", 40, 64,
     {.voice = VOICE_BELL, .bell_set = BELL_BOWL_180, .attack_s = 0.02F, .width = 0.6F}},
    {"bowl 152", 45, 70,
     {.voice = VOICE_BELL, .bell_set = BELL_BOWL_152, .attack_s = 0.03F, .width = 0.6F}},
    {"church bell", 48, 72,
     {.voice = VOICE_BELL, .bell_set = BELL_CHURCH, .attack_s = 0.005F, .width = 0.6F}},
    {"handbell", 60, 84,
     {.voice = VOICE_BELL, .bell_set = BELL_HANDBELL, .attack_s = 0.004F, .width = 0.6F}},
    {"uniform bar", 60, 84,
     {.voice = VOICE_BELL, .bell_set = BELL_UNIFORM_BAR, .attack_s = 0.006F, .width = 0.6F}},
    {"Risset's bell", 50, 76,
     {.voice = VOICE_BELL, .bell_set = BELL_RISSET, .attack_s = 0.008F, .width = 0.6F}},
};
const uint32_t TEST_PATCH_COUNT = sizeof TEST_PATCHES / sizeof TEST_PATCHES[0];

struct voice_event test_event(double midi, int64_t onset, int64_t held) {
    const struct voice_event event = {.onset = onset,
                                      .off = onset + held,
                                      .midi = midi,
                                      .velocity = 1,
                                      .loudness_lufs = -20,
                                      .detune_scale = 1,
                                      .id = {11, 5},
                                      .seed = 0x123456789abcdefULL};
    return event;
}
