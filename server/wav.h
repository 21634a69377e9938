// Headers of WAV files. The length is known before the first sample is written (a render has a
// duration), so the header is right from the start: no seeking back, the same bytes into a file
// and into a pipe, and nothing in it that changes from run to run. Above 4 GiB it is RF64
// (EBU Tech 3306), which players and libsndfile read as they read WAV. Any thread; no state.
#ifndef SERVER_WAV_H
#define SERVER_WAV_H

#include <stddef.h>
#include <stdint.h>

enum wav_encoding { WAV_FLOAT, WAV_24, WAV_16 };

enum { WAV_HEADER_MAX = 128, WAV_SAMPLE_RATE = 48000 };

// Bytes of one stereo frame.
uint32_t wav_frame_bytes(enum wav_encoding encoding);

// Writes the header for FRAMES stereo frames of 48 kHz and returns its length; the samples follow
// it, little-endian and interleaved.
size_t wav_header(unsigned char out[WAV_HEADER_MAX], enum wav_encoding encoding, uint64_t frames);

#endif
