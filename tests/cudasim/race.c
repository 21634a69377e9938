// Order: who is known to be done before whom, and the detector of what nothing orders.
//
// Vector clocks (Mattern 1989; Fidge 1988): every operation carries how far each stream is known to
// be when it begins: by its own stream's order, by events its stream has waited for, and by what
// the host had seen when it enqueued it. Two operations that touch the same bytes, one of them
// writing, must be ordered so; if not, that is a race, even when it happened to go well. The log
// keeps the newest accesses only, which is enough for work that is a few batches deep.
#include <string.h>

#include "tests/cudasim/sim.h" // sim

#define LOG_MAX 16384

struct access {
    const unsigned char *from, *until;
    bool write;
    enum sim_kind kind;
    uint32_t stream;
    uint64_t number;
    struct sim_clock clock;
};
static struct access log_[LOG_MAX];
static uint64_t logged;

struct sim_ranges {
    const struct sim_op *op;
    bool outside;
};
static struct sim_ranges one; // at a time: locked

void sim_clock_join(struct sim_clock *to, const struct sim_clock *from) {
    for (int i = 0; i < SIM_CLOCKS; i++) {
        if (from->at[i] > to->at[i]) to->at[i] = from->at[i];
    }
}

void sim_races_forget(void) {
    logged = 0;
}

struct sim_ranges *sim_ranges_begin(const struct sim_op *op) {
    one = (struct sim_ranges){op, false};
    return &one;
}

bool sim_ranges_end(struct sim_ranges *ranges) {
    return !ranges->outside;
}

static const char *kind_name(enum sim_kind kind) {
    static const char *const names[] = {"a kernel", "a copy up", "a copy down", "a fill", "", ""};
    return names[kind];
}

static void races_find(const struct access *now) {
    uint64_t oldest = logged > LOG_MAX ? logged - LOG_MAX : 0;
    for (uint64_t i = logged; i-- > oldest;) {
        const struct access *then = &log_[i % LOG_MAX];
        if (then->stream == now->stream || !(then->write || now->write)) continue;
        if (then->until <= now->from || now->until <= then->from) continue;
        if (now->clock.at[then->stream] >= then->number) continue; // it is done before
        if (then->clock.at[now->stream] >= now->number) continue;  // it comes after
        sim_fault("race: %s of stream %u and %s of stream %u touch the same bytes, and no event "
                  "orders them",
                  kind_name(then->kind), then->stream, kind_name(now->kind), now->stream);
        return;
    }
}

bool sim_range(struct sim_ranges *ranges, const void *address, size_t bytes, bool write) {
    const struct sim_op *op = ranges->op;
    if (bytes == 0) return true;
    bool down = op->kind == SIM_DOWN && write, up = op->kind == SIM_UP && !write;
    if (!sim_memory_holds(down || up ? SIM_PINNED : SIM_DEVICE, address, bytes)) {
        ranges->outside = true;
        return false;
    }
    if (!sim.config.adversary) return true;
    struct access now = {address, (const unsigned char *)address + bytes, write, op->kind,
                         op->stream, op->number, op->clock};
    races_find(&now);
    log_[logged++ % LOG_MAX] = now;
    return true;
}
