// `aeolian scenes`: the scenes the engine has, and the controls with what they accept. Main thread.
#include "server/command.h"        // command_scenes
#include "server/engine_options.h" // engine_choice

#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct scenes_choice {
    struct option_list scene_files;
    bool json;
};

static const struct option rows[] = {
    {.name = "scene-file",
     .kind = OPTION_LIST,
     .offset = offsetof(struct scenes_choice, scene_files),
     .argument = "FILE",
     .help = "a scene of your own (JSON), checked and listed with the others"},
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct scenes_choice, json),
     .help = "scenes and controls as one JSON object"},
};

static const char *boundary_text(enum aeo_boundary boundary) {
    switch (boundary) {
    case AEO_BOUNDARY_NOW:
        return "now";
    case AEO_BOUNDARY_CHORD:
        return "chord";
    case AEO_BOUNDARY_PHRASE:
        break;
    }
    return "phrase";
}

// A control's value as the command line would take it: its name for an enum, else the number.
static json_t *value_json(const aeo_control_info *control, double value) {
    if (control->kind == AEO_CONTROL_ENUM) {
        uint32_t index = value >= 0.0 && value < control->value_count ? (uint32_t)value : 0;
        return json_string(control->values[index]);
    }
    return json_real(value);
}

static json_t *control_json(const aeo_control_info *control) {
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:f, s:s}", "name", control->name, "label", control->label, "help",
        control->help, "kind", control->kind == AEO_CONTROL_ENUM ? "enum" : "unit", "ramp_s",
        (double)control->ramp_s, "boundary", boundary_text(control->boundary));
    if (control->kind == AEO_CONTROL_ENUM) {
        json_t *values = json_array();
        for (uint32_t i = 0; i < control->value_count; i++) {
            json_array_append_new(values, json_string(control->values[i]));
        }
        json_object_set_new(object, "values", values);
    } else {
        json_object_set_new(object, "min", json_real(control->min));
        json_object_set_new(object, "max", json_real(control->max));
    }
    return object;
}

static json_t *scene_json(const aeo_scene_info *scene) {
    char hash[24];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)scene->hash);
    json_t *controls = json_object();
    for (uint32_t i = 0; i < aeo_control_count(); i++) {
        const aeo_control_info *control = aeo_control_at(i);
        json_object_set_new(controls, control->name, value_json(control, scene->defaults[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:s, s:o}", "name", scene->name, "slug",
                     scene->slug, "character", scene->character, "key", scene->key, "mode",
                     scene->mode, "phrase_s", scene->phrase_s, "lufs", scene->lufs, "hash", hash,
                     "controls", controls);
}

static void print_json(const aeo_engine *engine) {
    json_t *scenes = json_array(), *controls = json_array();
    for (uint32_t i = 0; i < aeo_scene_count(engine); i++) {
        json_array_append_new(scenes, scene_json(aeo_scene_at(engine, i)));
    }
    for (uint32_t i = 0; i < aeo_control_count(); i++) {
        json_array_append_new(controls, control_json(aeo_control_at(i)));
    }
    json_t *object = json_pack("{s:o, s:o}", "scenes", scenes, "controls", controls);
    json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(7));
    putchar('\n');
    json_decref(object);
}

static void print_control(const aeo_control_info *control) {
    char accepts[160] = "";
    if (control->kind == AEO_CONTROL_ENUM) {
        for (uint32_t i = 0; i < control->value_count; i++) {
            size_t used = strlen(accepts);
            snprintf(accepts + used, sizeof accepts - used, "%s%s", i ? " " : "",
                     control->values[i]);
        }
    } else {
        snprintf(accepts, sizeof accepts, "%g to %g", control->min, control->max);
    }
    printf("  %-16s%s\n  %-16s%s\n", control->name, accepts, "", control->help);
}

static void print_text(const aeo_engine *engine) {
    printf("Scenes:\n");
    for (uint32_t i = 0; i < aeo_scene_count(engine); i++) {
        const aeo_scene_info *scene = aeo_scene_at(engine, i);
        printf("  %s (%s)\n    %s\n    %s %s, phrases of %g s, %g LUFS\n", scene->name,
               scene->slug, scene->character, scene->key, scene->mode, scene->phrase_s,
               scene->lufs);
    }
    printf("\nControls (--set NAME=VALUE):\n");
    for (uint32_t i = 0; i < aeo_control_count(); i++) {
        print_control(aeo_control_at(i));
    }
}

int command_scenes(int argc, char **argv) {
    static struct scenes_choice choice;
    const struct options options = {
        .command = "scenes",
        .usage = "[--json] [--scene-file FILE]",
        .summary = "Lists the scenes and the controls.",
        .groups = {{"Options", rows, sizeof rows / sizeof *rows, &choice}},
        .group_count = 1,
    };
    enum options_outcome outcome = options_parse(&options, argc, argv);
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : EXIT_USAGE;
    }
    aeo_options engine_options;
    aeo_options_default(&engine_options);
    engine_options.renderer = "null"; // nothing will sound; the scenes are the same
    engine_options.threads = 1;
    engine_options.scene_files = choice.scene_files.items;
    engine_options.scene_file_count = choice.scene_files.count;
    aeo_engine *engine = engine_open_or_complain(options.command, &engine_options);
    if (!engine) {
        return EXIT_FAILED;
    }
    if (choice.json) {
        print_json(engine);
    } else {
        print_text(engine);
    }
    aeo_engine_close(engine);
    return 0;
}
