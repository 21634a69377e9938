// The table of the benchmark as text, as JSON and as the page docs/benchmarks.md.
#include "profiling/bench.h"
#include "profiling/bench_machine.h" // bench_machine_json

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Share of the core's peak, 0 where operations were not counted, or where a multiply-add is a
// library call and its rate says nothing about the rest.
static double share(const struct bench *bench, const struct bench_row *row, uint32_t isa) {
    if (row->operations <= 0.0 || bench->thinning[isa] > 1 || row->value[isa] <= 0.0) {
        return 0.0;
    }
    return row->operations / (row->value[isa] * 1e-3) / bench->peak[isa];
}

const char *bench_unit_text(enum bench_unit unit) {
    switch (unit) {
    case BENCH_TIMES:
        return "x";
    case BENCH_MS:
    case BENCH_WAIT_MS:
        return "ms";
    case BENCH_RATE:
        return "G/s";
    case BENCH_NS:
        return "ns";
    case BENCH_PERCENT:
        return "%";
    case BENCH_MB:
        return "MB";
    case BENCH_COUNT:
        break;
    }
    return "";
}

bool bench_more_is_better(enum bench_unit unit) {
    return unit == BENCH_TIMES || unit == BENCH_RATE || unit == BENCH_COUNT ||
           unit == BENCH_PERCENT;
}

// "0.612 ms (31 %)": value, unit, and the share of the peak where it is known.
static void print_value(char *out, size_t size, const struct bench *bench,
                        const struct bench_row *row, uint32_t isa) {
    double value = row->value[isa], part = share(bench, row, isa);
    if (value == 0.0) {
        snprintf(out, size, "-");
        return;
    }
    int digits = value >= 100.0 ? 0 : value >= 1.0 ? 2 : 3;
    const char *unit = bench_unit_text(row->unit);
    int used = snprintf(out, size, "%.*f%s%s", digits, value, *unit ? " " : "", unit);
    if (part > 0.0) {
        snprintf(out + used, size - (size_t)used, " (%.0f %%)", part * 100.0);
    }
}

void bench_print_table(const struct bench *bench) {
    char name[256], cell[48];
    const char *group = "";
    bench_processor(name, sizeof name);
    printf("%s; built by %s\n"
           "ms: for one second of audio, or what the heading says; (%%): share of the peak of "
           "multiply-adds\n\n%-72s",
           name, bench_compiler, "");
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        printf("%18s", bench->isas[i]);
    }
    printf("\n");
    for (uint32_t r = 0; r < bench->row_count; r++) {
        const struct bench_row *row = &bench->rows[r];
        if (strcmp(group, row->group) != 0) {
            group = row->group;
            printf("%s\n", group);
        }
        printf("  %-70s", row->name);
        for (uint32_t i = 0; i < bench->isa_count; i++) {
            print_value(cell, sizeof cell, bench, row, i);
            printf("%18s", cell);
        }
        printf("\n");
    }
    if (bench->ladder.rung_count) ladder_print_table(&bench->ladder, stdout);
}

static json_t *figure_json(double value, const double *repeats, uint32_t count) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(list, json_real(repeats[i]));
    return json_pack("{s:f, s:o}", "value", value, "repeats", list);
}

static json_t *row_json(const struct bench *bench, const struct bench_row *row) {
    json_t *figures = json_object(), *shares = json_object();
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        if (row->value[i] == 0.0) continue;
        json_object_set_new(figures, bench->isas[i],
                            figure_json(row->value[i], row->repeats[i], bench->repeat_count));
        if (share(bench, row, i) > 0.0)
            json_object_set_new(shares, bench->isas[i], json_real(share(bench, row, i)));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:f}", "group", row->group, "name", row->name,
                     "unit", bench_unit_text(row->unit), "better",
                     bench_more_is_better(row->unit) ? "more" : "less", "figures", figures,
                     "share_of_peak", shares, "operations_per_s", row->operations);
}

// A rung as a row like the others, so that it is compared like them, with what it took beside.
static json_t *rung_json(const struct bench *bench, uint32_t i) {
    const struct ladder_rung *rung = &bench->ladder.rungs[i];
    return json_pack("{s:s, s:s, s:s, s:s, s:{s:o}, s:f, s:I, s:I, s:i}", "group", "The ladder",
                     "name", rung->name, "unit", "ms", "better", "less", "figures",
                     bench->isas[0],
                     figure_json(rung->ms, bench->ladder_ms[i], bench->repeat_count), "error_db",
                     rung->error_db, "bytes_peak", (json_int_t)rung->bytes_peak, "allocations",
                     (json_int_t)rung->allocations, "threads", (int)rung->threads);
}

void bench_print_json(const struct bench *bench) {
    json_t *rows = json_array();
    for (uint32_t r = 0; r < bench->row_count; r++)
        json_array_append_new(rows, row_json(bench, &bench->rows[r]));
    for (uint32_t i = 0; i < bench->ladder.rung_count; i++)
        json_array_append_new(rows, rung_json(bench, i));
    json_t *object = json_pack("{s:s, s:o, s:b, s:o}", "schema", BENCH_SCHEMA, "machine",
                               bench_machine_json(bench->load), "quick", bench->quick, "rows",
                               rows);
    json_dumpf(object, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(object);
}

static void print_heading(const struct bench *bench, const char *group) {
    printf("\n## %s\n\n|  |", group);
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        printf(" %s |", bench->isas[i]);
    }
    printf("\n|---|");
    for (uint32_t i = 0; i < bench->isa_count; i++) {
        printf("---:|");
    }
    printf("\n");
}

void bench_print_markdown(const struct bench *bench) {
    char name[256], cell[48];
    const char *group = "";
    bench_processor(name, sizeof name);
    printf("# Benchmarks\n\nMade by `build/release/aeolian-bench --quick --markdown --plot "
           "docs/ladder.svg`; `make bench` prints the\nsame figures for your machine, and "
           "docs/TUNING.md tells how to compare two runs. Best of several\nruns, in processor "
           "time of one thread, where the heading says nothing else; the load of the machine "
           "was\n%.1f on %ld cores.\n\n"
           "- Processor: %s\n- Compiler: %s; commit %s\n"
           "- x: times real time. ms: milliseconds for one second of audio, or what the heading "
           "says.\n"
           "- (%%): share of the fused multiply-adds that the same core does in a loop of nothing"
           " else; counted\n  are additions, subtractions, multiplications and multiply-adds on"
           " lanes.\n",
           bench->load, sysconf(_SC_NPROCESSORS_ONLN), name, bench_compiler, bench_commit);
    for (uint32_t r = 0; r < bench->row_count; r++) {
        const struct bench_row *row = &bench->rows[r];
        if (strcmp(group, row->group) != 0) {
            group = row->group;
            print_heading(bench, group);
        }
        printf("| %s |", row->name);
        for (uint32_t i = 0; i < bench->isa_count; i++) {
            print_value(cell, sizeof cell, bench, row, i);
            printf(" %s |", cell);
        }
        printf("\n");
    }
    if (bench->ladder.rung_count) ladder_print_markdown(&bench->ladder, stdout);
}
