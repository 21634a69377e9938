// Roughness of a chord after Sethares (JASA 94(3), 1993), the number that keeps chords mellow.
//
// Two partials a few dozen hertz apart beat harshly; the model adds that up over all pairs of
// partials of all notes (16 partials each, falling 9 dB per octave, all notes equally loud) and
// divides by the sum of amplitudes. It says what theory says less plainly: register and spacing
// matter more than the type of chord. The same triad is 0.39 on C4 and 1.24 on C2.
// The sum splits into pairs of notes, so a table of pairs makes the voicing search cheap. The table
// is filled once at start (roughness_prepare, by the scene loader); afterwards any thread reads it.
#ifndef ENGINE_ROUGHNESS_H
#define ENGINE_ROUGHNESS_H

#include <stdint.h>

#define ROUGHNESS_LOW 24  // lowest and highest MIDI pitch of the table
#define ROUGHNESS_HIGH 96
#define ROUGHNESS_PARTIALS 16

// Fills the table; further calls return at once. Any thread. About 10 ms the first time.
void roughness_prepare(void);

// Contribution of the pair of notes A and B (A == B: the note's own partials among themselves),
// such that a chord of n notes has R = (sum over pairs and notes) / n. Needs roughness_prepare;
// A and B within ROUGHNESS_LOW..HIGH.
double roughness_pair(int a, int b);

// R of COUNT notes (1 or more) MIDI[0..COUNT).
double roughness_chord(const uint8_t *midi, uint32_t count);

#endif
