// The reader of field tables. See scene_fields.h.
#include "engine/scene_fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/fault.h"  // fault_set
#include "engine/scales.h" // pitch_find

#define FNV_PRIME UINT64_C(1099511628211)

// A name from the file may hold anything; a message is one line.
static void line_make(char *text) {
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 127) *text = '?';
    }
}

enum aeo_status field_fault(const struct field_reader *reader, const char *path, const char *name,
                            const char *format, ...) {
    char where[64], what[160];
    snprintf(where, sizeof where, "%s%s%s", path, path[0] && name[0] ? "." : "", name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    line_make(where);
    line_make(what);
    return fault_set(reader->fault, AEO_ERR_SCENE, where, "%s: %s%s%s", reader->origin, where,
                     where[0] ? ": " : "", what);
}

// What a JSON value is, in words for a message.
static const char *type_name(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

enum aeo_status field_number(const struct field_reader *reader, json_t *value, const char *path,
                             const char *name, double low, double high, double *out) {
    if (!json_is_number(value)) {
        return field_fault(reader, path, name, "is %s; accepted is a number from %g to %g",
                           type_name(value), low, high);
    }
    *out = json_number_value(value);
    if (!(*out >= low && *out <= high)) {
        return field_fault(reader, path, name, "is %g; accepted is a number from %g to %g", *out,
                           low, high);
    }
    return AEO_OK;
}

static enum aeo_status count_read(const struct field_reader *reader, json_t *value,
                                  const char *path, const struct field *field, uint32_t *out) {
    double number;
    if (!json_is_integer(value)) {
        return field_fault(reader, path, field->name,
                           "is %s; accepted is a whole number from %g to %g",
                           json_is_real(value) ? "not whole" : type_name(value), field->low,
                           field->high);
    }
    enum aeo_status status =
        field_number(reader, value, path, field->name, field->low, field->high, &number);
    if (status == AEO_OK) *out = (uint32_t)number;
    return status;
}

static enum aeo_status pair_read(const struct field_reader *reader, json_t *value,
                                 const char *path, const struct field *field, void *out) {
    bool counts = field->kind == FIELD_PAIR_COUNT;
    if (!json_is_array(value) || json_array_size(value) != 2) {
        return field_fault(reader, path, field->name,
                           "accepted is a list of two numbers, [low, high], from %g to %g",
                           field->low, field->high);
    }
    double number[2];
    for (size_t i = 0; i < 2; i++) {
        json_t *item = json_array_get(value, i);
        uint32_t whole;
        enum aeo_status status = counts ? count_read(reader, item, path, field, &whole)
                                        : field_number(reader, item, path, field->name,
                                                       field->low, field->high, &number[i]);
        if (status != AEO_OK) return status;
        if (counts) number[i] = whole;
    }
    if (number[0] > number[1]) {
        return field_fault(reader, path, field->name, "[%g, %g] is upside down; the lower first",
                           number[0], number[1]);
    }
    for (int i = 0; i < 2; i++) {
        if (counts) ((uint32_t *)out)[i] = (uint32_t)number[i];
        else ((float *)out)[i] = (float)number[i];
    }
    return AEO_OK;
}

// Text without control characters, so that it can stand in one line anywhere.
static enum aeo_status text_read(const struct field_reader *reader, json_t *value,
                                 const char *path, const struct field *field, char *out) {
    if (!json_is_string(value)) {
        return field_fault(reader, path, field->name, "is %s; accepted is a text",
                           type_name(value));
    }
    const char *text = json_string_value(value);
    size_t length = json_string_length(value), most = (size_t)field->high - 1;
    bool plain = length == strlen(text);
    for (size_t i = 0; plain && i < length; i++) plain = (unsigned char)text[i] >= ' ';
    if (length == 0 || length > most || !plain) {
        return field_fault(reader, path, field->name,
                           "accepted is a text of 1 to %zu bytes without control characters",
                           most);
    }
    memcpy(out, text, length + 1);
    return AEO_OK;
}

static enum aeo_status name_read(const struct field_reader *reader, json_t *value,
                                 const char *path, const struct field *field, uint32_t *out) {
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    if (field->kind == FIELD_PITCH) {
        int pc = pitch_find(text);
        *out = (uint32_t)pc;
        return pc >= 0 ? AEO_OK
                       : field_fault(reader, path, field->name,
                                     "accepted is a note name: C, C#, Db, D, ... B");
    }
    char accepted[128] = "";
    for (uint32_t i = 0; i < field->name_count; i++) {
        if (strcmp(text, field->names[i]) == 0) {
            *out = i;
            return AEO_OK;
        }
        size_t used = strlen(accepted);
        snprintf(accepted + used, sizeof accepted - used, "%s%s", i ? ", " : "", field->names[i]);
    }
    return field_fault(reader, path, field->name, "accepted is one of %s", accepted);
}

static enum aeo_status value_read(const struct field_reader *reader, json_t *value,
                                  const char *path, const struct field *field, void *out) {
    double number;
    enum aeo_status status;
    switch (field->kind) {
    case FIELD_REAL:
        status = field_number(reader, value, path, field->name, field->low, field->high, &number);
        if (status == AEO_OK) *(float *)out = (float)number;
        return status;
    case FIELD_COUNT:
        return count_read(reader, value, path, field, out);
    case FIELD_FLAG:
        if (!json_is_boolean(value)) {
            return field_fault(reader, path, field->name, "is %s; accepted is true or false",
                               type_name(value));
        }
        *(bool *)out = json_is_true(value);
        return AEO_OK;
    case FIELD_TEXT:
        return text_read(reader, value, path, field, out);
    case FIELD_NAME:
    case FIELD_PITCH:
        return name_read(reader, value, path, field, out);
    case FIELD_PAIR:
    case FIELD_PAIR_COUNT:
        return pair_read(reader, value, path, field, out);
    }
    return AEO_ERR_SCENE;
}

static void fallback_set(const struct field *field, void *out) {
    switch (field->kind) {
    case FIELD_REAL:
        *(float *)out = (float)field->fallback;
        return;
    case FIELD_PAIR:
        ((float *)out)[0] = (float)field->fallback;
        ((float *)out)[1] = (float)field->fallback2;
        return;
    case FIELD_FLAG:
        *(bool *)out = field->fallback != 0.0;
        return;
    case FIELD_PAIR_COUNT:
        ((uint32_t *)out)[1] = (uint32_t)field->fallback2;
        ((uint32_t *)out)[0] = (uint32_t)field->fallback;
        return;
    case FIELD_COUNT:
    case FIELD_NAME:
    case FIELD_PITCH:
        *(uint32_t *)out = (uint32_t)field->fallback;
        return;
    case FIELD_TEXT:
        *(char *)out = 0;
        return;
    }
}

static bool applies(const struct field *field, uint32_t role, uint32_t voice) {
    return (!field->roles || (field->roles >> role & 1)) &&
           (!field->voices || (field->voices >> voice & 1));
}

static enum aeo_status keys_check(const struct field_reader *reader, json_t *object,
                                  const char *path, const struct field *fields, uint32_t count,
                                  const char *const *others, uint32_t role, uint32_t voice) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        const struct field *found = NULL;
        for (uint32_t i = 0; i < count; i++) {
            if (strcmp(key, fields[i].name) == 0) found = &fields[i];
        }
        if (found && applies(found, role, voice)) continue;
        if (found) {
            return field_fault(reader, path, key, "does not belong to this role and voice");
        }
        bool other = false;
        for (uint32_t i = 0; others && others[i]; i++) other |= strcmp(key, others[i]) == 0;
        if (!other) return field_fault(reader, path, key, "is not a field of a scene");
    }
    return AEO_OK;
}

enum aeo_status fields_read(const struct field_reader *reader, json_t *object, const char *path,
                            const struct field *fields, uint32_t count, const char *const *others,
                            uint32_t role, uint32_t voice, void *base) {
    if (!json_is_object(object)) {
        return field_fault(reader, path, "", "is %s; accepted is an object", type_name(object));
    }
    enum aeo_status status =
        keys_check(reader, object, path, fields, count, others, role, voice);
    for (uint32_t i = 0; i < count && status == AEO_OK; i++) {
        const struct field *field = &fields[i];
        void *out = (char *)base + field->offset;
        json_t *value = json_object_get(object, field->name);
        if (value) {
            status = value_read(reader, value, path, field, out);
        } else if (field->required && applies(field, role, voice)) {
            status = field_fault(reader, path, field->name, "is missing");
        } else {
            fallback_set(field, out);
        }
    }
    return status;
}

uint64_t hash_word(uint64_t hash, uint32_t word) {
    for (int i = 0; i < 4; i++) hash = (hash ^ (word >> 8 * i & 255)) * FNV_PRIME;
    return hash;
}

static uint64_t hash_real(uint64_t hash, float value) {
    uint32_t word = 0;
    if (value != 0.0f) memcpy(&word, &value, sizeof word); // -0 is 0
    return hash_word(hash, word);
}

uint64_t fields_hash(uint64_t hash, const struct field *fields, uint32_t count, const void *base) {
    for (uint32_t i = 0; i < count; i++) {
        const void *at = (const char *)base + fields[i].offset;
        switch (fields[i].kind) {
        case FIELD_PAIR:
            hash = hash_real(hash, ((const float *)at)[1]);
            hash = hash_real(hash, ((const float *)at)[0]);
            break;
        case FIELD_REAL:
            hash = hash_real(hash, *(const float *)at);
            break;
        case FIELD_FLAG:
            hash = hash_word(hash, *(const bool *)at);
            break;
        case FIELD_TEXT:
            for (const char *c = at; *c; c++) hash = hash_word(hash, (unsigned char)*c);
            hash = hash_word(hash, 0);
            break;
        case FIELD_PAIR_COUNT:
            hash = hash_word(hash, ((const uint32_t *)at)[1]);
            hash = hash_word(hash, ((const uint32_t *)at)[0]);
            break;
        case FIELD_COUNT:
        case FIELD_NAME:
        case FIELD_PITCH:
            hash = hash_word(hash, *(const uint32_t *)at);
            break;
        }
    }
    return hash;
}
