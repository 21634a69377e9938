// What operators may do with a running server: POST /v1/operate/..., of which there is one,
// /v1/operate/trace, whose answer is a trace of the next seconds. The recording is written by a
// thread of its own into memory that has no name (at most TRACE_ANSWER_BYTES_MAX); the connection
// waits for it, the network thread does not. Network thread. See network.h.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/network.h"
#include "server/trace_option.h" // trace_option_threads

enum { SECONDS_DEFAULT = 5, SECONDS_MAX = 60, ANSWER_PATIENCE_S = 30 };
enum { ARGUMENT_BYTES_MAX = 64 };

#define OPERATE_PATH "/v1/operate/"

// ------------------------------------------------------------------------------ who may do this

// All of TEXT is looked at, so that the time taken does not tell how much of it was right.
static bool is_same(const char *text, const char *secret) {
    size_t size = strlen(text), wanted = strlen(secret);
    unsigned char differs = size != wanted;
    for (size_t i = 0; i < size; i++)
        differs |= (unsigned char)(text[i] ^ secret[wanted ? i % wanted : 0]);
    return differs == 0;
}

static bool bears_token(struct lws *connection, const char *token) {
    static const char scheme[] = "Bearer ";
    char header[512];
    int size = lws_hdr_copy(connection, header, sizeof header, WSI_TOKEN_HTTP_AUTHORIZATION);
    if (size <= 0 || strncasecmp(header, scheme, sizeof scheme - 1) != 0) return false;
    return is_same(header + sizeof scheme - 1, token);
}

// A program on this machine that asks for itself: not a page in a browser, not a proxy.
static bool is_local(struct lws *connection) {
    char peer[64] = "";
    lws_get_peer_simple(connection, peer, sizeof peer);
    if (strcmp(peer, "127.0.0.1") != 0 && strcmp(peer, "::1") != 0 &&
        strcmp(peer, "::ffff:127.0.0.1") != 0)
        return false;
    return lws_hdr_total_length(connection, WSI_TOKEN_ORIGIN) == 0 &&
           lws_hdr_total_length(connection, WSI_TOKEN_X_FORWARDED_FOR) == 0 &&
           lws_hdr_total_length(connection, WSI_TOKEN_HTTP_VIA) == 0 &&
           lws_hdr_custom_length(connection, "forwarded:", 10) <= 0;
}

static bool is_operator(struct lws *connection, struct protocol_error *error) {
    const char *token = getenv("AEOLIAN_OPERATE_TOKEN");
    if (token && *token) {
        if (bears_token(connection, token)) return true;
        return protocol_refuse(error, CODE_FORBIDDEN, "Authorization",
                               "this needs the header \"Authorization: Bearer TOKEN\" with the "
                               "server's AEOLIAN_OPERATE_TOKEN");
    }
    if (is_local(connection)) return true;
    return protocol_refuse(error, CODE_FORBIDDEN, "",
                           "only programs on the server's own machine may do this, as long as it "
                           "was started without AEOLIAN_OPERATE_TOKEN");
}

// ------------------------------------------------------------------------------------ the trace

static bool read_seconds(struct lws *connection, uint32_t *seconds, struct protocol_error *error) {
    static const char name[] = "seconds=";
    char argument[ARGUMENT_BYTES_MAX];
    *seconds = SECONDS_DEFAULT;
    for (int i = 0;; i++) {
        int length = lws_hdr_fragment_length(connection, WSI_TOKEN_HTTP_URI_ARGS, i);
        int size = lws_hdr_copy_fragment(connection, argument, sizeof argument,
                                         WSI_TOKEN_HTTP_URI_ARGS, i);
        if (length <= 0 && size < 0) return true; // that was the last one
        if (length <= 0 || size < 0 || strncmp(argument, name, sizeof name - 1) != 0) continue;
        const char *text = argument + sizeof name - 1;
        size_t digits = strspn(text, "0123456789");
        unsigned long value = digits && digits <= 4 && !text[digits] ? strtoul(text, NULL, 10) : 0;
        if (value < 1 || value > SECONDS_MAX) {
            return protocol_refuse(error, CODE_BAD_VALUE, "seconds",
                                   "seconds must be a whole number from 1 to %d", SECONDS_MAX);
        }
        *seconds = (uint32_t)value;
    }
}

static bool trace_begin_for(struct lws *connection, uint32_t seconds,
                            struct protocol_error *error) {
    struct server *server = server_of(connection);
    struct operate_trace *trace = &server->trace;
    static const char busy_text[] = "a trace is being recorded already; try again after it";
    if (trace->file || trace->connection)
        return protocol_refuse(error, CODE_BUSY, "", "%s", busy_text);
    int descriptor = memfd_create("aeolian-trace", MFD_CLOEXEC);
    struct trace_request request = {
        .descriptor = descriptor,
        .threads = trace_option_threads(server->options->engine.threads),
        .events = TRACE_EVENTS,
        .bytes_max = TRACE_ANSWER_BYTES_MAX,
        .seconds = seconds,
    };
    bool busy = false;
    if (descriptor >= 0) trace->file = trace_file_start(&request, &busy);
    if (!trace->file) {
        if (descriptor >= 0) close(descriptor);
        return protocol_refuse(error, CODE_BUSY, "", "%s",
                               busy ? busy_text : "there is no memory for a trace just now");
    }
    trace->descriptor = descriptor;
    trace->connection = connection;
    lws_set_timeout(connection, PENDING_TIMEOUT_USER_REASON_BASE,
                    (int)seconds + ANSWER_PATIENCE_S);
    server_log("recording a trace of %u s", seconds);
    return true;
}

bool operate_is_path(const char *path) {
    return strncmp(path, OPERATE_PATH, sizeof OPERATE_PATH - 1) == 0;
}

bool operate_begin(struct lws *connection, const char *path, struct protocol_error *error) {
    uint32_t seconds;
    if (!is_operator(connection, error)) return false;
    if (strcmp(path, OPERATE_PATH "trace") != 0) {
        return protocol_refuse(error, CODE_NOT_FOUND, "",
                               "there is nothing at this path; operators have " OPERATE_PATH
                               "trace");
    }
    if (server_of(connection)->draining)
        return protocol_refuse(error, CODE_SHUTTING_DOWN, "", "the server is shutting down");
    return read_seconds(connection, &seconds, error) &&
           trace_begin_for(connection, seconds, error);
}

// Recorded: into memory that can be sent, if somebody still waits.
static void trace_take_over(struct operate_trace *trace) {
    struct trace_outcome outcome = trace_file_end(trace->file);
    trace->file = NULL;
    if (trace->connection) {
        trace->size = outcome.bytes;
        trace->failed = outcome.error != 0;
        if (!trace->failed) {
            void *body = mmap(NULL, trace->size, PROT_READ, MAP_SHARED, trace->descriptor, 0);
            trace->failed = body == MAP_FAILED;
            trace->body = trace->failed ? NULL : body;
        }
        lws_callback_on_writable(trace->connection);
    }
    close(trace->descriptor);
}

// A client that has hung up is not noticed by the library before it is written to.
static bool has_hung_up(struct lws *connection) {
    char byte;
    ssize_t size = recv(lws_get_socket_fd(connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}

void operate_look(struct server *server) {
    struct operate_trace *trace = &server->trace;
    if (!trace->file) return;
    bool alone = !trace->connection || has_hung_up(trace->connection);
    if (server->draining || alone) trace_file_stop(trace->file);
    if (trace_file_done(trace->file)) trace_take_over(trace);
}

bool operate_is_answer_due(struct lws *connection) {
    const struct operate_trace *trace = &server_of(connection)->trace;
    return trace->connection == connection && !trace->file && !trace->answered;
}

void operate_forget(struct lws *connection) {
    struct operate_trace *trace = &server_of(connection)->trace;
    if (trace->connection != connection) return;
    trace->connection = NULL;
    if (trace->file) trace_file_stop(trace->file);
    if (trace->body) munmap(trace->body, trace->size);
    trace->body = NULL;
    trace->size = 0;
    trace->failed = trace->answered = false;
}

void operate_close(struct server *server) {
    struct operate_trace *trace = &server->trace;
    if (trace->connection) operate_forget(trace->connection);
    if (trace->file) trace_take_over(trace);
}
