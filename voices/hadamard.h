/*
 * hadamard.h - the 16-point Hadamard transform of lanes: the mixing matrix of the reverb.
 *
 * Row r, column c has the sign (-1)^(number of ones in r & c). Orthogonal but for a factor 4,
 * which callers fold into gains they have anyway. Four layers of eight butterflies, written out:
 * compilers keep the sixteen values in registers then. Any thread; pure.
 */
#ifndef AEOLIAN_VOICES_HADAMARD_H
#define AEOLIAN_VOICES_HADAMARD_H

#include "voices/lane.h"

#define HADAMARD_PAIR(v, a, b)                         \
    do {                                               \
        const lane_f hadamard_sum = lane_add(v[a], v[b]); \
        v[b] = lane_sub(v[a], v[b]);                   \
        v[a] = hadamard_sum;                           \
    } while (0)

#define HADAMARD_FOUR(v, a, b, c, d, step)  \
    do {                                    \
        HADAMARD_PAIR(v, a, (a) + (step));  \
        HADAMARD_PAIR(v, b, (b) + (step));  \
        HADAMARD_PAIR(v, c, (c) + (step));  \
        HADAMARD_PAIR(v, d, (d) + (step));  \
    } while (0)

/* v = H v. */
LANE_FN void hadamard_16(lane_f v[16]) {
    HADAMARD_FOUR(v, 0, 2, 4, 6, 1);
    HADAMARD_FOUR(v, 8, 10, 12, 14, 1);
    HADAMARD_FOUR(v, 0, 1, 4, 5, 2);
    HADAMARD_FOUR(v, 8, 9, 12, 13, 2);
    HADAMARD_FOUR(v, 0, 1, 2, 3, 4);
    HADAMARD_FOUR(v, 8, 9, 10, 11, 4);
    HADAMARD_FOUR(v, 0, 1, 2, 3, 8);
    HADAMARD_FOUR(v, 4, 5, 6, 7, 8);
}

#endif
