// What the tests of the CUDA renderer share: the driver under a program's feet, which is the
// simulated one or, for tests that only compare, a real one, and batches of many sessions.
// Everything here fails the running test when it does not work.
#ifndef TESTS_GPU_SUPPORT_H
#define TESTS_GPU_SUPPORT_H

#include "tests/engine/support.h" // cmocka, engine_get

// The simulated driver's own functions (tests/cudasim/cudasim.h), found where the renderer finds
// it. On a real driver they do nothing and see nothing wrong.
struct sim_calls {
    bool (*configure)(const char *text);
    uint64_t (*calls)(void);
    uint64_t (*calls_of)(const char *name);
    uint64_t (*launches)(void);
    uint64_t (*live_bytes)(void);
    uint64_t (*live_objects)(void);
    bool (*fault)(char *line, size_t cap);
};
extern struct sim_calls simulated;

// Group set-up: loads the library that AEOLIAN_LIBCUDA names, which must be the simulated driver.
int simulated_open(void **state);

// The same for tests that also run on a real driver, the system's where nothing is named. Prints
// what it is.
int driver_open(void **state);

// Nothing is left of the engine before, and it has done nothing forbidden.
void simulated_assert_clean(const char *what);

// An engine that renders with CUDA; NULL with its reason in FAULT.
aeo_engine *cuda_engine_try(uint32_t sessions, uint32_t span_frames, aeo_fault *fault);

// One for live music, each span of which goes to ON_SPAN; with the engine's own limits of time.
typedef void cuda_on_span(void *user, aeo_session *session, void *session_user,
                          const aeo_span *span);
aeo_engine *cuda_engine_live(uint32_t sessions, cuda_on_span *on_span);

// COUNT sessions of both scenes from POSITION on in batches of one span each, until each has
// FRAMES: one behind the other, free() them. Opens and closes the sessions.
float *batch_render(aeo_engine *engine, uint32_t count, int64_t position, uint32_t frames);

// The same by a fresh engine of the processor.
float *batch_reference(uint32_t count, uint32_t span_frames, int64_t position, uint32_t frames);

#endif
