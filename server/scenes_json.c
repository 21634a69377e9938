// The body of /v1/scenes: what the engine can play, for cards and sliders. Made once at start.
#include <inttypes.h>
#include <stdio.h>

#include "server/protocol.h"

void protocol_write_scenes(struct json_text *json, const aeo_engine *engine) {
    emit_open(json, '{');
    emit_name(json, "scenes");
    emit_open(json, '[');
    for (uint32_t i = 0; i < aeo_scene_count(engine); i++) {
        const aeo_scene_info *scene = aeo_scene_at(engine, i);
        char hash[24];
        snprintf(hash, sizeof hash, "%016" PRIx64, scene->hash);
        emit_open(json, '{');
        emit_named_string(json, "name", scene->name);
        emit_named_string(json, "slug", scene->slug);
        emit_named_string(json, "character", scene->character);
        emit_named_string(json, "key", scene->key);
        emit_named_string(json, "mode", scene->mode);
        emit_named_real(json, "phrase_s", scene->phrase_s);
        emit_named_real(json, "lufs", scene->lufs);
        emit_named_string(json, "hash", hash);
        emit_name(json, "defaults");
        emit_open(json, '{');
        for (uint32_t c = 0; c < aeo_control_count(); c++) {
            emit_name(json, aeo_control_at(c)->name);
            protocol_write_value(json, aeo_control_at(c), scene->defaults[c]);
        }
        emit_close(json, '}');
        emit_close(json, '}');
    }
    emit_close(json, ']');
    emit_name(json, "controls");
    protocol_write_controls(json, NULL, NULL);
    emit_close(json, '}');
}
