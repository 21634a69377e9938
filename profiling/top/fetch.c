// See fetch.h. The socket never blocks: every step waits in poll, until the same deadline.
#include "profiling/top/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "profiling/meters.h"   // meter_now_ns
#include "server/stop_signal.h" // stop_signal

enum { HEAD_BYTES_MAX = 4096 };

bool fetch_address_read(const char *url, struct fetch_address *address) {
    static const char scheme[] = "http://";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0) return false;
    const char *host = url + sizeof scheme - 1;
    bool brackets = *host == '[';
    host += brackets;
    size_t length = strcspn(host, brackets ? "]" : ":/?#@");
    if (length == 0 || length >= sizeof address->host) return false;
    memcpy(address->host, host, length);
    address->host[length] = '\0';
    const char *rest = host + length;
    if (brackets && *rest++ != ']') return false;
    snprintf(address->port, sizeof address->port, "80");
    if (*rest == ':') {
        char *end;
        unsigned long port = strtoul(rest + 1, &end, 10);
        if (rest[1] < '0' || rest[1] > '9' || port < 1 || port > 65535) return false;
        snprintf(address->port, sizeof address->port, "%lu", port);
        rest = end;
    }
    return rest[strspn(rest, "/")] == '\0';
}

// Waits until the socket is ready for EVENTS; 0 or an errno.
static int await(int connection, short events, int64_t until_ns) {
    struct pollfd ready = {.fd = connection, .events = events};
    int64_t left_ms = (until_ns - meter_now_ns()) / 1000000;
    int found = left_ms > 0 && !stop_signal ? poll(&ready, 1, (int)left_ms) : 0;
    return found > 0 ? 0 : found == 0 ? ETIMEDOUT : errno;
}

// Connects to one of the addresses that HOST has; below 0 with errno.
static int open_connection(const struct addrinfo *found, int64_t until_ns) {
    int error = ECONNREFUSED;
    for (; found; found = found->ai_next) {
        int connection = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (connection < 0) {
            error = errno;
            continue;
        }
        error = connect(connection, found->ai_addr, found->ai_addrlen) ? errno : 0;
        if (error == EINPROGRESS) {
            socklen_t size = sizeof error;
            error = await(connection, POLLOUT, until_ns);
            if (!error) getsockopt(connection, SOL_SOCKET, SO_ERROR, &error, &size);
        }
        if (!error) return connection;
        close(connection);
    }
    errno = error;
    return -1;
}

// Sends TEXT and reads until the other side closes; bytes read, or below 0 with errno. What does
// not fit into CAPACITY (its final zero included) is EMSGSIZE.
static ssize_t exchange(int connection, const char *text, char *answer, size_t capacity,
                        int64_t until_ns) {
    size_t size = 0;
    if (send(connection, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text)) return -1;
    for (;;) {
        int error = await(connection, POLLIN, until_ns);
        ssize_t got = error ? -1 : read(connection, answer + size, capacity - size);
        if (error) errno = error;
        if (got == 0 && size == capacity) errno = EMSGSIZE;
        if (got < 0 || (got == 0 && size == capacity)) return -1;
        if (got == 0) break;
        size += (size_t)got;
    }
    answer[size] = '\0';
    return (ssize_t)size;
}

// The body of ANSWER, if it is HTTP with status 200 and whole; else NULL.
static const char *find_body(const char *answer, char *why, size_t why_size) {
    int status = 0;
    if (sscanf(answer, "HTTP/1.%*1[01] %3d ", &status) != 1) {
        snprintf(why, why_size, "what answers there does not speak HTTP");
        return NULL;
    }
    const char *body = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "content-length:");
    if (status != 200) {
        snprintf(why, why_size, "it answers with HTTP status %d", status);
        return NULL;
    }
    if (!body || (length && length < body &&
                  strtoul(length + sizeof "content-length:" - 1, NULL, 10) != strlen(body + 4))) {
        snprintf(why, why_size, "the answer broke off");
        return NULL;
    }
    return body + 4;
}

bool fetch(const struct fetch_address *address, const char *path, char *body, char *why,
           size_t why_size) {
    static char answer[HEAD_BYTES_MAX + FETCH_BYTES_MAX];
    char request[512];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int64_t until_ns = meter_now_ns() + FETCH_PATIENCE_MS * INT64_C(1000000);
    if (getaddrinfo(address->host, address->port, &hints, &found)) {
        snprintf(why, why_size, "no such host: %s", address->host);
        return false;
    }
    int connection = open_connection(found, until_ns);
    freeaddrinfo(found);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
             path, address->host);
    bool read_all = connection >= 0 &&
                    exchange(connection, request, answer, sizeof answer - 1, until_ns) >= 0;
    if (!read_all) snprintf(why, why_size, "%s", strerror(errno));
    if (connection >= 0) close(connection);
    const char *text = read_all ? find_body(answer, why, why_size) : NULL;
    if (text && strlen(text) >= FETCH_BYTES_MAX) {
        snprintf(why, why_size, "the answer is too long");
        text = NULL;
    }
    if (text) snprintf(body, FETCH_BYTES_MAX, "%s", text);
    return text != NULL;
}
