// The table of the player's files; see static_files.h. The files come from server/web by
// aeolian_embed (server/serve.cmake).
#include "server/static_files.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "web_files.h" // generated: web_files, web_files_count

static const char *mime_type_of(const char *path) {
    static const struct {
        const char *extension, *mime_type;
    } known[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".txt", "text/plain; charset=utf-8"},
    };
    const char *extension = strrchr(path, '.');
    for (size_t i = 0; extension && i < sizeof known / sizeof *known; i++) {
        if (strcmp(extension, known[i].extension) == 0) return known[i].mime_type;
    }
    return "application/octet-stream";
}

void entity_tag_make(char tag[ENTITY_TAG_BYTES], const void *data, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ ((const unsigned char *)data)[i]) * UINT64_C(0x100000001b3);
    }
    snprintf(tag, ENTITY_TAG_BYTES, "\"%016" PRIx64 "\"", hash);
}

bool static_files_open(struct static_files *files) {
    memset(files, 0, sizeof *files);
    if (web_files_count > STATIC_FILES_MAX) return false;
    for (size_t i = 0; i < web_files_count; i++) {
        struct static_file *file = &files->files[files->count++];
        file->path = web_files[i].path; // without the leading slash
        file->mime_type = mime_type_of(file->path);
        file->data = web_files[i].data;
        file->size = web_files[i].size;
        entity_tag_make(file->entity_tag, file->data, file->size);
    }
    return true;
}

const struct static_file *static_files_find(const struct static_files *files, const char *path) {
    if (path[0] != '/') return NULL;
    const char *name = path[1] ? path + 1 : "index.html";
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->files[i].path, name) == 0) return &files->files[i];
    }
    return NULL;
}
