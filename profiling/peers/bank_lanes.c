// The bare additive sum on lanes, by the method of voices/cells.h with the least it needs: in a
// cell of 64 frames a partial is (v + s x) sin(phi + w m), with x = m / 32 from the centre, and
//     y(+-m) = E +- O,  E = sum v sin(phi) cos(w m) + x sum s cos(phi) sin(w m)
//                       O = sum v cos(phi) sin(w m) + x sum s sin(phi) cos(w m)
// so a partial costs two fused operations a frame, and phi and v some thirty a cell. With
// amplitudes held inside a cell (s = 0), as other programs hold them, it costs one. Phases are
// exact at every cell: nothing drifts. Compiled once per instruction set; one thread.
#include "profiling/peers/bank_lanes.h"

#include "voices/lane.h"
#include "voices/math.h" // lane_sincos

#define JOIN_NOW(a, b) a##_##b
#define JOIN(a, b) JOIN_NOW(a, b)
#define TEXT_NOW(x) #x
#define TEXT(x) TEXT_NOW(x)

enum { VALUE_SINE, VALUE_COSINE, SLOPE_SINE, SLOPE_COSINE, TERMS };

struct block {
    LANE_ALIGN float term[BANK_BLOCK][TERMS][BANK_CELLS];
};

// Sums of one group of distances; always enough groups side by side for eight chains.
struct sums {
    lane_f c0, s0, c1, s1;
};

static void set_up(struct bank *bank) {
    for (uint32_t k = 0; k < bank->count; k++) {
        for (uint32_t m = 0; m < BANK_HALF; m += LANE_WIDTH) {
            const lane_u frame = lane_uadd(lane_uset(m), lane_iota());
            lane_f sine, cosine;
            lane_sincos(lane_uadd(lane_umul(lane_uset(bank->inc[k]), frame),
                                  lane_uset(bank->inc[k] >> 1)),
                        &sine, &cosine);
            lane_store(&bank->table[k][0][m], cosine);
            lane_store(&bank->table[k][1][m], sine);
        }
    }
}

// 5/8 + 3/8 of the triangle: 1 at half a turn, 1/4 at none.
LANE_FN lane_f slow(lane_u turns) {
    const lane_i away = lane_u_as_i(lane_usub(turns, lane_uset(0x80000000U)));
    const lane_f distance = lane_mul(lane_abs(lane_from_int(away)), lane_set(1.0F / 4294967296.0F));
    return lane_fma(distance, lane_set(-1.5F), lane_set(1));
}

// Coefficients of one partial in all cells of the call.
LANE_FN void put_terms(const struct bank *bank, uint32_t k, uint32_t cell,
                       float term[TERMS][BANK_CELLS]) {
    const uint32_t inc = bank->inc[k];
    const uint32_t centre = bank->phase[k] + inc * (BANK_HALF - 1) + (inc >> 1);
    const lane_f half = lane_set(0.5F * bank->level[k]);
    for (uint32_t c = 0; c < BANK_CELLS; c += LANE_WIDTH) {
        const lane_u number = lane_uadd(lane_uset(cell + c), lane_iota());
        const lane_u slow_inc = lane_uset(bank->slow_inc[k]);
        const lane_u turns = lane_uadd(lane_umul(number, slow_inc), lane_uset(bank->slow_phase[k]));
        const lane_f before = slow(turns), after = slow(lane_uadd(turns, slow_inc));
        const lane_f value = lane_mul(lane_add(before, after), half);
        const lane_f slope = lane_mul(lane_sub(after, before), half);
        lane_f sine, cosine;
        lane_sincos(lane_uadd(lane_umul(number, lane_uset(inc * BANK_CELL)), lane_uset(centre)),
                    &sine, &cosine);
        lane_store(&term[VALUE_SINE][c], lane_mul(value, sine));
        lane_store(&term[VALUE_COSINE][c], lane_mul(value, cosine));
        lane_store(&term[SLOPE_SINE][c], lane_mul(slope, sine));
        lane_store(&term[SLOPE_COSINE][c], lane_mul(slope, cosine));
    }
}

LANE_FN void add_ramped(struct sums *a, const float *term, lane_f cosine, lane_f sine) {
    a->c0 = lane_fma(lane_set(term[VALUE_SINE * BANK_CELLS]), cosine, a->c0);
    a->s0 = lane_fma(lane_set(term[VALUE_COSINE * BANK_CELLS]), sine, a->s0);
    a->c1 = lane_fma(lane_set(term[SLOPE_SINE * BANK_CELLS]), cosine, a->c1);
    a->s1 = lane_fma(lane_set(term[SLOPE_COSINE * BANK_CELLS]), sine, a->s1);
}

// Adds the sums to y(-m) and y(+m): FOLDED = &folded[cell][0][m].
LANE_FN void unfold(lane_f even, lane_f odd, float *folded) {
    lane_store(folded, lane_add(lane_load(folded), lane_sub(even, odd)));
    lane_store(folded + BANK_HALF, lane_add(lane_load(folded + BANK_HALF), lane_add(even, odd)));
}

LANE_FN void unfold_ramped(const struct sums *a, uint32_t m, float *folded) {
    const lane_f frame = lane_from_int(lane_u_as_i(lane_uadd(lane_uset(m), lane_iota())));
    const lane_f x = lane_fma(frame, lane_set(1.0F / 32), lane_set(1.0F / 64));
    unfold(lane_fma(x, a->s1, a->c0), lane_fma(x, a->c1, a->s0), folded);
}

static void sum_ramped(const struct bank *bank, const struct block *block, uint32_t first,
                       float folded[BANK_CELLS][2][BANK_HALF]) {
    const lane_f none = lane_set(0);
    for (uint32_t cell = 0; cell < BANK_CELLS; cell++) {
        for (uint32_t m = 0; m < BANK_HALF; m += 2 * LANE_WIDTH) {
            struct sums a = {none, none, none, none}, b = a;
            for (uint32_t row = 0; row < BANK_BLOCK; row++) {
                const float *cosines = bank->table[first + row][0] + m;
                const float *sines = bank->table[first + row][1] + m;
                const float *term = &block->term[row][0][cell];
                add_ramped(&a, term, lane_load(cosines), lane_load(sines));
                add_ramped(&b, term, lane_load(cosines + LANE_WIDTH),
                           lane_load(sines + LANE_WIDTH));
            }
            unfold_ramped(&a, m, &folded[cell][0][m]);
            unfold_ramped(&b, m + LANE_WIDTH, &folded[cell][0][m + LANE_WIDTH]);
        }
    }
}

LANE_FN void add_held(struct sums *a, const float *term, lane_f cosine, lane_f sine) {
    a->c0 = lane_fma(lane_set(term[VALUE_SINE * BANK_CELLS]), cosine, a->c0);
    a->s0 = lane_fma(lane_set(term[VALUE_COSINE * BANK_CELLS]), sine, a->s0);
}

// Amplitudes held: half the sums, so two cells at a time share what is loaded.
static void sum_held(const struct bank *bank, const struct block *block, uint32_t first,
                     float folded[BANK_CELLS][2][BANK_HALF]) {
    const lane_f none = lane_set(0);
    for (uint32_t cell = 0; cell < BANK_CELLS; cell += 2) {
        for (uint32_t m = 0; m < BANK_HALF; m += 2 * LANE_WIDTH) {
            const uint32_t m2 = m + LANE_WIDTH;
            struct sums a = {none, none, none, none}, b = a, c = a, d = a;
            for (uint32_t row = 0; row < BANK_BLOCK; row++) {
                const float *cosines = bank->table[first + row][0];
                const float *sines = bank->table[first + row][1];
                const float *term = &block->term[row][0][cell];
                const lane_f cosine = lane_load(cosines + m), sine = lane_load(sines + m);
                const lane_f cosine2 = lane_load(cosines + m2), sine2 = lane_load(sines + m2);
                add_held(&a, term, cosine, sine);
                add_held(&b, term, cosine2, sine2);
                add_held(&c, term + 1, cosine, sine);
                add_held(&d, term + 1, cosine2, sine2);
            }
            unfold(a.c0, a.s0, &folded[cell][0][m]);
            unfold(b.c0, b.s0, &folded[cell][0][m2]);
            unfold(c.c0, c.s0, &folded[cell + 1][0][m]);
            unfold(d.c0, d.s0, &folded[cell + 1][0][m2]);
        }
    }
}

static void render(const struct bank *bank, uint32_t cell, bool held, float *out) {
    LANE_ALIGN float folded[BANK_CELLS][2][BANK_HALF] = {{{0}}};
    struct block block;
    for (uint32_t first = 0; first < bank->count; first += BANK_BLOCK) {
        for (uint32_t row = 0; row < BANK_BLOCK; row++) {
            put_terms(bank, first + row, cell, block.term[row]);
        }
        (held ? sum_held : sum_ramped)(bank, &block, first, folded);
    }
    for (uint32_t c = 0; c < BANK_CELLS; c++) {
        for (uint32_t m = 0; m < BANK_HALF; m++) {
            out[c * BANK_CELL + BANK_HALF - 1 - m] = folded[c][0][m];
            out[c * BANK_CELL + BANK_HALF + m] = folded[c][1][m];
        }
    }
}

extern const struct bank_lanes JOIN(bank_lanes, LANE_SUFFIX);
const struct bank_lanes JOIN(bank_lanes, LANE_SUFFIX) = {
    .name = TEXT(LANE_SUFFIX),
    .set_up = set_up,
    .render = render,
};
