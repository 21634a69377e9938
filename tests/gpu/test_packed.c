// Goal: the packed scenes, which builds without a JSON library use, are what the scene loader makes
// of the scene files. After a change of a scene or of struct scene make them anew:
//   build/release/tests/bin/gpu_packed --write tests/gpu/alone/packed_scenes.h
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/scene.h"                 // scene_builtin
#include "tests/gpu/alone/packed_scenes.h" // packed_scenes

#define WORDS (sizeof(struct scene) / sizeof(uint32_t))

union packed {
    struct scene scene;
    uint32_t words[WORDS];
};

static void load(union packed *packed, uint32_t index) {
    aeo_fault fault = {AEO_OK, "", ""};
    memset(packed, 0, sizeof *packed);
    if (scene_builtin(&packed->scene, index, &fault)) fail_msg("%s", fault.message);
}

static int write_all(const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "%s: cannot be written\n", path);
        return 1;
    }
    fprintf(file, "/* Made by: build/release/tests/bin/gpu_packed --write FILE\n"
                  "   The built-in scenes as struct scene of a little-endian 64-bit machine. */\n"
                  "#include <stdint.h>\n\nstatic const uint32_t packed_scenes[%u][%zu] = {\n",
            scene_builtin_count(), WORDS);
    for (uint32_t i = 0; i < scene_builtin_count(); i++) {
        union packed packed;
        load(&packed, i);
        fprintf(file, "    {");
        for (size_t w = 0; w < WORDS; w++)
            fprintf(file, "%s0x%x,", w % 8 ? " " : "\n     ", packed.words[w]);
        fprintf(file, "\n    },\n");
    }
    fprintf(file, "};\n");
    return fclose(file) ? 1 : 0;
}

static void test_current(void **state) {
    (void)state;
    assert_int_equal(sizeof packed_scenes / sizeof packed_scenes[0], scene_builtin_count());
    assert_int_equal(sizeof packed_scenes[0], sizeof(struct scene));
    for (uint32_t i = 0; i < scene_builtin_count(); i++) {
        union packed packed;
        load(&packed, i);
        assert_memory_equal(packed.words, packed_scenes[i], sizeof packed);
    }
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--write") == 0) return write_all(argv[2]);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_current)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
