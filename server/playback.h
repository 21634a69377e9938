// Music on the loudspeakers through PortAudio. A playback thread asks a source for frames and
// hands them to the device with blocking writes, which hold everywhere (the callback form stalls
// on PulseAudio's plug-in). PortAudio is started only when asked for, since that alone may abort
// the process where ALSA's files are missing: a child process tries it first.
#ifndef SERVER_PLAYBACK_H
#define SERVER_PLAYBACK_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PLAYBACK_DEVICES_MAX = 64,
    PLAYBACK_MESSAGE_MAX = 256,
    PLAYBACK_FADE_FRAMES = 12000, // 0.25 s: at start, at stop and around a pause
};

struct playback_device {
    int index; // for --device
    char name[128];
    char api[32]; // "ALSA", "JACK Audio Connection Kit"
    int channels;
    bool is_default;
};

struct playback_devices {
    uint32_t count;
    struct playback_device items[PLAYBACK_DEVICES_MAX];
};

// PortAudio's version text; NULL where it was not built in, and then nothing below works.
const char *playback_library(void);

// Lists the output devices, asked in a child process. False with a one-line MESSAGE if there is
// no PortAudio, or it cannot start here. An empty list is a success.
bool playback_list(struct playback_devices *devices, char message[PLAYBACK_MESSAGE_MAX]);

// Gives up to FRAMES interleaved stereo frames; returns how many. Playback thread; must not block.
typedef uint32_t playback_source(void *user, float *interleaved, uint32_t frames);

struct playback;

// Opens DEVICE (an index of the list, a name or an unmistakable part of one; NULL: the default)
// at 48 kHz and starts the thread, silent until playback_resume. NULL with a one-line MESSAGE on
// failure. Main thread. Pair: playback_close.
struct playback *playback_open(const char *device, playback_source *source, void *user,
                               char message[PLAYBACK_MESSAGE_MAX]);

// Name of the device in use.
const char *playback_device_name(const struct playback *playback);

// Fade in and play on, or fade out and stand still. Any thread.
void playback_resume(struct playback *playback);
void playback_pause(struct playback *playback);

// 1 leaves the samples as they are, bit for bit. Any thread.
void playback_volume(struct playback *playback, float volume);

struct playback_status {
    int64_t frames;          // music frames handed to the device
    uint64_t underruns;      // times the device had to wait, or the music was not ready
    float peak_left, peak_right; // largest since the last call
    bool silent;             // faded out completely
    bool gone;               // the device failed or stopped taking frames; see message
    char message[PLAYBACK_MESSAGE_MAX];
};

// Reads what is going on. Main thread.
void playback_read_status(struct playback *playback, struct playback_status *status);

// Ends the thread and closes the device; call once it is silent, or gone. False if the thread is
// caught in a dead device: then leave the process with _exit soon, for nothing can be freed.
bool playback_close(struct playback *playback);

#endif
