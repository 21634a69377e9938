// The walk of chord degrees: a semi-Markov chain per mode. Which chord follows which is one table,
// how long it stays is drawn apart, so the diagonal is zero. The last chord of a section is drawn
// from a bridge, the distribution of a step that is known to be followed by a given chord; that is
// what lets sections begin where they like and still connect.
// Any thread; constant data, no libm.
#ifndef ENGINE_PROGRESSION_H
#define ENGINE_PROGRESSION_H

#include <stdbool.h>

#include "engine/scales.h" // enum mode, SCALE_DEGREES

// Transition probabilities [mode][from][to]; each row sums to 1.
extern const double progression_table[MODE_COUNT][SCALE_DEGREES][SCALE_DEGREES];

// Share of each degree among the chords of a long walk in MODE.
void progression_stationary(enum mode mode, double share[SCALE_DEGREES]);

// Weights of a chord between PREVIOUS and NEXT: T[previous][x] T[x][next]. When no chord leads to
// NEXT, the row of PREVIOUS.
void progression_bridge(enum mode mode, int previous, int next, double weights[SCALE_DEGREES]);

// What the length of a chord is drawn from.
struct progression_hold {
    double median_s;   // of the scene, at neutral pace
    double pace;       // 0..1: the median times 2^(1-2 pace)
    double normal;     // a draw with mean 0 and deviation 1
    double bar_s;      // the length is a whole number of bars
    bool tonic;        // the tonic stays half as long again
};

// Length in bars: log-normal, between 0.6 and 2.25 medians, never under 8 s or one bar.
int progression_hold_bars(const struct progression_hold *hold);

// The shortest length progression_hold_bars can return for these numbers (its draw apart).
int progression_hold_bars_min(double median_s, double pace, double bar_s);

// The longest.
int progression_hold_bars_max(double median_s, double pace, double bar_s);

#endif
