// The text of the protocol without a network: the JSON writer at its limits, parsing at its limits,
// and that everything written is JSON.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/protocol.h"

static bool is_json(const char *text) {
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    json_decref(root);
    return root != NULL;
}

static void test_writer_escapes(void **state) {
    (void)state;
    char buffer[256];
    struct json_text json = json_text_begin(buffer, sizeof buffer);
    emit_open(&json, '{');
    emit_named_string(&json, "a\"b", "tab\t, quote\", slash\\, bell\a, e\xc3\xa9");
    emit_named_real(&json, "nothing", 0.0 / (json.size ? 0.0 : 1.0));
    emit_named_integer(&json, "least", INT64_MIN);
    emit_named_u64_string(&json, "seed", UINT64_MAX);
    emit_name(&json, "list");
    emit_open(&json, '[');
    emit_bool(&json, true);
    emit_open(&json, '[');
    emit_close(&json, ']');
    emit_real(&json, 0.1);
    emit_close(&json, ']');
    emit_close(&json, '}');
    assert_false(json.overflow);
    assert_string_equal(buffer, "{\"a\\\"b\":\"tab\\u0009, quote\\\", slash\\\\, bell\\u0007, "
                                "e\xc3\xa9\",\"nothing\":null,\"least\":-9223372036854775808,"
                                "\"seed\":\"18446744073709551615\",\"list\":[true,[],0.1]}");
    assert_true(is_json(buffer));
}

static void test_writer_mends_utf8(void **state) {
    (void)state;
    const struct {
        const char *text, *written;
    } cases[] = {
        {"\xc3\xa9\xe2\x99\xab\xf0\x9f\x8e\xb5", "\"\xc3\xa9\xe2\x99\xab\xf0\x9f\x8e\xb5\""},
        {"\xff\xc3", "\"??\""},           // no lead byte; cut off by the end
        {"\xc0\xaf", "\"??\""},           // an overlong '/'
        {"\xe0\x80\xaf", "\"???\""},      // the same in three
        {"\xed\xa0\x80", "\"???\""},      // a surrogate
        {"\xf4\x90\x80\x80", "\"????\""}, // beyond the last character
        {"\xe2\x99q", "\"??q\""},         // broken off by another
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buffer[64];
        struct json_text json = json_text_begin(buffer, sizeof buffer);
        emit_string(&json, cases[i].text);
        assert_string_equal(buffer, cases[i].written);
    }
}

static void test_writer_never_passes_the_end(void **state) {
    (void)state;
    char buffer[40];
    for (size_t capacity = 1; capacity < sizeof buffer; capacity++) {
        memset(buffer, 'x', sizeof buffer);
        struct json_text json = json_text_begin(buffer, capacity);
        emit_open(&json, '{');
        emit_named_string(&json, "name", "a text \n longer");
        emit_close(&json, '}');
        assert_true(strlen(buffer) < capacity);
        for (size_t i = capacity; i < sizeof buffer; i++) {
            assert_int_equal(buffer[i], 'x');
        }
        assert_int_equal(json.overflow,
                         capacity < strlen("{\"name\":\"a text \\u000a longer\"}") + 1);
    }
}

static enum protocol_code code_of(const char *text, size_t size) {
    struct message message;
    struct protocol_error error;
    if (protocol_parse(text, size, &message, &error)) return CODE_NONE;
    char buffer[1024];
    struct json_text json = json_text_begin(buffer, sizeof buffer);
    protocol_write_error(&json, &error);
    assert_false(json.overflow);
    assert_true(is_json(buffer));
    assert_true(error.message[0]);
    return error.code;
}

static void test_depth(void **state) {
    (void)state;
    for (int depth = 1; depth < 40; depth++) {
        char text[128] = "{\"type\":\"pause\",\"x\":";
        size_t size = strlen(text);
        memset(text + size, '[', (size_t)depth);
        memset(text + size + depth, ']', (size_t)depth);
        text[size + 2 * (size_t)depth] = '}';
        // The object itself is the first level.
        enum protocol_code expected = depth + 1 <= MESSAGE_DEPTH_MAX ? CODE_NONE : CODE_BAD_JSON;
        assert_int_equal(code_of(text, size + 2 * (size_t)depth + 1), expected);
    }
}

static void test_odd_bytes(void **state) {
    (void)state;
    static char big[MESSAGE_BYTES_MAX + 1];
    memset(big, ' ', sizeof big);
    memcpy(big, "{\"type\":\"pause\"}", 16);
    assert_int_equal(code_of(big, MESSAGE_BYTES_MAX), CODE_NONE);
    assert_int_equal(code_of(big, MESSAGE_BYTES_MAX + 1), CODE_BAD_JSON);
    assert_int_equal(code_of("", 0), CODE_BAD_JSON);
    assert_int_equal(code_of("{\"type\":\"pause\"}\0", 17), CODE_BAD_JSON);
    assert_int_equal(code_of("{\"type\":\"pa\\u0000use\"}", 22), CODE_BAD_JSON);
    assert_int_equal(code_of("{\"type\":\"\xff\xfe\"}", 13), CODE_BAD_JSON);
    assert_int_equal(code_of("{\"type\":\"pause\"", 15), CODE_BAD_JSON);
    assert_int_equal(code_of("{\"type\":\"", 9), CODE_BAD_JSON);
    assert_int_equal(code_of("{\"type\":\"\\", 10), CODE_BAD_JSON);
}

// A field cut to size must not end in half a character.
static void test_long_names_are_cut_between_characters(void **state) {
    (void)state;
    for (int shift = 0; shift < 3; shift++) {
        char name[200] = "xx", text[400];
        for (int i = 0; i < 60; i++) {
            memcpy(name + shift + 3 * i, "\xe2\x99\xab", 4);
        }
        snprintf(text, sizeof text, "{\"type\":\"set\",\"id\":1,\"controls\":{\"%s\":1}}", name);
        assert_int_equal(code_of(text, strlen(text)), CODE_BAD_CONTROL);
    }
}

static void test_settings_are_read(void **state) {
    (void)state;
    struct message message;
    struct protocol_error error;
    const char *text = "{\"type\":\"set\",\"id\":9007199254740991,\"controls\":"
                       "{\"space\":0.25,\"mode\":\"dorian\",\"density\":1}}";
    assert_true(protocol_parse(text, strlen(text), &message, &error));
    assert_int_equal(message.kind, MESSAGE_SET);
    assert_int_equal(message.id, 9007199254740991);
    assert_int_equal(message.setting_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        const char *name = aeo_control_at(message.settings[i].control)->name;
        double value = message.settings[i].value;
        if (strcmp(name, "space") == 0) assert_true(value == 0.25);
        if (strcmp(name, "density") == 0) assert_true(value == 1.0);
        if (strcmp(name, "mode") == 0) {
            const aeo_control_info *info = aeo_control_at(message.settings[i].control);
            assert_string_equal(info->values[(int)value], "dorian");
        }
    }
}

// The largest phrase and receipt fit the buffer they are written to.
static void test_largest_messages_fit(void **state) {
    (void)state;
    static aeo_phrase phrase;
    static aeo_receipt receipt;
    static char buffer[REPLY_BYTES_MAX];
    phrase.index = phrase.position = INT64_MIN;
    phrase.length = UINT32_MAX;
    memset(phrase.scene, 'S', sizeof phrase.scene - 1);
    memset(phrase.mode, 'm', sizeof phrase.mode - 1);
    memset(phrase.chord, 'c', sizeof phrase.chord - 1);
    phrase.note_count = AEO_NOTES_MAX;
    for (int i = 0; i < AEO_NOTES_MAX; i++) {
        aeo_note *note = &phrase.notes[i];
        *note = (aeo_note){.midi = -12.345678,
                           .at = INT64_MIN,
                           .duration = UINT32_MAX,
                           .velocity = 0.12345678f,
                           .pan = -0.12345678f};
        memset(note->voice, 'v', sizeof note->voice - 1);
    }
    struct json_text json = json_text_begin(buffer, sizeof buffer);
    protocol_write_phrase(&json, &phrase);
    assert_false(json.overflow);
    assert_true(is_json(buffer));
    memset(receipt.address, 'a', sizeof receipt.address - 1);
    receipt.count = aeo_control_count();
    for (uint32_t i = 0; i < receipt.count; i++) {
        receipt.controls[i].control = i;
        receipt.controls[i].from = receipt.controls[i].until = INT64_MAX;
    }
    json = json_text_begin(buffer, sizeof buffer);
    protocol_write_receipt(&json, &receipt, INT64_MIN);
    assert_false(json.overflow);
    assert_true(is_json(buffer));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer_escapes),
        cmocka_unit_test(test_writer_mends_utf8),
        cmocka_unit_test(test_writer_never_passes_the_end),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_odd_bytes),
        cmocka_unit_test(test_long_names_are_cut_between_characters),
        cmocka_unit_test(test_settings_are_read),
        cmocka_unit_test(test_largest_messages_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
