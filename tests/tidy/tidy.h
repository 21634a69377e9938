// The tree reader that polices the source: one call per rule, each reading the same loaded files
// and adding to one report. The rules are those a compiler does not know: who may include whom,
// how long a function may be, which calls are banned. Runs in the tests, on one thread; it may
// allocate and exit as it likes, since it is no part of the product.
#ifndef TESTS_TIDY_TIDY_H
#define TESTS_TIDY_TIDY_H

#include <stdbool.h>
#include <stddef.h>

enum {
    TIDY_FILES_MAX = 4096,
    TIDY_BREACHES_MAX = 1024,
    TIDY_PATH_MAX = 512,
    TIDY_FUNCTION_LINES_MAX = 70,
    TIDY_COLUMNS_MAX = 100,
    TIDY_OPENING_COMMENT_MIN = 40, // characters: a bare title does not count
};

// What a file is decides which rules read it.
enum tidy_kind {
    TIDY_C,      // .c .h .cu .cuh
    TIDY_SCRIPT, // JavaScript, shell, Python, CMake, Makefile
    TIDY_PAGE,   // HTML, CSS
    TIDY_TEXT,   // everything else that is text
};

struct tidy_file {
    char path[TIDY_PATH_MAX]; // from the root, with forward slashes
    enum tidy_kind kind;
    char *text; // as it stands, zero-terminated
    char *code; // TIDY_C only: text with comments and the insides of literals blanked
    char *flat; // TIDY_C only: code without preprocessor lines and without #else branches
    size_t size;
};

struct tidy_tree {
    const char *root; // the caller's string
    struct tidy_file *files;
    size_t count;
};

struct tidy_breach {
    char path[TIDY_PATH_MAX];
    int line;
    char rule[32];
    char message[256];
};

struct tidy_report {
    struct tidy_breach *breaches;
    size_t count; // may exceed TIDY_BREACHES_MAX; only that many are kept
};

// tree.c: loads every text file under root but build/, node_modules/, .git/. False: message shown.
bool tidy_tree_load(struct tidy_tree *tree, const char *root);
void tidy_tree_free(struct tidy_tree *tree);
const struct tidy_file *tidy_tree_find(const struct tidy_tree *tree, const char *path);

// mask.c: fills code and flat of a TIDY_C file.
void tidy_mask(struct tidy_file *file);

// report.c
void tidy_report_open(struct tidy_report *report);
void tidy_report_close(struct tidy_report *report);
__attribute__((format(printf, 5, 6))) void tidy_add(struct tidy_report *report, const char *path,
                                                    int line, const char *rule,
                                                    const char *format, ...);

// text.c: small helpers over the loaded text.
int tidy_line_of(const char *text, const char *at); // counted from 1
bool tidy_starts(const char *text, const char *prefix);
bool tidy_ends(const char *text, const char *suffix);
bool tidy_is_word(char c);                                   // letter, digit or underscore
const char *tidy_find_word(const char *text, const char *word); // as a whole word, or NULL

// rules: each adds its breaches to the report.
void tidy_rule_lines(const struct tidy_tree *tree, struct tidy_report *report);
void tidy_rule_opening(const struct tidy_tree *tree, struct tidy_report *report);
void tidy_rule_words(const struct tidy_tree *tree, struct tidy_report *report);
void tidy_rule_functions(const struct tidy_tree *tree, struct tidy_report *report);
void tidy_rule_includes(const struct tidy_tree *tree, struct tidy_report *report);
void tidy_rule_calls(const struct tidy_tree *tree, struct tidy_report *report);
void tidy_rule_links(const struct tidy_tree *tree, struct tidy_report *report);
void tidy_rule_readme(const struct tidy_tree *tree, struct tidy_report *report);
// commands: the text of compile_commands.json, or NULL to leave out the check of .c files.
void tidy_rule_targets(const struct tidy_tree *tree, const char *commands,
                       struct tidy_report *report);

// Every rule in turn.
void tidy_check(const struct tidy_tree *tree, const char *commands, struct tidy_report *report);

#endif
