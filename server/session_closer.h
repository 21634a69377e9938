// Closes sessions in a thread of its own. aeo_session_close waits for the batch under way, which
// may be several milliseconds; were the network thread to wait for that, a crowd that leaves would
// be heard by those who stay. The queue holds as many sessions as there are, so it is never full.
#ifndef SERVER_SESSION_CLOSER_H
#define SERVER_SESSION_CLOSER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/aeolian.h" // aeo_session

struct closing {
    aeo_session *session;
    _Atomic bool *done; // set when the session is closed
};

struct session_closer {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct closing *queue; // a ring of `capacity`
    uint32_t capacity, written, taken;
    bool running, stopping;
};

// Starts the thread. CAPACITY: sessions that may wait at one time. False: out of memory or threads;
// session_closer_stop may be called all the same.
bool session_closer_start(struct session_closer *closer, uint32_t capacity);

// Hands SESSION over; *DONE becomes true once no callback for it runs any more. Network thread;
// does not wait.
void session_closer_add(struct session_closer *closer, aeo_session *session, _Atomic bool *done);

// Closes what is waiting and ends the thread. Fine for a zeroed struct.
void session_closer_stop(struct session_closer *closer);

#endif
