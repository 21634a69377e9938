// See plot.h.
#include "profiling/soak/plot.h"

#include <math.h>

enum { WIDTH = 720, HEIGHT = 200, LEFT = 64, RIGHT = 12, TOP = 26, BOTTOM = 24, POINTS_MAX = 500 };

void html_text(FILE *file, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '&': fputs("&amp;", file); break;
        case '"': fputs("&quot;", file); break;
        default: putc(*text, file);
        }
    }
}

struct range {
    double low, high;
};

static void widen(struct range *range, double value) {
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

static double place(const struct range *range, double value, double from, double to) {
    return from + (value - range->low) / (range->high - range->low) * (to - from);
}

// For a label: next to the rest of the axis nothing is nothing.
static double labelled(const struct range *range, double value) {
    return fabs(value) < 1e-3 * (range->high - range->low) ? 0.0 : value;
}

static void axis_write(FILE *file, const struct range *x, const struct range *y) {
    for (int i = 0; i <= 2; i++) {
        double value = y->low + (y->high - y->low) * i / 2.0;
        double at = place(y, value, HEIGHT - BOTTOM, TOP);
        fprintf(file,
                "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.5g</text>\n",
                LEFT, WIDTH - RIGHT, at, at, LEFT - 6, at + 4, labelled(y, value));
    }
    for (int i = 0; i <= 4; i++) {
        double value = x->low + (x->high - x->low) * i / 4.0;
        fprintf(file, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.3g h</text>\n",
                place(x, value, LEFT, WIDTH - RIGHT), HEIGHT - 6, i < 4 ? "middle" : "end",
                labelled(x, value));
    }
}

static void line_write(FILE *file, const struct plot_line *line, uint32_t number,
                       const struct range *x, const struct range *y) {
    uint32_t step = line->count / POINTS_MAX + 1;
    fprintf(file, "<polyline class=\"l%u\" points=\"", number);
    for (uint32_t i = 0; i < line->count; i += step) {
        fprintf(file, "%.1f,%.1f ", place(x, line->x[i], LEFT, WIDTH - RIGHT),
                place(y, line->y[i], HEIGHT - BOTTOM, TOP));
    }
    fprintf(file, "\"/><text class=\"t%u\" x=\"%u\" y=\"%d\" text-anchor=\"end\">", number,
            WIDTH - RIGHT - 70 * number, TOP - 10);
    html_text(file, line->name);
    fputs("</text>\n", file);
}

static void marks_write(FILE *file, struct plot_marks marks, const struct range *x) {
    for (uint32_t i = 0; i < marks.count; i++) {
        double at = place(x, marks.x[i], LEFT, WIDTH - RIGHT);
        fprintf(file, "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", at,
                at, TOP, HEIGHT - BOTTOM);
    }
}

void plot_write(FILE *file, const char *title, const char *unit, const struct plot_line *lines,
                uint32_t line_count, struct plot_marks marks) {
    struct range x = {INFINITY, -INFINITY}, y = {INFINITY, -INFINITY};
    for (uint32_t l = 0; l < line_count; l++) {
        for (uint32_t i = 0; i < lines[l].count; i++) {
            widen(&x, lines[l].x[i]);
            widen(&y, lines[l].y[i]);
        }
    }
    if (!(x.low <= x.high)) return;
    if (x.low == x.high) x.high += 1e-3;
    double room = fmax((y.high - y.low) * 0.08, fabs(y.high) * 1e-3 + 1e-9);
    y.low = y.low >= 0.0 ? fmax(0.0, y.low - room) : y.low - room;
    y.high += room;
    fprintf(file, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    html_text(file, title);
    fprintf(file, "\"><text class=\"title\" x=\"%d\" y=\"%d\">", LEFT, TOP - 10);
    html_text(file, title);
    fprintf(file, "%s%s</text>\n", unit[0] ? ", " : "", unit);
    axis_write(file, &x, &y);
    marks_write(file, marks, &x);
    for (uint32_t l = 0; l < line_count; l++)
        line_write(file, &lines[l], l, &x, &y);
    fputs("</svg>\n", file);
}
