// aeolian-bench: how fast everything is on this machine, on one core. Runs for a minute or two.
// Main thread; there is no other.
#include "profiling/bench.h"

#include "engine/aeolian.h"          // aeo_isa_supported
#include "profiling/ladder/ladder.h" // ladder_measure
#include "server/options.h"          // options_parse

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bench_choice {
    bool json, markdown, quick, ladder;
    const char *plot;
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
     .help = "fewer runs for each figure"},
    {.name = "ladder",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct bench_choice, ladder),
     .help = "only the ladder from a naive renderer to this one"},
    {.name = "plot",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct bench_choice, plot),
     .argument = "FILE",
     .help = "the ladder as SVG"},
};

double bench_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double bench_best_s(double budget_s, void (*body)(void *context), void *context)
{
    double best = 0.0, spent = 0.0;
    for (int run = 0; spent < budget_s || (run < 3 && spent < 4.0 * budget_s); run++) {
        double begun = bench_now_s();
        body(context);
        double seconds = bench_now_s() - begun;
        best = run == 0 || seconds < best ? seconds : best;
        spent += seconds;
    }
    return best;
}

struct bench_row *bench_add(struct bench *bench, const char *group, const char *name,
                            enum bench_unit unit)
{
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

static const struct bench_row *find_row(const struct bench *bench, const char *group,
                                        const char *name_part)
{
    for (uint32_t i = 0; i < bench->row_count; i++) {
        if (!strcmp(bench->rows[i].group, group) && strstr(bench->rows[i].name, name_part)) {
            return &bench->rows[i];
        }
    }
    return NULL;
}

// What the rows above come to: rendering in live spans and encoding share a core.
static void add_listeners(struct bench *bench)
{
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

static void choose_isas(struct bench *bench)
{
    static const char *const names[] = {"avx512", "avx2", "neon", "plain"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (aeo_isa_supported(names[i])) {
            bench->isas[bench->isa_count++] = names[i];
        }
    }
}

// Measures the ladder and draws it; 0, or 1 with a line when the plot cannot be written.
static int measure_ladder(struct bench *bench, const char *plot)
{
    fprintf(stderr, "measuring the ladder...\n");
    ladder_measure(&bench->ladder, bench->budget_s);
    if (!plot) {
        return 0;
    }
    FILE *file = fopen(plot, "w");
    bool written = file != NULL;
    if (file) {
        ladder_print_svg(&bench->ladder, file);
        written = !ferror(file);
        written = fclose(file) == 0 && written;
    }
    if (!written) {
        fprintf(stderr, "aeolian-bench: cannot write %s: %s\n", plot, strerror(errno));
    }
    return written ? 0 : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    static struct bench_choice choice;
    static struct bench bench;
    const struct options options = {
        .command = "bench",
        .usage = "[--json | --markdown] [--quick] [--ladder] [--plot FILE]",
        .summary = "Measures scenes, voices, effects, encoding and the peak of one core, in the\n"
                   "processor time of one thread. Takes a minute or two.",
        .groups = {{"Options", rows, sizeof rows / sizeof *rows, &choice}},
        .group_count = 1,
    };
    enum options_outcome outcome = options_parse(&options, argc, argv);
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : EXIT_USAGE;
    }
    static const struct {
        const char *name;
        void (*measure)(struct bench *bench);
    } groups[] = {{"peak", bench_peak},       {"scenes", bench_scenes}, {"voices", bench_voices},
                  {"effects", bench_effects}, {"opus", bench_encode},
                  {"listeners", add_listeners},
                  {"meters", bench_meters}};
    bench.budget_s = choice.quick ? 0.05 : 0.4;
    choose_isas(&bench);
    for (size_t i = 0; i < sizeof groups / sizeof *groups && !choice.ladder; i++) {
        fprintf(stderr, "measuring %s...\n", groups[i].name);
        groups[i].measure(&bench);
    }
    int status = measure_ladder(&bench, choice.plot);
    (choice.json ? bench_print_json : choice.markdown ? bench_print_markdown
                                                      : bench_print_table)(&bench);
    return status;
}
