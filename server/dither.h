// Dither for 16-bit files: triangular noise of +-1 step, which turns the rounding error into a
// steady hiss at -93 dB instead of a distortion that follows the music. The noise is a function of
// (seed, frame) by the counter-based generator Philox4x32-10 (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", 2011), so the same music gives the same file, whatever part of it
// is rendered and in whatever pieces. Any thread; no state.
#ifndef SERVER_DITHER_H
#define SERVER_DITHER_H

#include <stdint.h>

// Philox4x32-10: out is a function of the counter and the key alone.
void dither_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

// Two independent triangular values for left and right at FRAME, in steps of the sample: each in
// (-1, 1), mean 0, variance 1/6. Exact in double.
void dither_tpdf(uint64_t seed, int64_t frame, double noise[2]);

// Rounds a stereo frame (-1..1) to 16 bits with the dither of FRAME; clips at full scale.
void dither_frame(uint64_t seed, int64_t frame, const float in[2], int16_t out[2]);

#endif
