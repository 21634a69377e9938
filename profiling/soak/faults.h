// What a soak run in real time does to its server and to its own clients, and when: each kind of
// fault in turn, between a quarter and 85 % of the run, so that an eighth before them can be
// compared with the last one. Pure; any thread.
#ifndef PROFILING_SOAK_FAULTS_H
#define PROFILING_SOAK_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

// Names as they are typed, how long each lasts at most, and what is done.
#define SOAK_FAULTS(X)                                                                           \
    X(RENDERER_SLOW, "renderer-slow", 10.0, "every batch takes 250 ms longer")                   \
    X(CLIENT_STALL, "client-stall", 15.0, "a listener stops reading, then reads again")          \
    X(CLIENT_STORM, "client-storm", 4.0, "many connect at once, more than there is room for")    \
    X(DISK_FULL, "disk-full", 8.0, "no room where the log is written")                           \
    X(CLOCK_STEP, "clock-step", 8.0, "the calendar's clock jumps an hour ahead, and back")       \
    X(SIGSTOP, "sigstop", 3.0, "the server's process is stopped, then continued")                \
    X(RENDERER_LOST, "renderer-lost", 1.0, "the renderer is lost, the CPU's goes on")

enum soak_fault {
#define SOAK_FAULT_ID(id, name, hold_s, help) FAULT_##id,
    SOAK_FAULTS(SOAK_FAULT_ID)
#undef SOAK_FAULT_ID
    FAULT_COUNT,
    FAULT_NONE = FAULT_COUNT,
    FAULT_TALLIES // one for each, and one for none
};

enum { FAULT_EVENTS_MAX = 512, FAULT_RENDERER_SLOW_MS = 250 };

// Faults that need a renderer that fails on demand.
#define FAULTS_OF_RENDERER (1u << FAULT_RENDERER_SLOW | 1u << FAULT_RENDERER_LOST)

// One that is to happen; in seconds from the run's start.
struct fault_event {
    enum soak_fault fault;
    double begin_s, end_s; // while it lasts
    double settled_s;      // until then its after-effects are counted as its own
};

const char *fault_name(enum soak_fault fault);
const char *fault_help(enum soak_fault fault);

// Reads "a,b,c" or "all" into a set of bits, 1 << fault. False: WORD gets what is no fault.
bool faults_read(const char *list, uint32_t *set, char *word, uint32_t word_size);

// Whether FAULT may cost any listener music, flagged as it must be. The others touch nobody but
// the clients that misbehave.
bool fault_excuses_all(enum soak_fault fault);

// Spreads the faults of SET over a run of SECONDS, in turn, again and again as there is time; the
// renderer is lost once only, the last time, since it stays lost. Returns how many EVENTS there
// are, in ascending order, none overlapping.
uint32_t faults_plan(uint32_t set, double seconds, struct fault_event events[FAULT_EVENTS_MAX]);

#endif
