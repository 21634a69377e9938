/*
 * note_bell.c - the bell sets and their set-up.
 *
 * A set is a list of modes: frequency ratio, level, T60 at 440 Hz, and where the instrument has
 * one a doublet, the second of two nearly equal modes whose beat makes a bowl sing. Ratios after
 * csound's modal table and Risset's bell (Dodge and Jerse), doublets of bowls after Inacio,
 * Henrique and Antunes; levels and times are ours. T60 scales with (440 Hz / f)^0.5.
 * Host code, any thread, pure.
 */
#include "voices/note_parts.h"

struct bell_mode {
    double ratio, level, seconds;
    double doublet_hz;    /* offset of the second line: this, */
    double doublet_range; /* plus up to this, hashed, */
    double doublet_ratio; /* plus this part of the fundamental */
    double doublet_level; /* its level relative to the first; 0 = no second line */
    double doublet_time;  /* its T60 relative to the first */
};

/* Doublet of a bowl: 0.4 to 2.5 Hz above, 1 dB below. Of a glass: slow and faint. */
#define BOWL 0.4, 2.1, 0.0, 0.89125, 1.0
#define GLASS 0.3, 0.6, 0.0, 0.4, 1.0
#define SINGLE 0.0, 0.0, 0.0, 0.0, 1.0
#define PAIR(away) 0.0, 0.0, away, 0.7, 1.0

static const struct bell_mode WINE_GLASS[] = {{1, 1, 8, GLASS},
                                              {2.32, 0.45, 5, GLASS},
                                              {4.25, 0.22, 3, GLASS},
                                              {6.63, 0.1, 2, GLASS},
                                              {9.38, 0.05, 1.2, GLASS}};
static const struct bell_mode BOWL_180[] = {
    {1, 1, 40, BOWL},       {2.778, 0.6, 22, BOWL},   {5.181, 0.32, 12, BOWL},
    {8.163, 0.17, 7, BOWL}, {11.66, 0.09, 4, BOWL}, {15.64, 0.05, 2.5, BOWL},
    {19.99, 0.03, 1.5, BOWL}};
static const struct bell_mode BOWL_152[] = {
    {1, 1, 30, BOWL},       {2.662, 0.6, 18, BOWL},   {4.838, 0.32, 10, BOWL},
    {7.516, 0.17, 6, BOWL}, {10.64, 0.09, 4, BOWL}, {14.21, 0.05, 2.5, BOWL},
    {18.14, 0.03, 1.5, BOWL}};
static const struct bell_mode CHURCH[] = {
    {0.5, 0.6, 14, BOWL},  {1, 1, 8, BOWL},     {1.2, 0.7, 6, BOWL},
    {1.5, 0.35, 4, SINGLE}, {2, 0.8, 4, SINGLE}, {2.5, 0.3, 2.5, SINGLE},
    {2.67, 0.3, 2, SINGLE}, {3, 0.35, 1.6, SINGLE}, {4, 0.25, 1, SINGLE}};
static const struct bell_mode TUBULAR[] = {
    {0.222, 0.1, 3, SINGLE}, {0.617, 0.25, 5, SINGLE}, {1.21, 0.45, 6, SINGLE},
    {2, 1, 7, SINGLE},       {2.988, 0.7, 6, SINGLE},  {4.173, 0.5, 4, SINGLE},
    {5.556, 0.3, 2.5, SINGLE}, {7.136, 0.2, 1.5, SINGLE}};
static const struct bell_mode UNIFORM_BAR[] = {
    {1, 1, 5, SINGLE},        {2.756, 0.5, 2.5, SINGLE}, {5.423, 0.3, 1.2, SINGLE},
    {8.988, 0.2, 0.7, SINGLE}, {13.45, 0.12, 0.4, SINGLE}, {18.68, 0.08, 0.3, SINGLE}};
static const struct bell_mode VIBRAPHONE[] = {{1, 1, 7, SINGLE},
                                              {3.984, 0.3, 1.5, SINGLE},
                                              {10.67, 0.1, 0.5, SINGLE},
                                              {17.98, 0.04, 0.2, SINGLE}};
static const struct bell_mode CHLADNI_PLATE[] = {{1, 1, 6, SINGLE},
                                                 {1.726, 0.7, 4, SINGLE},
                                                 {5.806, 0.35, 2, SINGLE},
                                                 {7.419, 0.25, 1.2, SINGLE},
                                                 {13.92, 0.1, 0.6, SINGLE}};
static const struct bell_mode HANDBELL[] = {{1, 1, 8, PAIR(0.0019)},
                                            {1.7937, 0.5, 5, PAIR(0.0073)},
                                            {2.5202, 0.35, 3, PAIR(0.0022)},
                                            {2.9907, 0.3, 2, PAIR(0.0034)}};
static const struct bell_mode RISSET[] = {
    {0.56, 1, 10, 1.0, 0.0, 0.0, 0.67, 0.9},
    {0.92, 1, 6.5, 1.7, 0.0, 0.0, 1.8, 0.55 / 0.65},
    {1.19, 2.67, 3.25, SINGLE}, {1.7, 1.67, 3.5, SINGLE}, {2, 1.46, 2.5, SINGLE},
    {2.74, 1.33, 2, SINGLE},    {3, 1.33, 1.5, SINGLE},   {3.76, 1, 1, SINGLE},
    {4.07, 1.33, 0.75, SINGLE}};

#define SET(modes) {modes, sizeof modes / sizeof modes[0]}
static const struct {
    const struct bell_mode *modes;
    uint32_t count;
} BELL_SETS[BELL_SET_COUNT] = {
    [BELL_WINE_GLASS] = SET(WINE_GLASS),   [BELL_BOWL_180] = SET(BOWL_180),
    [BELL_BOWL_152] = SET(BOWL_152),       [BELL_CHURCH] = SET(CHURCH),
    [BELL_TUBULAR] = SET(TUBULAR),         [BELL_UNIFORM_BAR] = SET(UNIFORM_BAR),
    [BELL_VIBRAPHONE] = SET(VIBRAPHONE),   [BELL_CHLADNI_PLATE] = SET(CHLADNI_PLATE),
    [BELL_HANDBELL] = SET(HANDBELL),       [BELL_RISSET] = SET(RISSET)};

/* Seconds over which a bell that would ring beyond VOICE_BELL_SECONDS is faded. */
#define BELL_FADE_SECONDS 16.0
/* Amplitude falls by 2^-24 (144 dB) in T60 x 2.408. */
#define BELL_SILENT_LOG2 24.0

static uint32_t held_set(const struct voice_patch *patch) {
    return patch->bell_set < BELL_SET_COUNT ? patch->bell_set : BELL_WINE_GLASS;
}

static double longest_seconds(uint32_t set) {
    double longest = 0.0;
    for (uint32_t i = 0; i < BELL_SETS[set].count; i++) {
        longest = sc_max(longest, BELL_SETS[set].modes[i].seconds);
    }
    return longest;
}

double note_bell_seconds(const struct voice_patch *patch) {
    return patch->decay_s > 0 ? sc_clamp(patch->decay_s, 0.2, 60.0)
                              : longest_seconds(held_set(patch));
}

/* Line L (0 or 1) of mode I: gain, decay, offset, phase and where it may stop. */
static void set_line(struct voice_note *note, const struct bell_mode *mode, uint32_t i, uint32_t l,
                     double seconds, struct philox_word4 random) {
    struct voice_modes *modes = &note->body.modes;
    const uint32_t index = 2 * i + l;
    const double gain = l == 0 ? mode->level : mode->level * mode->doublet_level;
    const double time = l == 0 ? seconds : seconds * mode->doublet_time;
    modes->phase[index] = random.w[l];
    if (gain <= 0.0) {
        return;
    }
    const double away = mode->doublet_hz + mode->doublet_range * philox_unit(random.w[2]) +
                        mode->doublet_ratio * sc_exp2(note->tone.log2_f0);
    const double rate = 3.0 * 3.32192809488736234787 / (time * VOICE_RATE);
    const double silent = (BELL_SILENT_LOG2 + sc_log2(sc_max(gain, 0.01))) / rate;
    modes->line_gain[index] = (float)gain;
    modes->decay_rate[index] = (float)rate;
    modes->offset[index] =
        l == 0 ? 0 : (int32_t)(int64_t)sc_round(away * (NOTE_TURN / VOICE_RATE));
    modes->frames[index] = (uint32_t)sc_min(silent, (double)VOICE_BELL_SECONDS * VOICE_RATE);
}

/* Pan of a mode: the note's place, and around it by up to a quarter of the width. */
static void set_pan(struct voice_note *note, uint32_t i, double place, uint32_t random) {
    const double spread = 0.5 * note->width * philox_signed(random);
    const double angle = 0.125 + 0.125 * sc_clamp(place + spread, -1.0, 1.0);
    note->body.modes.pan_left[i] = (float)sc_cos(angle);
    note->body.modes.pan_right[i] = (float)sc_sin(angle);
}

/* Bells have no attack or release on the cell grid, only the fade of what rings too long. */
static void set_bell_envelope(struct voice_note *note, const struct voice_patch *patch,
                              const struct voice_event *event, uint32_t longest) {
    struct voice_envelope *e = &note->envelope;
    const int64_t limit = (int64_t)VOICE_BELL_SECONDS * VOICE_RATE;
    const double velocity = sc_clamp(event->velocity, 0.0, 1.0);
    const double attack = sc_clamp(patch->attack_s, 0.004, 8.0) * (1.3 - 0.3 * velocity);
    e->start = 0;
    e->attack_rate = 0.0F;
    e->sustain = 1.0F;
    e->decay_rate = 0.0F;
    e->off = (uint32_t)(limit - (int64_t)(BELL_FADE_SECONDS * VOICE_RATE));
    e->release_rate = (float)(1.0 / (BELL_FADE_SECONDS * VOICE_RATE));
    e->release_shape = 0.0F;
    note->off = note->onset + longest;
    note->end = (note->onset + longest + 2 * CELL_FRAMES) & -(int64_t)CELL_FRAMES;
    note->body.modes.attack_frames = (uint32_t)(attack * VOICE_RATE) + 1;
    note->body.modes.attack_rate = (float)(1.0 / (attack * VOICE_RATE));
}

void note_bell(struct voice_note *note, const struct voice_patch *patch,
               const struct voice_event *event, struct note_draft *draft) {
    struct voice_modes *modes = &note->body.modes;
    const uint32_t set = held_set(patch);
    const double hz = sc_midi_hz(sc_clamp(event->midi, NOTE_BELL_LOWEST_MIDI, 127.0));
    const double scale =
        sc_sqrt(440.0 / hz) * note_bell_seconds(patch) / longest_seconds(set);
    uint32_t longest = 0;
    note->line_count = 2;
    note->carrier_count = BELL_SETS[set].count;
    if (patch->partials_max > 0 && patch->partials_max < note->carrier_count) {
        note->carrier_count = patch->partials_max;
    }
    for (uint32_t i = 0; i < note->carrier_count; i++) {
        const struct bell_mode *mode = &BELL_SETS[set].modes[i];
        const struct philox_word4 random = note_random(note, 16 + i);
        set_line(note, mode, i, 0, mode->seconds * scale, random);
        set_line(note, mode, i, 1, mode->seconds * scale, random);
        set_pan(note, i, event->pan, random.w[3]);
        const double away = modes->offset[2 * i + 1] * (VOICE_RATE / NOTE_TURN);
        const double fall = SC_LN2 * sc_max(modes->decay_rate[2 * i],
                                            modes->decay_rate[2 * i + 1]);
        const double turn = 2.0 * SC_PI * away / VOICE_RATE;
        draft->hz[i] = hz * mode->ratio;
        draft->top_hz[i] = draft->hz[i] + away;
        draft->spread[i] = sc_sqrt(fall * fall + turn * turn);
        const double g0 = modes->line_gain[2 * i], g1 = modes->line_gain[2 * i + 1];
        /* The level of the mode is the carrier's; its lines share a power of one. */
        draft->level[i] = sc_sqrt(g0 * g0 + g1 * g1);
        modes->line_gain[2 * i] = (float)(g0 / draft->level[i]);
        modes->line_gain[2 * i + 1] = (float)(g1 / draft->level[i]);
        for (uint32_t l = 0; l < 2; l++) {
            const uint32_t frames = modes->frames[2 * i + l];
            longest = frames > longest ? frames : longest;
        }
    }
    set_bell_envelope(note, patch, event, longest);
    draft->power = 1.0;
}
