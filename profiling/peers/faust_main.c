// The host of the Faust programs: renders them offline, in blocks of 64 frames, to raw floats.
// bench_peers.py compiles it together with the C that Faust made (GENERATED names it).
//
//   faust_main OUT SECONDS BANK         the bank: instances of 64 partials, summed here; BANK is
//                                       the text file of ask.py, whose slow triangles are followed
//   faust_main OUT SECONDS - CONTROL=VALUE...   one instance whose controls are set at the start
// One thread.
#include <faust/gui/CInterface.h>

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int min(int a, int b) {
    return a < b ? a : b;
}
static inline int max(int a, int b) {
    return a > b ? a : b;
}
#define FAUSTFLOAT float
#include GENERATED

enum { RATE = 48000, BLOCK = 64, CHUNK = 64, PARTIALS_MAX = 16384, CONTROLS_MAX = 2 * CHUNK };

struct partial {
    double hz, level, rate_hz, turn, phase;
};

struct control {
    char label[16];
    float *zone;
};

// The controls of one instance, in the order in which Faust names them.
struct controls {
    uint32_t count;
    struct control all[CONTROLS_MAX];
};

struct bank {
    uint32_t count, chunks;
    struct partial partials[PARTIALS_MAX];
    mydsp *chunk[PARTIALS_MAX / CHUNK];
    float *hz[PARTIALS_MAX], *amplitude[PARTIALS_MAX];
};

static void die(const char *what) {
    fprintf(stderr, "faust_main: %s\n", what);
    exit(1);
}

static void on_box(void *context, const char *label) {
    (void)context, (void)label;
}

static void on_close(void *context) {
    (void)context;
}

static void on_control(void *context, const char *label, FAUSTFLOAT *zone, FAUSTFLOAT init,
                       FAUSTFLOAT least, FAUSTFLOAT most, FAUSTFLOAT step) {
    (void)init, (void)least, (void)most, (void)step;
    struct controls *controls = context;
    if (controls->count == CONTROLS_MAX) {
        die("too many controls");
    }
    struct control *control = &controls->all[controls->count++];
    snprintf(control->label, sizeof control->label, "%s", label);
    control->zone = zone;
}

static void on_declare(void *context, FAUSTFLOAT *zone, const char *key, const char *value) {
    (void)context, (void)zone, (void)key, (void)value;
}

static mydsp *make(struct controls *controls) {
    UIGlue ui = {.uiInterface = controls, .openVerticalBox = on_box, .openHorizontalBox = on_box,
                 .openTabBox = on_box, .closeBox = on_close, .addNumEntry = on_control,
                 .declare = on_declare};
    mydsp *dsp = newmydsp();
    if (!dsp) {
        die("out of memory");
    }
    initmydsp(dsp, RATE);
    buildUserInterfacemydsp(dsp, &ui);
    return dsp;
}

static void read_bank(struct bank *bank, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        die("cannot read the bank");
    }
    struct partial p;
    while (bank->count < PARTIALS_MAX && fscanf(file, "%lf %lf %lf %lf %lf", &p.hz, &p.level,
                                                &p.rate_hz, &p.turn, &p.phase) == 5) {
        bank->partials[bank->count++] = p;
    }
    fclose(file);
    bank->chunks = (bank->count + CHUNK - 1) / CHUNK;
    for (uint32_t c = 0; c < bank->chunks; c++) {
        struct controls controls = {0};
        bank->chunk[c] = make(&controls);
        for (uint32_t i = 0; i < controls.count; i++) {
            const uint32_t at = c * CHUNK + (uint32_t)atoi(controls.all[i].label + 1);
            float **where = controls.all[i].label[0] == 'f' ? bank->hz : bank->amplitude;
            where[at] = controls.all[i].zone;
            if (where == bank->hz && at < bank->count) {
                *where[at] = (float)bank->partials[at].hz;
            }
        }
    }
}

static void bank_block(struct bank *bank, double seconds, float *out) {
    for (uint32_t i = 0; i < bank->count; i++) {
        const struct partial *p = &bank->partials[i];
        const float turns = (float)(p->turn + p->rate_hz * seconds);
        const float triangle = 1.0f - 4.0f * fabsf(turns - (float)(int)turns - 0.5f);
        *bank->amplitude[i] = (float)p->level * (0.625f + 0.375f * triangle);
    }
    memset(out, 0, sizeof(float) * BLOCK);
    for (uint32_t c = 0; c < bank->chunks; c++) {
        float sum[BLOCK], *outputs[1] = {sum};
        computemydsp(bank->chunk[c], BLOCK, NULL, outputs);
        for (int i = 0; i < BLOCK; i++) {
            out[i] += sum[i];
        }
    }
}

static void set_controls(const struct controls *controls, char **words, int count) {
    for (int w = 0; w < count; w++) {
        const char *value = strchr(words[w], '=');
        const size_t length = value ? (size_t)(value - words[w]) : 0;
        bool known = false;
        for (uint32_t i = 0; value && i < controls->count; i++) {
            const struct control *control = &controls->all[i];
            if (strlen(control->label) == length && !strncmp(control->label, words[w], length)) {
                *control->zone = (float)atof(value + 1);
                known = true;
            }
        }
        if (!known) {
            die("no such control");
        }
    }
}

static void put(FILE *out, const float *samples, size_t count) {
    if (fwrite(samples, sizeof *samples, count, out) != count) {
        die("cannot write");
    }
}

static void render_patch(FILE *out, int64_t frames, char **words, int count) {
    struct controls controls = {0};
    mydsp *dsp = make(&controls);
    set_controls(&controls, words, count);
    for (int64_t n = 0; n < frames; n += BLOCK) {
        float left[BLOCK], right[BLOCK], both[2 * BLOCK], *outputs[2] = {left, right};
        computemydsp(dsp, BLOCK, NULL, outputs);
        for (int i = 0; i < BLOCK; i++) {
            both[2 * i] = left[i];
            both[2 * i + 1] = right[i];
        }
        put(out, both, 2 * BLOCK);
    }
    deletemydsp(dsp);
}

int main(int argc, char **argv) {
    static struct bank bank;
    FILE *out = argc >= 4 ? fopen(argv[1], "wb") : NULL;
    if (!out) {
        die("usage: faust_main OUT SECONDS BANK | faust_main OUT SECONDS - CONTROL=VALUE...");
    }
    const int64_t frames = (int64_t)(atof(argv[2]) * RATE);
    if (!strcmp(argv[3], "-")) {
        render_patch(out, frames, argv + 4, argc - 4);
        fclose(out);
        return 0;
    }
    read_bank(&bank, argv[3]);
    for (int64_t n = 0; n < frames; n += BLOCK) {
        float block[BLOCK];
        bank_block(&bank, (double)n / RATE, block);
        put(out, block, BLOCK);
    }
    for (uint32_t c = 0; c < bank.chunks; c++) {
        deletemydsp(bank.chunk[c]);
    }
    fclose(out);
    return 0;
}
