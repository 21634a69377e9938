/*
 * lane_scalar.h - one lane: plain C, the CUDA thread, and double for checking.
 *
 * Plain C is the machine every other target must agree with bit for bit. LANE_DOUBLE runs the
 * same source with double numbers, which shows what single precision costs; its integers stay 32
 * bits wide, so phases and hashes are the same. Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_LANE_SCALAR_H
#define AEOLIAN_VOICES_LANE_SCALAR_H

#include <stdint.h>

#define LANE_WIDTH 1

#if defined(LANE_DOUBLE)
#define LANE_NAME double
typedef double lane_real;
typedef uint64_t lane_bits;
#define LANE_SIGN_BIT 0x8000000000000000ULL
#define LANE_MANTISSA_BITS 52
#define LANE_EXPONENT_BIAS 1023
#define LANE_ROUND_MAGIC 6755399441055744.0 /* 1.5 * 2^52 */
#define LANE_FMA_BUILTIN __builtin_fma
#define LANE_SQRT_BUILTIN __builtin_sqrt
#else
#define LANE_NAME plain
typedef float lane_real;
typedef uint32_t lane_bits;
#define LANE_SIGN_BIT 0x80000000U
#define LANE_MANTISSA_BITS 23
#define LANE_EXPONENT_BIAS 127
#define LANE_ROUND_MAGIC 12582912.0F /* 1.5 * 2^23 */
#define LANE_FMA_BUILTIN __builtin_fmaf
#define LANE_SQRT_BUILTIN __builtin_sqrtf
#endif

typedef lane_real lane_f;
typedef uint32_t lane_u;
typedef int32_t lane_i;
typedef bool lane_m;

union lane_pun {
    lane_real real;
    lane_bits bits;
};

LANE_FN lane_bits lane_bits_of(lane_real x) {
    union lane_pun pun;
    pun.real = x;
    return pun.bits;
}
LANE_FN lane_real lane_real_of(lane_bits bits) {
    union lane_pun pun;
    pun.bits = bits;
    return pun.real;
}

LANE_FN lane_f lane_set(lane_real x) {
    return x;
}
LANE_FN lane_u lane_uset(uint32_t x) {
    return x;
}
LANE_FN lane_i lane_iset(int32_t x) {
    return x;
}
LANE_FN lane_u lane_iota(void) {
    return 0;
}
LANE_FN lane_f lane_load(const lane_real *p) {
    return *p;
}
LANE_FN void lane_store(lane_real *p, lane_f x) {
    *p = x;
}
LANE_FN lane_u lane_uload(const uint32_t *p) {
    return *p;
}
LANE_FN void lane_ustore(uint32_t *p, lane_u x) {
    *p = x;
}

LANE_FN lane_f lane_add(lane_f a, lane_f b) {
    return a + b;
}
LANE_FN lane_f lane_sub(lane_f a, lane_f b) {
    return a - b;
}
LANE_FN lane_f lane_mul(lane_f a, lane_f b) {
    return a * b;
}
LANE_FN lane_f lane_div(lane_f a, lane_f b) {
    return a / b;
}
LANE_FN lane_f lane_fma(lane_f a, lane_f b, lane_f c) {
#if defined(__CUDA_ARCH__)
    return __fmaf_rn(a, b, c);
#else
    return LANE_FMA_BUILTIN(a, b, c);
#endif
}
/* c - a b, one rounding. */
LANE_FN lane_f lane_fnma(lane_f a, lane_f b, lane_f c) {
    return lane_fma(-a, b, c);
}
LANE_FN lane_f lane_sqrt(lane_f a) {
#if defined(__CUDA_ARCH__)
    return __fsqrt_rn(a);
#else
    return LANE_SQRT_BUILTIN(a);
#endif
}
/* a < b ? a : b, and a > b ? a : b. */
LANE_FN lane_f lane_min(lane_f a, lane_f b) {
    return a < b ? a : b;
}
LANE_FN lane_f lane_max(lane_f a, lane_f b) {
    return a > b ? a : b;
}
LANE_FN lane_f lane_neg(lane_f a) {
    return lane_real_of(lane_bits_of(a) ^ LANE_SIGN_BIT);
}
LANE_FN lane_f lane_abs(lane_f a) {
    return lane_real_of(lane_bits_of(a) & ~LANE_SIGN_BIT);
}
/* Magnitude of `a`, sign of `b`. */
LANE_FN lane_f lane_copysign(lane_f a, lane_f b) {
    return lane_real_of((lane_bits_of(a) & ~LANE_SIGN_BIT) | (lane_bits_of(b) & LANE_SIGN_BIT));
}

LANE_FN lane_u lane_uadd(lane_u a, lane_u b) {
    return a + b;
}
LANE_FN lane_u lane_usub(lane_u a, lane_u b) {
    return a - b;
}
LANE_FN lane_u lane_umul(lane_u a, lane_u b) {
    return a * b;
}
/* High 32 bits of the 64-bit product. */
LANE_FN lane_u lane_umulhi(lane_u a, lane_u b) {
    return (lane_u)(((uint64_t)a * b) >> 32);
}
LANE_FN lane_u lane_uand(lane_u a, lane_u b) {
    return a & b;
}
LANE_FN lane_u lane_uor(lane_u a, lane_u b) {
    return a | b;
}
LANE_FN lane_u lane_uxor(lane_u a, lane_u b) {
    return a ^ b;
}
LANE_FN lane_u lane_ushl(lane_u a, int bits) {
    return a << bits;
}
LANE_FN lane_u lane_ushr(lane_u a, int bits) {
    return a >> bits;
}
LANE_FN lane_i lane_iadd(lane_i a, lane_i b) {
    return (lane_i)((uint32_t)a + (uint32_t)b);
}
LANE_FN lane_i lane_isub(lane_i a, lane_i b) {
    return (lane_i)((uint32_t)a - (uint32_t)b);
}
LANE_FN lane_i lane_ishr(lane_i a, int bits) {
    return a >> bits;
}
/* Same bits, other type. */
LANE_FN lane_i lane_u_as_i(lane_u a) {
    return (lane_i)a;
}
LANE_FN lane_u lane_i_as_u(lane_i a) {
    return (lane_u)a;
}

/* 2^e for e in [-126, 127]. */
LANE_FN lane_f lane_exp2_int(lane_i e) {
    return lane_real_of((lane_bits)(e + LANE_EXPONENT_BIAS) << LANE_MANTISSA_BITS);
}
/* Exponent and mantissa of a positive normal number: x = m 2^e, m in [1, 2). */
LANE_FN lane_i lane_exponent(lane_f x) {
    return (lane_i)(lane_bits_of(x) >> LANE_MANTISSA_BITS) - LANE_EXPONENT_BIAS;
}
LANE_FN lane_f lane_mantissa(lane_f x) {
    const lane_bits mask = ((lane_bits)1 << LANE_MANTISSA_BITS) - 1;
    const lane_bits one = (lane_bits)LANE_EXPONENT_BIAS << LANE_MANTISSA_BITS;
    return lane_real_of((lane_bits_of(x) & mask) | one);
}
/* Signed integers to numbers (rounded to nearest) and back (towards zero, |x| < 2^31). */
LANE_FN lane_f lane_from_int(lane_i a) {
    return (lane_f)a;
}
LANE_FN lane_i lane_to_int(lane_f a) {
    return (lane_i)a;
}

LANE_FN lane_m lane_lt(lane_f a, lane_f b) {
    return a < b;
}
LANE_FN lane_m lane_le(lane_f a, lane_f b) {
    return a <= b;
}
LANE_FN lane_m lane_ilt(lane_i a, lane_i b) {
    return a < b;
}
LANE_FN lane_m lane_ult(lane_u a, lane_u b) {
    return a < b;
}
LANE_FN lane_m lane_ueq(lane_u a, lane_u b) {
    return a == b;
}
LANE_FN lane_m lane_mask_and(lane_m a, lane_m b) {
    return a && b;
}
LANE_FN lane_m lane_mask_or(lane_m a, lane_m b) {
    return a || b;
}
LANE_FN lane_m lane_mask_not(lane_m a) {
    return !a;
}
LANE_FN bool lane_any(lane_m m) {
    return m;
}
LANE_FN lane_f lane_select(lane_m m, lane_f a, lane_f b) {
    return m ? a : b;
}
LANE_FN lane_u lane_uselect(lane_m m, lane_u a, lane_u b) {
    return m ? a : b;
}
LANE_FN lane_f lane_gather(const lane_real *base, lane_u index) {
    return base[index];
}
LANE_FN lane_u lane_ugather(const uint32_t *base, lane_u index) {
    return base[index];
}

#endif
