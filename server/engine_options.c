// The engine's options and its opening; see engine_options.h.
#include "server/engine_options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MIN_GPU_BATCH_MAX 65536

const struct aeo_renderer *const *engine_renderers;
uint32_t engine_renderer_count;

// The GPU is --device, the first row; where that means a loudspeaker, --gpu-device, the last one.
static const struct option rows[] = {
    {.name = "device",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct engine_choice, device),
     .argument = "N",
     .help = "GPU of the cuda renderer: a number, or auto for the one with most free memory",
     .fallback = "auto"},
    {.name = "renderer",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct engine_choice, renderer),
     .argument = "NAME",
     .help = "what renders; all of them make the same samples",
     .fallback = "auto",
     .choices = "auto|cpu|cuda|null"},
    {.name = "isa",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct engine_choice, isa),
     .argument = "NAME",
     .help = "instruction set of the cpu renderer; all give the same samples",
     .fallback = "auto",
     .choices = "auto|avx512|avx2|sse|neon|plain"},
    {.name = "threads",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct engine_choice, threads),
     .argument = "N",
     .help = "threads that render; 0 is one for each core",
     .fallback = "0",
     .max = 256},
    {.name = "gpu-memory-limit",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct engine_choice, gpu_memory),
     .argument = "SIZE",
     .help = "memory it may take: a share of what is free (0.5), or bytes (512M, 8G)",
     .fallback = "0.8"},
    {.name = "min-gpu-batch",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct engine_choice, min_gpu_batch),
     .argument = "N",
     .help = "live batches of fewer sessions go to the cpu; auto measures at the start",
     .fallback = "auto"},
    {.name = "scene-file",
     .kind = OPTION_LIST,
     .offset = offsetof(struct engine_choice, scene_files),
     .argument = "FILE",
     .help = "a scene of your own (JSON), beside those built in; may be given several times"},
    {.name = "trace",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct engine_choice, trace),
     .argument = "FILE",
     .help = "write what every thread does when, as JSON for ui.perfetto.dev"},
    {.name = "gpu-device",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct engine_choice, device),
     .argument = "N",
     .help = "GPU of the cuda renderer: a number, or auto for the one with most free memory",
     .fallback = "auto"},
};

struct option_group engine_option_group(struct engine_choice *choice) {
    return (struct option_group){"Engine", rows, sizeof rows / sizeof *rows - 1, choice};
}

struct option_group engine_option_group_beside_device(struct engine_choice *choice) {
    return (struct option_group){"Engine", rows + 1, sizeof rows / sizeof *rows - 1, choice};
}

// "0.8" is a share, "512M" bytes; without a point or a letter, numbers above 1 are bytes.
#define MEMORY_MIN_BYTES 65536.0

static bool memory_read(const char *text, aeo_options *options) {
    static const char letters[] = "KMG";
    char *end;
    double value = strtod(text, &end);
    const char *letter = *end ? strchr(letters, *end) : NULL;
    if (end == text || !(value > 0.0) || (*end && (!letter || end[1]))) {
        return false;
    }
    if (!letter && value <= 1.0) {
        options->gpu_memory_share = value;
        return true;
    }
    for (const char *unit = letters; letter && unit <= letter; unit++) {
        value *= 1024.0;
    }
    if (value < MEMORY_MIN_BYTES || value > 1e15) { // 1.5 is neither a share nor meant as bytes
        return false;
    }
    options->gpu_memory_bytes = (uint64_t)value;
    return true;
}

static bool batch_read(const char *text, aeo_options *options) {
    char *end;
    long value = strtol(text, &end, 10);
    if (!strcasecmp(text, "auto")) {
        options->min_gpu_batch = 0;
        return true;
    }
    options->min_gpu_batch = (uint32_t)value;
    return end != text && !*end && value >= 1 && value <= MIN_GPU_BATCH_MAX;
}

static bool device_read(const char *text, aeo_options *options) {
    options->device = text;
    return !strcasecmp(text, "auto") || (*text && strspn(text, "0123456789") == strlen(text));
}

void engine_options_renderers(aeo_options *options) {
    options->renderers = engine_renderers;
    options->renderer_count = engine_renderer_count;
}

bool engine_options_apply(const struct engine_choice *choice, const char *command,
                          aeo_options *options) {
    if (!device_read(choice->device, options)) {
        usage_error(command, "--device: '%.40s' is not auto or a number", choice->device);
        return false;
    }
    if (!memory_read(choice->gpu_memory, options)) {
        usage_error(command, "--gpu-memory-limit: '%.40s' is not a share (0.8) or bytes (512M, 8G)",
                    choice->gpu_memory);
        return false;
    }
    if (!batch_read(choice->min_gpu_batch, options)) {
        usage_error(command, "--min-gpu-batch: '%.40s' is not auto or 1 to %d",
                    choice->min_gpu_batch, MIN_GPU_BATCH_MAX);
        return false;
    }
    engine_options_renderers(options);
    options->renderer = choice->renderer;
    options->isa = choice->isa;
    options->threads = choice->threads;
    options->scene_files = choice->scene_files.items;
    options->scene_file_count = choice->scene_files.count;
    return true;
}

aeo_engine *engine_open_or_complain(const char *command, const aeo_options *options) {
    aeo_engine *engine = NULL;
    aeo_fault fault = {0};
    if (aeo_engine_open(options, &engine, &fault) != AEO_OK) {
        failure(command, "%s", fault.message);
        aeo_engine_close(engine);
        return NULL;
    }
    return engine;
}
