// Ranges by NVTX 3, whose functions are NVIDIA's headers alone: they look for a tool (the library
// that NVTX_INJECTION64_PATH names) at the first call, and are empty without one. Where the
// headers are not installed there are no kernels either, and nothing to watch: see range.h.
#include "profiling/range.h"

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

void range_begin(enum range range) {
    if (!domain) return;
    nvtxEventAttributes_t event = {0};
    event.version = NVTX_VERSION;
    event.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    event.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
    event.message.registered = names[range];
    nvtxDomainRangePushEx(domain, &event);
}

void range_end(void) {
    if (domain) nvtxDomainRangePop(domain);
}
#else
void range_open(void) {}

void range_begin(enum range range) {
    (void)range;
}

void range_end(void) {}
#endif
