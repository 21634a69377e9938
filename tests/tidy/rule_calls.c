// Banned calls. Everywhere: what overruns buffers, what draws random numbers from hidden state,
// what grows the stack at run time. In voices/: the C library. In voices/ and engine/: libm, whose
// bits differ between machines; fma and fmaf are exact and allowed, and so are, as compiler
// builtins, the other operations that IEEE 754 rounds exactly. Runs in the tests, on one thread.
#include "tests/tidy/tidy.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const banned_everywhere[] = {"strcpy", "strcat", "sprintf", "vsprintf", "gets",
                                                "rand",   "srand",  "alloca",  "strtok"};

static const char *const banned_in_voices[] = {
    "malloc", "calloc", "realloc", "free",   "aligned_alloc", "printf",  "fprintf", "snprintf",
    "puts",   "fputs",  "putchar", "fopen",  "fclose",        "fread",   "fwrite",  "scanf",
    "sscanf", "exit",   "abort",   "getenv", "vsnprintf",     "vfprintf", "perror"};

// Names of libm without the f or l they may end in.
static const char *const libm[] = {
    "acos",  "acosh", "asin",      "asinh",  "atan",   "atan2",     "atanh",   "cbrt",  "ceil",
    "cos",   "cosh",  "exp",       "exp2",   "expm1",  "fabs",      "fdim",    "floor", "fmod",
    "frexp", "hypot", "ilogb",     "ldexp",  "lgamma", "llrint",    "llround", "log",   "log10",
    "log1p", "log2",  "logb",      "lrint",  "lround", "modf",      "nearbyint", "pow", "remainder",
    "rint",  "round", "scalbn",    "sin",    "sincos", "sinh",      "sqrt",    "tan",   "tanh",
    "tgamma", "trunc", "copysign", "erf",    "erfc",   "nextafter", "remquo",  "fmin",  "fmax"};

static const char *const exact_builtins[] = {"ceil", "copysign", "fabs",  "floor",
                                             "rint", "sqrt",     "trunc", "fmin", "fmax"};

// token equals one of the names, or one of them with suffix f or l when suffixes count.
static bool one_of(const char *const *names, size_t count, const char *token, bool suffixes) {
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(names[i]);
        if (strncmp(token, names[i], length) != 0) continue;
        const char *rest = token + length;
        if (!*rest) return true;
        if (suffixes && (strcmp(rest, "f") == 0 || strcmp(rest, "l") == 0)) return true;
    }
    return false;
}

static const char *why_banned(const char *path, const char *token) {
    const bool voices = tidy_starts(path, "voices/"), engine = tidy_starts(path, "engine/");
    const char *plain = token;
    const bool builtin = tidy_starts(token, "__builtin_");
    if (builtin) plain += strlen("__builtin_");
    if (one_of(banned_everywhere, COUNT(banned_everywhere), plain, false))
        return "banned everywhere";
    if (voices && one_of(banned_in_voices, COUNT(banned_in_voices), plain, false))
        return "the C library is banned in voices/";
    if (builtin && one_of(exact_builtins, COUNT(exact_builtins), plain, true)) return NULL;
    if ((voices || engine) && one_of(libm, COUNT(libm), plain, true))
        return "libm is banned in voices/ and engine/";
    return NULL;
}

// A member of a struct may bear any name; only a plain call counts.
static bool is_member(const char *code, const char *token) {
    while (token > code && (token[-1] == ' ' || token[-1] == '\n')) token--;
    return token > code &&
           (token[-1] == '.' || (token[-1] == '>' && token > code + 1 && token[-2] == '-'));
}

static void check_file(const struct tidy_file *file, struct tidy_report *report) {
    for (const char *at = file->code; *at;) {
        if (!tidy_is_word(*at)) {
            at++;
            continue;
        }
        const char *end = at;
        while (tidy_is_word(*end)) end++;
        const char *after = end + strspn(end, " \t\n");
        if (*after == '(' && !is_member(file->code, at)) {
            char token[64];
            snprintf(token, sizeof token, "%.*s", (int)(end - at), at);
            const char *why = why_banned(file->path, token);
            if (why)
                tidy_add(report, file->path, tidy_line_of(file->code, at), "call", "%s(): %s",
                         token, why);
        }
        at = end;
    }
}

void tidy_rule_calls(const struct tidy_tree *tree, struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++)
        if (tree->files[i].kind == TIDY_C) check_file(&tree->files[i], report);
}
