// Notes as lists of sines, each with its level law, in double and with the C library: what the
// scalar rungs of the ladder render. Written apart from voices/; it reads what a note says and the
// hashes, and nothing of how lanes compute. One thread.
#ifndef PROFILING_LADDER_SINES_H
#define PROFILING_LADDER_SINES_H

#include <stdint.h>

#include "voices/note.h" // struct voice_note

struct sines_controls {
    double brightness, warmth, motion;
};

struct sine {
    const struct voice_note *note;
    uint32_t carrier;    // whose level it has
    double start, inc;   // turns, at the onset and per frame
    double drift;        // turns, of a slow wave on top
    double drift_start, drift_inc;
    double gain[2];      // left, right
};

// How many sines NOTE has; 0 for kinds that are not made of steady sines (bells, surf).
uint32_t sines_count(const struct voice_note *note);

// Writes the sines of NOTE to OUT, ordered by carrier; their number.
uint32_t sines_make(const struct voice_note *note, const struct sines_controls *controls,
                    struct sine *out);

// Level of CARRIER N frames after the onset.
double sines_level(const struct voice_note *note, uint32_t carrier,
                   const struct sines_controls *controls, double n);

// Turns of SINE N frames after its onset, drift included.
double sines_turns(const struct sine *sine, double n);

#endif
