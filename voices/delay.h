/*
 * delay.h - one tank of the ping-pong echo: two long lines that feed each other.
 *
 *   send, high-passed x gain x gate -.-> + -> left line  -> soften -.-> heard left
 *                                    |   ^-- feedback --. .---------'
 *                                    |   v-- feedback ---X----------.
 *                                    '-> + -> right line -> soften -'-> heard right
 *
 * Left sends go into the left line, right ones into the right. `soften` is the binomial of nine
 * taps, laid around the line's end: it delays nothing.
 *
 * Tanks take turns as those of the reverb (reverb.h): that of epoch e starts empty, hears the input
 * during e with the same complementary ramps, rings on during e + 1 until its design says that it
 * is silent. So a change of design is heard from the next epoch on, and two tanks of one design
 * are one endless echo. The lines are longer than a stride and all that looks back from it, so a
 * whole stride is read, heard and written at once.
 *
 * Cost: per tank and frame 18 numbers read, 2 written, 32 operations, which is about 1.5 ns of one
 * AVX-512 core (the reverb's tanks take ten times that); nothing while an echo is off
 * or over, nearly nothing until a tank is first given anything but zeros. Rings of 2^16 frames,
 * two in each tank: 1 MB of state for both. Numbers below 2^-66 are written as 0, so that
 * silence ends in exact zeros, never in denormals.
 *
 * Phases: functions over (thread, ...) without barriers inside, called in the order of effects.h.
 */
#ifndef AEOLIAN_VOICES_DELAY_H
#define AEOLIAN_VOICES_DELAY_H

#include "voices/absorb.h"       // ABSORB_TINY
#include "voices/delay_design.h" // struct delay_design
#include "voices/lane.h"
#include "voices/reverb.h" // REVERB_ROW, reverb_gate
#include "voices/ring.h"    // ring_at, ring_put

/* Room for 1.27 s, the taps, a stride and the lanes behind its end; a power of two. */
#define DELAY_RING_FRAMES 65536
/* Taps on either side of the line's end. */
#define DELAY_REACH 4

struct delay_tank_state {
    lane_real ring[2][DELAY_RING_FRAMES + RING_PAD]; /* left and right line, by absolute time */
    lane_real awake[LANE_WIDTH_MAX]; /* [0]: 0 while the rings hold nothing but zeros, else 1 */
};

struct delay_scratch {
    lane_real gate[REVERB_ROW]; /* the share of the input that this tank takes */
    uint32_t heard;             /* not 0: there is an input */
};

/* Phase: makes a tank empty. */
LANE_FN void delay_tank_clear(struct lane_thread th, struct delay_tank_state *tank) {
    lane_real *numbers = tank->ring[0];
    LANE_FOR(i, 2 * (DELAY_RING_FRAMES + RING_PAD), th) {
        lane_store(numbers + i, lane_set(0));
    }
    LANE_FOR(i, LANE_WIDTH_MAX, th) {
        lane_store(tank->awake + i, lane_set(0));
    }
}

/* Phase: the gate of tank `which` (0 the epoch's own, 1 the older), where there is a ramp. */
LANE_FN void delay_begin(struct lane_thread th, struct delay_scratch *scratch, bool ramp,
                         uint32_t which, uint32_t age, uint32_t count) {
    if (ramp) {
        reverb_gate(th, scratch->gate, which, age, count);
    }
    if (th.index == 0) {
        scratch->heard = 0;
    }
}

/* Phase: looks whether the stride's input is anything but zeros. Threads that hear something all
   write the same number. */
LANE_FN void delay_listen(struct lane_thread th, struct delay_scratch *scratch,
                          const lane_real *const input[2], uint32_t count) {
    bool heard = false;
    LANE_FOR(i, count, th) {
        const lane_f l = lane_abs(lane_load(input[0] + i)), r = lane_abs(lane_load(input[1] + i));
        heard = heard || lane_any(lane_lt(lane_set(0), lane_max(l, r)));
    }
    if (heard) {
        scratch->heard = 1;
    }
}

/* Whether the tank has to run in this stride; `fed` as below. Ask after delay_listen. */
LANE_FN bool delay_wanted(const struct delay_tank_state *tank, const struct delay_scratch *scratch,
                          bool fed) {
    return tank->awake[0] != 0 || (fed && scratch->heard != 0);
}

/* Phase: what an empty tank does: exactly what one full of zeros would. */
LANE_FN void delay_rest(struct lane_thread th, uint32_t count, lane_real *const output[2]) {
    LANE_FOR(i, count, th) {
        lane_store(output[0] + i, lane_add(lane_load(output[0] + i), lane_set(0)));
        lane_store(output[1] + i, lane_add(lane_load(output[1] + i), lane_set(0)));
    }
}

/* The binomial 1 8 28 56 70 56 28 8 1 over 256, around run[DELAY_REACH]. */
LANE_FN lane_f delay_soften(const lane_real *run) {
    lane_f sum = lane_mul(lane_set((lane_real)(70.0 / 256)), lane_load(run + 4));
    sum = lane_fma(lane_set((lane_real)(56.0 / 256)),
                   lane_add(lane_load(run + 3), lane_load(run + 5)), sum);
    sum = lane_fma(lane_set((lane_real)(28.0 / 256)),
                   lane_add(lane_load(run + 2), lane_load(run + 6)), sum);
    sum = lane_fma(lane_set((lane_real)(8.0 / 256)),
                   lane_add(lane_load(run + 1), lane_load(run + 7)), sum);
    return lane_fma(lane_set((lane_real)(1.0 / 256)),
                    lane_add(lane_load(run), lane_load(run + 8)), sum);
}

/* Puts lanes into a line; the tiny becomes nothing. */
LANE_FN void delay_put(lane_real *ring, uint32_t p, lane_f x) {
    const lane_m heard = lane_le(lane_set((lane_real)ABSORB_TINY), lane_abs(x));
    ring_put(ring, DELAY_RING_FRAMES, p, lane_select(heard, x, lane_set(0)));
}

/*
 * Phase: one stride of `count` frames from frame n. Adds the echoes to `output` (left and right);
 * takes `input` (likewise, high-passed sends), times `gate` (count values; NULL is 1), where `fed`.
 */
LANE_FN void delay_repeat(struct lane_thread th, const struct delay_design *design,
                          struct delay_tank_state *tank, int64_t n, uint32_t count, bool fed,
                          const lane_real *gate, const lane_real *const input[2],
                          lane_real *const output[2]) {
    const uint32_t p = ring_at(n, DELAY_RING_FRAMES);
    const lane_f gain = lane_set((lane_real)design->gain);
    const lane_f feedback = lane_set((lane_real)design->feedback);
    const lane_real *from[2];
    for (uint32_t side = 0; side < 2; ++side) {
        from[side] = tank->ring[side] +
                     ring_at(n - (int64_t)design->frames[side] - DELAY_REACH, DELAY_RING_FRAMES);
    }
    LANE_FOR(i, count, th) {
        const lane_f left = delay_soften(from[0] + i), right = delay_soften(from[1] + i);
        lane_f to_left = lane_mul(feedback, right), to_right = lane_mul(feedback, left);
        ring_soon(from[0] + i + RING_STRIDE);
        ring_soon(from[1] + i + RING_STRIDE);
        lane_store(output[0] + i, lane_add(lane_load(output[0] + i), left));
        lane_store(output[1] + i, lane_add(lane_load(output[1] + i), right));
        if (fed) {
            const lane_f g = gate ? lane_mul(gain, lane_load(gate + i)) : gain;
            to_left = lane_fma(g, lane_load(input[0] + i), to_left);
            to_right = lane_fma(g, lane_load(input[1] + i), to_right);
        }
        delay_put(tank->ring[0], p + i, to_left);
        delay_put(tank->ring[1], p + i, to_right);
    }
    if (th.index == 0) {
        tank->awake[0] = 1;
    }
}

#endif
