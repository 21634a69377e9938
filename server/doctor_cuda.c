// Asks the CUDA driver; see doctor_cuda.h. The prototypes are those of the driver API's manual,
// written here since its header is absent where only a driver is installed.
#include "server/doctor_cuda.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// CUdevice and the enums of the driver API are int, CUresult 0 is success.
struct driver {
    int (*init)(unsigned flags);
    int (*driver_version)(int *version);
    int (*device_count)(int *count);
    int (*device_get)(int *device, int ordinal);
    int (*device_name)(char *name, int size, int device);
    int (*device_memory)(size_t *bytes, int device);
    int (*device_attribute)(int *value, int attribute, int device);
    int (*error_string)(int error, const char **text);
};

enum { ATTRIBUTE_MULTIPROCESSORS = 16, ATTRIBUTE_MAJOR = 75, ATTRIBUTE_MINOR = 76 };

// ISO C has no cast from an object pointer to a function pointer; POSIX has the copy.
static int find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

static int load(void *library, struct driver *driver)
{
    return find(library, "cuInit", &driver->init) &
           find(library, "cuDriverGetVersion", &driver->driver_version) &
           find(library, "cuDeviceGetCount", &driver->device_count) &
           find(library, "cuDeviceGet", &driver->device_get) &
           find(library, "cuDeviceGetName", &driver->device_name) &
           find(library, "cuDeviceTotalMem_v2", &driver->device_memory) &
           find(library, "cuDeviceGetAttribute", &driver->device_attribute) &
           find(library, "cuGetErrorString", &driver->error_string);
}

static void describe_device(const struct driver *driver, int ordinal,
                            struct doctor_cuda_device *out)
{
    int device = 0;
    size_t bytes = 0;
    if (driver->device_get(&device, ordinal) != 0 ||
        driver->device_name(out->name, sizeof out->name, device) != 0) {
        snprintf(out->name, sizeof out->name, "(does not answer)");
        return;
    }
    driver->device_attribute(&out->compute_major, ATTRIBUTE_MAJOR, device);
    driver->device_attribute(&out->compute_minor, ATTRIBUTE_MINOR, device);
    driver->device_attribute(&out->multiprocessors, ATTRIBUTE_MULTIPROCESSORS, device);
    driver->device_memory(&bytes, device);
    out->memory_gib = (double)bytes / 1073741824.0;
}

static void ask_driver(const struct driver *driver, struct doctor_cuda *answer)
{
    const char *text = "no text";
    int error = driver->init(0);
    driver->driver_version(&answer->driver_version);
    if (error == 0) {
        error = driver->device_count(&answer->device_count);
    }
    if (error != 0) {
        driver->error_string(error, &text);
        snprintf(answer->reason, sizeof answer->reason, "the driver says: %s (%d)",
                 text ? text : "no text", error);
        return;
    }
    if (answer->device_count == 0) {
        snprintf(answer->reason, sizeof answer->reason, "the driver finds no device");
    }
    for (int i = 0; i < answer->device_count && i < DOCTOR_CUDA_DEVICES_MAX; i++) {
        describe_device(driver, i, &answer->devices[i]);
    }
}

void doctor_cuda_ask(struct doctor_cuda *answer)
{
    *answer = (struct doctor_cuda){0};
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(answer->reason, sizeof answer->reason, "no CUDA driver: %s", dlerror());
        return;
    }
    struct driver driver = {0};
    if (load(library, &driver)) {
        ask_driver(&driver, answer);
    } else {
        snprintf(answer->reason, sizeof answer->reason, "libcuda.so.1 lacks functions we need");
    }
    // Not closed: the driver keeps threads of its own once it has been started.
}
