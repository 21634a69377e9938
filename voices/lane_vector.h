/*
 * lane_vector.h - what AVX-512, AVX2, SSE and NEON share: the compilers' vector extension.
 *
 * Additions, products, quotients, shifts and bit operations need no intrinsics: gcc and clang
 * compile them from the operators. The including target defines LANE_WIDTH first and adds what
 * the extension lacks: fma, sqrt, min, max, masks, high products, gathers.
 * Any thread; pure functions.
 */
#ifndef AEOLIAN_VOICES_LANE_VECTOR_H
#define AEOLIAN_VOICES_LANE_VECTOR_H

#include <stdint.h>

typedef float lane_real;
typedef float lane_f __attribute__((vector_size(4 * LANE_WIDTH)));
typedef uint32_t lane_u __attribute__((vector_size(4 * LANE_WIDTH)));
typedef int32_t lane_i __attribute__((vector_size(4 * LANE_WIDTH)));

/* The same vectors at any address: memory is never assumed to be aligned. */
typedef float lane_f_mem __attribute__((vector_size(4 * LANE_WIDTH), aligned(4), may_alias));
typedef uint32_t lane_u_mem __attribute__((vector_size(4 * LANE_WIDTH), aligned(4), may_alias));

#define LANE_ROUND_MAGIC 12582912.0F /* 1.5 * 2^23 */

LANE_FN lane_f lane_set(float x) {
    return x - (lane_f){0};
}
LANE_FN lane_u lane_uset(uint32_t x) {
    return x + (lane_u){0};
}
LANE_FN lane_i lane_iset(int32_t x) {
    return x + (lane_i){0};
}

LANE_FN lane_f lane_load(const float *p) {
    return *(const lane_f_mem *)p;
}
LANE_FN void lane_store(float *p, lane_f x) {
    *(lane_f_mem *)p = x;
}
LANE_FN lane_u lane_uload(const uint32_t *p) {
    return *(const lane_u_mem *)p;
}
LANE_FN void lane_ustore(uint32_t *p, lane_u x) {
    *(lane_u_mem *)p = x;
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

LANE_FN lane_u lane_uadd(lane_u a, lane_u b) {
    return a + b;
}
LANE_FN lane_u lane_usub(lane_u a, lane_u b) {
    return a - b;
}
LANE_FN lane_u lane_umul(lane_u a, lane_u b) {
    return a * b;
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
    return a + b;
}
LANE_FN lane_i lane_isub(lane_i a, lane_i b) {
    return a - b;
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

LANE_FN lane_f lane_neg(lane_f a) {
    return (lane_f)((lane_u)a ^ lane_uset(0x80000000U));
}
LANE_FN lane_f lane_abs(lane_f a) {
    return (lane_f)((lane_u)a & lane_uset(0x7fffffffU));
}
/* Magnitude of `a`, sign of `b`. */
LANE_FN lane_f lane_copysign(lane_f a, lane_f b) {
    const lane_u sign = lane_uset(0x80000000U);
    return (lane_f)(((lane_u)a & ~sign) | ((lane_u)b & sign));
}

/* 2^e for e in [-126, 127]. */
LANE_FN lane_f lane_exp2_int(lane_i e) {
    return (lane_f)((e + lane_iset(127)) << 23);
}
/* Exponent and mantissa of a positive normal number: x = m 2^e, m in [1, 2). */
LANE_FN lane_i lane_exponent(lane_f x) {
    return (lane_i)((lane_u)x >> 23) - lane_iset(127);
}
LANE_FN lane_f lane_mantissa(lane_f x) {
    return (lane_f)(((lane_u)x & lane_uset(0x007fffffU)) | lane_uset(0x3f800000U));
}

/* Signed integers to numbers (rounded to nearest) and back (towards zero, |x| < 2^31). */
LANE_FN lane_f lane_from_int(lane_i a) {
    return __builtin_convertvector(a, lane_f);
}
LANE_FN lane_i lane_to_int(lane_f a) {
    return __builtin_convertvector(a, lane_i);
}

#endif
