// Goal: a scene file is either understood completely or refused in one line that names the file,
// the field, what was wrong and what is accepted. The faults are a table: each changes one thing in
// a built-in scene that loads.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/music/listen.h"

static json_t *harbour(void) {
    json_error_t error;
    json_t *root = json_load_file(AEO_SOURCE_DIR "/engine/scenes/harbour-at-first-light.json", 0,
                                  &error);
    if (!root) fail_msg("%s", error.text);
    return root;
}

static enum aeo_status parse(json_t *root, struct scene *scene, aeo_fault *fault) {
    char *text = json_dumps(root, 0);
    memset(fault, 0, sizeof *fault);
    enum aeo_status status = scene_parse(scene, text, strlen(text), "mine.json", fault);
    free(text);
    json_decref(root);
    return status;
}

static void builtin_scenes_load(void **state) {
    (void)state;
    assert_int_equal(scene_builtin_count(), 2);
    const struct scene *h = listen_scene(0), *u = listen_scene(1);
    assert_string_equal(h->name, "Harbour at First Light");
    assert_string_equal(h->slug, "harbour-at-first-light");
    assert_int_equal(h->key, 2);
    assert_int_equal(h->mode, MODE_LYDIAN);
    assert_int_equal(h->phrase_frames, 16 * 48000);
    assert_true(h->lufs == -18.0f && h->hold_s == 20.0f && h->roughness_max == 0.5f);
    assert_true(h->defaults[CONTROL_DENSITY] == 0.45f && h->defaults[CONTROL_SPACE] == 0.5f);
    assert_true(h->defaults[CONTROL_LEVEL_PAD] == 0.75f && h->defaults[CONTROL_KEY] == 0.0f);
    assert_string_equal(u->name, "Undertow");
    assert_true(u->saturation_max == 0.0f && u->reverb.t_low_s == 12.0f && !u->delay.on);
    assert_true(h->hash != u->hash);
    struct scene scene;
    aeo_fault fault;
    assert_int_equal(scene_builtin(&scene, 2, &fault), AEO_ERR_ARGUMENT);
    assert_int_equal(scene_load(&scene, "/nowhere/at/all.json", &fault), AEO_ERR_IO);
    assert_non_null(strstr(fault.message, "/nowhere/at/all.json"));
    assert_int_equal(scene_load(&scene, AEO_SOURCE_DIR "/engine/scenes/undertow.json", &fault),
                     AEO_OK);
    assert_true(scene.hash == u->hash);
}

// The hash is of the content: spelling, order and written-out defaults do not matter, values do.
static void hash_is_of_the_content(void **state) {
    (void)state;
    struct scene scene;
    aeo_fault fault;
    uint64_t hash = listen_scene(0)->hash;
    json_t *root = harbour();
    json_t *last = json_incref(json_object_get(root, "name"));
    json_object_del(root, "name");
    json_object_set_new(root, "name", last);
    json_object_set_new(root, "hold_s", json_real(20.0));
    assert_int_equal(parse(root, &scene, &fault), AEO_OK);
    assert_true(scene.hash == hash);
    static const char *const numbers[] = {"lufs", "arc_db", "pedal", "interchange"};
    for (int i = 0; i < 4; i++) {
        root = harbour();
        json_object_set_new(root, numbers[i], json_real(i == 0 ? -17.5 : 0.31));
        assert_int_equal(parse(root, &scene, &fault), AEO_OK);
        assert_true(scene.hash != hash);
    }
    root = harbour();
    json_object_set_new(json_array_get(json_object_get(root, "layers"), 3), "swing_db",
                        json_real(3.9));
    assert_int_equal(parse(root, &scene, &fault), AEO_OK);
    assert_true(scene.hash != hash);
    root = harbour();
    json_array_set_new(json_object_get(json_array_get(json_object_get(root, "layers"), 3),
                                       "loop_ms"), 0, json_integer(17011));
    assert_int_equal(parse(root, &scene, &fault), AEO_OK);
    assert_true(scene.hash != hash);
}

// One fault each: where (layer -1: the scene; else that layer), which field, its JSON (NULL: taken
// away), and what the message has to contain.
static const struct {
    int layer;
    const char *field, *json, *says;
} faults[] = {
    {-1, "name", NULL, "mine.json: name: is missing"},
    {-1, "name", "7", "name: is a number; accepted is a text"},
    {-1, "name", "\"\"", "name: accepted is a text of 1 to 47 bytes"},
    {-1, "name", "\"a\\nb\"", "without control characters"},
    {-1, "slug", "\"No Spaces\"", "slug: accepted are small letters, digits and -"},
    {-1, "key", "\"H\"", "key: accepted is a note name"},
    {-1, "mode", "\"locrian\"", "mode: accepted is one of lydian, ionian"},
    {-1, "hold_s", "\"20\"", "hold_s: is a text; accepted is a number from 10 to 60"},
    {-1, "hold_s", "200", "hold_s: is 200; accepted is a number from 10 to 60"},
    {-1, "hold_s", "-1e300", "hold_s: is -1e+300"},
    {-1, "hold_s", "null", "hold_s: is null"},
    {-1, "lufs", NULL, "lufs: is missing"},
    {-1, "phrase_s", NULL, "phrase_s: is missing"},
    {-1, "phrase_s", "16.001", "phrase_s: is 16.001; accepted are multiples of 0.02"},
    {-1, "phrase_s", "40", "phrase_s: is 40; accepted is a number from 8 to 24"},
    {-1, "phrases_per_section", "36", "phrases_per_section: makes sections of 576 s"},
    {-1, "phrases_per_section", "12.5", "phrases_per_section: is not whole"},
    {-1, "stagger_s", "[4, 0.5]", "stagger_s: [4, 0.5] is upside down"},
    {-1, "stagger_s", "[1]", "stagger_s: accepted is a list of two numbers"},
    {-1, "voices", "[3, 9]", "voices: is 9; accepted is a number from 2 to 6"},
    {-1, "range", "[50, 60]", "range: accepted are two octaves or more"},
    {-1, "hold", "20", "hold: is not a field of a scene"},
    {-1, "reverb", NULL, "reverb: is missing"},
    {-1, "reverb", "[]", "reverb: is a list; accepted is an object"},
    {-1, "reverb", "{\"lines\":\"barn\",\"t_low_s\":9,\"t_nyquist_s\":1}",
     "reverb.lines: accepted is one of room, hall, vast"},
    {-1, "reverb", "{\"lines\":\"hall\",\"t_low_s\":90,\"t_nyquist_s\":1}",
     "reverb.t_low_s: is 90"},
    {-1, "delay", "{\"on\":1}", "delay.on: is a number; accepted is true or false"},
    {-1, "controls", "{\"density\":2}", "controls.density: is 2; accepted is a number from 0 to 1"},
    {-1, "controls", "{\"mode\":\"dorian\"}", "controls.mode: is not a control with a number"},
    {-1, "controls", "{\"loudness\":1}", "controls.loudness: is not a control with a number"},
    {-1, "layers", "[]", "layers: accepted is a list of 1 to 8 layers"},
    {-1, "layers", "[1]", "layers[0]: accepted is an object"},
    {0, "role", "\"lead\"", "layers[0].role: accepted is one of chord, bass"},
    {0, "role", NULL, "layers[0].role: is missing"},
    {0, "voice", "\"bell\"", "layers[0]."},
    {2, "attack_s", "0.001", "layers[2].attack_s: is 0.001; accepted is a number from 0.004 to 15"},
    {2, "attack_s", NULL, "layers[2].attack_s: is missing"},
    {2, "attack_s", "true", "layers[2].attack_s: is true or false; accepted is a number"},
    {2, "unison", "3", "layers[2].unison: does not belong to this role and voice"},
    {2, "loop_ms", "[17011]", "layers[2].loop_ms: does not belong to this role and voice"},
    {2, "bell_set", "\"gong\"", "layers[2].bell_set: accepted is one of wine-glass"},
    {0, "attack_s", "0.1", "layers[0].attack_s: is 0.1; accepted is 0.5 or more"},
    {0, "release_s", "1", "layers[0].release_s: is shorter than attack_s"},
    {0, "unison", "12", "layers[0].unison: is 12; a warm pad has at most 9"},
    {0, "role", "\"weather\"", "layers[0]."},
    {3, "loop_midi", "[60]", "layers[3].loop_ms: accepted are two lists"},
    {3, "loop_ms", "[1, 2, 3, 4]", "layers[3].loop_ms: is 1; accepted is a number from 8000"},
    {4, "range", "[40, 44]", "layers[4].range: accepted is an octave or more"},
    {1, "thin", "true", "layers: 3 layers have \"thin\": true"},
};

static void faults_are_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        json_t *root = harbour(), *object = root;
        json_error_t error;
        if (faults[i].layer >= 0) {
            object = json_array_get(json_object_get(root, "layers"), (size_t)faults[i].layer);
        }
        if (faults[i].json) {
            json_t *value = json_loads(faults[i].json, JSON_DECODE_ANY, &error);
            assert_non_null(value);
            json_object_set_new(object, faults[i].field, value);
        } else {
            json_object_del(object, faults[i].field);
        }
        static struct scene scene;
        aeo_fault fault;
        assert_int_equal(parse(root, &scene, &fault), AEO_ERR_SCENE);
        if (!strstr(fault.message, faults[i].says) || strncmp(fault.message, "mine.json: ", 11)) {
            fail_msg("\"%s\" should say \"%s\"", fault.message, faults[i].says);
        }
        assert_true(fault.field[0] != 0);
        assert_null(strchr(fault.message, '\n'));
    }
}

static void text_refuse(const char *text, const char *says) {
    static struct scene scene;
    aeo_fault fault = {0};
    assert_int_equal(scene_parse(&scene, text, strlen(text), "mine.json", &fault), AEO_ERR_SCENE);
    if (!strstr(fault.message, says)) fail_msg("\"%s\" should say \"%s\"", fault.message, says);
}

static void text_that_is_no_scene(void **state) {
    (void)state;
    text_refuse("", "is not JSON");
    text_refuse("{", "line 1 is not JSON");
    text_refuse("[]", "is a list; accepted is an object");
    text_refuse("{\"hold_s\": NaN}", "is not JSON");
    text_refuse("{\"hold_s\": 1e999}", "is not JSON");
    text_refuse("{\"name\": 1, \"name\": 2}", "is not JSON");
    text_refuse("{\"a\":[[[[[[[[[]]]]]]]]]}", "is nested deeper than 8");
    char *big = malloc(SCENE_FILE_BYTES_MAX + 2);
    assert_non_null(big);
    memset(big, ' ', SCENE_FILE_BYTES_MAX + 1);
    big[SCENE_FILE_BYTES_MAX + 1] = 0;
    text_refuse(big, "has more than 65536 bytes");
    free(big);
}

// docs/SCENES.md names every field: the names are taken from the loader's own tables.
static void fields_are_documented(void **state) {
    (void)state;
    static char source[65536], docs[65536];
    FILE *file = fopen(AEO_SOURCE_DIR "/engine/scene_json.c", "rb");
    assert_non_null(file);
    source[fread(source, 1, sizeof source - 1, file)] = 0;
    fclose(file);
    file = fopen(AEO_SOURCE_DIR "/docs/SCENES.md", "rb");
    assert_non_null(file);
    docs[fread(docs, 1, sizeof docs - 1, file)] = 0;
    fclose(file);
    uint32_t fields = 0;
    for (const char *at = source; (at = strstr(at, "(scene")); at++) {
        char name[32], quoted[40];
        if (sscanf(at, "(scene%*[a-z_], \"%31[a-z_]\"", name) != 1 &&
            sscanf(at, "(scene, \"%31[a-z_]\"", name) != 1) {
            continue;
        }
        snprintf(quoted, sizeof quoted, "`%s`", name);
        if (!strstr(docs, quoted)) fail_msg("docs/SCENES.md does not explain %s", quoted);
        fields++;
    }
    assert_true(fields > 50);
}

// What the arithmetic of loudness promises: the layers, added up over time with the reverb, make
// the scene's loudness, and their balance is the written one: of power for a bass, which is home at
// 73 and 65 Hz, of loudness for the rest.
static void levels_add_up(void **state) {
    (void)state;
    for (uint32_t s = 0; s < 2; s++) {
        const struct scene *scene = listen_scene(s);
        for (uint32_t i = 0; i < scene->layer_count; i++) {
            const struct scene_layer *l = &scene->layers[i], *first = &scene->layers[0];
            float apart = l->loudness_lufs - first->loudness_lufs;
            static const float heard_db[2] = {-2.028f, -2.494f}; // what the ear hears of that power
            apart -= l->role == ROLE_BASS ? heard_db[s] : 0.0f;
            apart += first->role == ROLE_BASS ? heard_db[s] : 0.0f;
            assert_true(apart - (l->level_db - first->level_db) < 0.001f);
            assert_true(apart - (l->level_db - first->level_db) > -0.001f);
            assert_true((l->send_gain > 0.0f) == (l->send_db > SCENE_SEND_OFF));
        }
        assert_true(scene->layers[0].loudness_lufs < scene->lufs + scene->trim_db);
        assert_true(scene->layers[0].loudness_lufs > scene->lufs + scene->trim_db - 8.0f);
    }
    struct scene louder;
    aeo_fault fault;
    json_t *root = harbour();
    json_object_set_new(root, "lufs", json_real(-15.0));
    assert_int_equal(parse(root, &louder, &fault), AEO_OK);
    float step = louder.layers[0].loudness_lufs - listen_scene(0)->layers[0].loudness_lufs;
    assert_true(step > 2.999f && step < 3.001f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builtin_scenes_load),  cmocka_unit_test(hash_is_of_the_content),
        cmocka_unit_test(faults_are_named),     cmocka_unit_test(text_that_is_no_scene),
        cmocka_unit_test(levels_add_up),        cmocka_unit_test(fields_are_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
