// Ranges: a stack for each thread of what it is in and since when, the histogram of the stage when
// it leaves, a slice of the trace that runs, and NVTX 3 beside it. NVTX is NVIDIA's headers alone:
// they look for a tool (the library that NVTX_INJECTION64_PATH names) at the first call, and are
// empty without one. Where the headers are not installed there are no kernels either, and no tool
// to tell: see range.h.
#include "profiling/range.h"

#include <assert.h>
#include <stdint.h>

#include "profiling/meters.h" // meter_record, meter_now_ns
#include "profiling/trace.h"  // trace_record_slice

#ifdef RANGE_NVTX
#include <nvtx3/nvToolsExt.h>
#include <pthread.h>
#include <stddef.h>

// Names are handed over once, so that a range is a number and not a text.
static nvtxDomainHandle_t domain;
static nvtxStringHandle_t names[RANGE_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_once(void) {
    static const char *const texts[RANGE_COUNT] = {
#define RANGE_TEXT(id, text) [RANGE_##id] = text,
        RANGES(RANGE_TEXT)
#undef RANGE_TEXT
    };
    domain = nvtxDomainCreateA("aeolian");
    for (int i = 0; i < RANGE_COUNT; i++)
        names[i] = domain ? nvtxDomainRegisterStringA(domain, texts[i]) : NULL;
}

void range_open(void) {
    pthread_once(&once, open_once);
}

static void tool_begin(enum range range) {
    if (!domain) return;
    nvtxEventAttributes_t event = {0};
    event.version = NVTX_VERSION;
    event.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    event.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
    event.message.registered = names[range];
    nvtxDomainRangePushEx(domain, &event);
}

static void tool_end(void) {
    if (domain) nvtxDomainRangePop(domain);
}
#else
void range_open(void) {}

static void tool_begin(enum range range) {
    (void)range;
}

static void tool_end(void) {}
#endif

// ------------------------------------------------------------------------------------- stages

static _Thread_local struct {
    uint32_t depth;
    struct {
        enum range range;
        int64_t since_ns;
    } open[RANGE_DEPTH_MAX];
} stack;

void range_begin(enum range range) {
    assert(stack.depth < RANGE_DEPTH_MAX);
    tool_begin(range);
    stack.open[stack.depth].range = range;
    stack.open[stack.depth++].since_ns = meter_now_ns();
}

void range_end(void) {
    assert(stack.depth > 0);
    stack.depth--;
    enum range range = stack.open[stack.depth].range;
    int64_t since_ns = stack.open[stack.depth].since_ns, now_ns = meter_now_ns();
    meter_record((enum meter)range, (uint64_t)(now_ns - since_ns));
    if (trace_on()) trace_record_slice((enum trace_slice)range, since_ns, now_ns, 0, 0, 0);
    tool_end();
}
