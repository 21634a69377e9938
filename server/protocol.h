// The JSON messages of aeolian.v1 (docs/PROTOCOL.md): reading what a listener sends and writing
// what the server answers. Pure functions over text: no socket, no listener, so that tests and the
// fuzzer drive them directly. Parsing takes memory inside the JSON library only, bounded by the
// size of a message (MESSAGE_BYTES_MAX); writing takes none. Network thread.
#ifndef SERVER_PROTOCOL_H
#define SERVER_PROTOCOL_H

#include "engine/aeolian.h"   // aeo_setting, aeo_receipt, aeo_phrase, aeo_fault
#include "server/json_text.h" // json_text

enum {
    MESSAGE_BYTES_MAX = 4096,    // a longer one from a client closes with 1009
    MESSAGE_DEPTH_MAX = 16,      // deeper nesting is bad_json
    SCENE_NAME_MAX = 64,         // longer than any scene's name
    REPLY_BYTES_MAX = 32 * 1024, // the longest message the server writes: a phrase of 96 notes
};

// Every `code` of an error message.
enum protocol_code {
    CODE_NONE,
    CODE_BAD_JSON,         // not JSON, not an object, NaN, a name twice, nested too deeply
    CODE_BAD_TYPE,         // "type" is missing or unknown
    CODE_BAD_CONTROL,      // no control of that name
    CODE_BAD_VALUE,        // with `field`
    CODE_RATE_LIMITED,     // too many messages, or too many changes waiting
    CODE_FULL,             // every place is taken (before the upgrade: 503)
    CODE_SHUTTING_DOWN,    // the server is stopping (503)
    CODE_FORBIDDEN,        // this origin may not listen (403)
    CODE_NOT_FOUND,        // no such path (404)
    CODE_BAD_METHOD,       // only GET and HEAD (405)
    CODE_BUSY,             // what was asked for is being done already (409)
    CODE_UPGRADE_REQUIRED, // all is well, but this is a WebSocket address (426)
};

#define CODE_COUNT (CODE_UPGRADE_REQUIRED + 1)

// "bad_json" and so on; static text.
const char *protocol_code_name(enum protocol_code code);

// A refusal: what an `error` message says.
struct protocol_error {
    enum protocol_code code;
    uint64_t id; // of the message that was refused
    bool id_given;
    char field[64]; // as the client wrote it; "" when no field is to blame
    char message[224];
};

// Fills ERROR (keeping its id) and returns false, so that a check can end with it.
bool protocol_refuse(struct protocol_error *error, enum protocol_code code, const char *field,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

enum message_kind {
    MESSAGE_SET,
    MESSAGE_SCENE,
    MESSAGE_PAUSE,
    MESSAGE_RESUME,
    MESSAGE_PING,
    MESSAGE_STATS,
};

// A message from a client, checked.
struct message {
    enum message_kind kind;
    uint64_t id;                            // SET, SCENE
    uint32_t setting_count;                 // SET
    aeo_setting settings[AEO_CONTROLS_MAX]; // SET: each control at most once, values in range
    char scene[SCENE_NAME_MAX];             // SCENE: as written; not looked up
    double t;                               // PING: given back as it came
    double buffer_ms;                       // STATS: music not yet played, 0..600000
    uint64_t underruns;                     // STATS
};

// Reads the SIZE bytes of TEXT (at most MESSAGE_BYTES_MAX). False: ERROR says why, and nothing of
// the message may be acted on. Fields that are not known are ignored.
bool protocol_parse(const char *text, size_t size, struct message *message,
                    struct protocol_error *error);

// Turns an engine's fault into the error a listener sees.
void protocol_error_from_fault(struct protocol_error *error, enum aeo_status status,
                               const aeo_fault *fault);

// {"type":"error",...}; also the body of a refused HTTP request.
void protocol_write_error(struct json_text *json, const struct protocol_error *error);

// A control's value as clients know it: a number, or the name of an enumerated one.
void protocol_write_value(struct json_text *json, const aeo_control_info *info, double value);

// {name:{kind, [value], [default], label, help, min, max | values}}. Without VALUES the current
// value is left out, without DEFAULTS the default (both hold one number for each control).
void protocol_write_controls(struct json_text *json, const double *values, const double *defaults);

// What `hello` tells beside the session's own state.
struct hello {
    const char *engine; // version of program and sound
    const char *session;
    const char *address;
    const char *scene;
    int64_t position, exact_from;
    uint32_t bitrate, lead_ms;
};

// {"type":"hello",...} with every control's kind, range, value, default and label.
void protocol_write_hello(struct json_text *json, const struct hello *hello,
                          const aeo_session_info *info, const aeo_scene_info *scene);

void protocol_write_phrase(struct json_text *json, const aeo_phrase *phrase);

// HEARD_IN_MS: from now until the change can be heard, at least 0.
void protocol_write_receipt(struct json_text *json, const aeo_receipt *receipt,
                            int64_t heard_in_ms);

void protocol_write_pong(struct json_text *json, double t, int64_t position);

void protocol_write_bye(struct json_text *json, const char *reason, const char *address);

// In scenes_json.c. The body of /v1/scenes: {"scenes":[{name, slug, character, key, mode, phrase_s,
// lufs, hash, defaults}], "controls":{...}}.
void protocol_write_scenes(struct json_text *json, const aeo_engine *engine);

#endif
