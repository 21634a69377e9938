// The query of /v1/stream: scene, seed, at, address, bitrate, controls. Each argument is checked
// for itself, then all of them together; the first thing wrong is the answer. Pure functions; the
// caller has already undone percent-encoding. Network thread.
#ifndef SERVER_STREAM_QUERY_H
#define SERVER_STREAM_QUERY_H

#include "server/protocol.h" // protocol_error, aeo_setting

struct stream_query {
    bool scene_given, seed_given, at_given, address_given, bitrate_given, controls_given;
    char scene[SCENE_NAME_MAX];
    uint64_t seed;
    int64_t at; // frames
    char address[AEO_ADDRESS_MAX];
    uint32_t bitrate; // bit/s
    uint32_t setting_count;
    aeo_setting settings[AEO_CONTROLS_MAX];
};

// Sets the defaults (no seed: the caller draws one).
void stream_query_begin(struct stream_query *query);

// Takes one "name=value". Arguments that are not known are ignored. False: ERROR says why.
bool stream_query_argument(struct stream_query *query, const char *argument,
                           struct protocol_error *error);

// Checks what concerns several arguments: an address already names scene, seed and controls.
bool stream_query_finish(const struct stream_query *query, struct protocol_error *error);

#endif
