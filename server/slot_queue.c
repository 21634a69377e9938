// The queue between two threads; see slot_queue.h. The release store of an index and the acquire
// load of it on the other side order the slot's bytes with it.
#include "server/slot_queue.h"

#include <assert.h>
#include <stddef.h>

void slot_queue_init(struct slot_queue *queue, void *slots, uint32_t slot_count,
                     uint32_t slot_bytes) {
    assert(slots && slot_count > 0 && (slot_count & (slot_count - 1)) == 0);
    queue->slots = slots;
    queue->slot_count = slot_count;
    queue->slot_bytes = slot_bytes;
    slot_queue_reset(queue);
}

void slot_queue_reset(struct slot_queue *queue) {
    atomic_store(&queue->written, 0);
    atomic_store(&queue->released, 0);
}

static void *slot_at(const struct slot_queue *queue, uint32_t index) {
    return queue->slots + (size_t)(index & (queue->slot_count - 1)) * queue->slot_bytes;
}

void *slot_queue_reserve(struct slot_queue *queue) {
    uint32_t written = atomic_load_explicit(&queue->written, memory_order_relaxed);
    uint32_t released = atomic_load_explicit(&queue->released, memory_order_acquire);
    assert(written - released <= queue->slot_count);
    return written - released < queue->slot_count ? slot_at(queue, written) : NULL;
}

void slot_queue_commit(struct slot_queue *queue) {
    uint32_t written = atomic_load_explicit(&queue->written, memory_order_relaxed);
    atomic_store_explicit(&queue->written, written + 1, memory_order_release);
}

void *slot_queue_front(struct slot_queue *queue) {
    uint32_t released = atomic_load_explicit(&queue->released, memory_order_relaxed);
    uint32_t written = atomic_load_explicit(&queue->written, memory_order_acquire);
    return written != released ? slot_at(queue, released) : NULL;
}

void slot_queue_release(struct slot_queue *queue) {
    uint32_t released = atomic_load_explicit(&queue->released, memory_order_relaxed);
    assert(released != atomic_load_explicit(&queue->written, memory_order_relaxed));
    atomic_store_explicit(&queue->released, released + 1, memory_order_release);
}

uint32_t slot_queue_depth(const struct slot_queue *queue) {
    uint32_t released = atomic_load_explicit(&queue->released, memory_order_acquire);
    return atomic_load_explicit(&queue->written, memory_order_acquire) - released;
}
