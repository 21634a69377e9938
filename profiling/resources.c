// See resources.h. Sources: proc(5) for statm, status and fd; mallinfo(3).
#include "profiling/resources.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The number behind NAME in /proc/WHO/status; below 0: not there.
static double status_number(const char *who, const char *name) {
    char path[64], line[256];
    double value = -1.0;
    snprintf(path, sizeof path, "/proc/%s/status", who);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
            if (sscanf(line + strlen(name) + 1, "%lf", &value) != 1) value = -1.0;
            break;
        }
    }
    if (file) fclose(file);
    return value;
}

static double descriptors_count(const char *who) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/fd", who);
    DIR *folder = opendir(path);
    if (!folder) return -1.0;
    double count = 0.0;
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return strcmp(who, "self") == 0 ? count - 1.0 : count; // without the folder itself
}

// Fields 14 and 15 of stat: user and system time in ticks. The name before them may hold spaces.
static double cpu_seconds(const char *who) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%s/stat", who);
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file) fclose(file);
    text[size] = '\0';
    const char *after = strrchr(text, ')');
    double user = 0.0, system = 0.0;
    if (!after || sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lf %lf", &user,
                         &system) != 2)
        return -1.0;
    return (user + system) / (double)sysconf(_SC_CLK_TCK);
}

struct resources resources_read(int pid) {
    char who[16] = "self";
    if (pid) snprintf(who, sizeof who, "%d", pid);
    double rss_kib = status_number(who, "VmRSS");
    struct resources found = {
        .rss_mb = rss_kib < 0.0 ? -1.0 : rss_kib * 1024e-6,
        .heap_mb = -1.0,
        .descriptors = descriptors_count(who),
        .threads = status_number(who, "Threads"),
        .cpu_s = cpu_seconds(who),
    };
    if (!pid) {
        struct mallinfo2 heap = mallinfo2();
        found.heap_mb = (double)(heap.uordblks + heap.hblkhd) * 1e-6;
    }
    return found;
}

void resources_touch(void *memory, size_t bytes) {
    const size_t page = 4096; // or a part of one
    volatile unsigned char *at = memory;
    for (size_t i = 0; i < bytes; i += page)
        at[i] = at[i];
    if (bytes) at[bytes - 1] = at[bytes - 1];
}
