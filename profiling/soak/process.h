// The server of a soak run in real time: `serve` of this very program, in a process of its own. It
// never outlives the run: the kernel kills it should the run end without saying so. Main thread.
#ifndef PROFILING_SOAK_PROCESS_H
#define PROFILING_SOAK_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/engine_options.h" // struct engine_choice

// How its log fares.
enum process_log {
    LOG_KEPT,  // in a file, whose disk does not fill
    LOG_SMALL, // on a small disk of its own (tmpfs), which can be filled
    LOG_FULL,  // on a disk that is always full: this system allows no other
};

struct process_wish {
    const struct engine_choice *engine;
    uint32_t places;     // --sessions-max
    bool flaky;          // with the renderer that misbehaves
    bool disk;           // with a log whose disk can be filled
    bool shim;           // with the tests' library, for the clock and planted defects
    const char *folder;  // for the log; NULL: it is not kept
};

struct fault_page;

struct process {
    pid_t pid; // 0: none runs
    int port;
    struct fault_page *page; // shared with it; always there
    int page_file, log_file;
    enum process_log log;
    char disk[64];       // the small disk's folder, in the server's own view of the file system
    char log_path[1024]; // where the log is kept; "" for nowhere
    char last_words[256]; // a line about how it ended
};

// Whether the library for WISH's clock and defects is there; else one line in WHY.
bool process_shim_find(char *path, uint32_t size, char *why, uint32_t why_size);

// Starts it and waits until it says where it plays. False with one line in process->last_words;
// process_end may be called all the same.
bool process_start(struct process *process, const struct process_wish *wish);

// False once it has ended by itself; last_words then says how.
bool process_alive(struct process *process);

// Fills its log's disk, or makes room again.
void process_disk_fill(struct process *process, bool full);

// --- process_disk.c: within process.c

// In the new process: the log's descriptor on a small disk mounted at FOLDER; below 0 where that is
// not allowed.
int process_disk_mount(const char *folder);

// Where the log is, then: the run keeps it open, since the small disk ends with the server.
void process_disk_find(struct process *process);

// Copies the log from the small disk to where it is kept.
void process_disk_keep(const struct process *process);

// --- process.c

// Ends it like an operator would, waits, and keeps the log. True when it ended well.
bool process_end(struct process *process);

#endif
