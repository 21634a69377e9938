// The sessions of a soak run and the people behind them: see audio.h. Session 0 is left in peace
// but for a few changes, so that its samples can be compared with an offline render of its address.
// Main thread.
#include "profiling/soak/audio.h"

#include <stdio.h>

#define CHURN_EVERY_TICKS 600  // one session goes, another comes
#define CHANGE_EVERY_TICKS 50  // somebody moves a control
#define CHANGE_MINE_TICKS 9000 // session 0 does

static uint32_t chance(struct audio_run *run, uint32_t below) {
    run->random = run->random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(run->random >> 8) * below) >> 24);
}

bool audio_stop(struct audio_run *run, const char *what, enum aeo_status status) {
    snprintf(run->soak->failure, sizeof run->soak->failure, "%s: %s", what,
             aeo_status_text(status));
    return false;
}

uint64_t audio_hash(uint64_t hash, const float *interleaved, uint32_t frames) {
    const uint32_t *words = (const uint32_t *)(const void *)interleaved;
    for (uint32_t i = 0; i < 2 * frames; i++)
        hash = (hash ^ words[i]) * UINT64_C(1099511628211);
    return hash;
}

// ---------------------------------------------------------------------------------- sessions

bool audio_session_open(struct audio_run *run, uint32_t slot) {
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.scene = aeo_scene_at(run->engine, slot % aeo_scene_count(run->engine))->slug;
    options.seed = run->next_seed++;
    options.exact = slot == 0;
    enum aeo_status status = aeo_session_open(run->engine, &options, &run->sessions[slot], NULL);
    if (status) return audio_stop(run, "opening a session", status);
    encoder_reset(&run->encoders.encoders[slot], BITRATE_DEFAULT, 0, 0);
    slot_queue_reset(&run->queues[slot]);
    run->soak->sessions_opened++;
    if (slot == 0) {
        aeo_session_info info;
        aeo_session_describe(run->sessions[0], &info);
        snprintf(run->soak->address, sizeof run->soak->address, "%s", info.address);
    }
    return true;
}

// A setting of one of the page's sliders.
static aeo_setting setting_draw(struct audio_run *run) {
    static const char *const names[] = {"density", "brightness", "space",
                                        "motion",  "tension",    "warmth"};
    return (aeo_setting){(uint32_t)aeo_control_find(names[chance(run, 6)]),
                         chance(run, 1001) / 1000.0};
}

// Controls move; in the session's log they take room, which a full one refuses: no fault.
static bool change_make(struct audio_run *run, uint32_t slot, int64_t frame) {
    aeo_setting setting = setting_draw(run);
    enum aeo_status status =
        aeo_session_set_at(run->sessions[slot], frame, &setting, 1, NULL, NULL);
    if (status == AEO_ERR_FULL) return true;
    if (status) return audio_stop(run, "moving a control", status);
    run->soak->changes++;
    if (slot == 0) {
        run->changes[run->change_count].frame = frame;
        run->changes[run->change_count++].setting = setting;
    }
    return true;
}

bool audio_people(struct audio_run *run, uint64_t tick) {
    if (tick % CHANGE_MINE_TICKS == 77 && run->change_count < AUDIO_CHANGES_MAX &&
        !change_make(run, 0, run->done_frames))
        return false;
    if (!run->soak->choice.churn || run->count < 2) return true;
    uint32_t slot = 1 + chance(run, run->count - 1);
    if (tick % CHURN_EVERY_TICKS == CHURN_EVERY_TICKS - 1) {
        aeo_session_close(run->sessions[slot]);
        run->sessions[slot] = NULL;
        if (!audio_session_open(run, slot)) return false;
    }
    aeo_session_info info;
    aeo_session_describe(run->sessions[slot], &info);
    return tick % CHANGE_EVERY_TICKS != 0 || change_make(run, slot, info.position);
}

// ------------------------------------------------------------------------------- the comparison

bool audio_compare(struct audio_run *run) {
    struct soak *soak = run->soak;
    aeo_options options;
    aeo_options_default(&options);
    options.renderer = "cpu";
    options.span_frames_max = AUDIO_PHRASE_FRAMES;
    aeo_session_options again;
    aeo_session_options_default(&again);
    again.address = soak->address;
    again.exact = true;
    aeo_engine *engine = NULL;
    aeo_session *session = NULL;
    enum aeo_status status = aeo_engine_open(&options, &engine, NULL);
    if (!status) status = aeo_session_open(engine, &again, &session, NULL);
    for (uint32_t i = 0; i < run->change_count && !status; i++) {
        status = aeo_session_set_at(session, run->changes[i].frame, &run->changes[i].setting, 1,
                                    NULL, NULL);
    }
    uint64_t hash = AUDIO_HASH_START;
    for (int64_t left = run->done_frames; left > 0 && !status;) {
        uint32_t frames = left < AUDIO_PHRASE_FRAMES ? (uint32_t)left : AUDIO_PHRASE_FRAMES;
        status = aeo_session_render(session, run->music, frames);
        hash = audio_hash(hash, run->music, frames);
        left -= frames;
    }
    aeo_session_close(session);
    aeo_engine_close(engine);
    if (status) return audio_stop(run, "rendering session 0 again", status);
    soak->hash = run->hash;
    soak->hash_compared = true;
    soak->hash_equal = hash == run->hash;
    return true;
}
