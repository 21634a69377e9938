// Streams as queues of operations: enqueuing, with clocks, and throwing away. Locked.
#include <stdlib.h>
#include <string.h>

#include "tests/cudasim/sim.h" // sim

#define POISON 0xff

bool sim_stream_known(const struct CUstream_st *stream) {
    for (int i = 0; i < SIM_STREAMS_MAX; i++) {
        if (stream == &sim.stream[i] && stream->used) return true;
    }
    sim_fault("%p is not a stream", (const void *)stream);
    return false;
}

bool sim_event_known(const struct CUevent_st *event) {
    for (const struct CUevent_st *e = sim.events; e; e = e->next) {
        if (e == event) return true;
    }
    sim_fault("%p is not an event", (const void *)event);
    return false;
}

static gpu_result capture_add(struct CUgraph_st *graph, const struct sim_op *model) {
    if (graph->count == SIM_GRAPH_OPS_MAX) return GPU_ERROR_OUT_OF_MEMORY;
    if (model->kind == SIM_RECORD || model->kind == SIM_WAIT) {
        sim_fault("events inside a capture are not simulated");
        return GPU_ERROR_INVALID_VALUE;
    }
    graph->op[graph->count++] = *model;
    return GPU_SUCCESS;
}

// What the operation leaves known to whoever comes after it.
static void order_set(struct CUstream_st *stream, struct sim_op *op) {
    sim_clock_join(&stream->clock, &sim.host);
    op->clock = stream->clock;
    op->stream = stream->index;
    op->number = ++stream->numbered;
    stream->clock.at[stream->index] = op->number;
    if (op->kind == SIM_RECORD) {
        op->event_number = ++op->event->recorded;
        op->event->clock = stream->clock;
    }
    if (op->kind == SIM_WAIT) {
        op->event_number = op->event->recorded;
        sim_clock_join(&stream->clock, &op->event->clock);
    }
}

gpu_result sim_enqueue(struct CUstream_st *stream, const struct sim_op *model) {
    if (stream->capture) return capture_add(stream->capture, model);
    struct sim_op *op = malloc(sizeof *op);
    if (!op) return GPU_ERROR_OUT_OF_MEMORY;
    *op = *model;
    op->next = NULL;
    order_set(stream, op);
    if (op->kind == SIM_KERNEL) op->hangs = ++sim.launches == sim.config.hang;
    if (sim.config.adversary) {
        op->hold = (uint32_t)sim.questions + sim_random() % 3;
        op->seed = sim_random() | 1;
        if (op->kind == SIM_DOWN) memset(op->to, POISON, op->bytes);
    }
    *stream->last = op;
    stream->last = &op->next;
    sim_workers_start();
    pthread_cond_broadcast(&sim.changed);
    return GPU_SUCCESS;
}

// Waits for what is being run, throws the rest away.
void sim_stream_clear(struct CUstream_st *stream) {
    while (stream->busy)
        pthread_cond_wait(&sim.changed, &sim.lock);
    while (stream->first) {
        struct sim_op *op = stream->first;
        stream->first = op->next;
        if (op->kind == SIM_RECORD && sim_event_known(op->event)) op->event->passed++;
        free(op);
    }
    stream->last = &stream->first;
}
