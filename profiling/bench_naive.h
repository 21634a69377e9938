// The renderer one would write first: note by note, sample by sample, partial by partial, a sine of
// the C library each. It makes the same partials of the same notes (their levels held still) and
// is the yardstick against which the real one is told.
#ifndef PROFILING_BENCH_NAIVE_H
#define PROFILING_BENCH_NAIVE_H

#include "voices/note.h" // struct voice_note

// Adds FRAMES of NOTE, from frame N on, to left and right. Noise notes are left out.
void bench_naive_render(const struct voice_note *note, int64_t n, uint32_t frames, float *left,
                        float *right);

// How many partials the note has per channel, and in how many channels they differ.
uint32_t bench_note_partials(const struct voice_note *note);

#endif
