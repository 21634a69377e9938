// The thread that waits for the engine to let go of sessions; see session_closer.h. The lock is
// held for moments only, to move one entry.
#include "server/session_closer.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static void *close_sessions(void *argument) {
    struct session_closer *closer = argument;
    pthread_mutex_lock(&closer->mutex);
    while (!closer->stopping || closer->written != closer->taken) {
        if (closer->written == closer->taken) {
            pthread_cond_wait(&closer->wake, &closer->mutex);
            continue;
        }
        struct closing next = closer->queue[closer->taken++ % closer->capacity];
        pthread_mutex_unlock(&closer->mutex);
        aeo_session_close(next.session);
        atomic_store(next.done, true);
        pthread_mutex_lock(&closer->mutex);
    }
    pthread_mutex_unlock(&closer->mutex);
    return NULL;
}

bool session_closer_start(struct session_closer *closer, uint32_t capacity) {
    memset(closer, 0, sizeof *closer);
    closer->capacity = capacity;
    closer->queue = calloc(capacity, sizeof *closer->queue);
    if (!closer->queue) return false;
    pthread_mutex_init(&closer->mutex, NULL);
    pthread_cond_init(&closer->wake, NULL);
    closer->running = pthread_create(&closer->thread, NULL, close_sessions, closer) == 0;
    return closer->running;
}

void session_closer_add(struct session_closer *closer, aeo_session *session, _Atomic bool *done) {
    pthread_mutex_lock(&closer->mutex);
    assert(closer->written - closer->taken < closer->capacity);
    closer->queue[closer->written++ % closer->capacity] = (struct closing){session, done};
    pthread_cond_signal(&closer->wake);
    pthread_mutex_unlock(&closer->mutex);
}

void session_closer_stop(struct session_closer *closer) {
    if (closer->running) {
        pthread_mutex_lock(&closer->mutex);
        closer->stopping = true;
        pthread_cond_signal(&closer->wake);
        pthread_mutex_unlock(&closer->mutex);
        pthread_join(closer->thread, NULL);
        closer->running = false;
    }
    free(closer->queue);
    closer->queue = NULL;
}
