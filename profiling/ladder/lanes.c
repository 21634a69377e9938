// The rungs on lanes, through the product's own tables of functions.
#include "profiling/ladder/work.h" // struct work

void lanes_voices(struct work *work, const struct lanes_cpu *lanes, void *scratch) {
    for (uint32_t done = 0; done < LADDER_CELLS;) {
        uint32_t cells = LADDER_CELLS - done < CHUNK_CELLS ? LADDER_CELLS - done : CHUNK_CELLS;
        uint32_t at = done * CELL_FRAMES;
        const struct mix_sums *all = &work->sums;
        const struct mix_sums sums = {{all->dry[0] + at, all->dry[1] + at},
                                      {all->send[0] + at, all->send[1] + at},
                                      all->drive + done};
        lanes->cells_render(&work->span, work->notes, work->span.from / CELL_FRAMES + done, cells,
                            &sums, scratch);
        done += cells;
    }
}

void lanes_effects(struct work *work, const struct lanes_cpu *lanes, void *state, void *scratch,
                   float *out) {
    lanes->effects_reset(state);
    lanes->effects_render(state, &work->span.effects, &work->sums, out, scratch);
}
