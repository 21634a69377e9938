// A soak run: what was asked for, what was seen, and the steps that share it. Main thread.
#ifndef PROFILING_SOAK_SOAK_H
#define PROFILING_SOAK_SOAK_H

#include <stdbool.h>
#include <stdint.h>

#include "profiling/soak/record.h" // struct record
#include "server/engine_options.h" // struct engine_choice
#include "server/options.h"        // struct option_seconds

#define SOAK_TICK_MS 100.0
#define SOAK_SESSIONS_MAX 256
#define SOAK_LISTENERS_MAX 1000

struct soak_choice {
    double audio_hours, hours; // one of them: as fast as possible, or in real time
    uint32_t sessions, listeners;
    bool churn;
    const char *faults;
    const char *report;
    const char *plant; // a defect on purpose: "none", "leak", "descriptors" or "slow"
    bool json;
};

struct live; // profiling/soak/live.h

struct soak {
    struct soak_choice choice;
    uint32_t fault_set; // of choice.faults: bits of enum soak_fault
    struct engine_choice engine_choice;
    int argc; // the command line, for the report
    char **argv;
    struct record record;
    struct live *live; // of a run in real time, else NULL
    double hours;      // of audio done
    double wall_s, cpu_s;
    bool interrupted;
    bool cuda;         // the renderer is a GPU's
    uint64_t packets, encoded_bytes, gaps, skips, sessions_opened, changes, renderer_lost;
    bool hash_equal, hash_compared; // of one session against its offline render
    uint64_t hash;
    char address[4096]; // of that session, at its start
    char renderer[256];
    char failure[200];  // why the run itself could not go on; "" when it could
};

// Renders and encodes until the hours are done or a signal says stop. False with soak->failure when
// it could not go on.
bool soak_audio_run(struct soak *soak);

// The same in real time, with a server process and listeners. The sockets' side of it is in
// soak->live, which stays until the program ends.
bool soak_live_run(struct soak *soak);

// Judges the record: fills its checks. True when all passed.
bool soak_judge(struct soak *soak);

// Writes report.json and index.html into the folder of the choice, which is made if it is not
// there. False after printing one line.
bool soak_report_write(struct soak *soak, bool passed);

// A JSON object as report.json has it; the caller owns it. NULL: out of memory.
struct json_t *soak_report_json(const struct soak *soak, bool passed);

// The command (server/command.h's kind of function): 0 when the verdict is "passed".
int command_soak(int argc, char **argv);

#endif
