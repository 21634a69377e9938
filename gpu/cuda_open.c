// Takes everything that the CUDA renderer needs, and gives it back: see cuda_state.h.
//
// One device allocation and one pinned one, each carved by the same code that measured it; then
// streams, events, the kernels, and the graphs, each run once, so that the first batch finds
// everything loaded and warm. Opening thread.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/fault.h"   // fault_set
#include "gpu/cuda_state.h" // struct renderer
#include "gpu/image.h"      // gpu_image
#include "gpu/pool.h"       // struct gpu_pool

#define SHARE_DEFAULT 0.8

static const char *const kernel_names[GPU_KERNEL_COUNT] = {
#define GPU_NAME(name, threads) "aeo_" #name,
    GPU_KERNELS(GPU_NAME)
#undef GPU_NAME
};
static const int kernel_threads[GPU_KERNEL_COUNT] = {
#define GPU_THREADS(name, threads) threads,
    GPU_KERNELS(GPU_THREADS)
#undef GPU_THREADS
};

// ------------------------------------------------------------------------------------- memory

static void device_carve(struct renderer *self) {
    const struct gpu_limits *l = &self->limits;
    struct gpu_addresses *at = &self->at;
    struct gpu_pool pool = {at->all, l->device_bytes, 0};
    at->notes =
        gpu_pool_take(&pool, l->sessions_max, PLAN_SESSION_NOTES * sizeof(struct voice_note));
    at->states = gpu_pool_take(&pool, l->sessions_max, sizeof(struct effects_state));
    at->dry = gpu_pool_take(&pool, l->part_frames * GPU_DRY_ROWS, sizeof(float));
    at->send = gpu_pool_take(&pool, l->part_frames * GPU_SEND_ROWS, sizeof(float));
    at->passed = gpu_pool_take(&pool, l->part_frames * GPU_PASSED_ROWS, sizeof(float));
    at->diffused = gpu_pool_take(&pool, l->part_frames * GPU_DIFFUSED_ROWS, sizeof(float));
    at->wet = gpu_pool_take(&pool, l->part_frames * GPU_WET_ROWS, sizeof(float));
    at->drive = gpu_pool_take(&pool, l->part_frames / CELL_FRAMES + l->part_spans, sizeof(float));
    at->carries = gpu_pool_take(&pool, l->part_carries, sizeof(struct gpu_carry));
    for (uint32_t slot = 0; slot < GPU_SLOTS; slot++) {
        at->part[slot] = gpu_pool_take(&pool, 1, l->part_bytes);
        at->out[slot] = gpu_pool_take(&pool, 2 * l->part_frames, sizeof(float));
    }
    at->scratch = gpu_pool_take(&pool, 1, l->scratch_bytes);
}

static void host_carve(struct renderer *self) {
    const struct gpu_limits *l = &self->limits;
    struct gpu_host *host = &self->host;
    struct gpu_pool pool = {(uint64_t)(uintptr_t)host->all, l->host_bytes, 0};
    for (uint32_t half = 0; half < GPU_BATCHES; half++) {
        host->stages[half] = (unsigned char *)(uintptr_t)gpu_pool_take(&pool, 1, l->stage_bytes);
        host->outs[half] = (float *)(uintptr_t)gpu_pool_take(
            &pool, 2 * (size_t)l->batch_frames_max, sizeof(float));
    }
    host->stage = host->stages[0];
    host->state =
        (unsigned char *)(uintptr_t)gpu_pool_take(&pool, 1, sizeof(struct effects_state));
    host->kept =
        (unsigned char *)(uintptr_t)gpu_pool_take(&pool, l->keeps, sizeof(struct effects_state));
}

static enum aeo_status memory_open(struct renderer *self, aeo_fault *fault) {
    const struct gpu_calls *cuda = self->cuda;
    struct gpu_limits *l = &self->limits;
    size_t free_bytes = 0, total_bytes = 0;
    gpu_result result = cuda->memory_info(&free_bytes, &total_bytes);
    if (result) return gpu_fault(&self->device, fault, "asking for device memory", result);
    double share = self->asked.memory_share > 0 ? self->asked.memory_share : SHARE_DEFAULT;
    l->memory_bytes = (size_t)((double)free_bytes * share);
    if (self->asked.memory_bytes) l->memory_bytes = self->asked.memory_bytes;
    if (l->memory_bytes > free_bytes) l->memory_bytes = free_bytes;
    if (!gpu_limits_work_out(l)) {
        return fault_set(fault, AEO_ERR_MEMORY, "gpu_memory",
                        "device memory: %zu MB may be taken, the smallest set-up needs %zu MB",
                        l->memory_bytes >> 20, (l->device_bytes >> 20) + 1);
    }
    result = cuda->memory_take(&self->at.all, l->device_bytes);
    if (result) return gpu_fault(&self->device, fault, "taking device memory", result);
    do {
        result = cuda->host_take((void **)&self->host.all, l->host_bytes, GPU_HOST_ALLOC_PORTABLE);
    } while (result == GPU_ERROR_OUT_OF_MEMORY && gpu_limits_keep_less(l));
    if (result) return gpu_fault(&self->device, fault, "taking pinned memory", result);
    device_carve(self);
    host_carve(self);
    size_t notes = (size_t)l->sessions_max * PLAN_SESSION_NOTES;
    self->present = calloc((notes + 31) / 32, sizeof *self->present);
    self->resets = calloc(l->sessions_max / 32 + 1, sizeof *self->resets);
    self->order = calloc(l->sessions_max, sizeof *self->order);
    self->fresh = calloc(GPU_PART_FRESH_MAX, sizeof *self->fresh);
    if (!self->present || !self->resets || !self->order || !self->fresh)
        return fault_set(fault, AEO_ERR_MEMORY, "renderer", "no memory for the CUDA renderer");
    return AEO_OK;
}

// ------------------------------------------------------------------------------------ kernels

static enum aeo_status kernels_open(struct renderer *self, aeo_fault *fault) {
    const struct gpu_calls *cuda = self->cuda;
    gpu_result result = cuda->module_load(&self->module, gpu_image);
    if (result && gpu_image_is_stub) {
        return fault_set(fault, AEO_ERR_RENDERER, "renderer",
                        "this program was built without CUDA kernels (no nvcc then)");
    }
    if (result) return gpu_fault(&self->device, fault, "loading the kernels", result);
    for (int k = 0; k < GPU_KERNEL_COUNT; k++) {
        int blocks = 0;
        result = cuda->module_function(&self->kernel[k], self->module, kernel_names[k]);
        if (!result) result = cuda->occupancy(&blocks, self->kernel[k], kernel_threads[k], 0);
        if (result) return gpu_fault(&self->device, fault, kernel_names[k], result);
        self->limits.occupancy[k] = blocks > 0 ? (uint32_t)blocks : 1;
    }
    return AEO_OK;
}

static gpu_result streams_open(struct renderer *self) {
    const struct gpu_calls *cuda = self->cuda;
    gpu_result result = cuda->stream_make(&self->compute, GPU_STREAM_NON_BLOCKING, 0);
    if (!result) result = cuda->stream_make(&self->copy, GPU_STREAM_NON_BLOCKING, 0);
    gpu_event *events[] = {&self->rendered[0], &self->rendered[1], &self->copied[0],
                           &self->copied[1],   &self->done[0],     &self->done[1],
                           &self->loaded,      &self->saved,       &self->kept};
    for (size_t i = 0; i < sizeof events / sizeof *events && !result; i++)
        result = cuda->event_make(events[i], GPU_EVENT_UNTIMED);
    if (!result) result = cuda_trace_open(self);
    return result;
}

// Pools hold nothing yet, and no session does: every state is first reset or loaded.
enum aeo_status cuda_open(struct renderer *self, aeo_fault *fault) {
    enum aeo_status status = gpu_device_open(&self->device, self->asked.device, fault);
    if (status) return status;
    self->cuda = &self->device.table.calls;
    struct gpu_limits *l = &self->limits;
    l->sessions_max = self->asked.sessions_max;
    l->span_frames_max = self->asked.span_frames_max;
    l->batch_frames_max = self->asked.batch_frames_max;
    l->keeps = self->asked.snapshots_max;
    l->multiprocessors = self->device.multiprocessors;
    status = kernels_open(self, fault);
    if (status == AEO_OK) status = memory_open(self, fault);
    if (status) return status;
    gpu_result result = streams_open(self);
    if (result) return gpu_fault(&self->device, fault, "making streams and events", result);
    result = cuda_graphs_make(self);
    if (result) return gpu_fault(&self->device, fault, "making graphs", result);
    gpu_table_seal(&self->device.table, true);
    return AEO_OK;
}

void cuda_close(struct renderer *self) {
    // Behind a kernel that never ends every call would wait for it: all of it stays with the
    // process, which has to be started anew for CUDA anyway.
    if (self->cuda && !self->hung) {
        const struct gpu_calls *cuda = self->cuda;
        gpu_table_seal(&self->device.table, false);
        cuda->context_set(self->device.context);
        for (uint32_t i = 0; i < self->shape_count; i++) {
            for (uint32_t slot = 0; slot < GPU_SLOTS; slot++) {
                gpu_graph_exec graph = self->shapes[i].graph[slot];
                if (graph) cuda->graph_exec_end(graph);
            }
        }
        if (self->compute) cuda->stream_end(self->compute);
        if (self->copy) cuda->stream_end(self->copy);
        gpu_event events[] = {self->rendered[0], self->rendered[1], self->copied[0],
                              self->copied[1],   self->done[0],     self->done[1],
                              self->loaded,      self->saved,       self->kept};
        for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
            if (events[i]) cuda->event_end(events[i]);
        }
        cuda_trace_close(self);
        if (self->module) cuda->module_unload(self->module);
        if (self->host.all) cuda->host_give(self->host.all);
        if (self->at.all) cuda->memory_give(self->at.all);
    }
    if (!self->hung) gpu_device_close(&self->device);
    free(self->present);
    free(self->resets);
    free(self->order);
    free(self->fresh);
}
