// aeolian-bench-gpu: what the CUDA renderer does on this machine's GPU, beside what the GPU could
// do at most. Needs the C library and the driver, nothing else. One thread, and the engine's.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiling/gpu/measure.h" // struct bench

static const char usage[] =
    "usage: aeolian-bench-gpu [options]\n"
    "  --json FILE       write the figures as JSON as well\n"
    "  --markdown FILE   write them as a page as well\n"
    "  --only GROUP      limits and one more: phrases, ticks, sessions, kernels, overlap, ladder\n"
    "  --device N        the GPU with that number; auto is the one with the most free memory\n"
    "  --short           as little as shows that everything works; its figures mean nothing\n"
    "  --help            this text\n";

static const struct {
    const char *name;
    void (*measure)(struct bench *bench);
} groups[] = {
    {"limits", measure_limits},     {"phrases", measure_phrases}, {"ticks", measure_ticks},
    {"sessions", measure_sessions}, {"kernels", measure_kernels}, {"overlap", measure_overlap},
    {"ladder", measure_ladder},
};
#define GROUPS (sizeof groups / sizeof *groups)

static int refuse(const char *what, const char *value) {
    fprintf(stderr, "aeolian-bench-gpu: %s%s%s; see --help\n", what, value ? " " : "",
            value ? value : "");
    return 2;
}

static bool is_group(const char *name) {
    for (size_t i = 0; i < GROUPS; i++) {
        if (strcmp(name, groups[i].name) == 0) return true;
    }
    return false;
}

// Below 0: go on; else the exit status.
static int options_read(struct bench *bench, int argc, char **argv, const char **only) {
    static const struct option options[] = {
        {"json", required_argument, NULL, 'j'},   {"markdown", required_argument, NULL, 'm'},
        {"only", required_argument, NULL, 'o'},   {"device", required_argument, NULL, 'd'},
        {"short", no_argument, NULL, 's'},        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'j': bench->figures.json = optarg; break;
        case 'm': bench->figures.markdown = optarg; break;
        case 'd': bench->device = optarg; break;
        case 's': bench->is_short = true; break;
        case 'h': fputs(usage, stdout); return 0;
        case 'o':
            if (!is_group(optarg)) return refuse("there is no group", optarg);
            *only = optarg;
            break;
        default: return 2; // getopt has said why
        }
    }
    return optind < argc ? refuse("unexpected", argv[optind]) : -1;
}

int main(int argc, char **argv) {
    static struct bench bench;
    const char *only = NULL;
    int status = options_read(&bench, argc, argv, &only);
    if (status >= 0) return status;
    // A tick may take as long as it does: that is what is being measured.
    setenv("AEOLIAN_GPU_WATCHDOG_MS", "60000", 0);
    struct work_counting counting;
    work_count_begin(&counting, bench.is_short, bench.is_short ? 1 : RIG_PHRASE_FRAMES);
    if (!machine_open(&bench.machine, bench.device)) return 1; // and the counts end with us
    const struct machine *m = &bench.machine;
    bench.figures.machine = m;
    bench.figures.is_short = bench.is_short;
    printf("%s, compute capability %d.%d, %u multiprocessors, %.1f GB; driver CUDA %d.%d\n",
           m->name, m->compute_major, m->compute_minor, m->open.multiprocessors,
           m->memory_bytes * 1e-9, m->driver_version / 1000, m->driver_version % 1000 / 10);
    if (m->simulated || bench.is_short) printf("no figure below means anything\n");
    work_count_end(&counting, &bench);
    bool written = true;
    for (size_t i = 0; i < GROUPS && written; i++) {
        if (only && i > 0 && strcmp(only, groups[i].name) != 0) continue;
        groups[i].measure(&bench);
        written = figures_write(&bench.figures);
    }
    machine_close(&bench.machine);
    return written ? 0 : 1;
}
