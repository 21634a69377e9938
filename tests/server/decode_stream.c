// Decodes a stream as a player would: reads binary messages of aeolian.v1 from standard input, each
// behind its length (u32, little-endian), decodes them with libopus and writes interleaved float
// samples to standard output, from the first frame that is to be played on. That is the whole rule
// of docs/PROTOCOL.md: decode everything, drop pre-roll and the first pre_skip samples. A stream
// with a gap is refused. Usage: decode_stream PRE_SKIP < messages > samples
#include <opus/opus.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_MAX = 16384, FRAMES = 960, CHANNELS = 2, PREROLL = 8 };

struct player {
    OpusDecoder *decoder;
    long drop;        // decoded frames still to be dropped
    int64_t position; // of the next message
    bool begun;
};

static uint64_t read_u(const unsigned char *bytes, int count) {
    uint64_t value = 0;
    while (count-- > 0) {
        value = value << 8 | bytes[count];
    }
    return value;
}

static bool play_packet(struct player *player, const unsigned char *packet, opus_int32 bytes,
                        bool is_preroll) {
    float samples[CHANNELS * FRAMES];
    if (opus_decode_float(player->decoder, packet, bytes, samples, FRAMES, 0) != FRAMES) {
        return false;
    }
    if (is_preroll) return true;
    long skip = player->drop < FRAMES ? player->drop : FRAMES;
    player->drop -= skip;
    size_t count = (size_t)(FRAMES - skip);
    return fwrite(samples + CHANNELS * skip, CHANNELS * sizeof(float), count, stdout) == count;
}

static bool play_message(struct player *player, const unsigned char *message, size_t size) {
    if (size < 16 || message[0] != 1) return false;
    size_t count = (size_t)read_u(message + 2, 2), at = 16 + 2 * count;
    int64_t position = (int64_t)read_u(message + 8, 8);
    if (player->begun && position != player->position) return false;
    for (size_t i = 0; i < count; i++) {
        size_t bytes = (size_t)read_u(message + 16 + 2 * i, 2);
        if (at + bytes > size) return false;
        bool is_preroll = message[1] & PREROLL;
        if (!play_packet(player, message + at, (opus_int32)bytes, is_preroll)) return false;
        at += bytes;
    }
    player->position = position + (int64_t)count * FRAMES;
    player->begun = true;
    return at == size;
}

int main(int argc, char **argv) {
    unsigned char message[MESSAGE_MAX], head[4];
    int error = 0;
    struct player player = {.drop = argc > 1 ? strtol(argv[1], NULL, 10) : -1};
    player.decoder = opus_decoder_create(48000, CHANNELS, &error);
    bool good = player.decoder && player.drop >= 0;
    while (good && fread(head, sizeof head, 1, stdin) == 1) {
        size_t size = (size_t)read_u(head, 4);
        good = size <= sizeof message && fread(message, 1, size, stdin) == size &&
               play_message(&player, message, size);
    }
    opus_decoder_destroy(player.decoder);
    if (!good) fprintf(stderr, "decode_stream: not a gapless stream\n");
    return good ? 0 : 1;
}
