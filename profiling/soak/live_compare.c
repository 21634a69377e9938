// Makes again what listener 0 of a soak run in real time was to hear: its piece rendered offline on
// the processor, with its changes, through the server's encoder. As all renderers make the same
// bits, the Opus packets must be those that came over the network, to the byte. See live.h. Main
// thread.
#include <stdio.h>
#include <stdlib.h>

#include "profiling/soak/live.h"
#include "server/encoder_pool.h" // encoder_feed
#include "server/progress.h"     // progress_begin

struct again {
    aeo_engine *engine;
    aeo_session *session;
    struct encoder_pool encoders;
    struct slot_queue queue;
    struct packet_slot slots[PACKET_QUEUE_SLOTS];
    struct client client;
    struct client_story story;
    struct client_meters meters;
    struct tally tally;
    float out[2 * AEO_TICK_FRAMES];
};

static bool stop(struct soak *soak, const char *what, enum aeo_status status) {
    snprintf(soak->failure, sizeof soak->failure, "listener 0 again, %s: %s", what,
             aeo_status_text(status));
    return false;
}

static bool again_open(struct again *again, struct live *live) {
    struct soak *soak = live->soak;
    aeo_options options;
    aeo_options_default(&options);
    if (!engine_options_apply(&soak->engine_choice, "soak", &options)) return false;
    options.renderer = "cpu";
    aeo_session_options piece;
    aeo_session_options_default(&piece);
    piece.scene = live->crowd->wish.scenes[0];
    piece.seed = 1;
    enum aeo_status status = aeo_engine_open(&options, &again->engine, NULL);
    if (!status) status = aeo_session_open(again->engine, &piece, &again->session, NULL);
    if (status) return stop(soak, "opening", status);
    if (!encoder_pool_open(&again->encoders, 1, OPUS_COMPLEXITY_DEFAULT))
        return stop(soak, "opening", AEO_ERR_MEMORY);
    encoder_reset(again->encoders.encoders, BITRATE_DEFAULT, 0, 0);
    slot_queue_init(&again->queue, again->slots, PACKET_QUEUE_SLOTS, sizeof again->slots[0]);
    again->client.tally = &again->tally;
    again->client.meters = &again->meters;
    again->client.story = &again->story;
    client_begin(&again->client, 0);
    again->client.hello = true;
    return true;
}

// The changes that fall into the tick at FRAME.
static enum aeo_status changes_make(struct again *again, const struct client_story *story,
                                    int64_t frame, uint32_t *next) {
    enum aeo_status status = AEO_OK;
    for (; *next < story->change_count && !status; ++*next) {
        if (story->changes[*next].frame >= frame + AEO_TICK_FRAMES) break;
        status = aeo_session_set_at(again->session, story->changes[*next].frame,
                                    &story->changes[*next].setting, 1, NULL, NULL);
    }
    return status;
}

static bool again_run(struct again *again, struct live *live) {
    const struct client_story *story = &live->crowd->story;
    int64_t frames = (int64_t)story->packets * PACKET_FRAMES;
    uint32_t next = 0;
    struct progress progress;
    progress_begin(&progress, frames, live->soak->choice.json);
    for (int64_t frame = 0; frame < frames; frame += AEO_TICK_FRAMES) {
        uint32_t part = frames - frame < AEO_TICK_FRAMES ? (uint32_t)(frames - frame)
                                                         : AEO_TICK_FRAMES;
        enum aeo_status status = changes_make(again, story, frame, &next);
        if (!status) status = aeo_session_render(again->session, again->out, part);
        if (status) return stop(live->soak, "rendering", status);
        encoder_feed(again->encoders.encoders, &again->queue, again->out, part);
        const struct packet_slot *slot;
        while ((slot = slot_queue_front(&again->queue))) {
            client_audio(&again->client, slot->wire, slot->wire_bytes, 0);
            slot_queue_release(&again->queue);
        }
        progress_advance(&progress, part);
    }
    progress_end(&progress);
    live->compared = true;
    live->compared_packets = again->story.packets;
    live->equal = again->story.hash == story->hash && again->story.packets == story->packets;
    live->soak->hash = story->hash;
    return true;
}

bool live_compare(struct live *live) {
    struct again *again = calloc(1, sizeof *again);
    if (!again) return stop(live->soak, "opening", AEO_ERR_MEMORY);
    bool good = again_open(again, live) && again_run(again, live);
    aeo_session_close(again->session);
    aeo_engine_close(again->engine);
    encoder_pool_close(&again->encoders);
    free(again);
    return good;
}
