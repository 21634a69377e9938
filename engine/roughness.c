// Sethares' roughness as a table over pairs of notes. See roughness.h.
#include "engine/roughness.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

#include "voices/scalar.h" // sc_exp2

#define NOTES (ROUGHNESS_HIGH - ROUGHNESS_LOW + 1)

static double pair_table[NOTES][NOTES];
static bool prepared;
static pthread_once_t once = PTHREAD_ONCE_INIT;

// Beating of two partials FM apart from the lower of them by D hertz, for unit amplitude: the
// constants of Sethares 1993 with the factor 5 that scales its maximum to about 1.
static double partial_roughness(double lower_hz, double apart_hz) {
    const double log2_e = 1.4426950408889634;
    double x = 0.24 / (0.0207 * lower_hz + 18.96) * apart_hz * log2_e;
    if (x > 12.0) return 0.0; // below 1e-12
    return 5.0 * (sc_exp2(-3.51 * x) - sc_exp2(-5.75 * x));
}

static double pair_roughness(int a, int b, const double *amplitude) {
    double fa = 440.0 * sc_exp2((a - 69) / 12.0);
    double fb = 440.0 * sc_exp2((b - 69) / 12.0);
    double sum = 0.0;
    for (int i = 1; i <= ROUGHNESS_PARTIALS; i++) {
        for (int j = a == b ? i + 1 : 1; j <= ROUGHNESS_PARTIALS; j++) {
            double f = i * fa, g = j * fb;
            double lower = f < g ? f : g;
            double apart = f < g ? g - f : f - g;
            double weaker = amplitude[i] < amplitude[j] ? amplitude[i] : amplitude[j];
            sum += weaker * partial_roughness(lower, apart);
        }
    }
    return sum;
}

static void fill_table(void) {
    double amplitude[ROUGHNESS_PARTIALS + 1] = {0};
    double total = 0.0;
    for (int k = 1; k <= ROUGHNESS_PARTIALS; k++) {
        amplitude[k] = sc_exp2(-1.5 * sc_log2((double)k));
        total += amplitude[k];
    }
    for (int a = 0; a < NOTES; a++) {
        for (int b = a; b < NOTES; b++) {
            double value =
                pair_roughness(ROUGHNESS_LOW + a, ROUGHNESS_LOW + b, amplitude) / total;
            pair_table[a][b] = value;
            pair_table[b][a] = value;
        }
    }
    prepared = true;
}

void roughness_prepare(void) { pthread_once(&once, fill_table); }

double roughness_pair(int a, int b) {
    assert(prepared);
    assert(a >= ROUGHNESS_LOW && a <= ROUGHNESS_HIGH && b >= ROUGHNESS_LOW && b <= ROUGHNESS_HIGH);
    return pair_table[a - ROUGHNESS_LOW][b - ROUGHNESS_LOW];
}

double roughness_chord(const uint8_t *midi, uint32_t count) {
    assert(count > 0);
    double sum = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = i; j < count; j++) {
            sum += roughness_pair(midi[i], midi[j]);
        }
    }
    return sum / count;
}
