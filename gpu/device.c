// Which GPU: see device.h.
#include "gpu/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/fault.h" // fault_set
#include "gpu/image.h"    // gpu_image

#define COMPUTE_LEAST 75 // what kernels are built for: 10 x major + minor

static const char *text_of(const struct gpu_calls *cuda, gpu_result result) {
    const char *text = NULL;
    return cuda->error_text(result, &text) || !text ? "unknown error" : text;
}

enum aeo_status gpu_fault(const struct gpu_device_open *open, aeo_fault *fault, const char *what,
                          gpu_result result) {
    enum aeo_status status =
        result == GPU_ERROR_OUT_OF_MEMORY ? AEO_ERR_MEMORY : AEO_ERR_RENDERER;
    if (result == GPU_ERROR_NOT_READY)
        return fault_set(fault, status, "renderer", "%s: the GPU does not answer", what);
    return fault_set(fault, status, "renderer", "%s: %s (CUDA error %d)", what,
                     text_of(open->table.whole, result), result);
}

// -------------------------------------------------------------------------------------- listing

// Whether the driver takes the kernels: a stub of them (kernels.h) is for simulated drivers only,
// and not worth a try that comes to nothing. Of kernels proper, loading tells.
static bool kernels_fit(const struct gpu_calls *cuda) {
    gpu_module module;
    if (!gpu_image_is_stub) return true;
    if (cuda->module_load(&module, gpu_image)) return false;
    cuda->module_unload(module);
    return true;
}

// What is known to a context only: takes it for the moment of the question.
static gpu_result context_ask(const struct gpu_calls *cuda, gpu_device device,
                              struct gpu_device_info *info) {
    gpu_context context = NULL;
    size_t free_bytes = 0, total_bytes = 0;
    gpu_result result = cuda->context_retain(&context, device);
    if (result) return result;
    result = cuda->context_set(context);
    if (!result) result = cuda->memory_info(&free_bytes, &total_bytes);
    info->free_bytes = result ? 0 : free_bytes;
    if (!result && !free_bytes) {
        snprintf(info->unusable, sizeof info->unusable, "no free memory");
    } else if (!result && !kernels_fit(cuda)) {
        snprintf(info->unusable, sizeof info->unusable,
                 "this program was built without CUDA kernels (no nvcc then)");
    }
    cuda->context_set(NULL);
    cuda->context_release(device);
    return result;
}

// Fills INFO and *MODE with what every device tells, closed ones too.
static gpu_result device_ask(const struct gpu_calls *cuda, gpu_device device,
                             struct gpu_device_info *info, int *mode) {
    const struct {
        int attribute, *value;
    } asked[] = {{GPU_ATTRIBUTE_COMPUTE_MAJOR, &info->compute_major},
                 {GPU_ATTRIBUTE_COMPUTE_MINOR, &info->compute_minor},
                 {GPU_ATTRIBUTE_MULTIPROCESSOR_COUNT, &info->multiprocessors},
                 {GPU_ATTRIBUTE_COMPUTE_MODE, mode}};
    size_t bytes = 0;
    gpu_result result = cuda->device_name(info->name, (int)sizeof info->name, device);
    if (!result) result = cuda->device_memory(&bytes, device);
    info->memory_bytes = bytes;
    for (size_t i = 0; i < sizeof asked / sizeof *asked && !result; i++)
        result = cuda->device_attribute(asked[i].value, asked[i].attribute, device);
    return result;
}

static void device_describe(const struct gpu_calls *cuda, int number,
                            struct gpu_device_info *info) {
    gpu_device device = 0;
    int mode = 0;
    memset(info, 0, sizeof *info);
    snprintf(info->name, sizeof info->name, "device %d", number); // where it does not tell
    gpu_result result = cuda->device_get(&device, number);
    if (!result) result = device_ask(cuda, device, info, &mode);
    if (!result && 10 * info->compute_major + info->compute_minor < COMPUTE_LEAST) {
        snprintf(info->unusable, sizeof info->unusable,
                 "compute capability %d.%d is below 7.5", info->compute_major,
                 info->compute_minor);
    } else if (!result && mode == GPU_COMPUTE_MODE_PROHIBITED) {
        snprintf(info->unusable, sizeof info->unusable, "closed to programs (compute mode)");
    } else if (!result) {
        result = context_ask(cuda, device, info);
    }
    if (result) {
        snprintf(info->unusable, sizeof info->unusable, "does not answer: %.60s",
                 text_of(cuda, result));
    }
}

enum aeo_status gpu_devices_list(struct gpu_devices *list, aeo_fault *fault) {
    char line[160];
    memset(list, 0, sizeof *list);
    const struct gpu_calls *cuda = gpu_driver_get(line, sizeof line);
    if (!cuda) return fault_set(fault, AEO_ERR_RENDERER, "renderer", "%s", line);
    gpu_result result = cuda->driver_version(&list->driver_version);
    if (!result) result = cuda->device_count(&list->count);
    if (result) {
        return fault_set(fault, AEO_ERR_RENDERER, "renderer", "the CUDA driver says: %s (error %d)",
                         text_of(cuda, result), result);
    }
    if (list->count > GPU_DEVICES_MAX) list->count = GPU_DEVICES_MAX;
    for (int i = 0; i < list->count; i++)
        device_describe(cuda, i, &list->device[i]);
    return AEO_OK;
}

// ------------------------------------------------------------------------------------- choosing

static int choose_auto(const struct gpu_devices *list, aeo_fault *fault) {
    int best = -1;
    for (int i = 0; i < list->count; i++) {
        const struct gpu_device_info *info = &list->device[i];
        if (info->unusable[0]) continue;
        if (best < 0 || info->free_bytes > list->device[best].free_bytes) best = i;
    }
    if (best >= 0) return best;
    if (!list->count) {
        fault_set(fault, AEO_ERR_RENDERER, "device", "the CUDA driver finds no device");
    } else {
        fault_set(fault, AEO_ERR_RENDERER, "device", "no device can be used: %s: %s",
                  list->device[0].name, list->device[0].unusable);
    }
    return -1;
}

int gpu_device_choose(const struct gpu_devices *list, const char *choice, aeo_fault *fault) {
    if (!choice || !strcasecmp(choice, "auto")) return choose_auto(list, fault);
    char *end;
    long number = strtol(choice, &end, 10);
    if (end == choice || *end || number < 0 || number >= list->count) {
        fault_set(fault, AEO_ERR_VALUE, "device",
                  "there is no device \"%.20s\": auto, or a number below %d", choice, list->count);
        return -1;
    }
    if (list->device[number].unusable[0]) {
        fault_set(fault, AEO_ERR_RENDERER, "device", "device %ld (%s) cannot be used: %s", number,
                  list->device[number].name, list->device[number].unusable);
        return -1;
    }
    return (int)number;
}

// -------------------------------------------------------------------------------- open and close

static int find(const char *choice, struct gpu_devices *list, aeo_fault *fault) {
    return gpu_devices_list(list, fault) ? -1 : gpu_device_choose(list, choice, fault);
}

enum aeo_status gpu_device_open(struct gpu_device_open *open, const char *choice,
                                aeo_fault *fault) {
    struct gpu_devices list;
    aeo_fault own = {AEO_ERR_RENDERER, "", ""};
    open->number = find(choice, &list, &own);
    if (open->number < 0) {
        if (fault) *fault = own;
        return own.status;
    }
    const struct gpu_calls *cuda = gpu_driver_get(NULL, 0);
    gpu_table_make(&open->table, cuda);
    open->multiprocessors = (uint32_t)list.device[open->number].multiprocessors;
    if (!open->multiprocessors) open->multiprocessors = 1;
    gpu_result result = cuda->device_get(&open->device, open->number);
    if (!result) result = cuda->context_retain(&open->context, open->device);
    if (!result) {
        open->retained = true;
        result = cuda->context_set(open->context);
    }
    return result ? gpu_fault(open, fault, "opening the device", result) : AEO_OK;
}

void gpu_device_close(struct gpu_device_open *open) {
    if (!open->retained) return;
    open->table.whole->context_set(NULL);
    open->table.whole->context_release(open->device);
    open->retained = false;
}

enum aeo_status gpu_device_probe(const char *choice, char *line, size_t cap) {
    struct gpu_devices list;
    aeo_fault fault = {AEO_ERR_RENDERER, "", ""};
    int number = find(choice, &list, &fault);
    if (number < 0) {
        snprintf(line, cap, "%s", fault.message);
        return fault.status;
    }
    const struct gpu_device_info *info = &list.device[number];
    snprintf(line, cap, "%s, compute capability %d.%d, driver %d.%d", info->name,
             info->compute_major, info->compute_minor, list.driver_version / 1000,
             list.driver_version % 1000 / 10);
    return AEO_OK;
}
