// The options that say which music (scene, seed, start, address, changes of controls) and the way
// from them to one music address. `render` and `play` share them, so both mean the same music by
// the same words. Main thread.
#ifndef SERVER_MUSIC_OPTIONS_H
#define SERVER_MUSIC_OPTIONS_H

#include "engine/aeolian.h" // aeo_engine
#include "server/options.h" // option_group

struct music_choice {
    const char *scene; // NULL: the first one
    struct option_seed seed;
    struct option_seconds start;
    const char *address;
    struct option_list sets; // NAME=VALUE[@SECONDS]
};

// The rows to put into a command's `struct options`; CHOICE receives the values.
struct option_group music_option_group(struct music_choice *choice);

// Makes the canonical address of the chosen music at its start, with every --set in it; without
// --seed the seed is drawn at random. Uses one session of ENGINE while it runs. Returns 0, or
// prints one line for COMMAND and returns the exit status.
int music_address(const char *command, aeo_engine *engine, const struct music_choice *choice,
                  char address[AEO_ADDRESS_MAX]);

// Prints FAULT for COMMAND; returns EXIT_USAGE where the caller's words were wrong, EXIT_FAILED
// where the work failed.
int report_fault(const char *command, const aeo_fault *fault);

#endif
