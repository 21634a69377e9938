// Calls of the kernel planted in the unchanged program, by standing before two functions of
// libraries (LD_PRELOAD): a getppid for each packet, on whichever thread encodes; a write each time
// the engine thread goes to sleep. tests/guards/system_calls.py must see both.
#include <dlfcn.h>
#include <opus.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

// ISO C has no cast from an object's address to a function's.
static void find_next(const char *name, void *function, size_t bytes) {
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, bytes);
}

int opus_encode_float(OpusEncoder *encoder, const float *pcm, int frames, unsigned char *packet,
                      opus_int32 cap) {
    int (*next)(OpusEncoder *, const float *, int, unsigned char *, opus_int32);
    find_next("opus_encode_float", &next, sizeof next);
    (void)getppid();
    return next(encoder, pcm, frames, packet, cap);
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until) {
    int (*next)(sem_t *, clockid_t, const struct timespec *);
    find_next("sem_clockwait", &next, sizeof next);
    ssize_t refused = write(-1, "", 1);
    (void)refused;
    return next(semaphore, clock, until);
}
