// Which instruction sets this build has and this processor runs. Any thread.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/aeolian.h"   // aeo_isa_best, aeo_isa_supported
#include "engine/lanes_cpu.h" // lanes_cpu_find

// The tables that the copies of lanes_cpu.c define.
extern const struct lanes_cpu lanes_cpu_plain;
#if AEO_LANES_X86
extern const struct lanes_cpu lanes_cpu_sse, lanes_cpu_avx2, lanes_cpu_avx512;
#endif
#if AEO_LANES_ARM
extern const struct lanes_cpu lanes_cpu_neon;
#endif

// __builtin_cpu_supports asks cpuid, and the operating system whether it saves the wide registers.
static bool runs_here(const struct lanes_cpu *lanes) {
#if AEO_LANES_X86
    if (lanes == &lanes_cpu_avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
    }
    if (lanes == &lanes_cpu_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return lanes != NULL; // SSE2 and NEON belong to their 64-bit families
}

// Widest first.
static const struct lanes_cpu *const all_lanes[] = {
#if AEO_LANES_X86
    &lanes_cpu_avx512, &lanes_cpu_avx2, &lanes_cpu_sse,
#endif
#if AEO_LANES_ARM
    &lanes_cpu_neon,
#endif
    &lanes_cpu_plain,
};
#define LANES_COUNT (sizeof all_lanes / sizeof all_lanes[0])

const struct lanes_cpu *lanes_cpu_find(const char *name) {
    for (size_t i = 0; i < LANES_COUNT; i++) {
        if (!runs_here(all_lanes[i])) continue;
        if (!strcasecmp(name, "auto") || !strcasecmp(name, all_lanes[i]->name)) return all_lanes[i];
    }
    return NULL;
}

void lanes_cpu_list(char *out, size_t cap) {
    size_t used = 0;
    if (cap) *out = 0;
    for (size_t i = 0; i < LANES_COUNT; i++) {
        if (!runs_here(all_lanes[i]) || used >= cap) continue;
        int n = snprintf(out + used, cap - used, "%s%s", used ? ", " : "", all_lanes[i]->name);
        if (n > 0) used += (size_t)n;
    }
}

const char *aeo_isa_best(void) {
    return lanes_cpu_find("auto")->name;
}

bool aeo_isa_supported(const char *name) {
    return name && strcasecmp(name, "auto") && lanes_cpu_find(name);
}
