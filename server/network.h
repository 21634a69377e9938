// What the parts of the network thread share. Only this thread calls libwebsockets, with one
// exception: the engine's thread wakes it by lws_cancel_service after each tick, and the signal
// handler when the process is to stop. Files: serve.c (start, loop, end), http.c (requests without
// an upgrade), metrics.c and status.c (what they tell of the server's health), operate.c (what
// operators may do), upgrade.c (the way from a request to a listener), websocket.c (listeners).
#ifndef SERVER_NETWORK_H
#define SERVER_NETWORK_H

#include <libwebsockets.h>

#include "profiling/trace_file.h" // trace_file
#include "server/listener.h"     // listeners
#include "server/observer.h"     // observer
#include "server/serve.h"        // serve_options
#include "server/static_files.h" // static_files

enum {
    SCENES_BYTES_MAX = 256 * 1024, // the body of /v1/scenes
    PACE_PERIOD_MS = 50,           // how often the clocks of the listeners are looked at
    DRAIN_S = 5,                   // how long bye may take
    SEND_BUFFER_BYTES = 8192,      // of a listener's socket: about a second of music when doubled
    URI_BYTES_MAX = 512,           // longest path
    HEADER_BYTES_MAX = 12288,      // of a request, all together; three of the longest addresses
    HEALTH_BYTES_MAX = 64 * 1024,  // of /readyz, /v1/status and /metrics
    TRACE_ANSWER_BYTES_MAX = 64 << 20, // of /v1/operate/trace
};

// The trace that an operator has asked for: recorded, then sent. One at a time.
struct operate_trace {
    struct lws *connection;  // that waits for it; NULL: it is gone
    struct trace_file *file; // being recorded; NULL: it is not
    int descriptor;          // of the memory that it is written to
    void *body;              // that memory, while it is sent
    size_t size;
    bool failed, answered;
};

struct server {
    const struct serve_options *options;
    aeo_engine *engine;
    struct lws_context *lws;
    struct listeners listeners;
    struct static_files files;
    char *scenes; // the body of /v1/scenes
    size_t scenes_bytes;
    char scenes_tag[ENTITY_TAG_BYTES];
    lws_sorted_usec_list_t pace_timer;
    bool draining;
    int64_t started_ns;    // monotonic
    double started_unix_s; // the same by the calendar
    struct observer *observer;
    uint64_t refused[CODE_COUNT]; // upgrades
    struct operate_trace trace;
    struct histogram_snapshot snapshot; // of the histogram being told
    unsigned char health[LWS_PRE + HEALTH_BYTES_MAX];
    unsigned char scratch[LWS_PRE + REPLY_BYTES_MAX]; // the message being written
};

// A line on standard error. Network thread.
void server_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Lines that found no room there, since the start.
uint64_t server_log_dropped(void);

// The server of a connection.
struct server *server_of(struct lws *connection);

// --- http.c

// What remains to be sent of a response; one for each connection, zeroed by the library.
struct http_exchange {
    const unsigned char *data;
    size_t size, sent;
};

// The library's callback of protocol "http".
int http_callback(struct lws *connection, enum lws_callback_reasons reason, void *exchange,
                  void *in, size_t size);

// Sends STATUS with ERROR as its JSON body, whole. Returns 0, or -1 when the connection is lost.
int http_send_error(struct lws *connection, unsigned status, const struct protocol_error *error);

// The HTTP status that goes with a code.
unsigned http_status_of(enum protocol_code code);

// --- status.c and metrics.c

// Whether new listeners are welcome, as JSON. Returns false when they are not: the status is 503.
bool readiness_write(struct json_text *json, const struct server *server);

// How the server fares, as JSON.
void status_write(struct json_text *json, const struct server *server);

// All counters and histograms in the text format of Prometheus, version 0.0.4. Returns the bytes
// written, or 0 when CAPACITY is too small.
size_t metrics_write(char *text, size_t capacity, struct server *server);

// --- operate.c

// Whether PATH belongs to operators.
bool operate_is_path(const char *path);

// A POST to such a PATH. True: the answer follows when operate_is_answer_due; else ERROR says why
// not.
bool operate_begin(struct lws *connection, const char *path, struct protocol_error *error);

// Looks after what has been asked for; the pace timer's.
void operate_look(struct server *server);

// Whether server->trace is to be sent to CONNECTION now.
bool operate_is_answer_due(struct lws *connection);

// CONNECTION has its answer, or is gone.
void operate_forget(struct lws *connection);

// Ends what is under way, for good.
void operate_close(struct server *server);

// --- upgrade.c

// A request with an Upgrade header. 0: go on and open the WebSocket, the listener is claimed; 1: a
// response has been sent instead; -1: hang up.
int upgrade_confirm(struct lws *connection);

// The same address without an upgrade: fills ERROR with what an upgrade would be refused with, or
// with CODE_UPGRADE_REQUIRED.
void upgrade_explain(struct lws *connection, struct protocol_error *error);

// --- websocket.c

// The library's callback of protocol "aeolian.v1".
int websocket_callback(struct lws *connection, enum lws_callback_reasons reason, void *unused,
                       void *in, size_t size);

// Asks the library for every listener that has something to be sent.
void websocket_flush(struct server *server);

// Gives the connection's listener back, if it has one.
void websocket_forget(struct lws *connection);

#endif
