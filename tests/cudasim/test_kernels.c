// Kernels for the simulated driver's own tests: each does one obvious thing to one array.
#include <stdio.h>
#include <string.h>

#include "tests/cudasim/test_kernels.h"

static struct test_argument argument_of(const void *arguments) {
    struct test_argument a;
    memcpy(&a, arguments, sizeof a);
    return a;
}

// Each block adds its share; blocks may come in any order.
static void add_run(const void *arguments, uint32_t x, uint32_t y, uint32_t grid_x,
                    uint32_t grid_y, uint32_t seed) {
    struct test_argument a = argument_of(arguments);
    (void)y;
    (void)grid_y;
    (void)seed;
    for (uint32_t i = x; i < a.count; i += grid_x)
        a.numbers[i] += a.value;
}

static bool ranges(const void *arguments, struct sim_ranges *ranges_, char *why, size_t cap) {
    struct test_argument a = argument_of(arguments);
    if (a.count == 0) {
        snprintf(why, cap, "an array of nothing");
        return false;
    }
    return sim_range(ranges_, a.numbers, a.count * sizeof *a.numbers, true);
}

const struct sim_kernel sim_kernels[] = {
    {"add", sizeof(struct test_argument), 32, add_run, ranges},
};
const size_t sim_kernel_count = sizeof sim_kernels / sizeof *sim_kernels;
