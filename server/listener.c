// Places for listeners, joining and leaving, the pacing clock; see listener.h. What is said and
// answered is in listener_talk.c.
#include "server/listener.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "profiling/meters.h"    // meter_now_ns
#include "profiling/resources.h" // resources_touch

int64_t clock_now_us(void) {
    return meter_now_ns() / 1000;
}

static uint64_t random_u64(void) {
    uint64_t value = 0;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) {
        value = (uint64_t)clock_now_us(); // a seed need not be secret, only different
    }
    return value;
}

// Zeroed and resident from the start, as the engine's own memory is. NULL: there is not so much.
static void *memory_take(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    if (memory) resources_touch(memory, count * bytes);
    return memory;
}

bool listeners_open(struct listeners *listeners, uint32_t count, int opus_complexity) {
    memset(listeners, 0, sizeof *listeners);
    listeners->items = memory_take(count, sizeof *listeners->items);
    listeners->packet_memory =
        memory_take((size_t)count * PACKET_QUEUE_SLOTS, sizeof *listeners->packet_memory);
    listeners->phrase_memory =
        memory_take((size_t)count * PHRASE_SLOTS, sizeof *listeners->phrase_memory);
    listeners->receipt_memory =
        memory_take((size_t)count * RECEIPT_SLOTS, sizeof *listeners->receipt_memory);
    bool encoders = encoder_pool_open(&listeners->encoders, count, opus_complexity);
    if (!listeners->items || !listeners->packet_memory || !listeners->phrase_memory ||
        !listeners->receipt_memory || !encoders ||
        !session_closer_start(&listeners->closer, count)) {
        return false;
    }
    listeners->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct listener *listener = &listeners->items[i];
        listener->index = i;
        atomic_store(&listener->closed, true);
        listener->encoder = &listeners->encoders.encoders[i];
        slot_queue_init(&listener->packets, listeners->packet_memory + i * PACKET_QUEUE_SLOTS,
                        PACKET_QUEUE_SLOTS, sizeof(struct packet_slot));
        slot_queue_init(&listener->phrases, listeners->phrase_memory + i * PHRASE_SLOTS,
                        PHRASE_SLOTS, sizeof(aeo_phrase));
        slot_queue_init(&listener->receipts, listeners->receipt_memory + i * RECEIPT_SLOTS,
                        RECEIPT_SLOTS, sizeof(aeo_receipt));
    }
    return true;
}

void listeners_stop(struct listeners *listeners) {
    assert(listeners->in_use == 0);
    session_closer_stop(&listeners->closer);
}

void listeners_close(struct listeners *listeners) {
    session_closer_stop(&listeners->closer);
    encoder_pool_close(&listeners->encoders);
    free(listeners->items);
    free(listeners->packet_memory);
    free(listeners->phrase_memory);
    free(listeners->receipt_memory);
    memset(listeners, 0, sizeof *listeners);
}

// Everything of a listener but its place, its memory and the inbox's contents, to zero.
static void listener_clear(struct listener *listener) {
    listener->session = NULL;
    listener->connection = NULL;
    slot_queue_reset(&listener->packets);
    slot_queue_reset(&listener->phrases);
    slot_queue_reset(&listener->receipts);
    listener->paused = false;
    listener->heard_lag_frames = 0;
    listener->inbox_bytes = 0;
    listener->replies_written = listener->replies_sent = 0;
    listener->changes_waiting = listener->changes_answered = 0;
    listener->sounding_count = 0;
    listener->rate_window_us = listener->rate_over_us = 0;
    listener->rate_count = 0;
    listener->hello_sent = listener->bye_due = listener->bye_sent = false;
    listener->messages_sent = listener->underruns = 0;
    listener->claimed_ns = meter_now_ns();
    listener->end = END_LEFT;
    snprintf(listener->name, sizeof listener->name, "%016" PRIx64, random_u64());
}

// POSITION -1: that of the address, which the engine alone can read; info.position then tells it.
static enum aeo_status session_open(struct listener *listener, aeo_engine *engine,
                                    const struct stream_query *query, uint64_t seed,
                                    int64_t position, aeo_fault *fault) {
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.address = query->address_given ? query->address : NULL;
    options.scene = query->scene_given ? query->scene : NULL;
    options.seed = seed;
    options.position = position;
    options.position_given = position >= 0;
    if (position < 0) options.position = 0;
    options.settings = query->settings;
    options.setting_count = query->setting_count;
    options.user = listener;
    return aeo_session_open(engine, &options, &listener->session, fault);
}

// Opens the session up to ENCODER_PREROLL_FRAMES before the place to be heard from, so that decoder
// and effects are under way when it comes; at the very beginning there is nothing before. `info`
// stays what it is at the place itself, changes made within the pre-roll included.
static enum aeo_status session_open_with_preroll(struct listener *listener, aeo_engine *engine,
                                                 const struct stream_query *query,
                                                 aeo_fault *fault) {
    uint64_t seed = query->seed_given ? query->seed : random_u64();
    int64_t asked = query->at_given ? query->at : query->address_given ? -1 : 0;
    enum aeo_status status = session_open(listener, engine, query, seed, asked, fault);
    if (status != AEO_OK) return status;
    aeo_session_describe(listener->session, &listener->info);
    listener->play_from = listener->info.position;
    listener->start = listener->play_from - listener->play_from / PACKET_FRAMES * PACKET_FRAMES;
    if (listener->start < listener->play_from - ENCODER_PREROLL_FRAMES) {
        listener->start = listener->play_from - ENCODER_PREROLL_FRAMES;
    }
    if (listener->start == listener->play_from) return AEO_OK;
    aeo_session_close(listener->session);
    listener->session = NULL;
    status = session_open(listener, engine, query, seed, listener->start, fault);
    if (status != AEO_OK) return status;
    aeo_session_info early;
    aeo_session_describe(listener->session, &early);
    listener->info.exact_from = early.exact_from;
    return AEO_OK;
}

static struct listener *free_place(struct listeners *listeners) {
    for (uint32_t i = 0; i < listeners->count; i++) {
        struct listener *listener = &listeners->items[i];
        if (!listener->in_use && atomic_load(&listener->closed)) return listener;
    }
    return NULL;
}

struct listener *listener_claim(struct listeners *listeners, aeo_engine *engine,
                                const struct stream_query *query, struct protocol_error *error) {
    struct listener *listener = free_place(listeners);
    if (!listener) {
        protocol_refuse(error, CODE_FULL, "", "all %u places are taken; try again later",
                        listeners->count);
        return NULL;
    }
    listener_clear(listener);
    aeo_fault fault = {0};
    enum aeo_status status = session_open_with_preroll(listener, engine, query, &fault);
    if (status != AEO_OK) {
        protocol_error_from_fault(error, status, &fault);
        if (status == AEO_ERR_FULL) error->code = CODE_FULL;
        return NULL;
    }
    listener->bitrate = query->bitrate;
    listener->in_use = true;
    listeners->in_use++;
    encoder_reset(listener->encoder, listener->bitrate, listener->start, listener->play_from);
    return listener;
}

void listener_release(struct listeners *listeners, struct listener *listener) {
    assert(listener->in_use && listeners->in_use > 0);
    if (listener->connection) {
        atomic_store(&listener->closed, false);
        session_closer_add(&listeners->closer, listener->session, &listener->closed);
    } else {
        aeo_session_close(listener->session); // never started: nothing to wait for
    }
    listener->session = NULL;
    listener->connection = NULL;
    listener->in_use = false;
    listeners->in_use--;
    listeners->dropped_before += atomic_load(&listener->encoder->dropped_total);
}

uint64_t listeners_dropped(const struct listeners *listeners) {
    uint64_t dropped = listeners->dropped_before;
    for (uint32_t i = 0; i < listeners->count; i++) {
        const struct listener *listener = &listeners->items[i];
        if (listener->in_use) dropped += atomic_load(&listener->encoder->dropped_total);
    }
    return dropped;
}

void listeners_look(const struct listeners *listeners, int64_t now_us,
                    struct listeners_view *view) {
    *view = (struct listeners_view){0};
    int64_t sum = 0;
    for (uint32_t i = 0; i < listeners->count; i++) {
        const struct listener *listener = &listeners->items[i];
        if (!listener->in_use) continue;
        uint32_t depth = slot_queue_depth(&listener->packets);
        if (depth > view->queue_depth_max) view->queue_depth_max = depth;
        if (listener->paused || listener->messages_sent == 0) continue;
        int64_t ahead = listener->sent_until - listener_clock_position(listener, now_us);
        int64_t lead_ms = ahead * 1000 / AEO_SAMPLE_RATE;
        if (view->pacing++ == 0 || lead_ms < view->lead_ms_min) view->lead_ms_min = lead_ms;
        sum += lead_ms;
    }
    if (view->pacing) view->lead_ms_mean = sum / view->pacing;
}

bool listener_start(struct listener *listener, struct lws *connection, int64_t now_us) {
    listener->connection = connection;
    listener->clock_us = now_us;
    listener->clock_position = listener->play_from;
    listener->sent_until = listener->play_from;
    listener->progress_us = now_us;
    listener->joined_us = now_us;
    if (aeo_session_start(listener->session) != AEO_OK) return false;
    listener_pace(listener, now_us);
    return true;
}

int64_t listener_clock_position(const struct listener *listener, int64_t now_us) {
    if (listener->paused) return listener->clock_position;
    int64_t frames = (now_us - listener->clock_us) * (AEO_SAMPLE_RATE / 1000) / 1000;
    return listener->clock_position + frames;
}

void listener_pace(struct listener *listener, int64_t now_us) {
    if (!slot_queue_front(&listener->packets)) listener->progress_us = now_us;
    if (listener->paused) return;
    aeo_session_want(listener->session,
                     listener_clock_position(listener, now_us) + AEO_LEAD_FRAMES);
}

bool listener_stalled(struct listener *listener, int64_t now_us) {
    return now_us - listener->progress_us > (int64_t)STALL_CLOSE_S * 1000000;
}

void listener_pause(struct listener *listener, bool pause, int64_t now_us) {
    if (pause == listener->paused) return;
    listener->clock_position = listener_clock_position(listener, now_us);
    listener->clock_us = now_us;
    listener->paused = pause;
}
