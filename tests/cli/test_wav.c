// Goal: WAV headers are right on both sides of 4 GiB. Method: files with our header and a hole in
// place of the samples (no disk is used), opened by libsndfile, which must find the format and the
// number of frames; and the exact byte at which RF64 must begin.
#include "server/wav.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if AEO_HAVE_SNDFILE
#include <sndfile.h>

static void check_read(enum wav_encoding encoding, uint64_t frames, int subtype, int container) {
    char name[] = "/tmp/aeolian-wav-XXXXXX";
    unsigned char header[WAV_HEADER_MAX];
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    unlink(name);
    size_t size = wav_header(header, encoding, frames);
    assert_int_equal(write(fd, header, size), size);
    assert_int_equal(ftruncate(fd, (off_t)(size + frames * wav_frame_bytes(encoding))), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    SF_INFO info = {0};
    SNDFILE *file = sf_open_fd(fd, SFM_READ, &info, 0);
    assert_non_null(file);
    assert_true(info.frames == (sf_count_t)frames);
    assert_int_equal(info.channels, 2);
    assert_int_equal(info.samplerate, 48000);
    assert_int_equal(info.format & SF_FORMAT_SUBMASK, subtype);
    assert_int_equal(info.format & SF_FORMAT_TYPEMASK, container);
    sf_close(file);
    close(fd);
}

static void test_libsndfile_reads_them(void **state) {
    (void)state;
    check_read(WAV_FLOAT, 48000, SF_FORMAT_FLOAT, SF_FORMAT_WAV);
    check_read(WAV_24, 48001, SF_FORMAT_PCM_24, SF_FORMAT_WAV);
    check_read(WAV_16, 1, SF_FORMAT_PCM_16, SF_FORMAT_WAV);
    check_read(WAV_FLOAT, UINT64_C(600000000), SF_FORMAT_FLOAT, SF_FORMAT_RF64);
    check_read(WAV_24, UINT64_C(800000000), SF_FORMAT_PCM_24, SF_FORMAT_RF64);
    check_read(WAV_16, UINT64_C(1200000000), SF_FORMAT_PCM_16, SF_FORMAT_RF64);
}
#endif

static void test_rf64_begins_where_32_bits_end(void **state) {
    (void)state;
    unsigned char header[WAV_HEADER_MAX];
    // RIFF size = 58 - 8 + 8 x frames must be below 2^32.
    uint64_t last = (UINT32_MAX - 50) / 8;
    assert_int_equal(wav_header(header, WAV_FLOAT, last), 58);
    assert_memory_equal(header, "RIFF", 4);
    assert_int_equal(wav_header(header, WAV_FLOAT, last + 1), 94);
    assert_memory_equal(header, "RF64", 4);
    assert_memory_equal(header + 12, "ds64", 4);
}

static void test_an_empty_file(void **state) {
    (void)state;
    unsigned char header[WAV_HEADER_MAX];
    assert_int_equal(wav_header(header, WAV_16, 0), 44);
    assert_memory_equal(header + 36, "data\0\0\0\0", 8);
    assert_memory_equal(header + 4, "\x24\0\0\0", 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#if AEO_HAVE_SNDFILE
        cmocka_unit_test(test_libsndfile_reads_them),
#endif
        cmocka_unit_test(test_rf64_begins_where_32_bits_end),
        cmocka_unit_test(test_an_empty_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
