// The cu* functions: each counts itself, may fail by order, checks what a driver checks, and
// enqueues or answers. Any thread.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/kernels.h"       // GPU_STUB_MAGIC
#include "tests/cudasim/sim.h" // sim

#define FATBIN_MAGIC 0xBA55ED50U

static _Thread_local gpu_context current;
static char contexts[SIM_DEVICES_MAX]; // each device's context is the address of its own

enum need { ANY, STARTED, CONTEXT };

// The environment's settings, before the first call of all counts.
static gpu_result settings_read(void) {
    char why[160];
    if (sim.configured) return GPU_SUCCESS;
    if (!sim_config_read(&sim.config, getenv("AEOLIAN_CUDASIM"), why, sizeof why)) {
        fprintf(stderr, "%s\n", why);
        return GPU_ERROR_INVALID_VALUE;
    }
    sim.random = sim.config.seed;
    sim.configured = true;
    return GPU_SUCCESS;
}

// Locked: counts a call of the function NAME.
static void name_count(const char *name) {
    struct sim_named *named = sim.named;
    while (named->name && strcmp(named->name, name) != 0)
        named++;
    named->name = name;
    named->calls++;
}

// Locked: the result of a call that is not to go on. COUNTED: it has a number, and so may fail.
static gpu_result check(enum need need, const char *name, bool counted) {
    name_count(name);
    if (settings_read()) return GPU_ERROR_INVALID_VALUE;
    if (counted && ++sim.calls == sim.config.fail) {
        int error = (int)sim.config.error;
        if (sim_error_sticky(error)) sim.sticky = error;
        return error;
    }
    if (need == ANY) return GPU_SUCCESS;
    if (!sim.started) return GPU_ERROR_NOT_INITIALIZED;
    if (need == CONTEXT && !current) return GPU_ERROR_INVALID_CONTEXT;
    return need == CONTEXT ? sim.sticky : GPU_SUCCESS;
}

// Locks, and checks.
static gpu_result enter_named(enum need need, const char *name) {
    pthread_mutex_lock(&sim.lock);
    return check(need, name, true);
}
#define enter(need) enter_named(need, __func__)

static gpu_result leave(gpu_result result) {
    pthread_mutex_unlock(&sim.lock);
    return result;
}

// Begins a call; ends it where it may not go on.
#define BEGIN(need)                    \
    gpu_result result = enter(need);   \
    if (result) return leave(result)

// --------------------------------------------------------------------------- driver, devices

gpu_result cuInit(unsigned flags) {
    BEGIN(ANY);
    sim.started = true;
    return leave(flags ? GPU_ERROR_INVALID_VALUE : GPU_SUCCESS);
}

gpu_result cuDriverGetVersion(int *version) {
    BEGIN(ANY);
    *version = (int)sim.config.driver;
    return leave(GPU_SUCCESS);
}

gpu_result cuDeviceGetCount(int *count) {
    BEGIN(STARTED);
    *count = (int)sim.config.devices;
    return leave(GPU_SUCCESS);
}

static bool device_known(int device) {
    return device >= 0 && (uint64_t)device < sim.config.devices;
}

// Of the calling thread's context.
static uint32_t device_now(void) {
    return (uint32_t)((const char *)current - contexts);
}

gpu_result cuDeviceGet(gpu_device *device, int ordinal) {
    BEGIN(STARTED);
    if (!device_known(ordinal)) return leave(SIM_ERROR_INVALID_DEVICE);
    *device = ordinal;
    return leave(GPU_SUCCESS);
}

gpu_result cuDeviceGetName(char *name, int bytes, gpu_device device) {
    BEGIN(STARTED);
    snprintf(name, (size_t)bytes, "simulated GPU %d", device);
    return leave(GPU_SUCCESS);
}

gpu_result cuDeviceTotalMem_v2(size_t *bytes, gpu_device device) {
    BEGIN(STARTED);
    if (!device_known(device)) return leave(SIM_ERROR_INVALID_DEVICE);
    *bytes = sim.config.memory[device];
    return leave(GPU_SUCCESS);
}

gpu_result cuDeviceGetAttribute(int *value, int attribute, gpu_device device) {
    BEGIN(STARTED);
    if (!device_known(device)) return leave(SIM_ERROR_INVALID_DEVICE);
    int compute = (int)sim.config.compute[device];
    *value = attribute == GPU_ATTRIBUTE_COMPUTE_MAJOR          ? compute / 10
             : attribute == GPU_ATTRIBUTE_COMPUTE_MINOR        ? compute % 10
             : attribute == GPU_ATTRIBUTE_COMPUTE_MODE         ? (int)sim.config.mode[device]
             : attribute == GPU_ATTRIBUTE_MULTIPROCESSOR_COUNT ? 4
                                                               : 0;
    return leave(GPU_SUCCESS);
}

gpu_result cuDevicePrimaryCtxRetain(gpu_context *context, gpu_device device) {
    BEGIN(STARTED);
    if (sim.sticky) return leave(sim.sticky);
    if (!device_known(device)) return leave(SIM_ERROR_INVALID_DEVICE);
    uint64_t mode = sim.config.mode[device];
    if (mode == GPU_COMPUTE_MODE_PROHIBITED) return leave(GPU_ERROR_UNKNOWN);
    if (mode == SIM_MODE_BUSY) return leave(SIM_ERROR_DEVICE_UNAVAILABLE);
    *context = (gpu_context)(void *)&contexts[device];
    sim.objects++;
    return leave(GPU_SUCCESS);
}

gpu_result cuDevicePrimaryCtxRelease_v2(gpu_device device) {
    gpu_result result = enter(STARTED);
    (void)device;
    if (sim.objects) sim.objects--;
    return leave(result);
}

gpu_result cuCtxSetCurrent(gpu_context context) {
    BEGIN(STARTED);
    current = context;
    return leave(GPU_SUCCESS);
}

// ------------------------------------------------------------------------------------- memory

gpu_result cuMemGetInfo_v2(size_t *free_bytes, size_t *total_bytes) {
    BEGIN(CONTEXT);
    *total_bytes = sim.config.memory[device_now()];
    *free_bytes = sim_memory_free(device_now());
    return leave(GPU_SUCCESS);
}

gpu_result cuMemAlloc_v2(gpu_memory *memory, size_t bytes) {
    BEGIN(CONTEXT);
    void *at = sim_memory_take(SIM_DEVICE, device_now(), bytes);
    *memory = (gpu_memory)(uintptr_t)at;
    return leave(at ? GPU_SUCCESS : GPU_ERROR_OUT_OF_MEMORY);
}

// What gives something back does so even when it has to report an error.
gpu_result cuMemFree_v2(gpu_memory memory) {
    gpu_result result = enter(CONTEXT);
    if (!sim_memory_give(SIM_DEVICE, (void *)(uintptr_t)memory)) result = GPU_ERROR_INVALID_VALUE;
    return leave(result);
}

gpu_result cuMemHostAlloc(void **memory, size_t bytes, unsigned flags) {
    BEGIN(CONTEXT);
    (void)flags;
    *memory = sim_memory_take(SIM_PINNED, device_now(), bytes);
    return leave(*memory ? GPU_SUCCESS : GPU_ERROR_OUT_OF_MEMORY);
}

gpu_result cuMemFreeHost(void *memory) {
    gpu_result result = enter(CONTEXT);
    if (!sim_memory_give(SIM_PINNED, memory)) result = GPU_ERROR_INVALID_VALUE;
    return leave(result);
}

// ------------------------------------------------------------------------------------- kernels

// A stub names kernels and the bytes of their argument, one in a line: at least one, all known.
static bool stub_fits(const char *text) {
    size_t known = 0;
    for (size_t i = 0; i < sim_kernel_count; i++) {
        char line[64];
        snprintf(line, sizeof line, "\n%s %u\n", sim_kernels[i].name,
                 sim_kernels[i].argument_bytes);
        known += strstr(text, line) != NULL;
    }
    for (const char *end = text; (end = strchr(end, '\n')); end++)
        known -= end[1] != '\0'; // a line follows
    return known == 0 && strchr(text, '\n')[1] != '\0';
}

gpu_result cuModuleLoadData(gpu_module *module, const void *image) {
    BEGIN(CONTEXT);
    uint32_t magic;
    memcpy(&magic, image, sizeof magic);
    bool stub = strncmp(image, GPU_STUB_MAGIC, strlen(GPU_STUB_MAGIC)) == 0 && stub_fits(image);
    if (magic != FATBIN_MAGIC && (!stub || sim.config.real)) return leave(GPU_ERROR_INVALID_IMAGE);
    *module = (gpu_module)(void *)&sim;
    sim.objects++;
    return leave(GPU_SUCCESS);
}

gpu_result cuModuleUnload(gpu_module module) {
    gpu_result result = enter(CONTEXT);
    (void)module;
    sim.objects--;
    return leave(result);
}

gpu_result cuModuleGetFunction(gpu_function *function, gpu_module module, const char *name) {
    BEGIN(CONTEXT);
    (void)module;
    for (size_t i = 0; i < sim_kernel_count; i++) {
        if (strcmp(sim_kernels[i].name, name)) continue;
        *function = (gpu_function)(uintptr_t)(i + 1);
        return leave(GPU_SUCCESS);
    }
    return leave(GPU_ERROR_NOT_FOUND);
}

gpu_result cuFuncGetAttribute(int *value, int attribute, gpu_function function) {
    BEGIN(CONTEXT);
    (void)function;
    *value = attribute == GPU_FUNCTION_ATTRIBUTE_REGISTERS ? 64 : 0;
    return leave(GPU_SUCCESS);
}

gpu_result cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, gpu_function function,
                                                       int block_threads, size_t shared_bytes) {
    BEGIN(CONTEXT);
    (void)function;
    (void)block_threads;
    (void)shared_bytes;
    *blocks = 2;
    return leave(GPU_SUCCESS);
}

gpu_result cuLaunchKernel(gpu_function function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                          unsigned block_x, unsigned block_y, unsigned block_z,
                          unsigned shared_bytes, gpu_stream stream, void **arguments,
                          void **extra) {
    BEGIN(CONTEXT);
    uintptr_t number = (uintptr_t)function;
    if (!sim_stream_known(stream) || number < 1 || number > sim_kernel_count)
        return leave(GPU_ERROR_INVALID_HANDLE);
    const struct sim_kernel *kernel = &sim_kernels[number - 1];
    if (grid_x < 1 || grid_y < 1 || grid_z != 1 || block_x != kernel->threads || block_y != 1 ||
        block_z != 1 || shared_bytes || extra) {
        sim_fault("%s is launched with %u x %u blocks of %u threads", kernel->name, grid_x, grid_y,
                  block_x);
        return leave(GPU_ERROR_INVALID_VALUE);
    }
    struct sim_op op = {.kind = SIM_KERNEL, .kernel = kernel, .grid_x = grid_x, .grid_y = grid_y};
    memcpy(op.arguments, arguments[0], kernel->argument_bytes);
    return leave(sim_enqueue(stream, &op));
}

// ------------------------------------------------------------------------------ streams, events

gpu_result cuStreamCreateWithPriority(gpu_stream *stream, unsigned flags, int priority) {
    BEGIN(CONTEXT);
    (void)flags;
    (void)priority;
    for (uint32_t i = 0; i < SIM_STREAMS_MAX; i++) {
        struct CUstream_st *s = &sim.stream[i];
        if (s->used) continue;
        s->used = true;
        s->index = i;
        s->clock = sim.host;
        s->first = NULL;
        s->last = &s->first;
        s->capture = NULL;
        *stream = s;
        sim.objects++;
        return leave(GPU_SUCCESS);
    }
    return leave(GPU_ERROR_OUT_OF_MEMORY);
}

gpu_result cuStreamDestroy_v2(gpu_stream stream) {
    gpu_result result = enter(CONTEXT);
    if (!sim_stream_known(stream)) return leave(GPU_ERROR_INVALID_HANDLE);
    sim_stream_clear(stream);
    stream->used = false;
    sim.objects--;
    return leave(result);
}

gpu_result cuStreamWaitEvent(gpu_stream stream, gpu_event event, unsigned flags) {
    BEGIN(CONTEXT);
    if (flags || !sim_stream_known(stream) || !sim_event_known(event))
        return leave(GPU_ERROR_INVALID_HANDLE);
    return leave(sim_enqueue(stream, &(struct sim_op){.kind = SIM_WAIT, .event = event}));
}

gpu_result cuStreamQuery(gpu_stream stream) {
    BEGIN(CONTEXT);
    if (!sim_stream_known(stream)) return leave(GPU_ERROR_INVALID_HANDLE);
    sim.questions++;
    pthread_cond_broadcast(&sim.changed);
    if (stream->first) return leave(GPU_ERROR_NOT_READY);
    sim_clock_join(&sim.host, &stream->clock);
    return leave(GPU_SUCCESS);
}

gpu_result cuEventCreate(gpu_event *event, unsigned flags) {
    BEGIN(CONTEXT);
    struct CUevent_st *made = calloc(1, sizeof *made);
    if (!made) return leave(GPU_ERROR_OUT_OF_MEMORY);
    made->timed = !(flags & GPU_EVENT_UNTIMED);
    made->asked = UINT64_MAX;
    made->next = sim.events;
    sim.events = *event = made;
    sim.objects++;
    return leave(GPU_SUCCESS);
}

gpu_result cuEventDestroy_v2(gpu_event event) {
    gpu_result result = enter(CONTEXT);
    for (struct CUevent_st **e = &sim.events; *e; e = &(*e)->next) {
        if (*e != event) continue;
        *e = event->next;
        free(event);
        sim.objects--;
        return leave(result);
    }
    sim_fault("%p is destroyed but is not an event", (void *)event);
    return leave(GPU_ERROR_INVALID_HANDLE);
}

gpu_result cuEventRecord(gpu_event event, gpu_stream stream) {
    BEGIN(CONTEXT);
    if (!sim_stream_known(stream) || !sim_event_known(event))
        return leave(GPU_ERROR_INVALID_HANDLE);
    return leave(sim_enqueue(stream, &(struct sim_op){.kind = SIM_RECORD, .event = event}));
}

// How often a program asks until an event has passed is chance. Only the first time after each
// record is counted, so that a program that does the same makes the same calls.
gpu_result cuEventQuery(gpu_event event) {
    pthread_mutex_lock(&sim.lock);
    bool known = sim_event_known(event), again = known && event->asked == event->recorded;
    gpu_result result = check(CONTEXT, __func__, !again);
    if (result) return leave(result);
    if (!known) return leave(GPU_ERROR_INVALID_HANDLE);
    event->asked = event->recorded;
    sim.questions++;
    pthread_cond_broadcast(&sim.changed);
    if (event->passed < event->recorded) return leave(GPU_ERROR_NOT_READY);
    sim_clock_join(&sim.host, &event->clock);
    return leave(GPU_SUCCESS);
}

gpu_result cuEventElapsedTime(float *ms, gpu_event from, gpu_event to) {
    BEGIN(CONTEXT);
    if (!sim_event_known(from) || !sim_event_known(to)) return leave(GPU_ERROR_INVALID_HANDLE);
    if (!from->timed || !to->timed || !from->recorded || !to->recorded)
        return leave(GPU_ERROR_INVALID_HANDLE);
    if (from->passed < from->recorded || to->passed < to->recorded)
        return leave(GPU_ERROR_NOT_READY);
    *ms = (float)((double)(to->passed_ns - from->passed_ns) * 1e-6);
    return leave(GPU_SUCCESS);
}

// -------------------------------------------------------------------------------------- copies

static gpu_result copy(gpu_stream stream, enum sim_kind kind, void *to, const void *from,
                       size_t bytes) {
    if (!sim_stream_known(stream)) return GPU_ERROR_INVALID_HANDLE;
    enum sim_place to_place = kind == SIM_DOWN ? SIM_PINNED : SIM_DEVICE;
    enum sim_place from_place = kind == SIM_DOWN ? SIM_DEVICE : SIM_PINNED;
    if (!sim_memory_holds(to_place, to, bytes) ||
        (kind != SIM_FILL && !sim_memory_holds(from_place, from, bytes)))
        return GPU_ERROR_INVALID_VALUE;
    return sim_enqueue(stream,
                       &(struct sim_op){.kind = kind, .to = to, .from = from, .bytes = bytes});
}

gpu_result cuMemcpyHtoDAsync_v2(gpu_memory to, const void *from, size_t bytes,
                                gpu_stream stream) {
    BEGIN(CONTEXT);
    return leave(copy(stream, SIM_UP, (void *)(uintptr_t)to, from, bytes));
}

gpu_result cuMemcpyDtoHAsync_v2(void *to, gpu_memory from, size_t bytes, gpu_stream stream) {
    BEGIN(CONTEXT);
    return leave(copy(stream, SIM_DOWN, to, (const void *)(uintptr_t)from, bytes));
}

gpu_result cuMemsetD8Async(gpu_memory to, unsigned char value, size_t bytes, gpu_stream stream) {
    BEGIN(CONTEXT);
    if (!sim_stream_known(stream)) return leave(GPU_ERROR_INVALID_HANDLE);
    void *at = (void *)(uintptr_t)to;
    if (!sim_memory_holds(SIM_DEVICE, at, bytes)) return leave(GPU_ERROR_INVALID_VALUE);
    struct sim_op op = {.kind = SIM_FILL, .to = at, .bytes = bytes, .value = value};
    return leave(sim_enqueue(stream, &op));
}

// -------------------------------------------------------------------------------------- graphs

gpu_result cuStreamBeginCapture_v2(gpu_stream stream, int mode) {
    BEGIN(CONTEXT);
    (void)mode;
    if (!sim_stream_known(stream) || stream->capture) return leave(GPU_ERROR_INVALID_HANDLE);
    stream->capture = calloc(1, sizeof *stream->capture);
    if (!stream->capture) return leave(GPU_ERROR_OUT_OF_MEMORY);
    sim.objects++;
    return leave(GPU_SUCCESS);
}

gpu_result cuStreamEndCapture(gpu_stream stream, gpu_graph *graph) {
    gpu_result result = enter(CONTEXT);
    if (!sim_stream_known(stream)) return leave(GPU_ERROR_INVALID_HANDLE);
    *graph = stream->capture;
    stream->capture = NULL;
    if (result && *graph) { // a failed capture leaves no graph
        free(*graph);
        *graph = NULL;
        sim.objects--;
    }
    return leave(result);
}

gpu_result cuGraphInstantiateWithFlags(gpu_graph_exec *exec, gpu_graph graph,
                                       unsigned long long flags) {
    BEGIN(CONTEXT);
    struct CUgraph_st *made = flags ? NULL : malloc(sizeof *made);
    if (!made) return leave(flags ? GPU_ERROR_INVALID_VALUE : GPU_ERROR_OUT_OF_MEMORY);
    *made = *graph;
    *exec = (gpu_graph_exec)(void *)made;
    sim.objects++;
    return leave(GPU_SUCCESS);
}

gpu_result cuGraphLaunch(gpu_graph_exec exec, gpu_stream stream) {
    BEGIN(CONTEXT);
    const struct CUgraph_st *graph = (const void *)exec;
    if (!sim_stream_known(stream)) return leave(GPU_ERROR_INVALID_HANDLE);
    for (uint32_t i = 0; i < graph->count && !result; i++)
        result = sim_enqueue(stream, &graph->op[i]);
    return leave(result);
}

gpu_result cuGraphExecDestroy(gpu_graph_exec exec) {
    gpu_result result = enter(CONTEXT);
    free(exec);
    sim.objects--;
    return leave(result);
}

gpu_result cuGraphDestroy(gpu_graph graph) {
    gpu_result result = enter(CONTEXT);
    free(graph);
    sim.objects--;
    return leave(result);
}
