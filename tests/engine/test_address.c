// Goal: the address text means exactly one thing. What is printed can be read back, equal content
// prints equal, and whatever is not an address is refused with a line a person understands.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/address.h"
#include "engine/aeolian.h"
#include "engine/scene.h"

static struct scene scenes[2];

static const struct scene *scene_find(void *user, uint64_t hash) {
    (void)user;
    for (int i = 0; i < 2; i++) {
        if (scenes[i].hash == hash) return &scenes[i];
    }
    return NULL;
}

static int scenes_make(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        scenes[i].hash = 0x0123456789abcdef + i;
        scenes[i].phrase_frames = 768000;
        for (uint32_t c = 0; c < CONTROL_COUNT; c++)
            (void)control_quantise((enum control)c, control_table[c].fallback,
                                   &scenes[i].defaults[c]);
    }
    return 0;
}

// A generator for the property tests; the constants are Knuth's.
static uint64_t dice_state;
static uint32_t dice(uint32_t n) {
    dice_state = dice_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(dice_state >> 33) % n;
}

static void address_random(struct address *address) {
    address->sound_version = 1 + dice(3);
    address->seed = (uint64_t)dice(UINT32_MAX) << 32 | dice(UINT32_MAX);
    address->position = (int64_t)dice(1000000) * (1 + dice(100000));
    control_log_init(&address->log, &scenes[dice(2)]);
    if (dice(2)) {
        address->log.start.part_start = (int64_t)dice(1 << 30) * 960;
        address->log.start.phrase_first = dice(1 << 20);
    }
    uint32_t count = dice(2) ? dice(20) : dice(600);
    int64_t frame = 0;
    for (uint32_t i = 0; i < count; i++) {
        enum control c = (enum control)dice(CONTROL_COUNT);
        float value;
        assert_true(control_quantise(
            c, dice(10001) / 10000.0 * control_table[c].max, &value));
        frame += LOG_TICK_FRAMES * (int64_t)dice(dice(10) ? 30 : 1000000);
        if (i < 5) address->log.start.values[c] = value;
        else if (dice(50) == 0) (void)control_log_add_scene(&address->log, frame, &scenes[dice(2)]);
        else (void)control_log_add(&address->log, frame, c, value);
    }
}

static void assert_logs_equal(const struct control_log *a, const struct control_log *b) {
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->scene_count, b->scene_count);
    assert_ptr_equal(a->start.scene, b->start.scene);
    assert_int_equal(a->start.part_start, b->start.part_start);
    assert_int_equal(a->start.phrase_first, b->start.phrase_first);
    assert_memory_equal(a->start.values, b->start.values, sizeof a->start.values);
    for (uint32_t i = 0; i < a->count; i++)
        assert_memory_equal(&a->entries[i], &b->entries[i], sizeof a->entries[i]);
}

// Printed and read back, an address is what it was; printed again, it is the same text.
static void test_round_trip(void **state) {
    (void)state;
    static struct address address, back;
    char text[AEO_ADDRESS_MAX], again[AEO_ADDRESS_MAX];
    for (dice_state = 1; dice_state < 2000;) {
        uint64_t seed = dice_state;
        address_random(&address);
        assert_int_equal(address_print(&address, text, sizeof text), AEO_OK);
        aeo_fault fault = {AEO_OK, "", ""};
        if (address_parse(&back, text, scene_find, NULL, &fault)) fail_msg("%s", fault.message);
        assert_int_equal(back.sound_version, address.sound_version);
        assert_int_equal(back.seed, address.seed);
        assert_int_equal(back.position, address.position);
        assert_logs_equal(&back.log, &address.log);
        assert_int_equal(address_print(&back, again, sizeof again), AEO_OK);
        assert_string_equal(text, again);
        assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_.~:"),
                         strlen(text));
        dice_state = seed + 1;
    }
}

// The order in which one tick's changes came in is not part of an address; nor is a value that was
// overwritten before anybody heard it.
static void test_canonical(void **state) {
    (void)state;
    static struct address a, b;
    char text_a[AEO_ADDRESS_MAX], text_b[AEO_ADDRESS_MAX];
    a.sound_version = b.sound_version = AEO_SOUND_VERSION;
    a.seed = b.seed = 7;
    control_log_init(&a.log, &scenes[0]);
    control_log_init(&b.log, &scenes[0]);
    control_log_add(&a.log, 4800, CONTROL_SPACE, 0.25f);
    control_log_add(&a.log, 4800, CONTROL_DENSITY, 0.75f);
    control_log_add(&a.log, 0, CONTROL_MODE, 2.0f);
    control_log_add(&b.log, 4800, CONTROL_DENSITY, 0.1f);
    control_log_add(&b.log, 0, CONTROL_MODE, 2.0f);
    control_log_add(&b.log, 4800, CONTROL_SPACE, 0.25f);
    control_log_add(&b.log, 4800, CONTROL_DENSITY, 0.75f);
    address_print(&a, text_a, sizeof text_a);
    address_print(&b, text_b, sizeof text_b);
    assert_string_equal(text_a, text_b);
    control_log_add(&b.log, 4800, CONTROL_DENSITY, 0.76f);
    address_print(&b, text_b, sizeof text_b);
    assert_string_not_equal(text_a, text_b);
}

// The fullest log that can be has room in the longest address.
static void test_longest(void **state) {
    (void)state;
    static struct address address;
    address.sound_version = UINT32_MAX;
    address.seed = UINT64_MAX;
    address.position = AEO_POSITION_MAX;
    for (int64_t gap = 1; gap < 1 << 30; gap *= 5) {
        control_log_init(&address.log, &scenes[0]);
        address.log.start.part_start = AEO_POSITION_MAX;
        address.log.start.phrase_first = AEO_POSITION_MAX >> 3;
        for (uint32_t c = 0; c < CONTROL_COUNT; c++)
            address.log.start.values[c] = control_table[c].max > 1 ? 3.0f : 0.9999f;
        enum aeo_status status = AEO_OK;
        for (int64_t i = 0; status == AEO_OK; i++) {
            int64_t frame = i * gap * LOG_TICK_FRAMES;
            status = i % 16 == 5 && address.log.scene_count < LOG_SCENES_MAX
                         ? control_log_add_scene(&address.log, frame, &scenes[1])
                         : control_log_add(&address.log, frame, CONTROL_SPACE, 0.9999f);
        }
        assert_int_equal(status, AEO_ERR_FULL);
        char text[AEO_ADDRESS_MAX];
        assert_int_equal(address_print(&address, text, sizeof text), AEO_OK);
        static struct address back;
        assert_int_equal(address_parse(&back, text, scene_find, NULL, NULL), AEO_OK);
        assert_logs_equal(&back.log, &address.log);
    }
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum aeo_status status;
        const char *says;
    } rows[] = {
        {"", AEO_ERR_ADDRESS, "not a music address"},
        {"aeo2:1.0123456789abcdef.42.0", AEO_ERR_ADDRESS, "not a music address"},
        {"aeo1:0.0123456789abcdef.42.0", AEO_ERR_ADDRESS, "version"},
        {"aeo1:01.0123456789abcdef.42.0", AEO_ERR_ADDRESS, "version"},
        {"aeo1:1.123456789abcdef.42.0", AEO_ERR_ADDRESS, "16 hex"},
        {"aeo1:1.0123456789ABCDEF.42.0", AEO_ERR_ADDRESS, "16 hex"},
        {"aeo1:1.0123456789abcdef.-1.0", AEO_ERR_ADDRESS, "seed"},
        {"aeo1:1.0123456789abcdef.18446744073709551616.0", AEO_ERR_ADDRESS, "seed"},
        {"aeo1:1.0123456789abcdef.42", AEO_ERR_ADDRESS, "seed"},
        {"aeo1:1.0123456789abcdef.42.", AEO_ERR_ADDRESS, "position"},
        {"aeo1:1.0123456789abcdef.42.-5", AEO_ERR_ADDRESS, "position"},
        {"aeo1:1.0123456789abcdef.42.4503599627370497", AEO_ERR_ADDRESS, "position"},
        {"aeo1:1.0123456789abcdef.42.0x", AEO_ERR_ADDRESS, "position"},
        {"aeo1:1.0123456789abcdef.42.0.", AEO_ERR_ADDRESS, "base64url"},
        {"aeo1:1.0123456789abcdef.42.0.A", AEO_ERR_ADDRESS, "base64url"},
        {"aeo1:1.0123456789abcdef.42.0.AB=", AEO_ERR_ADDRESS, "base64url"},
        {"aeo1:1.0123456789abcdef.42.0.AB", AEO_ERR_ADDRESS, "base64url"}, // bits left over
        {"aeo1:1.0123456789abcdef.42.0.CQ", AEO_ERR_ADDRESS, "newer version"}, // tag 9
        {"aeo1:1.0123456789abcdef.42.0.EA", AEO_ERR_ADDRESS, "control entry"}, // tag 16, cut off
        // 16 1 10001: density at tick 1, one step more than there are
        {"aeo1:1.0123456789abcdef.42.0.EAGRTg", AEO_ERR_ADDRESS, "control entry"},
        {"aeo1:1.fedcba9876543210.42.0", AEO_ERR_SCENE, "fedcba9876543210"},
    };
    static struct address address;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        aeo_fault fault = {AEO_OK, "", ""};
        enum aeo_status status = address_parse(&address, rows[i].text, scene_find, NULL, &fault);
        if (status != rows[i].status || !strstr(fault.message, rows[i].says))
            fail_msg("%s: status %d, \"%s\"", rows[i].text, (int)status, fault.message);
        assert_string_equal(fault.field, "address");
    }
    assert_int_equal(address_parse(&address, NULL, scene_find, NULL, NULL), AEO_ERR_ADDRESS);
}

static void test_other_versions(void **state) {
    (void)state;
    static struct address address;
    const char *text = "aeo1:77.0123456789abcdef.42.5";
    assert_int_equal(address_parse(&address, text, scene_find, NULL, NULL), AEO_OK);
    assert_int_equal(address.sound_version, 77);
}

static void test_address_at(void **state) {
    (void)state;
    char out[AEO_ADDRESS_MAX];
    const char *text = "aeo1:1.0123456789abcdef.42.5.EAGQTg";
    assert_int_equal(aeo_address_at(text, 123456, out, sizeof out), AEO_OK);
    assert_string_equal(out, "aeo1:1.0123456789abcdef.42.123456.EAGQTg");
    assert_int_equal(aeo_address_at(text, -1, out, sizeof out), AEO_ERR_ARGUMENT);
    assert_int_equal(aeo_address_at(text, 1, out, 30), AEO_ERR_ARGUMENT);
    assert_int_equal(aeo_address_at("nonsense", 1, out, sizeof out), AEO_ERR_ADDRESS);
    assert_int_equal(aeo_address_at("aeo1:1.0123456789abcdef.42.5.!", 1, out, sizeof out),
                     AEO_ERR_ADDRESS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_longest),        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_other_versions), cmocka_unit_test(test_address_at),
    };
    return cmocka_run_group_tests(tests, scenes_make, NULL);
}
