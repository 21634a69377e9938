// Writes music into a file: WAV (float, 24 or 16 bits) by ourselves, FLAC and Ogg Opus through
// libsndfile. A file appears under its name only when it is whole: it is written beside it under
// a hidden temporary name and renamed at the end, and removed when anything fails. "-", pipes and
// devices are written to directly, as WAV. One thread at a time.
#ifndef SERVER_AUDIO_FILE_H
#define SERVER_AUDIO_FILE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum audio_container { AUDIO_WAV, AUDIO_FLAC, AUDIO_OPUS };
enum audio_bits { AUDIO_BITS_DEFAULT, AUDIO_BITS_16, AUDIO_BITS_24, AUDIO_BITS_FLOAT };

enum { AUDIO_MESSAGE_MAX = 512 };

// What to write where.
struct audio_format {
    enum audio_container container;
    enum audio_bits bits; // never the default after audio_format_choose
};

struct audio_file_options {
    const char *path; // "-": standard output
    struct audio_format format;
    uint64_t frames;   // stereo frames that will be written, exactly
    uint64_t seed;     // of the music: keys the dither of 16-bit files
    int64_t position;  // of the first frame in the music
    const volatile sig_atomic_t *cancel; // a write that a signal breaks off gives up when nonzero
};

struct audio_file;

// Chooses the format by the ending of PATH (.wav, .flac, .opus; none for "-" and what is not an
// ordinary file) and BITS ("16", "24", "float" or NULL). False with a one-line MESSAGE where that
// cannot be written. Float is the default of WAV, 24 bits of FLAC.
bool audio_format_choose(const char *path, const char *bits, struct audio_format *format,
                         char message[AUDIO_MESSAGE_MAX]);

// Creates the file. NULL with a one-line MESSAGE on failure. Pair: audio_file_close.
struct audio_file *audio_file_open(const struct audio_file_options *options,
                                   char message[AUDIO_MESSAGE_MAX]);

// Appends interleaved stereo frames. False after a failure, whose reason audio_file_close gives.
bool audio_file_write(struct audio_file *file, const float *interleaved, uint32_t frames);

// Ends the file and frees it. With keep, the file gets its name; false with a MESSAGE when it, or
// an earlier write, failed, and then nothing is left behind. Without keep, removes what there is.
bool audio_file_close(struct audio_file *file, bool keep, char message[AUDIO_MESSAGE_MAX]);

#endif
