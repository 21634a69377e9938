// Finding the output devices, in a child process: PortAudio's start asserts inside the ALSA part
// when ALSA's configuration files are missing, and only the child may die of that. The child
// writes one record per device into a pipe. See playback.h.
#include "server/playback.h"

#include <stdio.h>

#if AEO_HAVE_PORTAUDIO

#include "server/playback_quiet.h" // playback_quiet_begin

#include <portaudio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

const char *playback_library(void) {
    return Pa_GetVersionText();
}

static void fill_device(struct playback_device *out, int index, const PaDeviceInfo *info) {
    memset(out, 0, sizeof *out);
    out->index = index;
    snprintf(out->name, sizeof out->name, "%s", info->name);
    snprintf(out->api, sizeof out->api, "%s", Pa_GetHostApiInfo(info->hostApi)->name);
    out->channels = info->maxOutputChannels;
    out->is_default = index == Pa_GetDefaultOutputDevice();
}

// The child's whole life. A record is far below PIPE_BUF, so each write is all or nothing.
static void run_child(int fd) {
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    playback_quiet_begin();
    if (Pa_Initialize() != paNoError) {
        _exit(2);
    }
    int count = Pa_GetDeviceCount();
    for (int i = 0; i < count; i++) {
        const PaDeviceInfo *info = Pa_GetDeviceInfo(i);
        struct playback_device device;
        if (!info || info->maxOutputChannels < 1) {
            continue;
        }
        fill_device(&device, i, info);
        if (write(fd, &device, sizeof device) != (ssize_t)sizeof device) {
            _exit(3);
        }
    }
    _exit(0); // without Pa_Terminate: the child's end gives everything back
}

static void read_records(int fd, struct playback_devices *devices) {
    struct playback_device device;
    size_t have = 0;
    ssize_t got;
    while ((got = read(fd, (char *)&device + have, sizeof device - have)) > 0) {
        have += (size_t)got;
        if (have == sizeof device) {
            have = 0;
            if (devices->count < PLAYBACK_DEVICES_MAX) {
                devices->items[devices->count++] = device;
            }
        }
    }
}

bool playback_list(struct playback_devices *devices, char message[PLAYBACK_MESSAGE_MAX]) {
    int ends[2];
    devices->count = 0;
    if (pipe(ends) != 0) {
        snprintf(message, PLAYBACK_MESSAGE_MAX, "no pipe to be had");
        return false;
    }
    fflush(NULL); // or the child would print what is buffered once more
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(ends[1]);
    }
    close(ends[1]);
    if (child > 0) {
        read_records(ends[0], devices);
    }
    close(ends[0]);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        snprintf(message, PLAYBACK_MESSAGE_MAX, "no process to be had");
        return false;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return true;
    }
    snprintf(message, PLAYBACK_MESSAGE_MAX, "PortAudio cannot start here%s",
             WIFSIGNALED(status) ? ": it aborted; is the package libasound2-data installed?" : "");
    return false;
}

#else

const char *playback_library(void) {
    return NULL;
}

bool playback_list(struct playback_devices *devices, char message[PLAYBACK_MESSAGE_MAX]) {
    devices->count = 0;
    snprintf(message, PLAYBACK_MESSAGE_MAX, "this build has no PortAudio");
    return false;
}

#endif
