// Who may include whom. Arrows point down only: server over engine, gpu beside it, voices under
// both; profiling, tests and examples stand aside. One row per folder says which of our headers
// and which outer ones a file there may name; the C library is open to all but voices. Runs in
// the tests, on one thread.
#include "tests/tidy/tidy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX 16

struct row {
    const char *folder;            // prefix of the including file's path
    const char *own[LIST_MAX];     // a folder ("voices/") or one header ("engine/plan.h")
    const char *outer[LIST_MAX];   // prefixes of names in angle brackets
    bool c_library;                // may name C library and POSIX headers without sockets
};

// Leaves of profiling/ that any of our code may include.
#define LEAVES                                                                                     \
    "profiling/histogram.h", "profiling/meters.h", "profiling/nvml.h", "profiling/range.h",        \
        "profiling/resources.h", "profiling/trace.h", "profiling/trace_file.h",                    \
        "profiling/trace_json.h"
#define SIMD "immintrin.h", "emmintrin.h", "arm_neon.h"
#define SOCKETS "sys/socket.h", "sys/un.h", "netinet/", "arpa/inet.h", "netdb.h", "poll.h"
#define ANYTHING ""

// The first row that fits decides, so single files stand before their folder.
static const struct row rows[] = {
    {"voices/",
     {"voices/"},
     {"stdint.h", "stddef.h", "stdbool.h", "assert.h", SIMD},
     false},
    {"engine/aeolian.h", {"engine/status.h"}, {NULL}, true}, // these two are installed
    {"engine/status.h", {NULL}, {NULL}, true},
    {"engine/", {"engine/", "voices/", LEAVES}, {"jansson.h", "cpuid.h"}, true},
    {"gpu/",
     {"gpu/", "voices/", LEAVES, "engine/renderer.h", "engine/plan.h", "engine/status.h",
      "engine/fault.h", "engine/worker_pool.h"},
     {"cuda", "nvtx3/", "dlfcn.h"},
     true},
    {"server/main.c", {ANYTHING}, {ANYTHING}, true},
    {"server/",
     {"server/", "engine/aeolian.h", LEAVES},
     {"jansson.h", "libwebsockets.h", "opus", "ogg/", "portaudio.h", "pa_", "sndfile.h",
      SOCKETS},
     true},
    {"profiling/histogram.", {LEAVES}, {NULL}, true},
    {"profiling/meters.", {LEAVES}, {NULL}, true},
    {"profiling/nvml.", {LEAVES}, {NULL}, true},
    {"profiling/range.", {LEAVES}, {"nvtx3/"}, true},
    {"profiling/resources.", {LEAVES}, {"malloc.h"}, true},
    {"profiling/trace", {LEAVES}, {NULL}, true},
    {"examples/", {"engine/aeolian.h"}, {"aeolian.h"}, true},
};

static const char *const c_library[] = {
    "assert.h",      "ctype.h",       "errno.h",     "fenv.h",      "float.h",      "inttypes.h",
    "limits.h",      "locale.h",      "math.h",      "setjmp.h",    "signal.h",     "stdalign.h",
    "stdarg.h",      "stdatomic.h",   "stdbool.h",   "stddef.h",    "stdint.h",     "stdio.h",
    "stdlib.h",      "stdnoreturn.h", "string.h",    "strings.h",   "time.h",       "unistd.h",
    "pthread.h",     "semaphore.h",   "sched.h",     "fcntl.h",     "dirent.h",     "getopt.h",
    "termios.h",     "sys/types.h",   "sys/stat.h",  "sys/mman.h",  "sys/time.h",   "sys/random.h",
    "sys/resource.h", "sys/wait.h",   "sys/auxv.h",  "sys/ioctl.h", "sys/select.h", "sys/utsname.h",
    "sys/syscall.h", "sys/file.h",    "sys/uio.h",   "sys/eventfd.h", "dlfcn.h",
};

// An entry that ends in .h names one header; any other is a prefix; the empty one fits all.
static bool listed(const char *const list[LIST_MAX], const char *name) {
    for (size_t i = 0; i < LIST_MAX && list[i]; i++)
        if (tidy_ends(list[i], ".h") ? strcmp(list[i], name) == 0 : tidy_starts(name, list[i]))
            return true;
    return false;
}

static bool in_c_library(const char *name) {
    for (size_t i = 0; i < sizeof c_library / sizeof c_library[0]; i++)
        if (strcmp(c_library[i], name) == 0) return true;
    return false;
}

static const struct row *row_of(const char *path) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (tidy_starts(path, rows[i].folder)) return &rows[i];
    return NULL;
}

// A quoted name without a folder is a generated header, unless the tree holds such a file.
static bool is_generated(const struct tidy_tree *tree, const char *name) {
    if (strchr(name, '/')) return false;
    for (size_t i = 0; i < tree->count; i++) {
        const char *slash = strrchr(tree->files[i].path, '/');
        if (strcmp(slash ? slash + 1 : tree->files[i].path, name) == 0) return false;
    }
    return true;
}

static bool allowed(const struct tidy_tree *tree, const struct row *row, const char *name,
                    bool quoted) {
    if (quoted) return listed(row->own, name) || is_generated(tree, name);
    return listed(row->outer, name) || (row->c_library && in_c_library(name));
}

// Reads the name of an #include whose # stands at offset; false for any other directive.
static bool include_at(const struct tidy_file *file, size_t offset, char *name, size_t size,
                       bool *quoted) {
    const char *at = file->text + offset + 1;
    at += strspn(at, " \t");
    if (!tidy_starts(at, "include")) return false;
    at += strlen("include");
    at += strspn(at, " \t");
    if (*at != '"' && *at != '<') return false;
    *quoted = *at == '"';
    const size_t length = strcspn(at + 1, *quoted ? "\"\n" : ">\n");
    snprintf(name, size, "%.*s", (int)length, at + 1);
    return true;
}

static void check_include(const struct tidy_tree *tree, const struct tidy_file *file,
                          const char *name, bool quoted, int line, struct tidy_report *report) {
    const struct row *row = row_of(file->path);
    if (strstr(name, ".."))
        tidy_add(report, file->path, line, "include", "'%s': name headers from the root", name);
    else if (row && !allowed(tree, row, name, quoted))
        tidy_add(report, file->path, line, "include", "%s may not include '%s'", row->folder,
                 name);
}

void tidy_rule_includes(const struct tidy_tree *tree, struct tidy_report *report) {
    for (size_t i = 0; i < tree->count; i++) {
        const struct tidy_file *file = &tree->files[i];
        if (file->kind != TIDY_C) continue;
        for (const char *line = file->code; *line;) {
            const char *first = line + strspn(line, " \t");
            char name[TIDY_PATH_MAX];
            bool quoted;
            if (*first == '#' &&
                include_at(file, (size_t)(first - file->code), name, sizeof name, &quoted))
                check_include(tree, file, name, quoted, tidy_line_of(file->code, line), report);
            const char *end = strchr(line, '\n');
            line = end ? end + 1 : line + strlen(line);
        }
    }
}
