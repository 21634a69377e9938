// The rules of the music as measurements on what was heard. Each returns a number; the tests say
// what it may be, for the music itself and for music with a fault put in.
#ifndef TESTS_MUSIC_RULES_H
#define TESTS_MUSIC_RULES_H

#include "tests/music/listen.h"

// Pairs of chord notes (and the bass) closer than their register allows.
uint32_t rule_low_intervals(const struct heard *heard);
// Notes outside the range of their layer (chords: the scene's), or chords wider than 31 semitones.
uint32_t rule_ranges(const struct heard *heard);
// Share of time with R above BOUND, and the largest R.
double rule_roughness_over(const struct heard *heard, double bound, double *largest);
// Mean semitones per voice at chord changes, 95th percentile of the largest move of a change, and
// mean number of common tones.
void rule_motion(const struct heard *heard, double *mean, double *largest_p95, double *common);
// Shortest and median chord.
void rule_holds(const struct heard *heard, double *shortest, double *median);
// Rank (1..12) of the declared tonic over [FROM, FROM + SECONDS) among the twelve turns of
// Krumhansl's major or minor profile, matched to the mode: where the mode alters a degree, the
// profile's numbers for the two forms of it change places. *R is the correlation of the declared
// tonic. Rank 0: the window has two keys, or nothing in it.
int rule_tonic(const struct heard *heard, double from, double seconds, double *r);
// Notes outside the declared scale; notes outside the scene's own scale, as a share.
uint32_t rule_out_of_scale(const struct heard *heard, double *borrowed_share);
// Notes of LAYER that begin, per second.
double rule_onset_rate(const struct heard *heard, uint32_t layer);
// Share of 4 s windows in which no note begins.
double rule_silence(const struct heard *heard);
// Pairs of equal 30 s stretches within an hour.
uint32_t rule_repeats(const struct heard *heard);
// Entropy of the next degree given the one before, bits, over [FROM, FROM + SECONDS).
double rule_entropy(const struct heard *heard, double from, double seconds);
// Share of the pitched notes of A that are also in B (pitch, layer, onset to 10 ms).
double rule_shared(const struct heard *a, const struct heard *b);
// Largest step of the bass, semitones.
int rule_bass_leap(const struct heard *heard);

#endif
