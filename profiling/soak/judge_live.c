// The verdict on a soak run in real time: no gap that no fault explains, faults survived as they
// should be, ticks within their budget and no slower at the end, changes heard when they should be,
// and listener 0's packets those of the offline render. See judge.h. Main thread.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "profiling/soak/judge.h" // judge_add
#include "profiling/soak/live.h"  // struct live

#define DRIFT_MAX 0.10           // of the tick's p95, the last eighth of the run against the first
#define DRIFT_SPACING_H (30.0 / 3600.0) // the server's figures are of the last 15 to 30 s
#define DRIFT_BEGIN_SHARE 0.1    // until then all places are taken
#define DRIFT_SAMPLES_MIN 4      // in each eighth
#define TICK_P95_MS (SOAK_TICK_MS / 2.0)
#define HEARD_P95_MS 500.0       // lead and tick: docs/PROTOCOL.md, "within half a second"
#define HEARD_COUNT_MIN 20

// -------------------------------------------------------------------------------------- ticks

// Logarithms of the samples between two hours, apart from each other; their mean and variance.
static uint32_t logs(const double *hour, const double *value, uint32_t count, double from,
                     double until, double spacing_h, double *mean, double *variance) {
    double sum = 0.0, squares = 0.0, next = from;
    uint32_t held = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (hour[i] < next || hour[i] < from || hour[i] > until || value[i] <= 0.0) continue;
        next = hour[i] + spacing_h;
        sum += log(value[i]);
        squares += log(value[i]) * log(value[i]);
        held++;
    }
    *mean = held ? sum / held : 0.0;
    *variance = held > 1 ? fmax(0.0, (squares - sum * *mean) / (held - 1)) : 0.0;
    return held;
}

struct trend judge_drift(const double *hour, const double *value, uint32_t count, double hours,
                         double spacing_h) {
    double first, last, first_variance, last_variance;
    double begin = hours * DRIFT_BEGIN_SHARE + spacing_h;
    uint32_t firsts = logs(hour, value, count, begin, begin + hours / 8.0, spacing_h, &first,
                           &first_variance);
    uint32_t lasts = logs(hour, value, count, hours - hours / 8.0, INFINITY, spacing_h, &last,
                          &last_variance);
    struct trend drift = {.bins = firsts < lasts ? firsts : lasts};
    if (drift.bins < 2) return drift;
    double half = trend_student(firsts + lasts - 2) *
                  sqrt(first_variance / firsts + last_variance / lasts);
    drift.slope = exp(last - first);
    drift.low = exp(last - first - half);
    drift.high = exp(last - first + half);
    return drift;
}

static void ticks(struct soak *soak) {
    static const char name[] = "tick p95, last eighth against an early one";
    struct record *record = &soak->record;
    const struct live_times *tick = &soak->live->times[LIVE_TICK];
    struct trend drift = judge_drift(record->hour, record->series[RECORD_TICK_P95],
                                     record->samples, soak->hours, DRIFT_SPACING_H);
    if (drift.bins < DRIFT_SAMPLES_MIN) {
        judge_add(record, CHECK_TOO_SHORT, name,
                  "fewer than %d times 30 s in an eighth: run longer", DRIFT_SAMPLES_MIN);
    } else {
        enum outcome outcome = drift.high <= 1.0 + DRIFT_MAX ? CHECK_PASSED
                               : drift.low > 1.0 + DRIFT_MAX ? CHECK_FAILED
                                                             : CHECK_TOO_SHORT;
        judge_add(record, outcome, name,
                  "%+.1f %%, surely between %+.1f and %+.1f; accepted up to %+.0f%s",
                  (drift.slope - 1.0) * 100.0, (drift.low - 1.0) * 100.0,
                  (drift.high - 1.0) * 100.0, DRIFT_MAX * 100.0,
                  outcome == CHECK_FAILED      ? ": it gets slower"
                  : outcome == CHECK_TOO_SHORT ? ": cannot be told yet, run longer"
                                               : "");
    }
    judge_add(record, judge_when(tick->count > 0.0 && tick->p95_ms < TICK_P95_MS),
              "tick p95 under half of its budget", "%.2f ms of %.0f ms, over the whole run",
              tick->p95_ms, TICK_P95_MS);
}

// ------------------------------------------------------------------------------------- gaps

static void gaps(struct soak *soak) {
    const struct tally *none = &soak->live->view.tallies[FAULT_NONE];
    uint64_t wrong = 0; // never to be excused
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        wrong += soak->live->view.tallies[fault].gaps + soak->live->view.tallies[fault].bad;
    bool good = none->gaps + none->skips + none->late + none->dry + none->refused + none->broken +
                    none->bad + wrong == 0;
    judge_add(&soak->record, judge_when(good && soak->packets > 0), "no gap in real time",
              "%" PRIu64 " packets; without a fault %" PRIu64 " gaps, %" PRIu64 " skipped, %" PRIu64
              " late, %" PRIu64 " times dry (%.0f ms at most), %" PRIu64 " lost or refused",
              soak->packets, none->gaps + none->bad + wrong, none->skips, none->late, none->dry,
              (double)none->dry_ns_max * 1e-6, none->broken + none->refused);
}

// Was it survived as it should be? A fault that touches one client alone has let the others in
// peace when nothing is counted without a fault.
static bool survived(const struct live *live, enum soak_fault fault) {
    const struct tally *tally = &live->view.tallies[fault];
    switch (fault) {
    case FAULT_RENDERER_LOST:
        return live->renderer_lost == 1 && !strcmp(live->renderer_name, "cpu") &&
               tally->broken + tally->refused == 0;
    case FAULT_CLIENT_STORM:
        return tally->refused > 0 && tally->broken == 0;
    case FAULT_DISK_FULL:
        return live->process.log == LOG_FULL || live->log_lost > 0;
    case FAULT_RENDERER_SLOW:
    case FAULT_CLIENT_STALL:
    case FAULT_CLOCK_STEP:
    case FAULT_SIGSTOP:
    case FAULT_NONE:
    case FAULT_TALLIES:
        break;
    }
    return tally->broken + tally->refused == 0;
}

static void faults(struct soak *soak) {
    const struct live *live = soak->live;
    for (int i = 0; i < FAULT_COUNT; i++) {
        enum soak_fault fault = (enum soak_fault)i;
        const struct tally *tally = &live->view.tallies[fault];
        char more[64] = "";
        if (!(live->fault_set >> fault & 1)) continue;
        if (live->made[fault] == 0) {
            judge_add(&soak->record, CHECK_TOO_SHORT, fault_name(fault), "was not made");
            continue;
        }
        if (fault == FAULT_DISK_FULL && live->process.log == LOG_FULL)
            snprintf(more, sizeof more, "; no small disk here: the log was full all the time");
        else if (fault == FAULT_DISK_FULL)
            snprintf(more, sizeof more, "; %" PRIu64 " lines of the log lost", live->log_lost);
        judge_add(&soak->record, judge_when(survived(live, fault)), fault_name(fault),
                  "%u times; under it %" PRIu64 " late, %" PRIu64 " skipped, %" PRIu64
                  " times dry (%.0f ms at most), %" PRIu64 " refused, %" PRIu64 " lost%s",
                  live->made[fault], tally->late, tally->skips, tally->dry,
                  (double)tally->dry_ns_max * 1e-6, tally->refused, tally->broken, more);
    }
}

// -------------------------------------------------------------------------------- the others

static void heard(struct soak *soak) {
    static struct histogram_snapshot snapshot; // large
    static const char name[] = "control to heard, p95 seen by listeners";
    histogram_read(&soak->live->crowd->meters[0].heard, &snapshot);
    double p95_ms = (double)histogram_quantile(&snapshot, 0.95) * 1e-6;
    if (snapshot.count < HEARD_COUNT_MIN) {
        judge_add(&soak->record, CHECK_TOO_SHORT, name, "%" PRIu64 " changes: run longer",
                  snapshot.count);
        return;
    }
    judge_add(&soak->record, judge_when(p95_ms <= HEARD_P95_MS), name,
              "%.0f ms of %" PRIu64 " changes; accepted up to %.0f ms", p95_ms, snapshot.count,
              HEARD_P95_MS);
}

void judge_live(struct soak *soak) {
    const struct live *live = soak->live;
    struct record *record = &soak->record;
    ticks(soak);
    gaps(soak);
    faults(soak);
    heard(soak);
    judge_add(record, judge_when(live->looks > 0 && live->looks_failed == 0),
              "the server answered whenever asked", "%u of %u times did it not%s%.60s",
              live->looks_failed, live->looks, live->looks_failed ? ", last: " : "",
              live->looks_failed ? live->look_why : "");
    judge_add(record, judge_when(live->ended && live->ended_well), "the server ended when told to",
              "%.120s", live->process.last_words);
    if (!(live->fault_set >> FAULT_RENDERER_LOST & 1)) {
        judge_add(record, judge_when(live->renderer_lost == 0), "the renderer stayed",
                  "lost %" PRIu64 " times", live->renderer_lost);
    }
    if (live->compared) {
        bool enough = live->compared_packets > 0;
        judge_add(record, enough ? judge_when(live->equal) : CHECK_TOO_SHORT,
                  "listener 0's packets against the offline render",
                  "%s: %016" PRIx64 " over %" PRIu64 " packets, %.1f minutes%s",
                  live->equal ? "the same bytes" : "other bytes", soak->hash,
                  live->compared_packets, (double)live->compared_packets / 3000.0,
                  live->crowd->story.broken ? ", until one was skipped" : "");
    }
}
