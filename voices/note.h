/*
 * note.h - what a note is: the patch of its layer, the composer's event, and the plain data that
 * every renderer reads.
 *
 * A note has no state. voice_note_init turns (patch, event) into a struct voice_note once, in
 * double; from then on each sample is a pure function of (note, controls, position). All of it is
 * plain data of fixed size that may be copied to another machine or to a GPU.
 *
 * The time convention: the phases of a note count from its onset exactly; its envelope lives on
 * the absolute grid of 64-frame cells, so the envelope of a pad begins at the first cell boundary
 * at or after the onset (at most 1.3 ms later). Bells begin at the very frame.
 */
#ifndef AEOLIAN_VOICES_NOTE_H
#define AEOLIAN_VOICES_NOTE_H

#include <stdint.h>

#define VOICE_RATE 48000
#define CELL_FRAMES 64 /* cell c covers frames [64 c, 64 c + 64) of the absolute time */
#define TILE_CELLS 16  /* a tile is up to 16 neighbouring cells, starting at any cell */

#define VOICE_UNISON_MAX 9
#define VOICE_CARRIERS_MAX 64
#define VOICE_BLOCK_CARRIERS 16 /* carriers are summed in blocks of 16, in ascending order */
#define VOICE_BLOCKS_MAX (VOICE_CARRIERS_MAX / VOICE_BLOCK_CARRIERS)
#define VOICE_DEGREE_MAX 4
#define VOICE_BAND_LINES_MAX 16
#define VOICE_BELL_MODES_MAX 16
#define VOICE_BELL_SECONDS 60 /* no bell rings longer */

enum voice_kind {
    VOICE_WARM_PAD,
    VOICE_WIDE_PAD,
    VOICE_SUB_DRONE,
    VOICE_BELL,
    VOICE_SURF,
    VOICE_KIND_COUNT
};

enum bell_set {
    BELL_WINE_GLASS,
    BELL_BOWL_180,
    BELL_BOWL_152,
    BELL_CHURCH,
    BELL_TUBULAR,
    BELL_UNIFORM_BAR,
    BELL_VIBRAPHONE,
    BELL_CHLADNI_PLATE,
    BELL_HANDBELL,
    BELL_RISSET,
    BELL_SET_COUNT
};

/* A layer's instrument: constant per layer of a scene; every number comes from the scene file. */
struct voice_patch {
    uint32_t voice;      /* enum voice_kind */
    uint32_t bell_set;   /* enum bell_set, VOICE_BELL only */
    float attack_s;      /* pads: A, held to >= 0.5; bells 0.004 up; surf: ramp */
    float release_s;     /* pads: R, held to >= 0.5 */
    float decay_s;       /* tau_D of the envelope law; bells: T60 of the longest mode at 440 Hz,
                            0 = the set's own */
    float sustain;       /* S, 0..1 */
    float release_shape; /* k of the release: 6 natural, 0 complementary cross-fade */
    float rolloff;       /* p: amplitude of partial k is k^-p */
    float cutoff_hz;     /* fc0; 0 = no filter */
    float cutoff_order;  /* 2q: 4 = 12 dB per octave, 8 = 24 dB per octave */
    float cutoff_env_oct, cutoff_lfo_oct, cutoff_lfo_hz;
    float resonance;              /* r of the bump at the cutoff, 0..0.6 */
    uint32_t partials_max;        /* harmonics, 1..48; bells: 0 = all modes */
    uint32_t unison;              /* U of the warm pad, 1..9; M lines of the wide pad, 1..16 */
    float detune_cents;           /* of the outermost unison */
    float drift_cents, drift_hz;  /* slow wandering of each unison */
    float bandwidth_cents;        /* wide pad: bw of harmonic 1 */
    float bandwidth_scale;        /* wide pad: growth of the bandwidth with k, 1 = constant cents */
    float inharmonicity;          /* wide pad: B of k sqrt(1 + B k^2) */
    float width;                  /* w 0..1, stereo spread above 1 kHz */
    float beat_hz;                /* sub drone: beat of its second copy */
    float pwm_depth, pwm_hz;      /* warm pad: pulse width 0.5 +- depth (0 = saw) */
};

/* What the composer says of one note. */
struct voice_event {
    int64_t onset, off;  /* frames; off: the release begins (bells ignore it) */
    double midi;         /* pitch, humanised detune included; surf: unused */
    float velocity;      /* 0..1 */
    float loudness_lufs; /* its own K-weighted loudness while sustained (bells: at the strike) */
    float detune_scale;  /* latched warmth: 0.7..1.3, 1 = neutral */
    float pan;           /* -1..1, the whole note (bells) */
    uint32_t layer;      /* index of the layer in its scene */
    uint32_t id[2];      /* Philox counter words that name the note */
    uint64_t seed;       /* Philox key */
};

/* Spectrum and movement that every tonal voice has (partial.h explains the law). */
struct voice_tone {
    float log2_f0;         /* log2 of the fundamental in Hz */
    float log2_gain;       /* level of partial 1 before filters */
    float rolloff;         /* p, velocity included */
    float log2_cutoff;     /* log2 of fc0 */
    float cutoff_power;    /* 2q; 0 = no filter */
    float cutoff_env, cutoff_lfo; /* octaves */
    float resonance;
    uint32_t lfo_phase, lfo_inc; /* of the filter: turns / 2^32 at the onset, per frame */
    float pwm_depth;
    uint32_t pwm_phase, pwm_inc;
};

/* Envelope s(t/A) (S + (1-S) 2^(-t decay)) (1 - s(x)) 2^(-k x), t from `start`, x from `off`. */
struct voice_envelope {
    uint32_t start;      /* frames from onset to the origin (pads: 0..63) */
    uint32_t off;        /* frames from onset to the release */
    float attack_rate;   /* 1 / A, per frame; 0 = none (bells shape theirs per sample) */
    float decay_rate;    /* log2 per frame */
    float sustain;
    float release_rate;  /* 1 / R, per frame */
    float release_shape; /* k */
};

/* Warm pad: U unisons, each a harmonic series of its own phase. Index 0.. ascending in pitch. */
struct voice_unison {
    uint32_t sub;                                   /* 1: carrier 0 is the sub-octave sine */
    float sub_gain;                                 /* of its line, per channel */
    uint32_t inc[VOICE_UNISON_MAX];                 /* fundamental, turns / 2^32 per frame */
    uint32_t phase[VOICE_UNISON_MAX];               /* at the onset */
    uint32_t drift_inc[VOICE_UNISON_MAX];           /* LFO */
    uint32_t drift_phase[VOICE_UNISON_MAX];         /* LFO at the onset */
    float drift_turns[VOICE_UNISON_MAX];            /* A of A sin: turns of the fundamental */
    float gain[VOICE_UNISON_MAX];                   /* 1/sqrt(U), centre +1 dB */
};
/* Wide pad: each harmonic is a band of M lines at Gaussian quantiles. Sub drone: M = 2. Whole
 * numbers, so that line frequencies are the same on every target: the offset of line m is
 * sigma x (quantile + jitter h), h hashed in [-1, 1) (band_lines in wide_pad.h). */
struct voice_band {
    uint32_t sigma[VOICE_CARRIERS_MAX];      /* turns / 2^32 per frame, a multiple of 8 */
    uint32_t quantile[VOICE_BAND_LINES_MAX]; /* plus 4, in units of 2^-29 */
    uint32_t jitter[VOICE_BAND_LINES_MAX];   /* in units of 2^-14, below 1 */
    float line_gain[VOICE_BAND_LINES_MAX];
};
/* Bells: modes of one or two lines. Line l of mode i has index 2 i + l. */
struct voice_modes {
    float attack_rate;                              /* 1 / A, per frame; per sample, not per cell */
    uint32_t attack_frames;
    float line_gain[2 * VOICE_BELL_MODES_MAX];      /* 0: the line is not there */
    float decay_rate[2 * VOICE_BELL_MODES_MAX];     /* log2 per frame */
    int32_t offset[2 * VOICE_BELL_MODES_MAX];       /* of the line from its mode, 2^-32 turns */
    uint32_t phase[2 * VOICE_BELL_MODES_MAX];       /* at the onset */
    uint32_t frames[2 * VOICE_BELL_MODES_MAX];      /* silent from this many frames on */
    float pan_left[VOICE_BELL_MODES_MAX], pan_right[VOICE_BELL_MODES_MAX];
};
/* Surf: its own numbers, see surf.h. */
struct voice_surf {
    uint32_t word[16];
    float number[48];
};

/* All that renders one note. Fill with voice_note_init; plain data; read-only afterwards. */
struct voice_note {
    int64_t onset, off; /* frames */
    int64_t end;        /* first frame from which the note is exactly 0 */
    uint64_t seed;
    uint32_t id[2];
    uint32_t voice; /* enum voice_kind */
    uint32_t layer, bus; /* the layer of the scene; the bus is the layer's */
    uint32_t carrier_count;
    uint32_t line_count;    /* unisons, band lines or 1..2 doublet lines per carrier */
    uint32_t channel_count; /* 1: mono, both buses get the same */
    float width;
    uint32_t degree[VOICE_BLOCKS_MAX];            /* of the in-cell polynomial, per block */
    float carrier_range[VOICE_CARRIERS_MAX];      /* largest |rate| of a line, rad / 32 frames */
    uint32_t carrier_inc[VOICE_CARRIERS_MAX];     /* turns / 2^32 per frame */
    float carrier_level[VOICE_CARRIERS_MAX];      /* fixed factor: Nyquist guard, table levels */
    struct voice_tone tone;
    struct voice_envelope envelope;
    union {
        struct voice_unison unison; /* VOICE_WARM_PAD */
        struct voice_band band;     /* VOICE_WIDE_PAD, VOICE_SUB_DRONE */
        struct voice_modes modes;   /* VOICE_BELL */
        struct voice_surf surf;     /* VOICE_SURF */
    } body;
};

/*
 * Fills NOTE from PATCH and EVENT. Pure, double arithmetic without libm, no allocation, any
 * thread; costs some 10 microseconds (loudness by arithmetic), so a caller keeps its notes.
 * The level: sustained at neutral controls (brightness 0.5, warmth 0, motion 0.5) the note has
 * EVENT's K-weighted loudness. NOTE->end is at most off + release + 64 frames; bells end by
 * themselves within VOICE_BELL_SECONDS. Numbers outside their ranges are held to them.
 */
void voice_note_init(struct voice_note *note, const struct voice_patch *patch,
                     const struct voice_event *event);

/*
 * Longest time in frames that a note of PATCH can sound after its off (bells: after its onset).
 */
int64_t voice_tail_frames(const struct voice_patch *patch);

#endif
