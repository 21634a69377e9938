// No function over 70 lines, from the first line of its signature to its closing brace. A brace
// that opens at the outermost level right after a closing parenthesis is a function; one after a
// string is extern "C" and opens nothing. Runs in the tests, on one thread.
#include "tests/tidy/tidy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *back_over_space(const char *begin, const char *at) {
    while (at > begin && isspace((unsigned char)at[-1])) at--;
    return at;
}

// First character of the declaration that ends at brace.
static const char *signature_of(const char *begin, const char *brace) {
    const char *at = brace;
    while (at > begin && !strchr(";{}", at[-1])) at--;
    while (at < brace && isspace((unsigned char)*at)) at++;
    return at;
}

// The identifier before the first parenthesis of the signature.
static void name_of(const char *signature, const char *brace, char *name, size_t size) {
    const char *end = memchr(signature, '(', (size_t)(brace - signature));
    if (!end) end = brace;
    end = back_over_space(signature, end);
    const char *begin = end;
    while (begin > signature && tidy_is_word(begin[-1])) begin--;
    snprintf(name, size, "%.*s", (int)(end - begin), begin);
}

static void check_function(const struct tidy_file *file, const char *signature, const char *brace,
                           const char *end, struct tidy_report *report) {
    const int first = tidy_line_of(file->flat, signature);
    const int lines = tidy_line_of(file->flat, end) - first + 1;
    if (lines <= TIDY_FUNCTION_LINES_MAX) return;
    char name[64];
    name_of(signature, brace, name, sizeof name);
    tidy_add(report, file->path, first, "function", "%s has %d lines, at most %d", name, lines,
             TIDY_FUNCTION_LINES_MAX);
}

static void check_file(const struct tidy_file *file, struct tidy_report *report) {
    int depth = 0;
    const char *signature = NULL, *brace = NULL;
    for (const char *at = file->flat; *at; at++) {
        if (*at == '{') {
            const char *before = back_over_space(file->flat, at);
            const char last = before > file->flat ? before[-1] : ' ';
            if (depth == 0 && last == '"') continue;
            if (depth == 0 && last == ')') {
                signature = signature_of(file->flat, at);
                brace = at;
            }
            depth++;
        } else if (*at == '}' && depth > 0) {
            if (--depth == 0 && signature) {
                check_function(file, signature, brace, at, report);
                signature = NULL;
            }
        }
    }
}

void tidy_rule_functions(const struct tidy_tree *tree, struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++)
        if (tree->files[i].kind == TIDY_C) check_file(&tree->files[i], report);
}
