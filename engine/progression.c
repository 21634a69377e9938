// Transition tables and the arithmetic of bridges and holds. See progression.h.
#include "engine/progression.h"

#include "voices/scalar.h" // sc_exp2, sc_floor

// Rows "1 0 0 ..." belong to degrees that are never entered (a diminished fifth); they lead home.
const double progression_table[MODE_COUNT][SCALE_DEGREES][SCALE_DEGREES] = {
    [MODE_LYDIAN] = {
        {0.00, 0.40, 0.10, 0.00, 0.20, 0.20, 0.10},
        {0.55, 0.00, 0.10, 0.00, 0.15, 0.10, 0.10},
        {0.25, 0.25, 0.00, 0.00, 0.15, 0.30, 0.05},
        {1.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00},
        {0.40, 0.25, 0.10, 0.00, 0.00, 0.20, 0.05},
        {0.30, 0.30, 0.15, 0.00, 0.20, 0.00, 0.05},
        {0.35, 0.15, 0.25, 0.00, 0.10, 0.15, 0.00},
    },
    [MODE_IONIAN] = {
        {0.00, 0.10, 0.15, 0.30, 0.15, 0.25, 0.05},
        {0.25, 0.00, 0.10, 0.25, 0.25, 0.15, 0.00},
        {0.15, 0.10, 0.00, 0.35, 0.05, 0.35, 0.00},
        {0.40, 0.15, 0.10, 0.00, 0.15, 0.20, 0.00},
        {0.30, 0.10, 0.05, 0.30, 0.00, 0.25, 0.00},
        {0.20, 0.15, 0.15, 0.35, 0.15, 0.00, 0.00},
        {0.50, 0.00, 0.20, 0.00, 0.00, 0.30, 0.00},
    },
    [MODE_MIXOLYDIAN] = {
        {0.00, 0.10, 0.05, 0.30, 0.15, 0.10, 0.30},
        {0.30, 0.00, 0.05, 0.25, 0.15, 0.10, 0.15},
        {0.20, 0.10, 0.00, 0.30, 0.05, 0.35, 0.00},
        {0.45, 0.10, 0.05, 0.00, 0.10, 0.10, 0.20},
        {0.35, 0.15, 0.00, 0.30, 0.00, 0.05, 0.15},
        {0.25, 0.15, 0.10, 0.30, 0.10, 0.00, 0.10},
        {0.40, 0.05, 0.00, 0.40, 0.10, 0.05, 0.00},
    },
    [MODE_DORIAN] = {
        {0.00, 0.15, 0.15, 0.30, 0.10, 0.00, 0.30},
        {0.40, 0.00, 0.10, 0.25, 0.05, 0.00, 0.20},
        {0.30, 0.15, 0.00, 0.30, 0.00, 0.00, 0.25},
        {0.45, 0.10, 0.15, 0.00, 0.10, 0.00, 0.20},
        {0.35, 0.05, 0.10, 0.25, 0.00, 0.00, 0.25},
        {1.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00},
        {0.40, 0.10, 0.20, 0.25, 0.05, 0.00, 0.00},
    },
    [MODE_AEOLIAN] = {
        {0.00, 0.00, 0.20, 0.20, 0.10, 0.30, 0.20},
        {1.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00},
        {0.20, 0.00, 0.00, 0.20, 0.05, 0.35, 0.20},
        {0.40, 0.00, 0.15, 0.00, 0.10, 0.20, 0.15},
        {0.35, 0.00, 0.15, 0.15, 0.00, 0.25, 0.10},
        {0.30, 0.00, 0.25, 0.20, 0.05, 0.00, 0.20},
        {0.35, 0.00, 0.25, 0.10, 0.05, 0.25, 0.00},
    },
    [MODE_PHRYGIAN] = {
        {0.00, 0.35, 0.15, 0.15, 0.00, 0.15, 0.20},
        {0.60, 0.00, 0.15, 0.10, 0.00, 0.05, 0.10},
        {0.30, 0.25, 0.00, 0.15, 0.00, 0.15, 0.15},
        {0.40, 0.20, 0.10, 0.00, 0.00, 0.15, 0.15},
        {1.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00},
        {0.30, 0.25, 0.15, 0.15, 0.00, 0.00, 0.15},
        {0.45, 0.25, 0.15, 0.05, 0.00, 0.10, 0.00},
    },
};

#define HOLD_LEAST_S 8.0
#define HOLD_SHORTEST 0.6  // of the median: 12 s of 20
#define HOLD_LONGEST 2.25  // 45 s of 20
#define HOLD_TONIC 1.5
#define HOLD_SPREAD_OCT 0.42 // deviation of log2 of the length

void progression_stationary(enum mode mode, double share[SCALE_DEGREES]) {
    for (int i = 0; i < SCALE_DEGREES; i++) share[i] = 1.0 / SCALE_DEGREES;
    // Averaging with the step before makes the iteration converge where the chain alternates.
    for (int round = 0; round < 64; round++) {
        double next[SCALE_DEGREES] = {0};
        for (int from = 0; from < SCALE_DEGREES; from++) {
            for (int to = 0; to < SCALE_DEGREES; to++) {
                next[to] += share[from] * progression_table[mode][from][to];
            }
        }
        for (int i = 0; i < SCALE_DEGREES; i++) share[i] = 0.5 * (share[i] + next[i]);
    }
    // Degrees nothing leads to keep a crumb of the even start; they are not to be drawn.
    for (int i = 0; i < SCALE_DEGREES; i++) {
        if (share[i] < 1e-9) share[i] = 0.0;
    }
}

void progression_bridge(enum mode mode, int previous, int next, double weights[SCALE_DEGREES]) {
    double total = 0.0;
    for (int x = 0; x < SCALE_DEGREES; x++) {
        weights[x] = progression_table[mode][previous][x] * progression_table[mode][x][next];
        total += weights[x];
    }
    if (total > 0.0) return;
    for (int x = 0; x < SCALE_DEGREES; x++) weights[x] = progression_table[mode][previous][x];
}

// SECONDS as whole bars, at least one and at least HOLD_LEAST_S.
static int bars_of(double seconds, double bar_s) {
    int bars = (int)sc_floor(seconds / bar_s + 0.5);
    int least = (int)sc_floor(HOLD_LEAST_S / bar_s);
    if (least * bar_s < HOLD_LEAST_S) least++;
    return bars < least ? least : bars;
}

static double paced_median(double median_s, double pace) {
    return median_s * sc_exp2(1.0 - 2.0 * pace);
}

int progression_hold_bars(const struct progression_hold *hold) {
    double median = paced_median(hold->median_s, hold->pace);
    double factor = sc_exp2(HOLD_SPREAD_OCT * hold->normal) * (hold->tonic ? HOLD_TONIC : 1.0);
    if (factor < HOLD_SHORTEST) factor = HOLD_SHORTEST;
    if (factor > HOLD_LONGEST) factor = HOLD_LONGEST;
    return bars_of(median * factor, hold->bar_s);
}

int progression_hold_bars_min(double median_s, double pace, double bar_s) {
    return bars_of(paced_median(median_s, pace) * HOLD_SHORTEST, bar_s);
}

int progression_hold_bars_max(double median_s, double pace, double bar_s) {
    return bars_of(paced_median(median_s, pace) * HOLD_LONGEST, bar_s);
}
