// One listener's encoded audio on its way to the network thread: a slot_queue of messages in their
// wire form (docs/PROTOCOL.md), which are sent from where they lie. The producer is the worker
// thread that rendered the span (the engine runs at most one at a time for a session), the consumer
// is the network thread.
#ifndef SERVER_PACKET_QUEUE_H
#define SERVER_PACKET_QUEUE_H

#include "server/slot_queue.h" // slot_queue

enum {
    PACKET_FRAMES = 960,     // 20 ms at 48 kHz, one Opus frame
    PACKETS_PER_MESSAGE = 5, // 100 ms, one tick
    PACKET_BYTES_MAX = 1275, // the largest Opus frame there is (RFC 6716, 3.2.1)
    WIRE_HEADER_BYTES = 16,  // kind, flags, count, sequence, position
    WIRE_BYTES_MAX = WIRE_HEADER_BYTES + PACKETS_PER_MESSAGE * (2 + PACKET_BYTES_MAX),
    WIRE_HEADROOM_BYTES = 32, // the network library writes its own header in front of the payload
    PACKET_QUEUE_SLOTS = 16,  // 1.6 s, and 103 kB, for each listener
};

// Bits of the flags byte.
enum wire_flag {
    WIRE_DROPPED = 1,   // packets were dropped before this message
    WIRE_RESTARTED = 2, // the encoder begins anew with this message
    WIRE_REPLACES = 4,  // replaces what was sent from this position on
    WIRE_PREROLL = 8,   // decode, but do not play
    WIRE_LATE = 16,     // ready after its listener needed it
};

// One message: `wire_bytes` of `wire` go over the network.
struct packet_slot {
    int64_t position;  // of the first frame that went into the message
    int64_t queued_ns; // monotonic time at which it was
    uint32_t frames;  // how many frames went into it
    uint32_t wire_bytes;
    unsigned char headroom[WIRE_HEADROOM_BYTES];
    unsigned char wire[WIRE_BYTES_MAX];
};

// Writes the WIRE_HEADER_BYTES in front of the packet lengths, little-endian. SEQUENCE and POSITION
// are those of the first of PACKET_COUNT packets.
void wire_header_write(unsigned char *wire, unsigned flags, uint32_t packet_count,
                       uint32_t sequence, int64_t position);

#endif
