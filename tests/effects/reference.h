/*
 * reference.h - the effects once more, written apart: double, libm, one sample at a time, one
 * endless tank, true recursions. What the product is measured against. Shares no DSP code with it;
 * only the plain numbers of a design (or NULL: computed here from the decay times).
 */
#ifndef AEOLIAN_TESTS_EFFECTS_REFERENCE_H
#define AEOLIAN_TESTS_EFFECTS_REFERENCE_H

#include <stdint.h>

#define REFERENCE_LINES 16

struct reference_reverb; /* opaque */

struct reference_setup {
    int lengths[REFERENCE_LINES];
    double t_low_s, t_nyquist_s;
    int predelay_frames;
    int without_modulation; /* injected defect */
    int64_t start;          /* absolute frame of the first sample */
};

/* The hall lines with the given times; the caller may change fields before opening. */
struct reference_setup reference_hall(double t_low_s, double t_nyquist_s, int predelay_frames,
                                      int64_t start);
struct reference_reverb *reference_reverb_open(const struct reference_setup *setup);
void reference_reverb_close(struct reference_reverb *reverb);
/* One frame: send in, wet out (early part and tank). */
void reference_reverb_frame(struct reference_reverb *reverb, double send_l, double send_r,
                            double *left, double *right);

/* The ping-pong echo: one endless pair of lines. */
struct reference_echo; /* opaque */
struct reference_echo_setup {
    double time_s; /* of the left line; the right one takes 1.27 times as long */
    double feedback, send_db;
};
struct reference_echo *reference_echo_open(const struct reference_echo_setup *setup);
void reference_echo_close(struct reference_echo *echo);
/* One frame: send in, echoes out. */
void reference_echo_frame(struct reference_echo *echo, double send_l, double send_r, double *left,
                          double *right);

/* Pole and gain at 0 Hz of a line. */
double reference_pole(int frames, double t_low_s, double t_nyquist_s);
double reference_line_gain(int frames, double t_low_s);
/* Seconds in which the network loses 60 dB at `hz`, from the mean loss of its lines. */
double reference_decay_s(const struct reference_setup *setup, double hz);

#endif
