// What people and their tools ask of the server's state, as JSON: /readyz, whether new listeners
// are welcome, and /v1/status, how it fares; docs/PROTOCOL.md has every field. Network thread. See
// network.h.
#include <math.h>

#include "server/network.h"

static const char *phase_of(const struct server *server, const aeo_counters *counters) {
    if (server->draining) return "draining";
    return counters->ticks == 0 ? "starting" : "running";
}

bool readiness_write(struct json_text *json, const struct server *server) {
    aeo_counters counters;
    aeo_engine_counters(server->engine, &counters);
    bool ready = counters.ticks > 0 && !server->draining;
    emit_open(json, '{');
    emit_named_bool(json, "ready", ready);
    emit_named_string(json, "phase", phase_of(server, &counters));
    emit_named_string(json, "reason",
                      ready             ? ""
                      : server->draining ? "the server is shutting down"
                                         : "the engine has not begun to play yet");
    emit_named_string(json, "renderer", aeo_engine_renderer_name(server->engine));
    emit_named_integer(json, "renderer_lost", (int64_t)counters.renderer_lost);
    emit_named_bool(json, "degraded", counters.renderer_lost > 0);
    emit_named_string(json, "why_lost", aeo_engine_lost_line(server->engine));
    emit_close(json, '}');
    return ready;
}

// A figure that is not needed to more than a few digits.
static void emit_rounded(struct json_text *json, const char *name, double value, double step) {
    emit_named_real(json, name, round(value / step) * step);
}

static void emit_ms(struct json_text *json, const char *name, uint64_t ns) {
    emit_rounded(json, name, (double)ns * 1e-6, 1e-3);
}

// The members of a meter of times.
static void emit_times(struct json_text *json, const struct meter_figures *figures) {
    emit_named_integer(json, "count", (int64_t)figures->count);
    emit_ms(json, "p50_ms", figures->p50);
    emit_ms(json, "p95_ms", figures->p95);
    emit_ms(json, "p99_ms", figures->p99);
    emit_ms(json, "max_ms", figures->max);
    emit_named_integer(json, "count_ever", (int64_t)figures->count_ever);
    emit_ms(json, "p50_ever_ms", figures->p50_ever);
    emit_ms(json, "p95_ever_ms", figures->p95_ever);
    emit_ms(json, "p99_ever_ms", figures->p99_ever);
    emit_ms(json, "max_ever_ms", figures->max_ever);
}

static void write_renderer(struct json_text *json, const struct server *server,
                           const aeo_counters *counters) {
    emit_name(json, "renderer");
    emit_open(json, '{');
    emit_named_string(json, "name", aeo_engine_renderer_name(server->engine));
    emit_named_string(json, "line", aeo_engine_renderer_line(server->engine));
    emit_named_integer(json, "lost", (int64_t)counters->renderer_lost);
    emit_named_string(json, "why_lost", aeo_engine_lost_line(server->engine));
    emit_close(json, '}');
}

static void write_tick(struct json_text *json, const struct observed *seen,
                       const aeo_counters *counters) {
    emit_name(json, "tick");
    emit_open(json, '{');
    emit_named_integer(json, "budget_ms", 1000 * AEO_TICK_FRAMES / AEO_SAMPLE_RATE);
    emit_times(json, &seen->meters[METER_TICK]);
    emit_named_integer(json, "total", (int64_t)counters->ticks);
    emit_named_integer(json, "late", (int64_t)counters->ticks_late);
    emit_named_integer(json, "spans_late", (int64_t)counters->spans_late);
    emit_close(json, '}');
}

static void write_stages(struct json_text *json, const struct observed *seen) {
    uint64_t sum = 0;
    for (int stage = 0; stage < METER_STAGES; stage++)
        sum += seen->meters[stage].sum;
    emit_name(json, "stages");
    emit_open(json, '{');
    for (int stage = 0; stage < METER_STAGES; stage++) {
        const struct meter_figures *figures = &seen->meters[stage];
        emit_name(json, meter_name((enum meter)stage));
        emit_open(json, '{');
        emit_rounded(json, "share", sum ? (double)figures->sum / (double)sum : 0.0, 1e-4);
        emit_times(json, figures);
        emit_close(json, '}');
    }
    emit_close(json, '}');
}

static void write_waits(struct json_text *json, const struct observed *seen) {
    static const enum meter waits[] = {METER_BATCH, METER_DELIVERY, METER_CONTROL,
                                       METER_FIRST_AUDIO};
    emit_name(json, "waits");
    emit_open(json, '{');
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        emit_name(json, meter_name(waits[i]));
        emit_open(json, '{');
        emit_times(json, &seen->meters[waits[i]]);
        emit_close(json, '}');
    }
    emit_close(json, '}');
}

static void write_queue(struct json_text *json, const struct listeners_view *view,
                        const struct observed *seen) {
    const struct meter_figures *queue = &seen->meters[METER_QUEUE];
    emit_name(json, "queue");
    emit_open(json, '{');
    emit_named_integer(json, "capacity", PACKET_QUEUE_SLOTS);
    emit_named_integer(json, "longest", view->queue_depth_max);
    emit_named_integer(json, "p50", (int64_t)queue->p50);
    emit_named_integer(json, "p95", (int64_t)queue->p95);
    emit_named_integer(json, "p99", (int64_t)queue->p99);
    emit_named_integer(json, "max", (int64_t)queue->max);
    emit_close(json, '}');
    emit_name(json, "lead");
    emit_open(json, '{');
    emit_named_integer(json, "target_ms", LEAD_MS);
    emit_named_integer(json, "listeners", view->pacing);
    emit_named_integer(json, "min_ms", view->lead_ms_min);
    emit_named_integer(json, "mean_ms", view->lead_ms_mean);
    emit_close(json, '}');
}

static void write_packets(struct json_text *json, const struct listeners *listeners) {
    emit_name(json, "packets");
    emit_open(json, '{');
    emit_named_integer(json, "sent", (int64_t)listeners->packets_sent);
    emit_named_integer(json, "dropped", (int64_t)listeners_dropped(listeners));
    emit_named_integer(json, "bytes_sent", (int64_t)listeners->bytes_sent);
    emit_named_integer(json, "underruns", (int64_t)listeners->underruns);
    emit_close(json, '}');
}

static void write_gpu(struct json_text *json, const struct observed *seen,
                      const aeo_counters *counters) {
    emit_name(json, "gpu");
    emit_open(json, '{');
    emit_named_integer(json, "device", counters->gpu_device);
    emit_named_integer(json, "memory_taken_bytes", (int64_t)counters->gpu_memory_bytes);
    emit_named_integer(json, "launches", (int64_t)counters->gpu_launches);
    emit_named_integer(json, "graph_hits", (int64_t)counters->gpu_graph_hits);
    emit_named_integer(json, "graph_misses", (int64_t)counters->gpu_graph_misses);
    if (seen->gpu_seen) {
        emit_rounded(json, "utilisation", seen->gpu.utilisation, 1e-3);
        emit_named_integer(json, "memory_used_bytes", (int64_t)seen->gpu.memory_used);
        emit_named_integer(json, "memory_bytes", (int64_t)seen->gpu.memory_total);
    }
    emit_close(json, '}');
}

static void write_process(struct json_text *json, const struct observed *seen) {
    const struct resources *process = &seen->process;
    emit_name(json, "process");
    emit_open(json, '{');
    emit_rounded(json, "cpu_s", process->cpu_s, 1e-2);
    emit_rounded(json, "cpu_share", seen->cpu_share, 1e-3);
    emit_named_integer(json, "rss_bytes", (int64_t)(process->rss_mb * 1e6));
    emit_named_integer(json, "heap_bytes", (int64_t)(process->heap_mb * 1e6));
    emit_named_integer(json, "fds", (int64_t)process->descriptors);
    emit_named_integer(json, "threads", (int64_t)process->threads);
    emit_named_integer(json, "log_lines_dropped", (int64_t)server_log_dropped());
    emit_close(json, '}');
}

void status_write(struct json_text *json, const struct server *server) {
    struct observed seen;
    struct listeners_view view;
    aeo_counters counters;
    int64_t now_ns = meter_now_ns();
    aeo_engine_counters(server->engine, &counters);
    observer_look(server->observer, &seen);
    listeners_look(&server->listeners, now_ns / 1000, &view);
    emit_open(json, '{');
    emit_named_string(json, "phase", phase_of(server, &counters));
    emit_named_string(json, "version", AEO_VERSION);
    emit_named_integer(json, "sound", AEO_SOUND_VERSION);
    emit_rounded(json, "uptime_s", (double)(now_ns - server->started_ns) * 1e-9, 1e-3);
    emit_rounded(json, "window_s", seen.window_s, 1e-3);
    emit_rounded(json, "seen_s_ago", (double)(now_ns - seen.at_ns) * 1e-9, 1e-3);
    write_renderer(json, server, &counters);
    emit_named_integer(json, "sessions", counters.sessions_open);
    emit_named_integer(json, "sessions_max", counters.sessions_max);
    emit_named_integer(json, "listeners", server->listeners.in_use);
    emit_named_integer(json, "listeners_joined", (int64_t)server->listeners.joined);
    emit_named_integer(json, "notes_held", (int64_t)counters.notes_held);
    emit_named_integer(json, "notes_max", (int64_t)counters.notes_max);
    write_tick(json, &seen, &counters);
    write_stages(json, &seen);
    write_waits(json, &seen);
    write_queue(json, &view, &seen);
    write_packets(json, &server->listeners);
    if (counters.gpu_memory_bytes > 0) write_gpu(json, &seen, &counters);
    write_process(json, &seen);
    emit_close(json, '}');
}
