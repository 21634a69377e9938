// Goal: the option table parser stores what was typed, refuses what is out of bounds, and checks
// defaults like typed values. Method: tables of texts with what they must give. The messages are
// tested on the program itself (usage.mjs).
#include "server/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct values {
    bool flag;
    const char *text, *choice;
    uint32_t count;
    double real;
    struct option_seed seed;
    struct option_seconds seconds, late;
    struct option_list list;
};

#define FIELD(name) offsetof(struct values, name)

static const struct option rows[] = {
    {.name = "flag", .kind = OPTION_FLAG, .offset = FIELD(flag), .help = ""},
    {.name = "text", .kind = OPTION_TEXT, .offset = FIELD(text), .argument = "T", .help = ""},
    {.name = "choice",
     .kind = OPTION_CHOICE,
     .offset = FIELD(choice),
     .argument = "C",
     .help = "",
     .fallback = "beta",
     .choices = "alpha|beta|beta2"},
    {.name = "count",
     .kind = OPTION_COUNT,
     .offset = FIELD(count),
     .argument = "N",
     .help = "",
     .fallback = "3",
     .min = 1,
     .max = 64},
    {.name = "real",
     .kind = OPTION_REAL,
     .offset = FIELD(real),
     .argument = "X",
     .help = "",
     .min = -2,
     .max = 2},
    {.name = "seed", .kind = OPTION_SEED, .offset = FIELD(seed), .argument = "N", .help = ""},
    {.name = "seconds",
     .kind = OPTION_SECONDS,
     .offset = FIELD(seconds),
     .argument = "T",
     .help = "",
     .fallback = "1m",
     .max = 86400},
    {.name = "list", .kind = OPTION_LIST, .offset = FIELD(list), .argument = "L", .help = ""},
};

// Parses one or two words; standard error is closed off, its text is tested elsewhere.
static enum options_outcome parse(struct values *values, const char *first, const char *second) {
    char *argv[] = {(char *)"test", (char *)first, (char *)second, NULL};
    memset(values, 0, sizeof *values);
    const struct options options = {.command = "test",
                                    .usage = "",
                                    .summary = "",
                                    .groups = {{"", rows, sizeof rows / sizeof *rows, values}},
                                    .group_count = 1};
    return options_parse(&options, second ? 3 : first ? 2 : 1, argv);
}

static void test_defaults(void **state) {
    (void)state;
    struct values values;
    assert_int_equal(parse(&values, NULL, NULL), OPTIONS_RUN);
    assert_string_equal(values.choice, "beta");
    assert_int_equal(values.count, 3);
    assert_true(values.seconds.value == 60.0 && !values.seconds.given);
    assert_false(values.flag || values.seed.given);
    assert_null(values.text);
    assert_int_equal(values.list.count, 0);
}

static void test_accepted(void **state) {
    (void)state;
    struct values values;
    assert_int_equal(parse(&values, "--flag", NULL), OPTIONS_RUN);
    assert_true(values.flag);
    assert_int_equal(parse(&values, "--text", "-"), OPTIONS_RUN);
    assert_string_equal(values.text, "-");
    assert_int_equal(parse(&values, "--text=--x", NULL), OPTIONS_RUN);
    assert_string_equal(values.text, "--x");
    assert_int_equal(parse(&values, "--choice", "beta2"), OPTIONS_RUN);
    assert_string_equal(values.choice, "beta2");
    assert_int_equal(parse(&values, "--count=64", NULL), OPTIONS_RUN);
    assert_int_equal(values.count, 64);
    assert_int_equal(parse(&values, "--real", "-0.1"), OPTIONS_RUN);
    assert_true(values.real == -0.1);
    assert_int_equal(parse(&values, "--seed", "18446744073709551615"), OPTIONS_RUN);
    assert_true(values.seed.given && values.seed.value == UINT64_MAX);
    assert_int_equal(parse(&values, "--list", "a"), OPTIONS_RUN);
    assert_string_equal(values.list.items[0], "a");
}

static void test_refused(void **state) {
    (void)state;
    static const char *const lines[][2] = {
        {"--choice", "bet"},  {"--choice", "beta|"}, {"--choice", ""},   {"--count", "0"},
        {"--count", "65"},    {"--count", "3 "},     {"--count", "0x3"}, {"--real", "2.1"},
        {"--real", "1e0"},    {"--real", "nan"},     {"--real", "."},    {"--seed", ""},
        {"--seed", "1844674407370955161600"},        {"--text", ""},     {"--flag=1", NULL},
        {"--fla", NULL},      {"-flag", NULL},       {"stray", NULL},    {"--", NULL},
        {"--text", NULL},     {"--list", ""},        {"--seconds", "25h"},
    };
    struct values values;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (parse(&values, lines[i][0], lines[i][1]) != OPTIONS_BAD) {
            fail_msg("accepted: %s %s", lines[i][0], lines[i][1] ? lines[i][1] : "");
        }
    }
}

static void test_seconds(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double seconds; // below 0: not a time
    } cases[] = {
        {"90", 90},    {"1.5", 1.5},   {"0.1", 0.1},     {"90s", 90},  {"5m", 300},
        {"1h", 3600},  {"1h30m", 5400}, {"1h30m5s", 5405}, {"2h5s", 7205}, {"1.5h", 5400},
        {"", -1},      {"h", -1},      {"1h30", -1},     {"30m1h", -1}, {"1m1m", -1},
        {"-1", -1},    {"1 h", -1},    {"1d", -1},       {".", -1},     {"1s2", -1},
        {"1h2m3s4", -1}, {"1e3", -1},  {"inf", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double seconds = -2;
        bool good = options_seconds(cases[i].text, &seconds);
        if (good != (cases[i].seconds >= 0) || (good && seconds != cases[i].seconds)) {
            fail_msg("'%s' gave %d, %g", cases[i].text, good, seconds);
        }
    }
}

static void test_list_is_bounded(void **state) {
    (void)state;
    static char *argv[2 * OPTION_LIST_MAX + 4];
    int argc = 0;
    argv[argc++] = (char *)"test";
    for (int i = 0; i <= OPTION_LIST_MAX; i++) {
        argv[argc++] = (char *)"--list";
        argv[argc++] = (char *)"x";
    }
    struct values values = {0};
    const struct options options = {.command = "test",
                                    .groups = {{"", rows, sizeof rows / sizeof *rows, &values}},
                                    .group_count = 1};
    assert_int_equal(options_parse(&options, argc - 2, argv), OPTIONS_RUN);
    assert_int_equal(values.list.count, OPTION_LIST_MAX);
    memset(&values, 0, sizeof values);
    assert_int_equal(options_parse(&options, argc, argv), OPTIONS_BAD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_list_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
