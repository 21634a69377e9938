/*
 * print_bits.c - prints one hash of the bits of every test patch and instruction set.
 *
 * For comparing machines that no single test program can run on: neon.sh builds it for another
 * processor family and compares what both print. Single thread.
 */
#include "tests/voices/lanes_under_test.h"
#include "tests/voices/patches.h"

#include <stdio.h>
#include <stdlib.h>

#define CELLS 100

static float bus[2][CELLS * CELL_FRAMES];

/* FNV-1a, 64 bits, of the bytes of the buses. */
static uint64_t bus_hash(void) {
    const unsigned char *bytes = (const unsigned char *)bus;
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < sizeof bus; i++) {
        hash = (hash ^ bytes[i]) * 1099511628211U;
    }
    return hash;
}

int main(void) {
    const struct test_controls controls = {0.6F, 0.3F, 0.7F};
    uint32_t count;
    const struct lane_copy *const *copies = lane_copies(&count);
    for (uint32_t p = 0; p < TEST_PATCH_COUNT; p++) {
        const double midi = 0.5 * (TEST_PATCHES[p].low + TEST_PATCHES[p].high);
        const struct voice_event event = test_event(midi, 864000019, 48000);
        struct voice_note note;
        voice_note_init(&note, &TEST_PATCHES[p].patch, &event);
        for (uint32_t i = 0; i < count; i++) {
            lane_copy_render(copies[i], &note, controls, (note.onset >> 6) - 5, CELLS, bus[0],
                             bus[1]);
            printf("%s: %016llx\n", TEST_PATCHES[p].name, (unsigned long long)bus_hash());
        }
    }
    return EXIT_SUCCESS;
}
