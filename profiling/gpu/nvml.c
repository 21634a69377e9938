// See nvml.h. Signatures: NVML API reference, nvmlInit_v2, nvmlDeviceGetHandleByIndex_v2,
// nvmlDeviceGetUtilizationRates.
#include "profiling/gpu/nvml.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct utilisation {
    unsigned gpu, memory; // per cent
};

static struct {
    bool tried, works;
    int (*device)(unsigned index, void **device);
    int (*rates)(void *device, struct utilisation *utilisation);
} nvml;

static bool find(void *library, const char *name, void *function) {
    void *address = dlsym(library, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

// The library stays open: there is one measurement in a program's life.
static void nvml_open(void) {
    int (*init)(void);
    nvml.tried = true;
    void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL);
    nvml.works = library && find(library, "nvmlInit_v2", &init) &&
                 find(library, "nvmlDeviceGetHandleByIndex_v2", &nvml.device) &&
                 find(library, "nvmlDeviceGetUtilizationRates", &nvml.rates) && init() == 0;
}

double nvml_utilisation(uint32_t number) {
    void *device = NULL;
    struct utilisation utilisation = {0, 0};
    if (!nvml.tried) nvml_open();
    if (!nvml.works || nvml.device(number, &device) || nvml.rates(device, &utilisation))
        return -1.0;
    return utilisation.gpu / 100.0;
}
