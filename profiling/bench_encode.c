// Opus encoding as the server does it: 20 ms frames, 96 kb/s VBR, music. Independent of the
// instruction set chosen here (libopus picks its own), so it stands in the first column alone and
// in those of the others too, for reading beside the rest.
#include "profiling/bench.h"
#include "profiling/bench_music.h" // bench_music_render

#include <opus.h>
#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 960, SECONDS = 10, PACKET_BYTES = 4000 };

struct encode_run {
    OpusEncoder *encoder;
    const float *music; // SECONDS of it
    unsigned char packet[PACKET_BYTES];
    long bytes;
};

static void run(void *context) {
    struct encode_run *encode = context;
    encode->bytes = 0;
    for (int at = 0; at + FRAMES <= SECONDS * 48000; at += FRAMES) {
        int size = opus_encode_float(encode->encoder, encode->music + 2 * (size_t)at, FRAMES,
                                     encode->packet, PACKET_BYTES);
        encode->bytes += size > 0 ? size : 0;
    }
}

void bench_encode(struct bench *bench) {
    static const int complexities[] = {0, 5, 10};
    float *music = bench_music_render(0, SECONDS);
    for (size_t c = 0; c < sizeof complexities / sizeof *complexities; c++) {
        int error = 0;
        struct encode_run encode = {.music = music};
        encode.encoder = opus_encoder_create(48000, 2, OPUS_APPLICATION_AUDIO, &error);
        if (!encode.encoder) {
            fprintf(stderr, "aeolian-bench: opus: %s\n", opus_strerror(error));
            exit(1);
        }
        opus_encoder_ctl(encode.encoder, OPUS_SET_BITRATE(96000));
        opus_encoder_ctl(encode.encoder, OPUS_SET_VBR(1));
        opus_encoder_ctl(encode.encoder, OPUS_SET_COMPLEXITY(complexities[c]));
        opus_encoder_ctl(encode.encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_MUSIC));
        opus_encoder_ctl(encode.encoder, OPUS_SET_MAX_BANDWIDTH(OPUS_BANDWIDTH_FULLBAND));
        double seconds = bench_best_s(2.0 * bench->budget_s, run, &encode);
        char name[72];
        snprintf(name, sizeof name, "complexity %d (came to %.0f kb/s)", complexities[c],
                 (double)encode.bytes * 8e-3 / SECONDS);
        struct bench_row *row = bench_add(bench, "Opus encoding, 96 kb/s, 20 ms", name, BENCH_MS);
        for (uint32_t i = 0; i < bench->isa_count; i++) {
            row->value[i] = seconds * 1e3 / SECONDS;
        }
        opus_encoder_destroy(encode.encoder);
    }
    free(music);
}
