// Where scenes come from: files, and those linked into the program. Reading them is scene_json.c.
// Runs at start-up only.
#include "engine/scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "embedded_scenes.h" // embedded_scenes
#include "engine/fault.h"    // fault_set

enum aeo_status scene_load(struct scene *scene, const char *path, aeo_fault *fault) {
    FILE *file = fopen(path, "rb");
    if (!file) return fault_set(fault, AEO_ERR_IO, "scene", "%s: cannot be opened", path);
    char *buffer = malloc(SCENE_FILE_BYTES_MAX + 1); // one more, so that too long shows
    size_t bytes = buffer ? fread(buffer, 1, SCENE_FILE_BYTES_MAX + 1, file) : 0;
    bool failed = ferror(file) != 0;
    fclose(file);
    enum aeo_status status;
    if (!buffer) status = fault_set(fault, AEO_ERR_MEMORY, "scene", "%s: no memory", path);
    else if (failed) status = fault_set(fault, AEO_ERR_IO, "scene", "%s: cannot be read", path);
    else status = scene_parse(scene, buffer, bytes, path, fault);
    free(buffer);
    return status;
}

uint32_t scene_builtin_count(void) { return (uint32_t)embedded_scenes_count; }

enum aeo_status scene_builtin(struct scene *scene, uint32_t index, aeo_fault *fault) {
    if (index >= embedded_scenes_count) {
        return fault_set(fault, AEO_ERR_ARGUMENT, "scene", "there are %zu built-in scenes",
                         embedded_scenes_count);
    }
    const struct embedded_file *file = &embedded_scenes[index];
    return scene_parse(scene, (const char *)file->data, file->size, file->path, fault);
}
