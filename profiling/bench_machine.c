// See bench_machine.h.
#include "profiling/bench_machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#if defined(__clang__)
const char bench_compiler[] = "clang " __clang_version__ ", " BENCH_FLAGS;
#else
const char bench_compiler[] = "gcc " __VERSION__ ", " BENCH_FLAGS;
#endif

// The first line of PATH that begins with KEY, from BEHIND on; false when there is none.
static bool line_find(const char *path, const char *key, const char *behind, char *out,
                      size_t size) {
    char line[512];
    bool found = false;
    FILE *file = fopen(path, "r");
    while (file && !found && fgets(line, sizeof line, file)) {
        const char *value = strstr(line, behind);
        line[strcspn(line, "\n")] = '\0';
        found = !strncmp(line, key, strlen(key)) && value;
        if (found) snprintf(out, size, "%s", value + strlen(behind));
    }
    if (file) fclose(file);
    return found;
}

void bench_processor(char *out, size_t size) {
    snprintf(out, size, "unknown");
    line_find("/proc/cpuinfo", "model name", ": ", out, size);
}

json_t *bench_machine_json(double load) {
    char processor[256], governor[64] = "unknown", system[256] = "unknown", date[32] = "";
    struct utsname name;
    bench_processor(processor, sizeof processor);
    line_find("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", "", governor,
              sizeof governor);
    if (uname(&name) == 0)
        snprintf(system, sizeof system, "%.60s %.80s %.60s", name.sysname, name.release,
                 name.machine);
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc)) strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return json_pack("{s:s, s:i, s:s, s:I, s:s, s:s, s:s, s:s, s:f}", "processor", processor,
                     "cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "governor", governor,
                     "memory_bytes",
                     (json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), "system", system,
                     "compiler", bench_compiler, "commit", bench_commit, "date", date, "load",
                     load);
}
