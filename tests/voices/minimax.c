/*
 * minimax.c - finds the coefficients of voices/math.h and prints them as C.
 *
 * Remez exchange in long double on a dense grid. Coefficients are rounded to float one by one,
 * the lowest power first, and the rest is fitted again each time, so that the printed floats are
 * nearly as good as the unrounded ones. The test of the same folder measures the errors that
 * result; this program is how the numbers came to be, and is run by hand.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TERMS_MAX = 10, GRID = 20000 };

typedef long double real;

struct fit {
    real (*target)(real x);
    real (*weight)(real x);
    int first, step; /* powers first, first + step, ... */
    int terms;
    real low, high;
};

static real power(real x, int n) {
    real y = 1;
    for (int i = 0; i < n; i++) {
        y *= x;
    }
    return y;
}

/* Solves a x = b of size n in place by elimination with row exchange. */
static void solve(real a[TERMS_MAX + 1][TERMS_MAX + 2], int n) {
    for (int c = 0; c < n; c++) {
        int best = c;
        for (int r = c + 1; r < n; r++) {
            best = fabsl(a[r][c]) > fabsl(a[best][c]) ? r : best;
        }
        for (int j = 0; j <= n; j++) {
            const real t = a[c][j];
            a[c][j] = a[best][j];
            a[best][j] = t;
        }
        for (int r = 0; r < n; r++) {
            const real factor = r == c ? 0 : a[r][c] / a[c][c];
            for (int j = c; factor != 0 && j <= n; j++) {
                a[r][j] -= factor * a[c][j];
            }
        }
    }
}

/* Weighted error at X of the polynomial with coefficients C. */
static real error_at(const struct fit *f, const real *c, real x) {
    real y = f->target(x);
    for (int i = 0; i < f->terms; i++) {
        y -= c[i] * power(x, f->first + i * f->step);
    }
    return y * f->weight(x);
}

/* One exchange: the alternating extremes of the error become the new points. */
static void exchange(const struct fit *f, const real *c, real *point, int count) {
    real extreme[GRID + 1] = {0}, where[GRID + 1] = {0};
    int n = 0;
    for (int i = 0; i <= GRID; i++) {
        const real t = 0.5L * (1 - cosl(3.14159265358979323846L * i / GRID));
        const real x = f->low + (f->high - f->low) * t;
        const real e = error_at(f, c, x);
        if (n > 0 && (e < 0) == (extreme[n - 1] < 0)) {
            if (fabsl(e) > fabsl(extreme[n - 1])) {
                extreme[n - 1] = e;
                where[n - 1] = x;
            }
        } else {
            extreme[n] = e;
            where[n++] = x;
        }
    }
    int from = 0;
    while (n - from > count) { /* drop the smaller end */
        if (fabsl(extreme[from]) < fabsl(extreme[n - 1])) {
            from++;
        } else {
            n--;
        }
    }
    for (int i = 0; i < count && n - from == count; i++) {
        point[i] = where[from + i];
    }
}

/* Fits coefficients FIXED.. of F into C, which holds the fixed ones. */
static void remez(const struct fit *f, real *c, int fixed) {
    const int unknown = f->terms - fixed, count = unknown + 1;
    real point[TERMS_MAX + 1];
    for (int i = 0; i < count; i++) {
        point[i] = f->low + (f->high - f->low) * (i + 0.5L) / count;
    }
    for (int round = 0; round < 30; round++) {
        real a[TERMS_MAX + 1][TERMS_MAX + 2];
        for (int r = 0; r < count; r++) {
            real y = f->target(point[r]);
            for (int i = 0; i < fixed; i++) {
                y -= c[i] * power(point[r], f->first + i * f->step);
            }
            for (int i = 0; i < unknown; i++) {
                a[r][i] = power(point[r], f->first + (fixed + i) * f->step);
            }
            a[r][unknown] = (r % 2 ? -1 : 1) / f->weight(point[r]);
            a[r][count] = y;
        }
        solve(a, count);
        for (int i = 0; i < unknown; i++) {
            c[fixed + i] = a[i][count] / a[i][i];
        }
        exchange(f, c, point, count);
    }
}

static void print_fit(const char *name, const struct fit *f) {
    real c[TERMS_MAX] = {0};
    printf("%s:", name);
    for (int fixed = 0; fixed < f->terms; fixed++) {
        /* A two-sided interval has a common zero of the later powers: one fit must do there. */
        if (fixed == 0 || f->low > 0) {
            remez(f, c, fixed);
        }
        c[fixed] = (float)c[fixed];
    }
    real worst = 0;
    for (int i = 0; i <= GRID; i++) {
        worst = fmaxl(worst, fabsl(error_at(f, c, f->low + (f->high - f->low) * i / GRID)));
    }
    for (int i = 0; i < f->terms; i++) {
        printf(" %.9gF", (double)c[i]);
    }
    printf("  error %.2Lg\n", worst);
}

static real flat(real x) {
    (void)x;
    return 1;
}
static real sine(real x) {
    return sinl(x * 0.78539816339744830962L);
}
static real quarter_sine(real x) {
    return sinl(x * 1.57079632679489661923L);
}
static real cosine_less_1(real x) {
    return cosl(x * 0.78539816339744830962L) - 1;
}
static real power_of_2(real x) {
    return exp2l(x);
}
/* log2((1+s)/(1-s)). */
static real log2_ratio(real s) {
    return log2l((1 + s) / (1 - s));
}
static real hyperbolic(real x) {
    return tanhl(x) - x;
}

/* The six coefficients of lane_sine_turns: whole multiples of 2^-31, no rounding between. */
static void print_fixed_point_sine(void) {
    const struct fit f = {quarter_sine, flat, 1, 2, 6, 1e-9L, 1};
    real c[TERMS_MAX] = {0};
    remez(&f, c, 0);
    printf("sin(x pi/2) 2^31:");
    for (int i = 0; i < f.terms; i++) {
        printf(" %.0Lf", c[i] * 2147483648.0L);
    }
    printf("\n");
}

int main(void) {
    print_fixed_point_sine();
    const struct fit fits[] = {
        {sine, flat, 1, 2, 4, 1e-9L, 1},
        {cosine_less_1, flat, 2, 2, 3, 1e-9L, 1},
        {power_of_2, flat, 0, 1, 7, -0.5L, 0.5L},
        {log2_ratio, flat, 1, 2, 4, 1e-9L, 0.17157287525380990L},
        {hyperbolic, flat, 3, 2, 5, 1e-9L, 0.625L},
    };
    const char *const names[] = {"sin(x pi/4)", "cos(x pi/4) - 1", "2^x", "log2 ratio",
                                 "tanh(x) - x"};
    for (unsigned i = 0; i < sizeof fits / sizeof fits[0]; i++) {
        print_fit(names[i], &fits[i]);
    }
    return 0;
}
