// See figures.h. JSON is written by hand here: this program has no library but the C library.
#include "profiling/gpu/figures.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gpu/image.h" // gpu_image_contents

void figure_print(struct figures *figures) {
    static uint32_t printed;
    for (; printed < figures->count; printed++) {
        const struct figure *f = &figures->figure[printed];
        if (printed == 0 || strcmp(f->group, figures->figure[printed - 1].group) != 0)
            printf("\n%s\n", f->group);
        printf("  %-64s %12.4g %-6s", f->name, f->value, f->unit);
        if (f->bound > 0) printf(" bound %.4g %s", f->bound, f->unit);
        printf("%s%s\n", f->note[0] ? "  " : "", f->note);
    }
    fflush(stdout);
}

struct figure *figure_add(struct figures *figures, const char *group, const char *unit,
                          double value, const char *format, ...) {
    figure_print(figures);
    if (figures->count == FIGURES_MAX) {
        fprintf(stderr, "aeolian-bench-gpu: more than %d figures\n", FIGURES_MAX);
        exit(1);
    }
    struct figure *figure = &figures->figure[figures->count++];
    *figure = (struct figure){.group = group, .unit = unit, .value = value};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(figure->name, sizeof figure->name, format, arguments);
    va_end(arguments);
    return figure;
}

void figure_note(struct figure *figure, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(figure->note, sizeof figure->note, format, arguments);
    va_end(arguments);
}

// ------------------------------------------------------------------------------------- files

// Names of devices are the only text here that is not our own.
static void json_text(FILE *file, const char *text) {
    putc('"', file);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') putc('\\', file);
        if ((unsigned char)*text >= 0x20) putc(*text, file);
    }
    putc('"', file);
}

static void today(char *out, size_t cap) {
    time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || !strftime(out, cap, "%Y-%m-%d", &parts)) out[0] = '\0';
}

static void json_write(FILE *file, const struct figures *figures) {
    const struct machine *m = figures->machine;
    char date[16];
    today(date, sizeof date);
    fputs("{\"device\":", file);
    json_text(file, m->name);
    fprintf(file,
            ",\"compute_capability\":\"%d.%d\",\"driver\":\"%d.%d\",\"multiprocessors\":%u,"
            "\"clock_mhz\":%d,\"memory_bytes\":%.0f,\"simulated\":%s,\"short\":%s,"
            "\"date\":\"%s\",\"kernels\":\"%s\",\"figures\":[",
            m->compute_major, m->compute_minor, m->driver_version / 1000,
            m->driver_version % 1000 / 10, m->open.multiprocessors, m->clock_mhz, m->memory_bytes,
            m->simulated ? "true" : "false", figures->is_short ? "true" : "false", date,
            gpu_image_contents);
    for (uint32_t i = 0; i < figures->count; i++) {
        const struct figure *f = &figures->figure[i];
        fprintf(file, "%s\n{\"group\":", i ? "," : "");
        json_text(file, f->group);
        fputs(",\"name\":", file);
        json_text(file, f->name);
        fprintf(file, ",\"unit\":\"%s\",\"value\":%.6g", f->unit, f->value);
        if (f->bound > 0) fprintf(file, ",\"bound\":%.6g", f->bound);
        if (f->note[0]) {
            fputs(",\"note\":", file);
            json_text(file, f->note);
        }
        putc('}', file);
    }
    fputs("\n]}\n", file);
}

static void markdown_write(FILE *file, const struct figures *figures) {
    const struct machine *m = figures->machine;
    const char *group = "";
    char date[16];
    today(date, sizeof date);
    fprintf(file,
            "# GPU benchmark\n\nMade by `make bench-gpu`.\n\n- Device: %s, compute capability "
            "%d.%d, %u multiprocessors, %.1f GB\n- Driver: CUDA %d.%d\n- Date: %s\n",
            m->name, m->compute_major, m->compute_minor, m->open.multiprocessors,
            m->memory_bytes * 1e-9, m->driver_version / 1000, m->driver_version % 1000 / 10, date);
    if (m->simulated || figures->is_short)
        fprintf(file, "- Cut short%s: no figure means anything\n",
                m->simulated ? ", on the simulated driver" : "");
    for (uint32_t i = 0; i < figures->count; i++) {
        const struct figure *f = &figures->figure[i];
        if (strcmp(group, f->group) != 0)
            fprintf(file, "\n## %s\n\n|  | measured | bound |  |\n|---|---:|---:|---|\n", f->group);
        group = f->group;
        fprintf(file, "| %s | %.4g %s | ", f->name, f->value, f->unit);
        if (f->bound > 0) fprintf(file, "%.4g %s", f->bound, f->unit);
        fprintf(file, " | %s |\n", f->note);
    }
}

static bool file_write(const char *path, const struct figures *figures,
                       void (*write)(FILE *file, const struct figures *figures)) {
    if (!path) return true;
    FILE *file = fopen(path, "w");
    if (file) write(file, figures);
    bool bad = !file || ferror(file);
    if (file && fclose(file)) bad = true;
    if (bad) fprintf(stderr, "aeolian-bench-gpu: %s: cannot be written\n", path);
    return !bad;
}

bool figures_write(struct figures *figures) {
    figure_print(figures);
    return file_write(figures->json, figures, json_write) &&
           file_write(figures->markdown, figures, markdown_write);
}
