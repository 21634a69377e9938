// Writing the server's messages; the reading half is protocol.c. Field order is that of
// docs/PROTOCOL.md, for people who read along; clients must not depend on it.
#include "server/protocol.h"

#include "server/encoder_pool.h" // ENCODER_PRE_SKIP, PACKET_FRAMES

void protocol_write_error(struct json_text *json, const struct protocol_error *error) {
    emit_open(json, '{');
    emit_named_string(json, "type", "error");
    if (error->id_given) emit_named_integer(json, "id", (int64_t)error->id);
    emit_named_string(json, "code", protocol_code_name(error->code));
    emit_named_string(json, "message", error->message);
    if (error->field[0]) emit_named_string(json, "field", error->field);
    emit_close(json, '}');
}

void protocol_write_value(struct json_text *json, const aeo_control_info *info, double value) {
    if (info->kind == AEO_CONTROL_UNIT) {
        emit_real(json, value);
        return;
    }
    uint32_t index = value > 0.0 ? (uint32_t)(value + 0.5) : 0;
    emit_string(json, info->values[index < info->value_count ? index : 0]);
}

void protocol_write_controls(struct json_text *json, const double *values, const double *defaults) {
    emit_open(json, '{');
    for (uint32_t i = 0; i < aeo_control_count(); i++) {
        const aeo_control_info *info = aeo_control_at(i);
        emit_name(json, info->name);
        emit_open(json, '{');
        emit_named_string(json, "kind", info->kind == AEO_CONTROL_UNIT ? "unit" : "enum");
        if (values) {
            emit_name(json, "value");
            protocol_write_value(json, info, values[i]);
        }
        if (defaults) {
            emit_name(json, "default");
            protocol_write_value(json, info, defaults[i]);
        }
        emit_named_string(json, "label", info->label);
        emit_named_string(json, "help", info->help);
        if (info->kind == AEO_CONTROL_UNIT) {
            emit_named_real(json, "min", info->min);
            emit_named_real(json, "max", info->max);
        } else {
            emit_name(json, "values");
            emit_open(json, '[');
            for (uint32_t v = 0; v < info->value_count; v++) {
                emit_string(json, info->values[v]);
            }
            emit_close(json, ']');
        }
        emit_close(json, '}');
    }
    emit_close(json, '}');
}

void protocol_write_hello(struct json_text *json, const struct hello *hello,
                          const aeo_session_info *info, const aeo_scene_info *scene) {
    emit_open(json, '{');
    emit_named_string(json, "type", "hello");
    emit_named_integer(json, "version", 1);
    emit_named_string(json, "engine", hello->engine);
    emit_named_bool(json, "same_bits", info->same_bits);
    emit_named_string(json, "session", hello->session);
    emit_named_string(json, "address", hello->address);
    emit_named_string(json, "scene", scene->name);
    emit_named_u64_string(json, "seed", info->seed);
    emit_named_integer(json, "position", hello->position);
    emit_named_integer(json, "exact_from", hello->exact_from);
    emit_name(json, "audio");
    emit_open(json, '{');
    emit_named_string(json, "codec", "opus");
    emit_named_integer(json, "sample_rate", AEO_SAMPLE_RATE);
    emit_named_integer(json, "channels", 2);
    emit_named_integer(json, "frame_samples", PACKET_FRAMES);
    emit_named_integer(json, "pre_skip", ENCODER_PRE_SKIP);
    emit_named_integer(json, "bitrate", hello->bitrate);
    emit_close(json, '}');
    emit_name(json, "controls");
    protocol_write_controls(json, info->values, scene->defaults);
    emit_named_integer(json, "lead_ms", hello->lead_ms);
    emit_named_integer(json, "tick_ms", AEO_TICK_FRAMES * 1000 / AEO_SAMPLE_RATE);
    emit_close(json, '}');
}

void protocol_write_phrase(struct json_text *json, const aeo_phrase *phrase) {
    emit_open(json, '{');
    emit_named_string(json, "type", "phrase");
    emit_named_integer(json, "index", phrase->index);
    emit_named_integer(json, "position", phrase->position);
    emit_named_integer(json, "length", phrase->length);
    emit_named_string(json, "scene", phrase->scene);
    emit_named_string(json, "key", phrase->key);
    emit_named_string(json, "mode", phrase->mode);
    emit_named_string(json, "chord", phrase->chord);
    emit_name(json, "notes");
    emit_open(json, '[');
    for (uint32_t i = 0; i < phrase->note_count && i < AEO_NOTES_MAX; i++) {
        const aeo_note *note = &phrase->notes[i];
        emit_open(json, '{');
        emit_named_string(json, "voice", note->voice);
        emit_named_real(json, "midi", note->midi);
        emit_named_integer(json, "at", note->at);
        emit_named_integer(json, "duration", note->duration);
        emit_named_real(json, "velocity", (double)note->velocity);
        emit_named_real(json, "pan", (double)note->pan);
        emit_close(json, '}');
    }
    emit_close(json, ']');
    emit_close(json, '}');
}

void protocol_write_receipt(struct json_text *json, const aeo_receipt *receipt,
                            int64_t heard_in_ms) {
    emit_open(json, '{');
    emit_named_string(json, "type", "receipt");
    emit_named_integer(json, "id", (int64_t)receipt->id);
    emit_named_string(json, "address", receipt->address);
    emit_name(json, "controls");
    emit_open(json, '{');
    for (uint32_t i = 0; i < receipt->count && i < AEO_CONTROLS_MAX; i++) {
        const aeo_control_info *info = aeo_control_at(receipt->controls[i].control);
        if (!info) continue;
        emit_name(json, info->name);
        emit_open(json, '{');
        emit_name(json, "value");
        protocol_write_value(json, info, receipt->controls[i].value);
        emit_named_integer(json, "from", receipt->controls[i].from);
        emit_named_integer(json, "until", receipt->controls[i].until);
        emit_close(json, '}');
    }
    emit_close(json, '}');
    emit_named_integer(json, "heard_at", receipt->heard_at);
    emit_named_integer(json, "heard_in_ms", heard_in_ms > 0 ? heard_in_ms : 0);
    emit_close(json, '}');
}

void protocol_write_pong(struct json_text *json, double t, int64_t position) {
    emit_open(json, '{');
    emit_named_string(json, "type", "pong");
    emit_name(json, "t");
    emit_real_exact(json, t);
    emit_named_integer(json, "position", position);
    emit_close(json, '}');
}

void protocol_write_bye(struct json_text *json, const char *reason, const char *address) {
    emit_open(json, '{');
    emit_named_string(json, "type", "bye");
    emit_named_string(json, "reason", reason);
    emit_named_string(json, "address", address);
    emit_close(json, '}');
}
