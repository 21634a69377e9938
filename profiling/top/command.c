// `aeolian top`: what a running server says of itself, again and again: a screen on a terminal, a
// line each time anywhere else. A server that does not answer is waited for. Main thread.
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "profiling/meters.h"    // meter_now_ns
#include "profiling/top/fetch.h" // fetch
#include "profiling/top/show.h"  // show_line, show_screen
#include "server/command.h"      // command_top
#include "server/options.h"      // options_parse
#include "server/stop_signal.h"  // stop_signal
#include "server/terminal.h"     // terminal_*

static const char command[] = "top";

struct top_choice {
    const char *url;
    double interval_s;
    uint32_t count;
    bool json;
};

static const struct option rows[] = {
    {.name = "url",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct top_choice, url),
     .argument = "URL",
     .help = "the server, as `aeolian serve` prints it",
     .fallback = "http://127.0.0.1:8090/"},
    {.name = "interval",
     .kind = OPTION_REAL,
     .offset = offsetof(struct top_choice, interval_s),
     .argument = "SECONDS",
     .help = "how often to look",
     .fallback = "1",
     .min = 0.1,
     .max = 3600},
    {.name = "count",
     .kind = OPTION_COUNT,
     .offset = offsetof(struct top_choice, count),
     .argument = "N",
     .help = "end after so many looks; 0 goes on for ever",
     .fallback = "0",
     .max = 4294967295.0},
    {.name = "json",
     .kind = OPTION_FLAG,
     .offset = offsetof(struct top_choice, json),
     .help = "each time the whole of /v1/status, a JSON object in one line"},
};

struct top {
    struct top_choice choice;
    struct fetch_address address;
    bool is_on_terminal;
    json_t *status;       // of the last look; NULL: there was no answer
    char why[256];        // then: why
    double drops_before;  // at the look before
    char body[FETCH_BYTES_MAX];
    char lines[TERMINAL_SCREEN_LINES_MAX][TERMINAL_LINE_BYTES];
};

static void look(struct top *top) {
    top->drops_before = top->status ? show_drops(top->status) : 1e300; // then there is no "more"
    json_decref(top->status);
    top->status = NULL;
    if (!fetch(&top->address, "/v1/status", top->body, top->why, sizeof top->why)) return;
    top->status = json_loads(top->body, JSON_REJECT_DUPLICATES, NULL);
    if (json_object_get(top->status, "phase")) return;
    json_decref(top->status);
    top->status = NULL;
    snprintf(top->why, sizeof top->why, "what answers there is not aeolian serve");
}

static void print_json(const struct top *top) {
    json_t *gone = NULL;
    if (!top->status) {
        gone = json_pack("{s:s, s:s, s:s}", "phase", "gone", "url", top->choice.url, "error",
                         top->why);
    }
    json_dumpf(top->status ? top->status : gone, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_decref(gone);
    putchar('\n');
}

static void print_line(const struct top *top) {
    char line[TERMINAL_LINE_BYTES];
    if (top->status) {
        show_line(line, sizeof line, top->status, top->drops_before);
        printf("%s\n", line);
    } else {
        printf("gone     %s: %s; trying again\n", top->choice.url, top->why);
    }
}

static void draw(struct top *top) {
    int count = 2;
    if (top->status) {
        count = show_screen(top->lines, top->status, top->choice.url, top->drops_before);
    } else {
        snprintf(top->lines[0], TERMINAL_LINE_BYTES, "\033[1m%s is gone\033[0m: %s",
                 top->choice.url, top->why);
        snprintf(top->lines[1], TERMINAL_LINE_BYTES, "\033[2mtrying again   q quits\033[0m");
    }
    terminal_draw_screen((const char(*)[TERMINAL_LINE_BYTES])top->lines, count);
}

// Waits until UNTIL_NS; draws anew when the window changes. False: it is time to end.
static bool pause_until(struct top *top, int64_t until_ns) {
    for (;;) {
        int64_t left_ms = (until_ns - meter_now_ns() + 999999) / 1000000;
        if (stop_signal) return false;
        if (left_ms <= 0) return true;
        if (!top->is_on_terminal) {
            poll(NULL, 0, (int)left_ms);
            continue;
        }
        int key = terminal_key((int)left_ms);
        if (key == 'q' || key == 'Q' || key == 3 || key == 4) return false;
        if (meter_now_ns() < until_ns && !stop_signal) draw(top);
    }
}

static void watch(struct top *top) {
    int64_t interval_ns = (int64_t)(top->choice.interval_s * 1e9), next_ns = meter_now_ns();
    for (uint32_t looks = 1;; looks++) {
        look(top);
        if (stop_signal) return;
        if (top->is_on_terminal) {
            draw(top);
        } else {
            (top->choice.json ? print_json : print_line)(top);
            if (fflush(stdout)) return; // main says so
        }
        if (looks == top->choice.count) return;
        next_ns += interval_ns;
        if (next_ns < meter_now_ns()) next_ns = meter_now_ns(); // an answer that took its time
        if (!pause_until(top, next_ns)) return;
    }
}

int command_top(int argc, char **argv) {
    static struct top top; // large
    const struct options options = {
        .command = command,
        .usage = "[--url URL] [--interval SECONDS] [--count N] [--json]",
        .summary = "Shows how a running server fares: sessions, listeners, ticks against their\n"
                   "budget, shares of the stages, queues, drops, processor and GPU. On a terminal\n"
                   "a screen (q or Ctrl-C quits), else a line each time.",
        .groups = {{"Options", rows, sizeof rows / sizeof *rows, &top.choice}},
        .group_count = 1,
        .notes = "A server that does not answer is waited for. Its figures are those of\n"
                 "/v1/status (docs/PROTOCOL.md); /metrics has them for Prometheus.",
    };
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_HELP:
        return 0;
    case OPTIONS_BAD:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    if (!fetch_address_read(top.choice.url, &top.address)) {
        return usage_error(command, "--url: '%.100s' is not http://HOST[:PORT]", top.choice.url);
    }
    stop_signal_install();
    signal(SIGPIPE, SIG_DFL); // `aeolian top | head -1` ends like any filter
    top.is_on_terminal = !top.choice.json && terminal_present();
    if (top.is_on_terminal) terminal_begin_screen();
    watch(&top);
    terminal_end();
    json_decref(top.status);
    return 0;
}
