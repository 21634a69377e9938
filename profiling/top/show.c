// See show.h. A field that the server does not send shows as 0: it may be older than this program.
#include "profiling/top/show.h"

#include <stdio.h>
#include <string.h>

#include "server/progress.h" // progress_time

enum { BAR_CELLS = 24 };

static double number(const json_t *object, const char *name) {
    return json_number_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name) {
    const char *found = json_string_value(json_object_get(object, name));
    return found ? found : "?";
}

double show_drops(const json_t *status) {
    return number(json_object_get(status, "packets"), "dropped");
}

// The three largest stages: "voices 61 % effects 25 % encode 12 %".
static void write_shares(char *out, size_t size, const json_t *stages) {
    const char *names[3] = {"", "", ""};
    double shares[3] = {0.0, 0.0, 0.0};
    const char *name;
    json_t *stage;
    json_object_foreach((json_t *)(uintptr_t)stages, name, stage) {
        double share = number(stage, "share");
        const char *its_name = name;
        for (int i = 0; i < 3; i++) {
            if (share <= shares[i]) continue;
            double moved = shares[i];
            const char *moved_name = names[i];
            shares[i] = share;
            names[i] = its_name;
            share = moved;
            its_name = moved_name;
        }
    }
    out[0] = '\0';
    for (int i = 0; i < 3 && shares[i] > 0.0; i++) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, "%s%s %2.0f %%", i ? " " : "", names[i],
                 100.0 * shares[i]);
    }
}

// "37 % 3.0/8.0 GB", as far as it is known.
static void write_gpu(char *out, size_t size, const json_t *gpu) {
    const double gb = 1e9;
    if (json_object_get(gpu, "utilisation")) {
        snprintf(out, size, "%.0f %% %.1f/%.1f GB", 100.0 * number(gpu, "utilisation"),
                 number(gpu, "memory_used_bytes") / gb, number(gpu, "memory_bytes") / gb);
    } else if (number(gpu, "device") < 0.0) {
        snprintf(out, size, "lost");
    } else {
        snprintf(out, size, "%.1f GB taken", number(gpu, "memory_taken_bytes") / gb);
    }
}

void show_line(char *out, size_t size, const json_t *status, double drops_before) {
    const json_t *tick = json_object_get(status, "tick"), *gpu = json_object_get(status, "gpu");
    const json_t *queue = json_object_get(status, "queue");
    const json_t *process = json_object_get(status, "process");
    char shares[128], device[64];
    double drops = show_drops(status);
    write_shares(shares, sizeof shares, json_object_get(status, "stages"));
    int used = snprintf(out, size,
                        "%-8s sessions %4.0f/%.0f listeners %4.0f tick %6.2f/%6.2f/%6.2f of %.0f "
                        "ms queue %2.0f/%.0f drops %.0f (+%.0f) cpu %5.1f %% rss %.0f MB",
                        text(status, "phase"), number(status, "sessions"),
                        number(status, "sessions_max"), number(status, "listeners"),
                        number(tick, "p50_ms"), number(tick, "p95_ms"), number(tick, "p99_ms"),
                        number(tick, "budget_ms"), number(queue, "longest"),
                        number(queue, "capacity"), drops,
                        drops > drops_before ? drops - drops_before : 0.0,
                        100.0 * number(process, "cpu_share"), number(process, "rss_bytes") / 1e6);
    if (used < 0 || (size_t)used >= size) return;
    if (gpu) {
        write_gpu(device, sizeof device, gpu);
        used += snprintf(out + used, size - (size_t)used, " gpu %s", device);
    }
    if ((size_t)used < size && shares[0])
        snprintf(out + used, size - (size_t)used, " stages %s", shares);
}

// ------------------------------------------------------------------------------------ the screen

static void write_bar(char out[BAR_CELLS + 1], double share) {
    int full = (int)(share * BAR_CELLS + 0.5);
    full = full < 0 ? 0 : full > BAR_CELLS ? BAR_CELLS : full;
    memset(out, '#', (size_t)full);
    memset(out + full, '.', (size_t)(BAR_CELLS - full));
    out[BAR_CELLS] = '\0';
}

static void write_tick(char *out, const json_t *tick) {
    char bar[BAR_CELLS + 1];
    double budget = number(tick, "budget_ms");
    write_bar(bar, budget > 0.0 ? number(tick, "p95_ms") / budget : 0.0);
    snprintf(out, TERMINAL_LINE_BYTES,
             "tick      %s p95 of %.0f ms   p50 %.2f  p95 %.2f  p99 %.2f  max %.2f ms   late %.0f",
             bar, budget, number(tick, "p50_ms"), number(tick, "p95_ms"), number(tick, "p99_ms"),
             number(tick, "max_ms"), number(tick, "late"));
}

static int write_stages(char lines[][TERMINAL_LINE_BYTES], const json_t *stages, int room) {
    const char *name;
    json_t *stage;
    int count = 0;
    json_object_foreach((json_t *)(uintptr_t)stages, name, stage) {
        if (count == room) break;
        char bar[BAR_CELLS + 1];
        write_bar(bar, number(stage, "share"));
        snprintf(lines[count++], TERMINAL_LINE_BYTES,
                 "%-9s %s %5.1f %%   p50 %.3f  p95 %.3f  p99 %.3f  max %.3f ms", name, bar,
                 100.0 * number(stage, "share"), number(stage, "p50_ms"), number(stage, "p95_ms"),
                 number(stage, "p99_ms"), number(stage, "max_ms"));
    }
    return count;
}

static void write_waits(char *out, const json_t *waits) {
    snprintf(out, TERMINAL_LINE_BYTES,
             "p95       batch %.2f ms   delivery %.2f ms   first audio %.1f ms   control to heard "
             "%.0f ms", number(json_object_get(waits, "batch"), "p95_ms"),
             number(json_object_get(waits, "delivery"), "p95_ms"),
             number(json_object_get(waits, "first_audio"), "p95_ms"),
             number(json_object_get(waits, "control_to_heard"), "p95_ms"));
}

static int write_head(char lines[][TERMINAL_LINE_BYTES], const json_t *status, const char *url) {
    const json_t *renderer = json_object_get(status, "renderer");
    const json_t *lead = json_object_get(status, "lead");
    char up[24];
    progress_time(up, sizeof up, number(status, "uptime_s"));
    snprintf(lines[0], TERMINAL_LINE_BYTES, "\033[1maeolian %s\033[0m at %s   %s   up %s",
             text(status, "version"), url, text(status, "phase"), up);
    bool lost = number(renderer, "lost") > 0.0;
    snprintf(lines[1], TERMINAL_LINE_BYTES, "renderer  %s%s%s",
             text(renderer, lost ? "name" : "line"), lost ? ", the other was lost: " : "",
             lost ? text(renderer, "why_lost") : "");
    snprintf(lines[2], TERMINAL_LINE_BYTES,
             "sessions  %.0f of %.0f   listeners %.0f, %.0f since the start   lead %.0f ms, least "
             "%.0f of %.0f", number(status, "sessions"), number(status, "sessions_max"),
             number(status, "listeners"), number(status, "listeners_joined"),
             number(lead, "mean_ms"), number(lead, "min_ms"), number(lead, "target_ms"));
    return 3;
}

int show_screen(char lines[][TERMINAL_LINE_BYTES], const json_t *status, const char *url,
                double drops_before) {
    const json_t *queue = json_object_get(status, "queue"), *gpu = json_object_get(status, "gpu");
    const json_t *process = json_object_get(status, "process");
    const json_t *packets = json_object_get(status, "packets");
    double drops = show_drops(status);
    int count = write_head(lines, status, url);
    write_tick(lines[count++], json_object_get(status, "tick"));
    count += write_stages(lines + count, json_object_get(status, "stages"),
                          TERMINAL_SCREEN_LINES_MAX - count - 5);
    write_waits(lines[count++], json_object_get(status, "waits"));
    snprintf(lines[count++], TERMINAL_LINE_BYTES,
             "queue     longest %.0f of %.0f   p95 %.0f  max %.0f   drops %.0f (+%.0f)   underruns "
             "%.0f", number(queue, "longest"), number(queue, "capacity"), number(queue, "p95"),
             number(queue, "max"), drops, drops > drops_before ? drops - drops_before : 0.0,
             number(packets, "underruns"));
    snprintf(lines[count++], TERMINAL_LINE_BYTES,
             "process   cpu %.1f %% of a core   memory %.1f MB   files %.0f   threads %.0f",
             100.0 * number(process, "cpu_share"), number(process, "rss_bytes") / 1e6,
             number(process, "fds"), number(process, "threads"));
    if (gpu) {
        char device[64];
        write_gpu(device, sizeof device, gpu);
        snprintf(lines[count++], TERMINAL_LINE_BYTES,
                 "gpu       %s   launches %.0f   graph misses %.0f", device,
                 number(gpu, "launches"), number(gpu, "graph_misses"));
    }
    snprintf(lines[count++], TERMINAL_LINE_BYTES,
             "\033[2mtimes of the last %.0f s   q quits\033[0m", number(status, "window_s"));
    return count;
}
