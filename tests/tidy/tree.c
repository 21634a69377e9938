// Loads the source tree: walks the folders, reads each text file, decides what kind it is. Files
// with a zero byte are binary and left out. Runs in the tests, on one thread.
#include "tests/tidy/tidy.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const skipped_folders[] = {"build", "node_modules", ".git", ".cache", ".deps"};
static const char *const c_endings[] = {".c", ".h", ".cu", ".cuh"};
static const char *const script_endings[] = {".js", ".mjs", ".sh",    ".py",
                                             ".cmake", "CMakeLists.txt", "Makefile"};
static const char *const page_endings[] = {".html", ".css"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool ends_with_any(const char *path, const char *const *endings, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (tidy_ends(path, endings[i])) return true;
    return false;
}

static enum tidy_kind kind_of(const char *path, const char *text) {
    if (ends_with_any(path, c_endings, COUNT(c_endings))) return TIDY_C;
    if (ends_with_any(path, script_endings, COUNT(script_endings))) return TIDY_SCRIPT;
    if (ends_with_any(path, page_endings, COUNT(page_endings))) return TIDY_PAGE;
    return tidy_starts(text, "#!") ? TIDY_SCRIPT : TIDY_TEXT;
}

// The whole file, zero-terminated; NULL when it cannot be read or is binary.
static char *read_text(const char *path, size_t size) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(size + 1);
    size_t got = 0;
    if (file && text) got = fread(text, 1, size, file);
    if (file) fclose(file);
    if (!text) return NULL;
    text[got] = '\0';
    if (got == size && !memchr(text, 0, size)) return text;
    free(text);
    return NULL;
}

static bool add_file(struct tidy_tree *tree, const char *full, const char *path, size_t size) {
    if (tree->count == TIDY_FILES_MAX) {
        fprintf(stderr, "tidy: more than %d files\n", TIDY_FILES_MAX);
        return false;
    }
    char *text = read_text(full, size);
    if (!text) return true;
    struct tidy_file *file = &tree->files[tree->count++];
    snprintf(file->path, sizeof file->path, "%s", path);
    file->text = text;
    file->size = size;
    file->kind = kind_of(path, text);
    if (file->kind == TIDY_C) tidy_mask(file);
    return true;
}

static bool is_skipped(const char *name) {
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    for (size_t i = 0; i < COUNT(skipped_folders); i++)
        if (strcmp(name, skipped_folders[i]) == 0) return true;
    return false;
}

static bool walk(struct tidy_tree *tree, const char *root, const char *inside) {
    char folder[2 * TIDY_PATH_MAX];
    snprintf(folder, sizeof folder, "%s%s%s", root, *inside ? "/" : "", inside);
    DIR *dir = opendir(folder);
    if (!dir) {
        fprintf(stderr, "tidy: cannot read folder %s\n", folder);
        return false;
    }
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(dir));) {
        if (is_skipped(entry->d_name)) continue;
        char path[2 * TIDY_PATH_MAX], full[4 * TIDY_PATH_MAX];
        snprintf(path, sizeof path, "%s%s%s", inside, *inside ? "/" : "", entry->d_name);
        snprintf(full, sizeof full, "%s/%s", root, path);
        struct stat info;
        if (strlen(path) >= TIDY_PATH_MAX || lstat(full, &info) != 0) continue;
        if (S_ISDIR(info.st_mode)) ok = walk(tree, root, path);
        if (S_ISREG(info.st_mode)) ok = add_file(tree, full, path, (size_t)info.st_size);
    }
    closedir(dir);
    return ok;
}

static int by_path(const void *a, const void *b) {
    return strcmp(((const struct tidy_file *)a)->path, ((const struct tidy_file *)b)->path);
}

bool tidy_tree_load(struct tidy_tree *tree, const char *root) {
    tree->root = root;
    tree->count = 0;
    tree->files = calloc(TIDY_FILES_MAX, sizeof *tree->files);
    if (!tree->files || !walk(tree, root, "")) return false;
    qsort(tree->files, tree->count, sizeof *tree->files, by_path);
    return true;
}

void tidy_tree_free(struct tidy_tree *tree) {
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->files[i].text);
        free(tree->files[i].code);
        free(tree->files[i].flat);
    }
    free(tree->files);
    *tree = (struct tidy_tree){0};
}

const struct tidy_file *tidy_tree_find(const struct tidy_tree *tree, const char *path) {
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->files[i].path, path) == 0) return &tree->files[i];
    return NULL;
}
