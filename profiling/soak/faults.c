// See faults.h.
#include "profiling/soak/faults.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BEGIN_SHARE 0.25 // of the run
#define END_SHARE 0.85
#define SLOT_S 60.0      // from one fault to the next, where the run is long enough for all of them
#define SETTLE_S 10.0    // after-effects, at most
#define HOLD_SHARE 0.3   // of a slot, at most
#define SETTLE_SHARE 0.5

static const struct {
    const char *name, *help;
    double hold_s;
} table[FAULT_COUNT] = {
#define SOAK_FAULT_ROW(id, name, hold_s, help) {name, help, hold_s},
    SOAK_FAULTS(SOAK_FAULT_ROW)
#undef SOAK_FAULT_ROW
};

const char *fault_name(enum soak_fault fault) {
    return fault < FAULT_COUNT ? table[fault].name : "no fault";
}

const char *fault_help(enum soak_fault fault) {
    return fault < FAULT_COUNT ? table[fault].help : "";
}

static bool word_read(const char *word, size_t length, uint32_t *set) {
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        if (strlen(table[fault].name) == length && !strncmp(table[fault].name, word, length)) {
            *set |= 1u << fault;
            return true;
        }
    }
    return false;
}

bool faults_read(const char *list, uint32_t *set, char *word, uint32_t word_size) {
    *set = 0;
    if (!list) return true;
    if (!strcmp(list, "all")) {
        *set = (1u << FAULT_COUNT) - 1;
        return true;
    }
    for (const char *at = list;;) {
        size_t length = strcspn(at, ",");
        if (!word_read(at, length, set)) {
            snprintf(word, word_size, "%.*s", length < 40 ? (int)length : 40, at);
            return false;
        }
        if (!at[length]) return true;
        at += length + 1;
    }
}

bool fault_excuses_all(enum soak_fault fault) {
    return fault == FAULT_RENDERER_LOST || fault == FAULT_RENDERER_SLOW || fault == FAULT_SIGSTOP;
}

uint32_t faults_plan(uint32_t set, double seconds, struct fault_event events[FAULT_EVENTS_MAX]) {
    uint32_t kinds = 0, count = 0;
    for (int fault = 0; fault < FAULT_COUNT; fault++)
        kinds += set >> fault & 1;
    if (kinds == 0) return 0;
    double room_s = seconds * (END_SHARE - BEGIN_SHARE), slot_s = fmin(SLOT_S, room_s / kinds);
    uint32_t slots = (uint32_t)(room_s / slot_s + 1e-9);
    if (slots > FAULT_EVENTS_MAX) slots = FAULT_EVENTS_MAX;
    slots -= slots % kinds; // each as often as the others
    slot_s = room_s / slots;
    for (uint32_t slot = 0; slot < slots;) {
        for (int fault = 0; fault < FAULT_COUNT && slot < slots; fault++) {
            if (!(set >> fault & 1)) continue;
            double begin_s = seconds * BEGIN_SHARE + slot_s * slot;
            double hold_s = fmin(table[fault].hold_s, slot_s * HOLD_SHARE);
            bool too_early = fault == FAULT_RENDERER_LOST && slot + kinds < slots;
            slot++;
            if (too_early) continue;
            events[count++] = (struct fault_event){
                (enum soak_fault)fault, begin_s, begin_s + hold_s,
                begin_s + hold_s + fmin(SETTLE_S, slot_s * SETTLE_SHARE)};
        }
    }
    return count;
}
