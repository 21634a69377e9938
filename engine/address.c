// Reading and printing music addresses; the format is in the header.
//
// The text comes from strangers (links), so every number is bounded before it is used, and the
// reader is fuzzed (tests/fuzz/fuzz_address.c). Any thread; nothing here allocates.
#include "engine/address.h" // struct address

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/aeolian.h" // AEO_ADDRESS_MAX, AEO_POSITION_MAX, aeo_address_at
#include "engine/fault.h"   // fault_set
#include "engine/scene.h"   // struct scene: hash, defaults

#define PREFIX "aeo1:"
enum { TAG_PART = 0, TAG_START_VALUE = 1, TAG_SCENE = 2, TAG_CONTROL = 16 };

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The four leading fields and where the fifth begins (NULL when there is none).
struct head {
    uint32_t sound_version;
    uint64_t scene_hash, seed;
    int64_t position;
    const char *log;
};

static enum aeo_status bad(aeo_fault *fault, const char *what) {
    return fault_set(fault, AEO_ERR_ADDRESS, "address",
                     "%s; a music address looks like aeo1:1.0123456789abcdef.42.0", what);
}

// ------------------------------------------------------------------------------------ reading

// A number in BASE without sign or leading zeros, up to MAX; moves *AT behind it.
static bool number_read(const char **at, uint32_t base, uint64_t max, uint64_t *out) {
    const char *digits = "0123456789abcdef", *start = *at;
    uint64_t value = 0;
    for (; **at; (*at)++) {
        const char *digit = memchr(digits, **at, base);
        if (!digit) break;
        uint64_t d = (uint64_t)(digit - digits);
        if (value > (max - d) / base) return false;
        value = value * base + d;
    }
    *out = value;
    size_t length = (size_t)(*at - start);
    return length > 0 && (base == 16 || length == 1 || *start != '0');
}

static enum aeo_status head_read(struct head *head, const char *text, aeo_fault *fault) {
    if (!text || strncmp(text, PREFIX, strlen(PREFIX))) return bad(fault, "not a music address");
    if (strlen(text) >= AEO_ADDRESS_MAX) return bad(fault, "the address is too long");
    const char *at = text + strlen(PREFIX);
    uint64_t version, position;
    if (!number_read(&at, 10, UINT32_MAX, &version) || version == 0 || *at++ != '.') {
        return bad(fault, "the version of the address is not a number");
    }
    const char *hash = at;
    if (!number_read(&at, 16, UINT64_MAX, &head->scene_hash) || at - hash != 16 || *at++ != '.') {
        return bad(fault, "the scene of the address is not 16 hex digits");
    }
    if (!number_read(&at, 10, UINT64_MAX, &head->seed) || *at++ != '.') {
        return bad(fault, "the seed of the address is not a 64-bit number");
    }
    if (!number_read(&at, 10, (uint64_t)AEO_POSITION_MAX, &position) || (*at && *at != '.')) {
        return bad(fault, "the position of the address is not a frame number");
    }
    head->sound_version = (uint32_t)version;
    head->position = (int64_t)position;
    head->log = *at ? at + 1 : NULL;
    return AEO_OK;
}

// Decodes TEXT into at most CAP bytes. False for other characters, a length that cannot be, or left
// over bits that are not zero (two texts would then mean the same bytes).
static bool base64_decode(const char *text, uint8_t *out, size_t cap, size_t *size) {
    uint32_t bits = 0, held = 0;
    *size = 0;
    for (; *text; text++) {
        const char *digit = memchr(base64_digits, *text, 64);
        if (!digit) return false;
        bits = bits << 6 | (uint32_t)(digit - base64_digits);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        if (*size == cap) return false;
        out[(*size)++] = (uint8_t)(bits >> held);
        bits &= (1u << held) - 1;
    }
    return held < 6 && bits == 0;
}

struct reader {
    const uint8_t *at, *end;
};

static bool varint_read(struct reader *in, uint64_t max, uint64_t *out) {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < 63; shift += 7) {
        if (in->at == in->end) return false;
        uint8_t byte = *in->at++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *out = value;
            return value <= max;
        }
    }
    return false;
}

static bool value_read(struct reader *in, uint64_t control, float *value) {
    if (control >= CONTROL_COUNT) return false;
    const aeo_control_info *info = &control_table[control];
    uint64_t steps, scale = info->kind == AEO_CONTROL_UNIT ? CONTROL_STEPS : 1;
    if (!varint_read(in, (uint64_t)info->max * scale, &steps)) return false;
    return control_quantise((enum control)control, (double)steps / (double)scale, value);
}

// What reading the log needs to hand from record to record.
struct log_reader {
    struct reader in;
    struct control_log *log;
    int64_t frame; // of the entry before
    address_scene_fn find;
    void *user;
    aeo_fault *fault;
};

static enum aeo_status scene_find(const struct log_reader *r, uint64_t hash,
                                  const struct scene **scene) {
    *scene = r->find(r->user, hash);
    if (*scene) return AEO_OK;
    return fault_set(r->fault, AEO_ERR_SCENE, "address",
                     "the address needs a scene with content %016" PRIx64
                     ", which is not loaded here",
                     hash);
}

static bool gap_read(struct log_reader *r) {
    uint64_t ticks;
    if (!varint_read(&r->in, (uint64_t)(AEO_POSITION_MAX / LOG_TICK_FRAMES), &ticks)) return false;
    r->frame += (int64_t)ticks * LOG_TICK_FRAMES;
    return r->frame <= AEO_POSITION_MAX;
}

static enum aeo_status scene_record_read(struct log_reader *r) {
    uint64_t hash = 0;
    if (!gap_read(r) || r->in.end - r->in.at < 8) return bad(r->fault, "a scene entry is cut off");
    for (uint32_t i = 0; i < 8; i++)
        hash |= (uint64_t)*r->in.at++ << 8 * i;
    const struct scene *scene;
    enum aeo_status status = scene_find(r, hash, &scene);
    return status ? status : control_log_add_scene(r->log, r->frame, scene);
}

static enum aeo_status record_read(struct log_reader *r) {
    uint64_t tag, a, b;
    float value;
    if (!varint_read(&r->in, UINT32_MAX, &tag)) return bad(r->fault, "the log is cut off");
    if (tag == TAG_PART) {
        if (!varint_read(&r->in, (uint64_t)AEO_POSITION_MAX, &a) ||
            !varint_read(&r->in, (uint64_t)AEO_POSITION_MAX, &b)) {
            return bad(r->fault, "the start of the log is out of range");
        }
        r->log->start.part_start = (int64_t)a;
        r->log->start.phrase_first = (int64_t)b;
        return AEO_OK;
    }
    if (tag == TAG_START_VALUE) {
        if (!varint_read(&r->in, CONTROL_COUNT - 1, &a) || !value_read(&r->in, a, &value)) {
            return bad(r->fault, "a start value of the log is out of range");
        }
        r->log->start.values[a] = value;
        return AEO_OK;
    }
    if (tag == TAG_SCENE) return scene_record_read(r);
    if (tag < TAG_CONTROL || tag >= TAG_CONTROL + CONTROL_COUNT) {
        return fault_set(r->fault, AEO_ERR_ADDRESS, "address",
                         "the address has an entry of a kind unknown here (%" PRIu64
                         "): it comes from a newer version of Aeolian",
                         tag);
    }
    if (!gap_read(r) || !value_read(&r->in, tag - TAG_CONTROL, &value)) {
        return bad(r->fault, "a control entry of the log is out of range");
    }
    return control_log_add(r->log, r->frame, (enum control)(tag - TAG_CONTROL), value);
}

enum aeo_status address_parse(struct address *address, const char *text, address_scene_fn find,
                              void *user, aeo_fault *fault) {
    struct head head;
    enum aeo_status status = head_read(&head, text, fault);
    if (status) return status;
    uint8_t bytes[AEO_ADDRESS_MAX * 3 / 4];
    size_t size = 0;
    if (head.log && (!base64_decode(head.log, bytes, sizeof bytes, &size) || size == 0)) {
        return bad(fault, "the log of the address is not base64url");
    }
    struct log_reader r = {{bytes, bytes + size}, &address->log, 0, find, user, fault};
    const struct scene *scene;
    status = scene_find(&r, head.scene_hash, &scene);
    if (status) return status;
    control_log_init(&address->log, scene);
    while (status == AEO_OK && r.in.at < r.in.end)
        status = record_read(&r);
    if (status == AEO_ERR_FULL) {
        return fault_set(fault, AEO_ERR_FULL, "address", "the log has more entries than fit (%u)",
                         LOG_ENTRIES_MAX);
    }
    address->sound_version = head.sound_version;
    address->seed = head.seed;
    address->position = head.position;
    return status;
}

// ----------------------------------------------------------------------------------- printing

struct writer {
    uint8_t bytes[LOG_BYTES_MAX];
    size_t size;
};

static void byte_write(struct writer *out, uint8_t byte) {
    // control_log_add keeps every log within this size.
    if (out->size < sizeof out->bytes) out->bytes[out->size++] = byte;
}

static void varint_write(struct writer *out, uint64_t value) {
    for (; value >= 128; value >>= 7)
        byte_write(out, (uint8_t)(value & 127) | 128);
    byte_write(out, (uint8_t)value);
}

static void value_write(struct writer *out, uint32_t control, float value) {
    double scale = control_table[control].kind == AEO_CONTROL_UNIT ? CONTROL_STEPS : 1.0;
    varint_write(out, (uint64_t)((double)value * scale + 0.5));
}

static void log_write(struct writer *out, const struct control_log *log) {
    const struct control_start *start = &log->start;
    if (start->part_start || start->phrase_first) {
        varint_write(out, TAG_PART);
        varint_write(out, (uint64_t)start->part_start);
        varint_write(out, (uint64_t)start->phrase_first);
    }
    for (uint32_t c = 0; c < CONTROL_COUNT; c++) {
        if (start->values[c] == start->scene->defaults[c]) continue;
        varint_write(out, TAG_START_VALUE);
        varint_write(out, c);
        value_write(out, c, start->values[c]);
    }
    int64_t before = 0;
    for (uint32_t i = 0; i < log->count; i++) {
        const struct control_entry *entry = &log->entries[i];
        bool scene = entry->kind == ENTRY_SCENE;
        varint_write(out, scene ? TAG_SCENE : (uint64_t)TAG_CONTROL + entry->control);
        varint_write(out, (uint64_t)((entry->frame - before) / LOG_TICK_FRAMES));
        for (uint32_t b = 0; scene && b < 8; b++)
            byte_write(out, (uint8_t)(entry->scene_hash >> 8 * b));
        if (!scene) value_write(out, entry->control, entry->value);
        before = entry->frame;
    }
}

// Needs (4 SIZE + 2) / 3 + 1 characters at OUT.
static void base64_encode(const uint8_t *bytes, size_t size, char *out) {
    uint32_t bits = 0, held = 0;
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        held += 8;
        for (; held >= 6; held -= 6)
            *out++ = base64_digits[bits >> (held - 6) & 63];
    }
    if (held) *out++ = base64_digits[bits << (6 - held) & 63];
    *out = 0;
}

static int head_print(char *out, size_t cap, uint32_t version, uint64_t scene_hash, uint64_t seed,
                      int64_t position) {
    return snprintf(out, cap, PREFIX "%" PRIu32 ".%016" PRIx64 ".%" PRIu64 ".%" PRId64, version,
                    scene_hash, seed, position);
}

enum aeo_status address_print_parts(uint32_t sound_version, uint64_t seed, int64_t position,
                                    const struct control_log *log, char *out, size_t cap) {
    struct writer writer;
    writer.size = 0;
    log_write(&writer, log);
    int head = head_print(out, cap, sound_version, log->start.scene->hash, seed, position);
    size_t used = (size_t)head, tail = writer.size ? 1 + (writer.size * 4 + 2) / 3 : 0;
    if (head < 0 || used + tail + 1 > cap) return AEO_ERR_ARGUMENT;
    if (!writer.size) return AEO_OK;
    out[used] = '.';
    base64_encode(writer.bytes, writer.size, out + used + 1);
    return AEO_OK;
}

enum aeo_status address_print(const struct address *address, char *out, size_t cap) {
    return address_print_parts(address->sound_version, address->seed, address->position,
                               &address->log, out, cap);
}

enum aeo_status aeo_address_at(const char *address, int64_t position, char *out, size_t cap) {
    struct head head;
    enum aeo_status status = head_read(&head, address, NULL);
    if (status) return status;
    uint8_t bytes[AEO_ADDRESS_MAX * 3 / 4];
    size_t size;
    if (head.log && !base64_decode(head.log, bytes, sizeof bytes, &size)) return AEO_ERR_ADDRESS;
    if (!out || position < 0 || position > AEO_POSITION_MAX) return AEO_ERR_ARGUMENT;
    int used = head_print(out, cap, head.sound_version, head.scene_hash, head.seed, position);
    size_t tail = head.log ? 1 + strlen(head.log) : 0;
    if (used < 0 || (size_t)used + tail + 1 > cap) return AEO_ERR_ARGUMENT;
    if (head.log) snprintf(out + used, cap - (size_t)used, ".%s", head.log);
    return AEO_OK;
}
