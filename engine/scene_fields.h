// One table row per field of a scene file: its name, where it goes, what is accepted. Reading,
// refusing, defaults and the content hash all follow from the rows, so that a field cannot be read
// and forgotten in the hash. Used by the loader only (scene_json.c).
#ifndef ENGINE_SCENE_FIELDS_H
#define ENGINE_SCENE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "engine/status.h" // enum aeo_status, aeo_fault

enum field_kind {
    FIELD_REAL,   // float
    FIELD_COUNT,  // uint32_t
    FIELD_FLAG,   // bool
    FIELD_TEXT,   // char[high], not empty
    FIELD_NAME,   // uint32_t, index into names
    FIELD_PITCH,  // uint32_t, pitch class by name
    FIELD_PAIR,   // two floats in order, low <= high
    FIELD_PAIR_COUNT, // two uint32_t in order
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    double low, high;          // accepted range, inclusive
    bool required;
    double fallback, fallback2; // when it is missing and not required; second number of a pair
    const char *const *names;
    uint32_t name_count;
    uint32_t roles, voices;    // layer fields: bits of the roles and voices it belongs to; 0: all
};

// Where the reader is, for messages, and where they go.
struct field_reader {
    const char *origin;
    aeo_fault *fault;
};

// Reports that PATH.NAME (PATH may be "") is wrong. Always returns AEO_ERR_SCENE.
__attribute__((format(printf, 4, 5))) enum aeo_status
field_fault(const struct field_reader *reader, const char *path, const char *name,
            const char *format, ...);

// Reads all COUNT FIELDS of OBJECT into the struct at BASE. Keys of OBJECT that are in neither
// FIELDS nor OTHERS (a NULL-ended list) are refused. ROLE and VOICE pick the rows that apply.
enum aeo_status fields_read(const struct field_reader *reader, json_t *object, const char *path,
                            const struct field *fields, uint32_t count, const char *const *others,
                            uint32_t role, uint32_t voice, void *base);

// Reads a number; refuses other types and numbers outside LOW..HIGH.
enum aeo_status field_number(const struct field_reader *reader, json_t *value, const char *path,
                             const char *name, double low, double high, double *out);

// 64-bit FNV-1a of the values, continuing HASH; equal content gives equal hashes on every machine.
uint64_t fields_hash(uint64_t hash, const struct field *fields, uint32_t count, const void *base);
uint64_t hash_word(uint64_t hash, uint32_t word);

#endif
