// What the device did when, for a trace: events that take the time, recorded around the parts of a
// batch and read when all of it is done.
//
// Stamps are reckoned from an origin, which is recorded ahead of a batch that is sent while no
// other is under way: the device takes it when it gets there, which is soon, and the host's clock
// is read just before it is sent. So the device's slices are early by that way, some microseconds,
// and exact among each other. A batch that follows another one has its stamps beside that one's,
// and the same origin. One of more than GPU_TRACE_PARTS parts shows the first ones. One thread.
#include "gpu/cuda_state.h"  // struct renderer
#include "profiling/trace.h" // trace_record_line

gpu_result cuda_trace_open(struct renderer *self) {
    struct gpu_trace *trace = &self->trace;
    gpu_result result = self->cuda->event_make(&trace->origin, GPU_EVENT_TIMED);
    for (int i = 0; i < GPU_BATCHES * GPU_TRACE_PARTS * GPU_STAMPS && !result; i++) {
        struct gpu_trace_batch *batch = &trace->batches[i / GPU_STAMPS / GPU_TRACE_PARTS];
        gpu_event *stamp = &batch->stamps[i / GPU_STAMPS % GPU_TRACE_PARTS][i % GPU_STAMPS];
        result = self->cuda->event_make(stamp, GPU_EVENT_TIMED);
    }
    return result;
}

void cuda_trace_close(struct renderer *self) {
    const struct gpu_trace *trace = &self->trace;
    for (int i = 0; i < GPU_BATCHES * GPU_TRACE_PARTS * GPU_STAMPS; i++) {
        const struct gpu_trace_batch *batch = &trace->batches[i / GPU_STAMPS / GPU_TRACE_PARTS];
        gpu_event stamp = batch->stamps[i / GPU_STAMPS % GPU_TRACE_PARTS][i % GPU_STAMPS];
        if (stamp) self->cuda->event_end(stamp);
    }
    if (trace->origin) self->cuda->event_end(trace->origin);
}

gpu_result cuda_trace_begin(struct renderer *self) {
    struct gpu_trace *trace = &self->trace;
    const uint32_t half = self->submitted % GPU_BATCHES;
    bool follows = self->submitted != self->collected;
    trace->sent = &trace->batches[half];
    trace->sent->count = 0;
    trace->sent->on = trace_on() && (!follows || trace->batches[1 - half].on);
    if (!trace->sent->on || follows) return GPU_SUCCESS;
    trace->origin_ns = cuda_now_ns();
    return self->cuda->event_record(trace->origin, self->compute);
}

void cuda_trace_part(struct renderer *self, const struct gpu_trace_part *part) {
    struct gpu_trace_batch *batch = self->trace.sent;
    if (!batch->on) return;
    if (batch->count < GPU_TRACE_PARTS) batch->parts[batch->count] = *part;
    batch->count++;
}

gpu_result cuda_trace_stamp(struct renderer *self, enum gpu_stamp stamp) {
    struct gpu_trace_batch *batch = self->trace.sent;
    if (!batch->on || batch->count > GPU_TRACE_PARTS) return GPU_SUCCESS;
    gpu_stream stream = stamp < GPU_STAMP_COPY ? self->compute : self->copy;
    return self->cuda->event_record(batch->stamps[batch->count - 1][stamp], stream);
}

// Nanoseconds from the origin to STAMP; below 0 when the driver does not say.
static int64_t since_origin(const struct renderer *self, gpu_event stamp) {
    float ms;
    if (self->cuda->event_elapsed(&ms, self->trace.origin, stamp)) return -1;
    return (int64_t)((double)ms * 1e6);
}

static void slice_tell(const struct renderer *self, const gpu_event *stamps, enum gpu_stamp from,
                       enum trace_line line, enum trace_slice slice, const int64_t numbers[3]) {
    int64_t begin = since_origin(self, stamps[from]);
    int64_t end = since_origin(self, stamps[from + 1]);
    if (begin < 0 || end < begin) return;
    trace_record_line(line, slice, self->trace.origin_ns + begin, end - begin, numbers);
}

void cuda_trace_tell(struct renderer *self, uint32_t half) {
    const struct gpu_trace_batch *batch = &self->trace.batches[half];
    if (!batch->on) return;
    for (uint32_t i = 0; i < batch->count && i < GPU_TRACE_PARTS; i++) {
        const struct gpu_trace_part *part = &batch->parts[i];
        const gpu_event *stamps = batch->stamps[i];
        slice_tell(self, stamps, GPU_STAMP_UPLOAD, TRACE_GPU_COMPUTE, TRACE_UPLOAD,
                   (const int64_t[3]){(int64_t)part->bytes});
        slice_tell(self, stamps, GPU_STAMP_KERNELS, TRACE_GPU_COMPUTE, TRACE_KERNELS,
                   (const int64_t[3]){part->spans, part->frames, part->graph});
        if (part->copied) {
            slice_tell(self, stamps, GPU_STAMP_COPY, TRACE_GPU_COPY, (enum trace_slice)RANGE_COPY,
                       (const int64_t[3]){0});
        }
    }
}
