// `aeolian play`: music on this machine's loudspeakers. Three threads meet here: the main thread
// (keys, drawing, the end), the playback thread (takes frames from the session's ring) and the
// engine's threads (callbacks, which only leave news in small rings). Main thread, except for the
// callbacks, which say so.
#include "server/command.h"        // command_play
#include "server/engine_options.h" // engine_choice
#include "server/music_options.h"  // music_choice, music_address
#include "server/play_news.h"      // play_news
#include "server/play_screen.h"    // play_screen_*
#include "server/playback.h"       // playback_*
#include "server/progress.h"       // progress_clock_s
#include "server/stop_signal.h"    // stop_signal
#include "server/terminal.h"       // terminal_*
#include "server/trace_option.h"   // trace_option_begin

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct play_choice {
    const char *device;
    struct option_seconds duration;
    bool list_devices, json, quiet;
};

enum {
    RING_FRAMES = 65536,  // power of two above the engine's lead of 19,200
    POLL_MS = 100,        // keys and drawing
    FADE_WAIT_MS = 1500,  // after which a fade that does not end is given up
};

static const struct option rows[] = {
    {.name = "device",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct play_choice, device),
     .argument = "NAME|INDEX",
     .help = "where to play; see --list-devices (default: the system's own)"},
    {.name = "list-devices",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct play_choice, list_devices),
     .help = "list the output devices and stop"},
    {.name = "duration",
     .kind = OPTION_SECONDS,
     .offset = offsetof(struct play_choice, duration),
     .argument = "TIME",
     .help = "stop by itself after 90, 5m, 1h30m (default: play on)",
     .min = 0.1,
     .max = 31536000.0},
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct play_choice, json),
     .help = "a summary as one JSON object at the end"},
    {.name = "quiet",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct play_choice, quiet),
     .help = "no display and no lines"},
};

struct play {
    struct play_choice choice;
    struct music_choice music;
    struct engine_choice engine_choice;
    aeo_engine *engine;
    aeo_session *session;
    struct playback *playback;
    struct play_news news;
    struct play_screen screen;
    char address[AEO_ADDRESS_MAX]; // at the start
    int64_t position;              // of the first frame played
    int64_t exact_from;
    bool is_on_terminal;
    uint64_t changes; // asked for; the id of the last one
};

static const char command[] = "play";

// --- other threads ---------------------------------------------------------------------------

// Playback thread.
static uint32_t read_session(void *user, float *interleaved, uint32_t frames) {
    return aeo_session_read(((struct play *)user)->session, interleaved, frames);
}

// Worker thread.
static void on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span) {
    (void)session, (void)session_user;
    if (span->phrase) {
        play_news_phrase(&((struct play *)user)->news, span->phrase);
    }
}

// Engine thread.
static void on_receipt(void *user, aeo_session *session, void *session_user,
                       const aeo_receipt *receipt) {
    (void)session, (void)session_user;
    play_news_receipt(&((struct play *)user)->news, receipt);
}

// --- opening ---------------------------------------------------------------------------------

static int list_devices(void) {
    struct playback_devices devices;
    char message[PLAYBACK_MESSAGE_MAX];
    if (!playback_list(&devices, message)) {
        return failure(command, "%s", message);
    }
    if (devices.count == 0) {
        printf("no output devices\n");
    }
    for (uint32_t i = 0; i < devices.count; i++) {
        const struct playback_device *device = &devices.items[i];
        printf("%3d%s %s (%s, %d channels)\n", device->index, device->is_default ? "*" : " ",
               device->name, device->api, device->channels);
    }
    return 0;
}

static int open_engine(struct play *play) {
    aeo_options options;
    aeo_options_default(&options);
    if (!engine_options_apply(&play->engine_choice, command, &options)) {
        return EXIT_USAGE;
    }
    options.ring_frames = RING_FRAMES;
    options.user = play;
    options.on_span = on_span;
    options.on_receipt = on_receipt;
    play->engine = engine_open_or_complain(command, &options);
    return play->engine ? 0 : EXIT_FAILED;
}

static int open_session(struct play *play) {
    int status = music_address(command, play->engine, &play->music, play->address);
    if (status) {
        return status;
    }
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.address = play->address;
    aeo_fault fault = {0};
    if (aeo_session_open(play->engine, &options, &play->session, &fault) != AEO_OK) {
        return report_fault(command, &fault);
    }
    aeo_session_info info;
    aeo_session_describe(play->session, &info);
    play->position = info.position;
    play->exact_from = info.exact_from;
    enum aeo_status outcome = aeo_engine_start(play->engine);
    if (outcome == AEO_OK) {
        outcome = aeo_session_start(play->session);
    }
    return outcome == AEO_OK ? 0 : failure(command, "%s", aeo_status_text(outcome));
}

static int open_all(struct play *play) {
    char message[PLAYBACK_MESSAGE_MAX];
    int status = open_engine(play);
    if (!status) {
        status = open_session(play);
    }
    if (status) {
        return status;
    }
    play->playback = playback_open(play->choice.device, read_session, play, message);
    return play->playback ? 0 : failure(command, "%s", message);
}

// --- keys ------------------------------------------------------------------------------------

static void change_scene(struct play *play, int step) {
    uint32_t count = aeo_scene_count(play->engine);
    uint32_t next = (play->screen.scene + count + (uint32_t)step) % count;
    const aeo_scene_info *scene = aeo_scene_at(play->engine, next);
    if (aeo_session_scene(play->session, ++play->changes, scene->slug) == AEO_OK) {
        play->screen.scene = next;
        // A scene brings its own settings of all controls.
        memcpy(play->screen.values, scene->defaults, sizeof play->screen.values);
    }
}

static void change_control(struct play *play, double step) {
    struct play_screen *screen = &play->screen;
    aeo_setting setting = {screen->controls[screen->selected], 0.0};
    setting.value = screen->values[setting.control] + step;
    setting.value = setting.value < 0.0 ? 0.0 : setting.value > 1.0 ? 1.0 : setting.value;
    if (aeo_session_set(play->session, ++play->changes, &setting, 1) == AEO_OK) {
        screen->values[setting.control] = setting.value;
    }
}

static void change_volume(struct play *play, int step) {
    int volume = play->screen.volume + step;
    play->screen.volume = volume < 0 ? 0 : volume > 100 ? 100 : volume;
    // Squared: equal steps then sound about equal. 100 is exactly 1.
    float linear = (float)play->screen.volume / 100.0f;
    playback_volume(play->playback, linear * linear);
}

// True if the key asks for the end.
static bool obey(struct play *play, int key) {
    struct play_screen *screen = &play->screen;
    if (key >= '1' && key < '1' + PLAY_SCREEN_CONTROLS) {
        screen->selected = key - '1';
        return false;
    }
    switch (key) {
    case ' ':
        screen->paused = !screen->paused;
        (screen->paused ? playback_pause : playback_resume)(play->playback);
        return false;
    case 'n':
    case 'p':
        change_scene(play, key == 'n' ? 1 : -1);
        return false;
    case '+':
    case '=':
    case '-':
        change_volume(play, key == '-' ? -5 : 5);
        return false;
    case TERMINAL_LEFT:
    case TERMINAL_RIGHT:
        change_control(play, key == TERMINAL_LEFT ? -0.05 : 0.05);
        return false;
    case TERMINAL_UP:
    case TERMINAL_DOWN:
        screen->selected = (screen->selected + (key == TERMINAL_UP ? -1 : 1) +
                            PLAY_SCREEN_CONTROLS) % PLAY_SCREEN_CONTROLS;
        return false;
    default:
        return key == 'q' || key == 4; // Ctrl-D
    }
}

// --- playing ---------------------------------------------------------------------------------

static void wait_a_little(bool on_terminal, int *key) {
    *key = TERMINAL_NONE;
    if (on_terminal) {
        *key = terminal_key(POLL_MS);
    } else {
        usleep(POLL_MS * 1000); // broken off by the stop signals
    }
}

// Plays until a key, a signal, the end of the duration or of the device. False: device gone.
static bool play_on(struct play *play, struct playback_status *status) {
    int64_t stop_at = play->choice.duration.given
                          ? (int64_t)(play->choice.duration.value * AEO_SAMPLE_RATE)
                          : INT64_MAX;
    bool asked = false;
    while (!stop_signal && !asked) {
        int key;
        wait_a_little(play->is_on_terminal, &key);
        asked = obey(play, key);
        playback_read_status(play->playback, status);
        if (status->gone) {
            return false;
        }
        play_news_take(&play->news, play->position + status->frames, &play->screen);
        if (play->is_on_terminal) {
            play_screen_draw(&play->screen, status, play->position, play->exact_from);
        }
        // The fade at the end belongs to the duration.
        asked = asked || status->frames >= stop_at - PLAYBACK_FADE_FRAMES;
    }
    playback_pause(play->playback);
    for (int waited = 0; waited < FADE_WAIT_MS && !status->silent && !status->gone; waited += 10) {
        usleep(10000);
        playback_read_status(play->playback, status);
    }
    // What was written last is still on its way to the loudspeaker.
    usleep(200000);
    return !status->gone;
}

static void print_summary(const struct play *play, const struct playback_status *status) {
    aeo_session_info info;
    aeo_session_describe(play->session, &info);
    char end_address[AEO_ADDRESS_MAX] = "";
    aeo_address_at(info.address, play->position + status->frames, end_address,
                   sizeof end_address);
    if (play->choice.json) {
        json_t *object = json_pack(
            "{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:b}", "address", play->address,
            "end_address", end_address, "position", (json_int_t)play->position, "exact_from",
            (json_int_t)play->exact_from, "frames", (json_int_t)status->frames, "underruns",
            (json_int_t)status->underruns, "device", playback_device_name(play->playback),
            "renderer", aeo_engine_renderer_line(play->engine), "gone", (int)status->gone);
        json_dumpf(object, stdout, 0);
        putchar('\n');
        json_decref(object);
    } else if (!play->choice.quiet) {
        char time[24];
        progress_time(time, sizeof time, (double)status->frames / AEO_SAMPLE_RATE);
        printf("played %s, %llu underruns\nto go on here: aeolian play --address %s\n", time,
               (unsigned long long)status->underruns, end_address);
    }
    fflush(stdout);
}

static int run(struct play *play) {
    stop_signal_install();
    int status = open_all(play);
    if (status) {
        return status;
    }
    aeo_session_info info;
    aeo_session_describe(play->session, &info);
    play_screen_init(&play->screen, play->engine, &info, playback_device_name(play->playback));
    play->is_on_terminal = !play->choice.quiet && terminal_present();
    if (!play->choice.quiet && !play->choice.json) {
        printf("playing on %s, rendered by %s\naddress: %s\n",
               playback_device_name(play->playback), aeo_engine_renderer_line(play->engine),
               play->address);
        fflush(stdout);
    }
    if (play->is_on_terminal) {
        terminal_begin();
    }
    playback_resume(play->playback);
    struct playback_status last = {0};
    bool good = play_on(play, &last);
    terminal_end();
    print_summary(play, &last);
    if (!good) {
        status = failure(command, "%s", last.message);
    }
    if (!playback_close(play->playback)) {
        status = trace_option_end(command, status);
        fflush(NULL);
        _exit(status ? status : EXIT_FAILED); // a thread hangs in the dead device
    }
    return status;
}

int command_play(int argc, char **argv) {
    static struct play play; // large, and other threads point into it
    const struct options options = {
        .command = command,
        .usage = "[--scene NAME] [--seed N] [--device NAME|INDEX] [options]",
        .summary = "Plays music on this machine's loudspeakers, endlessly.",
        .groups = {{"Playback", rows, sizeof rows / sizeof *rows, &play.choice},
                   music_option_group(&play.music),
                   engine_option_group_beside_device(&play.engine_choice)},
        .group_count = 3,
        .notes = "Keys: space pause, n and p the next and previous scene, + and - volume,\n"
                 "1 to 6 (or up and down) choose a control, left and right change it, q quit.",
    };
    enum options_outcome outcome = options_parse(&options, argc, argv);
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : EXIT_USAGE;
    }
    if (play.choice.list_devices) {
        return list_devices();
    }
    if (!trace_option_begin(command, &play.engine_choice)) {
        return EXIT_FAILED;
    }
    int status = run(&play);
    aeo_session_close(play.session);
    aeo_engine_close(play.engine);
    return trace_option_end(command, status);
}
