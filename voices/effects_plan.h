/*
 * effects_plan.h - what the effects of one span are to do: plain data that crosses the seam.
 *
 * Free of lanes, so that the engine and a GPU can share it. Time is absolute (frames of 48 kHz,
 * int64). Reverb and delay live in twin tanks on the epoch grid: the tank of epoch e starts empty
 * at the start of e, takes the input during e, rings on during e + 1 and is gone before e + 2.
 * Hence what sounds at frame n depends on the sends since the start of the epoch before (less
 * EFFECTS_PRIME_FRAMES, the longest feed-forward memory) and on nothing else.
 */
#ifndef AEOLIAN_VOICES_EFFECTS_PLAN_H
#define AEOLIAN_VOICES_EFFECTS_PLAN_H

#include "voices/delay_design.h"  // struct delay_design
#include "voices/reverb_design.h" // struct reverb_design, EPOCH_FRAMES

/* Output frame n is input frame n - MASTER_DELAY_FRAMES (21.4 ms), limited. See limiter.h. */
#define MASTER_DELAY_FRAMES 1028

/*
 * The longest memory of everything that is not a tank: high-pass 1023 + pre-delay 3840 + diffuser
 * 3743 for the sends, 2080 for the limiter. Rounded up to ticks of 4800.
 */
#define EFFECTS_PRIME_FRAMES 9600

/*
 * Music has no beginning, but effects do: they are empty before EFFECTS_FIRST_FRAME. What is played
 * into them from there fades in over EFFECTS_FADE_FRAMES, so that the reverb hears no step, and is
 * at its level before frame 0 is heard.
 */
#define EFFECTS_FIRST_FRAME (-4800)
#define EFFECTS_FADE_FRAMES 3600

/* Spans are at most this long, so that they touch at most two epochs. */
#define EFFECTS_SPAN_FRAMES_MAX 1440000

struct effects_plan {
    int64_t from;        /* first frame of the span; may be negative */
    int64_t epoch_first; /* effects_epoch(from) */
    uint32_t frames;     /* 1 .. EFFECTS_SPAN_FRAMES_MAX */
    uint32_t reserved;   /* 0: keeps the layout free of padding */
    /* Of the epochs epoch_first - 1, epoch_first and epoch_first + 1. The design of an epoch must
       be the same in every plan that names it: it is latched where the epoch starts. */
    struct reverb_design epochs[3];
    struct delay_design delays[3]; /* of the same epochs, latched likewise */
};

/* Epoch that contains `frame`; rounds down for negative frames too. */
LANE_HOST_FN int64_t effects_epoch(int64_t frame) {
    const int64_t e = frame / EPOCH_FRAMES;
    return e - (frame % EPOCH_FRAMES < 0 ? 1 : 0);
}

#endif
