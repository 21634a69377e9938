// The one reader of command lines: every command describes its options as rows of a table (name,
// argument, bounds, default, help) and gets them parsed, checked and explained from it, so that
// `--help` can never disagree with what is accepted. A bad line costs one line on standard error
// that says what was wrong and what is accepted, and exit status 2. Numbers are read without
// regard to the locale. Runs on the main thread, before anything else is started.
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OPTION_LIST_MAX = 64,  // times that an OPTION_LIST may be given
    OPTION_GROUPS_MAX = 4, // tables that one command may put together
    EXIT_FAILED = 1,       // the work itself failed: disk full, no such device
    EXIT_USAGE = 2,        // the command line was wrong; nothing was begun
};

// What an option takes, and the type of the field that receives it.
enum option_kind {
    OPTION_FLAG,    // bool: no argument
    OPTION_TEXT,    // const char *: any text; NULL while not given and without a default
    OPTION_CHOICE,  // const char *: one word of `choices`, "a|b|c"
    OPTION_COUNT,   // uint32_t: a whole number from min to max
    OPTION_REAL,    // double: from min to max
    OPTION_SEED,    // struct option_seed: a whole number of 64 bits
    OPTION_SECONDS, // struct option_seconds: 90, 90s, 1.5, 5m, 1h30m; from min to max seconds
    OPTION_LIST,    // struct option_list: text, may be given OPTION_LIST_MAX times
};

struct option_seed {
    uint64_t value;
    bool given;
};

struct option_seconds {
    double value;
    bool given;
};

// The texts point into argv, in the order in which they were given.
struct option_list {
    const char *items[OPTION_LIST_MAX];
    uint32_t count;
};

// One row. Unused fields stay zero.
struct option {
    const char *name;     // without the dashes
    enum option_kind kind;
    size_t offset;        // of the receiving field in the group's values
    const char *argument; // its name in --help: "FILE"; NULL for a flag
    const char *help;     // one line; the default is added to it
    const char *fallback; // default as it would be typed; NULL: the field stays as it is (zeroed)
    const char *choices;  // OPTION_CHOICE only: "16|24|float"
    double min, max;      // OPTION_COUNT, OPTION_REAL, OPTION_SECONDS
    bool required;        // refuse the line when it is missing
};

// A table with the struct that its rows write to. Commands share tables (the engine's options).
struct option_group {
    const char *title; // heading in --help: "Music"
    const struct option *rows;
    size_t count;
    void *values; // the caller's, zeroed before parsing
};

// A whole command line.
struct options {
    const char *command; // "render"
    const char *usage;   // what follows the name: "--scene NAME --duration TIME --out FILE"
    const char *summary; // a sentence or two
    struct option_group groups[OPTION_GROUPS_MAX];
    size_t group_count;
    const char *notes; // printed after the options; NULL for none
};

enum options_outcome {
    OPTIONS_RUN,  // every value is set and within its bounds
    OPTIONS_HELP, // --help was printed to standard output: exit with 0
    OPTIONS_BAD,  // one line was printed to standard error: exit with EXIT_USAGE
};

// Reads argv[1..argc) (argv[0] is the command's name) into the groups' values. Accepts
// "--name value" and "--name=value"; the last of two wins. Neither allocates nor keeps argv, but
// texts point into it.
enum options_outcome options_parse(const struct options *options, int argc, char **argv);

// Prints the help that options_parse prints for --help.
void options_help(const struct options *options);

// Reads "90", "1.5s", "5m" or "1h30m" as seconds. False if TEXT is nothing of the kind.
bool options_seconds(const char *text, double *seconds);

// Prints "aeolian COMMAND: MESSAGE" on standard error and returns EXIT_USAGE.
int usage_error(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The same for a failure of the work itself; returns EXIT_FAILED.
int failure(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
