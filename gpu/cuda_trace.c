// What the device did when, for a trace: events that take the time, recorded around the parts of a
// batch and read when all of it is done.
//
// The first stamp of a batch is the origin: the device takes it when it gets there, which is soon,
// because the engine waits for a batch before it sends the next; the host's clock is read just
// before it is sent. So the device's slices are early by that way, some microseconds, and exact
// among each other. A batch of more than GPU_TRACE_PARTS parts shows the first ones. One thread.
#include "gpu/cuda_state.h"  // struct renderer
#include "profiling/trace.h" // trace_record_line

gpu_result cuda_trace_open(struct renderer *self) {
    for (int part = 0; part < GPU_TRACE_PARTS; part++) {
        for (int stamp = 0; stamp < GPU_STAMPS; stamp++) {
            gpu_result result =
                self->cuda->event_make(&self->trace.stamps[part][stamp], GPU_EVENT_TIMED);
            if (result) return result;
        }
    }
    return GPU_SUCCESS;
}

void cuda_trace_close(struct renderer *self) {
    for (int part = 0; part < GPU_TRACE_PARTS; part++) {
        for (int stamp = 0; stamp < GPU_STAMPS; stamp++) {
            gpu_event event = self->trace.stamps[part][stamp];
            if (event) self->cuda->event_end(event);
        }
    }
}

void cuda_trace_begin(struct renderer *self) {
    self->trace.on = trace_on();
    self->trace.count = 0;
}

void cuda_trace_part(struct renderer *self, const struct gpu_trace_part *part) {
    struct gpu_trace *trace = &self->trace;
    if (!trace->on) return;
    if (trace->count < GPU_TRACE_PARTS) trace->parts[trace->count] = *part;
    trace->count++;
    if (trace->count == 1) trace->origin_ns = cuda_now_ns();
}

gpu_result cuda_trace_stamp(struct renderer *self, enum gpu_stamp stamp) {
    struct gpu_trace *trace = &self->trace;
    if (!trace->on || trace->count > GPU_TRACE_PARTS) return GPU_SUCCESS;
    gpu_stream stream = stamp < GPU_STAMP_COPY ? self->compute : self->copy;
    return self->cuda->event_record(trace->stamps[trace->count - 1][stamp], stream);
}

// Nanoseconds from the origin to a stamp; below 0 when the driver does not say.
static int64_t since_origin(const struct renderer *self, uint32_t part, enum gpu_stamp stamp) {
    const struct gpu_trace *trace = &self->trace;
    float ms;
    if (self->cuda->event_elapsed(&ms, trace->stamps[0][0], trace->stamps[part][stamp])) return -1;
    return (int64_t)((double)ms * 1e6);
}

static void slice_tell(const struct renderer *self, uint32_t part, enum gpu_stamp from,
                       enum trace_line line, enum trace_slice slice, const int64_t numbers[3]) {
    int64_t begin = since_origin(self, part, from);
    int64_t end = since_origin(self, part, (enum gpu_stamp)(from + 1));
    if (begin < 0 || end < begin) return;
    trace_record_line(line, slice, self->trace.origin_ns + begin, end - begin, numbers);
}

void cuda_trace_tell(struct renderer *self) {
    const struct gpu_trace *trace = &self->trace;
    if (!trace->on) return;
    for (uint32_t i = 0; i < trace->count && i < GPU_TRACE_PARTS; i++) {
        const struct gpu_trace_part *part = &trace->parts[i];
        slice_tell(self, i, GPU_STAMP_UPLOAD, TRACE_GPU_COMPUTE, TRACE_UPLOAD,
                   (const int64_t[3]){(int64_t)part->bytes});
        slice_tell(self, i, GPU_STAMP_KERNELS, TRACE_GPU_COMPUTE, TRACE_KERNELS,
                   (const int64_t[3]){part->spans, part->frames, part->graph});
        if (part->copied) {
            slice_tell(self, i, GPU_STAMP_COPY, TRACE_GPU_COPY, (enum trace_slice)RANGE_COPY,
                       (const int64_t[3]){0});
        }
    }
}
