/*
 * math.h - sine, cosine, powers of two, logarithm, tanh and edges for lanes.
 *
 * Polynomials instead of libm or device intrinsics: a sample must have the same bits everywhere.
 * The coefficients are minimax fits found by Remez exchange (tests/voices/minimax.c prints them),
 * each rounded to float before the next was fitted; tests/voices/test_math.c measures the errors
 * named here over the whole domain against libm. The convention that surprises: an angle is a
 * uint32 phase, 2^32 to the turn, so reduction is exact and costs two integer operations.
 * Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_MATH_H
#define AEOLIAN_VOICES_MATH_H

#include "voices/lane.h"

/*
 * sin and cos of 2 pi phase / 2^32. Absolute error below 1.3e-7 each.
 * The phase is split into the nearest quarter turn and a rest within an eighth.
 */
LANE_FN void lane_sincos(lane_u phase, lane_f *sine, lane_f *cosine) {
    const lane_u quarter = lane_ushr(lane_uadd(phase, lane_uset(0x20000000U)), 30);
    const lane_i rest = lane_u_as_i(lane_usub(phase, lane_ushl(quarter, 30)));
    const lane_f x = lane_mul(lane_from_int(rest), lane_set((lane_real)(1.0 / 536870912.0)));
    const lane_f x2 = lane_mul(x, x);
    lane_f s = lane_fma(x2, lane_set(-3.55794182e-05F), lane_set(0.00248937076F));
    s = lane_fma(s, x2, lane_set(-0.0807451308F));
    s = lane_fma(s, x2, lane_set(0.785398126F));
    s = lane_mul(s, x);
    lane_f c = lane_fma(x2, lane_set(-0.00031918686F), lane_set(0.0158504378F));
    c = lane_fma(c, x2, lane_set(-0.308424503F));
    c = lane_fma(c, x2, lane_set(1));
    const lane_u one = lane_uset(1), two = lane_uset(2);
    const lane_m straight = lane_ueq(lane_uand(quarter, one), lane_uset(0));
    const lane_u s_turn = lane_uand(quarter, two);
    const lane_u c_turn = lane_uand(lane_uadd(quarter, one), two);
    const lane_f s_sign = lane_from_int(lane_u_as_i(lane_usub(one, s_turn)));
    const lane_f c_sign = lane_from_int(lane_u_as_i(lane_usub(one, c_turn)));
    *sine = lane_mul(lane_select(straight, s, c), s_sign);
    *cosine = lane_mul(lane_select(straight, c, s), c_sign);
}

/* 2^x, x held to [-126, 127]. Relative error below 1.2e-7; exact for whole x. */
LANE_FN lane_f lane_exp2(lane_f x) {
    const lane_f held = lane_clamp(x, lane_set(-126), lane_set(127));
    const lane_f whole = lane_round(held);
    const lane_f f = lane_sub(held, whole);
    lane_f p = lane_fma(f, lane_set(0.000154780224F), lane_set(0.00134004315F));
    p = lane_fma(p, f, lane_set(0.00961799454F));
    p = lane_fma(p, f, lane_set(0.0555032715F));
    p = lane_fma(p, f, lane_set(0.240226522F));
    p = lane_fma(p, f, lane_set(0.693147182F));
    p = lane_fma(p, f, lane_set(1));
    return lane_mul(p, lane_exp2_int(lane_to_int(whole)));
}

/* log2 of a positive normal x. Error below 1.5e-7 + 1e-7 |log2 x|. */
LANE_FN lane_f lane_log2(lane_f x) {
    const lane_f m = lane_mantissa(x);
    const lane_m upper = lane_lt(lane_set(1.41421354F), m);
    const lane_f e = lane_from_int(lane_exponent(x));
    const lane_f y = lane_select(upper, lane_mul(m, lane_set(0.5F)), m);
    const lane_f base = lane_add(e, lane_select(upper, lane_set(1), lane_set(0)));
    const lane_f s = lane_div(lane_sub(y, lane_set(1)), lane_add(y, lane_set(1)));
    const lane_f s2 = lane_mul(s, s);
    lane_f p = lane_fma(s2, lane_set(0.446220219F), lane_set(0.575983346F));
    p = lane_fma(p, s2, lane_set(0.961809278F));
    p = lane_fma(p, s2, lane_set(2.88539004F));
    return lane_fma(p, s, base);
}

/* 1 / sqrt(x) for a positive normal x. Relative error below 2e-7. Newton's steps from half the
 * exponent: on wide lanes that is three times as fast as a division and a square root. */
LANE_FN lane_f lane_rsqrt(lane_f x) {
    const lane_i e = lane_exponent(x);
    const lane_i half = lane_ishr(e, 1);
    /* x = m 4^half with m in [1, 4): a parabola through it is within 7 %. */
    const lane_f scale = lane_exp2_int(lane_isub(lane_iset(0), half));
    const lane_f m = lane_mul(lane_mul(x, scale), scale);
    lane_f y = lane_fma(m, lane_set(0.063F), lane_set(-0.482F));
    y = lane_fma(y, m, lane_set(1.42F));
    const lane_f h = lane_mul(m, lane_set(0.5F));
    for (int i = 0; i < 3; i++) {
        const lane_f rest = lane_fnma(lane_mul(h, y), y, lane_set(0.5F));
        y = lane_fma(y, rest, y);
    }
    return lane_mul(y, scale);
}

/* tanh(x). Absolute error below 1.5e-7; odd, never beyond +-1. */
LANE_FN lane_f lane_tanh(lane_f x) {
    const lane_f a = lane_abs(x);
    const lane_f x2 = lane_mul(x, x);
    lane_f p = lane_fma(x2, lane_set(-0.00557011692F), lane_set(0.0205026735F));
    p = lane_fma(p, x2, lane_set(-0.0536911525F));
    p = lane_fma(p, x2, lane_set(0.133307368F));
    p = lane_fma(p, x2, lane_set(-0.333332479F));
    const lane_f small = lane_fma(lane_mul(p, x2), a, a);
    const lane_f e = lane_exp2(lane_mul(a, lane_set(2.88539008F)));
    const lane_f large =
        lane_sub(lane_set(1), lane_div(lane_set(2), lane_add(e, lane_set(1))));
    return lane_copysign(lane_select(lane_lt(a, lane_set(0.625F)), small, large), x);
}

/* s(x) = x^3 (6 x^2 - 15 x + 10), x held to [0, 1]: slope and curvature vanish at both ends. */
LANE_FN lane_f lane_quintic(lane_f x) {
    const lane_f c = lane_clamp(x, lane_set(0), lane_set(1));
    const lane_f inner = lane_fma(c, lane_fma(c, lane_set(6), lane_set(-15)), lane_set(10));
    return lane_mul(lane_mul(c, c), lane_mul(c, inner));
}

/*
 * (turns x sin(2 pi phase / 2^32)) mod 1 as a phase: an offset that may exceed many turns, with
 * steps below 2^-30 of `turns`, which single precision could not give. 0 <= turns < 64.
 * The sine is a minimax fit to the eleventh power in 32-bit fixed point, error below 4e-9.
 */
LANE_FN lane_u lane_sine_turns(lane_u phase, lane_f turns) {
    /* Fold to a quarter: z = 4 |x| in units of 2^-32, x the phase as a signed turn. */
    const lane_u top = lane_uset(0x80000000U), zero = lane_uset(0);
    const lane_m negative = lane_ult(lane_uset(0x7fffffffU), phase);
    const lane_u positive = lane_uselect(negative, lane_usub(zero, phase), phase);
    const lane_m beyond = lane_ult(lane_uset(0x40000000U), positive);
    const lane_u fold = lane_uselect(beyond, lane_usub(top, positive), positive);
    const lane_u z = lane_uselect(lane_ult(fold, lane_uset(0x40000000U)), lane_ushl(fold, 2),
                                  lane_uset(0xffffffffU));
    /* sin(pi/2 z) = z (a - z2 (b - z2 (c - z2 (d - z2 (e - z2 f))))), all in units of 2^-31. */
    const lane_u z2 = lane_umulhi(z, z);
    lane_u p = lane_usub(lane_uset(344064U), lane_umulhi(z2, lane_uset(7341U)));
    p = lane_usub(lane_uset(10053703U), lane_umulhi(z2, p));
    p = lane_usub(lane_uset(171138528U), lane_umulhi(z2, p));
    p = lane_usub(lane_uset(1387197326U), lane_umulhi(z2, p));
    p = lane_usub(lane_uset(3373259426U), lane_umulhi(z2, p));
    const lane_u sine = lane_umulhi(z, p);
    /* turns in units of 2^-25; the product is in units of 2^-56 turns. */
    const lane_u t =
        lane_i_as_u(lane_to_int(lane_mul(turns, lane_set((lane_real)33554432.0))));
    const lane_u high = lane_umulhi(sine, t), low = lane_umul(sine, t);
    const lane_u offset = lane_uor(lane_ushl(high, 8), lane_ushr(low, 24));
    return lane_uselect(negative, lane_usub(zero, offset), offset);
}

#endif
