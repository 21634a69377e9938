// One answer of a server's HTTP interface: a connection for each request, with a time limit, and a
// body of bounded size. No TLS: it is for whoever may reach the server itself. Main thread.
#ifndef PROFILING_TOP_FETCH_H
#define PROFILING_TOP_FETCH_H

#include <stdbool.h>
#include <stddef.h>

enum { FETCH_BYTES_MAX = 64 * 1024, FETCH_PATIENCE_MS = 3000 };

struct fetch_address {
    char host[256], port[8];
};

// Reads http://HOST[:PORT][/]; HOST may be an IPv6 address in brackets. False: it is not that.
bool fetch_address_read(const char *url, struct fetch_address *address);

// GETs PATH and writes the body, zero-terminated, into BODY of FETCH_BYTES_MAX. False with one line
// in WHY when there is no connection, no whole answer within FETCH_PATIENCE_MS, or another status
// than 200; also when a signal asks the program to stop.
bool fetch(const struct fetch_address *address, const char *path, char *body, char *why,
           size_t why_size);

#endif
