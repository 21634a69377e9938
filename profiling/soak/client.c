// See client.h.
#include "profiling/soak/client.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "server/packet_queue.h" // WIRE_*, PACKET_*

#define NS_PER_FRAME_NUMERATOR 62500 // 1e9 / 48000 = 62500 / 3
#define NS_PER_FRAME_DENOMINATOR 3
// A player that holds more than the lead is behind its server's clock, and catches up at once.
#define LEAD_NS INT64_C(400000000)
#define HASH_START UINT64_C(14695981039346656037)
#define HASH_PRIME UINT64_C(1099511628211)

static int64_t frames_ns(int64_t frames) {
    return frames * NS_PER_FRAME_NUMERATOR / NS_PER_FRAME_DENOMINATOR;
}

static uint64_t little(const unsigned char *bytes, int count) {
    uint64_t value = 0;
    for (int i = count - 1; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

void client_begin(struct client *client, int64_t now_ns) {
    struct client_meters *meters = client->meters;
    struct client_story *story = client->story;
    struct tally *tally = client->tally;
    *client = (struct client){.asked_ns = now_ns, .next_position = -1, .meters = meters,
                              .story = story, .tally = tally};
    if (story) *story = (struct client_story){.hash = HASH_START};
}

// -------------------------------------------------------------------------------------- audio

struct audio {
    unsigned flags;
    uint32_t count, sequence;
    int64_t position;
    const unsigned char *lengths, *packets;
};

static bool audio_read(const unsigned char *wire, size_t size, struct audio *audio) {
    if (size < WIRE_HEADER_BYTES || wire[0] != 1) return false;
    audio->flags = wire[1];
    audio->count = (uint32_t)little(wire + 2, 2);
    audio->sequence = (uint32_t)little(wire + 4, 4);
    audio->position = (int64_t)little(wire + 8, 8);
    audio->lengths = wire + WIRE_HEADER_BYTES;
    audio->packets = audio->lengths + 2 * (size_t)audio->count;
    size_t sum = WIRE_HEADER_BYTES + 2 * (size_t)audio->count;
    if (audio->count < 1 || audio->count > PACKETS_PER_MESSAGE || sum > size) return false;
    for (uint32_t i = 0; i < audio->count; i++) {
        size_t length = little(audio->lengths + 2 * i, 2);
        if (length < 1 || length > PACKET_BYTES_MAX) return false;
        sum += length;
    }
    return sum == size;
}

static void story_add(struct client_story *story, const struct audio *audio) {
    const unsigned char *packet = audio->packets;
    for (uint32_t i = 0; i < audio->count && !story->broken; i++) {
        size_t length = little(audio->lengths + 2 * i, 2);
        for (size_t at = 0; at < length; at++)
            story->hash = (story->hash ^ packet[at]) * HASH_PRIME;
        packet += length;
        story->packets++;
    }
}

// Does the message stand where it must? What was dropped is dropped in whole packets, and flagged.
static void place_check(struct client *client, const struct audio *audio) {
    bool preroll = audio->flags & WIRE_PREROLL;
    if (client->next_position < 0) {
        client->next_position = preroll ? audio->position : client->begin;
        client->next_sequence = 0;
    }
    int64_t missing = audio->position - client->next_position;
    uint32_t skipped = audio->sequence - client->next_sequence;
    if (missing == 0 && skipped == 0) return;
    if (client->story) client->story->broken = true;
    bool whole = missing == (int64_t)skipped * PACKET_FRAMES && missing > 0;
    if (whole && audio->flags & WIRE_DROPPED) {
        client->tally->skips += skipped;
        client->due_ns += frames_ns(missing); // the player conceals them
    } else {
        client->tally->gaps++;
    }
    client->next_position = audio->position;
    client->next_sequence = audio->sequence;
}

static void play(struct client *client, const struct audio *audio, int64_t now_ns) {
    if (!client->playing) {
        client->playing = true;
        client->due_ns = now_ns;
        if (audio->position != client->begin) client->tally->bad++;
        histogram_record(&client->meters->first, (uint64_t)(now_ns - client->asked_ns));
    }
    int64_t clock_ns = client->paused ? client->paused_ns : now_ns;
    int64_t hand_ns = client->due_ns - clock_ns;
    if (hand_ns < 0) {
        client->tally->dry++;
        client->tally->dry_ns -= hand_ns;
        if (-hand_ns > client->tally->dry_ns_max) client->tally->dry_ns_max = -hand_ns;
        client->underruns++;
        client->due_ns = clock_ns;
        hand_ns = 0;
    }
    // What is sent at once at the beginning finds an empty hand, as it must.
    bool steady = audio->position >= client->begin + AEO_LEAD_FRAMES;
    client->hand_ns = steady ? hand_ns : LEAD_NS;
    if (steady) histogram_record(&client->meters->hand, (uint64_t)hand_ns);
    client->due_ns += frames_ns((int64_t)audio->count * PACKET_FRAMES);
    if (client->due_ns > clock_ns + LEAD_NS) client->due_ns = clock_ns + LEAD_NS;
}

void client_audio(struct client *client, const unsigned char *wire, size_t size, int64_t now_ns) {
    struct audio audio;
    if (!audio_read(wire, size, &audio) || !client->hello) {
        client->tally->bad++;
        return;
    }
    place_check(client, &audio);
    if (client->story) story_add(client->story, &audio);
    if (audio.flags & WIRE_LATE) client->tally->late++;
    if (!(audio.flags & WIRE_PREROLL)) play(client, &audio, now_ns);
    client->next_position += (int64_t)audio.count * PACKET_FRAMES;
    client->next_sequence += audio.count;
    client->meters->packets += audio.count;
    client->meters->bytes += size;
}

// --------------------------------------------------------------------------------------- text

static void receipt_take(struct client *client, const json_t *receipt, int64_t now_ns) {
    int64_t heard_at = json_integer_value(json_object_get(receipt, "heard_at"));
    int64_t promised_ns = json_integer_value(json_object_get(receipt, "heard_in_ms")) * 1000000;
    uint32_t id = (uint32_t)json_integer_value(json_object_get(receipt, "id"));
    int64_t asked_ns = client->changed_ns;
    client->meters->receipts++;
    if (asked_ns == 0 || id != client->change_id) return;
    client->changed_ns = 0;
    struct client_story *story = client->story;
    if (story && story->change_count < CLIENT_CHANGES_MAX) {
        story->changes[story->change_count].frame = heard_at;
        story->changes[story->change_count++].setting = client->changing;
    }
    if (!client->change_at_once || !client->playing || client->paused) return;
    int64_t heard_ns = client->due_ns + frames_ns(heard_at - client->next_position);
    int64_t error_ns = heard_ns - now_ns - promised_ns;
    histogram_record(&client->meters->heard,
                     heard_ns > asked_ns ? (uint64_t)(heard_ns - asked_ns) : 0);
    histogram_record(&client->meters->promise, (uint64_t)(error_ns < 0 ? -error_ns : error_ns));
}

void client_text(struct client *client, const char *text, size_t size, int64_t now_ns) {
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    const char *type = json_string_value(json_object_get(json, "type"));
    if (!type) {
        client->tally->bad++;
    } else if (!strcmp(type, "hello")) {
        client->hello = true;
        client->begin = json_integer_value(json_object_get(json, "position"));
    } else if (!strcmp(type, "receipt")) {
        receipt_take(client, json, now_ns);
    } else if (!strcmp(type, "error")) { // a log that is full for its horizon refuses: no fault
        client->meters->errors++;
        client->changed_ns = 0;
    }
    json_decref(json);
}

void client_pause(struct client *client, bool pause, int64_t now_ns) {
    if (pause == client->paused) return;
    client->paused = pause;
    if (pause) client->paused_ns = now_ns;
    else client->due_ns += now_ns - client->paused_ns;
}

size_t client_change(struct client *client, aeo_setting setting, char *text, size_t cap,
                     int64_t now_ns) {
    const aeo_control_info *control = aeo_control_at(setting.control);
    client->changed_ns = now_ns;
    client->change_at_once = control->boundary == AEO_BOUNDARY_NOW;
    client->changing = setting;
    client->meters->changes++;
    int size = snprintf(text, cap, "{\"type\":\"set\",\"id\":%u,\"controls\":{\"%s\":%.3f}}",
                        ++client->change_id, control->name, setting.value);
    return size > 0 && (size_t)size < cap ? (size_t)size : 0;
}

size_t client_stats(const struct client *client, char *text, size_t cap, int64_t now_ns) {
    int64_t hand_ns = client->due_ns - (client->paused ? client->paused_ns : now_ns);
    if (hand_ns < 0 || !client->playing) hand_ns = 0;
    int size = snprintf(text, cap,
                        "{\"type\":\"stats\",\"buffer_ms\":%" PRId64 ",\"underruns\":%" PRIu64 "}",
                        hand_ns / 1000000, client->underruns);
    return size > 0 && (size_t)size < cap ? (size_t)size : 0;
}
