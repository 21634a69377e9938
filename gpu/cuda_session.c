// Effect states of sessions on the device: reset, copied down, copied up; what is waited for there
// is one copy of two megabytes. And the question whether those have arrived that travel behind a
// batch, for which nobody waits. One thread.
#include <assert.h>
#include <string.h>

#include "gpu/cuda_state.h" // struct renderer

static gpu_memory state_at(const struct renderer *self, uint32_t slot) {
    return self->at.states + (uint64_t)slot * sizeof(struct effects_state);
}

// Done by the first kernel of the part that renders the session next.
enum aeo_status cuda_session_reset(struct renderer *self, uint32_t slot) {
    if (self->lost) return AEO_ERR_LOST;
    cuda_bit_set(self->resets, slot);
    return AEO_OK;
}

// The pinned room for one state is free once the copy up from it has been made.
static gpu_result state_room(struct renderer *self) {
    if (!self->host.state_busy) return GPU_SUCCESS;
    self->host.state_busy = false;
    return cuda_await(self, self->loaded, self->watchdog_ns);
}

enum aeo_status cuda_session_load(struct renderer *self, uint32_t slot, const void *bytes) {
    if (self->lost) return AEO_ERR_LOST;
    const struct gpu_calls *cuda = self->cuda;
    gpu_result result = cuda->context_set(self->device.context);
    if (!result) result = state_room(self);
    if (!result) result = cuda_keeps_settle(self);
    if (result) return cuda_lose(self, "a state on its way up", result);
    memcpy(self->host.state, bytes, sizeof(struct effects_state));
    result = cuda->copy_up(state_at(self, slot), self->host.state, sizeof(struct effects_state),
                           self->compute);
    if (!result) result = cuda->event_record(self->loaded, self->compute);
    if (result) return cuda_lose(self, "a state on its way up", result);
    self->host.state_busy = true;
    self->counters.states_up++;
    cuda_bit_clear(self->resets, slot);
    return AEO_OK;
}

enum aeo_status cuda_session_save(struct renderer *self, uint32_t slot, void *bytes) {
    if (self->lost) return AEO_ERR_LOST;
    if (cuda_bit(self->resets, slot)) {
        effects_reset(bytes);
        return AEO_OK;
    }
    const struct gpu_calls *cuda = self->cuda;
    gpu_result result = cuda->context_set(self->device.context);
    // Nothing changes a state now, and so the copy need not wait for compute: each batch has been
    // seen to be done, and so has the last state on its way up.
    assert(self->submitted == self->collected);
    if (!result) result = state_room(self);
    if (!result)
        result = cuda->copy_down(self->host.state, state_at(self, slot),
                                 sizeof(struct effects_state), self->copy);
    if (!result) result = cuda->event_record(self->saved, self->copy);
    if (!result) result = cuda_await(self, self->saved, self->watchdog_ns);
    if (result) return cuda_lose(self, "a state on its way down", result);
    memcpy(bytes, self->host.state, sizeof(struct effects_state));
    self->counters.states_down++;
    return AEO_OK;
}

enum renderer_state cuda_kept(struct renderer *self, uint64_t wait_ns) {
    if (self->lost) return RENDERER_LOST;
    gpu_result result = self->cuda->context_set(self->device.context);
    if (!result) result = cuda_await(self, self->kept, (int64_t)wait_ns);
    if (result == GPU_ERROR_NOT_READY) return RENDERER_LATE;
    if (result) (void)cuda_lose(self, "snapshots on their way down", result);
    return result ? RENDERER_LOST : RENDERER_READY;
}
