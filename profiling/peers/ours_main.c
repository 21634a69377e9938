// aeolian-peers: our part of bench-peers. Renders what the other programs are asked to render, to
// raw floats, on one thread, with the widest instruction set of this processor.
//
//   aeolian-peers bank OUT SECONDS BANK       the bare additive sum; BANK is the text of ask.py
//   aeolian-peers held OUT SECONDS BANK       the same, amplitudes held within 64 frames
//   aeolian-peers voices OUT SECONDS PARTIALS full voices of so many partials, stereo
//   aeolian-peers patch OUT SECONDS wet|dry   the chord with chorus and reverb, or without
//   aeolian-peers isa                         the name of that instruction set
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/aeolian.h"              // aeo_isa_supported
#include "profiling/peers/bank_lanes.h"  // struct bank
#include "profiling/peers/patch_ours.h"  // patch_render

extern const struct bank_lanes bank_lanes_plain;
#if AEO_LANES_X86
extern const struct bank_lanes bank_lanes_sse, bank_lanes_avx2, bank_lanes_avx512;
#endif
#if AEO_LANES_ARM
extern const struct bank_lanes bank_lanes_neon;
#endif

enum { RATE = 48000 };

static void die(const char *what) {
    fprintf(stderr, "aeolian-peers: %s\n", what);
    exit(1);
}

static const struct bank_lanes *bank_lanes_widest(void) {
    static const struct bank_lanes *const all[] = {
#if AEO_LANES_X86
        &bank_lanes_avx512, &bank_lanes_avx2, &bank_lanes_sse,
#endif
#if AEO_LANES_ARM
        &bank_lanes_neon,
#endif
        &bank_lanes_plain,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (aeo_isa_supported(all[i]->name)) {
            return all[i];
        }
    }
    return &bank_lanes_plain;
}

static uint32_t turns(double value) {
    return (uint32_t)(int64_t)llround((value - floor(value)) * 4294967296.0);
}

static void read_bank(struct bank *bank, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) {
        die("cannot read the bank");
    }
    double hz, level, rate_hz, turn, phase;
    while (bank->count < BANK_PARTIALS_MAX &&
           fscanf(file, "%lf %lf %lf %lf %lf", &hz, &level, &rate_hz, &turn, &phase) == 5) {
        const uint32_t k = bank->count++;
        bank->inc[k] = turns(hz / RATE) & ~1U;
        bank->phase[k] = turns(phase);
        bank->slow_inc[k] = turns(rate_hz * BANK_CELL / RATE);
        bank->slow_phase[k] = turns(turn);
        bank->level[k] = (float)level;
    }
    fclose(file);
    if (bank->count == 0) {
        die("the bank is empty");
    }
    while (bank->count % BANK_BLOCK) {
        bank->count++; // silent: all of it is zero
    }
}

static void render_bank(const char *path, bool held, double seconds, FILE *out) {
    static struct bank bank;
    const struct bank_lanes *lanes = bank_lanes_widest();
    read_bank(&bank, path);
    lanes->set_up(&bank);
    const int64_t frames = (int64_t)(seconds * RATE);
    for (int64_t n = 0; n < frames; n += BANK_FRAMES) {
        float samples[BANK_FRAMES];
        const size_t count = frames - n < BANK_FRAMES ? (size_t)(frames - n) : BANK_FRAMES;
        lanes->render(&bank, (uint32_t)(n / BANK_CELL), held, samples);
        if (fwrite(samples, sizeof *samples, count, out) != count) {
            die("cannot write");
        }
    }
}

int main(int argc, char **argv) {
    const struct lanes_cpu *lanes = lanes_cpu_find("auto");
    if (argc == 2 && !strcmp(argv[1], "isa")) {
        puts(lanes->name);
        return 0;
    }
    FILE *out = argc == 5 ? fopen(argv[2], "wb") : NULL;
    const double seconds = argc == 5 ? atof(argv[3]) : 0;
    if (!out || !(seconds > 0)) {
        die("usage: aeolian-peers bank|held|voices|patch OUT SECONDS BANK|PARTIALS|wet|dry");
    }
    const bool held = !strcmp(argv[1], "held");
    if (held || !strcmp(argv[1], "bank")) {
        render_bank(argv[4], held, seconds, out);
    } else if (!strcmp(argv[1], "voices")) {
        voices_render(lanes, (uint32_t)atoi(argv[4]), seconds, out);
    } else if (!strcmp(argv[1], "patch")) {
        patch_render(lanes, seconds, !strcmp(argv[4], "wet"), out);
    } else {
        die("no such piece of work");
    }
    if (fclose(out) != 0) {
        die("cannot write");
    }
    return 0;
}
