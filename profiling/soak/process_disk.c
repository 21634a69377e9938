// The small disk that the log of a soak's server lies on, so that it can be filled: a tmpfs in a
// mount namespace of the server's own, which needs root or, where the system allows it, a user
// namespace. The run reaches it by /proc/PID/root. See process.h. Sources: namespaces(7),
// user_namespaces(7). Main thread, but process_disk_mount: the new process.
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiling/soak/process.h"

#define DISK_SIZE "size=4m,mode=700"
#define DISK_PAGE_BYTES 4096

// ------------------------------------------------------------------------- in the new process

static bool file_write(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool good = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0) close(file);
    return good;
}

// A view of the file system of one's own; without root in a user namespace, in which the user is
// still the same one.
static bool namespace_enter(void) {
    char uids[64], gids[64];
    snprintf(uids, sizeof uids, "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
    snprintf(gids, sizeof gids, "%u %u 1", (unsigned)getegid(), (unsigned)getegid());
    if (unshare(CLONE_NEWNS) == 0) return true;
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
           file_write("/proc/self/setgroups", "deny") &&
           file_write("/proc/self/uid_map", uids) && file_write("/proc/self/gid_map", gids);
}

int process_disk_mount(const char *folder) {
    if (!namespace_enter() || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, DISK_SIZE))
        return -1;
    char path[128];
    snprintf(path, sizeof path, "%s/server.log", folder);
    return open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

// ---------------------------------------------------------------------------------- in the run

void process_disk_find(struct process *process) {
    char path[128];
    snprintf(path, sizeof path, "/proc/%d/root%s/server.log", process->pid, process->disk);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    process->log = file >= 0 ? LOG_SMALL : LOG_FULL;
    if (file < 0) return;
    close(process->log_file);
    process->log_file = file;
}

void process_disk_fill(struct process *process, bool full) {
    static const char block[4096];
    char path[128];
    if (process->log != LOG_SMALL || process->pid == 0) return;
    snprintf(path, sizeof path, "/proc/%d/root%s/filler", process->pid, process->disk);
    if (!full) {
        unlink(path);
        return;
    }
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    while (file >= 0 && write(file, block, sizeof block) > 0) {
    } // until ENOSPC; less than a block may be left, so by the byte:
    while (file >= 0 && write(file, block, 1) > 0) {
    }
    if (file >= 0) close(file);
    // What is left of the log's own last page.
    struct stat log;
    snprintf(path, sizeof path, "/proc/%d/root%s/server.log", process->pid, process->disk);
    file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    while (file >= 0 && fstat(file, &log) == 0 && log.st_size % DISK_PAGE_BYTES != 0) {
        bool last = log.st_size % DISK_PAGE_BYTES == DISK_PAGE_BYTES - 1;
        if (write(file, last ? "\n" : " ", 1) != 1) break;
    }
    if (file >= 0) close(file);
}

void process_disk_keep(const struct process *process) {
    char text[4096];
    if (process->log != LOG_SMALL || !process->log_path[0]) return;
    int kept = open(process->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    ssize_t got;
    for (off_t at = 0; kept >= 0 &&
                       (got = pread(process->log_file, text, sizeof text, at)) > 0; at += got)
        if (write(kept, text, (size_t)got) != got) break;
    if (kept >= 0) close(kept);
}
