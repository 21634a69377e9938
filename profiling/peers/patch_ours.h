// The engine's own voices and effects for bench-peers, without composer or session: notes are
// given, and what the processor's renderer does with them is done here in the same chunks.
// Main thread.
#ifndef PROFILING_PEERS_PATCH_OURS_H
#define PROFILING_PEERS_PATCH_OURS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "engine/lanes_cpu.h" // struct lanes_cpu

// The chord of eight voices, written to OUT in stereo: with chorus (three detuned, wandering copies
// of every harmonic) and reverb if WET, else the bare 256 partials. Exits with a line on failure.
void patch_render(const struct lanes_cpu *lanes, double seconds, bool wet, FILE *out);

// PARTIALS / 256 pad notes of 32 harmonics times 8 copies, as the engine plays them: each with its
// moving filter, wandering pitch and place in the stereo field; no effects.
void voices_render(const struct lanes_cpu *lanes, uint32_t partials, double seconds, FILE *out);

#endif
