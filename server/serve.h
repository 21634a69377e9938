// `aeolian serve`: the server from start to end. One call that returns when the process has been
// asked to stop and every listener has been told.
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include <stdint.h>

#include "engine/aeolian.h" // aeo_options

struct serve_options {
    const char *host;         // address or name to listen at
    uint32_t port;            // 0: any free one
    uint32_t sessions_max;    // listeners at one time
    uint32_t opus_complexity; // 0..10
    uint32_t bitrate;         // of listeners that do not ask for one, bit/s
    const char *origin;       // the one page origin that may listen; NULL: any
    aeo_options engine; // renderer, instruction set, threads, scene files; the rest is set here
};

// Runs the server on the calling thread (which becomes the network thread). Prints the address to
// open on standard output. SIGINT or SIGTERM: says bye to all, waits at most DRAIN_S, returns 0; a
// second signal ends the process at once. Returns EXIT_FAILED with one line on standard error when
// it cannot start.
int serve_run(const struct serve_options *options);

#endif
