// /metrics: the server's counters and histograms in the text format of Prometheus. Everything is
// read when it is asked for, but what the observer looks at. Nothing is told of single listeners,
// whose number has no bound a table of labels could live with; all labels are from fixed lists.
// Network thread. See network.h.
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/network.h"

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

static void gauge_real(struct text *text, const char *name, double value, const char *help) {
    head(text, name, "gauge", help);
    append(text, "%s %.9g\n", name, value);
}

// A gauge that could not be read is left out.
static void gauge_known(struct text *text, const char *name, double value, const char *help) {
    if (value >= 0.0) gauge_real(text, name, value, help);
}

static void counter(struct text *text, const char *name, uint64_t value, const char *help) {
    head(text, name, "counter", help);
    append(text, "%s %" PRIu64 "\n", name, value);
}

static void seconds(struct text *text, uint64_t ns) {
    append(text, " %" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

// ----------------------------------------------------------------------------------- histograms

// Bounds of the buckets that are told: of times in nanoseconds, and of queues.
static const uint64_t time_bounds[] = {
    10000,     25000,     50000,     100000,     250000,     500000,     1000000,
    2500000,   5000000,   10000000,  25000000,   50000000,   100000000,  250000000,
    500000000, 1000000000, 2500000000, 5000000000, 10000000000, 30000000000};
static const uint64_t queue_bounds[] = {1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16};
enum {
    TIME_BOUNDS = sizeof time_bounds / sizeof *time_bounds,
    QUEUE_BOUNDS = sizeof queue_bounds / sizeof *queue_bounds,
};

// The samples of one histogram. LABEL is "" or stage="...", and a comma behind it.
static void histogram_lines(struct text *text, const char *name, const char *label,
                            enum meter meter, struct histogram_snapshot *snapshot) {
    bool is_time = meter != METER_QUEUE;
    const uint64_t *bounds = is_time ? time_bounds : queue_bounds;
    uint32_t count = is_time ? TIME_BOUNDS : QUEUE_BOUNDS;
    uint64_t counts[TIME_BOUNDS > QUEUE_BOUNDS ? TIME_BOUNDS : QUEUE_BOUNDS];
    histogram_read(meter_of(meter), snapshot);
    histogram_counts_to(snapshot, bounds, count, counts);
    for (uint32_t i = 0; i < count; i++) {
        double bound = is_time ? (double)bounds[i] * 1e-9 : (double)bounds[i];
        append(text, "%s_bucket{%sle=\"%g\"} %" PRIu64 "\n", name, label, bound, counts[i]);
    }
    append(text, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, label, snapshot->count);
    char only[64] = "";
    if (label[0]) snprintf(only, sizeof only, "{%.*s}", (int)strlen(label) - 1, label);
    append(text, "%s_sum%s", name, only);
    if (is_time) {
        seconds(text, snapshot->sum);
    } else {
        append(text, " %" PRIu64 "\n", snapshot->sum);
    }
    append(text, "%s_count%s %" PRIu64 "\n", name, only, snapshot->count);
}

static void meter_metrics(struct text *text, struct histogram_snapshot *snapshot) {
    char name[64], label[64];
    head(text, "aeolian_stage_seconds", "histogram",
         "Time of one piece of work of a stage, on whichever thread did it.");
    for (int stage = 0; stage < METER_STAGES; stage++) {
        snprintf(label, sizeof label, "stage=\"%s\",", meter_name((enum meter)stage));
        histogram_lines(text, "aeolian_stage_seconds", label, (enum meter)stage, snapshot);
    }
    for (int meter = METER_STAGES; meter < METER_COUNT; meter++) {
        snprintf(name, sizeof name, "aeolian_%s%s", meter_name((enum meter)meter),
                 meter == METER_QUEUE ? "_messages" : "_seconds");
        head(text, name, "histogram", meter_help((enum meter)meter));
        histogram_lines(text, name, "", (enum meter)meter, snapshot);
    }
}

// ------------------------------------------------------------------------------------- counters

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
    append(text, "aeolian_render_seconds_total");
    seconds(text, c->render_ns);
    counter(text, "aeolian_renderer_lost_total", c->renderer_lost,
            "Times the renderer was lost and the CPU went on.");
    counter(text, "aeolian_sessions_moved_total", c->sessions_moved,
            "Sessions that went from one renderer to the other.");
    counter(text, "aeolian_snapshots_total", c->snapshots,
            "Effect states copied in case the renderer is lost.");
    counter(text, "aeolian_notes_total", c->notes,
            "Notes composed for sessions, those of look-backs among them.");
    gauge(text, "aeolian_notes_held", c->notes_held,
          "Places in the pool of notes that live sessions use.");
    gauge(text, "aeolian_notes_max", c->notes_max, "Places in the pool of notes.");
}

// Only where a renderer with a GPU is, or was until it was lost.
static void gpu_metrics(struct text *text, const aeo_counters *c, const struct observed *seen) {
    if (c->gpu_memory_bytes == 0) return;
    counter(text, "aeolian_gpu_launches_total", c->gpu_launches,
            "Launches of graphs and of single kernels.");
    counter(text, "aeolian_gpu_graph_hits_total", c->gpu_graph_hits,
            "Parts of batches that were launched as a graph.");
    counter(text, "aeolian_gpu_graph_misses_total", c->gpu_graph_misses,
            "Parts of batches whose shape has no graph.");
    gauge(text, "aeolian_gpu_memory_taken_bytes", c->gpu_memory_bytes,
          "Device memory that the renderer took when it opened.");
    if (!seen->gpu_seen) return;
    gauge_real(text, "aeolian_gpu_utilisation_ratio", seen->gpu.utilisation,
               "Share of the last second in which a kernel of any process ran.");
    gauge(text, "aeolian_gpu_memory_used_bytes", seen->gpu.memory_used,
          "Device memory in use by all processes.");
    gauge(text, "aeolian_gpu_memory_bytes", seen->gpu.memory_total, "Memory of the device.");
}

static void listener_metrics(struct text *text, const struct server *server) {
    const struct listeners *listeners = &server->listeners;
    static const char *const ends[END_COUNT] = {
#define END_NAME(id, name) [END_##id] = name,
        LISTENER_ENDS(END_NAME)
#undef END_NAME
    };
    gauge(text, "aeolian_listeners", listeners->in_use, "Listeners connected.");
    gauge(text, "aeolian_listeners_max", listeners->count, "Listeners there is room for.");
    counter(text, "aeolian_listeners_joined_total", listeners->joined,
            "Listeners whose music has begun.");
    head(text, "aeolian_listeners_left_total", "counter",
         "Listeners whose connection ended, by the reason.");
    for (int end = 0; end < END_COUNT; end++) {
        append(text, "aeolian_listeners_left_total{reason=\"%s\"} %" PRIu64 "\n", ends[end],
               listeners->ended[end]);
    }
    head(text, "aeolian_upgrades_refused_total", "counter",
         "Requests to listen that were refused, by the code of the error.");
    for (int code = CODE_BAD_CONTROL; code < CODE_COUNT; code++) { // before it: of messages alone
        if (code == CODE_BAD_METHOD || code == CODE_BUSY) continue; // an upgrade is a GET
        append(text, "aeolian_upgrades_refused_total{code=\"%s\"} %" PRIu64 "\n",
               protocol_code_name((enum protocol_code)code), server->refused[code]);
    }
    counter(text, "aeolian_packets_sent_total", listeners->packets_sent,
            "Opus packets of 20 ms that were sent.");
    counter(text, "aeolian_audio_sent_bytes_total", listeners->bytes_sent,
            "Bytes of the messages with these packets.");
    counter(text, "aeolian_packets_dropped_total", listeners_dropped(listeners),
            "Packets dropped because their listener did not read.");
    counter(text, "aeolian_underruns_total", listeners->underruns,
            "Times that players ran dry, as they report it.");
}

static void process_metrics(struct text *text, const struct server *server,
                            const struct observed *seen) {
    head(text, "aeolian_build_info", "gauge", "The version of the program and of the sound.");
    append(text, "aeolian_build_info{version=\"%s\",sound=\"%d\"} 1\n", AEO_VERSION,
           AEO_SOUND_VERSION);
    head(text, "aeolian_renderer_info", "gauge", "The renderer in use, as a label.");
    append(text, "aeolian_renderer_info{renderer=\"%s\"} 1\n",
           aeo_engine_renderer_name(server->engine));
    gauge(text, "aeolian_draining", server->draining,
          "1 once the server has been told to end, else 0.");
    counter(text, "aeolian_log_lines_dropped_total", server_log_dropped(),
            "Lines of the log that nobody took.");
    const struct resources *process = &seen->process;
    head(text, "process_cpu_seconds_total", "counter", "Processor time spent, all threads.");
    append(text, "process_cpu_seconds_total %.2f\n", process->cpu_s);
    gauge_known(text, "process_resident_memory_bytes", process->rss_mb * 1e6, "Resident memory.");
    gauge_known(text, "process_open_fds", process->descriptors, "Open files and sockets.");
    gauge_known(text, "process_threads", process->threads, "Threads.");
    head(text, "process_start_time_seconds", "gauge", "When the process began, in Unix time.");
    append(text, "process_start_time_seconds %.3f\n", server->started_unix_s);
}

size_t metrics_write(char *buffer, size_t capacity, struct server *server) {
    struct text text = {buffer, 0, capacity};
    struct observed seen;
    aeo_counters counters;
    aeo_engine_counters(server->engine, &counters);
    observer_look(server->observer, &seen);
    process_metrics(&text, server, &seen);
    engine_metrics(&text, &counters);
    gpu_metrics(&text, &counters, &seen);
    listener_metrics(&text, server);
    meter_metrics(&text, &server->snapshot);
    return text.size < capacity ? text.size : 0;
}
