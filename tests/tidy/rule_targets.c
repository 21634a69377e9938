// No dead files: every .c is compiled by some target (by the build's own list of compile
// commands), every .cu is named by the CMakeLists.txt of its folder (not every machine can compile
// it), every header is included by somebody. Runs in the tests, on one thread.
#include "tests/tidy/tidy.h"

#include <stdio.h>
#include <string.h>

// Looks for "/PATH" with its closing quote in the text of compile_commands.json.
static bool is_compiled(const char *commands, const char *path) {
    char ending[TIDY_PATH_MAX + 4];
    snprintf(ending, sizeof ending, "/%s\"", path);
    return strstr(commands, ending) != NULL;
}

static bool is_named_by_cmake(const struct tidy_tree *tree, const char *path) {
    char list[TIDY_PATH_MAX + 16];
    const char *slash = strrchr(path, '/');
    const int folder = slash ? (int)(slash - path) + 1 : 0;
    snprintf(list, sizeof list, "%.*sCMakeLists.txt", folder, path);
    const struct tidy_file *cmake = tidy_tree_find(tree, list);
    return cmake && strstr(cmake->text, path + folder);
}

static bool is_included(const struct tidy_tree *tree, const char *path) {
    char quoted[TIDY_PATH_MAX + 4];
    snprintf(quoted, sizeof quoted, "\"%s\"", path);
    for (size_t i = 0; i < tree->count; i++)
        if (tree->files[i].kind == TIDY_C && strstr(tree->files[i].text, quoted)) return true;
    return false;
}

void tidy_rule_targets(const struct tidy_tree *tree, const char *commands,
                       struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++) {
        const char *path = tree->files[i].path;
        if (tidy_ends(path, ".c") && commands && !is_compiled(commands, path))
            tidy_add(report, path, 1, "target", "no target compiles this file");
        if (tidy_ends(path, ".cu") && !is_named_by_cmake(tree, path))
            tidy_add(report, path, 1, "target", "no CMakeLists.txt beside it names this file");
        if ((tidy_ends(path, ".h") || tidy_ends(path, ".cuh")) && !is_included(tree, path))
            tidy_add(report, path, 1, "target", "nobody includes this header");
    }
}
