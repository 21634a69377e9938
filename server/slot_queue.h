// A bounded queue of fixed-size slots between two threads: one producer, one consumer, wait-free on
// both sides. Indexes only grow; a slot belongs to the producer until it is committed and to the
// consumer until it is released, so both work in the slot itself and nothing is copied. A full
// queue is not an error: the producer skips, counts and goes on, so that a listener that does not
// read never slows anybody. The memory is the caller's, taken at start.
#ifndef SERVER_SLOT_QUEUE_H
#define SERVER_SLOT_QUEUE_H

#include <stdatomic.h>
#include <stdint.h>

struct slot_queue {
    _Atomic uint32_t written;  // slots committed; only the producer stores
    _Atomic uint32_t released; // slots consumed; only the consumer stores
    uint32_t slot_count;       // a power of two, so that an index wraps by a mask
    uint32_t slot_bytes;
    unsigned char *slots;
};

// Lays an empty queue over SLOTS (slot_count x slot_bytes, aligned for what is stored there).
void slot_queue_init(struct slot_queue *queue, void *slots, uint32_t slot_count,
                     uint32_t slot_bytes);

// Empties the queue. Only while neither side uses it.
void slot_queue_reset(struct slot_queue *queue);

// Producer: the slot to fill next, or NULL when all are taken. Asking twice without a commit gives
// the same slot.
void *slot_queue_reserve(struct slot_queue *queue);

// Producer: hands the reserved slot to the consumer.
void slot_queue_commit(struct slot_queue *queue);

// Slots that wait for the consumer. Either side; the other one may be changing it.
uint32_t slot_queue_depth(const struct slot_queue *queue);

// Consumer: the oldest slot, or NULL when none is waiting. Valid until slot_queue_release.
void *slot_queue_front(struct slot_queue *queue);

// Consumer: gives the oldest slot back.
void slot_queue_release(struct slot_queue *queue);

#endif
