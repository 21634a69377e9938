// The listeners of a soak run in real time: real WebSocket connections, on a thread of their own
// that alone touches the network library. crowd.c is the connections, people.c what the people
// behind them do. The run's thread starts it, tells it which fault is under way, and looks.
#ifndef PROFILING_SOAK_CROWD_H
#define PROFILING_SOAK_CROWD_H

#include <libwebsockets.h>
#include <pthread.h>

#include "profiling/soak/client.h" // struct client
#include "profiling/soak/faults.h" // enum soak_fault
#include "server/protocol.h"       // REPLY_BYTES_MAX

enum {
    CROWD_STORM = 12,       // that come at once, in a storm
    CROWD_ROOM = 4,         // places that the server has beyond its listeners
    CROWD_SCENES_MAX = 64,
    OUTBOX_SLOTS = 4,
    OUTBOX_BYTES = 192,
    INBOX_BYTES = REPLY_BYTES_MAX + 1024,
};

enum member_state { MEMBER_AWAY, MEMBER_ASKING, MEMBER_THERE };

struct crowd;

struct member {
    struct crowd *crowd;
    uint32_t index, piece;
    enum member_state state;
    struct lws *connection;
    struct client client;
    bool welcome;       // it comes back when it is away
    bool leaving;       // it was told to go: its end is no fault
    bool stalled;       // it does not read
    int64_t back_ns;    // when it comes (again)
    int64_t excused_ns; // until then what it misses is its own fault
    int64_t stats_ns, resume_ns; // when those are due
    uint32_t out_count;
    char out[OUTBOX_SLOTS][OUTBOX_BYTES];
    uint32_t in_size;
    char in[INBOX_BYTES];
};

struct crowd_wish {
    int port;
    uint32_t listeners, pieces;
    bool churn;
    double seconds;                // that the run will take, for the pace of what people do
    const char *const *scenes;     // slugs; they stay
    uint32_t scene_count;
};

struct crowd {
    struct crowd_wish wish;
    pthread_t thread;
    pthread_mutex_t mutex; // recursive: the library calls back from within calls
    struct lws_context *lws;
    lws_sorted_usec_list_t timer;
    bool stop;       // the thread is to end
    bool closing;    // everybody goes, nobody comes
    uint32_t random;
    enum soak_fault fault;
    bool stall_asked, storm_asked, visit_asked;
    bool guests; // all places are taken, by some of those who make the storm
    int64_t churn_ns, change_ns, story_ns, whim_ns; // when they are due
    int64_t hand_min_ns;                            // since the last look
    uint64_t joined, whims;
    struct tally tallies[FAULT_TALLIES];
    struct client_meters meters[2]; // without and with a fault that excuses
    struct client_story story;
    uint32_t count; // members: listeners, and behind them the storm
    struct member *members;
};

// What the run's thread sees of it.
struct crowd_view {
    uint32_t there, playing;
    double hand_min_ms; // at worst since the look before; below 0: nothing arrived
    struct tally tallies[FAULT_TALLIES];
};

// Starts the thread; everybody comes, and guests to fill all places. False: no memory or no
// threads. CROWD is large: static.
bool crowd_open(struct crowd *crowd, const struct crowd_wish *wish);

void crowd_look(struct crowd *crowd, struct crowd_view *view);

// From now on FAULT is under way (FAULT_NONE: none). BEGINS: its clients' part begins or ends.
void crowd_fault(struct crowd *crowd, enum soak_fault fault, bool begins);

// Those who filled the places leave. Until then every place is used, so that all of the server's
// memory is touched before growth is judged.
void crowd_guests_leave(struct crowd *crowd);

// No more changes: what was asked for is answered before the run ends.
void crowd_calm(struct crowd *crowd);

// Everybody leaves; ends the thread. Fine for a zeroed struct.
void crowd_close(struct crowd *crowd);

// --- within the crowd; network thread, mutex held

// A number from 0 to BELOW - 1.
uint32_t crowd_chance(struct crowd *crowd, uint32_t below);

// Connects; or ends the connection.
void member_come(struct member *member, int64_t now_ns);
void member_leave(struct member *member, int64_t back_ns);

// Puts a message into the outbox; false when it is full.
bool member_say(struct member *member, const char *text);

// What people do at NOW_NS. Called every few tens of milliseconds.
void crowd_people(struct crowd *crowd, int64_t now_ns);

#endif
