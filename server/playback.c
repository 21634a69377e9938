// The playback thread and its device; see playback.h. The main thread and the playback thread
// share only atomics. Gain is 1 exactly once the fade is over and the volume is 1, and multiplying
// by 1 changes no bit: what the device gets then is what was rendered.
#include "server/playback.h"

#include <stdio.h>

#if AEO_HAVE_PORTAUDIO

#include "server/playback_quiet.h" // playback_quiet_begin

#include <ctype.h>
#include <math.h>
#include <portaudio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    WRITE_FRAMES = 480,   // 10 ms a write
    STALL_WRITES_MS = 3000, // a device that takes nothing for so long is gone
    NAME_MAX_BYTES = 192,
};

struct playback {
    PaStream *stream;
    playback_source *source;
    void *user;
    char device[NAME_MAX_BYTES];
    pthread_t thread;
    bool thread_runs, library_runs;
    // Set by the main thread, read by the playback thread.
    _Atomic bool ending, playing;
    _Atomic float volume;
    // Set by the playback thread, read by the main thread.
    _Atomic int64_t frames, beat_ms;
    _Atomic uint64_t underruns;
    _Atomic float peak[2];
    _Atomic bool silent, failed;
    _Atomic int error; // PaError, valid once failed
    // The playback thread's own.
    float fade;      // 0..1, a straight line in time; the gain is its smooth step
    float volume_now; // moves towards `volume`
};

static int64_t clock_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// --- playback thread -------------------------------------------------------------------------

static float step_towards(float from, float to, float step) {
    if (from < to) {
        return from + step < to ? from + step : to;
    }
    return from - step > to ? from - step : to;
}

// Applies fade and volume in place and keeps the peaks.
static void shape(struct playback *playback, float *out, uint32_t frames) {
    const float step = 1.0f / PLAYBACK_FADE_FRAMES;
    float target = atomic_load(&playback->playing) ? 1.0f : 0.0f;
    float volume = atomic_load(&playback->volume);
    float peaks[2] = {0.0f, 0.0f};
    for (uint32_t i = 0; i < frames; i++) {
        float x = playback->fade;
        // The smooth step has no kink at either end; it is 0 at 0 and 1 at 1 exactly.
        float gain = x * x * x * (x * (x * 6.0f - 15.0f) + 10.0f) * playback->volume_now;
        for (int channel = 0; channel < 2; channel++) {
            float sample = out[2 * i + channel] * gain;
            out[2 * i + channel] = sample;
            peaks[channel] = fmaxf(peaks[channel], fabsf(sample));
        }
        playback->fade = step_towards(x, target, step);
        playback->volume_now = step_towards(playback->volume_now, volume, step);
    }
    for (int channel = 0; channel < 2; channel++) {
        float held = atomic_load(&playback->peak[channel]);
        while (peaks[channel] > held &&
               !atomic_compare_exchange_weak(&playback->peak[channel], &held, peaks[channel])) {
        }
    }
}

// Fills BLOCK with music as far as it goes, then silence. Standing still it takes no music.
static void fill(struct playback *playback, float *block) {
    bool playing = atomic_load(&playback->playing);
    uint32_t got = 0;
    if (playing || playback->fade > 0.0f) {
        got = playback->source(playback->user, block, WRITE_FRAMES);
        // Before the first frame of all, nothing is late yet.
        if (got < WRITE_FRAMES && atomic_load(&playback->frames) > 0) {
            atomic_fetch_add(&playback->underruns, 1);
        }
        shape(playback, block, got);
        atomic_fetch_add(&playback->frames, got);
    }
    memset(block + 2 * got, 0, sizeof(float) * 2 * (WRITE_FRAMES - got));
    atomic_store(&playback->silent, playback->fade == 0.0f && !playing);
}

static void *run_thread(void *user) {
    struct playback *playback = user;
    static float block[2 * WRITE_FRAMES];
    while (!atomic_load(&playback->ending)) {
        fill(playback, block);
        PaError error = Pa_WriteStream(playback->stream, block, WRITE_FRAMES);
        atomic_store(&playback->beat_ms, clock_ms());
        if (error == paOutputUnderflowed) {
            // The stream starts with an empty buffer, which some devices report.
            if (atomic_load(&playback->frames) > WRITE_FRAMES) {
                atomic_fetch_add(&playback->underruns, 1);
            }
        } else if (error != paNoError) {
            atomic_store(&playback->error, error);
            atomic_store(&playback->failed, true);
            break;
        }
    }
    return NULL;
}

// --- choosing the device ---------------------------------------------------------------------

static bool contains(const char *text, const char *part) {
    for (; *text; text++) {
        if (!strncasecmp(text, part, strlen(part))) {
            return true;
        }
    }
    return false;
}

// The device called NAME: its index, its name, or a part that only one device's name has.
static int find_device(const char *name, char message[PLAYBACK_MESSAGE_MAX]) {
    int count = Pa_GetDeviceCount(), found = -1, matches = 0, outputs = 0;
    char *end;
    long index = strtol(name, &end, 10);
    bool is_index = *name && *end == '\0';
    for (int i = 0; i < count; i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        if (info->maxOutputChannels < 1) {
            continue;
        }
        outputs++;
        if (is_index ? i == index : !strcmp(info->name, name)) {
            return i;
        }
        if (!is_index && contains(info->name, name)) {
            found = i;
            matches++;
        }
    }
    if (matches == 1) {
        return found;
    }
    snprintf(message, PLAYBACK_MESSAGE_MAX,
             matches > 1 ? "'%.60s' fits %d output devices; see --list-devices"
                         : "no output device '%.60s' among the %d there are; see --list-devices",
             name, matches > 1 ? matches : outputs);
    return -1;
}

static bool open_stream(struct playback *playback, const char *name,
                        char message[PLAYBACK_MESSAGE_MAX]) {
    int device = name ? find_device(name, message) : Pa_GetDefaultOutputDevice();
    if (device < 0) {
        if (!name) {
            snprintf(message, PLAYBACK_MESSAGE_MAX, "this machine has no audio output device");
        }
        return false;
    }
    const PaDeviceInfo *info = Pa_GetDeviceInfo(device);
    snprintf(playback->device, sizeof playback->device, "%s (%s)", info->name,
             Pa_GetHostApiInfo(info->hostApi)->name);
    // A tenth of a second bridges the scheduler of a busy desktop.
    double latency_s = info->defaultHighOutputLatency;
    latency_s = latency_s < 0.1 ? 0.1 : latency_s > 0.3 ? 0.3 : latency_s;
    PaStreamParameters output = {
        .device = device, .channelCount = 2, .sampleFormat = paFloat32,
        .suggestedLatency = latency_s};
    int saved = playback_quiet_begin();
    PaError error = Pa_OpenStream(&playback->stream, NULL, &output, 48000.0, WRITE_FRAMES,
                                  paClipOff | paDitherOff, NULL, NULL);
    if (error == paNoError) {
        error = Pa_StartStream(playback->stream);
    }
    playback_quiet_end(saved);
    if (error != paNoError) {
        snprintf(message, PLAYBACK_MESSAGE_MAX, "cannot play on '%.120s': %s", playback->device,
                 Pa_GetErrorText(error));
    }
    return error == paNoError;
}

// --- main thread -----------------------------------------------------------------------------

static bool start_library(struct playback *playback, char message[PLAYBACK_MESSAGE_MAX]) {
    struct playback_devices devices;
    if (!playback_list(&devices, message)) {
        return false;
    }
    if (devices.count == 0) {
        snprintf(message, PLAYBACK_MESSAGE_MAX, "this machine has no audio output device");
        return false;
    }
    int saved = playback_quiet_begin();
    PaError error = Pa_Initialize();
    playback_quiet_end(saved);
    playback->library_runs = error == paNoError;
    if (error != paNoError) {
        snprintf(message, PLAYBACK_MESSAGE_MAX, "PortAudio cannot start: %s",
                 Pa_GetErrorText(error));
    }
    return playback->library_runs;
}

struct playback *playback_open(const char *device, playback_source *source, void *user,
                               char message[PLAYBACK_MESSAGE_MAX]) {
    struct playback *playback = calloc(1, sizeof *playback);
    if (!playback) {
        snprintf(message, PLAYBACK_MESSAGE_MAX, "out of memory");
        return NULL;
    }
    playback->source = source;
    playback->user = user;
    playback->volume_now = 1.0f;
    atomic_store(&playback->volume, 1.0f);
    atomic_store(&playback->beat_ms, clock_ms());
    if (start_library(playback, message) && open_stream(playback, device, message)) {
        playback->thread_runs =
            pthread_create(&playback->thread, NULL, run_thread, playback) == 0;
        if (playback->thread_runs) {
            return playback;
        }
        snprintf(message, PLAYBACK_MESSAGE_MAX, "no thread to be had");
    }
    playback_close(playback);
    return NULL;
}

const char *playback_device_name(const struct playback *playback) {
    return playback->device;
}

void playback_resume(struct playback *playback) {
    atomic_store(&playback->playing, true);
}

void playback_pause(struct playback *playback) {
    atomic_store(&playback->playing, false);
}

void playback_volume(struct playback *playback, float volume) {
    atomic_store(&playback->volume, volume);
}

static bool is_stalled(struct playback *playback) {
    return clock_ms() - atomic_load(&playback->beat_ms) > STALL_WRITES_MS;
}

void playback_read_status(struct playback *playback, struct playback_status *status) {
    *status = (struct playback_status){
        .frames = atomic_load(&playback->frames),
        .underruns = atomic_load(&playback->underruns),
        .peak_left = atomic_exchange(&playback->peak[0], 0.0f),
        .peak_right = atomic_exchange(&playback->peak[1], 0.0f),
        .silent = atomic_load(&playback->silent),
    };
    if (atomic_load(&playback->failed)) {
        status->gone = true;
        snprintf(status->message, sizeof status->message, "the device '%.120s' is gone: %s",
                 playback->device, Pa_GetErrorText(atomic_load(&playback->error)));
    } else if (is_stalled(playback)) {
        status->gone = true;
        snprintf(status->message, sizeof status->message,
                 "the device '%.120s' is gone: it takes no more sound", playback->device);
    }
}

bool playback_close(struct playback *playback) {
    atomic_store(&playback->ending, true);
    // A thread inside a write to a dead device may never come back, and the library would wait
    // for it; both are left to the end of the process.
    if (playback->thread_runs && !atomic_load(&playback->failed) && is_stalled(playback)) {
        return false;
    }
    if (playback->thread_runs) {
        pthread_join(playback->thread, NULL);
    }
    int saved = playback_quiet_begin();
    if (playback->stream) {
        Pa_CloseStream(playback->stream);
    }
    if (playback->library_runs) {
        Pa_Terminate();
    }
    playback_quiet_end(saved);
    free(playback);
    return true;
}

#else

struct playback *playback_open(const char *device, playback_source *source, void *user,
                               char message[PLAYBACK_MESSAGE_MAX]) {
    (void)device, (void)source, (void)user;
    snprintf(message, PLAYBACK_MESSAGE_MAX, "this build has no PortAudio");
    return NULL;
}

const char *playback_device_name(const struct playback *playback) {
    (void)playback;
    return "";
}

void playback_resume(struct playback *playback) {
    (void)playback;
}

void playback_pause(struct playback *playback) {
    (void)playback;
}

void playback_volume(struct playback *playback, float volume) {
    (void)playback, (void)volume;
}

void playback_read_status(struct playback *playback, struct playback_status *status) {
    (void)playback;
    *status = (struct playback_status){.gone = true};
}

bool playback_close(struct playback *playback) {
    (void)playback;
    return true;
}

#endif
