// libsndfile as a sink; see sndfile_sink.h.
#include "server/sndfile_sink.h"

#if AEO_HAVE_SNDFILE

#include <sndfile.h>
#include <stdlib.h>
#include <unistd.h>

struct sndfile_sink {
    SNDFILE *handle;
    int fd;
    sndfile_sink_write *write;
    void *user;
    bool failed;
};

// 160 kb/s, above what is streamed: a file is kept. libsndfile maps 0..1 linearly from 512 kb/s
// down to 12 kb/s for stereo.
static const double opus_compression = (512.0 - 160.0) / 500.0;

static sf_count_t sink_length(void *user) {
    struct sndfile_sink *sink = user;
    off_t here = lseek(sink->fd, 0, SEEK_CUR);
    off_t end = lseek(sink->fd, 0, SEEK_END);
    lseek(sink->fd, here, SEEK_SET);
    return end;
}

static sf_count_t sink_seek(sf_count_t offset, int whence, void *user) {
    return lseek(((struct sndfile_sink *)user)->fd, offset, whence);
}

static sf_count_t sink_read(void *data, sf_count_t count, void *user) {
    return read(((struct sndfile_sink *)user)->fd, data, (size_t)count);
}

static sf_count_t sink_write(const void *data, sf_count_t count, void *user) {
    struct sndfile_sink *sink = user;
    if (!sink->write(sink->user, data, (size_t)count)) {
        sink->failed = true;
        return 0;
    }
    return count;
}

static sf_count_t sink_tell(void *user) {
    return lseek(((struct sndfile_sink *)user)->fd, 0, SEEK_CUR);
}

bool sndfile_sink_available(void) {
    return true;
}

struct sndfile_sink *sndfile_sink_open(enum sndfile_sink_kind kind, int fd,
                                       sndfile_sink_write *write, void *user) {
    static const int formats[] = {
        [SINK_FLAC_16] = SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
        [SINK_FLAC_24] = SF_FORMAT_FLAC | SF_FORMAT_PCM_24,
        [SINK_OPUS] = SF_FORMAT_OGG | SF_FORMAT_OPUS,
    };
    static SF_VIRTUAL_IO calls = {sink_length, sink_seek, sink_read, sink_write, sink_tell};
    struct sndfile_sink *sink = calloc(1, sizeof *sink);
    if (!sink) {
        return NULL;
    }
    *sink = (struct sndfile_sink){.fd = fd, .write = write, .user = user};
    SF_INFO info = {.samplerate = 48000, .channels = 2, .format = formats[kind]};
    sink->handle = sf_open_virtual(&calls, SFM_WRITE, &info, sink);
    if (!sink->handle) {
        free(sink);
        return NULL;
    }
    if (kind == SINK_OPUS) {
        double level = opus_compression;
        sf_command(sink->handle, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
    }
    return sink;
}

const char *sndfile_sink_open_error(void) {
    return sf_strerror(NULL);
}

bool sndfile_sink_write_float(struct sndfile_sink *sink, const float *in, uint32_t frames) {
    return sf_writef_float(sink->handle, in, frames) == frames && !sink->failed;
}

bool sndfile_sink_write_int(struct sndfile_sink *sink, const int32_t *in, uint32_t frames) {
    return sf_writef_int(sink->handle, in, frames) == frames && !sink->failed;
}

bool sndfile_sink_close(struct sndfile_sink *sink) {
    bool good = sf_close(sink->handle) == 0 && !sink->failed;
    free(sink);
    return good;
}

const char *sndfile_sink_library(void) {
    return sf_version_string();
}

#else

bool sndfile_sink_available(void) {
    return false;
}

struct sndfile_sink *sndfile_sink_open(enum sndfile_sink_kind kind, int fd,
                                       sndfile_sink_write *write, void *user) {
    (void)kind, (void)fd, (void)write, (void)user;
    return NULL;
}

const char *sndfile_sink_open_error(void) {
    return "this build has no libsndfile";
}

bool sndfile_sink_write_float(struct sndfile_sink *sink, const float *in, uint32_t frames) {
    (void)sink, (void)in, (void)frames;
    return false;
}

bool sndfile_sink_write_int(struct sndfile_sink *sink, const int32_t *in, uint32_t frames) {
    (void)sink, (void)in, (void)frames;
    return false;
}

bool sndfile_sink_close(struct sndfile_sink *sink) {
    (void)sink;
    return false;
}

const char *sndfile_sink_library(void) {
    return NULL;
}

#endif
