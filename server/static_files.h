// The player's files, linked into the program: looked up by path, with type and entity tag. Built
// once at start, read-only afterwards; any thread.
#ifndef SERVER_STATIC_FILES_H
#define SERVER_STATIC_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum { STATIC_FILES_MAX = 64, ENTITY_TAG_BYTES = 24 };

struct static_file {
    const char *path; // "player.js", without the leading slash
    const char *mime_type;
    const unsigned char *data;
    size_t size;
    char entity_tag[ENTITY_TAG_BYTES]; // in quotes: a hash of the contents
};

struct static_files {
    struct static_file files[STATIC_FILES_MAX];
    size_t count;
};

// Makes the table. False when there are more than STATIC_FILES_MAX files (our own mistake).
bool static_files_open(struct static_files *files);

// The file of a request path, "/" being index.html; NULL when there is none. Only exact names
// match, so there is nothing that dots could climb out of.
const struct static_file *static_files_find(const struct static_files *files, const char *path);

// A quoted tag of SIZE bytes of DATA (FNV-1a).
void entity_tag_make(char tag[ENTITY_TAG_BYTES], const void *data, size_t size);

#endif
