// Requests without an upgrade: the player's files, /v1/scenes, what operators ask (/healthz,
// /readyz, /metrics, /v1/status), and clear JSON for everything else. Large bodies lie in memory
// for the life of the server and are sent in pieces as the connection takes them; what is made for
// each request is handed over at once, and the library keeps what the connection does not take.
// Network thread. See network.h.
#include <stdio.h>
#include <string.h>

#include "server/network.h"

enum { PIECE_BYTES = 16 * 1024 };

struct response {
    unsigned status;
    const char *mime_type, *entity_tag, *cache;
    const char *extra_name, *extra_value; // one more header, or NULL
    const void *body;
    size_t size;
};

unsigned http_status_of(enum protocol_code code) {
    switch (code) {
    case CODE_FULL:
    case CODE_SHUTTING_DOWN:
        return 503;
    case CODE_FORBIDDEN:
        return 403;
    case CODE_NOT_FOUND:
        return 404;
    case CODE_BAD_METHOD:
        return 405;
    case CODE_BUSY:
        return 409;
    case CODE_UPGRADE_REQUIRED:
        return 426;
    case CODE_NONE:
    case CODE_BAD_JSON:
    case CODE_BAD_TYPE:
    case CODE_BAD_CONTROL:
    case CODE_BAD_VALUE:
    case CODE_RATE_LIMITED:
        break;
    }
    return 400;
}

static bool add_header(struct lws *connection, const char *name, const char *value,
                       unsigned char **at, unsigned char *end) {
    return lws_add_http_header_by_name(connection, (const unsigned char *)name,
                                       (const unsigned char *)value, (int)strlen(value), at,
                                       end) == 0;
}

// Status line and headers; the security headers come from the library's list (serve.c).
static int send_headers(struct lws *connection, const struct response *response) {
    unsigned char buffer[LWS_PRE + 2048];
    unsigned char *start = buffer + LWS_PRE, *at = start, *end = buffer + sizeof buffer - 1;
    bool is_json = strcmp(response->mime_type, "application/json") == 0;
    if (lws_add_http_header_status(connection, response->status, &at, end) ||
        !add_header(connection, "content-type:", response->mime_type, &at, end) ||
        !add_header(connection, "cache-control:", response->cache, &at, end) ||
        (response->entity_tag &&
         !add_header(connection, "etag:", response->entity_tag, &at, end)) ||
        (is_json && !add_header(connection, "access-control-allow-origin:", "*", &at, end)) ||
        (response->extra_name &&
         !add_header(connection, response->extra_name, response->extra_value, &at, end)) ||
        (response->status == 426 &&
         !add_header(connection, "sec-websocket-version:", "13", &at, end)) ||
        (response->status != 304 &&
         lws_add_http_header_content_length(connection, response->size, &at, end))) {
        return -1;
    }
    return lws_finalize_write_http_header(connection, start, &at, end) ? -1 : 0;
}

// The connection can take another request, or is to be closed.
static int finish(struct lws *connection) {
    return lws_http_transaction_completed(connection) ? -1 : 0;
}

static int begin_response(struct lws *connection, struct http_exchange *exchange,
                          const struct response *response, bool with_body) {
    if (send_headers(connection, response)) return -1;
    if (!with_body || response->size == 0) return finish(connection);
    exchange->data = response->body;
    exchange->size = response->size;
    exchange->sent = 0;
    lws_callback_on_writable(connection);
    return 0;
}

// The next piece of the body.
static int continue_response(struct lws *connection, struct http_exchange *exchange) {
    unsigned char buffer[LWS_PRE + PIECE_BYTES];
    size_t left = exchange->size - exchange->sent;
    if (left == 0) return 0; // woken for reasons of the library's own
    size_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
    bool last = piece == left;
    memcpy(buffer + LWS_PRE, exchange->data + exchange->sent, piece);
    int written = lws_write(connection, buffer + LWS_PRE, piece,
                            last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
    if (written < (int)piece) return -1;
    exchange->sent += piece;
    if (last) {
        exchange->size = exchange->sent = 0;
        operate_forget(connection);
        return finish(connection);
    }
    lws_callback_on_writable(connection);
    return 0;
}

// Sends RESPONSE whole. Its body stands in a buffer with LWS_PRE bytes before it.
static int send_whole(struct lws *connection, const struct response *response) {
    if (send_headers(connection, response)) return -1;
    unsigned char *body = (unsigned char *)(uintptr_t)response->body;
    int written = lws_write(connection, body, response->size, LWS_WRITE_HTTP_FINAL);
    return written < (int)response->size ? -1 : 0;
}

// ALLOW: the methods there are, for status 405.
static int send_error(struct lws *connection, unsigned status, const struct protocol_error *error,
                      const char *allow) {
    unsigned char buffer[LWS_PRE + 1024];
    struct json_text json = json_text_begin((char *)buffer + LWS_PRE, sizeof buffer - LWS_PRE);
    protocol_write_error(&json, error);
    struct response response = {
        .status = status,
        .mime_type = "application/json",
        .cache = "no-store",
        .body = buffer + LWS_PRE,
        .size = json.size,
    };
    if (status == 405) {
        response.extra_name = "allow:";
        response.extra_value = allow;
    } else if (status == 426) {
        response.extra_name = "upgrade:";
        response.extra_value = "websocket";
    } else if (status == 503) {
        response.extra_name = "retry-after:";
        response.extra_value = "5";
    }
    return send_whole(connection, &response);
}

int http_send_error(struct lws *connection, unsigned status, const struct protocol_error *error) {
    return send_error(connection, status, error, "GET, HEAD");
}

// An error as the answer to a request; to HEAD without the body.
static int answer_error(struct lws *connection, const struct protocol_error *error, bool is_head) {
    unsigned status = http_status_of(error->code);
    if (is_head) {
        const struct response response = {
            .status = status, .mime_type = "application/json", .cache = "no-store"};
        return send_headers(connection, &response) ? -1 : finish(connection);
    }
    return http_send_error(connection, status, error) ? -1 : finish(connection);
}

// True when the client already has the body with this tag.
static bool has_entity(struct lws *connection, const char *entity_tag) {
    char wanted[256];
    int size = lws_hdr_copy(connection, wanted, sizeof wanted, WSI_TOKEN_HTTP_IF_NONE_MATCH);
    return size > 0 && strstr(wanted, entity_tag) != NULL;
}

// The answer to GET or HEAD of PATH, if there is one.
static bool find_response(struct lws *connection, const char *path, struct response *response) {
    struct server *server = server_of(connection);
    const struct static_file *file = static_files_find(&server->files, path);
    response->status = 200;
    if (strcmp(path, "/healthz") == 0) {
        *response = (struct response){200, "text/plain", NULL, "no-store", NULL, NULL, "ok\n", 3};
    } else if (strcmp(path, "/v1/scenes") == 0) {
        response->mime_type = "application/json";
        response->entity_tag = server->scenes_tag;
        response->body = server->scenes;
        response->size = server->scenes_bytes;
        response->cache = "no-cache";
    } else if (file) {
        response->mime_type = file->mime_type;
        response->entity_tag = file->entity_tag;
        response->body = file->data;
        response->size = file->size;
        response->cache = "no-cache"; // ask again each time; the tag makes the answer short
    } else {
        return false;
    }
    if (response->entity_tag && has_entity(connection, response->entity_tag)) {
        response->status = 304;
        response->size = 0;
    }
    return true;
}

// What is another answer each time. 1: PATH is nothing of the kind; else as a callback returns.
static int answer_status(struct lws *connection, const char *path, bool is_get) {
    struct server *server = server_of(connection);
    char *body = (char *)server->health + LWS_PRE;
    struct json_text json = json_text_begin(body, HEALTH_BYTES_MAX);
    struct response response = {.status = 200, .cache = "no-store", .body = body};
    if (strcmp(path, "/readyz") == 0) {
        if (!readiness_write(&json, server)) response.status = 503;
        response.mime_type = "application/json";
        response.size = json.size;
    } else if (strcmp(path, "/v1/status") == 0) {
        status_write(&json, server);
        response.mime_type = "application/json";
        response.size = json.size;
    } else if (strcmp(path, "/metrics") == 0) {
        response.mime_type = "text/plain; version=0.0.4; charset=utf-8";
        response.size = metrics_write(body, HEALTH_BYTES_MAX, server);
    } else {
        return 1;
    }
    if ((is_get ? send_whole : send_headers)(connection, &response)) return -1;
    return finish(connection);
}

// A POST, which only operators have a use for. A body may follow that nobody reads: what is refused
// ends the connection.
static int answer_post(struct lws *connection, const char *path) {
    struct protocol_error error = {0};
    if (operate_is_path(path)) {
        if (operate_begin(connection, path, &error)) return 0;
    } else {
        protocol_refuse(&error, CODE_BAD_METHOD, "", "only GET and HEAD are answered here");
    }
    http_send_error(connection, http_status_of(error.code), &error);
    return -1;
}

// The trace that was asked for. It is no JSON that pages of other origins may read, unlike what is
// sent as application/json alone.
static int answer_trace(struct lws *connection, struct http_exchange *exchange) {
    const struct operate_trace *trace = &server_of(connection)->trace;
    server_of(connection)->trace.answered = true;
    lws_set_timeout(connection, NO_PENDING_TIMEOUT, 0);
    if (trace->failed) return -1; // out of memory: a broken connection says so
    const struct response response = {
        .status = 200,
        .mime_type = "application/json; charset=utf-8",
        .cache = "no-store",
        .extra_name = "content-disposition:",
        .extra_value = "attachment; filename=\"aeolian-trace.json\"",
        .body = trace->body,
        .size = trace->size,
    };
    return begin_response(connection, exchange, &response, true);
}

static int answer_request(struct lws *connection, struct http_exchange *exchange) {
    char path[URI_BYTES_MAX] = "";
    struct protocol_error error = {0};
    struct response response = {0};
    bool is_get = lws_hdr_total_length(connection, WSI_TOKEN_GET_URI) > 0;
    bool is_head = !is_get && lws_hdr_total_length(connection, WSI_TOKEN_HEAD_URI) > 0;
    if (lws_hdr_total_length(connection, WSI_TOKEN_POST_URI) > 0) {
        lws_hdr_copy(connection, path, sizeof path, WSI_TOKEN_POST_URI);
        return answer_post(connection, path);
    }
    if (!is_get && !is_head) {
        protocol_refuse(&error, CODE_BAD_METHOD, "", "only GET and HEAD are answered here");
        http_send_error(connection, 405, &error);
        return -1; // a body may follow that nobody reads
    }
    lws_hdr_copy(connection, path, sizeof path, is_get ? WSI_TOKEN_GET_URI : WSI_TOKEN_HEAD_URI);
    int answered = answer_status(connection, path, is_get);
    if (answered != 1) return answered;
    if (find_response(connection, path, &response)) {
        return begin_response(connection, exchange, &response, is_get);
    }
    if (strcmp(path, "/v1/stream") == 0) {
        upgrade_explain(connection, &error);
    } else if (operate_is_path(path)) {
        protocol_refuse(&error, CODE_BAD_METHOD, "", "only POST is answered here");
        send_error(connection, 405, &error, "POST");
        return -1;
    } else {
        protocol_refuse(&error, CODE_NOT_FOUND, "", "there is nothing at this path");
    }
    return answer_error(connection, &error, is_head);
}

int http_callback(struct lws *connection, enum lws_callback_reasons reason, void *exchange,
                  void *in, size_t size) {
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return answer_request(connection, exchange);
    case LWS_CALLBACK_HTTP_BODY: // of a POST: of no use
    case LWS_CALLBACK_HTTP_BODY_COMPLETION: // the answer comes later
        return 0;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        if (operate_is_answer_due(connection)) return answer_trace(connection, exchange);
        return continue_response(connection, exchange);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return upgrade_confirm(connection);
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        websocket_flush(server_of(connection));
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        operate_forget(connection);
        websocket_forget(connection);
        return 0;
    // CONNECT, and an upgrade that names no protocol, would end here: neither is for us.
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_ESTABLISHED:
        return -1;
    default:
        return lws_callback_http_dummy(connection, reason, exchange, in, size);
    }
}
