// See record.h.
#include "profiling/soak/record.h"

#include <stdlib.h>
#include <string.h>

#include "profiling/quantile.h" // values_sort

static const struct {
    const char *name, *unit;
    double bound;
} series_table[RECORD_SERIES_COUNT] = {
#define RECORD_SERIES_ROW(id, text, unit, bound) {text, unit, bound},
    RECORD_SERIES(RECORD_SERIES_ROW)
#undef RECORD_SERIES_ROW
};
static const char *const stage_names[RECORD_STAGE_COUNT] = {
#define RECORD_STAGE_ROW(id, text) text,
    RECORD_STAGES(RECORD_STAGE_ROW)
#undef RECORD_STAGE_ROW
};

const char *record_series_name(enum record_series series) {
    return series_table[series].name;
}

const char *record_series_unit(enum record_series series) {
    return series_table[series].unit;
}

double record_series_bound(enum record_series series) {
    return series_table[series].bound;
}

const char *record_stage_name(enum record_stage stage) {
    return stage_names[stage];
}

bool record_open(struct record *record, uint32_t latencies) {
    memset(record, 1, sizeof *record); // touched, every page of it
    memset(record, 0, sizeof *record);
    bool good = true;
    for (int s = 0; s < RECORD_STAGE_COUNT; s++) {
        struct latencies *l = &record->stages[s];
        l->ms = malloc(latencies * sizeof *l->ms);
        l->hour = malloc(latencies * sizeof *l->hour);
        good = good && l->ms && l->hour;
        if (!good) continue;
        l->cap = latencies;
        memset(l->ms, 1, latencies * sizeof *l->ms);
        memset(l->hour, 1, latencies * sizeof *l->hour);
    }
    return good;
}

void record_close(struct record *record) {
    for (int s = 0; s < RECORD_STAGE_COUNT; s++) {
        free(record->stages[s].ms);
        free(record->stages[s].hour);
    }
}

void record_forget(struct record *record) {
    record->samples = 0;
    for (int s = 0; s < RECORD_STAGE_COUNT; s++)
        record->stages[s].count = 0;
}

void record_sample(struct record *record, double hour,
                   const double values[RECORD_SERIES_COUNT]) {
    if (record->samples == RECORD_SAMPLES_MAX) {
        record->samples /= 2;
        for (uint32_t i = 0; i < record->samples; i++) {
            record->hour[i] = record->hour[2 * i];
            for (int s = 0; s < RECORD_SERIES_COUNT; s++)
                record->series[s][i] = record->series[s][2 * i];
        }
    }
    record->hour[record->samples] = hour;
    for (int s = 0; s < RECORD_SERIES_COUNT; s++)
        record->series[s][record->samples] = values[s];
    record->samples++;
}

void record_latency(struct record *record, enum record_stage stage, double hour, double ms) {
    struct latencies *l = &record->stages[stage];
    if (l->count == l->cap) return; // the run was sized for them
    l->ms[l->count] = (float)ms;
    l->hour[l->count++] = hour;
}

double record_quantile(const struct latencies *latencies, double from, double until,
                       double share) {
    double *rising = malloc((latencies->count + 1) * sizeof *rising);
    uint32_t count = 0;
    if (!rising) return 0.0;
    for (uint32_t i = 0; i < latencies->count; i++) {
        if (latencies->hour[i] >= from && latencies->hour[i] < until)
            rising[count++] = (double)latencies->ms[i];
    }
    values_sort(rising, count);
    double value = count == 0 ? 0.0 : values_quantile(rising, count, share);
    free(rising);
    return value;
}

struct trend record_trend(const struct record *record, enum record_series series) {
    uint32_t skip = record->samples / 10;
    struct trend none = {0};
    if (record->samples == 0 || record->series[series][0] < 0.0) return none;
    return trend_fit(record->hour + skip, record->series[series] + skip, record->samples - skip);
}
