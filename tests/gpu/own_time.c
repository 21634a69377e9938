// See own_time.h.
#include "tests/gpu/own_time.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void (*own_time_moved)(void);
bool (*own_time_nap_passes)(void);

static atomic_llong now_ns;
static _Thread_local bool engine_thread; // nobody else waits for ticks

int64_t own_time_ns(void) {
    return atomic_load(&now_ns);
}

static int64_t ns_of(const struct timespec *time) {
    return time->tv_sec * INT64_C(1000000000) + time->tv_nsec;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != CLOCK_MONOTONIC) return (int)syscall(SYS_clock_gettime, clock, time);
    *time = (struct timespec){own_time_ns() / 1000000000, own_time_ns() % 1000000000};
    return 0;
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until) {
    (void)clock;
    engine_thread = true;
    if (sem_trywait(semaphore) == 0) return 0;
    atomic_store(&now_ns, ns_of(until));
    if (own_time_moved) own_time_moved();
    errno = ETIMEDOUT;
    return -1;
}

// A nap takes real time, too: somebody else is to get on meanwhile.
int nanosleep(const struct timespec *time, struct timespec *left) {
    if (engine_thread && own_time_nap_passes && own_time_nap_passes()) {
        atomic_fetch_add(&now_ns, ns_of(time));
        if (own_time_moved) own_time_moved();
    }
    return clock_nanosleep(CLOCK_MONOTONIC, 0, time, left);
}
