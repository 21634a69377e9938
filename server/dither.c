// Triangular dither by frame number; see dither.h.
#include "server/dither.h"

void dither_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * c0;
        uint64_t b = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        uint32_t n2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b;
        c3 = (uint32_t)a;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void dither_tpdf(uint64_t seed, int64_t frame, double noise[2]) {
    // The third word keeps this stream apart from what the composer and the voices draw.
    const uint32_t counter[4] = {(uint32_t)frame, (uint32_t)((uint64_t)frame >> 32), 0x64697468u,
                                 0};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t word[4];
    dither_philox(counter, key, word);
    // The difference of two uniform values is triangular; 2^-32 scales them to [0, 1).
    noise[0] = ((double)word[0] - (double)word[1]) * (1.0 / 4294967296.0);
    noise[1] = ((double)word[2] - (double)word[3]) * (1.0 / 4294967296.0);
}

// To the nearest whole step, halves upwards; without libm and whatever the rounding mode.
static int16_t round_clip(double steps) {
    if (steps >= 32767.0) {
        return 32767;
    }
    if (steps <= -32768.0) {
        return -32768;
    }
    return (int16_t)((int32_t)(steps + 32768.5) - 32768);
}

void dither_frame(uint64_t seed, int64_t frame, const float in[2], int16_t out[2]) {
    double noise[2];
    dither_tpdf(seed, frame, noise);
    for (int channel = 0; channel < 2; channel++) {
        out[channel] = round_clip((double)in[channel] * 32768.0 + noise[channel]);
    }
}
