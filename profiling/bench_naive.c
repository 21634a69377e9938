// The naive renderer; see bench_naive.h.
#include "profiling/bench_naive.h"

#include <math.h>
#include <stdbool.h>

static const double turn = 6.283185307179586;
static const double turns_per_inc = 1.0 / 4294967296.0;

uint32_t bench_note_partials(const struct voice_note *note) {
    if (note->voice == VOICE_SURF) {
        return 0;
    }
    if (note->voice != VOICE_BELL) {
        return note->carrier_count * note->line_count;
    }
    uint32_t lines = 0;
    for (uint32_t i = 0; i < 2 * note->carrier_count; i++) {
        lines += note->body.modes.line_gain[i] != 0.0f;
    }
    return lines;
}

// Turns per frame of line LINE of carrier K.
static double frequency(const struct voice_note *note, uint32_t k, uint32_t line) {
    double carrier = note->carrier_inc[k] * turns_per_inc;
    switch ((enum voice_kind)note->voice) {
    case VOICE_WARM_PAD: // every unison is a harmonic series of its own
        return carrier / note->body.unison.inc[note->line_count / 2] *
               note->body.unison.inc[line];
    case VOICE_WIDE_PAD:
    case VOICE_SUB_DRONE:
        return carrier + (double)note->body.band.sigma[k] * turns_per_inc *
                             (double)note->body.band.quantile[line];
    case VOICE_BELL:
        return carrier + note->body.modes.offset[2 * k + line] * turns_per_inc;
    case VOICE_SURF:
    case VOICE_KIND_COUNT:
        break;
    }
    return 0.0;
}

void bench_naive_render(const struct voice_note *note, int64_t n, uint32_t frames, float *left,
                        float *right) {
    bool is_bell = note->voice == VOICE_BELL;
    if (note->voice == VOICE_SURF) {
        return;
    }
    for (uint32_t i = 0; i < frames; i++) {
        float sum_left = 0.0f, sum_right = 0.0f;
        double t = (double)(n + i - note->onset);
        for (uint32_t k = 0; k < note->carrier_count; k++) {
            for (uint32_t line = 0; line < note->line_count; line++) {
                if (is_bell && note->body.modes.line_gain[2 * k + line] == 0.0f) {
                    continue;
                }
                double turns = frequency(note, k, line) * t;
                float gain = note->carrier_level[k];
                sum_left += gain * sinf((float)(turn * (turns - floor(turns))));
                if (note->channel_count > 1) { // its own phase in each channel
                    turns += 0.3 + 0.07 * line;
                    sum_right += gain * sinf((float)(turn * (turns - floor(turns))));
                }
            }
        }
        left[i] += sum_left;
        right[i] += note->channel_count > 1 ? sum_right : sum_left;
    }
}
