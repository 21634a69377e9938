// See report_live.h.
#include "profiling/soak/report_live.h"

#include <inttypes.h>
#include <jansson.h>

#include "profiling/soak/live.h" // struct live
#include "profiling/soak/plot.h" // html_text

// Times that listeners measured while there was no fault that concerns all; the larger the worse.
enum seen { SEEN_HEARD, SEEN_PROMISE, SEEN_FIRST, SEEN_COUNT };
static const char *const seen_names[SEEN_COUNT] = {
    "control to heard, seen by listeners", "how far that was from what the receipt promised",
    "asked to first audio, seen by listeners"};

static struct histogram_snapshot snapshot; // large

static struct live_times times_of(const struct histogram *histogram) {
    histogram_read(histogram, &snapshot);
    return (struct live_times){(double)snapshot.count,
                               (double)histogram_quantile(&snapshot, 0.50) * 1e-6,
                               (double)histogram_quantile(&snapshot, 0.95) * 1e-6,
                               (double)histogram_quantile(&snapshot, 0.99) * 1e-6,
                               (double)snapshot.max * 1e-6};
}

static struct live_times seen_times(const struct live *live, enum seen seen) {
    const struct client_meters *meters = &live->crowd->meters[0];
    const struct histogram *histograms[SEEN_COUNT] = {&meters->heard, &meters->promise,
                                                      &meters->first};
    return times_of(histograms[seen]);
}

// -------------------------------------------------------------------------------------- JSON

static json_t *times_json(const char *name, struct live_times times) {
    return json_pack("{s:s, s:I, s:f, s:f, s:f, s:f}", "name", name, "count",
                     (json_int_t)times.count, "p50_ms", times.p50_ms, "p95_ms", times.p95_ms,
                     "p99_ms", times.p99_ms, "max_ms", times.max_ms);
}

json_t *report_live_times(const struct soak *soak) {
    const struct live *live = soak->live;
    json_t *all = json_array();
    for (int time = 0; time < LIVE_TIME_COUNT; time++) {
        const char *name = live_time_name((enum live_time)time);
        json_array_append_new(all, times_json(name, live->times[time]));
    }
    for (int seen = 0; seen < SEEN_COUNT; seen++)
        json_array_append_new(all, times_json(seen_names[seen], seen_times(live, (enum seen)seen)));
    return all;
}

// What was counted under each fault, and without any; when each was made.
static json_t *tallies_json(const struct live *live) {
    json_t *all = json_object();
    for (int i = 0; i < FAULT_TALLIES; i++) {
        enum soak_fault fault = (enum soak_fault)i;
        const struct tally *tally = &live->view.tallies[i];
        if (fault != FAULT_NONE && !(live->fault_set >> fault & 1)) continue;
        json_t *at = json_array();
        uint32_t made = live->event_next < live->event_count ? live->event_next : live->event_count;
        for (uint32_t e = 0; e < made; e++) {
            if (live->events[e].fault == fault)
                json_array_append_new(at, json_pack("[f, f]", live->events[e].begin_s,
                                                    live->events[e].end_s));
        }
        json_object_set_new(
            all, fault_name(fault),
            json_pack("{s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:o}", "gaps",
                      (json_int_t)tally->gaps, "skips", (json_int_t)tally->skips, "late",
                      (json_int_t)tally->late, "dry", (json_int_t)tally->dry, "dry_ms_max",
                      (double)tally->dry_ns_max * 1e-6, "refused", (json_int_t)tally->refused,
                      "broken", (json_int_t)tally->broken, "bad", (json_int_t)tally->bad,
                      "seconds", at));
    }
    return all;
}

// Music in hand when a message arrives: how little it was.
static json_t *hand_json(const struct live *live) {
    histogram_read(&live->crowd->meters[0].hand, &snapshot);
    return json_pack("{s:f, s:f, s:f, s:f}", "p50_ms",
                     (double)histogram_quantile(&snapshot, 0.50) * 1e-6, "p5_ms",
                     (double)histogram_quantile(&snapshot, 0.05) * 1e-6, "p1_ms",
                     (double)histogram_quantile(&snapshot, 0.01) * 1e-6, "p01_ms",
                     (double)histogram_quantile(&snapshot, 0.001) * 1e-6);
}

void report_live_json(const struct soak *soak, json_t *report) {
    const struct live *live = soak->live;
    static const char *const logs[] = {"file", "small disk", "full disk"};
    json_object_set_new(report, "listeners", json_integer((json_int_t)soak->choice.listeners));
    json_object_set_new(report, "under_faults", tallies_json(live));
    json_object_set_new(report, "music_in_hand", hand_json(live));
    json_object_set_new(
        report, "server",
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:I, s:b}", "renderer", live->renderer_name,
                  "ticks", (json_int_t)live->ticks, "ticks_late", (json_int_t)live->ticks_late,
                  "spans_late", (json_int_t)live->spans_late, "log_lines_lost",
                  (json_int_t)live->log_lost, "log", logs[live->process.log], "end",
                  live->process.last_words, "looks_failed", (json_int_t)live->looks_failed,
                  "ended_well", (int)live->ended_well));
    json_object_set_new(report, "hash_packets", json_integer((json_int_t)live->compared_packets));
    json_object_set_new(report, "errors_told",
                        json_integer((json_int_t)(live->crowd->meters[0].errors +
                                                  live->crowd->meters[1].errors)));
}

// -------------------------------------------------------------------------------------- HTML

static void times_html(FILE *file, const char *name, struct live_times times) {
    fputs("<tr><td>", file);
    html_text(file, name);
    fprintf(file, "</td><td>%.0f</td><td>%.2f</td><td>%.2f</td><td>%.2f</td><td>%.2f</td></tr>\n",
            times.count, times.p50_ms, times.p95_ms, times.p99_ms, times.max_ms);
}

static void faults_html(FILE *file, const struct live *live) {
    if (live->fault_set == 0) return;
    fputs("<h2>Faults</h2>\n<table><tr><th></th><th>what was done</th><th>at, minutes</th></tr>\n",
          file);
    for (int i = 0; i < FAULT_COUNT; i++) {
        enum soak_fault fault = (enum soak_fault)i;
        if (!(live->fault_set >> fault & 1)) continue;
        fprintf(file, "<tr><td>%s</td><td>%s</td><td>", fault_name(fault), fault_help(fault));
        for (uint32_t e = 0; e < live->event_next; e++) {
            if (live->events[e].fault == fault)
                fprintf(file, "%.2f ", live->events[e].begin_s / 60.0);
        }
        fputs("</td></tr>\n", file);
    }
    fputs("</table>\n", file);
}

uint32_t report_live_marks(const struct soak *soak, double *hours) {
    const struct live *live = soak->live;
    for (uint32_t e = 0; e < live->event_next; e++)
        hours[e] = live->events[e].begin_s / 3600.0;
    return live->event_next;
}

void report_live_html(FILE *file, const struct soak *soak) {
    const struct live *live = soak->live;
    faults_html(file, live);
    fputs(report_stages_head, file);
    for (int time = 0; time < LIVE_TIME_COUNT; time++)
        times_html(file, live_time_name((enum live_time)time), live->times[time]);
    for (int seen = 0; seen < SEEN_COUNT; seen++)
        times_html(file, seen_names[seen], seen_times(live, (enum seen)seen));
    histogram_read(&live->crowd->meters[0].hand, &snapshot);
    fprintf(file,
            "</table>\n<p>Without a fault, a listener who holds no more than the server's lead had "
            "%.0f ms of music in hand when a message arrived (half of them), %.0f ms or less with "
            "one in a hundred, %.0f ms or less with one in a thousand. The server made %" PRIu64
            " ticks, %" PRIu64 " of them late.</p>\n",
            (double)histogram_quantile(&snapshot, 0.5) * 1e-6,
            (double)histogram_quantile(&snapshot, 0.01) * 1e-6,
            (double)histogram_quantile(&snapshot, 0.001) * 1e-6, live->ticks, live->ticks_late);
}
