// `aeolian soak`: plays for hours, in minutes or in real time to real listeners, and says whether
// anything grew, slowed down or was lost. Main thread.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiling/soak/faults.h"  // faults_read
#include "profiling/soak/process.h" // process_shim_find
#include "profiling/soak/soak.h"    // struct soak
#include "server/command.h"         // command_soak
#include "server/stop_signal.h"     // stop_signal_install
#include "server/trace_option.h"    // trace_option_begin

#define AUDIO_HOURS_DEFAULT 8.0
#define FAULT_WORD(id, name, hold_s, help) name ", "
#define FAULT_NAMES SOAK_FAULTS(FAULT_WORD)
#define FAULT_LINE(id, name, hold_s, help) "  " name ": " help "\n"

static const char command[] = "soak";

static const struct option rows[] = {
    {.name = "audio-hours",
     .kind = OPTION_REAL,
     .offset = offsetof(struct soak_choice, audio_hours),
     .argument = "HOURS",
     .help = "hours of music for each session, as fast as the machine goes (8 without --hours)",
     .min = 0.001,
     .max = 1000},
    {.name = "hours",
     .kind = OPTION_REAL,
     .offset = offsetof(struct soak_choice, hours),
     .argument = "HOURS",
     .help = "instead: hours in real time, of a server process and listeners over the network",
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
    {.name = "listeners",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct soak_choice, listeners),
     .argument = "N",
     .help = "with --hours: how many listen, spread over the pieces; 0 is one for each",
     .fallback = "0",
     .max = SOAK_LISTENERS_MAX},
    {.name = "churn",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct soak_choice, churn),
     .help = "sessions come and go, and move their controls"},
    {.name = "faults",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct soak_choice, faults),
     .argument = "LIST",
     .help = "with --hours: what goes wrong on purpose, \"a,b\" or \"all\"; see below"},
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
    printf("%.4g hours %s of %u sessions in %.0f s (%s)\n", soak->hours,
           soak->live ? "in real time" : "of audio for each", soak->choice.sessions, soak->wall_s,
           soak->renderer);
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
    if (soak->choice.hours > 0.0) soak_live_run(soak);
    else soak_audio_run(soak);
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

// What options mean together. 0, or the exit status after one line.
static int check(struct soak *soak) {
    struct soak_choice *choice = &soak->choice;
    char word[64], shim[512];
    bool live = choice->hours > 0.0, null = !strcmp(soak->engine_choice.renderer, "null");
    if (live && choice->audio_hours > 0.0)
        return usage_error(command, "--hours is real time and --audio-hours is not: one of them");
    if (!live && (choice->faults || choice->listeners))
        return usage_error(command, "--%s needs --hours", choice->faults ? "faults" : "listeners");
    if (!live && null)
        return usage_error(command, "--renderer null makes no music to judge; auto, cpu or cuda");
    if (!live && choice->audio_hours == 0.0) choice->audio_hours = AUDIO_HOURS_DEFAULT;
    if (!live) return 0;
    if (!faults_read(choice->faults, &soak->fault_set, word, sizeof word))
        return usage_error(command, "--faults: '%s' is none; there are " FAULT_NAMES "all", word);
    if (choice->listeners == 0) choice->listeners = choice->sessions;
    if (choice->listeners < choice->sessions)
        return usage_error(command, "--listeners %u are too few for %u sessions: each needs one",
                           choice->listeners, choice->sessions);
    bool stalls = soak->fault_set >> FAULT_CLIENT_STALL & 1;
    if (stalls && choice->listeners < 2)
        return usage_error(command, "--faults client-stall needs two --listeners: one in peace");
    bool twin = (soak->fault_set & FAULTS_OF_RENDERER) || !strcmp(choice->plant, "slow");
    if (twin && strcmp(soak->engine_choice.renderer, "auto") &&
        strcmp(soak->engine_choice.renderer, "cpu"))
        return usage_error(command, "a renderer that is lost or slow on purpose is the cpu's: with "
                                    "--renderer %s there is none", soak->engine_choice.renderer);
    bool shimmed = soak->fault_set >> FAULT_CLOCK_STEP & 1 || !strcmp(choice->plant, "leak") ||
                   !strcmp(choice->plant, "descriptors");
    if (shimmed && !process_shim_find(shim, sizeof shim, soak->failure, sizeof soak->failure))
        return usage_error(command, "%s", soak->failure);
    return 0;
}

int command_soak(int argc, char **argv) {
    static struct soak soak; // large, and its option texts live as long as the program
    const struct options options = {
        .command = command,
        .usage = "[--audio-hours HOURS | --hours HOURS] [--sessions N] [--churn] "
                 "[--report FOLDER] [options]",
        .summary = "Plays hours of music for several sessions, watches memory, files and threads,\n"
                   "and judges: does anything grow, does it get slower, is every packet there,\n"
                   "is the music that of its address. As fast as the machine goes, rendered and\n"
                   "encoded only; or in real time, by a server process to listeners over the\n"
                   "network, with faults. Exit status 0 means passed.",
        .groups = {{"Soak", rows, sizeof rows / sizeof *rows, &soak.choice},
                   engine_option_group(&soak.engine_choice)},
        .group_count = 2,
        .notes = "Growth is judged by a line through the samples and its 95 % interval; where\n"
                 "that is too wide to tell, the verdict is \"run longer\". Ctrl-C ends early,\n"
                 "with a report.\n\nFaults, one after the other through the middle of the run:\n"
                 SOAK_FAULTS(FAULT_LINE),
    };
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_HELP:
        return 0;
    case OPTIONS_BAD:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    soak.argc = argc;
    soak.argv = argv;
    int status = check(&soak);
    // In real time the server has the engine, and gets the option.
    bool traced = soak.choice.hours <= 0.0;
    if (!status && traced && !trace_option_begin(command, &soak.engine_choice))
        status = EXIT_FAILED;
    if (!status) status = run(&soak);
    record_close(&soak.record);
    return trace_option_end(command, status);
}
