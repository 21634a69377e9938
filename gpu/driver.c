// The CUDA driver, found at run time: see driver.h.
#include "gpu/driver.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct gpu_calls driver;
static bool usable;
static char reason[160];

const char *gpu_driver_name(void) {
    const char *name = getenv("AEOLIAN_LIBCUDA");
    return name && *name ? name : "libcuda.so.1";
}

// ISO C has no cast from an object pointer to a function pointer; POSIX has the copy.
static bool find(void *library, const char *symbol, void *field, size_t bytes) {
    void *address = dlsym(library, symbol);
    memcpy(field, &address, bytes);
    if (!address && !reason[0])
        snprintf(reason, sizeof reason, "%s is too old: it has no %s", gpu_driver_name(), symbol);
    return address != NULL;
}

static void load(void) {
    void *library = dlopen(gpu_driver_name(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *why = dlerror();
        snprintf(reason, sizeof reason, "no CUDA driver: %.140s", why ? why : gpu_driver_name());
        return;
    }
    bool whole = true;
#define GPU_FIND(kind, field, symbol, parameters) \
    whole = find(library, #symbol, &driver.field, sizeof driver.field) && whole;
    GPU_CALLS(GPU_FIND)
#undef GPU_FIND
    if (!whole) return;
    // Kernels are loaded when the module is, not when they are first needed in mid-music.
    setenv("CUDA_MODULE_LOADING", "EAGER", 0);
    gpu_result result = driver.init(0);
    if (result) {
        const char *text = NULL;
        if (driver.error_text(result, &text) || !text) text = "unknown error";
        snprintf(reason, sizeof reason, "the CUDA driver says: %.100s (error %d)", text, result);
        return;
    }
    usable = true;
}

const struct gpu_calls *gpu_driver_get(char *line, size_t cap) {
    pthread_once(&once, load);
    if (!usable && cap) snprintf(line, cap, "%s", reason);
    return usable ? &driver : NULL;
}

// --------------------------------------------------------------------------------- sealed tables

static atomic_ullong breaches;

uint64_t gpu_breaches(void) {
    return atomic_load(&breaches);
}

// One function per call, of its type, that refuses it. They ignore what they are given.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define GPU_REFUSE(kind, field, symbol, parameters)                  \
    static gpu_result refuse_##field parameters {                    \
        atomic_fetch_add(&breaches, 1);                              \
        return GPU_ERROR_UNKNOWN;                                    \
    }
GPU_CALLS(GPU_REFUSE)
#undef GPU_REFUSE
#pragma GCC diagnostic pop

void gpu_table_make(struct gpu_table *table, const struct gpu_calls *whole) {
    table->calls = *whole;
    table->whole = whole;
}

void gpu_table_seal(struct gpu_table *table, bool sealed) {
    table->calls = *table->whole;
    if (!sealed) return;
    enum { OPEN, RUN };
#define GPU_SEAL(kind, field, symbol, parameters) \
    table->calls.field = kind == OPEN ? refuse_##field : table->whole->field;
    GPU_CALLS(GPU_SEAL)
#undef GPU_SEAL
}
