// The few words of cmocka that the tests on a real GPU use, for machines that have a GPU, a
// compiler and nothing else (option AEO_GPU_ALONE). Everywhere else it is cmocka itself. A check
// that fails says where, and ends the program. One thread.
#ifndef TESTS_GPU_ALONE_CMOCKA_H
#define TESTS_GPU_ALONE_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};
#define cmocka_unit_test(function) {#function, function}

#define print_message(...) printf(__VA_ARGS__)
#define print_error(...) fprintf(stderr, __VA_ARGS__)
#define fail_msg(...)                                            \
    do {                                                         \
        fflush(stdout);                                          \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);          \
        fprintf(stderr, __VA_ARGS__);                            \
        fprintf(stderr, "\n");                                   \
        exit(1);                                                 \
    } while (0)
#define assert_true(what)                             \
    do {                                              \
        if (!(what)) fail_msg("not true: %s", #what); \
    } while (0)
#define assert_non_null(what) assert_true((what) != NULL)
#define assert_int_equal(a, b)                                                         \
    do {                                                                               \
        long long alone_a = (long long)(a), alone_b = (long long)(b);                  \
        if (alone_a != alone_b) fail_msg("%s is %lld, not %lld", #a, alone_a, alone_b); \
    } while (0)

#define cmocka_run_group_tests(tests, set_up, tear_down) \
    alone_run(tests, sizeof(tests) / sizeof *(tests), set_up)

// Runs all of TESTS after SET_UP; returns how many failed, which is none, or does not return.
static inline int alone_run(const struct CMUnitTest *tests, size_t count,
                            int (*set_up)(void **state)) {
    void *state = NULL;
    if (set_up && set_up(&state)) exit(1);
    for (size_t i = 0; i < count; i++) {
        printf("[ RUN      ] %s\n", tests[i].name);
        fflush(stdout);
        tests[i].run(&state);
        printf("[       OK ] %s\n", tests[i].name);
    }
    printf("[  PASSED  ] %zu test(s).\n", count);
    return 0;
}

#endif
