// aeolian-bench: how fast everything is on this machine; or how two such results compare. Main
// thread; what needs more has an engine with threads of its own.
#include "profiling/bench.h"

#include "engine/aeolian.h"          // aeo_isa_supported
#include "profiling/ladder/ladder.h" // ladder_measure
#include "profiling/quantile.h"      // values_sort
#include "server/options.h"          // options_parse

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench_choice {
    bool json, markdown, quick;
    const char *only, *plot;
    uint32_t repeats;
};

static const struct option rows[] = {
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct bench_choice, json),
     .help = "the table as one JSON object"},
    {.name = "markdown",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct bench_choice, markdown),
     .help = "the table as a page of documentation"},
    {.name = "quick",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct bench_choice, quick),
     .help = "fewer runs for each figure, and no thousand sessions"},
    {.name = "only",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct bench_choice, only),
     .argument = "GROUP",
     .choices = "scenes|voices|effects|opus|meters|phrases|threads|ticks|starts|memory|ladder",
     .help = "this part only, and the peak"},
    {.name = "repeats",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct bench_choice, repeats),
     .argument = "N",
     .help = "times of everything; with 1 nothing is known of the noise",
     .fallback = "3",
     .min = 1,
     .max = BENCH_REPEATS_MAX},
    {.name = "plot",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct bench_choice, plot),
     .argument = "FILE",
     .help = "the ladder as SVG"},
};

struct bench_row *bench_add(struct bench *bench, const char *group, const char *name,
                            enum bench_unit unit) {
    if (bench->row_count == BENCH_ROWS_MAX) {
        fprintf(stderr, "aeolian-bench: the table is full\n");
        abort();
    }
    struct bench_row *row = &bench->rows[bench->row_count++];
    row->group = group;
    row->unit = unit;
    snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

void bench_add_waits(struct bench *bench, const char *group, const char *what, double *seconds,
                     uint32_t count) {
    static const double shares[] = {0.5, 0.95, 0.99};
    values_sort(seconds, count);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        char name[72];
        snprintf(name, sizeof name, "%s: p%.0f", what, shares[i] * 100);
        bench_add(bench, group, name, BENCH_WAIT_MS)->value[0] =
            values_quantile(seconds, count, shares[i]) * 1e3;
    }
}

static const struct bench_row *find_row(const struct bench *bench, const char *group,
                                        const char *name_part) {
    for (uint32_t i = 0; i < bench->row_count; i++) {
        if (!strcmp(bench->rows[i].group, group) && strstr(bench->rows[i].name, name_part)) {
            return &bench->rows[i];
        }
    }
    return NULL;
}

// What the rows above come to: rendering in live spans and encoding share a core.
static void add_listeners(struct bench *bench) {
    const struct bench_row *opus = find_row(bench, "Opus encoding, 96 kb/s, 20 ms", "complexity 5");
    uint32_t count = bench->row_count;
    for (uint32_t r = 0; r < count; r++) {
        const struct bench_row *scene = &bench->rows[r];
        if (strcmp(scene->group, "Scenes") != 0 || !strstr(scene->name, "spans of 0.1 s")) {
            continue;
        }
        char name[72];
        snprintf(name, sizeof name, "%.*s", (int)(strchr(scene->name, ',') - scene->name),
                 scene->name);
        struct bench_row *row =
            bench_add(bench, "Listeners a core could serve, rendering and encoding", name,
                      BENCH_COUNT);
        for (uint32_t i = 0; i < bench->isa_count; i++) {
            row->value[i] = 1e3 / (1e3 / scene->value[i] + opus->value[i]);
        }
    }
}

// Repeats make the same rows, in the same order.
static void row_merge(struct bench_row *total, const struct bench_row *row, uint32_t repeat) {
    if (strcmp(total->group, row->group) != 0 || strcmp(total->name, row->name) != 0) {
        fprintf(stderr, "aeolian-bench: \"%s\" is \"%s\" this time\n", total->name, row->name);
        abort();
    }
    for (uint32_t i = 0; i < BENCH_ISAS_MAX; i++) {
        double value = row->value[i], *best = &total->value[i];
        bool better = bench_more_is_better(row->unit) ? value > *best : value < *best;
        total->repeats[i][repeat] = value;
        // A small difference of two times can come out as nothing at all.
        if (value > 0 && (better || *best <= 0)) *best = value;
    }
}

static void merge(struct bench *total, const struct bench *repeat) {
    if (total->repeat_count == 0) {
        double load = total->load;
        *total = *repeat;
        total->load = load;
    }
    for (uint32_t r = 0; r < repeat->row_count; r++)
        row_merge(&total->rows[r], &repeat->rows[r], total->repeat_count);
    for (uint32_t i = 0; i < repeat->isa_count; i++)
        total->peak[i] = fmax(total->peak[i], repeat->peak[i]);
    for (uint32_t i = 0; i < repeat->ladder.rung_count; i++) {
        double ms = repeat->ladder.rungs[i].ms;
        total->ladder_ms[i][total->repeat_count] = ms;
        total->ladder.rungs[i].ms = fmin(total->ladder.rungs[i].ms, ms);
    }
    total->repeat_count++;
}

static void choose_isas(struct bench *bench) {
    static const char *const names[] = {"avx512", "avx2", "neon", "plain"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (aeo_isa_supported(names[i])) {
            bench->isas[bench->isa_count++] = names[i];
        }
    }
}

// Writes the plot of the ladder; 0, or EXIT_FAILED with a line.
static int plot_write(const struct ladder *ladder, const char *path) {
    FILE *file = fopen(path, "w");
    bool written = file != NULL;
    if (file) {
        ladder_print_svg(ladder, file);
        written = !ferror(file);
        written = fclose(file) == 0 && written;
    }
    if (!written) fprintf(stderr, "aeolian-bench: cannot write %s: %s\n", path, strerror(errno));
    return written ? 0 : EXIT_FAILED;
}

// All groups, or the one called ONLY; the peak is what others are held against.
static void measure(struct bench *bench, const char *only) {
    static const struct {
        const char *name;
        void (*measure)(struct bench *bench);
    } groups[] = {{"peak", bench_peak},       {"scenes", bench_scenes},
                  {"voices", bench_voices},   {"effects", bench_effects},
                  {"opus", bench_encode},     {"listeners", add_listeners},
                  {"meters", bench_meters},   {"phrases", bench_phrases},
                  {"threads", bench_threads}, {"ticks", bench_engine_ticks},
                  {"planning", bench_planning}, {"starts", bench_starts},
                  {"memory", bench_memory}};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        if (only && i > 0 && strcmp(groups[i].name, only) != 0) continue;
        fprintf(stderr, "measuring %s...\n", groups[i].name);
        groups[i].measure(bench);
    }
    if (only && strcmp(only, "ladder") != 0) return;
    fprintf(stderr, "measuring the ladder...\n");
    ladder_measure(&bench->ladder, bench->budget_s);
}

int main(int argc, char **argv) {
    static struct bench_choice choice;
    static struct bench bench, repeat;
    if (argc > 1 && strcmp(argv[1], "--compare") == 0) return bench_compare(argc - 2, argv + 2);
    const struct options options = {
        .command = "bench",
        .usage = "[--json | --markdown] [--quick] [--repeats N] [--only GROUP]\n"
                 "                     [--plot FILE]",
        .summary = "Measures scenes, voices, effects, encoding and the peak of one core in the\n"
                   "processor time of one thread; phrases, threads, ticks, starts and memory of\n"
                   "an engine. Takes some minutes.",
        .groups = {{"Options", rows, sizeof rows / sizeof *rows, &choice}},
        .group_count = 1,
        .notes = "aeolian-bench --compare A.json B.json prints how B stands against A: figures\n"
                 "whose difference is more than their repeats explain are marked.",
    };
    enum options_outcome outcome = options_parse(&options, argc, argv);
    if (outcome != OPTIONS_RUN) return outcome == OPTIONS_HELP ? 0 : EXIT_USAGE;
    if (choice.plot && choice.only && strcmp(choice.only, "ladder") != 0)
        return usage_error("bench", "--plot draws the ladder, which --only %s leaves out",
                           choice.only);
    if (getloadavg(&bench.load, 1) < 1) bench.load = 0;
    for (uint32_t i = 0; i < choice.repeats; i++) {
        fprintf(stderr, "repeat %u of %u\n", i + 1, choice.repeats);
        memset(&repeat, 0, sizeof repeat);
        repeat.quick = choice.quick;
        repeat.budget_s = choice.quick ? 0.05 : 0.4;
        choose_isas(&repeat);
        measure(&repeat, choice.only);
        merge(&bench, &repeat);
    }
    int status = choice.plot ? plot_write(&bench.ladder, choice.plot) : 0;
    (choice.json       ? bench_print_json
     : choice.markdown ? bench_print_markdown
                       : bench_print_table)(&bench);
    return status;
}
