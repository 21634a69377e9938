/*
 * phase.h - integer phase on the grid of cells.
 *
 * A phase is a uint32 in units of 2^-32 turns: p = p0 + inc x (frames since onset), which wraps
 * exactly, so the thousandth hour has the same bits as the first second. Harmonic k is k x p, one
 * integer product. Cells are 64 frames on the absolute grid, and everything inside one is counted
 * from its centre, midway between its frames 31 and 32: m = -31.5 .. 31.5, x = m / 32. Its
 * boundaries x = -1 and 1 lie half a frame outside its first and last frame.
 * Lanes are cells here. Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_PHASE_H
#define AEOLIAN_VOICES_PHASE_H

#include "voices/lane.h"
#include "voices/note.h"

/* Frames since ONSET of the first frame of cell CELL, as lanes: CELL, CELL + 1, ... Wraps mod
 * 2^32, which phases may, and is a signed number for what is nearer than 12 hours. */
LANE_FN lane_u phase_cell_frames(int64_t cell, int64_t onset) {
    const uint32_t first = (uint32_t)(uint64_t)(cell * CELL_FRAMES - onset);
    return lane_uadd(lane_uset(first), lane_ushl(lane_iota(), 6));
}

/* Phase at the centre of the cell that begins FRAMES after the onset. */
LANE_FN lane_u phase_at_centre(lane_u inc, lane_u start, lane_u frames) {
    const lane_u whole = lane_umul(inc, lane_uadd(frames, lane_uset(CELL_FRAMES / 2 - 1)));
    return lane_uadd(lane_uadd(start, whole), lane_ushr(inc, 1));
}

/* A number of turns in [-1/2, 1/2) as a phase. */
LANE_FN lane_u phase_of_turns(lane_f turns) {
    return lane_i_as_u(lane_to_int(lane_mul(turns, lane_set((lane_real)4294967040.0))));
}

#endif
