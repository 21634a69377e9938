// Allocations of the simulated driver: device and pinned memory are both memory of the host.
//
// In adversary mode they are filled with 0xff (as floats: not a number) when taken and when given
// back, and what was given back is kept for a while, so that an address into it is known as stale
// and not by chance somebody else's.
#include <stdlib.h>
#include <string.h>

#include "tests/cudasim/sim.h" // sim

#define POISON 0xff
#define QUARANTINE_MAX 8

struct piece {
    struct piece *next;
    enum sim_place place;
    uint32_t device;
    unsigned char *at;
    size_t bytes;
};
static struct piece *living, *stale;

uint64_t sim_memory_bytes(enum sim_place place) {
    uint64_t bytes = 0;
    for (const struct piece *p = living; p; p = p->next)
        bytes += p->place == place ? p->bytes : 0;
    return bytes;
}

uint64_t sim_memory_free(uint32_t device) {
    uint64_t taken = sim.config.taken[device];
    for (const struct piece *p = living; p; p = p->next)
        taken += p->place == SIM_DEVICE && p->device == device ? p->bytes : 0;
    return taken < sim.config.memory[device] ? sim.config.memory[device] - taken : 0;
}

void *sim_memory_take(enum sim_place place, uint32_t device, size_t bytes) {
    if (place == SIM_DEVICE && bytes > sim_memory_free(device)) return NULL;
    struct piece *piece = malloc(sizeof *piece);
    void *at = bytes ? aligned_alloc(512, (bytes + 511) / 512 * 512) : NULL;
    if (!piece || !at) {
        free(piece);
        free(at);
        return NULL;
    }
    if (sim.config.adversary) memset(at, POISON, bytes);
    *piece = (struct piece){living, place, device, at, bytes};
    living = piece;
    return at;
}

static void piece_free(struct piece *piece) {
    free(piece->at);
    free(piece);
}

void sim_memory_forget(void) {
    while (stale) {
        struct piece *piece = stale;
        stale = piece->next;
        piece_free(piece);
    }
}

static void quarantine(struct piece *piece) {
    memset(piece->at, POISON, piece->bytes);
    piece->next = stale;
    stale = piece;
    struct piece **last = &stale;
    for (int i = 0; i < QUARANTINE_MAX && *last; i++)
        last = &(*last)->next;
    if (*last) {
        piece_free(*last);
        *last = NULL;
    }
}

bool sim_memory_give(enum sim_place place, void *memory) {
    for (struct piece **p = &living; *p; p = &(*p)->next) {
        struct piece *piece = *p;
        if (piece->at != memory || piece->place != place) continue;
        *p = piece->next;
        if (sim.config.adversary) quarantine(piece);
        else piece_free(piece);
        return true;
    }
    sim_fault("%p is given back but was not taken", memory);
    return false;
}

static bool inside(const struct piece *piece, const unsigned char *at, size_t bytes) {
    return at >= piece->at && bytes <= piece->bytes &&
           (size_t)(at - piece->at) <= piece->bytes - bytes;
}

bool sim_memory_holds(enum sim_place place, const void *at, size_t bytes) {
    for (const struct piece *p = living; p; p = p->next) {
        if (p->place == place && inside(p, at, bytes)) return true;
    }
    for (const struct piece *p = stale; p; p = p->next) {
        if (inside(p, at, bytes)) {
            sim_fault("%zu bytes at %p are used after they were given back", bytes, at);
            return false;
        }
    }
    sim_fault("%zu bytes at %p are not inside %s memory", bytes, at,
              place == SIM_DEVICE ? "device" : "pinned");
    return false;
}
