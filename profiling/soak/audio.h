// The inside of the soak run that does not wait for the clock: audio_run.c renders and encodes,
// audio_sessions.c is the people who listen. Main thread.
#ifndef PROFILING_SOAK_AUDIO_H
#define PROFILING_SOAK_AUDIO_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/aeolian.h"      // aeo_engine
#include "engine/worker_pool.h"  // struct worker_pool
#include "profiling/soak/soak.h" // struct soak
#include "server/encoder_pool.h" // struct encoder_pool

#define AUDIO_PHRASE_FRAMES (16 * AEO_SAMPLE_RATE)
#define AUDIO_CHANGES_MAX 512
#define AUDIO_HASH_START UINT64_C(14695981039346656037)

struct audio_run {
    struct soak *soak;
    aeo_engine *engine;
    struct worker_pool *pool;
    struct encoder_pool encoders;
    struct packet_slot *slots;
    struct slot_queue *queues;
    aeo_session **sessions;
    float **outs;
    float *music;
    uint32_t count, random;
    uint64_t next_seed, hash;
    int64_t done_frames; // of session 0
    struct {
        int64_t frame;
        aeo_setting setting;
    } changes[AUDIO_CHANGES_MAX]; // of session 0, so that they can be made again
    uint32_t change_count;
};

// Opens a new piece in SLOT, with a fresh encoder. False when it cannot be.
bool audio_session_open(struct audio_run *run, uint32_t slot);

// What people do at TICK: they move controls; with churn, one goes and another comes.
bool audio_people(struct audio_run *run, uint64_t tick);

// FNV-1a, 64 bits, over the words of the samples.
uint64_t audio_hash(uint64_t hash, const float *interleaved, uint32_t frames);

// Renders session 0 once more, alone, on the processor, in phrases, with the changes it had, and
// compares the hashes.
bool audio_compare(struct audio_run *run);

// Notes why the run cannot go on. Always false.
bool audio_stop(struct audio_run *run, const char *what, enum aeo_status status);

#endif
