// What the people behind a soak's listeners do: they come, move controls, change scenes, pause, go
// and come again; and, when the run says so, some of them misbehave. See crowd.h. Listener 0 stays
// and moves one control now and then, so that what it hears can be made again.
#include "profiling/soak/crowd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define SECOND INT64_C(1000000000)

enum { STALL_RECEIVE_BYTES = 4096 };

static int64_t seconds(double s) {
    return (int64_t)(s * 1e9);
}

// Somebody but listener 0 and those who misbehave; NULL when chance finds none.
static struct member *anybody(struct crowd *crowd) {
    if (crowd->wish.listeners < 2) return NULL;
    struct member *member =
        &crowd->members[1 + crowd_chance(crowd, crowd->wish.listeners - 1)];
    bool free = member->state == MEMBER_THERE && member->client.playing && !member->stalled &&
                !member->leaving;
    return free ? member : NULL;
}

static void change(struct member *member, const char *name, int64_t now_ns) {
    char text[OUTBOX_BYTES];
    aeo_setting setting = {(uint32_t)aeo_control_find(name),
                           crowd_chance(member->crowd, 1001) / 1000.0};
    if (member->client.changed_ns != 0 || member->out_count == OUTBOX_SLOTS) return;
    if (client_change(&member->client, setting, text, sizeof text, now_ns))
        member_say(member, text);
}

// A pause, its end, or another scene.
static void whim(struct crowd *crowd, struct member *member, int64_t now_ns) {
    char text[OUTBOX_BYTES];
    if (member->client.paused || member->out_count) return;
    crowd->whims++;
    if (crowd_chance(crowd, 2)) {
        snprintf(text, sizeof text, "{\"type\":\"scene\",\"id\":0,\"name\":\"%.120s\"}",
                 crowd->wish.scenes[crowd_chance(crowd, crowd->wish.scene_count)]);
        member_say(member, text);
    } else if (member_say(member, "{\"type\":\"pause\"}")) {
        client_pause(&member->client, true, now_ns);
        member->resume_ns = now_ns + SECOND + (int64_t)crowd_chance(crowd, 2000) * 1000000;
    }
}

static void churn(struct crowd *crowd, int64_t now_ns) {
    static const char *const names[] = {"density", "brightness", "space",
                                        "motion",  "tension",    "warmth"};
    struct member *member = anybody(crowd);
    if (now_ns >= crowd->change_ns && member) {
        crowd->change_ns = now_ns + SECOND / 2;
        change(member, names[crowd_chance(crowd, 6)], now_ns);
    }
    member = anybody(crowd);
    if (now_ns >= crowd->whim_ns && member) {
        crowd->whim_ns = now_ns + 5 * SECOND;
        whim(crowd, member, now_ns);
    }
    member = anybody(crowd);
    if (now_ns >= crowd->churn_ns && member) {
        crowd->churn_ns = now_ns + seconds(fmin(5.0, crowd->wish.seconds / 20.0));
        member_leave(member, now_ns + SECOND / 5 + (int64_t)crowd_chance(crowd, 1500) * 1000000);
    }
}

// ----------------------------------------------------------------------------------- each one

static void routine(struct member *member, int64_t now_ns) {
    struct crowd *crowd = member->crowd;
    char text[OUTBOX_BYTES];
    if (member->state == MEMBER_AWAY) {
        if (member->welcome && !crowd->closing && now_ns >= member->back_ns)
            member_come(member, now_ns);
        return;
    }
    if (crowd->closing && !member->leaving) {
        member_leave(member, INT64_MAX);
        return;
    }
    if (member->state != MEMBER_THERE || member->stalled) return;
    if (member->resume_ns && now_ns >= member->resume_ns &&
        member_say(member, "{\"type\":\"resume\"}")) {
        member->resume_ns = 0;
        client_pause(&member->client, false, now_ns);
    }
    if (now_ns >= member->stats_ns && member->client.playing) {
        member->stats_ns = now_ns + 5 * SECOND;
        if (client_stats(&member->client, text, sizeof text, now_ns)) member_say(member, text);
    }
}

// ------------------------------------------------------------------------------- misbehaviour

// The last listener stops reading, its socket with the smallest buffer there is; or goes on.
static void stall(struct crowd *crowd, int64_t now_ns) {
    struct member *member = &crowd->members[crowd->wish.listeners - 1];
    if (member->index == 0 || member->state != MEMBER_THERE) return;
    if (crowd->stall_asked && !member->stalled && member->client.playing &&
        !member->client.paused && !member->leaving) {
        int bytes = STALL_RECEIVE_BYTES;
        setsockopt(lws_get_socket_fd(member->connection), SOL_SOCKET, SO_RCVBUF, &bytes,
                   sizeof bytes);
        lws_rx_flow_control(member->connection, 0);
        member->stalled = true;
    } else if (!crowd->stall_asked && member->stalled) {
        member->stalled = false;
        member->excused_ns = now_ns + 5 * SECOND;
        lws_rx_flow_control(member->connection, 1);
    }
}

// They come all at once, and go all at once.
static void storm(struct crowd *crowd, int64_t now_ns) {
    for (uint32_t i = crowd->wish.listeners; i < crowd->count; i++) {
        struct member *member = &crowd->members[i];
        bool guest = crowd->guests && i < crowd->wish.listeners + CROWD_ROOM;
        bool asked = (crowd->storm_asked || guest) && !crowd->closing;
        if (asked && member->state == MEMBER_AWAY && !member->welcome) {
            member->welcome = true; // and again after a refusal, as players do
            member->back_ns = now_ns;
        } else if (!asked && member->welcome) {
            member->welcome = false;
            member_leave(member, INT64_MAX);
        }
    }
}

// Somebody goes and comes, so that the server has something to log.
static void visit(struct crowd *crowd, int64_t now_ns) {
    struct member *member = crowd->visit_asked ? anybody(crowd) : NULL;
    if (!member) return;
    crowd->visit_asked = false;
    member_leave(member, now_ns + SECOND / 2);
}

void crowd_people(struct crowd *crowd, int64_t now_ns) {
    stall(crowd, now_ns);
    storm(crowd, now_ns);
    visit(crowd, now_ns);
    for (uint32_t i = 0; i < crowd->count; i++)
        routine(&crowd->members[i], now_ns);
    struct member *first = &crowd->members[0];
    if (now_ns >= crowd->story_ns && first->client.playing) {
        crowd->story_ns = now_ns + seconds(fmax(2.0, crowd->wish.seconds / 100.0));
        change(first, "brightness", now_ns);
    }
    if (crowd->wish.churn && !crowd->closing) churn(crowd, now_ns);
}
