// The rings of news; see play_news.h.
#include "server/play_news.h"

#include "server/play_screen.h" // play_screen

#include <stdio.h>
#include <string.h>

void play_news_phrase(struct play_news *news, const aeo_phrase *phrase) {
    uint32_t written = atomic_load_explicit(&news->phrases_written, memory_order_relaxed);
    if (written - atomic_load(&news->phrases_read) == PLAY_NEWS_SLOTS) {
        return;
    }
    struct play_phrase_news *slot = &news->phrases[written % PLAY_NEWS_SLOTS];
    slot->position = phrase->position;
    memcpy(slot->scene, phrase->scene, sizeof slot->scene);
    memcpy(slot->key, phrase->key, sizeof slot->key);
    memcpy(slot->mode, phrase->mode, sizeof slot->mode);
    memcpy(slot->chord, phrase->chord, sizeof slot->chord);
    atomic_store(&news->phrases_written, written + 1);
}

void play_news_receipt(struct play_news *news, const aeo_receipt *receipt) {
    uint32_t written = atomic_load_explicit(&news->receipts_written, memory_order_relaxed);
    if (receipt->status == AEO_OK ||
        written - atomic_load(&news->receipts_read) == PLAY_NEWS_SLOTS) {
        return;
    }
    struct play_receipt_news *slot = &news->receipts[written % PLAY_NEWS_SLOTS];
    memcpy(slot->text, receipt->fault.message, sizeof slot->text);
    atomic_store(&news->receipts_written, written + 1);
}

void play_news_take(struct play_news *news, int64_t position, struct play_screen *screen) {
    uint32_t read = atomic_load_explicit(&news->phrases_read, memory_order_relaxed);
    while (read != atomic_load(&news->phrases_written) &&
           news->phrases[read % PLAY_NEWS_SLOTS].position <= position) {
        const struct play_phrase_news *slot = &news->phrases[read % PLAY_NEWS_SLOTS];
        snprintf(screen->scene_name, sizeof screen->scene_name, "%s", slot->scene);
        snprintf(screen->harmony, sizeof screen->harmony, "%s %s   %s", slot->key, slot->mode,
                 slot->chord);
        atomic_store(&news->phrases_read, ++read);
    }
    read = atomic_load_explicit(&news->receipts_read, memory_order_relaxed);
    while (read != atomic_load(&news->receipts_written)) {
        snprintf(screen->notice, sizeof screen->notice, "%s",
                 news->receipts[read % PLAY_NEWS_SLOTS].text);
        atomic_store(&news->receipts_read, ++read);
    }
}
