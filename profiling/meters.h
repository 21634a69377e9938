// What a running program knows about its own times: one histogram for each stage of the sound's way
// and for the waits that listeners notice. Always on; `/metrics`, `/v1/status` and `aeolian top`
// show them, the soak judges by them.
//
// A leaf, and process-wide, as ranges are: two engines of one process share them. The stages come
// first and in the order of range.h, whose range_end records them. Any thread; no allocation.
#ifndef PROFILING_METERS_H
#define PROFILING_METERS_H

#include <stdint.h>

#include "profiling/histogram.h" // struct histogram
#include "profiling/range.h"     // RANGES

// Names as they are shown, and what is measured, a sentence for people who read /metrics.
#define METER_WAITS(X)                                                                        \
    X(TICK, "tick", "Engine's work in one tick, of 100 ms that there are.")                   \
    X(BATCH, "batch", "A batch from its submission until it is done.")             \
    X(SYNTHESIS, "synthesis", "One offline call that renders a phrase or more.")              \
    X(DELIVERY, "delivery", "A message of audio from being queued until it is written.")      \
    X(CONTROL, "control_to_heard", "A change from its arrival until it begins to be heard.")  \
    X(FIRST_AUDIO, "first_audio", "From the request for an upgrade to the first audio.")      \
    X(QUEUE, "queue_depth", "Messages in a listener's queue, at each one that is added.")

enum meter {
    METER_STAGES = RANGE_COUNT, // meters below are stages: enum range
    METER_BEFORE_WAITS = METER_STAGES - 1,
#define METER_ID(id, name, help) METER_##id,
    METER_WAITS(METER_ID)
#undef METER_ID
    METER_COUNT
};

// The histogram of METER: nanoseconds, but messages for METER_QUEUE.
struct histogram *meter_of(enum meter meter);

// "compose", "tick" and so on; and the sentence ("" for stages). Static text.
const char *meter_name(enum meter meter);
const char *meter_help(enum meter meter);

// Adds VALUE to METER.
void meter_record(enum meter meter, uint64_t value);

// Makes all memory of the meters resident, 3 MB (resources_touch). Before the threads that record.
void meters_touch(void);

// Nanoseconds of CLOCK_MONOTONIC.
int64_t meter_now_ns(void);

#endif
