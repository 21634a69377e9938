// From words on the command line to a music address; see music_options.h. The address is made by
// opening a session at the very beginning, entering every change into its log and asking it how
// it is called: so "--set density=0.2@30 --start 40" is the same music as the later part of a
// file that began at 0.
#include "server/music_options.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { START_MAX_S = 365 * 24 * 3600 };

static const struct option rows[] = {
    {.name = "scene",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct music_choice, scene),
     .argument = "NAME",
     .help = "a scene by its name or slug; see `aeolian scenes` (default: the first one)"},
    {.name = "seed",
     .kind = OPTION_SEED,
     .offset = offsetof(struct music_choice, seed),
     .argument = "N",
     .help = "which of the endlessly many pieces of the scene; a whole number of 64 bits "
             "(default: drawn at random)"},
    {.name = "start",
     .kind = OPTION_SECONDS,
     .offset = offsetof(struct music_choice, start),
     .argument = "TIME",
     .help = "where in the music to begin: 90, 1.5, 5m, 1h30m",
     .fallback = "0",
     .max = START_MAX_S},
    {.name = "address",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct music_choice, address),
     .argument = "ADDRESS",
     .help = "a music address (aeo1:...) instead of scene, seed and start"},
    {.name = "set",
     .kind = OPTION_LIST,
     .offset = offsetof(struct music_choice, sets),
     .argument = "NAME=VALUE[@TIME]",
     .help = "set a control, from the beginning or from a time in the music on; may be given "
             "several times. `aeolian scenes` lists the controls"},
};

struct option_group music_option_group(struct music_choice *choice) {
    return (struct option_group){"Music", rows, sizeof rows / sizeof *rows, choice};
}

int report_fault(const char *command, const aeo_fault *fault) {
    switch (fault->status) {
    case AEO_ERR_VALUE:
    case AEO_ERR_SCENE:
    case AEO_ERR_ADDRESS:
        return usage_error(command, "%s", fault->message);
    default:
        return failure(command, "%s", fault->message[0] ? fault->message
                                                         : aeo_status_text(fault->status));
    }
}

// One --set, read.
struct change {
    aeo_setting setting;
    int64_t frame;
    bool timed;
};

static int refuse_name(const char *command, const char *name) {
    char accepted[512];
    size_t used = 0;
    for (uint32_t i = 0; i < aeo_control_count() && used < sizeof accepted; i++) {
        used += (size_t)snprintf(accepted + used, sizeof accepted - used, " %s",
                                 aeo_control_at(i)->name);
    }
    return usage_error(command, "--set: no control '%s'; there are:%s", name, accepted);
}

// Reads NAME=VALUE[@TIME]. Returns 0 or the exit status.
static int read_change(const char *command, const char *text, struct change *change) {
    char copy[128];
    if (strlen(text) >= sizeof copy) {
        return usage_error(command, "--set takes NAME=VALUE[@TIME], not '%.40s...'", text);
    }
    memcpy(copy, text, strlen(text) + 1);
    char *value = strchr(copy, '=');
    char *time = strchr(copy, '@');
    if (!value || value == copy || (time && time < value)) {
        return usage_error(command, "--set takes NAME=VALUE[@TIME], not '%s'", text);
    }
    *value++ = '\0';
    *change = (struct change){0};
    if (time) {
        *time++ = '\0';
        double seconds;
        if (!options_seconds(time, &seconds) || seconds > START_MAX_S) {
            return usage_error(command, "--set %s: '%s' is not a time such as 90, 5m or 1h30m",
                               text, time);
        }
        change->timed = true;
        change->frame = (int64_t)(seconds * AEO_SAMPLE_RATE + 0.5);
    }
    int32_t control = aeo_control_find(copy);
    if (control < 0) {
        return refuse_name(command, copy);
    }
    change->setting.control = (uint32_t)control;
    aeo_fault fault = {0};
    if (aeo_control_parse((uint32_t)control, value, &change->setting.value, &fault) != AEO_OK) {
        return usage_error(command, "--set %s: %s", text, fault.message);
    }
    return 0;
}

static int read_changes(const char *command, const struct option_list *sets,
                        struct change *changes) {
    for (uint32_t i = 0; i < sets->count; i++) {
        int status = read_change(command, sets->items[i], &changes[i]);
        if (status) {
            return status;
        }
    }
    return 0;
}

static int refuse_scene(const char *command, const aeo_engine *engine, const char *name) {
    char accepted[1024] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < aeo_scene_count(engine) && used < sizeof accepted; i++) {
        used += (size_t)snprintf(accepted + used, sizeof accepted - used, "%s%s", i ? ", " : "",
                                 aeo_scene_at(engine, i)->name);
    }
    return usage_error(command, "no scene '%.80s'; there are: %s", name, accepted);
}

// Enters the changes that are not settings from the beginning into the session's log.
static int enter_changes(const char *command, aeo_session *session, bool has_address,
                         const struct change *changes, uint32_t count) {
    aeo_session_info info;
    aeo_session_describe(session, &info);
    for (uint32_t i = 0; i < count; i++) {
        if (!changes[i].timed && !has_address) {
            continue; // was given to aeo_session_open
        }
        int64_t frame = changes[i].timed ? changes[i].frame : info.position;
        if (frame < info.position) {
            return usage_error(command, "--set %s@...: the address begins later, at %.3f s",
                               aeo_control_at(changes[i].setting.control)->name,
                               (double)info.position / AEO_SAMPLE_RATE);
        }
        aeo_fault fault = {0};
        if (aeo_session_set_at(session, frame, &changes[i].setting, 1, NULL, &fault) != AEO_OK) {
            return report_fault(command, &fault);
        }
    }
    return 0;
}

// Opens the session in which the address is put together.
static int open_draft(const char *command, aeo_engine *engine, const struct music_choice *choice,
                      const struct change *changes, aeo_session **session) {
    // The last of several settings of one control counts.
    aeo_setting settings[OPTION_LIST_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < choice->sets.count && !choice->address; i++) {
        if (!changes[i].timed) {
            settings[count++] = changes[i].setting;
        }
    }
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.address = choice->address;
    options.scene = choice->scene;
    options.seed = choice->seed.value;
    if (!choice->seed.given && getrandom(&options.seed, sizeof options.seed, 0) < 0) {
        return failure(command, "no random seed to be had; give one with --seed");
    }
    options.settings = settings;
    options.setting_count = count;
    options.exact = true;
    aeo_fault fault = {0};
    return aeo_session_open(engine, &options, session, &fault) == AEO_OK
               ? 0
               : report_fault(command, &fault);
}

int music_address(const char *command, aeo_engine *engine, const struct music_choice *choice,
                  char address[AEO_ADDRESS_MAX]) {
    struct change changes[OPTION_LIST_MAX];
    if (choice->address && (choice->scene || choice->seed.given || choice->start.given)) {
        return usage_error(command, "--address already says scene, seed and start; leave out %s",
                           choice->scene        ? "--scene"
                           : choice->seed.given ? "--seed"
                                                : "--start");
    }
    if (choice->scene && aeo_scene_find(engine, choice->scene) < 0) {
        return refuse_scene(command, engine, choice->scene);
    }
    int status = read_changes(command, &choice->sets, changes);
    if (status) {
        return status;
    }
    aeo_session *session = NULL;
    status = open_draft(command, engine, choice, changes, &session);
    if (status) {
        return status;
    }
    status = enter_changes(command, session, choice->address != NULL, changes,
                           choice->sets.count);
    aeo_session_info info;
    aeo_session_describe(session, &info);
    aeo_session_close(session);
    if (status) {
        return status;
    }
    int64_t position = choice->address ? info.position
                                       : (int64_t)(choice->start.value * AEO_SAMPLE_RATE + 0.5);
    enum aeo_status outcome = aeo_address_at(info.address, position, address, AEO_ADDRESS_MAX);
    return outcome == AEO_OK ? 0 : failure(command, "%s", aeo_status_text(outcome));
}
