// The faults of a soak run in real time, as they come due; see live.h. Main thread.
#include <signal.h>

#include "profiling/soak/fault_page.h" // struct fault_page
#include "profiling/soak/live.h"

#define CLOCK_STEP_NS INT64_C(3600000000000)

static void set_going(struct live *live, enum soak_fault fault, bool begins) {
    struct fault_page *page = live->process.page;
    switch (fault) {
    case FAULT_RENDERER_LOST:
        atomic_store(&page->lost, 1); // for good
        break;
    case FAULT_RENDERER_SLOW:
        atomic_store(&page->late_ms, begins ? FAULT_RENDERER_SLOW_MS : 0);
        break;
    case FAULT_DISK_FULL:
        if (begins) live->log_before = live->log_dropped;
        process_disk_fill(&live->process, begins);
        break;
    case FAULT_CLOCK_STEP:
        atomic_store(&page->clock_step_ns, begins ? CLOCK_STEP_NS : 0);
        break;
    case FAULT_SIGSTOP:
        if (live->process.pid) kill(live->process.pid, begins ? SIGSTOP : SIGCONT);
        break;
    case FAULT_CLIENT_STALL:
    case FAULT_CLIENT_STORM:
    case FAULT_NONE:
    case FAULT_TALLIES:
        break; // the crowd's part alone
    }
    crowd_fault(live->crowd, fault, begins);
}

static void settle(struct live *live, enum soak_fault fault) {
    crowd_fault(live->crowd, FAULT_NONE, false);
    if (fault == FAULT_DISK_FULL) live->log_lost += live->log_dropped - live->log_before;
    live->made[fault]++;
    live->event_next++;
    live->event_begun = live->event_ended = false;
}

bool live_faults_step(struct live *live, double at_s) {
    if (live->event_next == live->event_count) return false;
    const struct fault_event *event = &live->events[live->event_next];
    if (!live->event_begun && at_s >= event->begin_s) {
        live->event_begun = true;
        set_going(live, event->fault, true);
    }
    if (live->event_begun && !live->event_ended && at_s >= event->end_s) {
        live->event_ended = true;
        set_going(live, event->fault, false);
    }
    bool stopped = event->fault == FAULT_SIGSTOP && live->event_begun && !live->event_ended;
    if (live->event_ended && at_s >= event->settled_s) settle(live, event->fault);
    return stopped;
}

void live_faults_end(struct live *live) {
    if (live->event_begun && !live->event_ended)
        set_going(live, live->events[live->event_next].fault, false);
}
