// A library that a soak run in real time loads before the C library (LD_PRELOAD) into the server it
// tests: a calendar's clock that jumps, without touching the machine's own, and defects that the
// verdict must find, a leak of 2 MB an hour or an open file now and then. It does what the page
// says (profiling/soak/fault_page.h). Any thread; the defects have one of their own.
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "profiling/soak/fault_page.h" // struct fault_page

#define SECOND INT64_C(1000000000)
#define LEAK_BYTES 56 // ten times a second: 2 MB an hour

static struct fault_page *page;
static int (*clock_gettime_next)(clockid_t, struct timespec *);

static void advance(int64_t *seconds, int64_t *ns) {
    int64_t step = page ? atomic_load_explicit(&page->clock_step_ns, memory_order_relaxed) : 0;
    int64_t all = *seconds * SECOND + *ns + step;
    *seconds = all / SECOND;
    *ns = all % SECOND;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!clock_gettime_next) {
        void *next = dlsym(RTLD_NEXT, "clock_gettime");
        memcpy(&clock_gettime_next, &next, sizeof next);
    }
    int result = clock_gettime_next(clock, time);
    if (result || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
    int64_t seconds = time->tv_sec, ns = time->tv_nsec;
    advance(&seconds, &ns);
    *time = (struct timespec){(time_t)seconds, (long)ns};
    return 0;
}

int gettimeofday(struct timeval *restrict value, void *restrict zone) {
    struct timespec time;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &time);
    *value = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

static void *spoil(void *unused) {
    const struct timespec tenth = {0, 100000000};
    for (uint32_t turn = 0;; turn++) {
        uint32_t plant = atomic_load(&page->plant);
        if (plant == PLANT_LEAK) {
            char *lost = malloc(LEAK_BYTES);
            if (lost) *(volatile char *)lost = 1;
        } else if (plant == PLANT_DESCRIPTORS && turn % 10 == 0) {
            int lost = open("/dev/null", O_RDONLY | O_CLOEXEC);
            (void)lost;
        }
        nanosleep(&tenth, NULL);
    }
    return unused;
}

__attribute__((constructor)) static void begin(void) {
    pthread_t thread;
    page = fault_page_map();
    if (page && pthread_create(&thread, NULL, spoil, NULL) == 0) pthread_detach(thread);
}
