// One listener: a session of the engine, an encoder, the queues between the engine's threads and
// the network thread, and what the protocol remembers of it. Nothing here knows sockets.
//
// Threads: the engine's worker and engine threads only encode and fill queues (the callbacks at the
// end); everything else runs on the network thread. Memory: all listeners are allocated at start,
// about 290 kB each: 103 kB packets, 48 kB encoder, 87 kB receipts, 24 kB phrases, 20 kB the rest.
//
// Pacing: a clock that runs at real time from the moment the listener joined says what it hears
// now; the engine renders LEAD_MS beyond that. A pause stops the clock.
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include "server/encoder_pool.h"   // encoder, encoder_pool
#include "server/session_closer.h" // session_closer
#include "server/protocol.h"       // message, protocol_error
#include "server/stream_query.h"   // stream_query

struct lws;

enum {
    LEAD_MS = 1000 * AEO_LEAD_FRAMES / AEO_SAMPLE_RATE,
    PHRASE_SLOTS = 4,        // phrases last 8 s and more: half a minute of a listener that stalls
    RECEIPT_SLOTS = 16,      // as many changes as the engine lets wait
    REPLY_SLOTS = 24,        // errors and pongs: more than one second of messages
    MESSAGES_PER_S_MAX = 20, // more are rate_limited
    RATE_CLOSE_S = 5,        // ... and 1008 after this long
    STALL_CLOSE_S = 30,      // taking nothing for this long ends the connection
};

// An answer made on the network thread itself.
struct reply {
    bool is_pong;
    double t; // pong
    struct protocol_error error;
};

// What the listener's message count says: answer it, refuse it, or end the connection.
enum rate_verdict { RATE_FINE, RATE_OVER, RATE_CLOSE };

// Why a connection ended, by the names that are shown.
#define LISTENER_ENDS(X)                                                 \
    X(LEFT, "left")         /* the other side closed, or is gone */      \
    X(STALLED, "stalled")   /* took nothing for STALL_CLOSE_S */         \
    X(FLOOD, "flood")       /* too many messages for RATE_CLOSE_S */     \
    X(BINARY, "binary")     /* sent what no listener may send */         \
    X(TOO_BIG, "too_big")   /* ... and a message over MESSAGE_BYTES_MAX */ \
    X(SHUTDOWN, "shutdown") /* the server is ending */

enum listener_end {
#define LISTENER_END(id, name) END_##id,
    LISTENER_ENDS(LISTENER_END)
#undef LISTENER_END
    END_COUNT
};

// A change that waits for its receipt.
struct change_asked {
    int64_t at_us; // when it came
    bool at_once;  // some of it acts at once, and not only at a musical boundary
};

// Answered changes that a trace follows until their first sound is sent.
enum { SOUNDING_MAX = 8 };
struct change_sounding {
    uint64_t flow, id;
    int64_t heard_at;
};

struct listener {
    uint32_t index;
    bool in_use;         // the network thread deals with it
    _Atomic bool closed; // no session writes to it: the place is free once it is not in use either
    aeo_session *session;
    struct lws *connection; // NULL until the WebSocket is established
    char name[17];          // random, for hello and the log
    aeo_session_info info;  // as of play_from
    int64_t play_from;      // first frame to be heard
    int64_t start;          // first frame to be rendered, before it by the pre-roll
    uint32_t bitrate;

    // Written by the engine's threads, read by the network thread.
    struct encoder *encoder;
    struct slot_queue packets;  // struct packet_slot
    struct slot_queue phrases;  // aeo_phrase
    struct slot_queue receipts; // aeo_receipt

    // The pacing clock.
    bool paused;
    int64_t clock_us;         // monotonic time at which ...
    int64_t clock_position;   // ... this frame was heard
    int64_t heard_lag_frames; // how far behind the clock the player says it is

    // The message being received and the answers that wait.
    char inbox[MESSAGE_BYTES_MAX];
    size_t inbox_bytes;
    struct reply replies[REPLY_SLOTS];
    uint32_t replies_written, replies_sent;
    uint32_t changes_waiting; // requests without a receipt so far
    uint32_t changes_answered;
    uint32_t sounding_count;
    struct change_sounding sounding[SOUNDING_MAX];
    struct change_asked changes[RECEIPT_SLOTS]; // in order; the next receipt is for the one at
                                                // changes_answered
    int64_t rate_window_us, rate_over_us;
    uint32_t rate_count;

    // What has been sent.
    bool hello_sent, bye_due, bye_sent;
    int64_t sent_until;  // the first frame after what was sent
    int64_t progress_us; // when something was last sent, or nothing was waiting
    int64_t joined_us;
    int64_t claimed_ns; // when its upgrade was asked for
    uint64_t messages_sent, underruns;
    enum listener_end end; // why, should it end now
};

struct listeners {
    struct listener *items;
    uint32_t count, in_use;
    uint64_t joined;         // whose music has begun, since the start
    uint64_t dropped_before; // packets dropped of listeners that have left
    uint64_t underruns;      // that players told of
    uint64_t packets_sent, bytes_sent; // written to the network library
    uint64_t ended[END_COUNT];
    struct encoder_pool encoders;
    struct session_closer closer;
    struct packet_slot *packet_memory;
    aeo_phrase *phrase_memory;
    aeo_receipt *receipt_memory;
};

// Microseconds of CLOCK_MONOTONIC.
int64_t clock_now_us(void);

// Allocates COUNT listeners. False: out of memory; listeners_close may be called all the same.
bool listeners_open(struct listeners *listeners, uint32_t count, int opus_complexity);

// Waits until all sessions are closed; all listeners must have been released. After it the engine
// may be closed.
void listeners_stop(struct listeners *listeners);

// Frees the listeners. After listeners_stop; fine for a zeroed struct.
void listeners_close(struct listeners *listeners);

// Takes a free place and opens a session as QUERY asks. NULL: ERROR says why (CODE_FULL when there
// is no place); nothing is held then.
struct listener *listener_claim(struct listeners *listeners, aeo_engine *engine,
                                const struct stream_query *query, struct protocol_error *error);

// Gives the listener up. The place is free again as soon as its session is closed, which a thread
// of its own sees to; the caller does not wait.
void listener_release(struct listeners *listeners, struct listener *listener);

// The WebSocket is open: starts the music and the clock. False: the engine refuses.
bool listener_start(struct listener *listener, struct lws *connection, int64_t now_us);

// Moves the engine on to what the clock asks for. Call it every few tens of milliseconds.
void listener_pace(struct listener *listener, int64_t now_us);

// What the listener hears now if it began to play when it joined.
int64_t listener_clock_position(const struct listener *listener, int64_t now_us);

// Stops or continues the clock. What is already rendered is sent all the same; the music plays on
// from there.
void listener_pause(struct listener *listener, bool pause, int64_t now_us);

// True when something has been waiting to be sent for STALL_CLOSE_S.
bool listener_stalled(struct listener *listener, int64_t now_us);

// Counts a message against the limit.
enum rate_verdict listener_rate(struct listener *listener, int64_t now_us);

// Asks for bye and the close after it.
void listener_dismiss(struct listener *listener);

// Packets dropped since the start, of all listeners.
uint64_t listeners_dropped(const struct listeners *listeners);

// What all listeners together look like now.
struct listeners_view {
    uint32_t queue_depth_max;           // messages that wait in the longest queue
    uint32_t pacing;                    // listeners that have had music and are not paused
    int64_t lead_ms_min, lead_ms_mean;  // of those: sent ahead of what is heard
};
void listeners_look(const struct listeners *listeners, int64_t now_us,
                    struct listeners_view *view);

// Acts on the complete message in the inbox and empties it.
void listener_take_message(struct listeners *listeners, struct listener *listener,
                           aeo_engine *engine, int64_t now_us);

// Queues an error to be sent. Where too many wait, it is left out.
void listener_refuse(struct listener *listener, const struct protocol_error *error);

// What is to be sent next.
enum outgoing {
    OUTGOING_NOTHING,
    OUTGOING_TEXT,  // the JSON written to the caller's buffer
    OUTGOING_AUDIO, // the front of `packets`
    OUTGOING_CLOSE, // bye is out: close with 1001
};

// Decides what goes out next and writes it to JSON if it is text, which then counts as sent. The
// order is hello, answers, receipts, a phrase before the music it begins in, music.
enum outgoing listener_next(struct listener *listener, const aeo_engine *engine,
                            struct json_text *json, int64_t now_us);

// The front of `packets` went out.
void listener_audio_sent(struct listeners *listeners, struct listener *listener, int64_t now_us);

// The engine's callbacks; `user` is not used, the session's user is the listener.
void listener_on_span(void *user, aeo_session *session, void *session_user, const aeo_span *span);
void listener_on_receipt(void *user, aeo_session *session, void *session_user,
                         const aeo_receipt *receipt);

#endif
