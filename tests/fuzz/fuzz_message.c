// libFuzzer: whatever bytes a client sends, as a message or as the query of a stream, reading them
// ends, stays within bounds, and either gives values in range or an error that is itself JSON.
// The first byte chooses between message and query.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/encoder_pool.h"
#include "server/protocol.h"
#include "server/stream_query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition) {
    if (!condition) abort();
}

static void check_error(const struct protocol_error *error) {
    char buffer[1024];
    struct json_text json = json_text_begin(buffer, sizeof buffer);
    protocol_write_error(&json, error);
    require(!json.overflow);
    require(error->code != CODE_NONE && error->message[0]);
    json_t *root = json_loads(buffer, JSON_REJECT_DUPLICATES, NULL);
    require(root != NULL);
    json_decref(root);
}

static void check_settings(const aeo_setting *settings, uint32_t count) {
    require(count <= aeo_control_count());
    for (uint32_t i = 0; i < count; i++) {
        const aeo_control_info *info = aeo_control_at(settings[i].control);
        require(info && settings[i].value >= info->min && settings[i].value <= info->max);
    }
}

static void fuzz_message(const char *text, size_t size) {
    struct message message;
    struct protocol_error error;
    if (protocol_parse(text, size, &message, &error)) {
        check_settings(message.settings, message.setting_count);
        require(memchr(message.scene, 0, sizeof message.scene) != NULL);
        require(message.buffer_ms >= 0.0 && message.buffer_ms <= 600000.0);
    } else {
        check_error(&error);
    }
}

// Arguments apart by newlines, as the server has already cut the query at its '&'s.
static void fuzz_query(const char *data, size_t size) {
    struct stream_query query;
    struct protocol_error error = {0};
    char *text = malloc(size + 1);
    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    stream_query_begin(&query);
    int good = 1;
    char *rest = text, *argument;
    while (good && (argument = strsep(&rest, "\n"))) {
        good = stream_query_argument(&query, argument, &error);
    }
    good = good && stream_query_finish(&query, &error);
    if (good) {
        require(query.at >= 0 && query.bitrate >= BITRATE_MIN && query.bitrate <= BITRATE_MAX);
        check_settings(query.settings, query.setting_count);
    } else {
        check_error(&error);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    if (data[0] == '?') {
        fuzz_query((const char *)data + 1, size - 1);
    } else {
        fuzz_message((const char *)data, size);
    }
    return 0;
}
