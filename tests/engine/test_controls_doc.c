// docs/CONTROLS.md is written by this program from the one table of controls, and tested to be what
// the table says:
//
//   build/release/tests/bin/engine_controls_doc --print > docs/CONTROLS.md
//
// Goal: what people read about a control is what the engine does. Single thread.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/aeolian.h"

#define DOC_MAX 16384

static void append(char *doc, const char *format, ...) {
    size_t used = strlen(doc);
    va_list arguments;
    va_start(arguments, format);
    int wrote = vsnprintf(doc + used, DOC_MAX - used, format, arguments);
    va_end(arguments);
    if (wrote < 0 || (size_t)wrote >= DOC_MAX - used) {
        fprintf(stderr, "engine_controls_doc: DOC_MAX is too small\n");
        exit(1);
    }
}

static const char *boundary_text(enum aeo_boundary boundary) {
    switch (boundary) {
    case AEO_BOUNDARY_NOW: return "at once";
    case AEO_BOUNDARY_CHORD: return "next chord";
    case AEO_BOUNDARY_PHRASE: return "next phrase";
    }
    return "";
}

static void control_write(char *doc, const aeo_control_info *control) {
    append(doc, "| `%s` | %s | ", control->name, control->label);
    if (control->kind == AEO_CONTROL_UNIT) {
        append(doc, "%g to %g", control->min, control->max);
    }
    for (uint32_t i = 0; i < control->value_count; i++) {
        append(doc, "%s`%s`", i ? " " : "", control->values[i]);
    }
    append(doc, " | %s", boundary_text(control->boundary));
    if (control->ramp_s > 0.0F) {
        append(doc, ", over %g s", (double)control->ramp_s);
    }
    append(doc, " | %s |\n", control->help);
}

static void doc_write(char *doc) {
    doc[0] = '\0';
    append(doc,
           "# Controls\n\n"
           "What a listener can change while the music plays: on the page, with\n"
           "`--set NAME=VALUE[@SECONDS]`, in a `set` message ([PROTOCOL.md](PROTOCOL.md)) and\n"
           "with `aeo_session_set`. Every change becomes part of the music address. Each scene\n"
           "has its own values to begin with ([SCENES.md](SCENES.md)); for levels, 0 is silence,\n"
           "0.75 the scene's own balance and 1 is 6 dB more.\n\n"
           "This page is written from the engine's table of controls, and a test compares.\n\n"
           "| name | label | values | takes effect | what it does |\n"
           "| --- | --- | --- | --- | --- |\n");
    for (uint32_t i = 0; i < aeo_control_count(); i++) {
        control_write(doc, aeo_control_at(i));
    }
}

static void test_the_page_is_what_the_table_says(void **state) {
    (void)state;
    static char expected[DOC_MAX], found[DOC_MAX];
    doc_write(expected);
    FILE *file = fopen(AEO_SOURCE_DIR "/docs/CONTROLS.md", "rb");
    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(found, expected);
    assert_non_null(strstr(expected, "| `brightness` |"));
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        static char doc[DOC_MAX];
        doc_write(doc);
        fputs(doc, stdout);
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_page_is_what_the_table_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
