// Writes JSON into a buffer of fixed size, without allocating: the network thread's messages are
// short and built afresh each time. Commas are put where they belong by looking at what stands
// before. What does not fit is cut and marked as overflow, never written past the end.
#ifndef SERVER_JSON_TEXT_H
#define SERVER_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_text {
    char *data; // zero-terminated at all times
    size_t size, capacity;
    bool overflow;
};

// BUFFER stays the caller's; CAPACITY counts the terminating zero.
struct json_text json_text_begin(char *buffer, size_t capacity);

// Opens and closes '{' or '[' as an item of what is open.
void emit_open(struct json_text *json, char bracket);
void emit_close(struct json_text *json, char bracket);

// A name inside an object; its value follows.
void emit_name(struct json_text *json, const char *name);

// Values: items of an array, or what follows a name. Text is escaped; bytes that are not UTF-8 come
// out as question marks.
void emit_string(struct json_text *json, const char *text);
void emit_integer(struct json_text *json, int64_t value);
void emit_real(struct json_text *json, double value);       // not finite: null
void emit_real_exact(struct json_text *json, double value); // 17 digits: reads back the same
void emit_bool(struct json_text *json, bool value);

// Name and value in one.
void emit_named_string(struct json_text *json, const char *name, const char *text);
void emit_named_integer(struct json_text *json, const char *name, int64_t value);
void emit_named_real(struct json_text *json, const char *name, double value);
void emit_named_bool(struct json_text *json, const char *name, bool value);

// A 64-bit number as a string of decimals: JSON readers keep only 53 bits of a number.
void emit_named_u64_string(struct json_text *json, const char *name, uint64_t value);

#endif
