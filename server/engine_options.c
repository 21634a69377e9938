// The engine's options and its opening; see engine_options.h.
#include "server/engine_options.h"

static const struct option rows[] = {
    {.name = "renderer",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct engine_choice, renderer),
     .argument = "NAME",
     .help = "what renders",
     .fallback = "auto",
     .choices = "auto|cpu|null"},
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
    {.name = "scene-file",
     .kind = OPTION_LIST,
     .offset = offsetof(struct engine_choice, scene_files),
     .argument = "FILE",
     .help = "a scene of your own (JSON), beside those built in; may be given several times"},
};

struct option_group engine_option_group(struct engine_choice *choice)
{
    return (struct option_group){"Engine", rows, sizeof rows / sizeof *rows, choice};
}

void engine_options_apply(const struct engine_choice *choice, aeo_options *options)
{
    options->renderer = choice->renderer;
    options->isa = choice->isa;
    options->threads = choice->threads;
    options->scene_files = choice->scene_files.items;
    options->scene_file_count = choice->scene_files.count;
}

aeo_engine *engine_open_or_complain(const char *command, const aeo_options *options)
{
    aeo_engine *engine = NULL;
    aeo_fault fault = {0};
    if (aeo_engine_open(options, &engine, &fault) != AEO_OK) {
        failure(command, "%s", fault.message);
        aeo_engine_close(engine);
        return NULL;
    }
    return engine;
}
