// From a request for /v1/stream to a listener: everything that can be refused is refused here,
// before the upgrade, with a status and a JSON body. The listener claimed travels with the
// connection until the WebSocket is established. Network thread. See network.h.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "server/network.h"

static const char protocol_name[] = "aeolian.v1";

// Is NAME one of the words of a comma-separated list?
static bool list_has(const char *list, const char *name) {
    while (*list) {
        list += strspn(list, " \t,");
        size_t length = strcspn(list, " \t,");
        if (length == strlen(name) && strncmp(list, name, length) == 0) return true;
        list += length;
    }
    return false;
}

// Browsers name the page that opens a connection. Everything here is public and there is nothing
// to steal with a visitor's rights, so any page may listen unless --origin says otherwise.
static bool origin_allowed(struct lws *connection, const struct serve_options *options,
                           struct protocol_error *error) {
    char origin[256];
    if (!options->origin) return true;
    int size = lws_hdr_copy(connection, origin, sizeof origin, WSI_TOKEN_ORIGIN);
    if (size == 0) return true; // not a browser
    if (size > 0 && strcasecmp(origin, options->origin) == 0) return true;
    return protocol_refuse(error, CODE_FORBIDDEN, "Origin", "pages of this origin may not listen");
}

// The arguments arrive percent-decoded, one fragment each. There is room for any that the library
// lets through, so that what is too long is refused by the argument's own name.
static bool read_query(struct lws *connection, struct stream_query *query,
                       struct protocol_error *error) {
    char argument[HEADER_BYTES_MAX];
    stream_query_begin(query);
    query->bitrate = server_of(connection)->options->bitrate;
    for (int i = 0;; i++) {
        int length = lws_hdr_fragment_length(connection, WSI_TOKEN_HTTP_URI_ARGS, i);
        int size = lws_hdr_copy_fragment(connection, argument, sizeof argument,
                                         WSI_TOKEN_HTTP_URI_ARGS, i);
        // An argument that is not there and one that is empty ("a=1&&b=2") both have no length.
        if (length <= 0 && size < 0) break;
        if (length <= 0) continue;
        if (size < 0) {
            return protocol_refuse(error, CODE_BAD_VALUE, "", "an argument is too long");
        }
        if (strlen(argument) != (size_t)size) {
            return protocol_refuse(error, CODE_BAD_VALUE, "", "an argument has a zero byte");
        }
        if (!stream_query_argument(query, argument, error)) return false;
    }
    return stream_query_finish(query, error);
}

// Query and engine together: a listener, or the reason why not.
static struct listener *claim(struct lws *connection, struct protocol_error *error) {
    struct server *server = server_of(connection);
    struct stream_query query;
    if (server->draining) {
        protocol_refuse(error, CODE_SHUTTING_DOWN, "", "the server is shutting down");
        return NULL;
    }
    if (!origin_allowed(connection, server->options, error) ||
        !read_query(connection, &query, error)) {
        return NULL;
    }
    return listener_claim(&server->listeners, server->engine, &query, error);
}

static int refuse(struct lws *connection, const struct protocol_error *error) {
    server_of(connection)->refused[error->code]++;
    return http_send_error(connection, http_status_of(error->code), error) ? -1 : 1;
}

int upgrade_confirm(struct lws *connection) {
    // libwebsockets 4.1 calls this even after it has refused an unknown Upgrade header and freed
    // the headers it passes in (NN-2025-0102): believe only what can still be read. This refuses
    // h2c too, which a client may not rely on.
    char upgrade[16], path[64], protocols[256], version[8];
    struct protocol_error error = {0};
    if (lws_hdr_copy(connection, upgrade, sizeof upgrade, WSI_TOKEN_UPGRADE) <= 0 ||
        strcasecmp(upgrade, "websocket") != 0) {
        return -1;
    }
    if (lws_hdr_copy(connection, path, sizeof path, WSI_TOKEN_GET_URI) <= 0 ||
        strcmp(path, "/v1/stream") != 0) {
        protocol_refuse(&error, CODE_NOT_FOUND, "", "the music is at /v1/stream");
        return refuse(connection, &error);
    }
    if (lws_hdr_copy(connection, protocols, sizeof protocols, WSI_TOKEN_PROTOCOL) <= 0 ||
        !list_has(protocols, protocol_name)) {
        protocol_refuse(&error, CODE_BAD_VALUE, "Sec-WebSocket-Protocol",
                        "ask for the subprotocol %s", protocol_name);
        return refuse(connection, &error);
    }
    // RFC 6455, 4.4: an unknown version is answered with the known one.
    if (lws_hdr_copy(connection, version, sizeof version, WSI_TOKEN_VERSION) <= 0 ||
        strcmp(version, "13") != 0) {
        protocol_refuse(&error, CODE_UPGRADE_REQUIRED, "Sec-WebSocket-Version",
                        "WebSockets of version 13 are understood here");
        return refuse(connection, &error);
    }
    struct listener *listener = claim(connection, &error);
    if (!listener) return refuse(connection, &error);
    lws_set_opaque_user_data(connection, listener);
    return 0;
}

void upgrade_explain(struct lws *connection, struct protocol_error *error) {
    struct listener *listener = claim(connection, error);
    if (!listener) return;
    listener_release(&server_of(connection)->listeners, listener);
    protocol_refuse(error, CODE_UPGRADE_REQUIRED, "",
                    "this is a WebSocket address: connect to it with the subprotocol %s",
                    protocol_name);
}
