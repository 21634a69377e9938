// The built-in scenes without the scene loader, for builds that have no JSON library: the same
// bytes as the loader makes, packed by test_packed.c, whose test sees to it that they are. Scene
// files cannot be read. Start-up only.
#include <string.h>

#include "engine/fault.h"                 // fault_set
#include "engine/roughness.h"             // roughness_prepare
#include "engine/scene.h"                 // struct scene
#include "tests/gpu/alone/packed_scenes.h" // packed_scenes

_Static_assert(sizeof(struct scene) == sizeof packed_scenes[0],
               "make packed_scenes.h anew: gpu_packed --write tests/gpu/alone/packed_scenes.h");

enum aeo_status scene_parse(struct scene *scene, const char *text, size_t bytes, const char *origin,
                            aeo_fault *fault) {
    (void)scene, (void)text, (void)bytes;
    return fault_set(fault, AEO_ERR_SCENE, "scene", "%s: this build reads no scene files", origin);
}

enum aeo_status scene_load(struct scene *scene, const char *path, aeo_fault *fault) {
    return scene_parse(scene, NULL, 0, path, fault);
}

uint32_t scene_builtin_count(void) {
    return sizeof packed_scenes / sizeof packed_scenes[0];
}

enum aeo_status scene_builtin(struct scene *scene, uint32_t index, aeo_fault *fault) {
    if (index >= scene_builtin_count()) {
        return fault_set(fault, AEO_ERR_ARGUMENT, "scene", "there are %u built-in scenes",
                         scene_builtin_count());
    }
    memcpy(scene, packed_scenes[index], sizeof *scene);
    roughness_prepare();
    return AEO_OK;
}
