// Time of the test's own for a whole program: the monotonic clock stands, and goes on to the next
// tick when the engine thread would sleep until then. So hours of live music take as long as their
// work does, and how long something waited is a number and not a measurement. Linked into a test it
// takes the place of the C library's functions. One live engine at a time.
#ifndef TESTS_GPU_OWN_TIME_H
#define TESTS_GPU_OWN_TIME_H

#include <stdbool.h>
#include <stdint.h>

int64_t own_time_ns(void);

// Set before an engine is started; NULL: nothing of the kind. Called on the engine thread.
extern void (*own_time_moved)(void);    // the time has gone on
extern bool (*own_time_nap_passes)(void); // whether a nap between two questions takes time, too

#endif
