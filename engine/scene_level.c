// See scene_level.h.
#include "engine/scene_level.h"

#include "voices/delay_design.h"  // delay_design_make, delay_power_gain
#include "voices/loudness.h"      // loudness_db_power
#include "voices/reverb_design.h" // reverb_design_make, reverb_power_gain
#include "voices/scalar.h"        // sc_exp2, sc_log2, sc_sqrt

#define PAD_OVERLAP 0.45     // of the attack: how long a pad holds on into the next chord
#define ATTACK_POWER 0.39177 // mean of s(x)^2 over the quintic attack, exactly
#define BELL_T60_S 6.0       // where the patch leaves it to the set
#define BASS_CHORDS 1.3      // chords under one bass note, on average, that it sounds through

// K-weighting of a bass at home, 1 for the other layers. The balance of a bass is one of power: to
// be as loud as other notes it would need twice theirs, and muddy all of them.
static double bass_weight(const struct scene *scene, const struct scene_layer *layer) {
    if (layer->role != ROLE_BASS) return 1.0;
    return loudness_k_power(440.0 * sc_exp2(((double)scene->pedal_midi - 69.0) / 12.0));
}

static double to_db(double power) { return LOUDNESS_DB_PER_OCTAVE * sc_log2(power); }

// Mean of ((1 - s(x)) 2^(-k x))^2 over the release.
static double release_power(double shape) {
    double sum = 0.0;
    for (int i = 0; i < 64; i++) {
        double x = (i + 0.5) / 64.0;
        double s = x * x * x * (x * (6.0 * x - 15.0) + 10.0);
        double e = (1.0 - s) * sc_exp2(-shape * x);
        sum += e * e;
    }
    return sum / 64.0;
}

// Energy of one note held for HELD seconds, against its sustained power.
static double note_seconds(const struct voice_patch *patch, double held) {
    double attack = patch->attack_s;
    if (held < attack) held = attack;
    return held - attack + ATTACK_POWER * attack +
           release_power(patch->release_shape) * patch->release_s;
}

// A stroke falls 60 dB in T, so its power does so in T / 13.8 e-folds.
static double bell_seconds(const struct voice_patch *patch, double midi) {
    double t60 = patch->decay_s > 0.0f ? patch->decay_s : BELL_T60_S;
    return t60 * sc_exp2((69.0 - midi) / 24.0) / 13.8;
}

double scene_level_duty(const struct scene *scene, const struct scene_layer *layer) {
    const struct voice_patch *patch = &layer->patch;
    double middle = 0.5 * (double)(layer->range_low + layer->range_high);
    double density = (double)scene->defaults[CONTROL_DENSITY];
    switch ((enum layer_role)layer->role) {
    case ROLE_CHORD: {
        double stagger = 0.25 * (double)(scene->stagger_low_s + scene->stagger_high_s);
        double held = scene->hold_s + PAD_OVERLAP * patch->attack_s - stagger;
        return note_seconds(patch, held) / scene->hold_s;
    }
    case ROLE_BASS: {
        double span = layer->gap_s > 0.0f ? scene->hold_s * BASS_CHORDS : scene->hold_s;
        double held = layer->gap_s > 0.0f ? span - 0.5 * layer->gap_s
                                          : span + PAD_OVERLAP * patch->attack_s;
        return note_seconds(patch, held) / span;
    }
    case ROLE_BELLS: {
        double rate = layer->rate_low + (layer->rate_high - layer->rate_low) * density;
        return 0.775 * rate * bell_seconds(patch, middle);
    }
    case ROLE_LOOPS: {
        double sum = 0.0;
        for (uint32_t i = 0; i < layer->loop_count; i++) {
            double seconds = patch->voice == VOICE_BELL ? bell_seconds(patch, layer->loop_home[i])
                                                        : note_seconds(patch, layer->note_s);
            sum += 0.72 * seconds * 1000.0 / layer->loop_ms[i];
        }
        return sum;
    }
    case ROLE_WEATHER:
    case ROLE_COUNT:
        break;
    }
    return 1.0;
}

void scene_level_set(struct scene *scene) {
    struct reverb_design design;
    reverb_design_make(&design, (enum reverb_lines)scene->reverb.lines, scene->reverb.t_low_s,
                       scene->reverb.t_nyquist_s, scene->reverb.predelay_ms / 1000.0);
    double reverb_power = reverb_power_gain(&design);
    const struct scene_delay *delay = &scene->delay;
    struct delay_design echo;
    delay_design_make(&echo, delay->on, delay->time_s, delay->feedback, delay->send_db);
    // Reverb and echo hear the same sends: one share of power for the reverb, this one for both.
    double both = 1.0 + delay_power_gain(&echo) / reverb_power;
    double sum = 0.0;
    for (uint32_t i = 0; i < scene->layer_count; i++) {
        struct scene_layer *layer = &scene->layers[i];
        double wet = layer->send_db > SCENE_SEND_OFF ? loudness_db_power(layer->send_db) : 0.0;
        layer->send_gain = (float)sc_sqrt(wet / reverb_power);
        double share = (1.0 - SCENE_THIN_SHARE) * layer->presence;
        if (layer->thin) share += SCENE_THIN_SHARE * loudness_db_power(scene->thin_db);
        sum += share * scene_level_duty(scene, layer) * loudness_db_power(layer->level_db) *
               bass_weight(scene, layer) * (1.0 + wet * both);
    }
    double reference = scene->lufs + scene->trim_db - to_db(sum > 0.0 ? sum : 1.0);
    for (uint32_t i = 0; i < scene->layer_count; i++) {
        struct scene_layer *layer = &scene->layers[i];
        layer->loudness_lufs =
            (float)(reference + layer->level_db + to_db(bass_weight(scene, layer)));
    }
}
