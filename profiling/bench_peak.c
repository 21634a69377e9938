// The peak of each instruction set on this core: fused multiply-adds from registers, nothing else.
#include "profiling/bench.h"
#include "profiling/bench_lanes.h"

#include "engine/aeolian.h" // aeo_isa_supported

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct bench_lanes bench_lanes_plain;
#if AEO_LANES_X86
extern const struct bench_lanes bench_lanes_sse, bench_lanes_avx2, bench_lanes_avx512;
#endif
#if AEO_LANES_ARM
extern const struct bench_lanes bench_lanes_neon;
#endif

const struct bench_lanes *bench_lanes_find(const char *name) {
    static const struct bench_lanes *const all[] = {
#if AEO_LANES_X86
        &bench_lanes_avx512, &bench_lanes_avx2, &bench_lanes_sse,
#endif
#if AEO_LANES_ARM
        &bench_lanes_neon,
#endif
        &bench_lanes_plain,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (!strcmp(all[i]->name, name) && aeo_isa_supported(name)) {
            return all[i];
        }
    }
    return NULL;
}

struct peak_run {
    const struct bench_lanes *lanes;
    uint32_t rounds;
    double operations;
    float sink;
};

static void run(void *context) {
    struct peak_run *peak = context;
    peak->operations = peak->lanes->peak(peak->rounds, &peak->sink);
}

void bench_peak(struct bench *bench) {
    struct bench_row *row =
        bench_add(bench, "Peak", "fused multiply-adds of one core, thousand million lanes a second",
                  BENCH_RATE);
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        // A plain multiply-add may be a library call, a hundred times slower than a vector's.
        struct peak_run peak = {bench_lanes_find(bench->isas[i]), 1000000, 0.0, 0.0f};
        double seconds = bench_best_s(bench->budget_s, run, &peak);
        bench->peak[i] = peak.operations / seconds;
        row->value[i] = bench->peak[i] * 1e-9;
        bench->thinning[i] = bench->peak[i] < 5e9 ? 16 : 1;
        if (peak.sink == 12345.0f) { // never, but the compiler does not know
            fputs("", stderr);
        }
    }
}
