// See meters.h. The histograms lie in zeroed memory, whose pages the system gives as values come;
// a server asks for all of them at its start.
#include "profiling/meters.h"

#include <stddef.h>
#include <time.h>

#include "profiling/resources.h" // resources_touch

static struct histogram meters[METER_COUNT];

struct histogram *meter_of(enum meter meter) {
    return &meters[meter];
}

const char *meter_name(enum meter meter) {
    static const char *const names[METER_COUNT] = {
#define METER_STAGE(id, text) [RANGE_##id] = text,
        RANGES(METER_STAGE)
#undef METER_STAGE
#define METER_NAME(id, name, help) [METER_##id] = name,
        METER_WAITS(METER_NAME)
#undef METER_NAME
    };
    return names[meter];
}

const char *meter_help(enum meter meter) {
    static const char *const helps[METER_COUNT] = {
#define METER_HELP(id, name, help) [METER_##id] = help,
        METER_WAITS(METER_HELP)
#undef METER_HELP
    };
    return helps[meter] ? helps[meter] : "";
}

void meter_record(enum meter meter, uint64_t value) {
    histogram_record(&meters[meter], value);
}

int64_t meter_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void meters_touch(void) {
    resources_touch(meters, sizeof meters);
}
