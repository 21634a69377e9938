// What a listener says and what is said to it: the messages of aeolian.v1 in both directions, and
// the engine's callbacks that feed the queues. See listener.h.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "profiling/meters.h" // meter_record
#include "profiling/trace.h"  // trace_begin
#include "server/listener.h"

enum { UNDERRUNS_AT_ONCE_MAX = 100 }; // that one message can add to everybody's count

void listener_on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    (void)user;
    (void)session;
    struct listener *listener = session_user;
    if (span->phrase) {
        // A listener that has not taken four phrases has stalled; it misses a phrase, no music.
        aeo_phrase *slot = slot_queue_reserve(&listener->phrases);
        if (slot) {
            *slot = *span->phrase;
            slot_queue_commit(&listener->phrases);
        }
    }
    if (span->flags & AEO_SPAN_LATE) listener->encoder->late = true;
    encoder_feed(listener->encoder, &listener->packets, span->interleaved, span->frames);
}

void listener_on_receipt(void *user, aeo_session *session, void *session_user,
                         const aeo_receipt *receipt) {
    (void)user;
    (void)session;
    struct listener *listener = session_user;
    // changes_waiting keeps requests without a taken receipt below the number of slots.
    aeo_receipt *slot = slot_queue_reserve(&listener->receipts);
    assert(slot);
    *slot = *receipt;
    slot_queue_commit(&listener->receipts);
}

// ------------------------------------------------------------------------- what a listener says

enum rate_verdict listener_rate(struct listener *listener, int64_t now_us) {
    const int64_t second_us = 1000000;
    if (now_us - listener->rate_window_us >= second_us) {
        bool was_over = listener->rate_count > MESSAGES_PER_S_MAX;
        bool adjoining = now_us - listener->rate_window_us < 2 * second_us;
        if (!was_over || !adjoining) listener->rate_over_us = 0;
        listener->rate_window_us = now_us;
        listener->rate_count = 0;
    }
    if (++listener->rate_count <= MESSAGES_PER_S_MAX) return RATE_FINE;
    if (listener->rate_over_us == 0) listener->rate_over_us = now_us;
    bool too_long = now_us - listener->rate_over_us >= RATE_CLOSE_S * second_us;
    return too_long ? RATE_CLOSE : RATE_OVER;
}

static struct reply *next_reply(struct listener *listener) {
    if (listener->replies_written - listener->replies_sent == REPLY_SLOTS) return NULL;
    return &listener->replies[listener->replies_written++ % REPLY_SLOTS];
}

void listener_refuse(struct listener *listener, const struct protocol_error *error) {
    struct reply *reply = next_reply(listener);
    if (!reply) return;
    reply->is_pong = false;
    reply->error = *error;
}

static void answer_ping(struct listener *listener, const struct message *message) {
    struct reply *reply = next_reply(listener);
    if (!reply) return;
    reply->is_pong = true;
    reply->t = message->t;
}

// The player says how much music it holds; what it hears is that much behind what was sent.
static void take_stats(struct listeners *listeners, struct listener *listener,
                       const struct message *message, int64_t now_us) {
    const int64_t lag_max = 60 * AEO_SAMPLE_RATE;
    int64_t heard = listener->sent_until - (int64_t)(message->buffer_ms * AEO_SAMPLE_RATE / 1000);
    int64_t lag = listener_clock_position(listener, now_us) - heard;
    listener->heard_lag_frames = lag < 0 ? 0 : lag > lag_max ? lag_max : lag;
    if (message->underruns > listener->underruns) {
        uint64_t more = message->underruns - listener->underruns;
        listeners->underruns += more < UNDERRUNS_AT_ONCE_MAX ? more : UNDERRUNS_AT_ONCE_MAX;
    }
    listener->underruns = message->underruns;
}

static bool acts_at_once(const struct message *message) {
    if (message->kind == MESSAGE_SCENE) return true; // its levels glide from now on
    for (uint32_t i = 0; i < message->setting_count; i++) {
        const aeo_control_info *control = aeo_control_at(message->settings[i].control);
        if (control->boundary == AEO_BOUNDARY_NOW) return true;
    }
    return false;
}

// Hands a change to the engine, whose receipt answers it.
static bool request_change(struct listener *listener, const aeo_engine *engine,
                           const struct message *message, int64_t now_us,
                           struct protocol_error *error) {
    if (message->kind == MESSAGE_SCENE && aeo_scene_find(engine, message->scene) < 0) {
        return protocol_refuse(error, CODE_BAD_VALUE, "name",
                               "there is no scene \"%s\" (see /v1/scenes)", message->scene);
    }
    if (listener->changes_waiting == RECEIPT_SLOTS) {
        return protocol_refuse(error, CODE_RATE_LIMITED, "", "%d changes are waiting already",
                               RECEIPT_SLOTS);
    }
    enum aeo_status status = message->kind == MESSAGE_SCENE
                                 ? aeo_session_scene(listener->session, message->id, message->scene)
                                 : aeo_session_set(listener->session, message->id,
                                                   message->settings, message->setting_count);
    if (status != AEO_OK) {
        aeo_fault fault = {.status = status};
        protocol_error_from_fault(error, status, &fault);
        return false;
    }
    uint32_t next = listener->changes_answered + listener->changes_waiting++;
    listener->changes[next % RECEIPT_SLOTS] =
        (struct change_asked){now_us, acts_at_once(message)};
    return true;
}

void listener_take_message(struct listeners *listeners, struct listener *listener,
                           aeo_engine *engine, int64_t now_us) {
    struct message message;
    struct protocol_error error;
    int64_t traced = trace_begin();
    size_t bytes = listener->inbox_bytes;
    bool good = protocol_parse(listener->inbox, listener->inbox_bytes, &message, &error);
    listener->inbox_bytes = 0;
    if (good) {
        switch (message.kind) {
        case MESSAGE_SET:
        case MESSAGE_SCENE:
            good = request_change(listener, engine, &message, now_us, &error);
            break;
        case MESSAGE_PAUSE:
            listener_pause(listener, true, now_us);
            break;
        case MESSAGE_RESUME:
            listener_pause(listener, false, now_us);
            break;
        case MESSAGE_PING:
            answer_ping(listener, &message);
            break;
        case MESSAGE_STATS:
            take_stats(listeners, listener, &message, now_us);
            break;
        }
    }
    if (!good) listener_refuse(listener, &error);
    trace_end(TRACE_MESSAGE, traced, listener->index, (int64_t)bytes, 0);
}

void listener_dismiss(struct listener *listener) {
    listener->bye_due = true;
}

// --------------------------------------------------------------------------- what is said to it

#define AEO_STRING(value) #value
#define AEO_STRING_OF(value) AEO_STRING(value)

static void write_hello(struct listener *listener, const aeo_engine *engine,
                        struct json_text *json) {
    const aeo_session_info *info = &listener->info;
    char address[AEO_ADDRESS_MAX];
    if (aeo_address_at(info->address, listener->play_from, address, sizeof address) != AEO_OK) {
        snprintf(address, sizeof address, "%s", info->address);
    }
    int64_t exact_from = info->exact_from;
    struct hello hello = {
        .engine = "aeolian " AEO_VERSION ", sound " AEO_STRING_OF(AEO_SOUND_VERSION),
        .session = listener->name,
        .address = address,
        .position = listener->play_from,
        .exact_from = exact_from > listener->play_from ? exact_from : listener->play_from,
        .bitrate = listener->bitrate,
        .lead_ms = LEAD_MS,
    };
    protocol_write_hello(json, &hello, info, aeo_scene_at(engine, info->scene));
    listener->hello_sent = true;
}

// The address in bye names the first frame that was not sent, so that a player that has played all
// it got goes on there.
static void write_bye(struct listener *listener, struct json_text *json) {
    aeo_session_info info;
    char address[AEO_ADDRESS_MAX];
    aeo_session_describe(listener->session, &info);
    enum aeo_status status =
        aeo_address_at(info.address, listener->sent_until, address, sizeof address);
    protocol_write_bye(json, "the server is shutting down",
                       status == AEO_OK ? address : info.address);
    listener->bye_sent = true;
}

// What the listener waits for a change to be heard: on its way to the engine, the answer's way back
// and the lead that is still to be played.
static void record_change(struct listener *listener, int64_t heard_in_ms, int64_t now_us) {
    const struct change_asked *change =
        &listener->changes[listener->changes_answered % RECEIPT_SLOTS];
    int64_t waited_us = now_us - change->at_us + heard_in_ms * 1000;
    if (waited_us < 0) waited_us = 0;
    if (change->at_once) meter_record(METER_CONTROL, 1000 * (uint64_t)waited_us);
}

// With too many on their way to their sound, a trace ends with the span that was made.
static void sounding_add(struct listener *listener, const aeo_receipt *receipt) {
    if (!receipt->flow || listener->sounding_count == SOUNDING_MAX) return;
    listener->sounding[listener->sounding_count++] =
        (struct change_sounding){receipt->flow, receipt->id, receipt->heard_at};
}

// A trace sees the answer from the very moment on that `heard_in_ms` counts from.
static void write_receipt(struct listener *listener, const aeo_receipt *receipt,
                          struct json_text *json) {
    if (receipt->status == AEO_OK) {
        int64_t now_ns = meter_now_ns(), now_us = now_ns / 1000;
        int64_t heard_now = listener_clock_position(listener, now_us) - listener->heard_lag_frames;
        int64_t heard_in_ms = (receipt->heard_at - heard_now) * 1000 / AEO_SAMPLE_RATE;
        protocol_write_receipt(json, receipt, heard_in_ms);
        record_change(listener, heard_in_ms, now_us);
        sounding_add(listener, receipt);
        trace_end(TRACE_RECEIPT, now_ns, (int64_t)receipt->id, receipt->heard_at, heard_in_ms);
        return;
    }
    struct protocol_error error = {.id = receipt->id, .id_given = true};
    protocol_error_from_fault(&error, receipt->status, &receipt->fault);
    protocol_write_error(json, &error);
}

static void write_reply(struct listener *listener, struct json_text *json, int64_t now_us) {
    const struct reply *reply = &listener->replies[listener->replies_sent++ % REPLY_SLOTS];
    if (reply->is_pong) {
        protocol_write_pong(json, reply->t, listener_clock_position(listener, now_us));
    } else {
        protocol_write_error(json, &reply->error);
    }
}

enum outgoing listener_next(struct listener *listener, const aeo_engine *engine,
                            struct json_text *json, int64_t now_us) {
    if (listener->bye_due) {
        if (listener->bye_sent) return OUTGOING_CLOSE;
        write_bye(listener, json);
        return OUTGOING_TEXT;
    }
    if (!listener->hello_sent) {
        write_hello(listener, engine, json);
        return OUTGOING_TEXT;
    }
    if (listener->replies_sent != listener->replies_written) {
        write_reply(listener, json, now_us);
        return OUTGOING_TEXT;
    }
    const aeo_receipt *receipt = slot_queue_front(&listener->receipts);
    if (receipt) {
        write_receipt(listener, receipt, json);
        slot_queue_release(&listener->receipts);
        listener->changes_waiting--;
        listener->changes_answered++;
        return OUTGOING_TEXT;
    }
    const struct packet_slot *audio = slot_queue_front(&listener->packets);
    const aeo_phrase *phrase = slot_queue_front(&listener->phrases);
    int64_t until = audio ? audio->position + audio->frames : listener->sent_until;
    if (phrase && phrase->position < until) {
        protocol_write_phrase(json, phrase);
        slot_queue_release(&listener->phrases);
        return OUTGOING_TEXT;
    }
    return audio ? OUTGOING_AUDIO : OUTGOING_NOTHING;
}

// When FRAME is heard, by the listener's clock; it runs.
static int64_t heard_ns(const struct listener *listener, int64_t frame) {
    int64_t frames = frame + listener->heard_lag_frames - listener->clock_position;
    return listener->clock_us * 1000 + frames * 1000000 / (AEO_SAMPLE_RATE / 1000);
}

// Changes whose first sound is in AUDIO, for the trace that runs.
static void sounding_pass(struct listener *listener, const struct packet_slot *audio,
                          int64_t now_ns) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < listener->sounding_count; i++) {
        struct change_sounding change = listener->sounding[i];
        if (change.heard_at >= audio->position + audio->frames) {
            listener->sounding[kept++] = change;
        } else if (change.heard_at >= audio->position && trace_on()) {
            int64_t at_ns = heard_ns(listener, change.heard_at);
            if (at_ns < now_ns) at_ns = now_ns; // it comes too late to be heard in time
            trace_record_flow(TRACE_SENT, change.flow, now_ns, TRACE_THREAD);
            if (listener->paused) continue; // who knows when
            trace_record_line(TRACE_LISTENERS, TRACE_HEARD, at_ns, 0,
                              (const int64_t[3]){listener->index, (int64_t)change.id,
                                                 change.heard_at});
            trace_record_flow(TRACE_SOUNDS, change.flow, at_ns, TRACE_LISTENERS);
        }
    }
    listener->sounding_count = kept;
}

void listener_audio_sent(struct listeners *listeners, struct listener *listener, int64_t now_us) {
    const struct packet_slot *audio = slot_queue_front(&listener->packets);
    int64_t now_ns = meter_now_ns();
    if (listener->sounding_count) sounding_pass(listener, audio, now_ns);
    meter_record(METER_DELIVERY, (uint64_t)(now_ns - audio->queued_ns));
    if (listener->messages_sent == 0)
        meter_record(METER_FIRST_AUDIO, (uint64_t)(now_ns - listener->claimed_ns));
    listeners->packets_sent += audio->frames / PACKET_FRAMES;
    listeners->bytes_sent += audio->wire_bytes;
    listener->sent_until = audio->position + audio->frames;
    listener->progress_us = now_us;
    listener->messages_sent++;
    slot_queue_release(&listener->packets);
}
