// The list of breaches, and the small text helpers all rules share. Runs in the tests, on one
// thread.
#include "tests/tidy/tidy.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tidy_report_open(struct tidy_report *report) {
    report->count = 0;
    report->breaches = calloc(TIDY_BREACHES_MAX, sizeof *report->breaches);
    if (!report->breaches) abort();
}

void tidy_report_close(struct tidy_report *report) {
    free(report->breaches);
    *report = (struct tidy_report){0};
}

void tidy_add(struct tidy_report *report, const char *path, int line, const char *rule,
              const char *format, ...) {
    if (report->count++ >= TIDY_BREACHES_MAX) return;
    struct tidy_breach *breach = &report->breaches[report->count - 1];
    snprintf(breach->path, sizeof breach->path, "%s", path);
    snprintf(breach->rule, sizeof breach->rule, "%s", rule);
    breach->line = line;
    va_list list;
    va_start(list, format);
    vsnprintf(breach->message, sizeof breach->message, format, list);
    va_end(list);
}

int tidy_line_of(const char *text, const char *at) {
    int line = 1;
    for (; text < at; text++) line += *text == '\n';
    return line;
}

bool tidy_starts(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool tidy_ends(const char *text, const char *suffix) {
    const size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

bool tidy_is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

const char *tidy_find_word(const char *text, const char *word) {
    const size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++) {
        const bool begins = at == text || !tidy_is_word(at[-1]);
        if (begins && !tidy_is_word(at[length])) return at;
    }
    return NULL;
}

void tidy_check(const struct tidy_tree *tree, const char *commands, struct tidy_report *report) {
    tidy_rule_lines(tree, report);
    tidy_rule_opening(tree, report);
    tidy_rule_words(tree, report);
    tidy_rule_functions(tree, report);
    tidy_rule_includes(tree, report);
    tidy_rule_calls(tree, report);
    tidy_rule_targets(tree, commands, report);
    tidy_rule_links(tree, report);
    tidy_rule_readme(tree, report);
}
