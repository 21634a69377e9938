// See observer.h. "Lately" is what a meter has now less what it had at the older of two marks; the
// marks are set anew in turn, every OBSERVER_WINDOW_S. Both marks of all meters are 6 MB.
#include "server/observer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PERIOD_S = 1, STOP_PATIENCE_S = 2 };

struct observer {
    pthread_t thread;
    sem_t stop;
    _Atomic int32_t gpu_device;

    // The thread's own.
    struct histogram_snapshot now, marks[2][METER_COUNT];
    int64_t marked_ns[2];
    uint32_t older; // of the two marks
    struct observed seen;

    pthread_mutex_t mutex; // held for a copy
    struct observed shown;
};

static void meter_look(struct observer *observer, enum meter meter) {
    struct meter_figures *figures = &observer->seen.meters[meter];
    struct histogram_snapshot *now = &observer->now;
    histogram_read(meter_of(meter), now);
    figures->count_ever = now->count;
    figures->p50_ever = histogram_quantile(now, 0.50);
    figures->p95_ever = histogram_quantile(now, 0.95);
    figures->p99_ever = histogram_quantile(now, 0.99);
    figures->max_ever = now->max;
    histogram_subtract(now, &observer->marks[observer->older][meter]);
    figures->count = now->count;
    figures->sum = now->sum;
    figures->p50 = histogram_quantile(now, 0.50);
    figures->p95 = histogram_quantile(now, 0.95);
    figures->p99 = histogram_quantile(now, 0.99);
    figures->max = now->max;
}

static void marks_advance(struct observer *observer, int64_t now_ns) {
    uint32_t older = observer->older;
    if (now_ns - observer->marked_ns[older ^ 1] < OBSERVER_WINDOW_S * INT64_C(1000000000)) return;
    for (int meter = 0; meter < METER_COUNT; meter++)
        histogram_read(meter_of((enum meter)meter), &observer->marks[older][meter]);
    observer->marked_ns[older] = now_ns;
    observer->older = older ^ 1;
}

static void look(struct observer *observer) {
    struct observed *seen = &observer->seen;
    int64_t now_ns = meter_now_ns();
    double cpu_before = seen->process.cpu_s, since_s = (double)(now_ns - seen->at_ns) * 1e-9;
    bool again = seen->at_ns != 0;
    seen->at_ns = now_ns;
    seen->window_s = (double)(now_ns - observer->marked_ns[observer->older]) * 1e-9;
    for (int meter = 0; meter < METER_COUNT; meter++)
        meter_look(observer, (enum meter)meter);
    seen->process = resources_read(0);
    seen->cpu_share = again && since_s > 0.0 ? (seen->process.cpu_s - cpu_before) / since_s : 0.0;
    int32_t device = atomic_load(&observer->gpu_device);
    seen->gpu_seen = device >= 0 && nvml_read((uint32_t)device, &seen->gpu);
    pthread_mutex_lock(&observer->mutex);
    observer->shown = *seen;
    pthread_mutex_unlock(&observer->mutex);
    marks_advance(observer, now_ns);
}

static struct timespec seconds_from_now(clockid_t clock, int seconds) {
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_sec += seconds;
    return time;
}

static void *watch(void *argument) {
    struct observer *observer = argument;
    for (;;) {
        struct timespec until = seconds_from_now(CLOCK_MONOTONIC, PERIOD_S);
        int waited;
        do
            waited = sem_clockwait(&observer->stop, CLOCK_MONOTONIC, &until);
        while (waited && errno == EINTR);
        if (waited == 0) return NULL;
        look(observer);
    }
}

struct observer *observer_start(void) {
    struct observer *observer = calloc(1, sizeof *observer);
    if (!observer) return NULL;
    sem_init(&observer->stop, 0, 0);
    pthread_mutex_init(&observer->mutex, NULL);
    atomic_store(&observer->gpu_device, -1);
    observer->marked_ns[0] = observer->marked_ns[1] = meter_now_ns();
    meters_touch();
    look(observer); // so that there is something to show at once
    if (pthread_create(&observer->thread, NULL, watch, observer)) {
        free(observer);
        return NULL;
    }
    pthread_setname_np(observer->thread, "aeo-observer");
    return observer;
}

void observer_watch_gpu(struct observer *observer, int32_t gpu_device) {
    atomic_store(&observer->gpu_device, gpu_device);
}

void observer_look(struct observer *observer, struct observed *observed) {
    pthread_mutex_lock(&observer->mutex);
    *observed = observer->shown;
    pthread_mutex_unlock(&observer->mutex);
}

void observer_stop(struct observer *observer) {
    if (!observer) return;
    sem_post(&observer->stop);
    struct timespec until = seconds_from_now(CLOCK_REALTIME, STOP_PATIENCE_S);
    if (pthread_timedjoin_np(observer->thread, NULL, &until)) return;
    sem_destroy(&observer->stop);
    pthread_mutex_destroy(&observer->mutex);
    free(observer);
}
