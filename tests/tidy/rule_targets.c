// No dead files: every .c is compiled by some target (by the build's own list of compile commands,
// or by a command of its own that some CMake file spells out with the whole path, as for fuzzers),
// every .cu is named by a CMake file of its folder (not every machine can compile it), every header
// is included by somebody. Runs in the tests, on one thread.
#include "tests/tidy/tidy.h"

#include <stdio.h>
#include <string.h>

// Looks for "/PATH" with its closing quote in the text of compile_commands.json.
static bool is_compiled(const char *commands, const char *path) {
    char ending[TIDY_PATH_MAX + 4];
    snprintf(ending, sizeof ending, "/%s\"", path);
    return strstr(commands, ending) != NULL;
}

static bool is_cmake(const char *path) {
    return tidy_ends(path, "CMakeLists.txt") || tidy_ends(path, ".cmake");
}

// Whether a CMake file whose path begins as PATH does, for LENGTH characters, contains NAME.
static bool is_named(const struct tidy_tree *tree, const char *path, size_t length,
                     const char *name) {
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        if (is_cmake(file->path) && strncmp(file->path, path, length) == 0 &&
            strstr(file->text, name))
            return true;
    }
    return false;
}

static bool is_named_beside(const struct tidy_tree *tree, const char *path) {
    const char *slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    return is_named(tree, path, folder, path + folder);
}

static bool is_included_as(const struct tidy_tree *tree, const char *written) {
    for (size_t i = 0; i < tree->count; i++)
        if (tree->files[i].kind == TIDY_C && strstr(tree->files[i].text, written)) return true;
    return false;
}

// By its path; or as <NAME>, where a CMake file puts its folder before the system's.
static bool is_included(const struct tidy_tree *tree, const char *path) {
    char written[TIDY_PATH_MAX + 4], folder[TIDY_PATH_MAX];
    snprintf(written, sizeof written, "\"%s\"", path);
    if (is_included_as(tree, written)) return true;
    const char *slash = strrchr(path, '/');
    if (!slash) return false;
    snprintf(folder, sizeof folder, "}/%.*s)", (int)(slash - path), path);
    snprintf(written, sizeof written, "<%s>", slash + 1);
    return is_named(tree, "", 0, folder) && is_included_as(tree, written);
}

void tidy_rule_targets(const struct tidy_tree *tree, const char *commands,
                       struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++) {
        const char *path = tree->files[i].path;
        if (tidy_ends(path, ".c") && commands && !is_compiled(commands, path) &&
            !is_named(tree, "", 0, path))
            tidy_add(report, path, 1, "target", "no target compiles this file");
        if (tidy_ends(path, ".cu") && !is_named_beside(tree, path))
            tidy_add(report, path, 1, "target", "no CMake file beside it names this file");
        if ((tidy_ends(path, ".h") || tidy_ends(path, ".cuh")) && !is_included(tree, path))
            tidy_add(report, path, 1, "target", "nobody includes this header");
    }
}
