// A tool as NVTX knows them: a library that NVTX_INJECTION64_PATH names, which is asked for once
// and then gets every range. It only counts, by name; the test reads its counters with dlsym.
#include "tests/gpu/nvtx_tool.h"

#include <nvtx3/nvToolsExt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define NAMES_MAX 32
#define DEPTH_MAX 16

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char names[NAMES_MAX][32];
static atomic_uint name_count;
static atomic_ullong begun[NAMES_MAX], ended, unbalanced;
static _Thread_local int depth;

static nvtxDomainHandle_t NVTX_API domain_create(const char *name) {
    static char domain;
    return strcmp(name, "aeolian") == 0 ? (nvtxDomainHandle_t)(void *)&domain : NULL;
}

// The handle is the number of the name, from 1 on.
static nvtxStringHandle_t NVTX_API string_register(nvtxDomainHandle_t domain, const char *text) {
    (void)domain;
    pthread_mutex_lock(&mutex);
    unsigned number = atomic_load(&name_count);
    if (number < NAMES_MAX) {
        strncpy(names[number], text, sizeof names[number] - 1);
        atomic_store(&name_count, number + 1);
    }
    pthread_mutex_unlock(&mutex);
    if (number >= NAMES_MAX) return NULL;
    return (nvtxStringHandle_t)(void *)(names[0] + sizeof names[0] * number + 1);
}

static int NVTX_API range_push(nvtxDomainHandle_t domain, const nvtxEventAttributes_t *event) {
    (void)domain;
    size_t offset = (size_t)((const char *)(const void *)event->message.registered - names[0]);
    if (event->messageType == NVTX_MESSAGE_TYPE_REGISTERED && offset < sizeof names)
        atomic_fetch_add(&begun[offset / sizeof names[0]], 1);
    return depth++;
}

static int NVTX_API range_pop(nvtxDomainHandle_t domain) {
    (void)domain;
    atomic_fetch_add(depth > 0 ? &ended : &unbalanced, 1);
    return --depth;
}

// The entry that NVTX's headers look for.
int InitializeInjectionNvtx2(NvtxGetExportTableFunc_t get_table);
int InitializeInjectionNvtx2(NvtxGetExportTableFunc_t get_table) {
    const NvtxExportTableCallbacks *callbacks = get_table(NVTX_ETID_CALLBACKS);
    NvtxFunctionTable table;
    unsigned size = 0;
    if (!callbacks->GetModuleFunctionTable(NVTX_CB_MODULE_CORE2, &table, &size)) return 0;
    *table[NVTX_CBID_CORE2_DomainCreateA] = (NvtxFunctionPointer)domain_create;
    *table[NVTX_CBID_CORE2_DomainRegisterStringA] = (NvtxFunctionPointer)string_register;
    *table[NVTX_CBID_CORE2_DomainRangePushEx] = (NvtxFunctionPointer)range_push;
    *table[NVTX_CBID_CORE2_DomainRangePop] = (NvtxFunctionPointer)range_pop;
    return 1;
}

uint64_t nvtx_tool_begun(const char *name) {
    for (unsigned i = 0; i < atomic_load(&name_count); i++) {
        if (strcmp(names[i], name) == 0) return atomic_load(&begun[i]);
    }
    return 0;
}

uint64_t nvtx_tool_open(void) {
    uint64_t all = 0;
    for (unsigned i = 0; i < NAMES_MAX; i++)
        all += atomic_load(&begun[i]);
    return all - atomic_load(&ended) + atomic_load(&unbalanced);
}
