/* support.c - noise, comparison, a transform, a session for the tests; see support.h for each. */
#include "tests/effects/support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void *support_alloc(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) {
        abort();
    }
    memset(memory, 0, (bytes + 63) / 64 * 64);
    return memory;
}

double support_noise_next(struct support_noise *noise) {
    noise->state = noise->state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(int64_t)(noise->state >> 11) * (1.0 / 4503599627370496.0) - 1.0;
}

double support_snr_db(const float *got, const double *want, size_t count) {
    double signal = 0.0, error = 0.0;
    for (size_t i = 0; i < count; ++i) {
        const double d = (double)got[i] - want[i];
        signal += want[i] * want[i];
        error += d * d;
    }
    return 10.0 * log10(signal / (error + 1e-300));
}

void support_fft(double *re, double *im, unsigned bits, bool inverse) {
    const size_t count = (size_t)1 << bits;
    for (size_t i = 1, j = 0; i < count; ++i) {
        size_t bit = count >> 1;
        for (; j & bit; bit >>= 1) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            const double r = re[i], m = im[i];
            re[i] = re[j];
            im[i] = im[j];
            re[j] = r;
            im[j] = m;
        }
    }
    for (size_t half = 1; half < count; half *= 2) {
        for (size_t k = 0; k < half; ++k) {
            const double angle = (inverse ? M_PI : -M_PI) * (double)k / (double)half;
            const double c = cos(angle), s = sin(angle);
            for (size_t i = k; i < count; i += 2 * half) {
                const double r = re[i + half] * c - im[i + half] * s;
                const double m = re[i + half] * s + im[i + half] * c;
                re[i + half] = re[i] - r;
                im[i + half] = im[i] - m;
                re[i] += r;
                im[i] += m;
            }
        }
    }
}

void support_open(struct support_session *session, const struct effects_lanes *lanes,
                  const struct reverb_design *design, int64_t position) {
    memset(session, 0, sizeof *session);
    session->lanes = lanes;
    session->state = support_alloc(lanes->state_bytes);
    session->scratch = support_alloc(lanes->scratch_bytes);
    session->position = position;
    session->first_epoch = effects_epoch(position) - 1;
    for (int e = 0; e < 4; ++e) {
        session->design[e] = *design;
    }
    lanes->reset(session->state);
}

void support_close(struct support_session *session) {
    free(session->state);
    free(session->scratch);
}

void support_render(struct support_session *session, const float *dry[2], const float *send[2],
                    float *out, uint32_t frames, uint32_t span) {
    float *silence = support_alloc(sizeof(float) * span);
    const uint32_t drives = effects_drive_count(63, span);
    float *drive = support_alloc(sizeof(float) * drives);
    for (uint32_t i = 0; i < drives; ++i) {
        drive[i] = session->drive;
    }
    for (uint32_t done = 0; done < frames;) {
        struct effects_plan plan;
        const uint32_t left = frames - done;
        memset(&plan, 0, sizeof plan);
        plan.from = session->position;
        plan.frames = left < span ? left : span;
        plan.epoch_first = effects_epoch(plan.from);
        memcpy(plan.epochs, session->design + (plan.epoch_first - 1 - session->first_epoch),
               sizeof plan.epochs);
        memcpy(plan.delays, session->delay + (plan.epoch_first - 1 - session->first_epoch),
               sizeof plan.delays);
        const void *rows[5] = {dry ? dry[0] + done : silence, dry ? dry[1] + done : silence,
                               send ? send[0] + done : silence, send ? send[1] + done : silence,
                               drive};
        session->lanes->render(session->state, session->scratch, &plan, rows,
                               out + 2 * (size_t)done);
        session->position += plan.frames;
        done += plan.frames;
    }
    free(silence);
    free(drive);
}

size_t support_denormals(const float *values, size_t count) {
    size_t found = 0;
    for (size_t i = 0; i < count; ++i) {
        found += fpclassify(values[i]) == FP_SUBNORMAL;
    }
    return found;
}
