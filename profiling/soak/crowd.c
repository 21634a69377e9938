// See crowd.h: the thread, the connections and their messages.
#include "profiling/soak/crowd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profiling/meters.h" // meter_now_ns

enum {
    PEOPLE_PERIOD_MS = 20,
    AGAIN_MS = 1000,       // after a refusal
    CLOSE_PATIENCE_MS = 3000,
    AT_MAX_FRAMES = 3600 * AEO_SAMPLE_RATE, // where who comes again begins to listen
};

uint32_t crowd_chance(struct crowd *crowd, uint32_t below) {
    crowd->random = crowd->random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(crowd->random >> 8) * below) >> 24);
}

// Where to count what MEMBER sees just now: as a fault's doing where one explains it.
static struct client *client_aim(struct member *member, int64_t now_ns) {
    struct crowd *crowd = member->crowd;
    bool excused = fault_excuses_all(crowd->fault);
    enum soak_fault fault = excused ? crowd->fault : FAULT_NONE;
    if (member->stalled || now_ns < member->excused_ns) fault = FAULT_CLIENT_STALL;
    if (member->index >= crowd->wish.listeners) fault = FAULT_CLIENT_STORM;
    member->client.tally = &crowd->tallies[fault];
    member->client.meters = &crowd->meters[fault != FAULT_NONE];
    member->client.story = member->index == 0 ? &crowd->story : NULL;
    return &member->client;
}

// -------------------------------------------------------------------------------- connections

void member_come(struct member *member, int64_t now_ns) {
    struct crowd *crowd = member->crowd;
    char path[256];
    int size = snprintf(path, sizeof path, "/v1/stream?scene=%.120s&seed=%u",
                        crowd->wish.scenes[member->piece % crowd->wish.scene_count],
                        member->piece + 1);
    bool again = member->client.asked_ns != 0 && member->index < crowd->wish.listeners;
    if (again && member->index && crowd_chance(crowd, 2)) // half of them go on somewhere else
        snprintf(path + size, sizeof path - (size_t)size, "&at=%u",
                 crowd_chance(crowd, AT_MAX_FRAMES));
    client_begin(client_aim(member, now_ns), now_ns);
    member->state = MEMBER_ASKING;
    member->leaving = member->stalled = false;
    member->in_size = member->out_count = 0;
    member->resume_ns = 0;
    member->stats_ns = now_ns + 5000000000;
    struct lws_client_connect_info info = {
        .context = crowd->lws,
        .address = "127.0.0.1",
        .port = crowd->wish.port,
        .path = path,
        .host = "127.0.0.1",
        .protocol = "aeolian.v1",
        .local_protocol_name = "aeolian.v1",
        .pwsi = &member->connection,
        .opaque_user_data = member,
    };
    lws_client_connect_via_info(&info); // a failure comes as an event, too
}

void member_leave(struct member *member, int64_t back_ns) {
    if (member->state == MEMBER_AWAY) return;
    member->leaving = true;
    member->back_ns = back_ns;
    if (member->stalled) lws_rx_flow_control(member->connection, 1);
    if (member->connection) lws_callback_on_writable(member->connection);
}

bool member_say(struct member *member, const char *text) {
    if (member->state != MEMBER_THERE || member->out_count == OUTBOX_SLOTS) return false;
    snprintf(member->out[member->out_count++], OUTBOX_BYTES, "%s", text);
    lws_callback_on_writable(member->connection);
    return true;
}

static int writeable(struct member *member) {
    unsigned char buffer[LWS_PRE + OUTBOX_BYTES];
    if (member->leaving) return -1; // closes
    if (member->out_count == 0) return 0;
    size_t size = strlen(member->out[0]);
    memcpy(buffer + LWS_PRE, member->out[0], size);
    int sent = lws_write(member->connection, buffer + LWS_PRE, size, LWS_WRITE_TEXT);
    if (sent < (int)size) return -1;
    memmove(member->out[0], member->out[1], sizeof member->out - OUTBOX_BYTES);
    if (--member->out_count) lws_callback_on_writable(member->connection);
    return 0;
}

// A piece of a message.
static void receive(struct member *member, const void *data, size_t size) {
    struct lws *connection = member->connection;
    int64_t now_ns = meter_now_ns();
    struct client *client = client_aim(member, now_ns);
    if (member->in_size + size > INBOX_BYTES) {
        client->tally->bad++;
        member->in_size = 0;
        return;
    }
    memcpy(member->in + member->in_size, data, size);
    member->in_size += (uint32_t)size;
    if (lws_remaining_packet_payload(connection) > 0 || !lws_is_final_fragment(connection)) return;
    size = member->in_size;
    member->in_size = 0;
    if (!lws_frame_is_binary(connection)) {
        client_text(client, member->in, size, now_ns);
        return;
    }
    client_audio(client, (const unsigned char *)member->in, size, now_ns);
    struct crowd *crowd = member->crowd;
    bool ordinary = client->tally == &crowd->tallies[FAULT_NONE] ||
                    client->tally == &crowd->tallies[crowd->fault];
    if (ordinary && client->playing && client->hand_ns < crowd->hand_min_ns)
        crowd->hand_min_ns = client->hand_ns;
}

// The connection is no more, or never was.
static void gone(struct member *member, bool refused) {
    int64_t now_ns = meter_now_ns();
    struct crowd *crowd = member->crowd;
    struct tally *tally = client_aim(member, now_ns)->tally;
    if (refused && crowd->fault == FAULT_CLIENT_STORM) tally = &crowd->tallies[FAULT_CLIENT_STORM];
    if (refused) tally->refused++;
    else if (!member->leaving && !crowd->closing) tally->broken++;
    if (!member->leaving) member->back_ns = now_ns + AGAIN_MS * INT64_C(1000000);
    if (member->stalled) member->excused_ns = now_ns + 1000000000;
    member->state = MEMBER_AWAY;
    member->connection = NULL;
    member->leaving = member->stalled = false;
}

static int member_event(struct lws *connection, struct member *member,
                        enum lws_callback_reasons reason, const void *in, size_t size) {
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        member->connection = connection;
        member->state = MEMBER_THERE;
        member->crowd->joined++;
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        receive(member, in, size);
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return member->state == MEMBER_THERE ? writeable(member) : member->leaving ? -1 : 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        gone(member, true);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        gone(member, false);
        return 0;
    default:
        return 0;
    }
}

static int on_event(struct lws *connection, enum lws_callback_reasons reason, void *unused,
                    void *in, size_t size) {
    (void)unused;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
        break;
    default:
        return 0;
    }
    struct member *member = lws_get_opaque_user_data(connection);
    if (!member) return 0;
    pthread_mutex_lock(&member->crowd->mutex);
    int result = member_event(connection, member, reason, in, size);
    pthread_mutex_unlock(&member->crowd->mutex);
    return result;
}

// ---------------------------------------------------------------------------------- the thread

static void on_timer(lws_sorted_usec_list_t *timer) {
    struct crowd *crowd = lws_container_of(timer, struct crowd, timer);
    pthread_mutex_lock(&crowd->mutex);
    crowd_people(crowd, meter_now_ns());
    pthread_mutex_unlock(&crowd->mutex);
    lws_sul_schedule(crowd->lws, 0, timer, on_timer, PEOPLE_PERIOD_MS * 1000);
}

static bool stops(struct crowd *crowd) {
    pthread_mutex_lock(&crowd->mutex);
    bool stop = crowd->stop;
    pthread_mutex_unlock(&crowd->mutex);
    return stop;
}

static void *run(void *argument) {
    struct crowd *crowd = argument;
    lws_sul_schedule(crowd->lws, 0, &crowd->timer, on_timer, 1);
    while (!stops(crowd) && lws_service(crowd->lws, 0) >= 0) {
    }
    lws_sul_cancel(&crowd->timer);
    return NULL;
}

static bool members_open(struct crowd *crowd) {
    int64_t now_ns = meter_now_ns();
    uint32_t count = crowd->wish.listeners + CROWD_STORM;
    crowd->members = calloc(count, sizeof *crowd->members);
    if (!crowd->members) return false;
    crowd->count = count;
    crowd->churn_ns = crowd->change_ns = crowd->story_ns = crowd->whim_ns = now_ns + 1000000000;
    crowd->hand_min_ns = INT64_MAX;
    crowd->fault = FAULT_NONE;
    crowd->guests = true;
    for (uint32_t i = 0; i < crowd->count; i++) {
        struct member *member = &crowd->members[i];
        *member = (struct member){.crowd = crowd, .index = i, .piece = i % crowd->wish.pieces,
                                  .welcome = i < crowd->wish.listeners, .back_ns = now_ns};
    }
    return true;
}

static const struct lws_protocols protocols[] = {
    {.name = "aeolian.v1", .callback = on_event, .rx_buffer_size = INBOX_BYTES},
    {.name = NULL},
};

bool crowd_open(struct crowd *crowd, const struct crowd_wish *wish) {
    memset(crowd, 0, sizeof *crowd);
    crowd->wish = *wish;
    crowd->random = 1;
    if (!members_open(crowd)) return false;
    lws_set_log_level(0, NULL); // what goes wrong is counted
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .fd_limit_per_thread = crowd->count + 64,
        .options = LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
    };
    crowd->lws = lws_create_context(&info);
    if (!crowd->lws) return false;
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&crowd->mutex, &recursive);
    pthread_mutexattr_destroy(&recursive);
    if (pthread_create(&crowd->thread, NULL, run, crowd) == 0) return true;
    lws_context_destroy(crowd->lws);
    crowd->lws = NULL;
    return false;
}

void crowd_look(struct crowd *crowd, struct crowd_view *view) {
    *view = (struct crowd_view){.hand_min_ms = -1.0};
    pthread_mutex_lock(&crowd->mutex);
    for (uint32_t i = 0; i < crowd->count; i++) {
        bool there = crowd->members[i].state == MEMBER_THERE;
        view->there += there;
        view->playing += there && crowd->members[i].client.playing;
    }
    memcpy(view->tallies, crowd->tallies, sizeof view->tallies);
    if (crowd->hand_min_ns != INT64_MAX) view->hand_min_ms = (double)crowd->hand_min_ns * 1e-6;
    crowd->hand_min_ns = INT64_MAX;
    pthread_mutex_unlock(&crowd->mutex);
}

void crowd_fault(struct crowd *crowd, enum soak_fault fault, bool begins) {
    pthread_mutex_lock(&crowd->mutex);
    crowd->fault = fault;
    crowd->stall_asked = fault == FAULT_CLIENT_STALL && begins;
    crowd->storm_asked = fault == FAULT_CLIENT_STORM && begins;
    crowd->visit_asked = fault == FAULT_DISK_FULL && begins;
    pthread_mutex_unlock(&crowd->mutex);
}

void crowd_guests_leave(struct crowd *crowd) {
    pthread_mutex_lock(&crowd->mutex);
    crowd->guests = false;
    pthread_mutex_unlock(&crowd->mutex);
}

void crowd_calm(struct crowd *crowd) {
    pthread_mutex_lock(&crowd->mutex);
    crowd->change_ns = crowd->story_ns = crowd->whim_ns = crowd->churn_ns = INT64_MAX;
    pthread_mutex_unlock(&crowd->mutex);
}

// Those who are still there go, and the thread ends.
static void crowd_end(struct crowd *crowd) {
    struct crowd_view view = {.there = 1};
    pthread_mutex_lock(&crowd->mutex);
    crowd->closing = true;
    pthread_mutex_unlock(&crowd->mutex);
    for (int waited_ms = 0; waited_ms < CLOSE_PATIENCE_MS && view.there > 0; waited_ms += 20) {
        struct timespec nap = {0, 20000000};
        nanosleep(&nap, NULL);
        crowd_look(crowd, &view);
    }
    pthread_mutex_lock(&crowd->mutex);
    crowd->stop = true;
    pthread_mutex_unlock(&crowd->mutex);
    lws_cancel_service(crowd->lws);
    pthread_join(crowd->thread, NULL);
    lws_context_destroy(crowd->lws);
    crowd->lws = NULL;
    pthread_mutex_destroy(&crowd->mutex);
}

void crowd_close(struct crowd *crowd) {
    if (crowd->lws) crowd_end(crowd);
    free(crowd->members);
    crowd->members = NULL;
}
