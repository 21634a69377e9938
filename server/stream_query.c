// Reading the arguments of /v1/stream; see stream_query.h.
#include "server/stream_query.h"

#include <stdio.h>
#include <string.h>

#include "server/encoder_pool.h" // BITRATE_*

void stream_query_begin(struct stream_query *query) {
    memset(query, 0, sizeof *query);
    query->bitrate = BITRATE_DEFAULT;
}

// Digits only: no sign, no space, no other base, nothing above MAX.
static bool read_decimal(const char *text, uint64_t max, uint64_t *number) {
    uint64_t value = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (max - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

static bool take_number(const char *field, const char *text, uint64_t min, uint64_t max,
                        uint64_t *number, struct protocol_error *error) {
    if (read_decimal(text, max, number) && *number >= min) return true;
    return protocol_refuse(error, CODE_BAD_VALUE, field,
                           "%s must be a whole number from %llu to %llu", field,
                           (unsigned long long)min, (unsigned long long)max);
}

// URLSearchParams writes a space as '+'; no scene has a plus in its name.
static bool take_scene(struct stream_query *query, const char *text, struct protocol_error *error) {
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof query->scene) {
        return protocol_refuse(error, CODE_BAD_VALUE, "scene",
                               "scene must be the name of a scene (see /v1/scenes)");
    }
    for (size_t i = 0; i <= length; i++) {
        query->scene[i] = text[i] == '+' ? ' ' : text[i];
    }
    return true;
}

// One "name:value" of `controls`, cut out of the list.
static bool take_control(struct stream_query *query, const char *pair, size_t length,
                         struct protocol_error *error) {
    char name[64];
    if (length >= sizeof name) length = sizeof name - 1;
    memcpy(name, pair, length);
    name[length] = '\0';
    char *value = strchr(name, ':');
    if (!value) {
        return protocol_refuse(error, CODE_BAD_VALUE, "controls",
                               "controls must be name:value,name:value");
    }
    *value++ = '\0';
    int32_t control = aeo_control_find(name);
    if (control < 0) {
        return protocol_refuse(error, CODE_BAD_VALUE, "controls", "there is no control \"%s\"",
                               name);
    }
    for (uint32_t i = 0; i < query->setting_count; i++) {
        if (query->settings[i].control == (uint32_t)control) {
            return protocol_refuse(error, CODE_BAD_VALUE, "controls", "%s is given twice", name);
        }
    }
    aeo_fault fault = {0};
    aeo_setting *setting = &query->settings[query->setting_count];
    if (aeo_control_parse((uint32_t)control, value, &setting->value, &fault) != AEO_OK) {
        return protocol_refuse(error, CODE_BAD_VALUE, name, "%s", fault.message);
    }
    setting->control = (uint32_t)control;
    query->setting_count++; // no control twice, so never more than there are controls
    return true;
}

static bool take_controls(struct stream_query *query, const char *text,
                          struct protocol_error *error) {
    while (*text) {
        size_t length = strcspn(text, ",");
        if (!take_control(query, text, length, error)) return false;
        text += length;
        if (*text == ',') text++;
    }
    return true;
}

static bool take_address(struct stream_query *query, const char *text,
                         struct protocol_error *error) {
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof query->address) {
        return protocol_refuse(error, CODE_BAD_VALUE, "address", "this is not a music address");
    }
    memcpy(query->address, text, length + 1);
    return true;
}

bool stream_query_argument(struct stream_query *query, const char *argument,
                           struct protocol_error *error) {
    const struct {
        const char *name;
        bool *given;
    } known[] = {
        {"scene", &query->scene_given},     {"seed", &query->seed_given},
        {"at", &query->at_given},           {"address", &query->address_given},
        {"bitrate", &query->bitrate_given}, {"controls", &query->controls_given},
    };
    size_t name_length = strcspn(argument, "=");
    const char *value = argument[name_length] ? argument + name_length + 1 : "";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *name = known[i].name;
        if (strlen(name) != name_length || strncmp(name, argument, name_length) != 0) continue;
        if (*known[i].given) {
            return protocol_refuse(error, CODE_BAD_VALUE, name, "%s is given twice", name);
        }
        *known[i].given = true;
        uint64_t number = 0;
        switch (i) {
        case 0:
            return take_scene(query, value, error);
        case 1:
            return take_number(name, value, 0, UINT64_MAX, &query->seed, error);
        case 2:
            if (!take_number(name, value, 0, AEO_POSITION_MAX, &number, error)) return false;
            query->at = (int64_t)number;
            return true;
        case 3:
            return take_address(query, value, error);
        case 4:
            if (!take_number(name, value, BITRATE_MIN, BITRATE_MAX, &number, error)) return false;
            query->bitrate = (uint32_t)number;
            return true;
        default:
            return take_controls(query, value, error);
        }
    }
    return true;
}

bool stream_query_finish(const struct stream_query *query, struct protocol_error *error) {
    if (!query->address_given) return true;
    const char *field = query->scene_given      ? "scene"
                        : query->seed_given     ? "seed"
                        : query->controls_given ? "controls"
                                                : NULL;
    if (!field) return true;
    return protocol_refuse(error, CODE_BAD_VALUE, field,
                           "an address already names scene, seed and controls");
}
