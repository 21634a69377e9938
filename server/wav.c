// WAV and RF64 headers; see wav.h.
#include "server/wav.h"

#include <assert.h>
#include <string.h>

struct cursor {
    unsigned char *at;
};

static void put(struct cursor *cursor, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        *cursor->at++ = (unsigned char)(value >> (8 * i));
    }
}

static void put_tag(struct cursor *cursor, const char tag[4]) {
    memcpy(cursor->at, tag, 4);
    cursor->at += 4;
}

uint32_t wav_frame_bytes(enum wav_encoding encoding) {
    switch (encoding) {
    case WAV_FLOAT:
        return 8;
    case WAV_24:
        return 6;
    case WAV_16:
        break;
    }
    return 4;
}

// The chunk that says how samples are stored, and for float the "fact" chunk that must follow.
static void put_format(struct cursor *cursor, enum wav_encoding encoding, uint64_t frames) {
    uint32_t frame_bytes = wav_frame_bytes(encoding);
    put_tag(cursor, "fmt ");
    put(cursor, encoding == WAV_FLOAT ? 18 : 16, 4);
    put(cursor, encoding == WAV_FLOAT ? 3 : 1, 2); // IEEE float or PCM
    put(cursor, 2, 2);
    put(cursor, WAV_SAMPLE_RATE, 4);
    put(cursor, (uint64_t)WAV_SAMPLE_RATE * frame_bytes, 4);
    put(cursor, frame_bytes, 2);
    put(cursor, frame_bytes * 4, 2); // bits of one sample: 8 bits x bytes / 2 channels
    if (encoding == WAV_FLOAT) {
        put(cursor, 0, 2); // no extension
        put_tag(cursor, "fact");
        put(cursor, 4, 4);
        put(cursor, frames > UINT32_MAX ? UINT32_MAX : frames, 4);
    }
}

size_t wav_header(unsigned char out[WAV_HEADER_MAX], enum wav_encoding encoding, uint64_t frames) {
    uint64_t data_bytes = frames * wav_frame_bytes(encoding);
    uint64_t before = encoding == WAV_FLOAT ? 58 : 44; // of a plain header
    // The size in a plain header counts everything after its first 8 bytes.
    int large = data_bytes + before - 8 > UINT32_MAX;
    struct cursor cursor = {out};
    put_tag(&cursor, large ? "RF64" : "RIFF");
    put(&cursor, large ? UINT32_MAX : data_bytes + before - 8, 4);
    put_tag(&cursor, "WAVE");
    if (large) { // 64-bit sizes stand in a chunk of their own, the 32-bit ones say "look there"
        put_tag(&cursor, "ds64");
        put(&cursor, 28, 4);
        put(&cursor, data_bytes + before + 36 - 8, 8);
        put(&cursor, data_bytes, 8);
        put(&cursor, frames, 8);
        put(&cursor, 0, 4);
    }
    put_format(&cursor, encoding, frames);
    put_tag(&cursor, "data");
    put(&cursor, large ? UINT32_MAX : data_bytes, 4);
    size_t length = (size_t)(cursor.at - out);
    assert(length == before + (large ? 36 : 0) && length <= WAV_HEADER_MAX);
    return length;
}
