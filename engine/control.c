// The table of controls and the reading and printing of their values.
// Constant data and pure functions: any thread.
#include "engine/control.h" // control_table, control_quantise

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <stdio.h>

#include "engine/fault.h" // fault_set

static const char *const key_names[] = {"scene", "C", "C#", "D", "D#", "E", "F",
                                        "F#", "G", "G#", "A", "A#", "B"};
static const char *const mode_names[] = {"scene",  "lydian",  "ionian",  "mixolydian",
                                         "dorian", "aeolian", "phrygian"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
_Static_assert(COUNT_OF(mode_names) == CONTROL_MODE_COUNT, "one name per mode");
_Static_assert(CONTROL_COUNT <= AEO_CONTROLS_MAX, "the public arrays hold every control");

#define UNIT(name, label, normal, ramp, boundary, help)                                            \
    {name, label, help, AEO_CONTROL_UNIT, 0.0, 1.0, NULL, 0, normal, ramp, boundary}
#define ENUM(name, label, names, boundary, help)                                                   \
    {name,  label, help, AEO_CONTROL_ENUM, 0.0, COUNT_OF(names) - 1, names, COUNT_OF(names), 0.0,  \
     0.0f, boundary}

const aeo_control_info control_table[CONTROL_COUNT] = {
    [CONTROL_DENSITY] = UNIT("density", "Density", 0.5, 0.0f, AEO_BOUNDARY_PHRASE,
                             "How many layers, voices and single notes there are"),
    [CONTROL_BRIGHTNESS] = UNIT("brightness", "Brightness", 0.5, 4.0f, AEO_BOUNDARY_NOW,
                                "From dark and soft to clear and open"),
    [CONTROL_WARMTH] = UNIT("warmth", "Warmth", 0.5, 4.0f, AEO_BOUNDARY_NOW,
                            "Low middle, gentle saturation and detuning"),
    [CONTROL_SPACE] = UNIT("space", "Space", 0.5, 4.0f, AEO_BOUNDARY_NOW,
                           "Reverb at once, the size of the room at its next turn"),
    [CONTROL_MOTION] = UNIT("motion", "Motion", 0.5, 4.0f, AEO_BOUNDARY_NOW,
                            "How much the sounds drift and wander"),
    [CONTROL_TENSION] = UNIT("tension", "Tension", 0.5, 0.0f, AEO_BOUNDARY_CHORD,
                             "From plain consonance to rougher, more coloured chords"),
    [CONTROL_PACE] = UNIT("pace", "Pace", 0.5, 0.0f, AEO_BOUNDARY_CHORD,
                          "How soon chords follow each other"),
    [CONTROL_KEY] = ENUM("key", "Key", key_names, AEO_BOUNDARY_CHORD,
                         "The key, or scene: the scene's own and its changes"),
    [CONTROL_MODE] = ENUM("mode", "Mode", mode_names, AEO_BOUNDARY_CHORD,
                          "The mode, or scene: the scene's own"),
    [CONTROL_LEVEL_PAD] = UNIT("level-pad", "Pad level", 0.75, 0.5f, AEO_BOUNDARY_NOW,
                               "Level of the warm pads; 0.75 is the scene's balance"),
    [CONTROL_LEVEL_WIDE] = UNIT("level-wide", "Wide pad level", 0.75, 0.5f, AEO_BOUNDARY_NOW,
                                "Level of the wide pads; 0.75 is the scene's balance"),
    [CONTROL_LEVEL_BELLS] = UNIT("level-bells", "Bell level", 0.75, 0.5f, AEO_BOUNDARY_NOW,
                                 "Level of bells and bowls; 0.75 is the scene's balance"),
    [CONTROL_LEVEL_BASS] = UNIT("level-bass", "Bass level", 0.75, 0.5f, AEO_BOUNDARY_NOW,
                                "Level of the bass; 0.75 is the scene's balance"),
    [CONTROL_LEVEL_TEXTURE] = UNIT("level-texture", "Texture level", 0.75, 0.5f, AEO_BOUNDARY_NOW,
                                   "Level of surf and weather; 0.75 is the scene's balance"),
};

uint32_t aeo_control_count(void) { return CONTROL_COUNT; }

const aeo_control_info *aeo_control_at(uint32_t control) {
    return control < CONTROL_COUNT ? &control_table[control] : NULL;
}

int32_t aeo_control_find(const char *name) {
    if (!name) return -1;
    for (uint32_t c = 0; c < CONTROL_COUNT; c++) {
        if (!strcmp(control_table[c].name, name)) return (int32_t)c;
    }
    return -1;
}

bool control_has_curve(enum control control) {
    return control_table[control].boundary == AEO_BOUNDARY_NOW;
}

bool control_quantise(enum control control, double value, float *out) {
    const aeo_control_info *info = &control_table[control];
    if (!(value >= info->min && value <= info->max)) return false; // NaN fails as well
    double steps = info->kind == AEO_CONTROL_UNIT ? CONTROL_STEPS : 1.0;
    uint32_t index = (uint32_t)(value * steps + 0.5);
    *out = (float)((double)index / steps);
    return true;
}

void control_print(enum control control, double value, char *out, uint32_t cap) {
    const aeo_control_info *info = &control_table[control];
    if (info->kind == AEO_CONTROL_ENUM) {
        uint32_t index = value >= 0.0 ? (uint32_t)value : 0;
        snprintf(out, cap, "%s", info->values[index < info->value_count ? index : 0]);
        return;
    }
    uint32_t steps = (uint32_t)(value * CONTROL_STEPS + 0.5);
    uint32_t whole = steps / CONTROL_STEPS, part = steps % CONTROL_STEPS;
    int digits = 4;
    while (digits > 1 && part % 10 == 0) {
        part /= 10;
        digits--;
    }
    if (part == 0) snprintf(out, cap, "%u", whole);
    else snprintf(out, cap, "%u.%0*u", whole, digits, part);
}

// Digits with at most one point and nothing else. strtod would take "nan", "0x1p-1" and, in some
// locales, a comma.
static bool number_parse(const char *text, double *value) {
    double sum = 0.0, scale = 1.0;
    bool point = false, digit = false;
    for (const char *at = text; *at; at++) {
        if (*at == '.' && !point) {
            point = true;
        } else if (*at >= '0' && *at <= '9' && at - text < 18) {
            sum = sum * 10.0 + (*at - '0');
            if (point) scale *= 10.0;
            digit = true;
        } else {
            return false;
        }
    }
    *value = sum / scale;
    return digit;
}

static enum aeo_status enum_parse(const aeo_control_info *info, const char *text, double *value,
                                  aeo_fault *fault) {
    char accepted[160] = "";
    for (uint32_t i = 0; i < info->value_count; i++) {
        if (!strcasecmp(info->values[i], text)) {
            *value = i;
            return AEO_OK;
        }
        size_t used = strlen(accepted);
        snprintf(accepted + used, sizeof accepted - used, "%s%s", i ? ", " : "", info->values[i]);
    }
    return fault_set(fault, AEO_ERR_VALUE, info->name, "%s: \"%.40s\" is not one of %s", info->name,
                     text, accepted);
}

enum aeo_status aeo_control_parse(uint32_t control, const char *text, double *value,
                                  aeo_fault *fault) {
    if (control >= CONTROL_COUNT || !text || !value) {
        return fault_set(fault, AEO_ERR_ARGUMENT, "control", "no such control: %u", control);
    }
    const aeo_control_info *info = &control_table[control];
    if (info->kind == AEO_CONTROL_ENUM) return enum_parse(info, text, value, fault);
    float rounded;
    if (number_parse(text, value) && control_quantise((enum control)control, *value, &rounded)) {
        return AEO_OK;
    }
    return fault_set(fault, AEO_ERR_VALUE, info->name,
                     "%s: \"%.40s\" is not a number from %g to %g", info->name, text, info->min,
                     info->max);
}
