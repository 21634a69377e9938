// The scene loader: JSON text to struct scene, by the tables below. docs/SCENES.md says the same in
// words. Anything it does not know or that is out of range is refused with the path of the field;
// a scene that loads can be played. Runs at start-up; allocates through jansson and gives it back.
#include "engine/scene.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "engine/roughness.h"     // roughness_prepare, ROUGHNESS_LOW
#include "engine/scene_fields.h"  // fields_read, fields_hash
#include "engine/scene_level.h"   // scene_level_set
#include "voices/reverb_design.h" // REVERB_LINES_KINDS

#define RATE 48000
#define FNV_START UINT64_C(14695981039346656037)
#define SECTION_S_MAX 360.0 // what SECTION_CHORDS_MAX chords of 8 s can fill
#define THIN_LAYERS_MAX 2
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static const char *const mode_names[] = {"lydian", "ionian",  "mixolydian",
                                         "dorian", "aeolian", "phrygian"};
static const char *const keys_names[] = {"fixed", "move"};
static const char *const lines_names[] = {"room", "hall", "vast"};
static const char *const role_names[] = {"chord", "bass", "bells", "loops", "weather"};
static const char *const voice_names[] = {"warm-pad", "wide-pad", "sub-drone", "bell", "surf"};
static const char *const level_names[] = {"pad", "wide", "bells", "bass", "texture"};
static const char *const bell_names[] = {
    "wine-glass",  "bowl-180",   "bowl-152",       "church",   "tubular",
    "uniform-bar", "vibraphone", "chladni-plate", "handbell", "risset"};

_Static_assert(COUNT_OF(mode_names) == MODE_COUNT, "one name per mode");
_Static_assert(COUNT_OF(lines_names) == REVERB_LINES_KINDS, "one name per set of lines");
_Static_assert(COUNT_OF(role_names) == ROLE_COUNT, "one name per role");
_Static_assert(COUNT_OF(voice_names) == VOICE_KIND_COUNT, "one name per voice");
_Static_assert(COUNT_OF(bell_names) == BELL_SET_COUNT, "one name per set of bells");

// Row builders: S is the struct, M the member.
#define REAL(S, name, M, low, high, ...)                                                           \
    {name, FIELD_REAL, offsetof(struct S, M), low, high, __VA_ARGS__}
#define COUNT(S, name, M, low, high, ...)                                                          \
    {name, FIELD_COUNT, offsetof(struct S, M), low, high, __VA_ARGS__}
#define PAIR(S, name, M, low, high, ...)                                                           \
    {name, FIELD_PAIR, offsetof(struct S, M), low, high, __VA_ARGS__}
#define TEXT(S, name, M, size) {name, FIELD_TEXT, offsetof(struct S, M), 1, size, .required = true}
#define NAME(S, name, M, list, ...)                                                                \
    {name, FIELD_NAME, offsetof(struct S, M), .names = list, .name_count = COUNT_OF(list),         \
     __VA_ARGS__}
#define NEEDED .required = true
#define OR(value) .fallback = (value)

static const struct field scene_fields[] = {
    TEXT(scene, "name", name, SCENE_NAME_MAX),
    TEXT(scene, "slug", slug, SCENE_NAME_MAX),
    TEXT(scene, "character", character, SCENE_CHARACTER_MAX),
    {"key", FIELD_PITCH, offsetof(struct scene, key), .required = true},
    NAME(scene, "mode", mode, mode_names, NEEDED),
    NAME(scene, "keys", keys, keys_names, OR(SCENE_KEYS_MOVE)),
    REAL(scene, "pedal_midi", pedal_midi, 24, 48, NEEDED),
    COUNT(scene, "bars_per_phrase", bars_per_phrase, 2, 4, OR(4)),
    COUNT(scene, "phrases_per_section", phrases_per_section, 5, 36, NEEDED),
    COUNT(scene, "sections_per_movement", sections_per_movement, 2, 12, OR(5)),
    REAL(scene, "hold_s", hold_s, 10, 60, NEEDED),
    REAL(scene, "roughness_max", roughness_max, 0.4, 0.8, NEEDED),
    REAL(scene, "lufs", lufs, -40, -12, NEEDED),
    REAL(scene, "trim_db", trim_db, -12, 12, OR(0)),
    REAL(scene, "arc_db", arc_db, 0, 3, OR(2)),
    REAL(scene, "thin_db", thin_db, -6, 0, OR(-4)),
    REAL(scene, "pedal", pedal, 0, 1, OR(0.5)),
    REAL(scene, "planing", planing, 0, 0.5, OR(0)),
    REAL(scene, "interchange", interchange, 0, 0.5, OR(0)),
    PAIR(scene, "stagger_s", stagger_low_s, 0, 6, OR(0.5), .fallback2 = 4),
    {"voices", FIELD_PAIR_COUNT, offsetof(struct scene, voices_low), 2, 6, OR(3), .fallback2 = 6},
    PAIR(scene, "range", range_low, 40, 90, OR(48), .fallback2 = 77),
    REAL(scene, "saturation_max", saturation_max, 0, 0.4, OR(0)),
};

static const struct field reverb_fields[] = {
    NAME(scene_reverb, "lines", lines, lines_names, NEEDED),
    REAL(scene_reverb, "t_low_s", t_low_s, 0.5, 20, NEEDED),
    REAL(scene_reverb, "t_nyquist_s", t_nyquist_s, 0.3, 20, NEEDED),
    REAL(scene_reverb, "predelay_ms", predelay_ms, 20, 80, OR(40)),
};

static const struct field delay_fields[] = {
    {"on", FIELD_FLAG, offsetof(struct scene_delay, on), .fallback = 0},
    REAL(scene_delay, "time_s", time_s, 0.3, 1, OR(0.8)),
    REAL(scene_delay, "feedback", feedback, 0, 0.7, OR(0.4)),
    REAL(scene_delay, "send_db", send_db, -60, 6, OR(-60)),
};

#define ROLE(name) (1u << ROLE_##name)
#define VOICE(name) (1u << VOICE_##name)
#define PADS (VOICE(WARM_PAD) | VOICE(WIDE_PAD))
#define SUSTAINED (PADS | VOICE(SUB_DRONE))
#define TONAL (SUSTAINED | VOICE(BELL))

// Read first: which of the other rows apply depends on these two.
static const struct field layer_kind_fields[] = {
    NAME(scene_layer, "role", role, role_names, NEEDED),
    NAME(scene_layer, "voice", patch.voice, voice_names, NEEDED),
};

static const struct field layer_fields[] = {
    TEXT(scene_layer, "name", name, 24),
    NAME(scene_layer, "level_control", level_control, level_names, NEEDED),
    REAL(scene_layer, "level_db", level_db, -60, 12, NEEDED),
    REAL(scene_layer, "send_db", send_db, -60, 12, OR(SCENE_SEND_OFF)),
    REAL(scene_layer, "presence", presence, 0, 1, OR(1)),
    {"thin", FIELD_FLAG, offsetof(struct scene_layer, thin), .fallback = 0},
    PAIR(scene_layer, "velocity", velocity_low, 0, 1, OR(0.4), .fallback2 = 0.7, .voices = TONAL),
    PAIR(scene_layer, "range", range_low, 24, 108, OR(60), .fallback2 = 84,
         .roles = ROLE(BASS) | ROLE(BELLS), .required = true),
    PAIR(scene_layer, "rate", rate_low, 0, 0.2, OR(0.01), .fallback2 = 0.06, .roles = ROLE(BELLS)),
    COUNT(scene_layer, "top_voices", top_voices, 0, 6, OR(0), .roles = ROLE(CHORD)),
    REAL(scene_layer, "gap_s", gap_s, 0, 8, OR(0), .roles = ROLE(BASS)),
    REAL(scene_layer, "swing_db", swing_db, 0, 6, OR(4), .roles = ROLE(LOOPS) | ROLE(WEATHER)),
    REAL(scene_layer, "note_s", note_s, 2, 45, OR(6), .roles = ROLE(LOOPS), .voices = SUSTAINED),
    // The patch
    NAME(scene_layer, "bell_set", patch.bell_set, bell_names, NEEDED, .voices = VOICE(BELL)),
    REAL(scene_layer, "attack_s", patch.attack_s, 0.004, 15, NEEDED),
    REAL(scene_layer, "release_s", patch.release_s, 0.5, 20, NEEDED, .voices = SUSTAINED),
    REAL(scene_layer, "decay_s", patch.decay_s, 0, 60, OR(0), .voices = TONAL),
    REAL(scene_layer, "sustain", patch.sustain, 0.1, 1, OR(1), .voices = SUSTAINED),
    REAL(scene_layer, "release_shape", patch.release_shape, 0, 10, OR(6), .voices = SUSTAINED),
    REAL(scene_layer, "rolloff", patch.rolloff, 0.5, 3, OR(1.3),
         .voices = SUSTAINED | VOICE(SURF)),
    REAL(scene_layer, "cutoff_hz", patch.cutoff_hz, 0, 12000, OR(0)),
    REAL(scene_layer, "cutoff_order", patch.cutoff_order, 2, 8, OR(4)),
    REAL(scene_layer, "cutoff_env_oct", patch.cutoff_env_oct, 0, 3, OR(0), .voices = SUSTAINED),
    REAL(scene_layer, "cutoff_lfo_oct", patch.cutoff_lfo_oct, 0, 1.5, OR(0)),
    REAL(scene_layer, "cutoff_lfo_hz", patch.cutoff_lfo_hz, 0.01, 0.5, OR(0.07)),
    REAL(scene_layer, "resonance", patch.resonance, 0, 0.6, OR(0), .voices = SUSTAINED),
    COUNT(scene_layer, "partials", patch.partials_max, 0, 48, OR(0), .voices = TONAL),
    COUNT(scene_layer, "unison", patch.unison, 1, 16, OR(1), .voices = PADS),
    REAL(scene_layer, "detune_cents", patch.detune_cents, 0, 25, OR(0), .voices = PADS),
    REAL(scene_layer, "drift_cents", patch.drift_cents, 0, 10, OR(0), .voices = PADS),
    REAL(scene_layer, "drift_hz", patch.drift_hz, 0.01, 0.5, OR(0.07), .voices = PADS),
    REAL(scene_layer, "bandwidth_cents", patch.bandwidth_cents, 0, 120, OR(0),
         .voices = VOICE(WIDE_PAD)),
    REAL(scene_layer, "bandwidth_scale", patch.bandwidth_scale, 0.5, 1.5, OR(1),
         .voices = VOICE(WIDE_PAD)),
    REAL(scene_layer, "inharmonicity", patch.inharmonicity, 0, 0.002, OR(0),
         .voices = VOICE(WIDE_PAD)),
    REAL(scene_layer, "width", patch.width, 0, 1, OR(0)),
    REAL(scene_layer, "beat_hz", patch.beat_hz, 0, 0.5, OR(0.1), .voices = VOICE(SUB_DRONE)),
    REAL(scene_layer, "pwm_depth", patch.pwm_depth, 0, 0.4, OR(0), .voices = VOICE(WARM_PAD)),
    REAL(scene_layer, "pwm_hz", patch.pwm_hz, 0.01, 0.5, OR(0.1), .voices = VOICE(WARM_PAD)),
};

static enum aeo_status phrase_read(const struct field_reader *reader, json_t *root,
                                   struct scene *scene) {
    json_t *value = json_object_get(root, "phrase_s");
    if (!value) return field_fault(reader, "", "phrase_s", "is missing");
    double seconds;
    enum aeo_status status = field_number(reader, value, "", "phrase_s", 8, 24, &seconds);
    if (status != AEO_OK) return status;
    scene->phrase_frames = (int32_t)(seconds * RATE + 0.5);
    if (scene->phrase_frames % 960 != 0) {
        return field_fault(reader, "", "phrase_s", "is %g; accepted are multiples of 0.02",
                           seconds);
    }
    double section_s = seconds * scene->phrases_per_section;
    if (section_s < 60.0 || section_s > SECTION_S_MAX) {
        return field_fault(reader, "", "phrases_per_section",
                           "makes sections of %g s; accepted are 60 to %g s", section_s,
                           SECTION_S_MAX);
    }
    return AEO_OK;
}

// Defaults of the listener's controls; what is not named starts neutral.
static enum aeo_status controls_read(const struct field_reader *reader, json_t *object,
                                     struct scene *scene) {
    for (uint32_t c = 0; c < CONTROL_COUNT; c++) {
        control_quantise((enum control)c, control_table[c].fallback, &scene->defaults[c]);
    }
    if (!object) return AEO_OK;
    if (!json_is_object(object)) {
        return field_fault(reader, "controls", "", "accepted is an object");
    }
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        int32_t control = aeo_control_find(key);
        if (control < 0 || control_table[control].kind != AEO_CONTROL_UNIT) {
            return field_fault(reader, "controls", key, "is not a control with a number");
        }
        double number;
        enum aeo_status status = field_number(reader, value, "controls", key,
                                              control_table[control].min,
                                              control_table[control].max, &number);
        if (status != AEO_OK) return status;
        control_quantise((enum control)control, number, &scene->defaults[control]);
    }
    return AEO_OK;
}

// The two parallel lists of a loop layer.
static enum aeo_status loops_read(const struct field_reader *reader, json_t *object,
                                  const char *path, struct scene_layer *layer) {
    json_t *periods = json_object_get(object, "loop_ms");
    json_t *homes = json_object_get(object, "loop_midi");
    if (layer->role != ROLE_LOOPS) {
        const char *extra = periods ? "loop_ms" : "loop_midi";
        if (!periods && !homes) return AEO_OK;
        return field_fault(reader, path, extra, "does not belong to this role and voice");
    }
    size_t count = json_array_size(periods);
    if (count < 1 || count > SCENE_LOOPS_MAX || json_array_size(homes) != count) {
        return field_fault(reader, path, "loop_ms",
                           "accepted are two lists of 1 to %d numbers, as many periods (loop_ms) "
                           "as pitches (loop_midi)",
                           SCENE_LOOPS_MAX);
    }
    layer->loop_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        double number;
        enum aeo_status status = field_number(reader, json_array_get(periods, i), path, "loop_ms",
                                              8000, 60000, &number);
        if (status != AEO_OK) return status;
        layer->loop_ms[i] = (uint32_t)number;
        status = field_number(reader, json_array_get(homes, i), path, "loop_midi", 36, 100,
                              &number);
        if (status != AEO_OK) return status;
        layer->loop_home[i] = (float)(int)number;
    }
    return AEO_OK;
}

// Rules between fields of one layer.
static enum aeo_status layer_check(const struct field_reader *reader, const char *path,
                                   struct scene_layer *layer) {
    static const uint32_t voices_of[ROLE_COUNT] = {[ROLE_CHORD] = SUSTAINED,
                                                   [ROLE_BASS] = SUSTAINED,
                                                   [ROLE_BELLS] = VOICE(BELL),
                                                   [ROLE_LOOPS] = TONAL,
                                                   [ROLE_WEATHER] = VOICE(SURF)};
    struct voice_patch *patch = &layer->patch;
    if (!(voices_of[layer->role] >> patch->voice & 1)) {
        return field_fault(reader, path, "voice", "%s cannot play the role %s",
                           voice_names[patch->voice], role_names[layer->role]);
    }
    if (layer->role == ROLE_BASS && layer->range_high - layer->range_low < 11.0f) {
        return field_fault(reader, path, "range", "accepted is an octave or more");
    }
    if (SUSTAINED >> patch->voice & 1) {
        if (patch->attack_s < 0.5f) {
            return field_fault(reader, path, "attack_s",
                               "is %g; accepted is 0.5 or more for a sustained voice",
                               (double)patch->attack_s);
        }
        if (patch->release_s < patch->attack_s && layer->role == ROLE_CHORD) {
            return field_fault(reader, path, "release_s",
                               "is shorter than attack_s; chords would leave holes");
        }
    }
    if (patch->voice == VOICE_SURF) { // neighbours cross-fade: the two ramps must be one
        patch->release_s = patch->attack_s;
        patch->release_shape = 0.0f;
    }
    if (patch->voice == VOICE_WARM_PAD && patch->unison > VOICE_UNISON_MAX) {
        return field_fault(reader, path, "unison", "is %u; a warm pad has at most %d",
                           patch->unison, VOICE_UNISON_MAX);
    }
    bool pitched = SUSTAINED >> patch->voice & 1;
    if (pitched && patch->partials_max == 0) patch->partials_max = 24;
    return AEO_OK;
}

static enum aeo_status layer_read(const struct field_reader *reader, json_t *object, uint32_t index,
                                  struct scene_layer *layer) {
    static const char *const others[] = {"role", "voice", "loop_ms", "loop_midi", NULL};
    char path[16];
    snprintf(path, sizeof path, "layers[%u]", index);
    if (!json_is_object(object)) return field_fault(reader, path, "", "accepted is an object");
    enum aeo_status status = AEO_OK;
    for (uint32_t i = 0; i < COUNT_OF(layer_kind_fields) && status == AEO_OK; i++) {
        json_t *kind = json_pack("{s:O*}", layer_kind_fields[i].name,
                                 json_object_get(object, layer_kind_fields[i].name));
        if (!kind) return AEO_ERR_MEMORY;
        status = fields_read(reader, kind, path, &layer_kind_fields[i], 1, NULL, 0, 0, layer);
        json_decref(kind);
    }
    if (status != AEO_OK) return status;
    uint32_t role = layer->role, voice = layer->patch.voice;
    status = fields_read(reader, object, path, layer_fields, COUNT_OF(layer_fields), others, role,
                         voice, layer);
    if (status == AEO_OK) status = loops_read(reader, object, path, layer);
    return status == AEO_OK ? layer_check(reader, path, layer) : status;
}

static enum aeo_status layers_read(const struct field_reader *reader, json_t *list,
                                   struct scene *scene) {
    size_t count = json_array_size(list);
    if (count < 1 || count > SCENE_LAYERS_MAX) {
        return field_fault(reader, "layers", "", "accepted is a list of 1 to %d layers",
                           SCENE_LAYERS_MAX);
    }
    uint32_t thin = 0, chords = 0, basses = 0;
    scene->layer_count = (uint32_t)count;
    for (uint32_t i = 0; i < count; i++) {
        struct scene_layer *layer = &scene->layers[i];
        enum aeo_status status = layer_read(reader, json_array_get(list, i), i, layer);
        if (status != AEO_OK) return status;
        layer->level_control += CONTROL_LEVEL_PAD;
        thin += layer->thin;
        chords += layer->role == ROLE_CHORD;
        basses += layer->role == ROLE_BASS;
    }
    if (thin < 1 || thin > THIN_LAYERS_MAX) {
        return field_fault(reader, "layers", "", "%u layers have \"thin\": true; accepted are 1 or "
                           "%d, the ones that thin sections keep", thin, THIN_LAYERS_MAX);
    }
    if (chords < 1 || basses > 1) {
        return field_fault(reader, "layers", "",
                           "a scene has at least one layer of role chord and at most one bass");
    }
    return AEO_OK;
}

static uint64_t scene_hash(const struct scene *scene) {
    uint64_t hash = fields_hash(FNV_START, scene_fields, COUNT_OF(scene_fields), scene);
    hash = hash_word(hash, (uint32_t)scene->phrase_frames);
    hash = fields_hash(hash, reverb_fields, COUNT_OF(reverb_fields), &scene->reverb);
    hash = fields_hash(hash, delay_fields, COUNT_OF(delay_fields), &scene->delay);
    for (uint32_t c = 0; c < CONTROL_COUNT; c++) {
        hash = hash_word(hash, (uint32_t)(scene->defaults[c] * (float)CONTROL_STEPS + 0.5f));
    }
    for (uint32_t i = 0; i < scene->layer_count; i++) {
        const struct scene_layer *layer = &scene->layers[i];
        hash = fields_hash(hash, layer_kind_fields, COUNT_OF(layer_kind_fields), layer);
        hash = fields_hash(hash, layer_fields, COUNT_OF(layer_fields), layer);
        for (uint32_t l = 0; l < layer->loop_count; l++) {
            hash = hash_word(hash, layer->loop_ms[l]);
            hash = hash_word(hash, (uint32_t)layer->loop_home[l]);
        }
    }
    return hash;
}

static enum aeo_status scene_check(const struct field_reader *reader, const struct scene *scene) {
    if (scene->range_high - scene->range_low < 24.0f) {
        return field_fault(reader, "", "range", "accepted are two octaves or more");
    }
    for (const char *c = scene->slug; *c; c++) {
        bool fine = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-';
        if (!fine) {
            return field_fault(reader, "", "slug", "accepted are small letters, digits and -");
        }
    }
    return AEO_OK;
}

static enum aeo_status root_read(const struct field_reader *reader, json_t *root,
                                 struct scene *scene) {
    static const char *const others[] = {"phrase_s", "reverb", "delay", "controls", "layers", NULL};
    enum aeo_status status = fields_read(reader, root, "", scene_fields, COUNT_OF(scene_fields),
                                         others, 0, 0, scene);
    if (status == AEO_OK) status = phrase_read(reader, root, scene);
    if (status == AEO_OK) status = scene_check(reader, scene);
    json_t *reverb = json_object_get(root, "reverb"), *delay = json_object_get(root, "delay");
    if (status == AEO_OK && !reverb) status = field_fault(reader, "reverb", "", "is missing");
    if (status == AEO_OK) {
        status = fields_read(reader, reverb, "reverb", reverb_fields, COUNT_OF(reverb_fields),
                             NULL, 0, 0, &scene->reverb);
    }
    if (status == AEO_OK && delay) {
        status = fields_read(reader, delay, "delay", delay_fields, COUNT_OF(delay_fields), NULL, 0,
                             0, &scene->delay);
    }
    json_t *controls = json_object_get(root, "controls");
    if (status == AEO_OK) status = controls_read(reader, controls, scene);
    json_t *layers = json_object_get(root, "layers");
    return status == AEO_OK ? layers_read(reader, layers, scene) : status;
}

// Deepest nesting of TEXT, counted before the parser sees it, so that no file can exhaust a stack.
static uint32_t nesting(const char *text, size_t bytes) {
    uint32_t depth = 0, deepest = 0;
    bool quoted = false;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\') i++;
            else if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
            deepest = depth > deepest ? depth : deepest;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

enum aeo_status scene_parse(struct scene *scene, const char *text, size_t bytes, const char *origin,
                            aeo_fault *fault) {
    struct field_reader reader = {origin, fault};
    memset(scene, 0, sizeof *scene);
    if (bytes > SCENE_FILE_BYTES_MAX) {
        return field_fault(&reader, "", "", "has more than %d bytes", SCENE_FILE_BYTES_MAX);
    }
    if (nesting(text, bytes) > SCENE_DEPTH_MAX) {
        return field_fault(&reader, "", "", "is nested deeper than %d", SCENE_DEPTH_MAX);
    }
    json_error_t error;
    json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        return field_fault(&reader, "", "", "line %d is not JSON: %.80s", error.line, error.text);
    }
    enum aeo_status status = root_read(&reader, root, scene);
    json_decref(root);
    if (status != AEO_OK) return status;
    scene->hash = scene_hash(scene);
    roughness_prepare();
    scene_level_set(scene);
    return AEO_OK;
}
