// Goal: the sound does not change by accident. Renders what each line of tests/engine/golden.txt
// says and compares the hash of its bits. A wanted change of the sound raises AEO_SOUND_VERSION and
// makes the file anew: engine_golden --update > tests/engine/golden.txt
#include <inttypes.h>

#include "tests/engine/support.h"

#define SPAN 240000

static uint64_t hash_of(const char *scene, uint64_t seed, int64_t from, uint32_t frames) {
    float *music = music_render(&(struct setup){.span_frames = SPAN}, scene, seed, from, frames);
    frames_assert_music(music, frames);
    uint64_t hash = frames_hash(music, frames);
    free(music);
    return hash;
}

static void update(void) {
    aeo_engine *engine = engine_get(&(struct setup){.threads = 1});
    printf("# Hashes (FNV-1a, 64 bits) of rendered samples; made by engine_golden --update.\n"
           "# sound version, scene, seed, first frame, frames, hash\n");
    for (uint32_t s = 0; s < aeo_scene_count(engine); s++) {
        const char *scene = aeo_scene_at(engine, s)->slug;
        for (uint64_t seed = 1; seed <= 3; seed++) {
            int64_t from = seed == 1 ? 0 : (int64_t)seed * 50 * SECOND;
            printf("%d %s %" PRIu64 " %" PRId64 " %d %016" PRIx64 "\n", AEO_SOUND_VERSION, scene,
                   seed, from, 10 * SECOND, hash_of(scene, seed, from, 10 * SECOND));
        }
    }
    aeo_engine_close(engine);
}

static void test_golden(void **state) {
    (void)state;
    FILE *file = fopen(AEO_SOURCE_DIR "/tests/engine/golden.txt", "r");
    assert_non_null(file);
    char line[256];
    uint32_t compared = 0, wrong = 0;
    while (fgets(line, sizeof line, file)) {
        int version;
        char scene[64];
        uint64_t seed, hash;
        int64_t from;
        uint32_t frames;
        if (line[0] == '#') continue;
        if (sscanf(line, "%d %63s %" SCNu64 " %" SCNd64 " %" SCNu32 " %" SCNx64, &version, scene,
                   &seed, &from, &frames, &hash) != 6) {
            fail_msg("golden.txt: %s", line);
        }
        assert_int_equal(version, AEO_SOUND_VERSION);
        uint64_t now = hash_of(scene, seed, from, frames);
        if (now != hash) {
            print_error("%s seed %" PRIu64 ": %016" PRIx64 " is not %016" PRIx64 "\n", scene, seed,
                        now, hash);
            wrong++;
        }
        compared++;
    }
    fclose(file);
    assert_true(compared >= 2);
    assert_int_equal(wrong, 0);
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "--update")) {
        update();
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
