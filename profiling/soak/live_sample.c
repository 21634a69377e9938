// What a soak run in real time reads of its server: /v1/status and /proc; see live.h. A sample is
// the median of several looks, so that a connection that is just coming or going counts for
// nothing, and growth can be told early. Main thread.
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "profiling/quantile.h"  // values_sort
#include "profiling/resources.h" // resources_read
#include "profiling/soak/live.h"
#include "server/progress.h" // progress_clock_s

static const struct {
    const char *group, *name, *text;
} times_table[LIVE_TIME_COUNT] = {
#define LIVE_TIME_ROW(id, group, name, text) {group, name, text},
    LIVE_TIMES(LIVE_TIME_ROW)
#undef LIVE_TIME_ROW
};

const char *live_time_name(enum live_time time) {
    return times_table[time].text;
}

static const json_t *time_object(const json_t *status, enum live_time time) {
    const json_t *group = json_object_get(status, times_table[time].group);
    return times_table[time].name[0] ? json_object_get(group, times_table[time].name) : group;
}

// 0 where it is not there.
static double number(const json_t *object, const char *name) {
    return json_number_value(json_object_get(object, name));
}

static json_t *ask(struct live *live) {
    live->looks++;
    if (fetch(&live->address, "/v1/status", live->body, live->look_why, sizeof live->look_why))
        return json_loads(live->body, JSON_REJECT_DUPLICATES, NULL);
    live->looks_failed++;
    return NULL;
}

static void values_read(struct live *live, const json_t *status, double *values) {
    struct resources found = resources_read(live->process.pid);
    const json_t *process = json_object_get(status, "process");
    const json_t *gpu = json_object_get(status, "gpu");
    double listeners = number(status, "listeners"), now_s = progress_clock_s();
    double since_s = now_s - live->cpu_at_s;
    values[RECORD_RSS] = found.rss_mb;
    values[RECORD_HEAP] = number(process, "heap_bytes") * 1e-6;
    values[RECORD_DEVICE] = gpu ? number(gpu, "memory_used_bytes") * 1e-6 : -1.0;
    values[RECORD_DESCRIPTORS] = found.descriptors - listeners; // each has its socket
    values[RECORD_THREADS] = found.threads;
    // What waits for a listener that has stalled, or after a stop, is no growth.
    if (!live->event_begun) live->queue = number(json_object_get(status, "queue"), "longest");
    values[RECORD_QUEUE] = live->queue;
    const json_t *tick = time_object(status, LIVE_TICK);
    values[RECORD_TICK_P50] = number(tick, "p50_ms");
    values[RECORD_TICK_P95] = number(tick, "p95_ms");
    values[RECORD_TICK_MAX] = number(tick, "max_ms");
    values[RECORD_ENCODE_P95] = number(time_object(status, LIVE_ENCODE), "p95_ms");
    values[RECORD_DELIVERY_P95] = number(time_object(status, LIVE_DELIVERY), "p95_ms");
    values[RECORD_HEARD_P95] = number(time_object(status, LIVE_HEARD), "p95_ms");
    values[RECORD_LISTENERS] = listeners;
    values[RECORD_CPU] = live->cpu_at_s > 0.0 ? (found.cpu_s - live->cpu_before_s) / since_s : 0.0;
    live->cpu_before_s = found.cpu_s;
    live->cpu_at_s = now_s;
    live->log_dropped = (uint64_t)number(process, "log_lines_dropped");
}

// Of all looks so far the median of each series, but of the music in hand the least.
static void sample_make(struct live *live, double hour) {
    double values[RECORD_SERIES_COUNT], column[LIVE_GROUP_MAX];
    for (int s = 0; s < RECORD_SERIES_COUNT; s++) {
        for (uint32_t i = 0; i < live->look_count; i++)
            column[i] = live->looked[i][s];
        values_sort(column, live->look_count);
        values[s] = column[s == RECORD_HAND ? 0 : live->look_count / 2];
    }
    live->look_count = 0;
    record_sample(&live->soak->record, hour, values);
}

void live_look(struct live *live, double at_s) {
    struct crowd_view view;
    double *values = live->looked[live->look_count];
    json_t *status = ask(live);
    if (!status) return;
    values_read(live, status, values);
    json_decref(status);
    crowd_look(live->crowd, &view);
    if (view.hand_min_ms >= 0.0) live->hand_ms = view.hand_min_ms; // else nothing has arrived
    values[RECORD_HAND] = live->hand_ms;
    live->look_count++;
    if (live->look_count == LIVE_GROUP_MAX || live->look_count * live->look_s >= live->group_s)
        sample_make(live, at_s / 3600.0);
}

void live_look_last(struct live *live) {
    json_t *status = ask(live);
    if (live->look_count) sample_make(live, live->soak->hours);
    for (int time = 0; time < LIVE_TIME_COUNT; time++) {
        const json_t *object = time_object(status, (enum live_time)time);
        live->times[time] =
            (struct live_times){number(object, "count_ever"), number(object, "p50_ever_ms"),
                                number(object, "p95_ever_ms"), number(object, "p99_ever_ms"),
                                number(object, "max_ever_ms")};
    }
    const json_t *tick = json_object_get(status, "tick");
    const json_t *renderer = json_object_get(status, "renderer");
    const char *name = json_string_value(json_object_get(renderer, "name"));
    const char *line = json_string_value(json_object_get(renderer, "line"));
    live->ticks = (uint64_t)number(tick, "total");
    live->ticks_late = (uint64_t)number(tick, "late");
    live->spans_late = (uint64_t)number(tick, "spans_late");
    live->renderer_lost = (uint64_t)number(renderer, "lost");
    snprintf(live->renderer_name, sizeof live->renderer_name, "%s", name ? name : "");
    snprintf(live->soak->renderer, sizeof live->soak->renderer, "%s", line ? line : "");
    live->soak->cpu_s = number(json_object_get(status, "process"), "cpu_s");
    crowd_look(live->crowd, &live->view);
    json_decref(status);
}
