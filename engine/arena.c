// The engine's memory: see the header. Opening and closing thread only.
#include "engine/arena.h" // struct arena

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void arena_measure(struct arena *arena) {
    memset(arena, 0, sizeof *arena);
}

void *arena_take(struct arena *arena, size_t count, size_t size) {
    assert(!arena->sealed);
    assert(size == 0 || count <= SIZE_MAX / 4 / size);
    size_t bytes = (count * size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    size_t at = arena->used;
    arena->used += bytes;
    if (!arena->base) return NULL;
    assert(arena->used <= arena->size); // the second run took more than the first
    return arena->base + at;
}

bool arena_open(struct arena *arena) {
    assert(!arena->base && !arena->sealed);
    arena->size = arena->used;
    arena->used = 0;
    size_t size = arena->size ? arena->size : ARENA_ALIGN;
    arena->base = aligned_alloc(ARENA_ALIGN, size);
    if (!arena->base) return false;
    // Also touches every page, so that none of them is first touched while music plays.
    memset(arena->base, 0, size);
    return true;
}

void arena_seal(struct arena *arena) {
    assert(arena->used == arena->size);
    arena->sealed = true;
}

void arena_close(struct arena *arena) {
    free(arena->base);
    memset(arena, 0, sizeof *arena);
}
