// One block of memory, cut up while the engine opens and never afterwards.
//
// Laying out runs twice through the same code: first without memory, which adds up the size, then
// with it. So the size is never written down beside the layout, and cannot be wrong. After
// arena_seal a further take is our own mistake and asserts. Opening thread only.
#ifndef ENGINE_ARENA_H
#define ENGINE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#define ARENA_ALIGN 64 // every piece starts on a cache line, which is also the widest vector

struct arena {
    unsigned char *base; // NULL while measuring
    size_t used, size;
    bool sealed;
};

// An empty arena that measures.
void arena_measure(struct arena *arena);

// Takes COUNT x SIZE bytes, zeroed. While measuring it returns NULL and only counts.
void *arena_take(struct arena *arena, size_t count, size_t size);

// Gets the measured bytes from the system, zeroed, and starts over. False when there are not
// enough.
bool arena_open(struct arena *arena);

// No takes from here on.
void arena_seal(struct arena *arena);

// Gives the memory back. An arena that is only zero bytes, or only measured, is allowed.
void arena_close(struct arena *arena);

#endif
