/*
 * surf_scratch.h - working memory of surf.h, apart so that voice_scratch can hold it.
 * The caller's, one per thread that renders; no content kept between calls.
 */
#ifndef AEOLIAN_VOICES_SURF_SCRATCH_H
#define AEOLIAN_VOICES_SURF_SCRATCH_H

#include "voices/lane.h"
#include "voices/surf_note.h" // struct surf_wave, SURF_OCTAVES_FINE

/* Waves that can sound in or next to a tile. */
#define SURF_WAVES 5
/* A tile's frames, two more on either side, and room for lanes. */
#define SURF_ROW (1024 + 64)
#define SURF_SHORT_ROW 64

struct surf_scratch {
    struct surf_wave wave[SURF_WAVES];
    uint32_t word[SURF_ROW];                                 /* hashed lattice of one octave */
    lane_real spline[2][2][SURF_ROW];                        /* channel, in turns: coefficients */
    lane_real coarse[2][SURF_SHORT_ROW];                     /* channel: octaves 6 and above */
    lane_real level[2][SURF_SHORT_ROW];                      /* channel: of the sea */
    lane_real gain[2][SURF_OCTAVES_FINE][SURF_SHORT_ROW];    /* channel, octave, cell */
    lane_real fine_level[SURF_SHORT_ROW], coarse_level[SURF_SHORT_ROW]; /* at cell boundaries */
};

#endif
