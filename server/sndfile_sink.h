// FLAC and Ogg Opus through libsndfile, which gets no file but calls of ours for its bytes: so a
// full disk is seen by the code that meets it and not lost in the library. Without libsndfile in
// the build, sndfile_sink_available() is false and nothing else may be called. One thread.
#ifndef SERVER_SNDFILE_SINK_H
#define SERVER_SNDFILE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sndfile_sink_kind { SINK_FLAC_16, SINK_FLAC_24, SINK_OPUS };

// Writes all of DATA at the file's present offset; false on failure.
typedef bool sndfile_sink_write(void *user, const void *data, size_t size);

struct sndfile_sink;

// Was libsndfile built in?
bool sndfile_sink_available(void);

// Begins a file on FD (open for writing, seekable; stays the caller's). NULL on failure.
struct sndfile_sink *sndfile_sink_open(enum sndfile_sink_kind kind, int fd,
                                       sndfile_sink_write *write, void *user);

// Why the last open failed.
const char *sndfile_sink_open_error(void);

// Append stereo frames: floats in -1..1, or 32-bit numbers of which the upper bits count.
bool sndfile_sink_write_float(struct sndfile_sink *sink, const float *in, uint32_t frames);
bool sndfile_sink_write_int(struct sndfile_sink *sink, const int32_t *in, uint32_t frames);

// Ends the file; false if its last bytes could not be written. Frees SINK.
bool sndfile_sink_close(struct sndfile_sink *sink);

// libsndfile's version text, or NULL where it was not built in.
const char *sndfile_sink_library(void);

#endif
