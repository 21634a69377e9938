// One listener of a soak run in real time, without its socket: checks every packet's place, plays
// by a clock of its own and notes when it runs dry, and measures how long a change takes until it
// is heard. A player as docs/PROTOCOL.md describes it that holds no more than its server's lead:
// what arrives later than that is a gap that somebody hears. Network thread of the run.
#ifndef PROFILING_SOAK_CLIENT_H
#define PROFILING_SOAK_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/aeolian.h"      // aeo_setting
#include "profiling/histogram.h" // struct histogram

enum { CLIENT_CHANGES_MAX = 1024 };

// What goes wrong, counted for each fault under which it does.
struct tally {
    uint64_t gaps;     // places that do not follow each other, unflagged
    uint64_t skips;    // packets dropped, flagged as they must be
    uint64_t late;     // messages that the server itself calls late
    uint64_t dry;      // times that a player has run dry
    int64_t dry_ns, dry_ns_max;
    uint64_t refused;  // connections that were
    uint64_t broken;   // connections that ended unasked
    uint64_t bad;      // messages that are not what the protocol says
};

// What is measured over all listeners.
struct client_meters {
    struct histogram hand;    // music in hand when a message arrives, ns
    struct histogram heard;   // from asking for a change that acts at once until it is heard, ns
    struct histogram promise; // how far the receipt's heard_in_ms is from that, ns
    struct histogram first;   // from asking to listen until the first audio, ns
    uint64_t packets, bytes, changes, receipts, errors;
};

// Everything that one listener hears, as a hash over its Opus packets, and what it changed.
struct client_story {
    bool broken; // a packet is missing: nothing after it is in the hash
    uint64_t hash, packets;
    uint32_t change_count;
    struct {
        int64_t frame;
        aeo_setting setting;
    } changes[CLIENT_CHANGES_MAX];
};

struct client {
    bool playing, paused;
    int64_t asked_ns;
    bool hello;
    int64_t begin;           // hello's position
    int64_t next_position;   // of the next packet; below 0 before the first
    uint32_t next_sequence;
    int64_t due_ns;          // when the frame at next_position is played
    int64_t hand_ns;         // music in hand when the last message arrived
    int64_t paused_ns;
    uint64_t underruns;
    int64_t changed_ns;      // when the change without a receipt was asked for; 0: there is none
    bool change_at_once;     // it is heard at once, not at a musical boundary
    aeo_setting changing;
    uint32_t change_id;
    struct tally *tally;     // where to count just now
    struct client_meters *meters;
    struct client_story *story; // NULL: of this one none is kept
};

// Begins to listen, at NOW_NS; story and meters stay.
void client_begin(struct client *client, int64_t now_ns);

// A binary or a text message has arrived.
void client_audio(struct client *client, const unsigned char *wire, size_t size, int64_t now_ns);
void client_text(struct client *client, const char *text, size_t size, int64_t now_ns);

void client_pause(struct client *client, bool pause, int64_t now_ns);

// Writes the message that asks for SETTING; its length.
size_t client_change(struct client *client, aeo_setting setting, char *text, size_t cap,
                     int64_t now_ns);

// Writes what the player tells of itself; its length.
size_t client_stats(const struct client *client, char *text, size_t cap, int64_t now_ns);

#endif
