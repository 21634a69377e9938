// The course of a soak run in real time: a server process, listeners, a look at both every second
// or so, faults when they are due, and an orderly end. See live.h. Main thread.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "profiling/soak/fault_page.h" // PLANT_LEAK
#include "profiling/soak/live.h"
#include "server/progress.h"    // progress_begin
#include "server/stop_signal.h" // stop_signal

#define STEP_MS 20         // how exactly faults begin and end
#define JOIN_PATIENCE_S 60 // until all have music
#define GUESTS_SHARE 0.09  // of the run all places are taken; growth is judged from a tenth on
#define CALM_S 2.0         // at the end, without changes
#define SAMPLES_WISHED 240 // over the run
#define PLANT_SLOW_MS 10

static bool stop(struct soak *soak, const char *what) {
    snprintf(soak->failure, sizeof soak->failure, "%.190s", what);
    return false;
}

// ------------------------------------------------------------------------------------ opening

// The slugs of all scenes, from an engine that plays nothing.
static bool scenes_list(struct soak *soak, const char *scenes[CROWD_SCENES_MAX], uint32_t *count,
                        aeo_engine **engine) {
    aeo_options options;
    aeo_options_default(&options);
    if (!engine_options_apply(&soak->engine_choice, "soak", &options)) return false;
    options.renderer = "null";
    options.sessions_max = 1;
    aeo_fault fault = {0};
    if (aeo_engine_open(&options, engine, &fault)) return stop(soak, fault.message);
    *count = aeo_scene_count(*engine);
    if (*count > CROWD_SCENES_MAX) *count = CROWD_SCENES_MAX;
    for (uint32_t i = 0; i < *count; i++)
        scenes[i] = aeo_scene_at(*engine, i)->slug;
    return true;
}

static bool server_start(struct live *live) {
    struct soak *soak = live->soak;
    const char *plant = soak->choice.plant;
    bool slow = !strcmp(plant, "slow"), leak = !strcmp(plant, "leak");
    bool planted = leak || !strcmp(plant, "descriptors");
    live->flaky = slow || live->fault_set & FAULTS_OF_RENDERER;
    struct process_wish wish = {
        .engine = &soak->engine_choice,
        .places = soak->choice.listeners + CROWD_ROOM,
        .flaky = live->flaky,
        .disk = live->fault_set >> FAULT_DISK_FULL & 1,
        .shim = planted || live->fault_set >> FAULT_CLOCK_STEP & 1,
        .folder = soak->choice.report,
    };
    if (wish.folder && mkdir(wish.folder, 0777) && errno != EEXIST) {
        snprintf(soak->failure, sizeof soak->failure, "%.150s: %s", wish.folder, strerror(errno));
        return false;
    }
    if (!process_start(&live->process, &wish)) return stop(soak, live->process.last_words);
    if (planted) {
        atomic_store(&live->process.page->plant, leak ? PLANT_LEAK : PLANT_DESCRIPTORS);
    }
    live->address = (struct fetch_address){.host = "127.0.0.1"};
    snprintf(live->address.port, sizeof live->address.port, "%d", live->process.port);
    return true;
}

// Waits until everybody has music.
static bool everybody_plays(struct live *live) {
    struct crowd_view view = {0};
    double until_s = progress_clock_s() + JOIN_PATIENCE_S;
    uint32_t listeners = live->soak->choice.listeners + CROWD_ROOM; // with the guests
    while (view.playing < listeners && progress_clock_s() < until_s && !stop_signal) {
        if (!process_alive(&live->process)) return stop(live->soak, live->process.last_words);
        poll(NULL, 0, STEP_MS);
        crowd_look(live->crowd, &view);
    }
    if (stop_signal) return stop(live->soak, "ended before it began");
    if (view.playing >= listeners) return true;
    snprintf(live->soak->failure, sizeof live->soak->failure,
             "after %d s only %u of %u listeners have music", JOIN_PATIENCE_S, view.playing,
             listeners);
    return false;
}

static bool live_open(struct live *live, const char *const *scenes, uint32_t scene_count) {
    const struct soak_choice *choice = &live->soak->choice;
    if (!server_start(live)) return false;
    const struct crowd_wish wish = {
        .port = live->process.port,
        .listeners = choice->listeners,
        .pieces = choice->sessions,
        .churn = choice->churn,
        .seconds = live->seconds,
        .scenes = scenes,
        .scene_count = scene_count,
    };
    if (!crowd_open(live->crowd, &wish)) return stop(live->soak, "no memory for the listeners");
    return everybody_plays(live);
}

// ------------------------------------------------------------------------------------- course

static bool course_run(struct live *live) {
    struct soak *soak = live->soak;
    struct progress progress;
    bool guests = true, calm = false, good = true;
    double at_s = 0.0, next_look_s = 0.0, shown_s = 0.0;
    bool slow = !strcmp(soak->choice.plant, "slow");
    live->begun_s = progress_clock_s();
    progress_begin(&progress, (int64_t)(live->seconds * AEO_SAMPLE_RATE), soak->choice.json);
    while (at_s < live->seconds && !stop_signal && good) {
        bool stopped = live_faults_step(live, at_s);
        if (slow && at_s > live->seconds / 2.0)
            atomic_store(&live->process.page->late_ms, PLANT_SLOW_MS);
        if (!stopped && at_s >= next_look_s) {
            live_look(live, at_s);
            next_look_s += live->look_s;
            if (next_look_s < at_s) next_look_s = at_s + live->look_s;
        }
        if (guests && at_s > live->seconds * GUESTS_SHARE) {
            guests = false;
            crowd_guests_leave(live->crowd);
        }
        if (!calm && at_s > live->seconds - CALM_S) {
            calm = true;
            crowd_calm(live->crowd);
        }
        if (!process_alive(&live->process)) good = stop(soak, live->process.last_words);
        progress_advance(&progress, (int64_t)((at_s - shown_s) * AEO_SAMPLE_RATE));
        shown_s = at_s;
        poll(NULL, 0, STEP_MS);
        at_s = progress_clock_s() - live->begun_s;
    }
    progress_end(&progress);
    live_faults_end(live);
    soak->interrupted = stop_signal != 0;
    soak->hours = at_s / 3600.0;
    return good;
}

// What the crowd has counted, as the report has it.
static void crowd_sum(struct live *live) {
    struct soak *soak = live->soak;
    const struct crowd *crowd = live->crowd;
    for (int i = 0; i < 2; i++) {
        soak->packets += crowd->meters[i].packets;
        soak->encoded_bytes += crowd->meters[i].bytes;
        soak->changes += crowd->meters[i].changes;
    }
    soak->changes += crowd->whims;
    soak->sessions_opened = crowd->joined;
    soak->renderer_lost = live->renderer_lost;
    for (int i = 0; i < FAULT_TALLIES; i++) {
        soak->gaps += crowd->tallies[i].gaps;
        soak->skips += crowd->tallies[i].skips;
    }
}

bool soak_live_run(struct soak *soak) {
    static struct live live; // large, and the report reads it when the run is over
    static struct crowd crowd;
    const char *scenes[CROWD_SCENES_MAX];
    uint32_t scene_count = 0;
    aeo_engine *names = NULL;
    live = (struct live){.soak = soak, .crowd = &crowd, .seconds = soak->choice.hours * 3600.0};
    soak->live = &live;
    live.fault_set = soak->fault_set;
    live.event_count = faults_plan(live.fault_set, live.seconds, live.events);
    live.look_s = live.seconds < 60.0 ? 0.25 : 1.0;
    live.group_s = live.seconds / SAMPLES_WISHED;
    live.process.page_file = live.process.log_file = -1;
    bool good = scenes_list(soak, scenes, &scene_count, &names) &&
                live_open(&live, scenes, scene_count) && course_run(&live);
    if (process_alive(&live.process)) live_look_last(&live);
    soak->wall_s = live.begun_s > 0.0 ? progress_clock_s() - live.begun_s : 0.0;
    crowd_close(&crowd);
    live.ended = live.process.pid != 0;
    live.ended_well = process_end(&live.process);
    crowd_sum(&live);
    // Null makes no music, and who has pressed Ctrl-C does not want to wait for it.
    bool compares = good && !soak->interrupted && strcmp(soak->engine_choice.renderer, "null");
    if (compares) good = live_compare(&live);
    aeo_engine_close(names);
    return good;
}
