// `aeolian soak`: plays for hours in minutes, and says whether anything grew, slowed down or was
// lost. Main thread.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiling/soak/soak.h" // struct soak
#include "server/command.h"      // command_soak
#include "server/stop_signal.h"  // stop_signal_install
#include "server/trace_option.h" // trace_option_begin

static const char command[] = "soak";

static const struct option rows[] = {
    {.name = "audio-hours",
     .kind = OPTION_REAL,
     .offset = offsetof(struct soak_choice, audio_hours),
     .argument = "HOURS",
     .help = "hours of music for each session, made as fast as the machine goes",
     .fallback = "8",
     .min = 0.001,
     .max = 1000},
    {.name = "sessions",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct soak_choice, sessions),
     .argument = "N",
     .help = "pieces that play side by side",
     .fallback = "10",
     .min = 1,
     .max = SOAK_SESSIONS_MAX},
    {.name = "churn",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct soak_choice, churn),
     .help = "sessions come and go, and move their controls"},
    {.name = "report",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct soak_choice, report),
     .argument = "FOLDER",
     .help = "write index.html, with plots, and report.json there"},
    {.name = "plant",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct soak_choice, plant),
     .argument = "DEFECT",
     .help = "a defect on purpose, to see the verdict find it",
     .fallback = "none",
     .choices = "none|leak|descriptors|slow"},
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct soak_choice, json),
     .help = "the report as one JSON object, and no progress bar"},
};

static void print_table(const struct soak *soak, bool passed) {
    static const char *const outcomes[] = {"passed", "FAILED", "LONGER"};
    const struct record *record = &soak->record;
    printf("%.4g hours of audio for each of %u sessions in %.0f s (%s)\n", soak->hours,
           soak->choice.sessions, soak->wall_s, soak->renderer);
    for (uint32_t i = 0; i < record->check_count; i++) {
        const struct check *check = &record->checks[i];
        printf("  %s  %-44s %s\n", outcomes[check->outcome], check->name, check->text);
    }
    printf("%s\n", passed ? "passed" : "not passed");
}

static int run(struct soak *soak) {
    // A latency for each tick, and room for the phrases.
    uint32_t latencies = (uint32_t)(soak->choice.audio_hours * 36000.0) + 4096;
    if (!record_open(&soak->record, latencies)) return failure(command, "out of memory");
    stop_signal_install();
    soak_audio_run(soak);
    if (soak->record.samples == 0) {
        return failure(command, "%s", soak->failure[0] ? soak->failure : "ended before it began");
    }
    bool passed = soak_judge(soak);
    if (soak->choice.json) {
        json_t *json = soak_report_json(soak, passed);
        if (!json) return failure(command, "out of memory");
        json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(7));
        putchar('\n');
        json_decref(json);
    } else {
        print_table(soak, passed);
    }
    if (soak->choice.report && !soak_report_write(soak, passed)) return EXIT_FAILED;
    return passed ? 0 : EXIT_FAILED;
}

int command_soak(int argc, char **argv) {
    static struct soak soak; // large, and its option texts live as long as the program
    const struct options options = {
        .command = command,
        .usage = "[--audio-hours HOURS] [--sessions N] [--churn] [--report FOLDER] [options]",
        .summary = "Renders and encodes hours of music for several sessions, watches memory,\n"
                   "files and threads, and judges: does anything grow, does it get slower, is\n"
                   "every packet there, are the samples those of the address. Exit status 0\n"
                   "means passed.",
        .groups = {{"Soak", rows, sizeof rows / sizeof *rows, &soak.choice},
                   engine_option_group(&soak.engine_choice)},
        .group_count = 2,
        .notes = "Growth is judged by a line through the samples and its 95 % interval; where\n"
                 "that is too wide to tell, the verdict is \"run longer\". Ctrl-C ends early,\n"
                 "with a report.",
    };
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_HELP:
        return 0;
    case OPTIONS_BAD:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    if (soak.engine_choice.renderer && strcmp(soak.engine_choice.renderer, "null") == 0)
        return usage_error(command, "--renderer null makes no music to judge; auto, cpu or cuda");
    soak.argc = argc;
    soak.argv = argv;
    if (!trace_option_begin(command, &soak.engine_choice)) return EXIT_FAILED;
    int status = run(&soak);
    record_close(&soak.record);
    return trace_option_end(command, status);
}
