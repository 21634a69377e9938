// Files of music; see audio_file.h. All bytes, libsndfile's too, go through write_all, so that
// the first system error is kept and named whoever met it.
#include "server/audio_file.h"

#include "server/dither.h"       // dither_frame
#include "server/sndfile_sink.h" // sndfile_sink_*
#include "server/wav.h"          // wav_header

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_FRAMES = 4096 }; // converted and written at a time

struct audio_file {
    struct audio_file_options options;
    char path[PATH_MAX];      // final name, symbolic links resolved; for messages where direct
    char temporary[PATH_MAX]; // "" where written directly
    int fd;
    bool owns_fd;
    int error; // errno of the first failed call, 0 for none; EINTR: given up by a signal
    struct sndfile_sink *sink; // FLAC and Opus
    int64_t position;          // of the next frame
    unsigned char bytes[CHUNK_FRAMES * 8];
};

// --- choosing --------------------------------------------------------------------------------

static bool ends_with(const char *path, const char *ending) {
    size_t length = strlen(path), tail = strlen(ending);
    return length > tail && !strcasecmp(path + length - tail, ending);
}

// Standard output, or something that exists and is not an ordinary file: cannot be renamed over.
static bool is_direct(const char *path) {
    struct stat info;
    return !strcmp(path, "-") ||
           (stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode));
}

static bool choose_container(const char *path, enum audio_container *container) {
    if (is_direct(path) && !ends_with(path, ".flac") && !ends_with(path, ".opus")) {
        *container = AUDIO_WAV;
        return true;
    }
    static const char *const endings[] = {".wav", ".flac", ".opus"};
    for (int i = 0; i < 3; i++) {
        if (ends_with(path, endings[i])) {
            *container = (enum audio_container)i;
            return true;
        }
    }
    return false;
}

bool audio_format_choose(const char *path, const char *bits, struct audio_format *format,
                         char message[AUDIO_MESSAGE_MAX]) {
    format->bits = !bits                  ? AUDIO_BITS_DEFAULT
                   : !strcmp(bits, "16") ? AUDIO_BITS_16
                   : !strcmp(bits, "24") ? AUDIO_BITS_24
                                         : AUDIO_BITS_FLOAT;
    if (!choose_container(path, &format->container)) {
        snprintf(message, AUDIO_MESSAGE_MAX,
                 "--out takes a name that ends in .wav, .flac or .opus, or -, not '%.200s'", path);
        return false;
    }
    if (format->container == AUDIO_WAV) {
        format->bits = bits ? format->bits : AUDIO_BITS_FLOAT;
        return true;
    }
    if (!sndfile_sink_available()) {
        snprintf(message, AUDIO_MESSAGE_MAX,
                 "this build has no libsndfile and writes .wav only, not '%.200s'", path);
        return false;
    }
    if (is_direct(path)) {
        snprintf(message, AUDIO_MESSAGE_MAX, "only WAV can go to a pipe or device, not '%.200s'",
                 path);
        return false;
    }
    if (format->container == AUDIO_OPUS && bits) {
        snprintf(message, AUDIO_MESSAGE_MAX, "--bits is for .wav and .flac; Opus has none");
        return false;
    }
    if (format->container == AUDIO_FLAC && format->bits == AUDIO_BITS_FLOAT) {
        snprintf(message, AUDIO_MESSAGE_MAX, "--bits of a .flac file is 16 or 24, not float");
        return false;
    }
    if (format->bits == AUDIO_BITS_DEFAULT) {
        format->bits = format->container == AUDIO_FLAC ? AUDIO_BITS_24 : AUDIO_BITS_FLOAT;
    }
    return true;
}

// --- bytes -----------------------------------------------------------------------------------

// Writes everything or keeps the error. A signal that asked to stop ends it; others do not.
static bool write_all(struct audio_file *file, const void *data, size_t size) {
    const char *at = data;
    while (size > 0 && file->error == 0) {
        ssize_t written = write(file->fd, at, size);
        if (written > 0) {
            at += written;
            size -= (size_t)written;
        } else if (written == 0) {
            file->error = EIO;
        } else if (errno != EINTR || (file->options.cancel && *file->options.cancel)) {
            file->error = errno;
        }
    }
    return file->error == 0;
}

static bool write_for_sink(void *user, const void *data, size_t size) {
    return write_all(user, data, size);
}

// --- opening ---------------------------------------------------------------------------------

static void describe_error(const struct audio_file *file, int error, char *message) {
    const char *name = strcmp(file->path, "-") ? file->path : "standard output";
    if (error == EINTR) {
        snprintf(message, AUDIO_MESSAGE_MAX, "interrupted; '%.200s' was not written", name);
    } else {
        snprintf(message, AUDIO_MESSAGE_MAX, "cannot write '%.200s': %s", name, strerror(error));
    }
}

// Resolves the final name, so that a symbolic link stays one and its target is replaced.
static bool resolve_path(struct audio_file *file, const char *path) {
    struct stat info;
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode) && realpath(path, file->path)) {
        return true;
    }
    return (size_t)snprintf(file->path, sizeof file->path, "%s", path) < sizeof file->path;
}

// Creates the hidden neighbour: in the same folder, since rename works within one file system.
static int create_temporary(struct audio_file *file) {
    struct stat info;
    if (stat(file->path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return EISDIR;
    }
    const char *slash = strrchr(file->path, '/');
    int folder = slash ? (int)(slash - file->path) + 1 : 0;
    int length = snprintf(file->temporary, sizeof file->temporary, "%.*s.%.200s.XXXXXX", folder,
                          file->path, file->path + folder);
    if (length >= (int)sizeof file->temporary) {
        file->temporary[0] = '\0';
        return ENAMETOOLONG;
    }
    file->fd = mkostemp(file->temporary, O_CLOEXEC);
    if (file->fd < 0) {
        file->temporary[0] = '\0';
        return errno;
    }
    file->owns_fd = true;
    // mkostemp makes it private; a file that was asked for by name gets the usual rights.
    mode_t mask = umask(0);
    umask(mask);
    return fchmod(file->fd, 0666 & ~mask) == 0 ? 0 : errno;
}

static int open_target(struct audio_file *file) {
    const char *path = file->options.path;
    if (!resolve_path(file, path)) {
        return ENAMETOOLONG;
    }
    if (!strcmp(path, "-")) {
        file->fd = STDOUT_FILENO;
        return 0;
    }
    if (!is_direct(path)) {
        return create_temporary(file);
    }
    file->fd = open(path, O_WRONLY | O_CLOEXEC);
    file->owns_fd = file->fd >= 0;
    return file->fd >= 0 ? 0 : errno;
}

static enum wav_encoding wav_encoding_of(enum audio_bits bits) {
    return bits == AUDIO_BITS_16 ? WAV_16 : bits == AUDIO_BITS_24 ? WAV_24 : WAV_FLOAT;
}

static bool begin_format(struct audio_file *file, char message[AUDIO_MESSAGE_MAX]) {
    const struct audio_format *format = &file->options.format;
    if (format->container == AUDIO_WAV) {
        unsigned char header[WAV_HEADER_MAX];
        size_t size = wav_header(header, wav_encoding_of(format->bits), file->options.frames);
        if (!write_all(file, header, size)) {
            describe_error(file, file->error, message);
            return false;
        }
        return true;
    }
    enum sndfile_sink_kind kind = format->container == AUDIO_OPUS ? SINK_OPUS
                                  : format->bits == AUDIO_BITS_16 ? SINK_FLAC_16
                                                                  : SINK_FLAC_24;
    file->sink = sndfile_sink_open(kind, file->fd, write_for_sink, file);
    if (!file->sink) {
        if (file->error) {
            describe_error(file, file->error, message);
        } else {
            snprintf(message, AUDIO_MESSAGE_MAX, "libsndfile cannot write '%.200s': %.200s",
                     file->path, sndfile_sink_open_error());
        }
    }
    return file->sink != NULL;
}

struct audio_file *audio_file_open(const struct audio_file_options *options,
                                   char message[AUDIO_MESSAGE_MAX]) {
    struct audio_file *file = calloc(1, sizeof *file);
    if (!file) {
        snprintf(message, AUDIO_MESSAGE_MAX, "out of memory");
        return NULL;
    }
    file->options = *options;
    file->position = options->position;
    file->fd = -1;
    int error = open_target(file);
    bool begun = false;
    if (error) {
        describe_error(file, error, message);
    } else {
        begun = begin_format(file, message);
    }
    if (!begun) {
        char ignored[AUDIO_MESSAGE_MAX];
        audio_file_close(file, false, ignored);
        return NULL;
    }
    return file;
}

// --- samples ---------------------------------------------------------------------------------

static void put_little_endian(unsigned char *at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        at[i] = (unsigned char)(value >> (8 * i));
    }
}

// To the nearest of 2^24 steps, halves upwards; 24 bits need no dither, the noise is at -144 dB.
static int32_t to_24_bits(float sample) {
    double steps = (double)sample * 8388608.0;
    if (steps >= 8388607.0) {
        return 8388607;
    }
    if (steps <= -8388608.0) {
        return -8388608;
    }
    return (int32_t)(steps + 8388608.5) - 8388608;
}

// Converts FRAMES to the bytes of a WAV file; returns how many.
static size_t encode_wav(struct audio_file *file, const float *in, uint32_t frames) {
    unsigned char *at = file->bytes;
    for (uint32_t i = 0; i < frames; i++, in += 2) {
        int16_t narrow[2];
        uint32_t raw[2];
        switch (file->options.format.bits) {
        case AUDIO_BITS_16:
            dither_frame(file->options.seed, file->position + i, in, narrow);
            put_little_endian(at, (uint16_t)narrow[0], 2);
            put_little_endian(at + 2, (uint16_t)narrow[1], 2);
            at += 4;
            break;
        case AUDIO_BITS_24:
            put_little_endian(at, (uint32_t)to_24_bits(in[0]), 3);
            put_little_endian(at + 3, (uint32_t)to_24_bits(in[1]), 3);
            at += 6;
            break;
        case AUDIO_BITS_DEFAULT:
        case AUDIO_BITS_FLOAT:
            memcpy(raw, in, sizeof raw);
            put_little_endian(at, raw[0], 4);
            put_little_endian(at + 4, raw[1], 4);
            at += 8;
            break;
        }
    }
    return (size_t)(at - file->bytes);
}

// FLAC takes whole numbers of 32 bits of which it keeps the upper ones; Opus takes floats.
static bool write_sink(struct audio_file *file, const float *in, uint32_t frames) {
    if (file->options.format.container == AUDIO_OPUS) {
        return sndfile_sink_write_float(file->sink, in, frames);
    }
    int32_t whole[2 * CHUNK_FRAMES];
    for (uint32_t i = 0; i < frames; i++) {
        int16_t narrow[2];
        if (file->options.format.bits == AUDIO_BITS_16) {
            dither_frame(file->options.seed, file->position + i, in + 2 * i, narrow);
            whole[2 * i] = narrow[0] * 65536;
            whole[2 * i + 1] = narrow[1] * 65536;
        } else {
            whole[2 * i] = to_24_bits(in[2 * i]) * 256;
            whole[2 * i + 1] = to_24_bits(in[2 * i + 1]) * 256;
        }
    }
    return sndfile_sink_write_int(file->sink, whole, frames);
}

bool audio_file_write(struct audio_file *file, const float *interleaved, uint32_t frames) {
    while (frames > 0 && file->error == 0) {
        uint32_t chunk = frames < CHUNK_FRAMES ? frames : CHUNK_FRAMES;
        if (!file->sink) {
            write_all(file, file->bytes, encode_wav(file, interleaved, chunk));
        } else if (!write_sink(file, interleaved, chunk) && file->error == 0) {
            file->error = EIO;
        }
        file->position += chunk;
        interleaved += 2 * (size_t)chunk;
        frames -= chunk;
    }
    return file->error == 0;
}

bool audio_file_close(struct audio_file *file, bool keep, char message[AUDIO_MESSAGE_MAX]) {
    if (file->sink && !sndfile_sink_close(file->sink) && file->error == 0) {
        file->error = EIO;
    }
    // Some file systems tell of a full disk only here.
    if (file->owns_fd && close(file->fd) != 0 && file->error == 0) {
        file->error = errno;
    }
    if (keep && file->error == 0 && file->temporary[0] &&
        rename(file->temporary, file->path) != 0) {
        file->error = errno;
    }
    bool kept = keep && file->error == 0;
    if (!kept && file->temporary[0]) {
        unlink(file->temporary);
    }
    if (file->error) {
        describe_error(file, file->error, message);
    }
    free(file);
    return kept;
}
