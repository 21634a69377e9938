// The wire form of an audio message; see packet_queue.h. The queue itself is slot_queue.c.
#include "server/packet_queue.h"

#include <assert.h>

static void put_little_endian(unsigned char *bytes, uint64_t value, int count) {
    for (int i = 0; i < count; i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
}

void wire_header_write(unsigned char *wire, unsigned flags, uint32_t packet_count,
                       uint32_t sequence, int64_t position) {
    assert(packet_count > 0 && packet_count <= PACKETS_PER_MESSAGE);
    wire[0] = 1; // kind: Opus packets
    wire[1] = (unsigned char)flags;
    put_little_endian(wire + 2, packet_count, 2);
    put_little_endian(wire + 4, sequence, 4);
    put_little_endian(wire + 8, (uint64_t)position, 8);
}
