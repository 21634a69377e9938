// Goal: no rung of the ladder is timed unless it makes the engine's samples. In each rung in turn
// one sample is made wrong, by a thousandth in the scalar rungs and by its last bit where bits must
// be equal, and the ladder must end with a line that names the rung; left alone it must get to the
// top. The rungs are the benchmark's own, caught by the linker (--wrap). Each climb is a process.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/renderer.h"         // struct aeo_renderer
#include "profiling/ladder/ladder.h" // ladder_measure
#include "profiling/ladder/work.h"   // struct work

enum rung { NOTE_BY_NOTE, BATCHED, SINES, RECURRENCE, LANES, EFFECTS, PRODUCT, NONE };

static enum rung planted = NONE;

// In the middle, in a cell that every rung renders.
enum { WRONG = LADDER_CELLS / 2 / 2048 * 2048 * CELL_FRAMES + 5 };

static void plant_scalar(enum rung rung, struct work *work) {
    if (rung == planted) work->sums.send[1][WRONG] += 0.001f;
}

static void plant_bit(float *sample) {
    uint32_t bits;
    memcpy(&bits, sample, sizeof bits);
    bits ^= 1;
    memcpy(sample, &bits, sizeof bits);
}

void __real_scalar_note_by_note(struct work *work);
void __wrap_scalar_note_by_note(struct work *work);
void __wrap_scalar_note_by_note(struct work *work) {
    __real_scalar_note_by_note(work);
    plant_scalar(NOTE_BY_NOTE, work);
}

void __real_scalar_batched(struct work *work);
void __wrap_scalar_batched(struct work *work);
void __wrap_scalar_batched(struct work *work) {
    __real_scalar_batched(work);
    plant_scalar(BATCHED, work);
}

void __real_scalar_sines(struct work *work, const struct sine_list *list);
void __wrap_scalar_sines(struct work *work, const struct sine_list *list);
void __wrap_scalar_sines(struct work *work, const struct sine_list *list) {
    __real_scalar_sines(work, list);
    plant_scalar(SINES, work);
}

void __real_scalar_recurrence(struct work *work, const struct sine_list *list);
void __wrap_scalar_recurrence(struct work *work, const struct sine_list *list);
void __wrap_scalar_recurrence(struct work *work, const struct sine_list *list) {
    __real_scalar_recurrence(work, list);
    plant_scalar(RECURRENCE, work);
}

// The first time it makes the samples that the others are compared with.
void __real_lanes_voices(struct work *work, const struct lanes_cpu *lanes, void *scratch);
void __wrap_lanes_voices(struct work *work, const struct lanes_cpu *lanes, void *scratch);
void __wrap_lanes_voices(struct work *work, const struct lanes_cpu *lanes, void *scratch) {
    static int calls;
    __real_lanes_voices(work, lanes, scratch);
    if (calls++ > 0 && planted == LANES) plant_bit(&work->sums.dry[0][WRONG]);
}

void __real_lanes_effects(struct work *work, const struct lanes_cpu *lanes, void *state,
                          void *scratch, float *out);
void __wrap_lanes_effects(struct work *work, const struct lanes_cpu *lanes, void *state,
                          void *scratch, float *out);
void __wrap_lanes_effects(struct work *work, const struct lanes_cpu *lanes, void *state,
                          void *scratch, float *out) {
    static int calls;
    __real_lanes_effects(work, lanes, state, scratch, out);
    if (calls++ > 0 && planted == EFFECTS) plant_bit(&out[2 * WRONG]);
}

// The product's own renderer, with a look at what it has made.
extern const struct aeo_renderer __real_renderer_cpu;
extern struct aeo_renderer __wrap_renderer_cpu;
struct aeo_renderer __wrap_renderer_cpu;
static float *made;

static enum aeo_status submit(struct renderer *self, const struct batch *batch) {
    made = batch->spans[0].out;
    return __real_renderer_cpu.submit(self, batch);
}

static enum renderer_state collect(struct renderer *self, uint64_t wait_ns) {
    enum renderer_state state = __real_renderer_cpu.collect(self, wait_ns);
    if (planted == PRODUCT) plant_bit(&made[2 * WRONG + 1]);
    return state;
}

// Climbs in a process of its own; what it said on standard error in SAID, its exit status returned.
static int climb(enum rung rung, char *said, size_t cap) {
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static struct ladder ladder;
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        planted = rung;
        ladder_measure(&ladder, 0);
        _exit(ladder.rung_count == 7 ? 0 : 9);
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t got; (got = read(ends[0], said + used, cap - 1 - used)) > 0;)
        used += (size_t)got;
    said[used] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void refused(enum rung rung, const char *name) {
    char said[4096], line[256];
    int status = climb(rung, said, sizeof said);
    snprintf(line, sizeof line, "ladder: \"%s", name);
    if (status != 1 || !strstr(said, line) || !strstr(said, "sounds different"))
        fail_msg("a wrong sample in \"%s\": status %d, said: %s", name, status, said);
}

static void test_wrong_samples_are_refused(void **state) {
    (void)state;
    refused(NOTE_BY_NOTE, "naive");
    refused(BATCHED, "+ batching");
    refused(SINES, "+ preallocation");
    refused(RECURRENCE, "+ recurrence");
    refused(EFFECTS, "scalar effects");
    refused(LANES, "+ lanes");
    refused(PRODUCT, "+ fused effects");
}

static void test_the_top_is_reached(void **state) {
    (void)state;
    char said[4096];
    if (climb(NONE, said, sizeof said) != 0) fail_msg("%s", said);
}

int main(void) {
    __wrap_renderer_cpu = __real_renderer_cpu;
    __wrap_renderer_cpu.submit = submit;
    __wrap_renderer_cpu.collect = collect;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_samples_are_refused),
        cmocka_unit_test(test_the_top_is_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
