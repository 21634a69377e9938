// The queue between two threads: order, bounds and the contents of slots while both sides run at
// full speed. The detector (a running number and its complement in each slot) has a self-test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "server/slot_queue.h"

enum { SLOTS = 8, ROUNDS = 200000 };

struct item {
    uint32_t number, padding[13], complement;
};

static struct item memory[SLOTS];
static struct slot_queue queue;

static bool is_whole(const struct item *item, uint32_t number) {
    return item->number == number && item->complement == ~number;
}

static void test_order_and_bounds(void **state) {
    (void)state;
    slot_queue_init(&queue, memory, SLOTS, sizeof *memory);
    assert_null(slot_queue_front(&queue));
    for (uint32_t i = 0; i < SLOTS; i++) {
        struct item *slot = slot_queue_reserve(&queue);
        assert_non_null(slot);
        assert_ptr_equal(slot, slot_queue_reserve(&queue));
        slot->number = i;
        slot_queue_commit(&queue);
    }
    assert_null(slot_queue_reserve(&queue));
    for (uint32_t i = 0; i < SLOTS; i++) {
        assert_int_equal(((struct item *)slot_queue_front(&queue))->number, i);
        slot_queue_release(&queue);
    }
    assert_null(slot_queue_front(&queue));
    assert_non_null(slot_queue_reserve(&queue));
}

// Indexes pass 2^32 after years; they must do so without a hitch.
static void test_indexes_wrap(void **state) {
    (void)state;
    slot_queue_init(&queue, memory, SLOTS, sizeof *memory);
    atomic_store(&queue.written, UINT32_MAX - 2);
    atomic_store(&queue.released, UINT32_MAX - 2);
    for (uint32_t i = 0; i < 3 * SLOTS; i++) {
        struct item *slot = slot_queue_reserve(&queue);
        assert_non_null(slot);
        slot->number = i;
        slot_queue_commit(&queue);
        assert_int_equal(((struct item *)slot_queue_front(&queue))->number, i);
        slot_queue_release(&queue);
    }
}

static void *produce(void *unused) {
    (void)unused;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct item *slot;
        while (!(slot = slot_queue_reserve(&queue))) {
            sched_yield();
        }
        slot->number = i;
        slot->complement = ~i;
        slot_queue_commit(&queue);
    }
    return NULL;
}

static void test_two_threads(void **state) {
    (void)state;
    pthread_t producer;
    slot_queue_init(&queue, memory, SLOTS, sizeof *memory);
    assert_int_equal(pthread_create(&producer, NULL, produce, NULL), 0);
    uint32_t broken = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        const struct item *slot;
        while (!(slot = slot_queue_front(&queue))) {
            sched_yield();
        }
        broken += !is_whole(slot, i);
        slot_queue_release(&queue);
    }
    pthread_join(producer, NULL);
    assert_int_equal(broken, 0);
}

static void test_detector_detects(void **state) {
    (void)state;
    struct item torn = {.number = 5, .complement = ~4u}, late = {.number = 4, .complement = ~4u};
    assert_false(is_whole(&torn, 5));
    assert_false(is_whole(&late, 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detector_detects),
        cmocka_unit_test(test_order_and_bounds),
        cmocka_unit_test(test_indexes_wrap),
        cmocka_unit_test(test_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
