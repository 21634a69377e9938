/*
 * surf_note.h - sets a surf note up: how waves come and go, the colour of the noise, its level.
 *
 * Surf is noise of nine octaves (surf.h) under waves: each cycle of 9 to 12.5 s, begun up to a
 * fifth of it early or late, rises for 2.5 to 3.5 s and falls for 5 to 8 s, so that two overlap;
 * the louder the wave, the brighter. Cycles are counted from frame 0 of absolute time and all
 * random numbers belong to seed and layer, not to the note: a note that follows another with the
 * same ramp goes on in the very same waves, and the sum of the two knows no seam.
 *
 * Host code, double without libm, any thread, pure.
 */
#ifndef AEOLIAN_VOICES_SURF_NOTE_H
#define AEOLIAN_VOICES_SURF_NOTE_H

#include "voices/lane.h"
#include "voices/loudness.h" // loudness_gain
#include "voices/note.h"
#include "voices/philox.h"
#include "voices/scalar.h"

/* Third counter words: lattice values of octave j use SURF_LATTICE + j. */
#define SURF_PURPOSE_WAVE 0x200U
#define SURF_PURPOSE_PERIOD 0x201U
#define SURF_PURPOSE_LATTICE 0x210U

/* Octave j = SURF_FINEST + i has one value every 2^j frames. */
#define SURF_FINEST 2
#define SURF_COARSEST 10
#define SURF_OCTAVES 9
#define SURF_OCTAVES_FINE 4 /* octaves 2 .. 5, above about 300 Hz: what brightness moves */

/* What is always there between the waves, and what a wave adds at its crest. */
#define SURF_CALM 0.15
#define SURF_CREST_LEAST 0.6
#define SURF_CREST_MORE 0.4
/* Cut-off at no level and octaves per unit of level: 400 Hz at rest, 3500 Hz at 1. */
#define SURF_CUTOFF_HZ 400.0
#define SURF_CUTOFF_OCTAVES 3.1292830169449663
/* Octave j carries noise up to about this over 2^j. */
#define SURF_OCTAVE_HZ 13000.0

/* Where the numbers of a surf note stand in voice_surf. */
enum { SURF_WORD_PERIOD, SURF_WORD_RAMP };
enum {
    SURF_NUMBER_GAIN,                            /* amplitude of the whole */
    SURF_NUMBER_OCTAVE = 4,                      /* + i: gain of an octave before the filter */
    SURF_NUMBER_FILTER = 4 + SURF_OCTAVES        /* + i: (octave's frequency / 400 Hz)^4 */
};

/* One wave: start in frames from some origin, its slopes, its height left and right. */
struct surf_wave {
    int32_t start;
    int32_t rise; /* frames */
    float rise_rate, fall_rate;
    float height[2];
};

/* Wave `index` of a layer; `origin` is the frame that `start` counts from. */
LANE_HOST_FN struct surf_wave surf_wave_make(uint64_t seed, uint32_t layer, uint32_t period,
                                             int64_t index, int64_t origin) {
    const struct philox_word4 r = philox(seed, (uint32_t)index, (uint32_t)((uint64_t)index >> 32),
                                         SURF_PURPOSE_WAVE, layer);
    struct surf_wave wave;
    const double early = 0.2 * philox_signed(r.w[0]) * (double)period;
    const double rise = (2.5 + philox_unit(r.w[1])) * VOICE_RATE;
    const double fall = (5.0 + 3.0 * philox_unit(r.w[2])) * VOICE_RATE;
    const double height = SURF_CREST_LEAST + SURF_CREST_MORE * philox_unit(r.w[3]);
    const double side = 0.25 * philox_signed(r.w[3] << 16);
    wave.start = (int32_t)(index * (int64_t)period + (int64_t)sc_round(early) - origin);
    wave.rise = (int32_t)rise;
    wave.rise_rate = (float)(1.0 / (double)wave.rise);
    wave.fall_rate = (float)(1.0 / fall);
    wave.height[0] = (float)(height * (1.0 + side));
    wave.height[1] = (float)(height * (1.0 - side));
    return wave;
}

/* Mean K-weighted power of one octave at gain 1 in one channel: differences of uniform values in
   [-1, 1), cubic B-spline between them, from the spectrum in closed form (a test integrates it). */
LANE_HOST_FN double surf_octave_power(uint32_t i) {
    static const double power[SURF_OCTAVES] = {0.364695851, 0.268759408,  0.182443,
                                               0.159394293, 0.144777806,  0.112738911,
                                               0.0612938976, 0.0180976583, 0.00260860399};
    return power[i];
}

/* Level of the sea in one channel, `frame` counted as the waves are. */
LANE_HOST_FN double surf_level_at(const struct surf_wave *waves, uint32_t count, double frame,
                                  uint32_t channel) {
    double level = SURF_CALM;
    for (uint32_t k = 0; k < count; ++k) {
        const double t = frame - waves[k].start;
        const double up = sc_quintic(t * (double)waves[k].rise_rate);
        const double down = sc_quintic((t - waves[k].rise) * (double)waves[k].fall_rate);
        level += (double)waves[k].height[channel] * up * (1.0 - down);
    }
    return level;
}

/* K-weighted power of both channels at level `level`, all octaves through the filter. */
LANE_HOST_FN double surf_power_at(const struct voice_surf *surf, double level) {
    const double dark = sc_exp2(-4.0 * SURF_CUTOFF_OCTAVES * level);
    double power = 0.0;
    for (uint32_t i = 0; i < SURF_OCTAVES; ++i) {
        const double gain = level * (double)surf->number[SURF_NUMBER_OCTAVE + i];
        const double filter = 1.0 + dark * (double)surf->number[SURF_NUMBER_FILTER + i];
        power += gain * gain / filter * surf_octave_power(i);
    }
    return power;
}

#define SURF_SURVEY_WAVES 8
#define SURF_SURVEY_STEPS 12

/* Mean power over the eight waves after frame 0: what the layer's level is set by, so that all
   notes of a layer agree on it. */
LANE_HOST_FN double surf_mean_power(const struct voice_surf *surf, uint64_t seed, uint32_t layer) {
    const uint32_t period = surf->word[SURF_WORD_PERIOD];
    struct surf_wave waves[SURF_SURVEY_WAVES + 3];
    for (int32_t k = 0; k < SURF_SURVEY_WAVES + 3; ++k) {
        waves[k] = surf_wave_make(seed, layer, period, k - 2, 0);
    }
    double power = 0.0;
    for (uint32_t step = 0; step < SURF_SURVEY_WAVES * SURF_SURVEY_STEPS; ++step) {
        const double frame = ((double)step + 0.5) * (double)period / SURF_SURVEY_STEPS;
        for (uint32_t channel = 0; channel < 2; ++channel) {
            const struct surf_wave *near = waves + step / SURF_SURVEY_STEPS;
            power += surf_power_at(surf, surf_level_at(near, 4, frame, channel));
        }
    }
    return power / (SURF_SURVEY_WAVES * SURF_SURVEY_STEPS);
}

/*
 * Fills what only surf has, and NOTE->end. NOTE's times, seed and layer are set already. Of the
 * patch: attack_s is the ramp at both ends (0.5 .. 60 s); rolloff 0 .. 1.5 tilts the noise from
 * -3 to -12 dB per octave. The layer's mean loudness over its waves is EVENT's.
 */
LANE_HOST_FN void surf_note_init(struct voice_note *note, const struct voice_patch *patch,
                                 const struct voice_event *event) {
    struct voice_surf *surf = &note->body.surf;
    const struct philox_word4 r = philox(note->seed, 0, 0, SURF_PURPOSE_PERIOD, note->layer);
    const double ramp = sc_clamp(patch->attack_s > 0 ? patch->attack_s : 0.0, 0.5, 60.0);
    const double tilt = sc_clamp(patch->rolloff, 0.0, 1.5);
    surf->word[SURF_WORD_PERIOD] =
        (uint32_t)((9.0 + 3.5 * philox_unit(r.w[0])) * VOICE_RATE);
    surf->word[SURF_WORD_RAMP] = (uint32_t)sc_round(ramp * VOICE_RATE);
    for (uint32_t i = 0; i < SURF_OCTAVES; ++i) {
        const int32_t j = SURF_FINEST + (int32_t)i;
        const double hz = SURF_OCTAVE_HZ * sc_exp2_int(-j);
        const double ratio = hz / SURF_CUTOFF_HZ, low = 80.0 / hz;
        /* The lowest octaves are held back: no rumble under the music (80 Hz). */
        const double gain = sc_exp2(tilt * (double)(j - 6)) / (1.0 + low * low);
        surf->number[SURF_NUMBER_OCTAVE + i] = (float)gain;
        surf->number[SURF_NUMBER_FILTER + i] = (float)(ratio * ratio * ratio * ratio);
    }
    const double power = surf_mean_power(surf, note->seed, note->layer);
    surf->number[SURF_NUMBER_GAIN] = (float)loudness_gain(power, (double)event->loudness_lufs);
    note->channel_count = 2;
    note->end = (note->off + surf->word[SURF_WORD_RAMP] + CELL_FRAMES) & -(int64_t)CELL_FRAMES;
}

#endif
