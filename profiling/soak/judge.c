// The verdict of a soak run, from its record alone: does a resource grow, does it get slower, was
// all of the music made, and are its samples right. See soak.h. Main thread.
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "profiling/soak/judge.h" // judge_add

#define DRIFT_MAX 0.10          // of p95, the last eighth of the run against the first
#define DRIFT_TICKS_MIN 200     // in each of them
#define CPU_TICK_P95_MS (SOAK_TICK_MS / 2.0)
#define CUDA_PHRASE_P50_MS 50.0
#define CUDA_PHRASE_P95_MS 80.0
#define CUDA_TOGETHER_MAX 0.05  // longer for all sessions together than for one

void judge_add(struct record *record, enum outcome outcome, const char *name, const char *format,
               ...) {
    if (record->check_count == RECORD_CHECKS_MAX) return;
    struct check *check = &record->checks[record->check_count++];
    check->outcome = outcome;
    snprintf(check->name, sizeof check->name, "%s", name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->text, sizeof check->text, format, arguments);
    va_end(arguments);
}

enum outcome judge_when(bool good) {
    return good ? CHECK_PASSED : CHECK_FAILED;
}

// --------------------------------------------------------------------------------- resources

// For people: what is a millionth of the bound is nothing.
static double told(double value, double bound) {
    return fabs(value) < 1e-6 * bound ? 0.0 : value;
}

static void growth(struct record *record, enum record_series series) {
    const char *name = record_series_name(series), *unit = record_series_unit(series);
    double bound = record_series_bound(series);
    if (bound == RECORD_SHOWN) return;
    if (record->samples > 0 && record->series[series][0] < 0.0) return; // not to be had here
    struct trend trend = record_trend(record, series);
    if (trend.bins < TREND_BINS_MIN) {
        judge_add(record, CHECK_TOO_SHORT, name, "too few samples: run longer");
        return;
    }
    const char *space = unit[0] ? " " : "";
    enum outcome outcome = trend.high <= bound ? CHECK_PASSED
                           : trend.low > bound ? CHECK_FAILED
                                               : CHECK_TOO_SHORT;
    judge_add(record, outcome, name,
              "%+.3g%s%s an hour, surely between %+.3g and %+.3g; accepted up to %+.3g%s",
              told(trend.slope, bound), space, unit, told(trend.low, bound),
              told(trend.high, bound), bound,
              outcome == CHECK_FAILED      ? ": it grows"
              : outcome == CHECK_TOO_SHORT ? ": cannot be told yet, run longer"
                                           : "");
}

void judge_growth(struct record *record) {
    for (int s = 0; s < RECORD_SERIES_COUNT; s++)
        growth(record, (enum record_series)s);
}

// --------------------------------------------------------------------------------- latencies

static uint32_t count_between(const struct latencies *latencies, double from, double until) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < latencies->count; i++)
        count += latencies->hour[i] >= from && latencies->hour[i] < until;
    return count;
}

static void drift(struct soak *soak) {
    static const char name[] = "tick p95, last eighth against first";
    struct record *record = &soak->record;
    const struct latencies *ticks = &record->stages[RECORD_STAGE_TICK];
    double eighth = soak->hours / 8.0;
    if (count_between(ticks, 0.0, eighth) < DRIFT_TICKS_MIN) {
        judge_add(record, CHECK_TOO_SHORT, name, "fewer than %d ticks in an eighth: run longer",
                  DRIFT_TICKS_MIN);
        return;
    }
    double first = record_quantile(ticks, 0.0, eighth, 0.95);
    double last = record_quantile(ticks, soak->hours - eighth, INFINITY, 0.95);
    // Where the clock says more than the processor's time does, others had the processor.
    const struct latencies *cpu = &record->stages[RECORD_STAGE_CPU];
    double cpu_first = record_quantile(cpu, 0.0, eighth, 0.5);
    double cpu_last = record_quantile(cpu, soak->hours - eighth, INFINITY, 0.5);
    judge_add(record, judge_when(last <= first * (1.0 + DRIFT_MAX)), name,
              "%.2f ms, then %.2f ms: %+.1f %%; accepted up to %+.0f %% (median of processor time "
              "%+.1f %%)", first, last, (last / first - 1.0) * 100.0, DRIFT_MAX * 100.0,
              (cpu_last / cpu_first - 1.0) * 100.0);
}

static void targets_cpu(struct record *record) {
    double p95 = record_quantile(&record->stages[RECORD_STAGE_TICK], 0.0, INFINITY, 0.95);
    judge_add(record, judge_when(p95 < CPU_TICK_P95_MS), "tick p95 under half of its budget",
              "%.2f ms of %.0f ms", p95, CPU_TICK_P95_MS);
}

static void targets_cuda(struct record *record) {
    const struct latencies *one = &record->stages[RECORD_STAGE_PHRASE];
    double p50 = record_quantile(one, 0.0, INFINITY, 0.5);
    double p95 = record_quantile(one, 0.0, INFINITY, 0.95);
    double all = record_quantile(&record->stages[RECORD_STAGE_PHRASES], 0.0, INFINITY, 0.5);
    if (one->count == 0) return;
    judge_add(record, judge_when(p50 < CUDA_PHRASE_P50_MS), "phrase p50",
              "%.2f ms; accepted below %.0f", p50, CUDA_PHRASE_P50_MS);
    judge_add(record, judge_when(p95 < CUDA_PHRASE_P95_MS), "phrase p95",
              "%.2f ms; accepted below %.0f", p95, CUDA_PHRASE_P95_MS);
    judge_add(record, judge_when(all < p50 * (1.0 + CUDA_TOGETHER_MAX)),
              "phrases of all sessions together against one",
              "%.2f ms against %.2f ms: %+.1f %%; accepted below %+.0f %%", all, p50,
              (all / p50 - 1.0) * 100.0, CUDA_TOGETHER_MAX * 100.0);
}

// ------------------------------------------------------------------------------------- music

static void music(struct soak *soak) {
    struct record *record = &soak->record;
    judge_add(record, judge_when(soak->gaps == 0 && soak->skips == 0), "every packet was made",
              "%llu packets; %llu gaps, %llu skipped", (unsigned long long)soak->packets,
              (unsigned long long)soak->gaps, (unsigned long long)soak->skips);
    judge_add(record, judge_when(soak->renderer_lost == 0), "the renderer stayed",
              "lost %llu times", (unsigned long long)soak->renderer_lost);
    if (soak->hash_compared) {
        judge_add(record, judge_when(soak->hash_equal), "one session against its offline render",
                  "%s: %016llx over %.3g hours", soak->hash_equal ? "the same samples" : "other "
                  "samples", (unsigned long long)soak->hash, soak->hours);
    }
}

bool soak_judge(struct soak *soak) {
    struct record *record = &soak->record;
    record->check_count = 0;
    if (soak->failure[0]) judge_add(record, CHECK_FAILED, "the run", "%.150s", soak->failure);
    if (soak->interrupted) {
        judge_add(record, CHECK_TOO_SHORT, "the run", "ended early, after %.3g of %.3g hours",
                  soak->hours, soak->live ? soak->choice.hours : soak->choice.audio_hours);
    }
    judge_growth(record);
    if (soak->live) {
        judge_live(soak);
    } else {
        drift(soak);
        if (soak->cuda) targets_cuda(record);
        else targets_cpu(record);
        music(soak);
    }
    bool passed = true;
    for (uint32_t i = 0; i < record->check_count; i++)
        passed = passed && record->checks[i].outcome == CHECK_PASSED;
    return passed;
}
