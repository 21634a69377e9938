// See trace_json.h. Times in the file are microseconds since the trace began, to the nanosecond.
#include "profiling/trace_json.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// Lines that are no thread get numbers that the system gives to none: it counts to 2^22 at most.
#define LINE_THREAD_FIRST (1 << 22)

static const char *const line_names[TRACE_LINES] = {
    [TRACE_GPU_COMPUTE] = "GPU compute",
    [TRACE_GPU_COPY] = "GPU copy",
    [TRACE_LISTENERS] = "heard by listeners",
};

struct slice_words {
    const char *name, *kind;
    const char *numbers[3];
};

static const struct slice_words slices[TRACE_SLICE_COUNT] = {
#define STAGE_WORDS(id, text) [RANGE_##id] = {text, "stage", {"", "", ""}},
    RANGES(STAGE_WORDS)
#undef STAGE_WORDS
#define SLICE_WORDS(id, name, first, second, third) \
    [TRACE_##id] = {name, "work", {first, second, third}},
    TRACE_SLICES(SLICE_WORDS)
#undef SLICE_WORDS
};

static const struct {
    const char *name, *unit;
} counters[TRACE_COUNTER_COUNT] = {
#define COUNTER_WORDS(id, name, unit) [TRACE_COUNTER_##id] = {name, unit},
    TRACE_COUNTERS(COUNTER_WORDS)
#undef COUNTER_WORDS
};

// ---------------------------------------------------------------------------------------- text

static void piece_write(struct trace_json *json) {
    const char *at = json->piece;
    while (json->used > 0 && !json->error) {
        ssize_t written = write(json->descriptor, at, json->used);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            json->error = errno;
        } else {
            at += written;
            json->used -= (size_t)written;
            json->bytes += (uint64_t)written;
        }
    }
    json->used = 0;
}

__attribute__((format(printf, 2, 3))) static void add(struct trace_json *json, const char *format,
                                                      ...) {
    if (sizeof json->piece - json->used < TRACE_JSON_LINE_BYTES) piece_write(json);
    size_t room = sizeof json->piece - json->used;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(json->piece + json->used, room, format, arguments);
    va_end(arguments);
    assert(size >= 0 && (size_t)size < room);
    json->used += (size_t)size;
}

// What every event begins with; the caller closes the brace.
static void add_head(struct trace_json *json, const char *phase, int64_t thread, int64_t at_ns) {
    int64_t ns = at_ns - json->began_ns;
    add(json, "%s{\"ph\":\"%s\",\"pid\":%d,\"tid\":%" PRId64 ",\"ts\":%" PRId64 ".%03d",
        json->separate ? ",\n" : "", phase, json->process, thread, ns / 1000, (int)(ns % 1000));
    json->separate = true;
}

// The system's name of a thread may be anybody's; what would need escaping becomes a question mark.
static void add_name(struct trace_json *json, const char *what, int64_t thread, const char *name) {
    char plain[64];
    size_t size = 0;
    for (; name[size] && size + 1 < sizeof plain; size++) {
        char c = name[size];
        plain[size] = c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c;
    }
    plain[size] = '\0';
    add_head(json, "M", thread, json->began_ns);
    add(json, ",\"name\":\"%s\",\"args\":{\"name\":\"%s\"}}", what, plain);
}

// Where slices of LINE stand; its name is written before its first one.
static int64_t thread_of(struct trace_json *json, int thread, uint32_t line) {
    assert(line < TRACE_LINES);
    if (line == TRACE_THREAD) return thread;
    int64_t number = LINE_THREAD_FIRST + (int64_t)line;
    if (!json->line_named[line]) {
        json->line_named[line] = true;
        add_name(json, "thread_name", number, line_names[line]);
    }
    return number;
}

// ------------------------------------------------------------------------------------- arrows

static void arrow_write(struct trace_json *json, const struct trace_arrow *arrow) {
    // One whose beginning nobody saw would point from nowhere.
    if (!(arrow->stations & 1u << TRACE_ASKED) || !(arrow->stations & (arrow->stations - 1)))
        return;
    for (int i = 0; i < TRACE_STATIONS; i++) {
        if (!(arrow->stations & 1u << i)) continue;
        bool first = i == TRACE_ASKED, last = arrow->stations >> (i + 1) == 0;
        add_head(json, first ? "s" : last ? "f" : "t", arrow->station[i].thread,
                 arrow->station[i].at_ns);
        add(json, ",\"cat\":\"change\",\"name\":\"change\",\"id\":%" PRIu64 "%s}", arrow->flow,
            last ? ",\"bp\":\"e\"" : "");
        json->events++;
    }
}

// The arrow of FLOW. Flows count upwards, so its place was that of one long ago, which is written
// as far as it has come; NULL when that one is FLOW.
static struct trace_arrow *arrow_of(struct trace_json *json, uint64_t flow) {
    struct trace_arrow *arrow = &json->arrows[flow % TRACE_JSON_ARROWS];
    if (arrow->flow == flow) return arrow;
    if (arrow->flow > flow) return NULL;
    arrow_write(json, arrow);
    memset(arrow, 0, sizeof *arrow);
    arrow->flow = flow;
    return arrow;
}

static void flow_add(struct trace_json *json, int64_t thread, const struct trace_event *event) {
    struct trace_arrow *arrow = arrow_of(json, (uint64_t)event->value);
    assert(event->what < TRACE_STATIONS);
    if (!arrow) {
        json->dropped++;
        return;
    }
    arrow->stations |= 1u << event->what;
    arrow->station[event->what].at_ns = event->at_ns;
    arrow->station[event->what].thread = thread;
}

// -------------------------------------------------------------------------------------- events

static void slice_add(struct trace_json *json, int64_t thread, const struct trace_event *event) {
    assert(event->what < TRACE_SLICE_COUNT);
    const struct slice_words *words = &slices[event->what];
    add_head(json, "X", thread, event->at_ns);
    add(json, ",\"dur\":%" PRId64 ".%03d,\"cat\":\"%s\",\"name\":\"%s\"", event->value / 1000,
        (int)(event->value % 1000), event->line == TRACE_THREAD ? words->kind : "track",
        words->name);
    for (int i = 0; i < 3 && *words->numbers[i]; i++)
        add(json, "%s\"%s\":%" PRId64, i ? "," : ",\"args\":{", words->numbers[i],
            event->numbers[i]);
    add(json, *words->numbers[0] ? "}}" : "}");
    json->events++;
}

static void counter_add(struct trace_json *json, int thread, const struct trace_event *event) {
    assert(event->what < TRACE_COUNTER_COUNT);
    add_head(json, "C", thread, event->at_ns);
    add(json, ",\"name\":\"%s\",\"args\":{\"%s\":%" PRId64 "}}", counters[event->what].name,
        counters[event->what].unit, event->value);
    json->events++;
}

void trace_json_event(struct trace_json *json, int thread, const struct trace_event *event) {
    if (event->at_ns < json->began_ns) return;
    if (json->bytes_max && json->bytes + json->used > json->bytes_max) {
        json->dropped++;
        return;
    }
    switch ((enum trace_kind)event->kind) {
    case TRACE_KIND_SLICE:
        slice_add(json, thread_of(json, thread, event->line), event);
        return;
    case TRACE_KIND_COUNTER:
        counter_add(json, thread, event);
        return;
    case TRACE_KIND_FLOW:
        flow_add(json, thread_of(json, thread, event->line), event);
        return;
    }
}

void trace_json_thread(struct trace_json *json, int thread, const char *name) {
    add_name(json, "thread_name", thread, name);
}

void trace_json_begin(struct trace_json *json, int descriptor, uint64_t bytes_max,
                      int64_t began_ns) {
    memset(json, 0, sizeof *json);
    json->descriptor = descriptor;
    json->bytes_max = bytes_max;
    json->began_ns = began_ns;
    json->process = (int)getpid();
    add(json, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
    add_name(json, "process_name", json->process, "aeolian");
}

bool trace_json_end(struct trace_json *json, uint64_t dropped) {
    for (uint32_t i = 0; i < TRACE_JSON_ARROWS; i++) {
        if (json->arrows[i].flow) arrow_write(json, &json->arrows[i]);
    }
    add(json,
        "\n],\"otherData\":{\"program\":\"aeolian\",\"clock\":\"CLOCK_MONOTONIC\","
        "\"began_ns\":%" PRId64 ",\"events\":%" PRIu64 ",\"dropped\":%" PRIu64 "}}\n",
        json->began_ns, json->events, json->dropped + dropped);
    piece_write(json);
    return json->error == 0;
}
