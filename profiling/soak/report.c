// The report of a soak run: report.json for programs and index.html for people, self-contained,
// with plots and the exact command. See soak.h. Main thread.
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "profiling/soak/faults.h"      // FAULT_EVENTS_MAX
#include "profiling/soak/plot.h"        // plot_write
#include "profiling/soak/report_live.h" // report_live_json

#define BINS 100 // of latencies over time
#define PATH_BYTES 1024

static const char *const outcomes[] = {"passed", "failed", "run longer"};

// ---------------------------------------------------------------------------------- machine

static void processor_name(char *out, size_t cap) {
    char line[256];
    snprintf(out, cap, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        const char *value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) || !value) continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out, cap, "%s", value + 2);
        break;
    }
    if (file) fclose(file);
}

static void command_line(const struct soak *soak, char *out, size_t cap) {
    size_t used = (size_t)snprintf(out, cap, "aeolian");
    for (int i = 0; i < soak->argc && used < cap; i++) {
        const char *word = soak->argv[i], *quote = strpbrk(word, " \t\"$`\\&|;<>()*?") ? "'" : "";
        used += (size_t)snprintf(out + used, cap - used, " %s%s%s", quote, word, quote);
    }
}

static void today(char *out, size_t cap) {
    time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || !strftime(out, cap, "%Y-%m-%d %H:%M UTC", &parts)) out[0] = 0;
}

// -------------------------------------------------------------------------------- latencies

struct bins {
    double hour[BINS], p50[BINS], p95[BINS], max[BINS];
    uint32_t count;
};

static void bins_fill(const struct latencies *latencies, double hours, struct bins *bins) {
    bins->count = 0;
    uint32_t many = latencies->count < 20 * BINS ? latencies->count / 20 : BINS;
    for (uint32_t i = 0; i < many; i++) {
        double from = hours * i / many, until = hours * (i + 1) / many;
        bins->hour[i] = (from + until) / 2.0;
        bins->p50[i] = record_quantile(latencies, from, until, 0.5);
        bins->p95[i] = record_quantile(latencies, from, until, 0.95);
        bins->max[i] = record_quantile(latencies, from, until, 1.0);
        bins->count++;
    }
}

static const double shares[] = {0.5, 0.95, 0.99, 1.0};
static const char *const share_names[] = {"p50", "p95", "p99", "max"};
#define SHARES (sizeof shares / sizeof *shares)

// -------------------------------------------------------------------------------------- JSON

static json_t *checks_json(const struct record *record) {
    json_t *checks = json_array();
    for (uint32_t i = 0; i < record->check_count; i++) {
        const struct check *check = &record->checks[i];
        json_array_append_new(checks, json_pack("{s:s, s:s, s:s}", "name", check->name, "outcome",
                                                outcomes[check->outcome], "text", check->text));
    }
    return checks;
}

static json_t *series_json(const struct record *record) {
    json_t *all = json_array();
    for (int s = 0; s < RECORD_SERIES_COUNT; s++) {
        enum record_series id = (enum record_series)s;
        struct trend trend = record_trend(record, id);
        if (record->samples == 0 || record->series[s][0] < 0.0) continue;
        json_t *hours = json_array(), *values = json_array();
        for (uint32_t i = 0; i < record->samples; i++) {
            json_array_append_new(hours, json_real(record->hour[i]));
            json_array_append_new(values, json_real(record->series[s][i]));
        }
        json_t *one = json_pack("{s:s, s:s, s:o, s:o}", "name", record_series_name(id), "unit",
                                record_series_unit(id), "hours", hours, "values", values);
        json_array_append_new(all, one);
        if (record_series_bound(id) == RECORD_SHOWN) continue;
        json_t *growth = json_pack("{s:f, s:f, s:f, s:f, s:i}", "growth_per_hour", trend.slope,
                                   "low", trend.low, "high", trend.high, "accepted",
                                   record_series_bound(id), "bins", (int)trend.bins);
        json_object_update(one, growth);
        json_decref(growth);
    }
    return all;
}

static json_t *stages_json(const struct record *record) {
    json_t *all = json_array();
    for (int s = 0; s < RECORD_STAGE_COUNT; s++) {
        const struct latencies *latencies = &record->stages[s];
        json_t *stage = json_pack("{s:s, s:i}", "name", record_stage_name((enum record_stage)s),
                                  "count", (int)latencies->count);
        for (size_t q = 0; q < SHARES; q++) {
            char key[16];
            snprintf(key, sizeof key, "%s_ms", share_names[q]);
            json_object_set_new(
                stage, key, json_real(record_quantile(latencies, 0.0, INFINITY, shares[q])));
        }
        json_array_append_new(all, stage);
    }
    return all;
}

json_t *soak_report_json(const struct soak *soak, bool passed) {
    char command[2048], date[32], processor[256];
    command_line(soak, command, sizeof command);
    today(date, sizeof date);
    processor_name(processor, sizeof processor);
    json_t *report = json_pack(
        "{s:b, s:b, s:s, s:s, s:s, s:i, s:s, s:f, s:f, s:f, s:i, s:b, s:I, s:I, s:I, s:I, s:I, s:s,"
        " s:o, s:o, s:o}",
        "passed", (int)passed, "interrupted", (int)soak->interrupted, "command", command, "date",
        date, "processor", processor, "cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "renderer",
        soak->renderer, "audio_hours", soak->hours, "wall_s", soak->wall_s, "cpu_s", soak->cpu_s,
        "sessions", (int)soak->choice.sessions, "churn", (int)soak->choice.churn, "packets",
        (json_int_t)soak->packets, "encoded_bytes", (json_int_t)soak->encoded_bytes,
        "sessions_opened", (json_int_t)soak->sessions_opened, "changes",
        (json_int_t)soak->changes, "renderer_lost", (json_int_t)soak->renderer_lost, "address",
        soak->address, "checks", checks_json(&soak->record), "series", series_json(&soak->record),
        "stages", soak->live ? report_live_times(soak) : stages_json(&soak->record));
    if (report && soak->live) report_live_json(soak, report);
    return report;
}

// -------------------------------------------------------------------------------------- HTML

const char report_stages_head[] =
    "<h2>Latency, ms</h2>\n<table><tr><th></th><th>count</th><th>p50</th><th>p95</th><th>p99</th>"
    "<th>max</th></tr>\n";

static const char style[] =
    "<style>:root{color-scheme:light dark;--ink:#223;--soft:#667;--line:#ccd;--a:#2266bb;"
    "--b:#c06014;--c:#8a8a99}@media(prefers-color-scheme:dark){:root{--ink:#e4e6ee;--soft:#9aa;"
    "--line:#3a3d4a;--a:#7ab8ff;--b:#ffb066;--c:#888}body{background:#15171d}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:46rem;margin:2rem auto;"
    "padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem "
    ".6rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}code{word-break:"
    "break-all}.failed,.longer{font-weight:700}.failed{color:#d03030}.longer{color:#c08000}"
    "svg{width:100%;margin:.6rem 0}svg text{font:11px system-ui,sans-serif;fill:var(--soft)}"
    ".mark{stroke:var(--b);stroke-dasharray:2 4;opacity:.7}"
    ".title{fill:var(--ink)!important}.grid{stroke:var(--line)}polyline{fill:none;stroke-width:1.4}"
    ".l0{stroke:var(--a)}.l1{stroke:var(--b)}.l2{stroke:var(--c)}.t0{fill:var(--a)!important}"
    ".t1{fill:var(--b)!important}.t2{fill:var(--c)!important}</style>\n";

static void checks_html(FILE *file, const struct record *record) {
    static const char *const classes[] = {"passed", "failed", "longer"};
    fputs("<h2>Checks</h2>\n<table>\n", file);
    for (uint32_t i = 0; i < record->check_count; i++) {
        const struct check *check = &record->checks[i];
        fprintf(file, "<tr><td class=\"%s\">%s</td><td>", classes[check->outcome],
                outcomes[check->outcome]);
        html_text(file, check->name);
        fputs("</td><td>", file);
        html_text(file, check->text);
        fputs("</td></tr>\n", file);
    }
    fputs("</table>\n", file);
}

static void stages_html(FILE *file, const struct soak *soak) {
    const struct record *record = &soak->record;
    struct bins bins;
    fputs(report_stages_head, file);
    for (int s = 0; s < RECORD_STAGE_COUNT; s++) {
        const struct latencies *latencies = &record->stages[s];
        fprintf(file, "<tr><td>%s</td><td>%u</td>", record_stage_name((enum record_stage)s),
                latencies->count);
        for (size_t q = 0; q < SHARES; q++)
            fprintf(file, "<td>%.2f</td>", record_quantile(latencies, 0.0, INFINITY, shares[q]));
        fputs("</tr>\n", file);
    }
    fputs("</table>\n", file);
    bins_fill(&record->stages[RECORD_STAGE_TICK], soak->hours, &bins);
    const struct plot_line lines[] = {{"p50", bins.hour, bins.p50, bins.count},
                                      {"p95", bins.hour, bins.p95, bins.count},
                                      {"max", bins.hour, bins.max, bins.count}};
    plot_write(file, "tick", "ms", lines, 3, (struct plot_marks){0});
}

static void series_html(FILE *file, const struct soak *soak) {
    static double begun[FAULT_EVENTS_MAX];
    const struct record *record = &soak->record;
    struct plot_marks marks = {begun, soak->live ? report_live_marks(soak, begun) : 0};
    fprintf(file, "<h2>Over time</h2>\n%s",
            marks.count ? "<p>Dotted strokes: a fault begins.</p>\n" : "");
    for (int s = 0; s < RECORD_SERIES_COUNT; s++) {
        enum record_series id = (enum record_series)s;
        if (record->samples == 0 || record->series[s][0] < 0.0) continue;
        struct trend trend = record_trend(record, id);
        if (record_series_bound(id) == RECORD_SHOWN) trend.bins = 0;
        double last = record->hour[record->samples - 1];
        const double x[] = {record->hour[record->samples / 10], last};
        const double y[] = {trend.at_zero + trend.slope * x[0], trend.at_zero + trend.slope * x[1]};
        const struct plot_line lines[] = {{"", record->hour, record->series[s], record->samples},
                                          {"trend", x, y, trend.bins ? 2 : 0}};
        plot_write(file, record_series_name(id), record_series_unit(id), lines,
                   trend.bins ? 2 : 1, marks);
    }
}

static void html_write(FILE *file, const struct soak *soak, bool passed) {
    char command[2048], date[32], processor[256];
    struct utsname system;
    command_line(soak, command, sizeof command);
    today(date, sizeof date);
    processor_name(processor, sizeof processor);
    uname(&system);
    fprintf(file,
            "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\n<title>Aeolian soak: %s"
            "</title>\n<meta name=\"viewport\" content=\"width=device-width\">\n%s<h1>%s</h1>\n"
            "<p>%.4g hours %s of %u sessions in %.0f s%s; %llu packets, %llu "
            "sessions opened, %llu changes of controls.</p>\n<p><code>",
            passed ? "passed" : "not passed", style, passed ? "Passed" : "Not passed", soak->hours,
            soak->live ? "in real time" : "of audio for each", soak->choice.sessions, soak->wall_s,
            soak->interrupted ? ", ended early" : "",
            (unsigned long long)soak->packets, (unsigned long long)soak->sessions_opened,
            (unsigned long long)soak->changes);
    html_text(file, command);
    fputs("</code></p>\n<p>", file);
    html_text(file, processor);
    fprintf(file, ", %ld cores, %s %s; ", sysconf(_SC_NPROCESSORS_ONLN), system.sysname,
            system.release);
    html_text(file, soak->renderer);
    fprintf(file, "; %s</p>\n", date);
    checks_html(file, &soak->record);
    if (soak->live) report_live_html(file, soak);
    else stages_html(file, soak);
    series_html(file, soak);
    fputs("</html>\n", file);
}

// ------------------------------------------------------------------------------------- files

static bool complain(const char *path) {
    failure("soak", "%s: %s", path, strerror(errno));
    return false;
}

bool soak_report_write(struct soak *soak, bool passed) {
    const char *folder = soak->choice.report;
    char path[PATH_BYTES];
    if (mkdir(folder, 0777) && errno != EEXIST) return complain(folder);
    snprintf(path, sizeof path, "%.1000s/report.json", folder);
    json_t *json = soak_report_json(soak, passed);
    bool good = json && json_dump_file(json, path, JSON_INDENT(1) | JSON_REAL_PRECISION(7)) == 0;
    json_decref(json);
    if (!good) return complain(path);
    snprintf(path, sizeof path, "%.1000s/index.html", folder);
    FILE *file = fopen(path, "w");
    if (!file) return complain(path);
    html_write(file, soak, passed);
    bool bad = ferror(file) != 0;
    if (fclose(file) || bad) return complain(path);
    return true;
}
