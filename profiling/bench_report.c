// The table of the benchmark as text, as JSON and as the page docs/benchmarks.md.
#include "profiling/bench.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static void processor_name(char *out, size_t size)
{
    char line[256];
    snprintf(out, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *value = strstr(line, ": ");
        if (!strncmp(line, "model name", 10) && value) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(out, size, "%s", value + 2);
            break;
        }
    }
    if (file) {
        fclose(file);
    }
}

// Share of the core's peak, 0 where operations were not counted, or where a multiply-add is a
// library call and its rate says nothing about the rest.
static double share(const struct bench *bench, const struct bench_row *row, uint32_t isa)
{
    if (row->operations <= 0.0 || bench->thinning[isa] > 1 || row->value[isa] <= 0.0) {
        return 0.0;
    }
    return row->operations / (row->value[isa] * 1e-3) / bench->peak[isa];
}

static const char *unit_text(enum bench_unit unit)
{
    switch (unit) {
    case BENCH_TIMES:
        return "x";
    case BENCH_MS:
        return "ms";
    case BENCH_RATE:
        return "G/s";
    case BENCH_NS:
        return "ns";
    case BENCH_COUNT:
        break;
    }
    return "";
}

// "0.612 ms (31 %)": value, unit, and the share of the peak where it is known.
static void print_value(char *out, size_t size, const struct bench *bench,
                        const struct bench_row *row, uint32_t isa)
{
    double value = row->value[isa], part = share(bench, row, isa);
    if (value == 0.0) {
        snprintf(out, size, "-");
        return;
    }
    int digits = value >= 100.0 ? 0 : value >= 1.0 ? 2 : 3;
    const char *unit = unit_text(row->unit);
    int used = snprintf(out, size, "%.*f%s%s", digits, value, *unit ? " " : "", unit);
    if (part > 0.0) {
        snprintf(out + used, size - (size_t)used, " (%.0f %%)", part * 100.0);
    }
}

void bench_print_table(const struct bench *bench)
{
    char name[256], cell[48];
    const char *group = "";
    processor_name(name, sizeof name);
    printf("%s, one core; built by " COMPILER "\n"
           "ms: for one second of audio; (%%): share of the peak of multiply-adds\n\n%-72s",
           name, "");
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
    ladder_print_table(&bench->ladder, stdout);
}

static json_t *ladder_json(const struct ladder *ladder)
{
    json_t *rungs = json_array();
    for (uint32_t i = 0; i < ladder->rung_count; i++) {
        const struct ladder_rung *rung = &ladder->rungs[i];
        json_array_append_new(
            rungs, json_pack("{s:s, s:f, s:f, s:I, s:I, s:i}", "name", rung->name, "ms", rung->ms,
                             "error_db", rung->error_db, "bytes_peak",
                             (json_int_t)rung->bytes_peak, "allocations",
                             (json_int_t)rung->allocations, "threads", (int)rung->threads));
    }
    return json_pack("{s:s, s:o}", "subject", ladder->subject, "rungs", rungs);
}

void bench_print_json(const struct bench *bench)
{
    char name[256];
    processor_name(name, sizeof name);
    json_t *rows = json_array();
    for (uint32_t r = 0; r < bench->row_count; r++) {
        const struct bench_row *row = &bench->rows[r];
        json_t *values = json_object(), *shares = json_object();
        for (uint32_t i = 0; i < bench->isa_count; i++) {
            json_object_set_new(values, bench->isas[i], json_real(row->value[i]));
            if (share(bench, row, i) > 0.0) {
                json_object_set_new(shares, bench->isas[i], json_real(share(bench, row, i)));
            }
        }
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s, s:o, s:o, s:f}", "group", row->group, "name",
                            row->name, "unit", unit_text(row->unit), "values", values,
                            "share_of_peak", shares, "operations_per_s", row->operations));
    }
    json_t *object = json_pack("{s:s, s:s, s:i, s:o, s:o}", "processor", name, "compiler", COMPILER,
                               "cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "rows", rows, "ladder",
                               ladder_json(&bench->ladder));
    json_dumpf(object, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(object);
}

static void print_heading(const struct bench *bench, const char *group)
{
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

void bench_print_markdown(const struct bench *bench)
{
    char name[256], cell[48];
    const char *group = "";
    struct utsname system;
    processor_name(name, sizeof name);
    uname(&system);
    double load[1] = {0};
    getloadavg(load, 1);
    printf("# Benchmarks\n\nMade by `build/release/aeolian-bench --quick --markdown --plot "
           "docs/ladder.svg`; `make bench` prints the\nsame figures for your machine. Best of "
           "several runs, in processor time of one thread; the load of the\nmachine was %.1f on "
           "%ld cores.\n\n"
           "- Processor: %s (%s)\n- Compiler: " COMPILER ", -O3\n"
           "- x: times real time. ms: milliseconds for one second of audio.\n"
           "- (%%): share of the fused multiply-adds that the same core does in a loop of nothing"
           " else; counted\n  are additions, subtractions, multiplications and multiply-adds on"
           " lanes.\n",
           load[0], sysconf(_SC_NPROCESSORS_ONLN), name, system.machine);
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
    ladder_print_markdown(&bench->ladder, stdout);
}
