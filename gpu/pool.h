/*
 * pool.h - the bump allocator that carves one allocation into pieces, on the device or pinned.
 *
 * Runs twice over the same calls: measuring, when only the sizes count, and taking. Sealed
 * afterwards by nobody asking any more: there is no other allocation in the renderer.
 * The opening thread.
 */
#ifndef AEOLIAN_GPU_POOL_H
#define AEOLIAN_GPU_POOL_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define GPU_ALIGN 256 // what every piece begins at: a device's widest transfer, and a cache line

struct gpu_pool {
    uint64_t base; // address, 0 while measuring
    size_t size, used;
};

static inline size_t gpu_aligned(size_t bytes) {
    return (bytes + GPU_ALIGN - 1) / GPU_ALIGN * GPU_ALIGN;
}

static inline struct gpu_pool gpu_pool_measuring(void) {
    return (struct gpu_pool){0, SIZE_MAX, 0};
}

// Address of COUNT pieces of BYTES each.
static inline uint64_t gpu_pool_take(struct gpu_pool *pool, size_t count, size_t bytes) {
    uint64_t at = pool->base + pool->used;
    pool->used += gpu_aligned(count * bytes);
    assert(pool->used <= pool->size);
    return at;
}

#endif
