// tidy ROOT [COMPILE_COMMANDS]: reads the source tree under ROOT and prints one line per breach,
// as FILE:LINE: rule: message. Exit status 0 when there is none. Runs in the tests, one thread.
#include "tests/tidy/tidy.h"

#include <stdio.h>
#include <stdlib.h>

static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    const long size = ftell(file);
    rewind(file);
    char *text = size >= 0 ? calloc((size_t)size + 1, 1) : NULL;
    if (text && fread(text, 1, (size_t)size, file) != (size_t)size) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: tidy ROOT [COMPILE_COMMANDS]\n");
        return 2;
    }
    char *commands = argc == 3 ? read_file(argv[2]) : NULL;
    if (argc == 3 && !commands) {
        fprintf(stderr, "tidy: cannot read %s\n", argv[2]);
        return 2;
    }
    struct tidy_tree tree;
    if (!tidy_tree_load(&tree, argv[1])) return 2;
    struct tidy_report report;
    tidy_report_open(&report);
    tidy_check(&tree, commands, &report);
    for (size_t i = 0; i < report.count && i < TIDY_BREACHES_MAX; i++) {
        const struct tidy_breach *breach = &report.breaches[i];
        printf("%s:%d: %s: %s\n", breach->path, breach->line, breach->rule, breach->message);
    }
    printf("tidy: %zu files, %zu breaches\n", tree.count, report.count);
    const int status = report.count > 0;
    tidy_report_close(&report);
    tidy_tree_free(&tree);
    free(commands);
    return status;
}
