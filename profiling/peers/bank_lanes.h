// The bank of bench-peers on our lane loops: what each instruction set offers. Compiled once per
// set from bank_lanes.c. Any thread; memory is the caller's.
#ifndef PROFILING_PEERS_BANK_LANES_H
#define PROFILING_PEERS_BANK_LANES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BANK_PARTIALS_MAX = 16384,
    BANK_BLOCK = 32, // partials whose tables and coefficients share the first-level cache
    BANK_CELL = 64,  // frames: the control grid
    BANK_HALF = BANK_CELL / 2,
    BANK_CELLS = 16, // of one call
    BANK_FRAMES = BANK_CELLS * BANK_CELL,
};

// One partial a row, padded with silent ones to a multiple of BANK_BLOCK. Phases and turns are in
// units of 2^-32 of a turn.
struct bank {
    uint32_t count;
    uint32_t inc[BANK_PARTIALS_MAX];   // even; per frame
    uint32_t phase[BANK_PARTIALS_MAX]; // of the sine at frame 0
    uint32_t slow_inc[BANK_PARTIALS_MAX], slow_phase[BANK_PARTIALS_MAX]; // triangle; per cell
    float level[BANK_PARTIALS_MAX];
    float table[BANK_PARTIALS_MAX][2][BANK_HALF]; // cos and sin of the distances from a centre
};

struct bank_lanes {
    const char *name;
    void (*set_up)(struct bank *bank); // fills the table
    // The frames of cells [cell, cell + BANK_CELLS) into OUT[BANK_FRAMES]. HELD: amplitudes keep
    // their mean inside a cell.
    void (*render)(const struct bank *bank, uint32_t cell, bool held, float *out);
};

#endif
