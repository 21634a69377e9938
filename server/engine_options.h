// The options that every command with an engine shares (which renderer, instruction set, threads
// and scene files) and the one place where the program opens an engine, so that all commands
// choose and refuse alike. Main thread.
#ifndef SERVER_ENGINE_OPTIONS_H
#define SERVER_ENGINE_OPTIONS_H

#include "engine/aeolian.h" // aeo_options, aeo_engine
#include "server/options.h" // option_group

struct engine_choice {
    const char *renderer;
    const char *isa;
    const char *device;
    const char *gpu_memory;
    const char *min_gpu_batch;
    uint32_t threads; // 0: one for each core
    struct option_list scene_files;
    const char *trace; // a file for a trace of the run (trace_option.h); NULL: none
};

// The rows to put into a command's `struct options`; CHOICE receives the values.
struct option_group engine_option_group(struct engine_choice *choice);
// The same for a command whose own --device is something else: the GPU is --gpu-device then.
struct option_group engine_option_group_beside_device(struct engine_choice *choice);

// Puts the choice into OPTIONS, which the caller has set to aeo_options_default. OPTIONS then
// points into CHOICE. False when something in it cannot be meant: one line for COMMAND was printed.
bool engine_options_apply(const struct engine_choice *choice, const char *command,
                          aeo_options *options);

// The renderers that the program brings beside the engine's own; main.c sets them.
extern const struct aeo_renderer *const *engine_renderers;
extern uint32_t engine_renderer_count;

// Puts only those into OPTIONS.
void engine_options_renderers(aeo_options *options);

// Opens the engine; on failure prints one line for COMMAND and returns NULL.
aeo_engine *engine_open_or_complain(const char *command, const aeo_options *options);

#endif
