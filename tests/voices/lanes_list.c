/*
 * lanes_list.c - which copies of the DSP this machine can run.
 */
#include "tests/voices/lanes_under_test.h"

#include <stdlib.h>
#include <string.h>

extern const struct lane_copy lane_copy_plain;
#if AEO_LANES_X86
extern const struct lane_copy lane_copy_sse, lane_copy_avx2, lane_copy_avx512;
#endif
#if AEO_LANES_ARM
extern const struct lane_copy lane_copy_neon;
#endif

const struct lane_copy *const *lane_copies(uint32_t *count) {
    static const struct lane_copy *list[4];
    uint32_t n = 0;
    list[n++] = &lane_copy_plain;
#if AEO_LANES_X86
    list[n++] = &lane_copy_sse;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        list[n++] = &lane_copy_avx2;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
        list[n++] = &lane_copy_avx512;
    }
#endif
#if AEO_LANES_ARM
    list[n++] = &lane_copy_neon;
#endif
    *count = n;
    return list;
}

const struct lane_copy *lane_copy_best(void) {
    uint32_t count;
    const struct lane_copy *const *list = lane_copies(&count);
    return list[count - 1];
}

void lane_copy_render(const struct lane_copy *copy, const struct voice_note *note,
                      struct test_controls controls, int64_t cell, uint32_t count, float *bus_l,
                      float *bus_r) {
    void *scratch = aligned_alloc(64, (copy->scratch_bytes + 63) / 64 * 64);
    if (scratch == NULL) {
        abort();
    }
    memset(scratch, 0xff, copy->scratch_bytes); /* NaN: nothing may be read before it is set */
    memset(bus_l, 0, count * CELL_FRAMES * sizeof *bus_l);
    memset(bus_r, 0, count * CELL_FRAMES * sizeof *bus_r);
    copy->render(note, controls, cell, count, scratch, bus_l, bus_r);
    free(scratch);
}
