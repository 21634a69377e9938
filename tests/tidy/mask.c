// Blanks what is not code, so that the rules may search plain text: comments and the insides of
// string and character literals become spaces, line breaks stay, so every offset and line number
// still holds. Runs in the tests, on one thread.
#include "tests/tidy/tidy.h"

#include <stdlib.h>
#include <string.h>

static void blank(char *from, const char *to) {
    for (; from < to; from++)
        if (*from != '\n') *from = ' ';
}

static char *end_of_line(char *at) {
    while (*at && *at != '\n') at++;
    return at;
}

static char *end_of_block_comment(char *at) {
    char *end = strstr(at + 2, "*/");
    return end ? end + 2 : at + strlen(at);
}

// at points at the opening quote; the answer is the closing one, or the end of the line.
static char *end_of_literal(char *at) {
    const char quote = *at++;
    while (*at && *at != '\n' && *at != quote) at += at[0] == '\\' && at[1] ? 2 : 1;
    return at;
}

static void mask_comments_and_literals(char *text) {
    for (char *at = text; *at;) {
        if (at[0] == '/' && at[1] == '/') {
            char *end = end_of_line(at);
            blank(at, end);
            at = end;
        } else if (at[0] == '/' && at[1] == '*') {
            char *end = end_of_block_comment(at);
            blank(at, end);
            at = end;
        } else if (*at == '"' || *at == '\'') {
            char *end = end_of_literal(at);
            blank(at + 1, end);
            at = *end == *at ? end + 1 : end;
        } else {
            at++;
        }
    }
}

// The end of a preprocessor line, its continuation lines included.
static char *end_of_directive(char *at) {
    for (;;) {
        char *end = end_of_line(at);
        if (!*end || end == at || end[-1] != '\\') return end;
        at = end + 1;
    }
}

// Both sides of an #if may open the same brace: only the first side is kept for counting them.
static void mask_preprocessor(char *text) {
    int depth = 0, dropped_from = 0; // dropped_from: the #if depth whose #else is being dropped
    for (char *line = text; *line;) {
        char *first = line + strspn(line, " \t");
        char *end = end_of_line(line);
        if (*first == '#') {
            const char *name = first + 1 + strspn(first + 1, " \t");
            if (tidy_starts(name, "if")) depth++;
            if (tidy_starts(name, "el") && !dropped_from) dropped_from = depth;
            if (tidy_starts(name, "endif")) {
                if (dropped_from == depth) dropped_from = 0;
                depth--;
            }
            end = end_of_directive(line);
            blank(line, end);
        } else if (dropped_from) {
            blank(line, end);
        }
        line = *end ? end + 1 : end;
    }
}

void tidy_mask(struct tidy_file *file) {
    file->code = strdup(file->text);
    if (!file->code) abort();
    mask_comments_and_literals(file->code);
    file->flat = strdup(file->code);
    if (!file->flat) abort();
    mask_preprocessor(file->flat);
}
