// The ladder as text, as a part of docs/benchmarks.md and as a plot.
#include <math.h>

#include "profiling/ladder/ladder.h" // struct ladder

static double gain(const struct ladder *ladder, uint32_t i) {
    return i ? (1 - ladder->rungs[i].ms / ladder->rungs[i - 1].ms) * 100 : 0;
}

static double times(const struct ladder *ladder, uint32_t i) {
    return ladder->rungs[0].ms / ladder->rungs[i].ms;
}

void ladder_print_table(const struct ladder *ladder, FILE *file) {
    fprintf(file, "Ladder: %s\n", ladder->subject);
    for (uint32_t i = 0; i < ladder->rung_count; i++) {
        const struct ladder_rung *rung = &ladder->rungs[i];
        fprintf(file, "  %-60s %10.2f ms %8.1f %% less %9.1f x %9.2f MB %5llu allocations\n",
                rung->name, rung->ms, gain(ladder, i), times(ladder, i),
                (double)rung->bytes_peak / 1e6, (unsigned long long)rung->allocations);
    }
}

void ladder_print_markdown(const struct ladder *ladder, FILE *file) {
    fprintf(file,
            "\n## The ladder\n\n%s. From the renderer one would write first to this engine's, one\n"
            "technique at a time. Each rung's samples are compared with the engine's before it is "
            "timed: error is\ntheirs below the music, \"equal\" is every bit. ms: for one second "
            "of audio. Memory is what is taken at\nonce beside the output, and how often per "
            "phrase. Work like this usually aims at 30 %% less resources:\nthe column \"less\" "
            "stands beside that number. The scalar rungs render some cells of 64 frames of every\n"
            "256, 64 or 8, evenly, and are scaled up; their effects are the engine's in plain C, "
            "where a fused\nmultiply-add is a library call. Times are processor time; what "
            "threads gain is a ratio on the wall clock,\nin turns with one thread.\n\n"
            "![The ladder](ladder.svg)\n\n"
            "| rung | ms | less than the one before | times the first | error | memory | "
            "allocations |\n|---|---:|---:|---:|---:|---:|---:|\n",
            ladder->subject);
    for (uint32_t i = 0; i < ladder->rung_count; i++) {
        const struct ladder_rung *rung = &ladder->rungs[i];
        char error[32] = "equal", less[32] = "";
        if (rung->error_db > -400) snprintf(error, sizeof error, "%.0f dB", rung->error_db);
        if (i) snprintf(less, sizeof less, "%.1f %%", gain(ladder, i));
        fprintf(file, "| %s", rung->name);
        if (rung->threads > 1) fprintf(file, " (%u)", rung->threads);
        fprintf(file, " | %.2f | %s | %.1f | %s | %.2f MB | %llu |\n", rung->ms, less,
                times(ladder, i), error, (double)rung->bytes_peak / 1e6,
                (unsigned long long)rung->allocations);
    }
    uint32_t last = ladder->rung_count - 1;
    fprintf(file, "\nFrom first to last: %.2f %% less time, %.0f %% less memory.\n",
            (1 - ladder->rungs[last].ms / ladder->rungs[0].ms) * 100,
            (1 - (double)ladder->rungs[last].bytes_peak / (double)ladder->rungs[0].bytes_peak) *
                100);
}

void ladder_print_svg(const struct ladder *ladder, FILE *file) {
    enum { WIDTH = 720, LEFT = 370, RIGHT = 90, ROW = 26, TOP = 36 };
    double low = INFINITY, high = 0;
    for (uint32_t i = 0; i < ladder->rung_count; i++) {
        low = fmin(low, log10(ladder->rungs[i].ms));
        high = fmax(high, log10(ladder->rungs[i].ms));
    }
    low = floor(low), high = fmax(ceil(high), low + 1);
    int height = TOP + ROW * (int)ladder->rung_count + 10;
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n"
            "<style>text{fill:#222}.bar{fill:#3b7ea1}@media(prefers-color-scheme:dark)"
            "{text{fill:#ddd}.bar{fill:#6fb3d2}}</style>\n"
            "<text x=\"8\" y=\"20\">Milliseconds for one second of audio (logarithmic)</text>\n",
            WIDTH, height);
    for (uint32_t i = 0; i < ladder->rung_count; i++) {
        const struct ladder_rung *rung = &ladder->rungs[i];
        int y = TOP + ROW * (int)i;
        double width = (log10(rung->ms) - low) / (high - low) * (WIDTH - LEFT - RIGHT);
        fprintf(file,
                "<text x=\"8\" y=\"%d\">%s</text><rect class=\"bar\" x=\"%d\" y=\"%d\" "
                "width=\"%.1f\" height=\"18\"/><text x=\"%.1f\" y=\"%d\">%.3g ms</text>\n",
                y + 14, rung->name, LEFT, y, fmax(width, 1), LEFT + width + 6, y + 14, rung->ms);
    }
    fputs("</svg>\n", file);
}
