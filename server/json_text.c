// A small JSON writer over a fixed buffer; see json_text.h.
#include "server/json_text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct json_text json_text_begin(char *buffer, size_t capacity) {
    assert(capacity > 0);
    buffer[0] = '\0';
    return (struct json_text){.data = buffer, .capacity = capacity};
}

static void append(struct json_text *json, const char *text, size_t size) {
    if (json->overflow || size >= json->capacity - json->size) {
        json->overflow = true;
        return;
    }
    memcpy(json->data + json->size, text, size);
    json->size += size;
    json->data[json->size] = '\0';
}

// An item needs a comma unless it is the first of its container or follows its name.
static void separate(struct json_text *json) {
    char last = json->size > 0 ? json->data[json->size - 1] : '[';
    if (last != '{' && last != '[' && last != ':') append(json, ",", 1);
}

void emit_open(struct json_text *json, char bracket) {
    separate(json);
    append(json, &bracket, 1);
}

void emit_close(struct json_text *json, char bracket) {
    append(json, &bracket, 1);
}

// Bytes of the UTF-8 character that TEXT begins with; 0 when there is none (Unicode, table 3-7).
static size_t utf8_length(const unsigned char *text) {
    unsigned char lead = text[0], low = 0x80, high = 0xbf; // bounds of the second byte
    size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead > 0xf4) return 0;
    if (lead == 0xe0) low = 0xa0;  // shorter forms exist
    if (lead == 0xed) high = 0x9f; // surrogates
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f; // beyond U+10FFFF
    for (size_t i = 1; i < length; i++) {
        if (text[i] < low || text[i] > high) return 0; // the final zero is out of bounds too
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

// The text between quotes. Control characters become \u00XX; what is not UTF-8 (a query may hold
// any bytes, and refusals quote it) becomes question marks, as a reader would close on it.
static void append_quoted(struct json_text *json, const char *text) {
    append(json, "\"", 1);
    for (size_t length = 1; *text; text += length) {
        unsigned char byte = (unsigned char)*text;
        char escaped[8] = {'\\', *text};
        length = utf8_length((const unsigned char *)text);
        if (length == 0) {
            append(json, "?", 1);
            length = 1;
        } else if (byte == '"' || byte == '\\') {
            append(json, escaped, 2);
        } else if (byte < 0x20 || byte == 0x7f) {
            int size = snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            append(json, escaped, (size_t)size);
        } else {
            append(json, text, length);
        }
    }
    append(json, "\"", 1);
}

void emit_name(struct json_text *json, const char *name) {
    separate(json);
    append_quoted(json, name);
    append(json, ":", 1);
}

void emit_string(struct json_text *json, const char *text) {
    separate(json);
    append_quoted(json, text);
}

static void append_format(struct json_text *json, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append_format(struct json_text *json, const char *format, ...) {
    char text[40];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert(size > 0 && size < (int)sizeof text);
    append(json, text, (size_t)size);
}

void emit_integer(struct json_text *json, int64_t value) {
    separate(json);
    append_format(json, "%" PRId64, value);
}

// Infinity and NaN have no form in JSON.
static void append_real(struct json_text *json, double value, int digits) {
    separate(json);
    if (isfinite(value)) {
        append_format(json, "%.*g", digits, value);
    } else {
        append(json, "null", 4);
    }
}

void emit_real(struct json_text *json, double value) {
    append_real(json, value, 7); // controls, levels and pitches are floats
}

void emit_real_exact(struct json_text *json, double value) {
    append_real(json, value, 17);
}

void emit_bool(struct json_text *json, bool value) {
    separate(json);
    if (value) {
        append(json, "true", 4);
    } else {
        append(json, "false", 5);
    }
}

void emit_named_string(struct json_text *json, const char *name, const char *text) {
    emit_name(json, name);
    emit_string(json, text);
}

void emit_named_integer(struct json_text *json, const char *name, int64_t value) {
    emit_name(json, name);
    emit_integer(json, value);
}

void emit_named_real(struct json_text *json, const char *name, double value) {
    emit_name(json, name);
    emit_real(json, value);
}

void emit_named_bool(struct json_text *json, const char *name, bool value) {
    emit_name(json, name);
    emit_bool(json, value);
}

void emit_named_u64_string(struct json_text *json, const char *name, uint64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    emit_named_string(json, name, text);
}
