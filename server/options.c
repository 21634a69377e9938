// Reads command lines by table; see options.h. Numbers are taken apart by hand, since strtod
// follows the locale and accepts "inf", "nan" and hexadecimal, none of which any option means.
#include "server/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void complain(const char *command, const char *format, va_list arguments) {
    fflush(stdout);
    fprintf(stderr, "aeolian%s%s: ", *command ? " " : "", command);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

int usage_error(const char *command, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain(command, format, arguments);
    va_end(arguments);
    return EXIT_USAGE;
}

int failure(const char *command, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    complain(command, format, arguments);
    va_end(arguments);
    return EXIT_FAILED;
}

// --- numbers ---------------------------------------------------------------------------------

// Reads digits with an optional fraction; returns what follows them, NULL if there are none.
static const char *read_decimal(const char *text, double *value) {
    double whole = 0.0, fraction = 0.0, place = 1.0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        whole = whole * 10.0 + (*at - '0');
    }
    bool digits = at > text;
    if (*at == '.') {
        for (at++; *at >= '0' && *at <= '9'; at++) {
            // Summed as a whole number, so that 0.1 divides once and rounds as the compiler does.
            fraction = fraction * 10.0 + (*at - '0');
            place *= 10.0;
            digits = true;
        }
    }
    *value = (whole * place + fraction) / place;
    return digits ? at : NULL;
}

static bool read_real(const char *text, double *value) {
    bool negative = *text == '-';
    const char *end = read_decimal(text + negative, value);
    if (negative) {
        *value = -*value;
    }
    return end && *end == '\0' && end - text < 40;
}

static bool read_u64(const char *text, uint64_t *value) {
    uint64_t sum = 0;
    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(*at - '0');
        if (sum > (UINT64_MAX - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *value = sum;
    return *text != '\0';
}

bool options_seconds(const char *text, double *seconds) {
    static const char units[] = "hms";
    static const double unit_seconds[] = {3600.0, 60.0, 1.0};
    double sum = 0.0;
    size_t next = 0; // units must fall: 1h30m, not 30m1h
    const char *at = text;
    if (strlen(text) > 40) {
        return false;
    }
    do {
        double value;
        at = read_decimal(at, &value);
        if (!at) {
            return false;
        }
        if (*at == '\0') { // a bare number is seconds, and nothing may stand before it: not 1h30
            *seconds = value;
            return next == 0;
        }
        const char *unit = strchr(units + next, *at);
        if (next >= sizeof unit_seconds / sizeof *unit_seconds || !unit) {
            return false;
        }
        next = (size_t)(unit - units) + 1;
        sum += value * unit_seconds[next - 1];
        at++;
    } while (*at);
    *seconds = sum;
    return true;
}

static void print_seconds(char *out, size_t size, double seconds) {
    if (seconds >= 3600.0) {
        snprintf(out, size, "%gh", seconds / 3600.0);
    } else {
        snprintf(out, size, "%g", seconds);
    }
}

// --- one value -------------------------------------------------------------------------------

// Is TEXT one word of "a|b|c"?
static bool choice_holds(const char *choices, const char *text) {
    size_t length = strlen(text);
    for (const char *word = choices; word; word = strchr(word, '|')) {
        word += *word == '|';
        if (length && !strncmp(word, text, length) && (!word[length] || word[length] == '|')) {
            return true;
        }
    }
    return false;
}

// Writes what a row accepts, for the error line: "a whole number from 1 to 64".
static void describe_accepted(const struct option *row, char *out, size_t size) {
    char low[32], high[32];
    switch (row->kind) {
    case OPTION_CHOICE:
        snprintf(out, size, "one of %s", row->choices);
        return;
    case OPTION_COUNT:
        snprintf(out, size, "a whole number from %.0f to %.0f", row->min, row->max);
        return;
    case OPTION_REAL:
        snprintf(out, size, "a number from %g to %g", row->min, row->max);
        return;
    case OPTION_SEED:
        snprintf(out, size, "a whole number from 0 to 18446744073709551615");
        return;
    case OPTION_SECONDS:
        print_seconds(low, sizeof low, row->min);
        print_seconds(high, sizeof high, row->max);
        snprintf(out, size, "a time from %s to %s, as in 90, 1.5, 5m or 1h30m", low, high);
        return;
    case OPTION_FLAG:
    case OPTION_TEXT:
    case OPTION_LIST:
        break;
    }
    snprintf(out, size, "a text");
}

// Stores TEXT in the row's field; false if it is not acceptable.
static bool store(const struct option *row, void *values, const char *text) {
    void *field = (char *)values + row->offset;
    double number;
    uint64_t whole;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return true;
    case OPTION_TEXT:
        *(const char **)field = text;
        return *text != '\0';
    case OPTION_CHOICE:
        *(const char **)field = text;
        return choice_holds(row->choices, text);
    case OPTION_COUNT:
        if (!read_u64(text, &whole) || whole < row->min || whole > row->max) {
            return false;
        }
        *(uint32_t *)field = (uint32_t)whole;
        return true;
    case OPTION_REAL:
        *(double *)field = 0.0;
        if (!read_real(text, &number) || number < row->min || number > row->max) {
            return false;
        }
        *(double *)field = number;
        return true;
    case OPTION_SEED:
        ((struct option_seed *)field)->given = true;
        return read_u64(text, &((struct option_seed *)field)->value);
    case OPTION_SECONDS:
        if (!options_seconds(text, &number) || number < row->min || number > row->max) {
            return false;
        }
        *(struct option_seconds *)field = (struct option_seconds){number, true};
        return true;
    case OPTION_LIST:
        break;
    }
    struct option_list *list = field;
    if (list->count == OPTION_LIST_MAX || *text == '\0') {
        return false;
    }
    list->items[list->count++] = text;
    return true;
}

// --- the line --------------------------------------------------------------------------------

// Finds the row whose name is the LENGTH bytes at NAME; *group is the group it stands in.
static const struct option *find_row(const struct options *options, const char *name,
                                     size_t length, const struct option_group **group) {
    for (size_t g = 0; g < options->group_count; g++) {
        for (size_t i = 0; i < options->groups[g].count; i++) {
            const struct option *row = &options->groups[g].rows[i];
            if (strlen(row->name) == length && !memcmp(row->name, name, length)) {
                *group = &options->groups[g];
                return row;
            }
        }
    }
    return NULL;
}

static enum options_outcome refuse_unknown(const struct options *options, const char *word) {
    char accepted[1024];
    size_t used = 0;
    for (size_t g = 0; g < options->group_count; g++) {
        for (size_t i = 0; i < options->groups[g].count && used < sizeof accepted; i++) {
            used += (size_t)snprintf(accepted + used, sizeof accepted - used, " --%s",
                                     options->groups[g].rows[i].name);
        }
    }
    bool dashed = word[0] == '-' && word[1] != '\0';
    usage_error(options->command, "%s '%.60s'; accepted:%s --help",
                dashed ? "no option" : "unexpected argument", word, accepted);
    return OPTIONS_BAD;
}

static enum options_outcome refuse_value(const struct options *options, const struct option *row,
                                         const char *text) {
    char accepted[256];
    describe_accepted(row, accepted, sizeof accepted);
    if (row->kind == OPTION_LIST && *text) {
        usage_error(options->command, "--%s may be given at most %d times", row->name,
                    OPTION_LIST_MAX);
    } else {
        usage_error(options->command, "--%s takes %s, not '%.80s'", row->name, accepted, text);
    }
    return OPTIONS_BAD;
}

// Reads the option at argv[*at] and moves *at past it.
static enum options_outcome parse_one(const struct options *options, int argc, char **argv,
                                      int *at) {
    const char *word = argv[(*at)++];
    if (strncmp(word, "--", 2) != 0 || word[2] == '\0') {
        return refuse_unknown(options, word);
    }
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option_group *group = NULL;
    const struct option *row = find_row(options, name, length, &group);
    if (!row) {
        return refuse_unknown(options, word);
    }
    const char *text = equals ? equals + 1 : NULL;
    if (row->kind == OPTION_FLAG && text) {
        usage_error(options->command, "--%s takes no value", row->name);
        return OPTIONS_BAD;
    }
    if (row->kind != OPTION_FLAG && !text) {
        // A value that looks like an option is a forgotten value; --name=--value forces it.
        if (*at >= argc || !strncmp(argv[*at], "--", 2)) {
            usage_error(options->command, "--%s needs a value: --%s %s", row->name, row->name,
                        row->argument);
            return OPTIONS_BAD;
        }
        text = argv[(*at)++];
    }
    return store(row, group->values, text ? text : "") ? OPTIONS_RUN
                                                       : refuse_value(options, row, text);
}

static bool is_help(const char *word) {
    return !strcmp(word, "--help") || !strcmp(word, "-h");
}

// Was the option given anywhere on the line?
static bool is_given(const struct option *row, int argc, char **argv) {
    size_t length = strlen(row->name);
    for (int i = 1; i < argc; i++) {
        if (!strncmp(argv[i], "--", 2) && !strncmp(argv[i] + 2, row->name, length) &&
            (argv[i][2 + length] == '\0' || argv[i][2 + length] == '=')) {
            return true;
        }
    }
    return false;
}

enum options_outcome options_parse(const struct options *options, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (is_help(argv[i])) {
            options_help(options);
            return OPTIONS_HELP;
        }
    }
    for (size_t g = 0; g < options->group_count; g++) {
        for (size_t i = 0; i < options->groups[g].count; i++) {
            const struct option *row = &options->groups[g].rows[i];
            // A default passes the same checks as a typed value; one that fails is our mistake.
            if (row->fallback && !store(row, options->groups[g].values, row->fallback)) {
                return refuse_value(options, row, row->fallback);
            }
            if (row->fallback && row->kind == OPTION_SECONDS) {
                void *field = (char *)options->groups[g].values + row->offset;
                ((struct option_seconds *)field)->given = false;
            }
        }
    }
    for (int at = 1; at < argc;) {
        enum options_outcome outcome = parse_one(options, argc, argv, &at);
        if (outcome != OPTIONS_RUN) {
            return outcome;
        }
    }
    for (size_t g = 0; g < options->group_count; g++) {
        for (size_t i = 0; i < options->groups[g].count; i++) {
            const struct option *row = &options->groups[g].rows[i];
            if (row->required && !is_given(row, argc, argv)) {
                usage_error(options->command, "--%s is missing: aeolian %s %s", row->name,
                            options->command, options->usage);
                return OPTIONS_BAD;
            }
        }
    }
    return OPTIONS_RUN;
}

// --- help ------------------------------------------------------------------------------------

enum { HELP_COLUMN = 28, HELP_WIDTH = 78 };

// Prints TEXT from HELP_COLUMN on, broken between words; the cursor stands at COLUMN.
static void print_wrapped(const char *text, int column) {
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + length > HELP_WIDTH) {
            printf("\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            putchar(' ');
            column++;
        }
        printf("%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_row(const struct option *row) {
    char left[64], help[384];
    snprintf(left, sizeof left, "  --%s%s%s", row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    snprintf(help, sizeof help, "%s%s%s%s%s%s", row->help, row->choices ? ": " : "",
             row->choices ? row->choices : "", row->fallback ? " (default " : "",
             row->fallback ? row->fallback : "", row->fallback ? ")" : "");
    int width = (int)strlen(left);
    if (width >= HELP_COLUMN - 1) {
        printf("%s\n%*s", left, HELP_COLUMN, "");
    } else {
        printf("%-*s", HELP_COLUMN, left);
    }
    print_wrapped(help, HELP_COLUMN);
}

void options_help(const struct options *options) {
    printf("Usage: aeolian %s %s\n\n%s\n", options->command, options->usage, options->summary);
    for (size_t g = 0; g < options->group_count; g++) {
        printf("\n%s:\n", options->groups[g].title);
        for (size_t i = 0; i < options->groups[g].count; i++) {
            print_row(&options->groups[g].rows[i]);
        }
    }
    printf("\n%-*sprint this help and stop\n", HELP_COLUMN, "  --help");
    if (options->notes) {
        printf("\n%s\n", options->notes);
    }
}
