// The argument of the test kernels: adds VALUE to each of COUNT numbers.
#ifndef TESTS_CUDASIM_TEST_KERNELS_H
#define TESTS_CUDASIM_TEST_KERNELS_H

#include "tests/cudasim/kernel_table.h" // struct sim_kernel

struct test_argument {
    uint32_t *numbers;
    uint32_t count, value;
};

#endif
