// Opus encoding into the listener's queue; see encoder_pool.h. A skipped message is not even
// encoded: a listener that does not read costs rendering only, and the encoder then starts anew,
// whose first packet decodes well whatever was lost before it.
#include "server/encoder_pool.h"

#include <assert.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

#include "profiling/meters.h" // meter_record
#include "profiling/range.h"  // range_begin

enum { CHANNELS = 2, SAMPLE_RATE = 48000, STATE_ALIGNMENT = 64 };

// Everything but the bitrate, which a reset sets, stays as it is set here: OPUS_RESET_STATE keeps
// the settings.
static bool configure(OpusEncoder *opus, int complexity) {
    opus_int32 lookahead = 0;
    bool good = opus_encoder_init(opus, SAMPLE_RATE, CHANNELS, OPUS_APPLICATION_AUDIO) == OPUS_OK &&
                opus_encoder_ctl(opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_MUSIC)) == OPUS_OK &&
                opus_encoder_ctl(opus, OPUS_SET_BANDWIDTH(OPUS_BANDWIDTH_FULLBAND)) == OPUS_OK &&
                opus_encoder_ctl(opus, OPUS_SET_VBR(1)) == OPUS_OK &&
                opus_encoder_ctl(opus, OPUS_SET_COMPLEXITY(complexity)) == OPUS_OK &&
                opus_encoder_ctl(opus, OPUS_SET_BITRATE(BITRATE_DEFAULT)) == OPUS_OK &&
                opus_encoder_ctl(opus, OPUS_GET_LOOKAHEAD(&lookahead)) == OPUS_OK;
    return good && lookahead == ENCODER_PRE_SKIP;
}

bool encoder_pool_open(struct encoder_pool *pool, uint32_t count, int complexity) {
    assert(count > 0);
    memset(pool, 0, sizeof *pool);
    size_t size = (size_t)opus_encoder_get_size(CHANNELS);
    pool->state_bytes = (size + STATE_ALIGNMENT - 1) / STATE_ALIGNMENT * STATE_ALIGNMENT;
    pool->count = count;
    pool->encoders = calloc(count, sizeof *pool->encoders);
    pool->states = aligned_alloc(STATE_ALIGNMENT, count * pool->state_bytes);
    if (!pool->encoders || !pool->states) return false;
    for (uint32_t i = 0; i < count; i++) {
        pool->encoders[i].opus = (OpusEncoder *)(void *)(pool->states + i * pool->state_bytes);
        if (!configure(pool->encoders[i].opus, complexity)) return false;
    }
    return true;
}

void encoder_pool_close(struct encoder_pool *pool) {
    free(pool->encoders);
    free(pool->states);
    memset(pool, 0, sizeof *pool);
}

void encoder_reset(struct encoder *encoder, uint32_t bitrate, int64_t position, int64_t play_from) {
    assert(bitrate >= BITRATE_MIN && bitrate <= BITRATE_MAX);
    assert(play_from >= position && (play_from - position) % PACKET_FRAMES == 0);
    opus_encoder_ctl(encoder->opus, OPUS_RESET_STATE);
    opus_encoder_ctl(encoder->opus, OPUS_SET_BITRATE((opus_int32)bitrate));
    encoder->next_position = position;
    encoder->play_from = play_from;
    encoder->sequence = 0;
    encoder->pending_frames = 0;
    encoder->restarted = true;
    encoder->dropped = false;
    encoder->late = false;
    atomic_store(&encoder->dropped_total, 0);
}

// Frames not yet encoded: the rest of the packet begun before, then the caller's.
struct input {
    const float *interleaved;
    uint32_t frames;
};

// The next whole packet's frames, straight from the caller's memory where nothing is pending.
static const float *next_block(struct encoder *encoder, struct input *input) {
    const float *block = input->interleaved;
    uint32_t taken = PACKET_FRAMES - encoder->pending_frames;
    assert(input->frames >= taken);
    if (encoder->pending_frames > 0) {
        memcpy(encoder->pending + CHANNELS * encoder->pending_frames, input->interleaved,
               taken * CHANNELS * sizeof(float));
        block = encoder->pending;
        encoder->pending_frames = 0;
    }
    input->interleaved += CHANNELS * taken;
    input->frames -= taken;
    return block;
}

// Encodes COUNT packets into SLOT behind their lengths.
static void fill_slot(struct encoder *encoder, struct packet_slot *slot, struct input *input,
                      uint32_t count) {
    unsigned flags = encoder->dropped ? WIRE_DROPPED : 0;
    if (encoder->restarted) flags |= WIRE_RESTARTED;
    if (encoder->next_position < encoder->play_from) flags |= WIRE_PREROLL;
    if (encoder->late) flags |= WIRE_LATE;
    wire_header_write(slot->wire, flags, count, encoder->sequence, encoder->next_position);
    unsigned char *lengths = slot->wire + WIRE_HEADER_BYTES;
    unsigned char *payload = lengths + 2 * count;
    for (uint32_t i = 0; i < count; i++) {
        const float *block = next_block(encoder, input);
        range_begin(RANGE_ENCODE);
        opus_int32 bytes =
            opus_encode_float(encoder->opus, block, PACKET_FRAMES, payload, PACKET_BYTES_MAX);
        range_end();
        assert(bytes > 0 && bytes <= PACKET_BYTES_MAX); // only wrong arguments can make it fail
        lengths[2 * i] = (unsigned char)(bytes & 255);
        lengths[2 * i + 1] = (unsigned char)(bytes >> 8);
        payload += bytes;
    }
    slot->position = encoder->next_position;
    slot->frames = count * PACKET_FRAMES;
    slot->wire_bytes = (uint32_t)(payload - slot->wire);
    encoder->dropped = false;
    encoder->restarted = false;
    encoder->late = false;
}

static void skip_message(struct encoder *encoder, struct input *input, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        next_block(encoder, input);
    }
    if (!encoder->dropped) opus_encoder_ctl(encoder->opus, OPUS_RESET_STATE);
    encoder->dropped = true;
    encoder->restarted = true;
    atomic_fetch_add_explicit(&encoder->dropped_total, count, memory_order_relaxed);
}

// A message never crosses play_from, so that its pre-roll flag holds for all of its packets.
static uint32_t message_packets(const struct encoder *encoder, uint32_t packets) {
    if (packets > PACKETS_PER_MESSAGE) packets = PACKETS_PER_MESSAGE;
    int64_t preroll = (encoder->play_from - encoder->next_position) / PACKET_FRAMES;
    if (preroll > 0 && preroll < packets) packets = (uint32_t)preroll;
    return packets;
}

void encoder_feed(struct encoder *encoder, struct slot_queue *queue, const float *interleaved,
                  uint32_t frames) {
    struct input input = {interleaved, frames};
    while (encoder->pending_frames + input.frames >= PACKET_FRAMES) {
        uint32_t packets = (encoder->pending_frames + input.frames) / PACKET_FRAMES;
        packets = message_packets(encoder, packets);
        struct packet_slot *slot = slot_queue_reserve(queue);
        if (slot) {
            fill_slot(encoder, slot, &input, packets);
            slot->queued_ns = meter_now_ns();
            slot_queue_commit(queue);
            meter_record(METER_QUEUE, slot_queue_depth(queue));
        } else {
            skip_message(encoder, &input, packets);
        }
        encoder->sequence += packets;
        encoder->next_position += (int64_t)packets * PACKET_FRAMES;
    }
    memcpy(encoder->pending + CHANNELS * encoder->pending_frames, input.interleaved,
           input.frames * CHANNELS * sizeof(float));
    encoder->pending_frames += input.frames;
}
