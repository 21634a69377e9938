// `aeolian doctor`: what this machine offers (processor, instruction sets, CUDA, audio devices,
// libraries) and what the program would use of it. The answer is made once, as a JSON object; the
// text form prints that object, so the two cannot disagree. Main thread.
#include "engine/aeolian.h"       // aeo_isa_best
#include "server/command.h"       // command_doctor
#include "server/doctor_cuda.h"   // doctor_cuda_ask
#include "server/engine_options.h" // engine_options_renderers
#include "server/options.h"       // options_parse
#include "server/playback.h"      // playback_list
#include "server/sndfile_sink.h"  // sndfile_sink_library

#include <jansson.h>
#include <libwebsockets.h>
#include <opus.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

struct doctor_choice {
    bool json;
};

static const struct option rows[] = {
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct doctor_choice, json),
     .help = "the findings as one JSON object"},
};

// The processor's name as the kernel knows it; "unknown" where it does not say.
static json_t *processor_name(void) {
    char line[256];
    char name[256] = "unknown";
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *value = strstr(line, ": ");
        if (!strncmp(line, "model name", 10) && value) {
            line[strcspn(line, "\n")] = '\0';
            snprintf(name, sizeof name, "%s", value + 2);
            break;
        }
    }
    if (file) {
        fclose(file);
    }
    return json_string(name);
}

static json_t *processor_findings(void) {
    static const char *const names[] = {"avx512", "avx2", "sse", "neon", "plain"};
    struct utsname system;
    json_t *sets = json_array();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (aeo_isa_supported(names[i])) {
            json_array_append_new(sets, json_string(names[i]));
        }
    }
    uname(&system);
    return json_pack("{s:o, s:s, s:i, s:o, s:s}", "name", processor_name(), "architecture",
                     system.machine, "cores", (int)sysconf(_SC_NPROCESSORS_ONLN),
                     "instruction_sets", sets, "auto_takes", aeo_isa_best());
}

void (*doctor_cuda_ask)(struct doctor_cuda *answer);

static json_t *cuda_findings(void) {
    struct doctor_cuda answer = {.kernels = ""};
    doctor_cuda_ask(&answer);
    json_t *devices = json_array();
    for (int i = 0; i < answer.device_count && i < DOCTOR_CUDA_DEVICES_MAX; i++) {
        const struct doctor_cuda_device *device = &answer.devices[i];
        char compute[16];
        snprintf(compute, sizeof compute, "%d.%d", device->compute_major, device->compute_minor);
        json_array_append_new(
            devices, json_pack("{s:i, s:s, s:s, s:i, s:f, s:f, s:s}", "number", i, "name",
                               device->name, "compute_capability", compute, "multiprocessors",
                               device->multiprocessors, "memory_gib", device->memory_gib,
                               "free_gib", device->free_gib, "use", device->use));
    }
    char version[32] = "none";
    if (answer.driver_version) {
        snprintf(version, sizeof version, "%d.%d", answer.driver_version / 1000,
                 answer.driver_version % 1000 / 10);
    }
    return json_pack("{s:s, s:s, s:o, s:s}", "driver", version, "kernels", answer.kernels,
                     "devices", devices, "why_not", answer.reason);
}

static json_t *audio_findings(void) {
    static struct playback_devices found;
    char message[PLAYBACK_MESSAGE_MAX] = "";
    json_t *devices = json_array();
    if (playback_list(&found, message) && found.count == 0) {
        snprintf(message, sizeof message, "no output devices");
    }
    for (uint32_t i = 0; i < found.count; i++) {
        const struct playback_device *device = &found.items[i];
        json_array_append_new(devices, json_pack("{s:i, s:s, s:s, s:i, s:b}", "index",
                                                 device->index, "name", device->name, "api",
                                                 device->api, "channels", device->channels,
                                                 "default", (int)device->is_default));
    }
    return json_pack("{s:o, s:s}", "devices", devices, "why_not", message);
}

static json_t *library_findings(void) {
    const char *portaudio = playback_library(), *sndfile = sndfile_sink_library();
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "opus", opus_get_version_string(),
                     "libwebsockets", lws_get_library_version(), "portaudio",
                     portaudio ? portaudio : "not built in", "sndfile",
                     sndfile ? sndfile : "not built in", "jansson", jansson_version_str());
}

// Opens an engine as every command does by default, to hear what it takes.
static json_t *engine_findings(void) {
    aeo_options options;
    aeo_options_default(&options);
    engine_options_renderers(&options);
    aeo_engine *engine = NULL;
    aeo_fault fault = {0};
    json_t *findings;
    if (aeo_engine_open(&options, &engine, &fault) == AEO_OK) {
        findings = json_pack("{s:s, s:i, s:b}", "auto_uses", aeo_engine_renderer_line(engine),
                             "scenes", (int)aeo_scene_count(engine), "works", 1);
    } else {
        findings = json_pack("{s:s, s:b}", "auto_uses", fault.message, "works", 0);
    }
    aeo_engine_close(engine);
    return findings;
}

// --- text ------------------------------------------------------------------------------------

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_line(const char *name, const char *value) {
    printf("%-18s%s\n", name, value);
}

static void print_processor(const json_t *found) {
    char text[160] = "";
    size_t i;
    const json_t *set;
    print_line("processor", text_of(found, "name"));
    snprintf(text, sizeof text, "%s, %d cores", text_of(found, "architecture"),
             (int)json_integer_value(json_object_get(found, "cores")));
    print_line("", text);
    text[0] = '\0';
    json_array_foreach(json_object_get(found, "instruction_sets"), i, set)
    {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s ", json_string_value(set));
    }
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, "(auto takes %s)", text_of(found, "auto_takes"));
    print_line("instruction sets", text);
}

static void print_cuda(const json_t *found) {
    char text[320];
    size_t i;
    const json_t *device;
    print_line("CUDA driver", text_of(found, "driver"));
    if (*text_of(found, "why_not")) {
        print_line("", text_of(found, "why_not"));
    }
    json_array_foreach(json_object_get(found, "devices"), i, device)
    {
        snprintf(text, sizeof text, "%zu: %s, compute capability %s, %.1f GiB: %s", i,
                 text_of(device, "name"), text_of(device, "compute_capability"),
                 json_real_value(json_object_get(device, "memory_gib")), text_of(device, "use"));
        print_line("", text);
    }
}

static void print_audio(const json_t *found) {
    char text[320];
    size_t i;
    const json_t *device;
    const char *name = "audio devices";
    if (*text_of(found, "why_not")) {
        print_line(name, text_of(found, "why_not"));
    }
    json_array_foreach(json_object_get(found, "devices"), i, device)
    {
        snprintf(text, sizeof text, "%d%s %s (%s)",
                 (int)json_integer_value(json_object_get(device, "index")),
                 json_is_true(json_object_get(device, "default")) ? "*" : "",
                 text_of(device, "name"), text_of(device, "api"));
        print_line(name, text);
        name = "";
    }
}

static void print_text(json_t *findings) {
    const char *name;
    json_t *value;
    print_line("aeolian", text_of(findings, "version"));
    print_processor(json_object_get(findings, "processor"));
    print_cuda(json_object_get(findings, "cuda"));
    print_audio(json_object_get(findings, "audio"));
    json_object_foreach(json_object_get(findings, "libraries"), name, value)
    {
        print_line(name, json_string_value(value));
    }
    print_line("auto uses", text_of(json_object_get(findings, "engine"), "auto_uses"));
}

int command_doctor(int argc, char **argv) {
    static struct doctor_choice choice;
    const struct options options = {
        .command = "doctor",
        .usage = "[--json]",
        .summary = "Says what this machine offers and what the program would use of it.",
        .groups = {{"Options", rows, sizeof rows / sizeof *rows, &choice}},
        .group_count = 1,
    };
    enum options_outcome outcome = options_parse(&options, argc, argv);
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : EXIT_USAGE;
    }
    json_t *findings = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "version", AEO_VERSION,
                                 "processor", processor_findings(), "cuda", cuda_findings(),
                                 "audio", audio_findings(), "libraries", library_findings(),
                                 "engine", engine_findings());
    if (!findings) {
        return failure(options.command, "out of memory");
    }
    if (choice.json) {
        json_dumpf(findings, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        print_text(findings);
    }
    bool works = json_is_true(json_object_get(json_object_get(findings, "engine"), "works"));
    json_decref(findings);
    return works ? 0 : EXIT_FAILED;
}
