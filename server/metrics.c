// What operators and their tools ask: is the server ready, and its counters in the text format of
// Prometheus. Everything is read when it is asked for; nothing is told of single listeners, whose
// number has no bound a table of labels could live with. Network thread. See network.h.
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "server/network.h"

bool readiness_write(struct json_text *json, const struct server *server) {
    aeo_counters counters;
    aeo_engine_counters(server->engine, &counters);
    const char *phase = counters.ticks == 0 ? "starting" : "running";
    if (server->draining) phase = "draining";
    bool ready = counters.ticks > 0 && !server->draining;
    emit_open(json, '{');
    emit_named_bool(json, "ready", ready);
    emit_named_string(json, "phase", phase);
    emit_named_string(json, "renderer", aeo_engine_renderer_name(server->engine));
    emit_named_integer(json, "renderer_lost", (int64_t)counters.renderer_lost);
    emit_named_bool(json, "degraded", counters.renderer_lost > 0);
    emit_named_string(json, "why_lost", aeo_engine_lost_line(server->engine));
    emit_close(json, '}');
    return ready;
}

// ------------------------------------------------------------------------------------- metrics

struct text {
    char *data;
    size_t size, capacity; // size grows on when it no longer fits
};

static void append(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bool fits = text->size < text->capacity;
    int written = vsnprintf(fits ? text->data + text->size : NULL,
                            fits ? text->capacity - text->size : 0, format, arguments);
    va_end(arguments);
    if (written > 0) text->size += (size_t)written;
}

static void head(struct text *text, const char *name, const char *type, const char *help) {
    append(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct text *text, const char *name, uint64_t value, const char *help) {
    head(text, name, "gauge", help);
    append(text, "%s %" PRIu64 "\n", name, value);
}

static void counter(struct text *text, const char *name, uint64_t value, const char *help) {
    head(text, name, "counter", help);
    append(text, "%s %" PRIu64 "\n", name, value);
}

static void engine_metrics(struct text *text, const aeo_counters *c) {
    gauge(text, "aeolian_sessions", c->sessions_open, "Sessions open in the engine.");
    gauge(text, "aeolian_sessions_max", c->sessions_max, "Sessions that the engine has room for.");
    counter(text, "aeolian_ticks_total", c->ticks, "Ticks of 100 ms.");
    counter(text, "aeolian_ticks_late_total", c->ticks_late,
            "Ticks that began after the following one was due.");
    counter(text, "aeolian_batches_total", c->batches, "Batches rendered.");
    counter(text, "aeolian_batches_added_total", c->batches_added,
            "Batches rendered by the added renderer (GPU), of all batches.");
    counter(text, "aeolian_spans_total", c->spans, "Spans rendered.");
    counter(text, "aeolian_spans_late_total", c->spans_late,
            "Spans that were ready later than their listener needed them.");
    counter(text, "aeolian_frames_total", c->frames,
            "Frames rendered to be heard, at 48000 a second.");
    head(text, "aeolian_render_seconds_total", "counter",
         "Time from submitting a batch until its sessions had moved on.");
    append(text, "aeolian_render_seconds_total %" PRIu64 ".%09" PRIu64 "\n",
           c->render_ns / 1000000000, c->render_ns % 1000000000);
    counter(text, "aeolian_renderer_lost_total", c->renderer_lost,
            "Times the renderer was lost and the CPU went on.");
    counter(text, "aeolian_sessions_moved_total", c->sessions_moved,
            "Sessions that went from one renderer to the other.");
    counter(text, "aeolian_snapshots_total", c->snapshots,
            "Effect states copied in case the renderer is lost.");
}

size_t metrics_write(char *buffer, size_t capacity, const struct server *server) {
    struct text text = {buffer, 0, capacity};
    aeo_counters counters;
    aeo_engine_counters(server->engine, &counters);
    head(&text, "aeolian_renderer_info", "gauge", "The renderer in use, as a label.");
    append(&text, "aeolian_renderer_info{renderer=\"%s\"} 1\n",
           aeo_engine_renderer_name(server->engine));
    engine_metrics(&text, &counters);
    gauge(&text, "aeolian_listeners", server->listeners.in_use, "Listeners connected.");
    gauge(&text, "aeolian_listeners_max", server->listeners.count, "Listeners there is room for.");
    counter(&text, "aeolian_listeners_joined_total", server->listeners.joined,
            "Listeners whose music has begun.");
    counter(&text, "aeolian_packets_dropped_total", listeners_dropped(&server->listeners),
            "Packets dropped because their listener did not read.");
    return text.size < capacity ? text.size : 0;
}
