/* effects_lanes_list.c - which of the compiled instruction sets this processor can run. */
#include "tests/effects/effects_lanes.h"

extern const struct effects_lanes effects_lanes_plain, effects_lanes_double_build;
#if defined(AEO_LANES_X86)
extern const struct effects_lanes effects_lanes_sse, effects_lanes_avx2, effects_lanes_avx512;
#elif defined(AEO_LANES_ARM)
extern const struct effects_lanes effects_lanes_neon;
#endif

uint32_t effects_lanes_list(const struct effects_lanes *list[8]) {
    uint32_t count = 0;
    list[count++] = &effects_lanes_plain;
#if defined(AEO_LANES_X86)
    list[count++] = &effects_lanes_sse;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        list[count++] = &effects_lanes_avx2;
    }
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
        list[count++] = &effects_lanes_avx512;
    }
#elif defined(AEO_LANES_ARM)
    list[count++] = &effects_lanes_neon;
#endif
    return count;
}

const struct effects_lanes *effects_lanes_best(void) {
    const struct effects_lanes *list[8];
    return list[effects_lanes_list(list) - 1];
}

const struct effects_lanes *effects_lanes_double(void) {
    return &effects_lanes_double_build;
}
