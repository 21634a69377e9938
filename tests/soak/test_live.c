// Goal: what a soak run in real time concludes is right, apart from any server and clock. A
// listener sees every gap, every skip and every moment in which its player runs dry, and nothing
// else; faults are spread as promised; a tick that grows slower is found, one that only scatters is
// not, and too short a run is told from both; and of a clean run every single defect alone makes
// the verdict fail.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "profiling/soak/judge.h" // judge_drift
#include "profiling/soak/live.h"  // struct live
#include "server/packet_queue.h"  // wire_header_write

#define TICK_NS INT64_C(100000000)

// -------------------------------------------------------------------------------- a listener

static struct client_meters meters;
static struct client_story story;
static struct tally tally;
static struct client client;

static void hello(int64_t position) {
    char text[64];
    memset(&meters, 0, sizeof meters);
    memset(&tally, 0, sizeof tally);
    client = (struct client){.meters = &meters, .tally = &tally, .story = &story};
    client_begin(&client, 0);
    int size = snprintf(text, sizeof text, "{\"type\":\"hello\",\"position\":%lld}",
                        (long long)position);
    client_text(&client, text, (size_t)size, 0);
}

// Five packets of one byte each.
static void audio(uint32_t sequence, int64_t position, unsigned flags, int64_t now_ns) {
    unsigned char wire[WIRE_HEADER_BYTES + 3 * 5];
    wire_header_write(wire, flags, 5, sequence, position);
    for (int i = 0; i < 5; i++) {
        wire[WIRE_HEADER_BYTES + 2 * i] = 1;
        wire[WIRE_HEADER_BYTES + 2 * i + 1] = 0;
        wire[WIRE_HEADER_BYTES + 10 + i] = (unsigned char)(sequence + (unsigned)i);
    }
    client_audio(&client, wire, sizeof wire, now_ns);
}

// COUNT messages from number FIRST on, one a tick, the first four at once.
static void ticks(uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; i++)
        audio(5 * i, 4800 * (int64_t)i, i == 0 ? WIRE_RESTARTED : 0, i < 4 ? 0 : (i - 3) * TICK_NS);
}

static void assert_tally(struct tally want) {
    assert_int_equal(tally.gaps, want.gaps);
    assert_int_equal(tally.skips, want.skips);
    assert_int_equal(tally.late, want.late);
    assert_int_equal(tally.dry, want.dry);
    assert_int_equal(tally.bad, want.bad);
}

static void test_clean(void **state) {
    (void)state;
    hello(0);
    ticks(0, 100);
    assert_tally((struct tally){0});
    assert_int_equal(meters.packets, 500);
    assert_int_equal(story.packets, 500);
    assert_false(story.broken);
}

static void test_gap(void **state) {
    (void)state;
    hello(0);
    ticks(0, 10);
    ticks(11, 10); // one message is missing, and nothing says so
    assert_tally((struct tally){.gaps = 1});
    assert_true(story.broken);
    assert_int_equal(story.packets, 50);
}

static void test_skip(void **state) {
    (void)state;
    hello(0);
    ticks(0, 10);
    audio(55, 4800 * 11, WIRE_DROPPED | WIRE_RESTARTED, 8 * TICK_NS);
    assert_tally((struct tally){.skips = 5});
    audio(70, 4800 * 13, WIRE_DROPPED, 10 * TICK_NS); // 10 packets by number, 5 by place
    assert_tally((struct tally){.skips = 5, .gaps = 1});
    audio(80, 4800 * 15, WIRE_DROPPED, 12 * TICK_NS);
    assert_tally((struct tally){.skips = 10, .gaps = 1});
    audio(85, 4800 * 14, WIRE_DROPPED, 13 * TICK_NS); // backwards
    assert_tally((struct tally){.skips = 10, .gaps = 2});
}

// A message that comes when its first frame is to be played is in time; a little later is not.
static void test_dry(void **state) {
    (void)state;
    hello(0);
    ticks(0, 10); // the tenth came with 300 ms in hand, and 400 ms are there then
    int64_t dry_ns = 6 * TICK_NS + 4 * TICK_NS;
    audio(50, 48000, 0, dry_ns);
    assert_tally((struct tally){0});
    hello(0);
    ticks(0, 10);
    audio(50, 48000, WIRE_LATE, dry_ns + 5000000);
    assert_tally((struct tally){.late = 1, .dry = 1});
    assert_int_equal(tally.dry_ns_max, 5000000);
    audio(55, 52800, 0, dry_ns + 5000000); // the player waited for it
    assert_tally((struct tally){.late = 1, .dry = 1});
}

static void test_pause(void **state) {
    (void)state;
    hello(0);
    ticks(0, 10);
    client_pause(&client, true, 7 * TICK_NS);
    client_pause(&client, false, 27 * TICK_NS); // nothing came for two seconds, and nothing was due
    audio(50, 48000, 0, 28 * TICK_NS);
    assert_tally((struct tally){0});
}

static void test_preroll(void **state) {
    (void)state;
    hello(48000);
    audio(0, 43200, WIRE_RESTARTED | WIRE_PREROLL, 0);
    audio(5, 48000, 0, 0);
    assert_tally((struct tally){0});
    hello(48000);
    audio(0, 48960, WIRE_RESTARTED, 0); // it was to begin at 48000
    assert_int_equal(tally.gaps, 1);
}

static void test_junk(void **state) {
    (void)state;
    static const unsigned char junk[] = {1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    hello(0);
    client_audio(&client, junk, sizeof junk, 0);
    client_audio(&client, junk, 3, 0);
    client_text(&client, "{", 1, 0);
    assert_tally((struct tally){.bad = 3});
}

// A change is heard when its frame is played.
static void test_heard(void **state) {
    (void)state;
    char text[192];
    hello(0);
    ticks(0, 10); // at 6 ticks 400 ms are in hand: frame 48000 is played at 10 ticks
    aeo_setting setting = {(uint32_t)aeo_control_find("brightness"), 0.25};
    assert_true(client_change(&client, setting, text, sizeof text, 6 * TICK_NS) > 0);
    const char receipt[] = "{\"type\":\"receipt\",\"id\":1,\"heard_at\":48000,\"heard_in_ms\":400}";
    client_text(&client, receipt, sizeof receipt - 1, 6 * TICK_NS);
    struct histogram_snapshot *snapshot = calloc(1, sizeof *snapshot);
    histogram_read(&meters.heard, snapshot);
    assert_int_equal(snapshot->count, 1);
    assert_in_range(snapshot->max, 399000000, 401000000);
    histogram_read(&meters.promise, snapshot);
    assert_in_range(snapshot->max, 0, 1000000);
    assert_int_equal(story.change_count, 1);
    assert_int_equal(story.changes[0].frame, 48000);
    free(snapshot);
}

// ------------------------------------------------------------------------------------- faults

static void test_faults(void **state) {
    (void)state;
    static struct fault_event events[FAULT_EVENTS_MAX];
    uint32_t set;
    char word[64];
    assert_true(faults_read("sigstop,client-storm", &set, word, sizeof word));
    assert_int_equal(set, 1u << FAULT_SIGSTOP | 1u << FAULT_CLIENT_STORM);
    assert_false(faults_read("sigstop,,x", &set, word, sizeof word));
    assert_false(faults_read("sigstop,mole", &set, word, sizeof word));
    assert_string_equal(word, "mole");
    assert_true(faults_read("all", &set, word, sizeof word));
    for (double seconds = 8.0; seconds < 1e6; seconds *= 3.0) {
        uint32_t made[FAULT_COUNT] = {0}, count = faults_plan(set, seconds, events);
        double free_s = seconds * 0.25;
        for (uint32_t i = 0; i < count; i++) {
            assert_true(events[i].begin_s >= free_s - 1e-9);
            assert_true(events[i].begin_s < events[i].end_s);
            assert_true(events[i].end_s < events[i].settled_s);
            free_s = events[i].settled_s;
            made[events[i].fault]++;
        }
        assert_true(free_s <= seconds * 0.85 + 1e-9);
        assert_int_equal(made[FAULT_RENDERER_LOST], 1);
        assert_int_equal(events[count - 1].fault, FAULT_RENDERER_LOST); // it stays lost
        for (int fault = 0; fault < FAULT_COUNT; fault++)
            assert_true(fault == FAULT_RENDERER_LOST || made[fault] == made[FAULT_SIGSTOP]);
    }
}

// -------------------------------------------------------------------------------- the verdict

#define SAMPLES 240
#define HOURS 0.54

static uint32_t dice;

static double draw(void) { // -0.5..0.5
    dice = dice * 1664525u + 1013904223u;
    return (dice >> 8) / 16777216.0 - 0.5;
}

// A tick of 20 ms that scatters by SCATTER of it and is slower by SLOWER in the second half.
static struct trend drift_of(double scatter, double slower) {
    double hour[SAMPLES], value[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        hour[i] = HOURS * i / SAMPLES;
        value[i] = 20.0 * (1.0 + scatter * draw()) * (i > SAMPLES / 2 ? 1.0 + slower : 1.0);
    }
    return judge_drift(hour, value, SAMPLES, HOURS, 30.0 / 3600.0);
}

static void test_drift(void **state) {
    (void)state;
    dice = 1;
    struct trend drift = drift_of(0.04, 0.0);
    assert_true(drift.bins >= 6 && drift.low <= 1.0 && drift.high >= 1.0 && drift.high < 1.1);
    drift = drift_of(0.04, 0.5); // 10 ms of 20
    assert_true(drift.low > 1.1 && drift.low < 1.5 && drift.high > 1.5);
    drift = drift_of(1.5, 0.0); // cannot be told
    assert_true(drift.low < 1.1 && drift.high > 1.1);
}

static struct soak soak;
static struct live live;
static struct crowd crowd;

// A run of 32 minutes in which all is well; LEAK_MB an hour, DESCRIPTORS an hour, SLOWER ticks.
static void run_make(double leak_mb, double descriptors, double slower) {
    memset(&live, 0, sizeof live);
    memset(&crowd, 0, sizeof crowd);
    live.soak = &soak;
    live.crowd = &crowd;
    live.looks = SAMPLES;
    live.ended = live.ended_well = live.compared = live.equal = true;
    live.compared_packets = 90000;
    live.times[LIVE_TICK] = (struct live_times){19000, 15, 22, 30, 60};
    for (int i = 0; i < 100; i++)
        histogram_record(&crowd.meters[0].heard, 350000000);
    struct record *record = &soak.record;
    record_forget(record);
    dice = 7;
    for (int i = 0; i < SAMPLES; i++) {
        double hour = HOURS * i / SAMPLES, values[RECORD_SERIES_COUNT] = {0};
        values[RECORD_RSS] = 60.0 + leak_mb * hour + 0.05 * draw();
        values[RECORD_HEAP] = 20.0 + leak_mb * hour + 0.05 * draw();
        values[RECORD_DEVICE] = -1.0;
        values[RECORD_DESCRIPTORS] = 12.0 + floor(descriptors * hour);
        values[RECORD_THREADS] = 8.0;
        values[RECORD_TICK_P95] = (22.0 + draw()) * (i > SAMPLES / 2 ? 1.0 + slower : 1.0);
        record_sample(record, hour, values);
    }
    soak.live = &live;
    soak.hours = HOURS;
    soak.choice.hours = HOURS;
    soak.packets = 1000000;
}

static enum outcome outcome_of(const char *name) {
    for (uint32_t i = 0; i < soak.record.check_count; i++)
        if (!strcmp(soak.record.checks[i].name, name)) return soak.record.checks[i].outcome;
    fail_msg("there is no check %s", name);
    return CHECK_PASSED;
}

static void test_verdict(void **state) {
    (void)state;
    assert_true(record_open(&soak.record, 1));
    run_make(0.0, 0.0, 0.0);
    assert_true(soak_judge(&soak));
    run_make(2.0, 0.0, 0.0); // the planted leak
    assert_false(soak_judge(&soak));
    assert_int_equal(outcome_of("heap in use"), CHECK_FAILED);
    assert_int_equal(outcome_of("resident memory"), CHECK_FAILED);
    run_make(0.0, 60.0, 0.0); // one a minute
    assert_false(soak_judge(&soak));
    assert_int_equal(outcome_of("open file descriptors"), CHECK_FAILED);
    run_make(0.0, 0.0, 10.0 / 22.0); // 10 ms
    assert_false(soak_judge(&soak));
    assert_int_equal(outcome_of("tick p95, last eighth against an early one"), CHECK_FAILED);
    record_close(&soak.record);
}

// Counts of what goes wrong, one at a time.
static void test_verdict_counts(void **state) {
    (void)state;
    static const char gap[] = "no gap in real time";
    assert_true(record_open(&soak.record, 1));
    struct tally *none = &live.view.tallies[FAULT_NONE];
    uint64_t *const counts[] = {&none->gaps, &none->skips,  &none->late,  &none->dry,
                                &none->bad,  &none->broken, &none->refused,
                                &live.view.tallies[FAULT_SIGSTOP].gaps};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        run_make(0.0, 0.0, 0.0);
        *counts[i] = 1;
        assert_false(soak_judge(&soak));
        assert_int_equal(outcome_of(gap), CHECK_FAILED);
    }
    run_make(0.0, 0.0, 0.0);
    live.fault_set = 1u << FAULT_SIGSTOP;
    assert_false(soak_judge(&soak)); // it was not made
    live.made[FAULT_SIGSTOP] = 1;
    live.view.tallies[FAULT_SIGSTOP].late = live.view.tallies[FAULT_SIGSTOP].dry = 30;
    assert_true(soak_judge(&soak)); // flagged, and explained
    live.view.tallies[FAULT_SIGSTOP].broken = 1;
    assert_false(soak_judge(&soak));
    run_make(0.0, 0.0, 0.0);
    live.equal = false;
    assert_false(soak_judge(&soak));
    run_make(0.0, 0.0, 0.0);
    live.looks_failed = 1;
    assert_false(soak_judge(&soak));
    run_make(0.0, 0.0, 0.0);
    live.ended_well = false;
    assert_false(soak_judge(&soak));
    record_close(&soak.record);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),   cmocka_unit_test(test_gap),
        cmocka_unit_test(test_skip),    cmocka_unit_test(test_dry),
        cmocka_unit_test(test_pause),   cmocka_unit_test(test_preroll),
        cmocka_unit_test(test_junk),    cmocka_unit_test(test_heard),
        cmocka_unit_test(test_faults),  cmocka_unit_test(test_drift),
        cmocka_unit_test(test_verdict), cmocka_unit_test(test_verdict_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
