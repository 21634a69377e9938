// The worker pool: see the header.
//
// Workers enter and leave a job under the mutex, so that pool_finish knows that nobody still holds
// a job's fields when the next one is written over them; the tasks themselves are taken without it.
// The mutex is only ever held for a few instructions, and only by render threads.
#include "engine/worker_pool.h" // struct worker_pool

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct worker {
    struct worker_pool *pool;
    uint32_t index;
    pthread_t thread;
};

struct worker_pool {
    // The open job; written by its beginner while no worker is inside.
    pool_task_fn task;
    void *context;
    uint32_t count;
    _Alignas(64) atomic_uint next; // index of the task to take next

    _Alignas(64) pthread_mutex_t mutex; // guards the fields below
    pthread_cond_t work, left;
    uint64_t jobs;   // begun so far; a worker enters each at most once
    uint32_t inside; // workers in the open job
    bool stopping;

    uint32_t threads, started;
    struct worker workers[];
};

static void tasks_run(struct worker_pool *pool, uint32_t worker) {
    for (;;) {
        uint32_t index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (index >= pool->count) return;
        pool->task(pool->context, index, worker);
    }
}

static void *worker_main(void *argument) {
    struct worker *self = argument;
    struct worker_pool *pool = self->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->stopping && pool->jobs == seen)
            pthread_cond_wait(&pool->work, &pool->mutex);
        if (pool->stopping) break;
        seen = pool->jobs;
        pool->inside++;
        pthread_mutex_unlock(&pool->mutex);
        tasks_run(pool, self->index);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->inside == 0) pthread_cond_signal(&pool->left);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

enum aeo_status pool_open(struct worker_pool **out, uint32_t threads) {
    assert(threads >= 1 && threads <= POOL_THREADS_MAX);
    *out = NULL;
    size_t bytes = sizeof(struct worker_pool) + (threads - 1) * sizeof(struct worker);
    struct worker_pool *pool = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!pool) return AEO_ERR_MEMORY;
    *pool = (struct worker_pool){.threads = threads};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->left, NULL);
    for (uint32_t i = 0; i + 1 < threads; i++) {
        struct worker *worker = &pool->workers[i];
        *worker = (struct worker){.pool = pool, .index = i + 1};
        if (pthread_create(&worker->thread, NULL, worker_main, worker)) {
            pool_close(pool);
            return AEO_ERR_MEMORY;
        }
        char name[16];
        snprintf(name, sizeof name, "aeo-render-%u", i + 1);
        pthread_setname_np(worker->thread, name);
        pool->started++;
    }
    *out = pool;
    return AEO_OK;
}

void pool_close(struct worker_pool *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->mutex);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
    for (uint32_t i = 0; i < pool->started; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->left);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

uint32_t pool_threads(const struct worker_pool *pool) {
    return pool->threads;
}

void pool_begin(struct worker_pool *pool, pool_task_fn task, void *context, uint32_t count) {
    pthread_mutex_lock(&pool->mutex);
    while (pool->inside > 0) // one that woke too late for the last job and is about to leave
        pthread_cond_wait(&pool->left, &pool->mutex);
    pool->task = task;
    pool->context = context;
    pool->count = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    if (pool->threads > 1 && count > 1) {
        pool->jobs++;
        pthread_cond_broadcast(&pool->work);
    }
    pthread_mutex_unlock(&pool->mutex);
}

void pool_finish(struct worker_pool *pool) {
    tasks_run(pool, 0);
    pthread_mutex_lock(&pool->mutex);
    while (pool->inside > 0)
        pthread_cond_wait(&pool->left, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}
