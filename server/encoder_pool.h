// One Opus encoder for each listener, all in memory allocated at start: opus_encoder_init places
// the state in a slot of the pool, so neither a new listener nor encoding calls malloc. Settings:
// AUDIO, music, full band, VBR, 20 ms frames (96 kb/s by default, docs/PROTOCOL.md).
//
// The encoder delays its input by ENCODER_PRE_SKIP frames: a decoder's j-th sample of the packet
// made from the frames at position p is the music at p + j - ENCODER_PRE_SKIP. A packet's
// position is always that of its INPUT, so positions of packets never show the delay.
//
// encoder_reset runs on the network thread while the session is not rendered; encoder_feed on the
// engine's worker threads, at most one at a time for an encoder.
#ifndef SERVER_ENCODER_POOL_H
#define SERVER_ENCODER_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "server/packet_queue.h" // packet_slot, PACKET_FRAMES

enum {
    ENCODER_PRE_SKIP = 312, // OPUS_GET_LOOKAHEAD at 48 kHz with OPUS_APPLICATION_AUDIO
    ENCODER_PREROLL_FRAMES = 5 * PACKET_FRAMES, // RFC 7845 asks for 80 ms; this is one message
    BITRATE_MIN = 48000,
    BITRATE_MAX = 192000,
    BITRATE_DEFAULT = 96000,
    OPUS_COMPLEXITY_MAX = 10,
    OPUS_COMPLEXITY_DEFAULT = 5,
};

struct OpusEncoder;

struct encoder {
    struct OpusEncoder *opus;       // in the pool's memory
    int64_t next_position;          // position of the first frame of `pending`
    int64_t play_from;              // messages before this position carry WIRE_PREROLL
    uint32_t sequence;              // of the next packet; counts those that were dropped
    uint32_t pending_frames;        // frames waiting for a whole packet, < PACKET_FRAMES
    bool restarted;                 // the next message is the first of a fresh state
    bool dropped;                   // the next message has lost packets before it
    bool late;                      // the next message is late; set by whoever feeds
    _Atomic uint32_t dropped_total; // packets skipped so far; any thread may read it
    float pending[2 * PACKET_FRAMES];
};

struct encoder_pool {
    struct encoder *encoders;
    unsigned char *states; // count states of state_bytes each
    size_t state_bytes;
    uint32_t count;
};

// Allocates COUNT encoders, each usable after encoder_reset. False: out of memory, or the library's
// delay is not ENCODER_PRE_SKIP (the pool may then still be closed).
bool encoder_pool_open(struct encoder_pool *pool, uint32_t count, int complexity);

// Frees what encoder_pool_open allocated; fine for a zeroed or half-opened pool.
void encoder_pool_close(struct encoder_pool *pool);

// Makes an encoder ready for a new listener: fresh state, sequence 0, the first frame fed will be
// at POSITION, and messages before PLAY_FROM are pre-roll (play_from - position is a multiple of
// PACKET_FRAMES). BITRATE in bit/s, BITRATE_MIN to BITRATE_MAX.
void encoder_reset(struct encoder *encoder, uint32_t bitrate, int64_t position, int64_t play_from);

// Encodes FRAMES interleaved stereo frames that follow what was fed before and puts every whole
// packet into QUEUE (of packet_slot), up to five in a message. Frames of an unfinished packet wait
// for the next call. Where the queue is full, packets are skipped unencoded and counted.
void encoder_feed(struct encoder *encoder, struct slot_queue *queue, const float *interleaved,
                  uint32_t frames);

#endif
