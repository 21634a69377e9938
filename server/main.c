// The program `aeolian`: finds the command in the table, hands it the rest of the line. Main
// thread. The table is also the list that --help prints.
#include "gpu/device.h"             // gpu_devices_list
#include "gpu/image.h"              // gpu_image_contents
#include "gpu/renderer_cuda.h"      // renderer_cuda
#include "profiling/soak/renderer_flaky.h" // renderer_flaky
#include "server/command.h"         // the commands
#include "server/doctor_cuda.h"     // doctor_cuda_ask
#include "server/engine_options.h"  // engine_renderers
#include "server/options.h" // usage_error

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    const char *help;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"serve", "music over the network, with a player page", command_serve},
    {"render", "music into a .wav, .flac or .opus file", command_render},
    {"play", "music on this machine's loudspeakers", command_play},
    {"scenes", "the scenes and controls there are", command_scenes},
    {"doctor", "what this machine offers and what would be used", command_doctor},
    {"soak", "hours of music: does anything grow, slow down or break", command_soak},
    {"top", "how a running server fares, live", command_top},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

// The renderers that commands may use beside the engine's own.
static const struct aeo_renderer *const renderers[] = {&renderer_cuda};
// Instead of them, in a server that `aeolian soak` makes misbehave.
static const struct aeo_renderer *const renderers_flaky[] = {&renderer_flaky};

static void ask_cuda(struct doctor_cuda *answer) {
    struct gpu_devices list;
    aeo_fault fault = {0};
    answer->kernels = gpu_image_contents;
    if (gpu_devices_list(&list, &fault) != AEO_OK) {
        snprintf(answer->reason, sizeof answer->reason, "%s", fault.message);
        return;
    }
    int taken = gpu_device_choose(&list, "auto", &fault);
    if (taken < 0) {
        snprintf(answer->reason, sizeof answer->reason, "%s", fault.message);
    }
    answer->driver_version = list.driver_version;
    answer->device_count = list.count;
    for (int i = 0; i < list.count; i++) {
        const struct gpu_device_info *info = &list.device[i];
        struct doctor_cuda_device *device = &answer->devices[i];
        snprintf(device->name, sizeof device->name, "%s", info->name);
        device->compute_major = info->compute_major;
        device->compute_minor = info->compute_minor;
        device->multiprocessors = info->multiprocessors;
        device->memory_gib = (double)info->memory_bytes / 1073741824.0;
        device->free_gib = (double)info->free_bytes / 1073741824.0;
        snprintf(device->use, sizeof device->use, "%s",
                 info->unusable[0] ? info->unusable
                 : i == taken      ? "auto takes it"
                                   : "auto takes one with no less free memory");
    }
}

static const struct command *find_command(const char *name) {
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (!strcmp(commands[i].name, name)) {
            return &commands[i];
        }
    }
    return NULL;
}

static void print_help(FILE *stream) {
    fprintf(stream, "aeolian %s: endless ambient music, a different piece for every listener\n\n"
                    "Usage: aeolian COMMAND [options]\n\nCommands:\n",
            AEO_VERSION);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(stream, "  %-10s%s\n", commands[i].name, commands[i].help);
    }
    fprintf(stream, "\n`aeolian COMMAND --help` explains a command; "
                    "--version prints the version.\n");
}

static int refuse(const char *word) {
    char names[128] = "";
    size_t used = 0;
    for (int i = 0; i < COMMAND_COUNT && used < sizeof names; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, " %s", commands[i].name);
    }
    return usage_error("", "no command '%.60s'; there are:%s --help --version", word, names);
}

static int run(int argc, char **argv) {
    const char *word = argc > 1 ? argv[1] : "";
    if (!strcmp(word, "--version")) {
        printf("aeolian %s\n", AEO_VERSION);
        return 0;
    }
    if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
        const struct command *about = argc > 2 ? find_command(argv[2]) : NULL;
        if (about) { // `aeolian help render`
            char *arguments[] = {argv[2], (char[]){"--help"}, NULL};
            return about->run(2, arguments);
        }
        if (argc > 2) {
            return refuse(argv[2]);
        }
        print_help(stdout);
        return 0;
    }
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const struct command *command = find_command(word);
    return command ? command->run(argc - 1, argv + 1) : refuse(word);
}

int main(int argc, char **argv) {
    engine_renderers = renderer_flaky_wanted() ? renderers_flaky : renderers;
    engine_renderer_count = 1;
    doctor_cuda_ask = ask_cuda;
    int status = run(argc, argv);
    // A full disk behind standard output must not look like success.
    if (fflush(stdout) || ferror(stdout)) {
        return failure(argc > 1 ? argv[1] : "", "standard output: write failed");
    }
    return status;
}
