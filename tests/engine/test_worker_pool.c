// Goal: the worker pool does every task of every job exactly once, by workers whose numbers no two
// running tasks share, for thousands of short jobs in a row (where late wakers meet the next job).
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/worker_pool.h"

#define TASKS_MAX 100

struct job {
    uint32_t job;
    atomic_uint done[TASKS_MAX];
    atomic_uint busy[8]; // by worker
    atomic_uint errors;
    uint32_t plain; // written by one task only: ordered for the beginner by pool_finish
};

static void task(void *context, uint32_t index, uint32_t worker) {
    struct job *job = context;
    if (atomic_fetch_add(&job->busy[worker], 1)) atomic_fetch_add(&job->errors, 1);
    atomic_fetch_add(&job->done[index], 1);
    if (index == job->job % 7) job->plain = job->job;
    atomic_fetch_sub(&job->busy[worker], 1);
}

static void run_jobs(uint32_t threads) {
    struct worker_pool *pool;
    assert_int_equal(pool_open(&pool, threads), AEO_OK);
    assert_int_equal(pool_threads(pool), threads);
    static struct job jobs[2];
    for (uint32_t i = 0; i < 3000; i++) {
        struct job *job = &jobs[i & 1];
        memset(job, 0, sizeof *job);
        job->job = i;
        uint32_t count = i % TASKS_MAX;
        pool_begin(pool, task, job, count);
        pool_finish(pool);
        assert_int_equal(atomic_load(&job->errors), 0);
        for (uint32_t t = 0; t < TASKS_MAX; t++)
            assert_int_equal(atomic_load(&job->done[t]), t < count);
        if (count > 7) assert_int_equal(job->plain, i);
    }
    pool_close(pool);
}

static void test_every_task_once(void **state) {
    (void)state;
    run_jobs(1);
    run_jobs(2);
    run_jobs(5);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_task_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
