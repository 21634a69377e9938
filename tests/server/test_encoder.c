// Encoding into the queue: whatever the sizes of the spans, the packets and their positions are the
// same, decode to the music at exactly the documented delay, and what is skipped is counted and
// flagged. The input is a chord with a slow tremolo, so that only the true alignment fits.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <opus/opus.h>
#include <stdlib.h>
#include <string.h>

#include "server/encoder_pool.h"

enum { FRAMES = 96000, MESSAGES_MAX = FRAMES / PACKET_FRAMES + 1 };

static float music[2 * FRAMES], decoded[2 * FRAMES];
static struct packet_slot slots[PACKET_QUEUE_SLOTS], kept[MESSAGES_MAX];
static struct slot_queue queue;
static struct encoder_pool pool;
static uint32_t kept_count;

static int set_up(void **state) {
    (void)state;
    for (int i = 0; i < FRAMES; i++) {
        double t = i / 48000.0, tremolo = 0.6 + 0.4 * sin(6.283185307179586 * 3.1 * t);
        double chord = sin(6.283185307179586 * 196.0 * t) + sin(6.283185307179586 * 293.7 * t) +
                       0.5 * sin(6.283185307179586 * 1244.5 * t);
        music[2 * i] = (float)(0.1 * tremolo * chord);
        music[2 * i + 1] = (float)(0.1 * chord);
    }
    return encoder_pool_open(&pool, 2, 5) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    encoder_pool_close(&pool);
    return 0;
}

static uint32_t read_u(const unsigned char *bytes, int count) {
    uint32_t value = 0;
    for (int i = count; i-- > 0;) {
        value = value << 8 | bytes[i];
    }
    return value;
}

// Feeds all of the music in spans of SPAN frames from POSITION on, taking messages out each time.
static void encode(uint32_t span, int64_t position, int64_t play_from) {
    struct encoder *encoder = &pool.encoders[1];
    kept_count = 0;
    slot_queue_init(&queue, slots, PACKET_QUEUE_SLOTS, sizeof *slots);
    encoder_reset(encoder, BITRATE_DEFAULT, position, play_from);
    for (uint32_t done = 0; done < FRAMES; done += span) {
        uint32_t frames = FRAMES - done < span ? FRAMES - done : span;
        encoder_feed(encoder, &queue, music + 2 * done, frames);
        const struct packet_slot *slot;
        while ((slot = slot_queue_front(&queue))) {
            kept[kept_count++] = *slot;
            slot_queue_release(&queue);
        }
    }
}

// Decodes what was kept as a player would; returns the number of frames.
static uint32_t decode(void) {
    int error = 0;
    uint32_t frames = 0;
    OpusDecoder *decoder = opus_decoder_create(48000, 2, &error);
    assert_int_equal(error, OPUS_OK);
    for (uint32_t m = 0; m < kept_count; m++) {
        uint32_t count = read_u(kept[m].wire + 2, 2), at = WIRE_HEADER_BYTES + 2 * count;
        for (uint32_t p = 0; p < count; p++) {
            uint32_t bytes = read_u(kept[m].wire + WIRE_HEADER_BYTES + 2 * p, 2);
            int got = opus_decode_float(decoder, kept[m].wire + at, (opus_int32)bytes,
                                        decoded + 2 * frames, PACKET_FRAMES, 0);
            assert_int_equal(got, PACKET_FRAMES);
            frames += PACKET_FRAMES;
            at += bytes;
        }
        assert_int_equal(at, kept[m].wire_bytes);
    }
    opus_decoder_destroy(decoder);
    return frames;
}

// Signal to noise in dB when decoded sample j is taken for input sample j - delay.
static double snr_at_delay(uint32_t frames, int delay) {
    double signal = 0.0, noise = 0.0;
    for (uint32_t i = 9600; i + 9600 < frames; i++) { // the ends apart
        for (int channel = 0; channel < 2; channel++) {
            double in = (double)music[2 * ((int)i - delay) + channel];
            double difference = (double)decoded[2 * i + (uint32_t)channel] - in;
            signal += in * in;
            noise += difference * difference;
        }
    }
    return 10.0 * log10(signal / noise);
}

static void test_decodes_at_the_documented_delay(void **state) {
    (void)state;
    encode(4800, 0, 0);
    uint32_t frames = decode();
    assert_int_equal(frames, FRAMES);
    double best = -100.0;
    int best_delay = 0;
    for (int delay = 0; delay < 1000; delay++) {
        double snr = snr_at_delay(frames, delay);
        if (snr > best) {
            best = snr;
            best_delay = delay;
        }
    }
    print_message("SNR %.1f dB at a delay of %d frames\n", best, best_delay);
    assert_int_equal(best_delay, ENCODER_PRE_SKIP);
    assert_true(best > 20.0);
    assert_true(snr_at_delay(frames, ENCODER_PRE_SKIP + 1) < best - 1.0); // the detector detects
}

static void test_span_sizes_do_not_matter(void **state) {
    (void)state;
    encode(4800, 0, 0);
    uint32_t whole_frames = decode();
    float *first = malloc(sizeof decoded);
    assert_non_null(first);
    memcpy(first, decoded, sizeof decoded);
    const uint32_t spans[] = {19200, 960, 1000, 17777, 4799, 64};
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
        encode(spans[i], 0, 0);
        int64_t position = 0;
        uint32_t sequence = 0;
        for (uint32_t m = 0; m < kept_count; m++) {
            assert_int_equal(kept[m].position, position);
            assert_int_equal(read_u(kept[m].wire + 8, 4), position);
            assert_int_equal(read_u(kept[m].wire + 4, 4), sequence);
            assert_int_equal(kept[m].wire[1], m == 0 ? WIRE_RESTARTED : 0);
            position += kept[m].frames;
            sequence += read_u(kept[m].wire + 2, 2);
        }
        // At most one unfinished packet is held back.
        assert_true(position > FRAMES - PACKET_FRAMES);
        uint32_t frames = decode();
        assert_true(frames <= whole_frames);
        assert_memory_equal(decoded, first, frames * 2 * sizeof(float));
    }
    free(first);
}

static void test_preroll_ends_where_playing_begins(void **state) {
    (void)state;
    const int64_t play_from = 1234567, position = play_from - ENCODER_PREROLL_FRAMES;
    encode(19200, position, play_from);
    assert_int_equal(kept[0].wire[1], WIRE_RESTARTED | WIRE_PREROLL);
    assert_int_equal(kept[0].position, position);
    for (uint32_t m = 1; m < kept_count; m++) {
        assert_int_equal(kept[m].wire[1], 0);
    }
    assert_int_equal(kept[1].position, play_from);
    // A shorter one, which ends within a span: no message crosses the place.
    encode(19200, play_from - 2 * PACKET_FRAMES, play_from);
    assert_int_equal(read_u(kept[0].wire + 2, 2), 2);
    assert_int_equal(kept[1].position, play_from);
}

static void test_a_full_queue_drops_and_says_so(void **state) {
    (void)state;
    struct encoder *encoder = &pool.encoders[0];
    slot_queue_init(&queue, slots, PACKET_QUEUE_SLOTS, sizeof *slots);
    encoder_reset(encoder, BITRATE_DEFAULT, 0, 0);
    for (int tick = 0; tick < PACKET_QUEUE_SLOTS + 3; tick++) {
        encoder_feed(encoder, &queue, music, 4800);
    }
    assert_int_equal(atomic_load(&encoder->dropped_total), 15);
    for (int tick = 0; tick < PACKET_QUEUE_SLOTS; tick++) {
        const struct packet_slot *slot = slot_queue_front(&queue);
        assert_int_equal(slot->position, tick * 4800);
        assert_int_equal(slot->wire[1] & WIRE_DROPPED, 0);
        slot_queue_release(&queue);
    }
    encoder_feed(encoder, &queue, music, 4800);
    encoder_feed(encoder, &queue, music, 4800);
    const struct packet_slot *slot = slot_queue_front(&queue);
    assert_int_equal(slot->wire[1], WIRE_DROPPED | WIRE_RESTARTED);
    assert_int_equal(slot->position, (PACKET_QUEUE_SLOTS + 3) * 4800);
    assert_int_equal(read_u(slot->wire + 4, 4), (PACKET_QUEUE_SLOTS + 3) * 5);
    slot_queue_release(&queue);
    slot = slot_queue_front(&queue);
    assert_int_equal(slot->wire[1], 0);
}

static void test_bitrates(void **state) {
    (void)state;
    const uint32_t rates[] = {BITRATE_MIN, BITRATE_DEFAULT, BITRATE_MAX};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct encoder *encoder = &pool.encoders[0];
        double bits = 0.0;
        encoder_reset(encoder, rates[i], 0, 0);
        slot_queue_init(&queue, slots, PACKET_QUEUE_SLOTS, sizeof *slots);
        for (uint32_t done = 0; done < FRAMES; done += 4800) {
            encoder_feed(encoder, &queue, music + 2 * done, 4800);
            bits += 8.0 * ((struct packet_slot *)slot_queue_front(&queue))->wire_bytes;
            slot_queue_release(&queue);
        }
        double rate = bits / 2.0;
        print_message("asked %u bit/s, got %.0f\n", rates[i], rate);
        assert_true(rate > 0.5 * rates[i] && rate < 1.3 * rates[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decodes_at_the_documented_delay),
        cmocka_unit_test(test_span_sizes_do_not_matter),
        cmocka_unit_test(test_preroll_ends_where_playing_begins),
        cmocka_unit_test(test_a_full_queue_drops_and_says_so),
        cmocka_unit_test(test_bitrates),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
