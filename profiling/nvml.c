// See nvml.h. Signatures: NVML API reference, nvmlInit_v2, nvmlDeviceGetHandleByIndex_v2,
// nvmlDeviceGetUtilizationRates, nvmlDeviceGetMemoryInfo.
#include "profiling/nvml.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct utilisation {
    unsigned gpu, memory; // per cent
};

struct memory {
    unsigned long long total, free, used; // bytes
};

static struct {
    bool tried, works;
    int (*device)(unsigned index, void **device);
    int (*rates)(void *device, struct utilisation *utilisation);
    int (*memory)(void *device, struct memory *memory);
} nvml;

static bool find(void *library, const char *name, void *function) {
    void *address = dlsym(library, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

// The library stays open for the program's life.
static void nvml_open(void) {
    int (*init)(void);
    const char *path = getenv("AEOLIAN_LIBNVML");
    nvml.tried = true;
    void *library = dlopen(path ? path : "libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    nvml.works = library && find(library, "nvmlInit_v2", &init) &&
                 find(library, "nvmlDeviceGetHandleByIndex_v2", &nvml.device) &&
                 find(library, "nvmlDeviceGetUtilizationRates", &nvml.rates) &&
                 find(library, "nvmlDeviceGetMemoryInfo", &nvml.memory) && init() == 0;
}

bool nvml_read(uint32_t number, struct nvml_figures *figures) {
    void *device = NULL;
    struct utilisation utilisation = {0, 0};
    struct memory memory = {0, 0, 0};
    if (!nvml.tried) nvml_open();
    if (!nvml.works || nvml.device(number, &device) || nvml.rates(device, &utilisation) ||
        nvml.memory(device, &memory))
        return false;
    figures->utilisation = utilisation.gpu / 100.0;
    figures->memory_used = memory.used;
    figures->memory_total = memory.total;
    return true;
}
