// Links and pictures of the Markdown pages that point into the repository must find their file.
// Runs in the tests, on one thread.
#include "tests/tidy/tidy.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void check_target(const struct tidy_tree *tree, const struct tidy_file *page,
                         const char *target, int line, struct tidy_report *report) {
    if (!*target || strstr(target, "://") || tidy_starts(target, "mailto:")) return;
    const char *slash = strrchr(page->path, '/');
    const int folder = slash ? (int)(slash - page->path) + 1 : 0;
    char path[4 * TIDY_PATH_MAX];
    snprintf(path, sizeof path, "%s/%.*s%s", tree->root, folder, page->path, target);
    if (access(path, F_OK) != 0)
        tidy_add(report, page->path, line, "link", "'%s' is not there", target);
}

static void check_page(const struct tidy_tree *tree, const struct tidy_file *page,
                       struct tidy_report *report) {
    for (const char *at = page->text; (at = strstr(at, "](")); at++) {
        const char *begin = at + 2;
        char target[TIDY_PATH_MAX];
        snprintf(target, sizeof target, "%.*s", (int)strcspn(begin, ")# \n"), begin);
        check_target(tree, page, target, tidy_line_of(page->text, at), report);
    }
}

void tidy_rule_links(const struct tidy_tree *tree, struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++)
        if (tidy_ends(tree->files[i].path, ".md")) check_page(tree, &tree->files[i], report);
}
