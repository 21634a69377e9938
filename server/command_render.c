// `aeolian render`: music into a file, as fast as the machine can. The whole span of a phrase is
// rendered at a time unless told otherwise; the samples are the same for every way of cutting.
// Main thread; the engine's workers help inside aeo_session_render.
#include "server/audio_file.h"     // audio_file_*
#include "server/command.h"        // command_render
#include "server/engine_options.h" // engine_choice
#include "server/music_options.h"  // music_choice, music_address
#include "server/progress.h"       // progress
#include "server/stop_signal.h"    // stop_signal
#include "server/trace_option.h"   // trace_option_begin

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct render_choice {
    struct option_seconds duration;
    const char *out;
    const char *bits;
    uint32_t span_frames; // 0: a phrase of the scene
    bool quiet, json;
};

enum { SPAN_FRAMES_MAX = 1440000 }; // 30 s, the engine's limit

static const struct option rows[] = {
    {.name = "duration",
     .kind = OPTION_SECONDS,
     .offset = offsetof(struct render_choice, duration),
     .argument = "TIME",
     .help = "how much music: 60, 5m, 1h, 1h30m",
     .min = 0.001,
     .max = 168 * 3600.0,
     .required = true},
    {.name = "out",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct render_choice, out),
     .argument = "FILE",
     .help = "NAME.wav, NAME.flac or NAME.opus, or - for WAV to standard output",
     .required = true},
    {.name = "bits",
     .kind = OPTION_CHOICE,
     .offset = offsetof(struct render_choice, bits),
     .argument = "BITS",
     .help = "sample format, by default float for .wav and 24 for .flac",
     .choices = "16|24|float"},
    {.name = "span-frames",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct render_choice, span_frames),
     .argument = "N",
     .help = "frames rendered at a time, 0 for a phrase of the scene; does not change the music",
     .fallback = "0",
     .max = SPAN_FRAMES_MAX},
    {.name = "quiet",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct render_choice, quiet),
     .help = "no progress bar and no summary"},
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct render_choice, json),
     .help = "the summary as one JSON object"},
};

// Everything of one render, so that the steps share it and one place cleans up.
struct render {
    struct render_choice choice;
    struct music_choice music;
    struct engine_choice engine_choice;
    struct audio_format format;
    aeo_engine *engine;
    aeo_session *session;
    struct audio_file *file;
    float *span; // span_frames stereo frames
    uint32_t span_frames;
    int64_t frames; // to be rendered
    char address[AEO_ADDRESS_MAX];
    aeo_session_info info; // at the start
    double spent_s;
    float peak;
};

static const char command[] = "render";

static int open_engine(struct render *render) {
    aeo_options options;
    aeo_options_default(&options);
    if (!engine_options_apply(&render->engine_choice, command, &options)) {
        return EXIT_USAGE;
    }
    options.span_frames_max =
        render->choice.span_frames ? render->choice.span_frames : SPAN_FRAMES_MAX;
    if (options.span_frames_max < 64) {
        options.span_frames_max = 64; // the engine's least; shorter calls are fine
    }
    options.ring_frames = 0;
    render->engine = engine_open_or_complain(command, &options);
    return render->engine ? 0 : EXIT_FAILED;
}

static int open_session(struct render *render) {
    int status = music_address(command, render->engine, &render->music, render->address);
    if (status) {
        return status;
    }
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.address = render->address;
    options.exact = true;
    aeo_fault fault = {0};
    if (aeo_session_open(render->engine, &options, &render->session, &fault) != AEO_OK) {
        return report_fault(command, &fault);
    }
    aeo_session_describe(render->session, &render->info);
    const aeo_scene_info *scene = aeo_scene_at(render->engine, render->info.scene);
    render->span_frames = render->choice.span_frames
                              ? render->choice.span_frames
                              : (uint32_t)(scene->phrase_s * AEO_SAMPLE_RATE + 0.5);
    render->span = malloc(sizeof(float) * 2 * render->span_frames);
    return render->span ? 0 : failure(command, "out of memory");
}

static int open_file(struct render *render) {
    struct audio_file_options options = {
        .path = render->choice.out,
        .format = render->format,
        .frames = (uint64_t)render->frames,
        .seed = render->info.seed,
        .position = render->info.position,
        .cancel = &stop_signal,
    };
    char message[AUDIO_MESSAGE_MAX];
    render->file = audio_file_open(&options, message);
    return render->file ? 0 : failure(command, "%s", message);
}

static void follow_peak(struct render *render, uint32_t frames) {
    float peak = render->peak;
    for (size_t i = 0; i < 2 * (size_t)frames; i++) {
        float size = fabsf(render->span[i]);
        peak = size > peak ? size : peak;
    }
    render->peak = peak;
}

// Renders and writes everything. Returns 0, or EXIT_FAILED with the reason in MESSAGE; "" there
// means that the file knows it.
static int render_all(struct render *render, char message[AUDIO_MESSAGE_MAX]) {
    struct progress progress;
    message[0] = '\0';
    progress_begin(&progress, render->frames, render->choice.quiet);
    int64_t left = render->frames;
    bool good = true;
    while (left > 0 && good && !stop_signal) {
        uint32_t frames = left < render->span_frames ? (uint32_t)left : render->span_frames;
        enum aeo_status status = aeo_session_render(render->session, render->span, frames);
        if (status != AEO_OK) {
            snprintf(message, AUDIO_MESSAGE_MAX, "rendering failed: %s", aeo_status_text(status));
            good = false;
            break;
        }
        follow_peak(render, frames);
        good = audio_file_write(render->file, render->span, frames);
        left -= frames;
        progress_advance(&progress, frames);
    }
    render->spent_s = progress_clock_s() - progress.begun_s;
    progress_end(&progress);
    if (good && left > 0) {
        snprintf(message, AUDIO_MESSAGE_MAX, "interrupted; '%.200s' was not written",
                 render->choice.out);
    }
    return good && left == 0 ? 0 : EXIT_FAILED;
}

// --- telling ---------------------------------------------------------------------------------

static const char *format_name(const struct audio_format *format) {
    static const char *const bits[] = {"", "16 bits", "24 bits", "float"};
    static char name[32];
    static const char *const containers[] = {"wav", "flac", "opus"};
    snprintf(name, sizeof name, "%s%s%s", containers[format->container],
             format->container == AUDIO_OPUS ? "" : ", ",
             format->container == AUDIO_OPUS ? "" : bits[format->bits]);
    return name;
}

static void print_json(const struct render *render, FILE *stream) {
    double seconds = (double)render->frames / AEO_SAMPLE_RATE;
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)render->info.seed);
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:s, s:b}", "file",
        render->choice.out, "format", format_name(&render->format), "address", render->address,
        "scene", aeo_scene_at(render->engine, render->info.scene)->name, "seed", seed, "position",
        (json_int_t)render->info.position, "frames", (json_int_t)render->frames, "seconds",
        seconds, "spent_s", render->spent_s, "x_real_time", seconds / render->spent_s, "peak",
        (double)render->peak, "renderer", aeo_engine_renderer_line(render->engine), "same_bits",
        (int)render->info.same_bits);
    if (object) {
        json_dumpf(object, stream, JSON_REAL_PRECISION(9));
        fputc('\n', stream);
        json_decref(object);
    } else { // a file name that is not UTF-8
        fputs("{\"error\":\"the file's name is not UTF-8\"}\n", stream);
    }
}

// The summary goes to standard output, unless the music goes there.
static void print_summary(const struct render *render) {
    FILE *stream = strcmp(render->choice.out, "-") ? stdout : stderr;
    if (render->choice.json) {
        print_json(render, stream);
        return;
    }
    if (render->choice.quiet) {
        return;
    }
    double seconds = (double)render->frames / AEO_SAMPLE_RATE;
    fprintf(stream, "%s: %.6g s of %s in %.2f s, %.0fx real time (%s), peak %.1f dBFS\n",
            strcmp(render->choice.out, "-") ? render->choice.out : "standard output", seconds,
            aeo_scene_at(render->engine, render->info.scene)->name, render->spent_s,
            seconds / render->spent_s, aeo_engine_renderer_line(render->engine),
            render->peak > 0.0f ? 20.0 * log10((double)render->peak) : -999.0);
    fprintf(stream, "address: %s\n", render->address);
    if (!render->info.same_bits) {
        fprintf(stream, "note: the address comes from another version of the sound\n");
    }
    const char *lost = aeo_engine_lost_line(render->engine);
    if (*lost) {
        fprintf(stream, "note: the renderer was lost (%s); the processor went on\n", lost);
    }
}

static int run(struct render *render) {
    char message[AUDIO_MESSAGE_MAX], file_message[AUDIO_MESSAGE_MAX];
    if (!audio_format_choose(render->choice.out, render->choice.bits, &render->format, message)) {
        return usage_error(command, "%s", message);
    }
    render->frames = (int64_t)(render->choice.duration.value * AEO_SAMPLE_RATE + 0.5);
    stop_signal_install();
    int status = open_engine(render);
    if (!status) {
        status = open_session(render);
    }
    if (!status) {
        status = open_file(render);
    }
    if (status) {
        return status;
    }
    status = render_all(render, message);
    bool kept = audio_file_close(render->file, status == 0, file_message);
    render->file = NULL;
    if (!kept) {
        return failure(command, "%s", message[0] ? message : file_message);
    }
    print_summary(render);
    return 0;
}

int command_render(int argc, char **argv) {
    static struct render render; // large, and its option texts live as long as the program
    const struct options options = {
        .command = command,
        .usage = "[--scene NAME] [--seed N] [--start TIME] --duration TIME --out FILE [options]",
        .summary = "Renders music into a file, faster than real time. The same address gives the\n"
                   "same bytes on every machine, however many threads work on it.",
        .groups = {{"File", rows, sizeof rows / sizeof *rows, &render.choice},
                   music_option_group(&render.music),
                   engine_option_group(&render.engine_choice)},
        .group_count = 3,
        .notes = "Example: aeolian render --scene \"Harbour at First Light\" --seed 1 "
                 "--duration 60 --out a.wav",
    };
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_HELP:
        return 0;
    case OPTIONS_BAD:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    if (!trace_option_begin(command, &render.engine_choice)) {
        return EXIT_FAILED;
    }
    int status = run(&render);
    aeo_session_close(render.session);
    aeo_engine_close(render.engine);
    free(render.span);
    return trace_option_end(command, status);
}
