// Listeners' connections: the library's events on one side, struct listener on the other. Network
// thread. See network.h.
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "profiling/trace.h" // trace_begin
#include "server/network.h"

_Static_assert(LWS_PRE <= WIRE_HEADROOM_BYTES, "the library writes its frame header in front");

enum { CLOSE_GOING_AWAY = 1001, CLOSE_BINARY = 1003, CLOSE_POLICY = 1008, CLOSE_TOO_BIG = 1009 };
enum { WRITES_AT_ONCE_MAX = 8 }; // then others take their turn

static int close_with(struct lws *connection, enum listener_end end, int code,
                      const char *reason) {
    struct listener *listener = lws_get_opaque_user_data(connection);
    listener->end = end;
    lws_close_reason(connection, (enum lws_close_status)code, (unsigned char *)(uintptr_t)reason,
                     strlen(reason));
    return -1;
}

// The kernel would hide a listener that does not read behind megabytes of buffer; with a small one
// the queue fills, and messages are skipped, within seconds.
static void limit_send_buffer(struct lws *connection) {
    int bytes = SEND_BUFFER_BYTES;
    setsockopt(lws_get_socket_fd(connection), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

static int established(struct lws *connection, struct listener *listener) {
    struct server *server = server_of(connection);
    limit_send_buffer(connection);
    if (!listener_start(listener, connection, clock_now_us())) return -1;
    server->listeners.joined++;
    server_log("listener %s joined (%u of %u)", listener->name, server->listeners.in_use,
               server->listeners.count);
    lws_callback_on_writable(connection);
    return 0;
}

// Sends one message. 1: there may be more, 0: nothing to send, -1: the connection is to be closed.
static int write_one(struct lws *connection, struct listener *listener) {
    struct server *server = server_of(connection);
    int64_t now_us = clock_now_us();
    unsigned char *payload = server->scratch + LWS_PRE;
    struct json_text json = json_text_begin((char *)payload, REPLY_BYTES_MAX);
    switch (listener_next(listener, server->engine, &json, now_us)) {
    case OUTGOING_NOTHING:
        return 0;
    case OUTGOING_CLOSE:
        return close_with(connection, END_SHUTDOWN, CLOSE_GOING_AWAY, "shutting down");
    case OUTGOING_TEXT:
        if (json.overflow) return 1; // longer than any message can be: our own mistake, not sent
        listener->progress_us = now_us;
        return lws_write(connection, payload, json.size, LWS_WRITE_TEXT) < (int)json.size ? -1 : 1;
    case OUTGOING_AUDIO:
        break;
    }
    int64_t traced = trace_begin();
    struct packet_slot *audio = slot_queue_front(&listener->packets);
    int64_t position = audio->position;
    uint32_t frames = audio->frames;
    int size = (int)audio->wire_bytes;
    if (lws_write(connection, audio->wire, audio->wire_bytes, LWS_WRITE_BINARY) < size) return -1;
    listener_audio_sent(&server->listeners, listener, now_us);
    trace_end(TRACE_SEND, traced, listener->index, position, frames);
    return 1;
}

// Sends what there is as long as the socket takes it. What it does not take of a message the
// library keeps, and asks again only when that is gone.
static int writeable(struct lws *connection, struct listener *listener) {
    for (int i = 0; i < WRITES_AT_ONCE_MAX; i++) {
        int result = write_one(connection, listener);
        if (result <= 0) return result;
        if (lws_send_pipe_choked(connection)) break;
    }
    lws_callback_on_writable(connection);
    return 0;
}

// A piece of a message; acts when it is whole.
static int receive(struct lws *connection, struct listener *listener, const char *text,
                   size_t size) {
    struct server *server = server_of(connection);
    if (lws_frame_is_binary(connection)) {
        return close_with(connection, END_BINARY, CLOSE_BINARY, "only text messages");
    }
    if (listener->inbox_bytes + size > MESSAGE_BYTES_MAX) {
        return close_with(connection, END_TOO_BIG, CLOSE_TOO_BIG,
                          "messages have at most 4096 bytes");
    }
    if (size > 0) memcpy(listener->inbox + listener->inbox_bytes, text, size);
    listener->inbox_bytes += size;
    if (lws_remaining_packet_payload(connection) > 0 || !lws_is_final_fragment(connection)) {
        return 0;
    }
    int64_t now_us = clock_now_us();
    struct protocol_error error = {0};
    switch (listener_rate(listener, now_us)) {
    case RATE_CLOSE:
        return close_with(connection, END_FLOOD, CLOSE_POLICY, "too many messages");
    case RATE_OVER:
        listener->inbox_bytes = 0;
        protocol_refuse(&error, CODE_RATE_LIMITED, "", "at most %d messages a second",
                        MESSAGES_PER_S_MAX);
        listener_refuse(listener, &error);
        break;
    case RATE_FINE:
        listener_take_message(&server->listeners, listener, server->engine, now_us);
        break;
    }
    lws_callback_on_writable(connection);
    return 0;
}

void websocket_forget(struct lws *connection) {
    struct listener *listener = lws_get_opaque_user_data(connection);
    if (!listener) return;
    struct server *server = server_of(connection);
    lws_set_opaque_user_data(connection, NULL);
    if (!listener->in_use) return; // the drain was over before this one had gone
    bool was_listening = listener->connection != NULL;
    listener_release(&server->listeners, listener);
    if (!was_listening) return; // the upgrade failed after the place was claimed
    server->listeners.ended[listener->end]++;
    server_log("listener %s left after %.1f s: %llu messages, %u packets dropped, %llu underruns",
               listener->name, (double)(clock_now_us() - listener->joined_us) / 1e6,
               (unsigned long long)listener->messages_sent,
               atomic_load(&listener->encoder->dropped_total),
               (unsigned long long)listener->underruns);
}

void websocket_flush(struct server *server) {
    for (uint32_t i = 0; i < server->listeners.count; i++) {
        struct listener *listener = &server->listeners.items[i];
        if (!listener->in_use || !listener->connection) continue;
        if (server->draining || slot_queue_front(&listener->packets) ||
            slot_queue_front(&listener->receipts)) {
            lws_callback_on_writable(listener->connection);
        }
    }
}

int websocket_callback(struct lws *connection, enum lws_callback_reasons reason, void *unused,
                       void *in, size_t size) {
    (void)unused;
    // Events that belong to no connection come with a stand-in that has no listener.
    struct listener *listener = NULL;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_CLOSED:
        listener = lws_get_opaque_user_data(connection);
        break;
    default:
        return 0;
    }
    if (!listener) return reason == LWS_CALLBACK_CLOSED ? 0 : -1;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        return established(connection, listener);
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return writeable(connection, listener);
    case LWS_CALLBACK_RECEIVE:
        return receive(connection, listener, in, size);
    default:
        websocket_forget(connection);
        return 0;
    }
}
