/*
 * note_parts.h - what the note set-up of the tonal voices shares; private to voices/note*.c.
 *
 * Set-up runs once per note in double. It decides everything that must not be decided twice:
 * increments, levels, loudness and, per block of 16 carriers, the degree of the polynomial that
 * stands for exp(i z) inside a cell. Host code, any thread, pure.
 */
#ifndef AEOLIAN_VOICES_NOTE_PARTS_H
#define AEOLIAN_VOICES_NOTE_PARTS_H

#include "voices/note.h"
#include "voices/philox.h"
#include "voices/scalar.h"

/* Two to the 32: one turn of a phase. */
#define NOTE_TURN 4294967296.0
/* Nothing sounds above this frequency; the guard begins NOTE_GUARD_HZ below. */
#define NOTE_TOP_HZ 18000.0
#define NOTE_GUARD_HZ 2000.0
/* A low bell rings long; this bounds how far back a renderer must look for one. */
#define NOTE_BELL_LOWEST_MIDI 33.0

/* What a voice finds out about each carrier while it is set up. */
struct note_draft {
    double hz[VOICE_CARRIERS_MAX];     /* frequency */
    double spread[VOICE_CARRIERS_MAX]; /* usual largest |rate| of a line beside it, rad/frame */
    double top_hz[VOICE_CARRIERS_MAX]; /* highest frequency any of its lines ever has */
    double level[VOICE_CARRIERS_MAX];  /* table level, 1 unless the voice has one */
    double power;                      /* of all lines of a carrier, both channels, at level 1 */
};

/* Turns / 2^32 per frame of a frequency. */
static inline uint32_t note_increment(double hz) {
    return (uint32_t)(int64_t)sc_round(hz * (NOTE_TURN / VOICE_RATE));
}

/* Random words that belong to the note as a whole, not to one partial. */
static inline struct philox_word4 note_random(const struct voice_note *note, uint32_t draw) {
    return philox(note->seed, note->id[0], note->id[1], PHILOX_VOICE_NOTE, draw);
}

/* Amplitude of carrier I at steady controls: brightness offset in [-1, 1], LFO at `lfo_oct`. */
double note_steady_level(const struct voice_note *note, const struct note_draft *draft, uint32_t i,
                         double brightness, double lfo_oct);

/* Guards, trims, chooses degrees and sets the level: the last step of every tonal voice. */
void note_finish(struct voice_note *note, struct note_draft *draft, double loudness_lufs);

/* One per voice: fills what only this voice has, then the draft. */
void note_warm_pad(struct voice_note *note, const struct voice_patch *patch,
                   const struct voice_event *event, struct note_draft *draft);
void note_wide_pad(struct voice_note *note, const struct voice_patch *patch,
                   const struct voice_event *event, struct note_draft *draft);
void note_sub_drone(struct voice_note *note, const struct voice_patch *patch,
                    const struct voice_event *event, struct note_draft *draft);
void note_bell(struct voice_note *note, const struct voice_patch *patch,
               const struct voice_event *event, struct note_draft *draft);

/* T60 in seconds at 440 Hz of the longest mode of a set, as PATCH scales it. */
double note_bell_seconds(const struct voice_patch *patch);

#endif
