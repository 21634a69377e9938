// Settings, random numbers, and the first violation: see cudasim.h and sim.h.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cudasim/sim.h" // struct sim

struct sim sim = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

// A list holds a value for each device.
#define ONE(field) offsetof(struct sim_config, field), 1
#define LIST(field) offsetof(struct sim_config, field), SIM_DEVICES_MAX
static const struct {
    const char *name;
    size_t offset, count;
    uint64_t fallback, most;
} settings[] = {
    {"devices", ONE(devices), 1, SIM_DEVICES_MAX},
    {"memory", LIST(memory), UINT64_C(4) << 30, UINT64_MAX},
    {"taken", LIST(taken), 0, UINT64_MAX},
    {"compute", LIST(compute), 90, 999},
    {"mode", LIST(mode), 0, SIM_MODE_BUSY},
    {"driver", ONE(driver), 13000, 99999},
    {"real", ONE(real), 0, 1},
    {"workers", ONE(workers), 1, 16},
    {"seed", ONE(seed), 1, UINT64_MAX},
    {"adversary", ONE(adversary), 0, 1},
    {"fail", ONE(fail), 0, UINT64_MAX},
    {"error", ONE(error), 719, 999},
    {"hang", ONE(hang), 0, UINT64_MAX},
    {"slow_us", ONE(slow_us), 0, 60000000},
    {"idle", ONE(idle), 0, 1},
};
#define SETTINGS (sizeof settings / sizeof *settings)

// Stores VALUE as the setting's values from FIRST on.
static void setting_store(struct sim_config *config, size_t i, size_t first, uint64_t value) {
    for (size_t at = first; at < settings[i].count; at++)
        memcpy((char *)config + settings[i].offset + at * sizeof value, &value, sizeof value);
}

// The values of setting I, up to END; of a list the last one holds for the devices that follow.
static bool values_read(struct sim_config *config, size_t i, const char *text, const char *end) {
    for (size_t at = 0; at < settings[i].count; at++) {
        char *stop;
        uint64_t value = strtoull(text, &stop, 10);
        if (stop == text || *text == '-' || value > settings[i].most) return false;
        setting_store(config, i, at, value);
        if (stop == end) return true;
        if (*stop != ':') return false;
        text = stop + 1;
    }
    return false;
}

// One "name=value" of BYTES bytes.
static bool setting_read(struct sim_config *config, const char *text, size_t bytes) {
    for (size_t i = 0; i < SETTINGS; i++) {
        size_t name = strlen(settings[i].name);
        if (bytes > name + 1 && !strncmp(text, settings[i].name, name) && text[name] == '=')
            return values_read(config, i, text + name + 1, text + bytes);
    }
    return false;
}

bool sim_config_read(struct sim_config *config, const char *text, char *why, size_t cap) {
    for (size_t i = 0; i < SETTINGS; i++)
        setting_store(config, i, 0, settings[i].fallback);
    while (text && *text) {
        size_t bytes = strcspn(text, ",");
        if (!setting_read(config, text, bytes)) {
            snprintf(why, cap, "cudasim: cannot read \"%.*s\" (see cudasim.h)", (int)bytes, text);
            return false;
        }
        text += bytes + (text[bytes] == ',');
    }
    return true;
}

void sim_fault(const char *format, ...) {
    if (sim.fault[0]) return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sim.fault, sizeof sim.fault, format, arguments);
    va_end(arguments);
    fprintf(stderr, "cudasim: %s\n", sim.fault);
}

// splitmix64 (Steele, Lea, Flood 2014).
uint32_t sim_random(void) {
    uint64_t z = sim.random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) >> 16);
}

bool cudasim_configure(const char *text) {
    struct sim_config config;
    char why[160];
    if (!sim_config_read(&config, text, why, sizeof why)) {
        fprintf(stderr, "%s\n", why);
        return false;
    }
    pthread_mutex_lock(&sim.lock);
    bool idle = sim_memory_bytes(SIM_DEVICE) + sim_memory_bytes(SIM_PINNED) == 0;
    if (idle) {
        sim.config = config;
        sim.configured = true;
        sim.calls = sim.launches = sim.questions = 0;
        memset(sim.named, 0, sizeof sim.named);
        sim.sticky = 0;
        sim.random = config.seed;
        sim.fault[0] = 0;
        sim_memory_forget();
        sim_races_forget();
    }
    pthread_mutex_unlock(&sim.lock);
    return idle;
}

#define LOCKED(type, name, expression)       \
    type name(void) {                        \
        pthread_mutex_lock(&sim.lock);       \
        type value = expression;             \
        pthread_mutex_unlock(&sim.lock);     \
        return value;                        \
    }
LOCKED(uint64_t, cudasim_calls, sim.calls)
LOCKED(uint64_t, cudasim_launches, sim.launches)
LOCKED(uint64_t, cudasim_live_bytes, sim_memory_bytes(SIM_DEVICE) + sim_memory_bytes(SIM_PINNED))
LOCKED(uint64_t, cudasim_live_objects, sim.objects)

uint64_t cudasim_calls_of(const char *name) {
    uint64_t calls = 0;
    pthread_mutex_lock(&sim.lock);
    for (const struct sim_named *named = sim.named; named->name; named++)
        calls += strcmp(named->name, name) == 0 ? named->calls : 0;
    pthread_mutex_unlock(&sim.lock);
    return calls;
}

bool cudasim_fault(char *line, size_t cap) {
    pthread_mutex_lock(&sim.lock);
    bool any = sim.fault[0] != 0;
    if (any && cap) snprintf(line, cap, "%s", sim.fault);
    pthread_mutex_unlock(&sim.lock);
    return any;
}
