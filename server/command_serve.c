// The command line of `aeolian serve`; the server itself is serve.c. Main thread.
#include "server/command.h"
#include "server/encoder_pool.h"   // BITRATE_*, OPUS_COMPLEXITY_*
#include "server/engine_options.h" // engine_choice
#include "server/serve.h"          // serve_run
#include "server/trace_option.h"   // trace_option_begin

static const struct option rows[] = {
    {.name = "host",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, host),
     .argument = "ADDRESS",
     .help = "where to listen; 0.0.0.0 for every network this machine is in",
     .fallback = "127.0.0.1"},
    {.name = "port",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct serve_options, port),
     .argument = "N",
     .help = "port to listen at; 0 for any free one, which is then printed",
     .fallback = "8090",
     .max = 65535},
    {.name = "sessions-max",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct serve_options, sessions_max),
     .argument = "N",
     .help = "listeners at one time; memory for all of them is taken at start",
     .fallback = "64",
     .min = 1,
     .max = 65536},
    {.name = "opus-complexity",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct serve_options, opus_complexity),
     .argument = "N",
     .help = "effort of the encoder, 0 to 10",
     .fallback = "5",
     .max = OPUS_COMPLEXITY_MAX},
    {.name = "bitrate",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct serve_options, bitrate),
     .argument = "N",
     .help = "bit/s for listeners that do not ask for another",
     .fallback = "96000",
     .min = BITRATE_MIN,
     .max = BITRATE_MAX},
    {.name = "origin",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct serve_options, origin),
     .argument = "URL",
     .help = "only pages of this origin may listen (https://example.org); else pages of any"},
};

int command_serve(int argc, char **argv) {
    struct serve_options serve = {0};
    struct engine_choice choice = {0};
    const struct options options = {
        .command = "serve",
        .usage = "[--host ADDRESS] [--port N]",
        .summary = "Plays to everyone who connects, to each a music of their own, and serves the\n"
                   "player page. Ctrl-C says goodbye to all and ends; twice ends at once.",
        .groups = {{"Server", rows, sizeof rows / sizeof *rows, &serve},
                   engine_option_group(&choice)},
        .group_count = 2,
        .notes = "Protocol: docs/PROTOCOL.md. Anyone who reaches the port may listen; put a proxy\n"
                 "with TLS in front to serve the public.",
    };
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_HELP:
        return 0;
    case OPTIONS_BAD:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    aeo_options_default(&serve.engine);
    if (!engine_options_apply(&choice, "serve", &serve.engine)) {
        return EXIT_USAGE;
    }
    if (!trace_option_begin("serve", &choice)) return EXIT_FAILED;
    return trace_option_end("serve", serve_run(&serve));
}
