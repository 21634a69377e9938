// Rules about text: columns, the comment that opens a file, leftover notes, words that name one
// machine, and the README's example, which must be the file that the tests compile and run. Runs
// in the tests, on one thread. Words searched for are written in two halves, or this very file
// would be a breach.
#include "tests/tidy/tidy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Columns, not bytes: a UTF-8 character counts once.
static int columns_of(const char *line, const char *end) {
    int columns = 0;
    for (; line < end; line++) columns += ((unsigned char)*line & 0xc0) != 0x80;
    return columns;
}

static void check_lines(const struct tidy_file *file, struct tidy_report *report) {
    int number = 1;
    for (const char *line = file->text; *line; number++) {
        const char *end = strchr(line, '\n');
        if (!end) {
            tidy_add(report, file->path, number, "last-line", "no line break at the end");
            end = line + strlen(line);
        }
        const int columns = columns_of(line, end);
        if (columns > TIDY_COLUMNS_MAX)
            tidy_add(report, file->path, number, "columns", "%d columns, at most %d", columns,
                     TIDY_COLUMNS_MAX);
        line = *end ? end + 1 : end;
    }
}

void tidy_rule_lines(const struct tidy_tree *tree, struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++)
        if (tree->files[i].kind != TIDY_TEXT) check_lines(&tree->files[i], report);
}

// Length of the comment a file opens with, markers and blanks not counted.
static int opening_comment_length(const char *text) {
    const bool docstring = tidy_starts(text, "\"\"\""); // Python's block comment
    const bool block = docstring || tidy_starts(text, "/*");
    const char *end = block ? strstr(text + 3, docstring ? "\"\"\"" : "*/") : NULL;
    int length = 0;
    for (const char *line = text; *line; line++) {
        const char *stop = strchr(line, '\n');
        if (!stop) stop = line + strlen(line);
        const char *first = line + strspn(line, " \t");
        if (!block && *first != '#' && !tidy_starts(first, "//")) break;
        for (const char *at = line; at < stop && (!end || at < end); at++)
            length += isalnum((unsigned char)*at) != 0;
        if (!*stop || (end && stop > end)) break;
        line = stop;
    }
    return length;
}

// A first line "// See name.h." opens name.c if name.h is beside it: what it is is told there.
static bool points_at_header(const struct tidy_tree *tree, const struct tidy_file *file) {
    char header[TIDY_PATH_MAX], pointer[TIDY_PATH_MAX + 16];
    snprintf(header, sizeof header, "%s", file->path);
    header[strlen(header) - 1] = 'h';
    const char *slash = strrchr(header, '/');
    snprintf(pointer, sizeof pointer, "ee %s.", slash ? slash + 1 : header);
    const char *found = strstr(file->text, pointer);
    return tidy_ends(file->path, ".c") && *file->text == '/' && found &&
           tidy_line_of(file->text, found) == 1 && tidy_tree_find(tree, header);
}

static void check_opening(const struct tidy_file *file, struct tidy_report *report) {
    const char *text = file->text;
    int line = 1;
    if (tidy_starts(text, "#!") && strchr(text, '\n')) {
        text = strchr(text, '\n') + 1;
        line = 2;
    }
    const bool c_like = file->kind == TIDY_C || tidy_ends(file->path, "js") ||
                        tidy_ends(file->path, ".css");
    const bool opens = c_like ? tidy_starts(text, "//") || tidy_starts(text, "/*")
                              : tidy_starts(text, "# ") || tidy_starts(text, "\"\"\"");
    if (!opens || opening_comment_length(text) < TIDY_OPENING_COMMENT_MIN)
        tidy_add(report, file->path, line, "opening",
                 "open the file with a comment: what it is, why it is so, which thread runs it");
}

void tidy_rule_opening(const struct tidy_tree *tree, struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        if (file->kind == TIDY_TEXT || tidy_ends(file->path, ".html")) continue;
        if (points_at_header(tree, file)) continue;
        check_opening(file, report);
    }
}

struct word {
    const char *word;
    bool whole; // only as a whole word
    const char *rule;
    const char *why;
};

static const struct word words[] = {
    {"TO" "DO", true, "leftover", "finish it or leave it out"},
    {"FIX" "ME", true, "leftover", "fix it"},
    {"XX" "X", true, "leftover", "settle it"},
    {"/wo" "rk/", false, "word", "a path of one machine"},
    {"/ho" "me/", false, "word", "a path of one machine"},
    {"/ro" "ot/", false, "word", "a path of one machine"},
    {"../sha" "red", false, "word", "a path outside the repository"},
    {"registry.np" "mjs", false, "word", "names a package host"},
    {"deb.deb" "ian", false, "word", "names a package host"},
    {"archive.ubu" "ntu", false, "word", "names a package host"},
    {"py" "pi.org", false, "word", "names a package host"},
};

void tidy_rule_words(const struct tidy_tree *tree, struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
            const char *at = file->text;
            for (;;) {
                at = words[w].whole ? tidy_find_word(at, words[w].word)
                                    : strstr(at, words[w].word);
                if (!at) break;
                tidy_add(report, file->path, tidy_line_of(file->text, at), words[w].rule,
                         "'%s': %s", words[w].word, words[w].why);
                at += strlen(words[w].word);
            }
        }
    }
}

void tidy_rule_readme(const struct tidy_tree *tree, struct tidy_report *report) {
    const struct tidy_file *readme = tidy_tree_find(tree, "README.md");
    const struct tidy_file *example = tidy_tree_find(tree, "examples/embed.c");
    if (!readme || !example) return;
    const char *block = strstr(readme->text, "```c\n");
    const char *body = block ? block + strlen("```c\n") : NULL;
    const bool same = body && strncmp(body, example->text, example->size) == 0 &&
                      tidy_starts(body + example->size, "```");
    const int line = block ? tidy_line_of(readme->text, block) : 1;
    if (!same)
        tidy_add(report, readme->path, line, "readme",
                 "the first C block must equal examples/embed.c");
}
