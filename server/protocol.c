// Reading a client's messages; see protocol.h. The checks run from the outside in: size and depth
// before the JSON library sees the text, then type, then each field, and the first thing wrong is
// the answer. The writing half is protocol_write.c.
#include "server/protocol.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// The largest whole number that JavaScript keeps exactly.
static const json_int_t id_max = ((json_int_t)1 << 53) - 1;

const char *protocol_code_name(enum protocol_code code) {
    switch (code) {
    case CODE_NONE:
        return "none";
    case CODE_BAD_JSON:
        return "bad_json";
    case CODE_BAD_TYPE:
        return "bad_type";
    case CODE_BAD_CONTROL:
        return "bad_control";
    case CODE_BAD_VALUE:
        return "bad_value";
    case CODE_RATE_LIMITED:
        return "rate_limited";
    case CODE_FULL:
        return "full";
    case CODE_SHUTTING_DOWN:
        return "shutting_down";
    case CODE_FORBIDDEN:
        return "forbidden";
    case CODE_NOT_FOUND:
        return "not_found";
    case CODE_BAD_METHOD:
        return "bad_method";
    case CODE_BUSY:
        return "busy";
    case CODE_UPGRADE_REQUIRED:
        return "upgrade_required";
    }
    return "none";
}

// Cuts TEXT to SIZE bytes without leaving half a UTF-8 character at the end: a message with such a
// half would be invalid JSON, and browsers would close on it.
static void copy_text(char *out, size_t size, const char *text) {
    size_t length = strlen(text);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) {
            length--;
        }
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

bool protocol_refuse(struct protocol_error *error, enum protocol_code code, const char *field,
                     const char *format, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    error->code = code;
    copy_text(error->field, sizeof error->field, field);
    copy_text(error->message, sizeof error->message, message);
    return false;
}

void protocol_error_from_fault(struct protocol_error *error, enum aeo_status status,
                               const aeo_fault *fault) {
    switch (status) {
    case AEO_ERR_SCENE:
        protocol_refuse(error, CODE_BAD_VALUE, "scene", "%s", fault->message);
        break;
    case AEO_ERR_ADDRESS:
        protocol_refuse(error, CODE_BAD_VALUE, "address", "%s", fault->message);
        break;
    case AEO_ERR_FULL:
        protocol_refuse(error, CODE_RATE_LIMITED, "", "%s", fault->message);
        break;
    default:
        protocol_refuse(error, CODE_BAD_VALUE, fault->field, "%s", fault->message);
        break;
    }
    if (!error->message[0])
        copy_text(error->message, sizeof error->message, aeo_status_text(status));
}

// Counts brackets outside strings. The library's own limit is far higher than what we want to
// allow.
static bool depth_allowed(const char *text, size_t size) {
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') i++;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MESSAGE_DEPTH_MAX) return false;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return true;
}

static bool parse_id(json_t *root, struct message *message, struct protocol_error *error) {
    json_t *id = json_object_get(root, "id");
    if (!json_is_integer(id) || json_integer_value(id) < 0 || json_integer_value(id) > id_max) {
        return protocol_refuse(error, CODE_BAD_VALUE, "id",
                               "id must be a whole number from 0 to 9007199254740991");
    }
    message->id = error->id = (uint64_t)json_integer_value(id);
    error->id_given = true;
    return true;
}

// One name:value of `controls`. Numbers and names go through the engine's own reader, so the
// protocol accepts exactly what command line and addresses accept.
static bool parse_control(const char *name, json_t *value, aeo_setting *setting,
                          struct protocol_error *error) {
    int32_t control = aeo_control_find(name);
    if (control < 0) {
        return protocol_refuse(error, CODE_BAD_CONTROL, name, "there is no control of this name");
    }
    const aeo_control_info *info = aeo_control_at((uint32_t)control);
    char text[64];
    double number = json_number_value(value);
    if (info->kind == AEO_CONTROL_UNIT && json_is_number(value)) {
        if (!(number >= info->min && number <= info->max)) {
            return protocol_refuse(error, CODE_BAD_VALUE, name, "%s must be from %g to %g", name,
                                   info->min, info->max);
        }
        snprintf(text, sizeof text, "%.4f", number); // the grid of the control log is 1/10000
    } else if (info->kind == AEO_CONTROL_ENUM && json_is_string(value)) {
        copy_text(text, sizeof text, json_string_value(value));
    } else {
        return protocol_refuse(error, CODE_BAD_VALUE, name, "%s must be a %s", name,
                               info->kind == AEO_CONTROL_UNIT ? "number" : "name in quotes");
    }
    aeo_fault fault = {0};
    setting->control = (uint32_t)control;
    if (aeo_control_parse((uint32_t)control, text, &setting->value, &fault) != AEO_OK) {
        return protocol_refuse(error, CODE_BAD_VALUE, name, "%s", fault.message);
    }
    return true;
}

static bool parse_set(json_t *root, struct message *message, struct protocol_error *error) {
    if (!parse_id(root, message, error)) return false;
    json_t *controls = json_object_get(root, "controls");
    if (!json_is_object(controls) || json_object_size(controls) == 0) {
        return protocol_refuse(error, CODE_BAD_VALUE, "controls",
                               "controls must be an object with at least one control");
    }
    const char *name;
    json_t *value;
    json_object_foreach(controls, name, value) {
        // Names differ (duplicates are bad_json), so there are at most as many as controls.
        aeo_setting setting;
        if (!parse_control(name, value, &setting, error)) return false;
        message->settings[message->setting_count++] = setting;
    }
    return true;
}

static bool parse_scene(json_t *root, struct message *message, struct protocol_error *error) {
    if (!parse_id(root, message, error)) return false;
    const char *name = json_string_value(json_object_get(root, "name"));
    if (!name || !*name || strlen(name) >= sizeof message->scene) {
        return protocol_refuse(error, CODE_BAD_VALUE, "name", "name must be the name of a scene");
    }
    copy_text(message->scene, sizeof message->scene, name);
    return true;
}

static bool parse_number(json_t *root, const char *field, double min, double max, double *number,
                         struct protocol_error *error) {
    json_t *value = json_object_get(root, field);
    double read = json_number_value(value);
    if (!json_is_number(value) || !(read >= min && read <= max)) {
        return protocol_refuse(error, CODE_BAD_VALUE, field, "%s must be a number from %g to %g",
                               field, min, max);
    }
    *number = read;
    return true;
}

static bool parse_stats(json_t *root, struct message *message, struct protocol_error *error) {
    double underruns = 0.0;
    if (!parse_number(root, "buffer_ms", 0.0, 600000.0, &message->buffer_ms, error)) return false;
    if (!parse_number(root, "underruns", 0.0, 1e12, &underruns, error)) return false;
    message->underruns = (uint64_t)underruns;
    return true;
}

static bool parse_object(json_t *root, struct message *message, struct protocol_error *error) {
    static const char *const names[] = {
        [MESSAGE_SET] = "set",       [MESSAGE_SCENE] = "scene", [MESSAGE_PAUSE] = "pause",
        [MESSAGE_RESUME] = "resume", [MESSAGE_PING] = "ping",   [MESSAGE_STATS] = "stats",
    };
    const char *type = json_string_value(json_object_get(root, "type"));
    for (int kind = MESSAGE_SET; type && kind <= MESSAGE_STATS; kind++) {
        if (strcmp(type, names[kind]) != 0) continue;
        message->kind = (enum message_kind)kind;
        switch (message->kind) {
        case MESSAGE_SET:
            return parse_set(root, message, error);
        case MESSAGE_SCENE:
            return parse_scene(root, message, error);
        case MESSAGE_PING:
            return parse_number(root, "t", -1e300, 1e300, &message->t, error);
        case MESSAGE_STATS:
            return parse_stats(root, message, error);
        case MESSAGE_PAUSE:
        case MESSAGE_RESUME:
            return true;
        }
    }
    return protocol_refuse(error, CODE_BAD_TYPE, "type",
                           "type must be set, scene, pause, resume, ping or stats");
}

bool protocol_parse(const char *text, size_t size, struct message *message,
                    struct protocol_error *error) {
    memset(message, 0, sizeof *message);
    memset(error, 0, sizeof *error);
    if (size > MESSAGE_BYTES_MAX || !depth_allowed(text, size)) {
        return protocol_refuse(error, CODE_BAD_JSON, "", "nested deeper than %d",
                               MESSAGE_DEPTH_MAX);
    }
    json_error_t where;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
    if (!root) return protocol_refuse(error, CODE_BAD_JSON, "", "not JSON: %s", where.text);
    bool good = false;
    if (json_is_object(root)) {
        good = parse_object(root, message, error);
    } else {
        protocol_refuse(error, CODE_BAD_JSON, "", "a message must be an object");
    }
    json_decref(root);
    return good;
}
