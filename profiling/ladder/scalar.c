// The scalar rungs: the C library's cosine for each sample of each sine, then a recurrence.
#include <math.h>
#include <string.h>

#include "profiling/ladder/work.h" // struct work

#define TWO_PI 6.28318530717958647692

void work_sums_take(struct work *work) {
    for (int channel = 0; channel < 2; channel++) {
        work->sums.dry[channel] = ladder_take(&work->memory, LADDER_FRAMES * sizeof(float));
        work->sums.send[channel] = ladder_take(&work->memory, LADDER_FRAMES * sizeof(float));
    }
    work->sums.drive = ladder_take(&work->memory, (LADDER_CELLS + 1) * sizeof(float));
}

void work_sums_give(struct work *work) {
    for (int channel = 0; channel < 2; channel++) {
        ladder_give(&work->memory, work->sums.dry[channel]);
        ladder_give(&work->memory, work->sums.send[channel]);
    }
    ladder_give(&work->memory, work->sums.drive);
}

static void add(struct work *work, uint32_t at, double left, double right) {
    double x[2] = {left * work->level, right * work->level};
    for (int channel = 0; channel < 2; channel++) {
        work->sums.dry[channel][at] += (float)x[channel];
        work->sums.send[channel][at] += (float)(x[channel] * work->send);
    }
}

// One note, frame by frame, each law evaluated at every frame.
static void note_render(const struct work *work, const struct voice_note *note,
                        const struct sine *sines, uint32_t count, float *left, float *right) {
    for (uint32_t i = 0; i < LADDER_FRAMES; i++) {
        int64_t at = work->span.from + i;
        if (i / CELL_FRAMES % work->thinning || at < note->onset || at >= note->end) continue;
        double n = (double)(at - note->onset), level = 0, sum[2] = {0, 0};
        for (uint32_t s = 0; s < count; s++) {
            if (s == 0 || sines[s].carrier != sines[s - 1].carrier)
                level = sines_level(note, sines[s].carrier, &work->controls, n);
            double turns = sines_turns(&sines[s], n);
            double y = level * cos(TWO_PI * (turns - floor(turns)));
            sum[0] += sines[s].gain[0] * y;
            sum[1] += sines[s].gain[1] * y;
        }
        left[i] = (float)sum[0];
        right[i] = (float)sum[1];
    }
}

void scalar_note_by_note(struct work *work) {
    for (uint32_t i = 0; i < work->span.note_count; i++) {
        const struct voice_note *note = &work->notes[work->span.notes[i].note];
        uint32_t count = sines_count(note);
        struct sine *sines = ladder_take(&work->memory, count * sizeof *sines);
        float *left = ladder_take(&work->memory, LADDER_FRAMES * sizeof *left);
        float *right = ladder_take(&work->memory, LADDER_FRAMES * sizeof *right);
        sines_make(note, &work->controls, sines);
        note_render(work, note, sines, count, left, right);
        for (uint32_t f = 0; f < LADDER_FRAMES; f++)
            add(work, f, left[f], right[f]);
        ladder_give(&work->memory, right);
        ladder_give(&work->memory, left);
        ladder_give(&work->memory, sines);
    }
}

// ------------------------------------------------------------------- all notes, cell by cell

struct sine_list scalar_list_take(struct work *work) {
    struct sine_list list = {NULL, 0};
    uint32_t most = 0;
    for (uint32_t i = 0; i < work->span.note_count; i++)
        most += sines_count(&work->notes[work->span.notes[i].note]);
    list.sines = ladder_take(&work->memory, most * sizeof *list.sines);
    for (uint32_t i = 0; i < work->span.note_count; i++) {
        list.count += sines_make(&work->notes[work->span.notes[i].note], &work->controls,
                                 list.sines + list.count);
    }
    return list;
}

void scalar_list_give(struct work *work, struct sine_list *list) {
    ladder_give(&work->memory, list->sines);
}

typedef void cell_fn(const struct sine *sine, double n, double level, double rise,
                     double sum[2][CELL_FRAMES]);

static void cell_sine(const struct sine *sine, double n, double level, double rise,
                      double sum[2][CELL_FRAMES]) {
    for (int m = 0; m < CELL_FRAMES; m++) {
        double turns = sines_turns(sine, n + m);
        double y = (level + rise * m) * cos(TWO_PI * (turns - floor(turns)));
        sum[0][m] += sine->gain[0] * y;
        sum[1][m] += sine->gain[1] * y;
    }
}

// The drift is a straight line inside a cell.
static void cell_recurrence(const struct sine *sine, double n, double level, double rise,
                            double sum[2][CELL_FRAMES]) {
    double from = sines_turns(sine, n), to = sines_turns(sine, n + CELL_FRAMES);
    double angle = TWO_PI * (from - floor(from)), step = TWO_PI * (to - from) / CELL_FRAMES;
    double c = cos(angle), s = sin(angle), dc = cos(step), ds = sin(step);
    for (int m = 0; m < CELL_FRAMES; m++) {
        double y = (level + rise * m) * c, next = c * dc - s * ds;
        s = s * dc + c * ds;
        c = next;
        sum[0][m] += sine->gain[0] * y;
        sum[1][m] += sine->gain[1] * y;
    }
}

// All sines in one loop; levels once per cell, in a straight line from one to the next.
static void cells_render(struct work *work, const struct sine_list *list, cell_fn *render) {
    double sum[2][CELL_FRAMES], level = 0, rise = 0;
    for (uint32_t cell = 0; cell < LADDER_CELLS; cell += work->thinning) {
        int64_t from = work->span.from + (int64_t)cell * CELL_FRAMES;
        memset(sum, 0, sizeof sum);
        for (uint32_t i = 0; i < list->count; i++) {
            const struct sine *sine = &list->sines[i];
            const struct voice_note *note = sine->note;
            if (from + CELL_FRAMES <= note->onset || from >= note->end) continue;
            double n = (double)(from - note->onset);
            if (i == 0 || note != sine[-1].note || sine->carrier != sine[-1].carrier) {
                level = sines_level(note, sine->carrier, &work->controls, n);
                double next = sines_level(note, sine->carrier, &work->controls, n + CELL_FRAMES);
                rise = (next - level) / CELL_FRAMES;
            }
            render(sine, n, level, rise, sum);
        }
        for (uint32_t m = 0; m < CELL_FRAMES; m++)
            add(work, cell * CELL_FRAMES + m, sum[0][m], sum[1][m]);
    }
}

void scalar_sines(struct work *work, const struct sine_list *list) {
    cells_render(work, list, cell_sine);
}

void scalar_recurrence(struct work *work, const struct sine_list *list) {
    cells_render(work, list, cell_recurrence);
}

void scalar_batched(struct work *work) {
    struct sine_list list = scalar_list_take(work);
    scalar_sines(work, &list);
    scalar_list_give(work, &list);
}
