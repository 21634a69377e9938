// Named ranges of time: what a thread is doing just now, for the histograms of the stages
// (meters.h) and for tools that watch the program from outside (Nsight Systems and others that
// speak NVTX 3).
//
// A leaf: engine, gpu and server mark their stages with it. A range costs two looks at the clock
// and one recorded value, about 0.1 us in all; without a tool attached nothing more. Ranges of one
// thread nest, up to RANGE_DEPTH_MAX deep, and end in reverse order. Any thread; never allocates
// once a tool has been found or not.
#ifndef PROFILING_RANGE_H
#define PROFILING_RANGE_H

// The stages of the sound's way, by the names that tools show.
#define RANGES(X)                                                              \
    X(COMPOSE, "compose") /* the notes of a batch of spans */                  \
    X(SUBMIT, "submit")   /* a batch handed to a renderer */                   \
    X(VOICES, "voices")   /* notes into buses (a GPU: their launch) */         \
    X(EFFECTS, "effects") /* reverb and echo; on the processor master as well */ \
    X(MASTER, "master")   /* limiter and output */                             \
    X(COPY, "copy")       /* samples on their way from a GPU */                \
    X(ENCODE, "encode")   /* one Opus packet */

enum { RANGE_DEPTH_MAX = 8 };

enum range {
#define RANGE_ID(id, text) RANGE_##id,
    RANGES(RANGE_ID)
#undef RANGE_ID
    RANGE_COUNT
};

// Asks for a tool, once; before the threads that mark ranges start. Calling it again does nothing.
void range_open(void);

void range_begin(enum range range);
void range_end(void);

#endif
