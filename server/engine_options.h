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
    uint32_t threads; // 0: one for each core
    struct option_list scene_files;
};

// The rows to put into a command's `struct options`; CHOICE receives the values.
struct option_group engine_option_group(struct engine_choice *choice);

// Puts the choice into OPTIONS, which the caller has set to aeo_options_default. OPTIONS then
// points into CHOICE.
void engine_options_apply(const struct engine_choice *choice, aeo_options *options);

// Opens the engine; on failure prints one line for COMMAND and returns NULL.
aeo_engine *engine_open_or_complain(const char *command, const aeo_options *options);

#endif
