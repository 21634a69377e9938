// A fixed set of threads that share out the tasks of one job at a time.
//
// A job is a function and a count; whoever is free takes the next index with one atomic addition,
// so tasks start in order and no lock is held while they run. The thread that began the job works
// on it, too, while it waits for the end: a pool of one has no threads of its own. Between jobs
// workers sleep. Jobs may not begin jobs.
#ifndef ENGINE_WORKER_POOL_H
#define ENGINE_WORKER_POOL_H

#include <stdint.h>

#include "engine/status.h" // aeo_status

struct worker_pool;

#define POOL_THREADS_MAX 256

// Does task INDEX of the job. WORKER is 0 for the thread that began the job, 1.. for the others,
// and names scratch memory that no other running task uses.
typedef void (*pool_task_fn)(void *context, uint32_t index, uint32_t worker);

// Starts THREADS - 1 threads (1 <= THREADS <= POOL_THREADS_MAX). AEO_ERR_MEMORY when the system has
// none; *POOL is NULL then. Allocates.
enum aeo_status pool_open(struct worker_pool **pool, uint32_t threads);

// Joins the threads. No job may be open. NULL is allowed.
void pool_close(struct worker_pool *pool);

uint32_t pool_threads(const struct worker_pool *pool);

// Opens a job of COUNT tasks and wakes the workers. Returns at once. One job at a time, begun and
// finished by one thread.
void pool_begin(struct worker_pool *pool, pool_task_fn task, void *context, uint32_t count);

// Works on the open job until all of its tasks are done and every worker has left it.
void pool_finish(struct worker_pool *pool);

#endif
