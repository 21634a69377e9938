// News from the engine's threads for the display of `aeolian play`: phrases that begin and changes
// that were refused. Two rings of one writer and one reader each; a full ring drops the newest,
// since a display may miss a line but the engine may not wait.
#ifndef SERVER_PLAY_NEWS_H
#define SERVER_PLAY_NEWS_H

#include "engine/aeolian.h" // aeo_phrase, aeo_receipt

#include <stdatomic.h>

enum { PLAY_NEWS_SLOTS = 8 };

struct play_screen;

struct play_phrase_news {
    int64_t position;
    char scene[48], key[4], mode[16], chord[16];
};

struct play_receipt_news {
    char text[224];
};

struct play_news {
    struct play_phrase_news phrases[PLAY_NEWS_SLOTS];
    struct play_receipt_news receipts[PLAY_NEWS_SLOTS];
    _Atomic uint32_t phrases_written, phrases_read; // only grow; slot = count % PLAY_NEWS_SLOTS
    _Atomic uint32_t receipts_written, receipts_read;
};

// A phrase begins in what was just rendered. One worker thread at a time; wait-free.
void play_news_phrase(struct play_news *news, const aeo_phrase *phrase);

// A change was applied or refused. Engine thread; wait-free.
void play_news_receipt(struct play_news *news, const aeo_receipt *receipt);

// Brings SCREEN up to date with the phrases that are heard by POSITION, and the last refusal.
// Main thread.
void play_news_take(struct play_news *news, int64_t position, struct play_screen *screen);

#endif
