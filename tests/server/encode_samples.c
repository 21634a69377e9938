// Encodes interleaved float samples from standard input with the server's own encoder, from
// position 0 on, and writes the binary messages of aeolian.v1 to standard output, each behind its
// length (u32, little-endian). So a test can ask for a stream that equals an offline render to the
// byte. Usage: encode_samples BITRATE < samples > messages
#include <stdio.h>
#include <stdlib.h>

#include "server/encoder_pool.h"

enum { SPAN = PACKETS_PER_MESSAGE * PACKET_FRAMES };

static bool write_message(const struct packet_slot *slot) {
    unsigned char head[4];
    for (int i = 0; i < 4; i++) {
        head[i] = (unsigned char)(slot->wire_bytes >> (8 * i));
    }
    return fwrite(head, sizeof head, 1, stdout) == 1 &&
           fwrite(slot->wire, slot->wire_bytes, 1, stdout) == 1;
}

int main(int argc, char **argv) {
    static struct packet_slot slots[PACKET_QUEUE_SLOTS];
    static float samples[2 * SPAN];
    struct encoder_pool pool;
    struct slot_queue queue;
    long bitrate = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    bool good = bitrate >= BITRATE_MIN && bitrate <= BITRATE_MAX &&
                encoder_pool_open(&pool, 1, OPUS_COMPLEXITY_DEFAULT);
    if (!good) return 1;
    slot_queue_init(&queue, slots, PACKET_QUEUE_SLOTS, sizeof *slots);
    encoder_reset(pool.encoders, (uint32_t)bitrate, 0, 0);
    while (good && fread(samples, sizeof samples, 1, stdin) == 1) {
        encoder_feed(pool.encoders, &queue, samples, SPAN);
        good = write_message(slot_queue_front(&queue));
        slot_queue_release(&queue);
    }
    encoder_pool_close(&pool);
    return good ? 0 : 1;
}
