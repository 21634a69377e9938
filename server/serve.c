// Start, loop and end of the server; see serve.h. The order at the end matters: listeners are given
// back before the engine closes, the engine (which may still wake the library) before the library,
// and the listeners' memory last, because connections point to it until they are gone.
#include "server/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
#include <unistd.h>

#include "profiling/trace.h" // trace_counter
#include "server/network.h"
#include "server/options.h" // failure, EXIT_FAILED

static const char command[] = "serve";

// For the signal handler: what to wake, and which signal has come.
static _Atomic(struct lws_context *) context_to_wake;
static volatile sig_atomic_t signal_seen;

static void on_signal(int number) {
    if (signal_seen) _exit(128 + number); // the second one: at once
    signal_seen = number;
    struct lws_context *context = atomic_load(&context_to_wake);
    if (context) lws_cancel_service(context); // writes a byte to a pipe
}

static void install_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); // a broken connection is an ordinary write error
}

// Whoever should read standard error may have stopped: where it has no room for a line, the line is
// lost and counted, and the network thread goes on. (A pipe with room takes a short line whole.)
static uint64_t log_dropped;

uint64_t server_log_dropped(void) {
    return log_dropped;
}

static void log_write(const char *line) {
    static uint32_t lost;
    char text[400];
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&room, 1, 0) <= 0 || !(room.revents & POLLOUT)) {
        lost++;
        log_dropped++;
        return;
    }
    int used = lost ? snprintf(text, sizeof text,
                               "aeolian serve: %u lines of the log were lost\n", lost) : 0;
    lost = 0;
    used += snprintf(text + used, sizeof text - (size_t)used, "aeolian serve: %.300s\n", line);
    if (write(STDERR_FILENO, text, (size_t)used) < 0) {
        lost++;
        log_dropped++;
    }
}

void server_log(const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    log_write(line);
}

static void on_library_log(int level, const char *line) {
    (void)level;
    char text[256];
    snprintf(text, sizeof text, "network: %s", line);
    text[strcspn(text, "\n")] = '\0';
    log_write(text);
}

struct server *server_of(struct lws *connection) {
    return lws_context_user(lws_get_context(connection));
}

// ---------------------------------------------------------------------------------- the network

static const struct lws_protocols protocols[] = {
    {.name = "http", // not a subprotocol: the first entry takes requests without an upgrade
     .callback = http_callback,
     .per_session_data_size = sizeof(struct http_exchange)},
    {.name = "aeolian.v1", .callback = websocket_callback, .rx_buffer_size = MESSAGE_BYTES_MAX},
    {.name = NULL},
};

// On every response. The page needs nothing from elsewhere; connect-src names ws: and wss: because
// not every browser counts them as 'self'.
static const struct lws_protocol_vhost_options security_headers[] = {
    {&security_headers[1], NULL, "content-security-policy:",
     "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'none'; "
     "frame-ancestors 'none'"},
    {&security_headers[2], NULL, "x-content-type-options:", "nosniff"},
    {&security_headers[3], NULL, "referrer-policy:", "no-referrer"},
    {&security_headers[4], NULL, "cross-origin-opener-policy:", "same-origin"},
    {NULL, NULL, "cross-origin-embedder-policy:", "require-corp"},
};

// A listener that vanished without a word is noticed by a ping that stays unanswered.
static const lws_retry_bo_t idle_policy = {
    .secs_since_valid_ping = 20,
    .secs_since_valid_hangup = 45,
};

// Finds the address to bind to as a number, and tries it, because the library only says that
// something failed. NUMBER is empty for "all addresses".
static int check_address(const struct serve_options *options, char *number, size_t number_size,
                         bool *is_ipv6) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", options->port);
    int error = getaddrinfo(options->host, port, &hints, &found);
    if (error) return failure(command, "no such host: %s", options->host);
    getnameinfo(found->ai_addr, found->ai_addrlen, number, (socklen_t)number_size, NULL, 0,
                NI_NUMERICHOST);
    *is_ipv6 = found->ai_family == AF_INET6;
    int status = 0, yes = 1, probe = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (probe < 0 || bind(probe, found->ai_addr, found->ai_addrlen) || listen(probe, 1)) {
        status =
            errno == EADDRINUSE
                ? failure(command, "port %u is in use; choose another with --port", options->port)
                : failure(command, "cannot listen at %s port %u: %s", options->host, options->port,
                          strerror(errno));
    }
    if (probe >= 0) close(probe);
    freeaddrinfo(found);
    if (strcmp(number, "0.0.0.0") == 0 || strcmp(number, "::") == 0) number[0] = '\0';
    return status;
}

static int open_network(struct server *server) {
    const struct serve_options *options = server->options;
    char number[NI_MAXHOST];
    bool is_ipv6 = false;
    int status = check_address(options, number, sizeof number, &is_ipv6);
    if (status) return status;
    lws_set_log_level(LLL_ERR, on_library_log);
    struct lws_context_creation_info info = {
        .port = (int)options->port,
        .iface = number[0] ? number : NULL,
        .protocols = protocols,
        .headers = security_headers,
        .user = server,
        .server_string = "aeolian",
        .retry_and_idle_policy = &idle_policy,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .max_http_header_data = HEADER_BYTES_MAX,
        .timeout_secs = 10,
        .keepalive_timeout = 15,
        .fd_limit_per_thread = options->sessions_max + 256, // further connections wait unaccepted
        .options =
            LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
    };
    if (!is_ipv6) info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    server->lws = lws_create_context(&info);
    if (!server->lws) {
        return failure(command, "cannot listen at %s port %u", options->host, options->port);
    }
    return 0;
}

static void announce(struct server *server) {
    const struct serve_options *options = server->options;
    struct lws_vhost *vhost = lws_get_vhost_by_name(server->lws, "default");
    int port = vhost ? lws_get_vhost_listen_port(vhost) : (int)options->port;
    const char *host = options->host;
    if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0) host = "127.0.0.1";
    bool brackets = strchr(host, ':') != NULL;
    server_log("%s", aeo_engine_renderer_line(server->engine));
    // Straight to the descriptor: whoever has closed standard output does not want the line, and
    // must not find it counted against the exit status.
    dprintf(STDOUT_FILENO, "Aeolian is playing at http://%s%s%s:%d/\n", brackets ? "[" : "", host,
            brackets ? "]" : "", port);
}

// ----------------------------------------------------------------------------------- the engine

static void on_tick(void *user) {
    struct server *server = user;
    lws_cancel_service(server->lws); // websocket_flush follows on the network thread
}

static int open_engine(struct server *server) {
    aeo_fault fault = {0};
    aeo_options options = server->options->engine;
    options.sessions_max = server->options->sessions_max;
    options.span_frames_max = AEO_LEAD_FRAMES;
    options.ring_frames = 0;
    options.user = server;
    options.on_span = listener_on_span;
    options.on_receipt = listener_on_receipt;
    options.on_tick = on_tick;
    if (aeo_engine_open(&options, &server->engine, &fault) == AEO_OK) return 0;
    return failure(command, "%s", fault.message);
}

static int make_scenes(struct server *server) {
    server->scenes = malloc(SCENES_BYTES_MAX);
    if (!server->scenes) return failure(command, "out of memory");
    struct json_text json = json_text_begin(server->scenes, SCENES_BYTES_MAX);
    protocol_write_scenes(&json, server->engine);
    if (json.overflow) return failure(command, "too many scenes to list");
    server->scenes_bytes = json.size;
    entity_tag_make(server->scenes_tag, server->scenes, server->scenes_bytes);
    return 0;
}

// ------------------------------------------------------------------------------------- the loop

static void tell_trace(const struct server *server, int64_t now_us) {
    struct listeners_view view;
    if (!trace_on()) return;
    listeners_look(&server->listeners, now_us, &view);
    trace_counter(TRACE_COUNTER_QUEUE, view.queue_depth_max);
    if (view.pacing) trace_counter(TRACE_COUNTER_SENT_AHEAD, view.lead_ms_min);
}

static void on_pace(lws_sorted_usec_list_t *timer) {
    struct server *server = lws_container_of(timer, struct server, pace_timer);
    int64_t now_us = clock_now_us();
    aeo_counters counters;
    aeo_engine_counters(server->engine, &counters);
    observer_watch_gpu(server->observer, counters.gpu_device); // no more, once it is lost
    operate_look(server);
    tell_trace(server, now_us);
    for (uint32_t i = 0; i < server->listeners.count; i++) {
        struct listener *listener = &server->listeners.items[i];
        if (!listener->in_use || !listener->connection) continue;
        listener_pace(listener, now_us);
        if (listener_stalled(listener, now_us)) {
            server_log("listener %s took nothing for %d s", listener->name, STALL_CLOSE_S);
            listener->progress_us = now_us;
            listener->end = END_STALLED;
            lws_set_timeout(listener->connection, PENDING_TIMEOUT_USER_REASON_BASE,
                            LWS_TO_KILL_ASYNC);
        }
    }
    lws_sul_schedule(server->lws, 0, timer, on_pace, PACE_PERIOD_MS * 1000);
}

static void say_bye_to_all(struct server *server) {
    server->draining = true;
    server_log("shutting down, %u listening", server->listeners.in_use);
    for (uint32_t i = 0; i < server->listeners.count; i++) {
        if (server->listeners.items[i].in_use) listener_dismiss(&server->listeners.items[i]);
    }
    websocket_flush(server);
}

static void run(struct server *server) {
    int64_t deadline_us = INT64_MAX;
    lws_sul_schedule(server->lws, 0, &server->pace_timer, on_pace, PACE_PERIOD_MS * 1000);
    while (lws_service(server->lws, 0) >= 0) {
        if (signal_seen && !server->draining) {
            say_bye_to_all(server);
            deadline_us = clock_now_us() + (int64_t)DRAIN_S * 1000000;
        }
        bool drained =
            server->draining && server->listeners.in_use == 0 && !server->trace.connection;
        if (drained || clock_now_us() >= deadline_us) break;
    }
    lws_sul_cancel(&server->pace_timer);
}

// Fine for a half-built server.
static void close_server(struct server *server) {
    for (uint32_t i = 0; i < server->listeners.count; i++) {
        struct listener *listener = &server->listeners.items[i];
        if (listener->in_use) listener_release(&server->listeners, listener);
    }
    listeners_stop(&server->listeners);
    observer_stop(server->observer);
    aeo_engine_close(server->engine);
    atomic_store(&context_to_wake, NULL);
    operate_close(server);
    if (server->lws) lws_context_destroy(server->lws);
    listeners_close(&server->listeners);
    free(server->scenes);
    free(server);
}

int serve_run(const struct serve_options *options) {
    struct server *server = calloc(1, sizeof *server);
    if (!server) return failure(command, "out of memory");
    server->options = options;
    server->started_ns = meter_now_ns();
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    server->started_unix_s = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    trace_thread_name("network");
    install_signals();
    int status = 0;
    if (!static_files_open(&server->files)) status = failure(command, "too many files");
    if (!status) status = open_network(server);
    if (!status) status = open_engine(server);
    if (!status) status = make_scenes(server);
    if (!status &&
        !listeners_open(&server->listeners, options->sessions_max, (int)options->opus_complexity)) {
        status = failure(command, "out of memory for %u listeners", options->sessions_max);
    }
    server->observer = status ? NULL : observer_start();
    if (!status && !server->observer) status = failure(command, "out of memory");
    if (!status && aeo_engine_start(server->engine) != AEO_OK) {
        status = failure(command, "the engine does not start");
    }
    if (!status) {
        atomic_store(&context_to_wake, server->lws);
        announce(server);
        run(server);
    }
    close_server(server);
    return status;
}
