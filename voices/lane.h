/*
 * lane.h - the target of the DSP: one small vector vocabulary, seven machines.
 *
 * Every voice and effect is written once against these operations and compiled per target:
 *   LANE_AVX512  16 lanes     LANE_AVX2  8 lanes (with FMA)     LANE_SSE  4 lanes (SSE2 only)
 *   LANE_NEON     4 lanes     LANE_PLAIN 1 lane, plain C        LANE_DOUBLE 1 lane of double
 *   __CUDACC__    1 lane: a CUDA thread (and the host side of a .cu file)
 *
 * The promise is equal bits on all of them (LANE_DOUBLE apart, which exists to measure rounding):
 * only operations that IEEE 754 rounds exactly are offered, a fused multiply-add happens where
 * lane_fma says so and nowhere else (contraction is off for every compiler), and nothing sums
 * across lanes, because the order of such a sum would depend on the width.
 *
 * A DSP phase is a function over (struct lane_thread, ...) without barriers inside. LANE_FOR walks
 * its items: on a CPU one thread {0, 1} walks them LANE_WIDTH at a time; on a GPU each thread
 * takes its own. Arrays walked with LANE_FOR are padded to a multiple of 16 items.
 *
 * LANE_EACH (lane_block.h) strings phases together: what stands behind it is done by every thread
 * of a block, and all have done it before any goes on. So the order of the phases, too, is written
 * once for all machines.
 *
 * Any thread; pure functions. Target chosen by the build, never by the including file.
 */
#ifndef AEOLIAN_VOICES_LANE_H
#define AEOLIAN_VOICES_LANE_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__CUDACC__)
#define LANE_FN static __host__ __device__ __forceinline__
#define LANE_RESTRICT __restrict__
#define LANE_UNROLL _Pragma("unroll")
#else
#define LANE_FN static inline __attribute__((always_inline, unused))
#define LANE_RESTRICT restrict
#if defined(__clang__)
#define LANE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LANE_UNROLL _Pragma("GCC unroll 16")
#endif
#endif

/* Host-and-device set-up code that needs no lanes (double or integer arithmetic). */
#if defined(__CUDACC__)
#define LANE_HOST_FN static __host__ __device__ inline
#else
#define LANE_HOST_FN static inline __attribute__((unused))
#endif

/* Arrays that lanes walk are padded to this many items, the widest target. */
#define LANE_WIDTH_MAX 16
#define LANE_ALIGN __attribute__((aligned(64)))

#if defined(__CUDACC__) || defined(LANE_PLAIN) || defined(LANE_DOUBLE)
#include "voices/lane_scalar.h"
#elif defined(LANE_AVX512)
#include "voices/lane_avx512.h"
#elif defined(LANE_AVX2)
#include "voices/lane_avx2.h"
#elif defined(LANE_SSE)
#include "voices/lane_sse.h"
#elif defined(LANE_NEON)
#include "voices/lane_neon.h"
#else
#define LANE_PLAIN 1
#include "voices/lane_scalar.h"
#endif

#include "voices/lane_block.h" /* LANE_EACH, lane_share */

/* Walks items [0, n): `i` is the first of LANE_WIDTH neighbouring items. */
#define LANE_FOR(i, n, th)                                                        \
    for (uint32_t i = (th).index * LANE_WIDTH; i < (uint32_t)(n); i += (th).count * LANE_WIDTH)

/* ---- Operations that follow from the target's own, the same text for all ---- */

/* Rounds to the nearest integer, ties to even; |x| < 2^22 (float) or 2^51 (double). */
LANE_FN lane_f lane_round(lane_f x) {
    const lane_f magic = lane_set(LANE_ROUND_MAGIC);
    return lane_sub(lane_add(x, magic), magic);
}

/* Largest integer not above x; |x| < 2^31. The result of a zero is +0 on every target. */
LANE_FN lane_f lane_floor(lane_f x) {
    const lane_f t = lane_from_int(lane_to_int(x));
    return lane_sub(t, lane_select(lane_lt(x, t), lane_set(1), lane_set(0)));
}

/* x limited to [low, high]. */
LANE_FN lane_f lane_clamp(lane_f x, lane_f low, lane_f high) {
    return lane_min(lane_max(x, low), high);
}

/* a + t (b - a), two roundings. */
LANE_FN lane_f lane_lerp(lane_f a, lane_f b, lane_f t) {
    return lane_fma(t, lane_sub(b, a), a);
}

#endif
