// See process.h. The log's small disk is in process_disk.c. Source: prctl(2).
#include "profiling/soak/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiling/meters.h"          // meter_now_ns
#include "profiling/soak/fault_page.h" // struct fault_page
#include "server/stop_signal.h"        // stop_signal

enum { START_PATIENCE_S = 60, END_PATIENCE_S = 20, ARGUMENTS_MAX = 160, NUMBER_BYTES = 16 };
#define SHIM_NAME "libaeolian-soak-shim.so"
#define SHIM_ENVIRONMENT "AEOLIAN_SOAK_SHIM"

bool process_shim_find(char *path, uint32_t size, char *why, uint32_t why_size) {
    const char *given = getenv(SHIM_ENVIRONMENT);
    char self[512];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash) *slash = '\0';
    snprintf(path, size, "%.500s%s", given ? given : self, given ? "" : "/" SHIM_NAME);
    if (access(path, R_OK) == 0) return true;
    snprintf(why, why_size, "%.150s is not there: build the tests, or name it in " SHIM_ENVIRONMENT,
             path);
    return false;
}

// ------------------------------------------------------------------------- in the new process

static void child_run(const struct process *process, const struct process_wish *wish, pid_t parent,
                      int out, const char *shim, char **arguments) {
    setpgid(0, 0); // Ctrl-C is for the run
    char page[32];
    int page_file = dup(process->page_file), log = process->log_file;
    if (wish->disk) {
        log = process_disk_mount(process->disk);
        if (log < 0) log = open("/dev/full", O_WRONLY);
    }
    snprintf(page, sizeof page, "/proc/self/fd/%d", page_file);
    bool good = page_file >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0 &&
                (wish->flaky || wish->shim ? setenv(FAULT_PAGE_ENVIRONMENT, page, 1)
                                           : unsetenv(FAULT_PAGE_ENVIRONMENT)) == 0 &&
                (wish->flaky ? setenv(FAULT_RENDERER_ENVIRONMENT, "1", 1)
                             : unsetenv(FAULT_RENDERER_ENVIRONMENT)) == 0 &&
                (!wish->shim || setenv("LD_PRELOAD", shim, 1) == 0);
    if (log != STDERR_FILENO && log != process->log_file) close(log);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL); // last, since a new namespace takes it back
    if (getppid() != parent) _exit(1);
    if (good) execv("/proc/self/exe", arguments);
    _exit(127);
}

// -------------------------------------------------------------------------------- its command

struct command_line {
    char *words[ARGUMENTS_MAX + 1];
    uint32_t count;
    char numbers[4][NUMBER_BYTES];
};

static void add(struct command_line *line, const char *name, const char *value) {
    if (line->count + 2 > ARGUMENTS_MAX) return;
    line->words[line->count++] = (char *)(uintptr_t)name;
    line->words[line->count++] = (char *)(uintptr_t)value;
}

static void command_make(struct command_line *line, const struct process_wish *wish) {
    const struct engine_choice *engine = wish->engine;
    *line = (struct command_line){.count = 0};
    snprintf(line->numbers[0], NUMBER_BYTES, "%u", wish->places);
    snprintf(line->numbers[1], NUMBER_BYTES, "%u", engine->threads);
    add(line, "aeolian", "serve");
    add(line, "--port", "0");
    add(line, "--sessions-max", line->numbers[0]);
    add(line, "--threads", line->numbers[1]);
    add(line, "--renderer", wish->flaky ? "auto" : engine->renderer);
    add(line, "--isa", engine->isa);
    add(line, "--device", engine->device);
    add(line, "--gpu-memory-limit", engine->gpu_memory);
    add(line, "--min-gpu-batch", wish->flaky ? "1" : engine->min_gpu_batch); // all that it can
    if (engine->trace) add(line, "--trace", engine->trace); // it is the server that is of interest
    for (uint32_t i = 0; i < engine->scene_files.count; i++)
        add(line, "--scene-file", engine->scene_files.items[i]);
}

// ---------------------------------------------------------------------------------- its life

static bool give_up(struct process *process, const char *what) {
    snprintf(process->last_words, sizeof process->last_words, "%.100s: %.100s", what,
             strerror(errno));
    return false;
}

// The last line of the log, where it says why the server could not start.
static void last_line(struct process *process) {
    char text[1024], *end;
    off_t size = process->log_file >= 0 ? lseek(process->log_file, 0, SEEK_END) : 0;
    off_t from = size > (off_t)sizeof text - 1 ? size - ((off_t)sizeof text - 1) : 0;
    ssize_t got = size > 0 ? pread(process->log_file, text, sizeof text - 1, from) : 0;
    if (got <= 0) return;
    text[got] = '\0';
    while ((end = strrchr(text, '\n')) && !end[1])
        *end = '\0';
    static const char prefix[] = "aeolian serve: ";
    const char *line = end ? end + 1 : text;
    if (!strncmp(line, prefix, sizeof prefix - 1)) line += sizeof prefix - 1;
    snprintf(process->last_words, sizeof process->last_words, "the server: %.200s", line);
}

bool process_alive(struct process *process) {
    int status;
    if (process->pid == 0) return false;
    pid_t found = waitpid(process->pid, &status, WNOHANG);
    if (found == 0 || (found < 0 && errno == EINTR)) return true;
    process->pid = 0;
    snprintf(process->last_words, sizeof process->last_words, "the server ended by itself, %s %d",
             WIFSIGNALED(status) ? "by signal" : "with status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return false;
}

// Reads standard output until it names the port.
static bool port_read(struct process *process, int out) {
    char text[256];
    size_t size = 0;
    int64_t until_ns = meter_now_ns() + START_PATIENCE_S * INT64_C(1000000000);
    while (!stop_signal && meter_now_ns() < until_ns && size < sizeof text - 1) {
        struct pollfd ready = {.fd = out, .events = POLLIN};
        if (poll(&ready, 1, 100) <= 0) continue;
        ssize_t got = read(out, text + size, sizeof text - 1 - size);
        if (got <= 0) break;
        text[size += (size_t)got] = '\0';
        const char *at = strstr(text, "http://127.0.0.1:");
        if (at && strchr(at, '\n')) return sscanf(at, "http://127.0.0.1:%d/", &process->port) == 1;
    }
    snprintf(process->last_words, sizeof process->last_words, "the server did not start%s",
             process->disk[0] ? "; without disk-full it can say why" : "");
    last_line(process);
    return false;
}

static bool files_open(struct process *process, const struct process_wish *wish) {
    process->page_file = (int)syscall(SYS_memfd_create, "aeolian-faults", 1u /* MFD_CLOEXEC */);
    if (process->page_file < 0 || ftruncate(process->page_file, sizeof(struct fault_page)))
        return give_up(process, "shared memory");
    void *page = mmap(NULL, sizeof(struct fault_page), PROT_READ | PROT_WRITE, MAP_SHARED,
                      process->page_file, 0);
    if (page == MAP_FAILED) return give_up(process, "shared memory");
    process->page = page;
    if (wish->folder)
        snprintf(process->log_path, sizeof process->log_path, "%.1000s/server.log", wish->folder);
    bool here = wish->folder && !wish->disk;
    process->log_file =
        here ? open(process->log_path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666)
             : (int)syscall(SYS_memfd_create, "aeolian-log", 1u);
    if (process->log_file < 0) return give_up(process, here ? process->log_path : "the log");
    if (!wish->disk) return true;
    snprintf(process->disk, sizeof process->disk, "/tmp/aeolian-soak-XXXXXX");
    if (mkdtemp(process->disk)) return true;
    process->disk[0] = '\0';
    return give_up(process, "/tmp");
}

bool process_start(struct process *process, const struct process_wish *wish) {
    struct command_line line;
    char shim[512] = "";
    int out[2];
    *process = (struct process){.page_file = -1, .log_file = -1};
    if (wish->shim && !process_shim_find(shim, sizeof shim, process->last_words,
                                         sizeof process->last_words))
        return false;
    if (!files_open(process, wish)) return false;
    command_make(&line, wish);
    if (pipe2(out, O_CLOEXEC)) return give_up(process, "a pipe");
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) child_run(process, wish, parent, out[1], shim, line.words);
    close(out[1]);
    bool good = pid > 0;
    if (good) {
        process->pid = pid;
        good = port_read(process, out[0]);
        if (wish->disk) process_disk_find(process);
    } else {
        give_up(process, "a process");
    }
    close(out[0]);
    return good;
}

// ----------------------------------------------------------------------------------- its end

static bool wait_end(struct process *process) {
    for (int tries = 0; tries < END_PATIENCE_S * 20; tries++) {
        int status;
        if (waitpid(process->pid, &status, WNOHANG) == process->pid) {
            snprintf(process->last_words, sizeof process->last_words, "it ended %s %d",
                     WIFSIGNALED(status) ? "by signal" : "with status",
                     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        poll(NULL, 0, 50);
    }
    kill(process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    snprintf(process->last_words, sizeof process->last_words, "it had to be killed after %d s",
             END_PATIENCE_S);
    return false;
}

bool process_end(struct process *process) {
    bool good = process->pid != 0;
    if (good) {
        kill(process->pid, SIGCONT); // should it be stopped just now
        kill(process->pid, SIGTERM);
        good = wait_end(process);
        process->pid = 0;
    }
    process_disk_keep(process);
    if (process->log_file >= 0) close(process->log_file);
    if (process->page_file >= 0) close(process->page_file);
    if (process->page) munmap(process->page, sizeof *process->page);
    if (process->disk[0]) rmdir(process->disk);
    process->log_file = process->page_file = -1;
    process->page = NULL;
    process->disk[0] = '\0';
    return good;
}
