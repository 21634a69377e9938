// Sessions as bytes: what another process or machine needs to go on at once, without look-back.
//
//   offset  size  (little-endian)
//        0     8  "aeolian\1"
//        8     8  checksum: FNV-1a, 64 bits, of all bytes behind it
//       16     8  state_at: frame of the effect state
//       24     8  exact_from
//       32     4  bytes of the effect state
//       36     4  bytes of the address, with its final zero
//       40        address, effect state
//
// The bytes may come from anywhere, so nothing in them is believed before it is checked; the state
// itself is numbers only, and wrong numbers make wrong sound, not wrong memory accesses.
// Offline: the caller's thread, under the engine's render_mutex.
#include <string.h>

#include "engine/engine.h"    // struct aeo_engine
#include "engine/fault.h"     // fault_set
#include "engine/lanes_cpu.h" // state_bytes

#define HEAD_BYTES 40
static const char magic[8] = "aeolian\1";

static uint32_t state_bytes(void) {
    return lanes_cpu_find("auto")->state_bytes;
}

size_t aeo_session_save_bytes(const aeo_engine *engine) {
    (void)engine;
    return HEAD_BYTES + AEO_ADDRESS_MAX + state_bytes();
}

static uint64_t fnv1a(const unsigned char *bytes, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void number_put(unsigned char *out, uint64_t value, uint32_t bytes) {
    for (uint32_t i = 0; i < bytes; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t number_get(const unsigned char *in, uint32_t bytes) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++)
        value |= (uint64_t)in[i] << 8 * i;
    return value;
}

// A session whose effect state has not reached its position (nothing was rendered yet, or the
// renderer was lost) is first brought there.
static enum aeo_status state_settle(aeo_session *session) {
    struct request request;
    memset(&request, 0, sizeof request);
    request.session = session; // of no frames: only the effect state is brought up
    struct score *score = &session->score;
    enum aeo_status status = AEO_OK;
    while (!status &&
           (score->state_at < score->position || !home_usable(session->engine, session->home))) {
        enum home home = home_offline(session->engine, 1, AEO_LEAD_FRAMES);
        status = batcher_render(session->engine, &request, 1, home);
    }
    return status;
}

static enum aeo_status state_write(aeo_session *session, unsigned char *out) {
    for (;;) {
        enum aeo_status status = state_settle(session);
        if (status) return status;
        const struct renderer_slot *home = &session->engine->renderers[session->home];
        status = home->table->session_save(home->self, session->slot, out);
        if (status != AEO_ERR_LOST || !home_lose(session->engine)) return status;
    }
}

enum aeo_status aeo_session_save(aeo_session *session, void *buffer, size_t cap, size_t *size) {
    if (!session || !buffer || !size) return AEO_ERR_ARGUMENT;
    aeo_engine *engine = session->engine;
    if (atomic_load(&session->state) != SESSION_OFFLINE || atomic_load(&engine->started))
        return AEO_ERR_STATE;
    struct score *score = &session->score;
    char address[AEO_ADDRESS_MAX];
    control_log_collapse(&score->log, score->position);
    enum aeo_status status = address_print_parts(score->sound_version, score->seed, score->position,
                                                 &score->log, address, sizeof address);
    if (status) return status;
    size_t address_bytes = strlen(address) + 1;
    size_t total = HEAD_BYTES + address_bytes + state_bytes();
    if (cap < total) return AEO_ERR_ARGUMENT;
    unsigned char *out = buffer;
    pthread_mutex_lock(&engine->render_mutex);
    status = state_write(session, out + HEAD_BYTES + address_bytes);
    pthread_mutex_unlock(&engine->render_mutex);
    if (status) return status;
    memcpy(out, magic, sizeof magic);
    number_put(out + 16, (uint64_t)score->state_at, 8);
    number_put(out + 24, (uint64_t)score->exact_from, 8);
    number_put(out + 32, state_bytes(), 4);
    number_put(out + 36, address_bytes, 4);
    memcpy(out + HEAD_BYTES, address, address_bytes);
    number_put(out + 8, fnv1a(out + 16, total - 16), 8);
    *size = total;
    return AEO_OK;
}

// What a checked saved session consists of; pointers into its bytes.
struct saved {
    int64_t state_at, exact_from;
    const char *address;
    const void *state;
};

static enum aeo_status saved_read(const unsigned char *in, size_t size, struct saved *saved,
                                  aeo_fault *fault) {
    if (!in || size < HEAD_BYTES || memcmp(in, magic, sizeof magic))
        return fault_set(fault, AEO_ERR_FORMAT, "", "these bytes are not a saved session");
    uint64_t state = number_get(in + 32, 4), address = number_get(in + 36, 4);
    if (state != state_bytes()) {
        return fault_set(fault, AEO_ERR_FORMAT, "",
                         "the saved session comes from another version of the engine");
    }
    if (address == 0 || address > AEO_ADDRESS_MAX || size != HEAD_BYTES + address + state ||
        in[HEAD_BYTES + address - 1] != 0 || number_get(in + 8, 8) != fnv1a(in + 16, size - 16)) {
        return fault_set(fault, AEO_ERR_FORMAT, "", "the saved session is damaged");
    }
    saved->state_at = (int64_t)number_get(in + 16, 8);
    saved->exact_from = (int64_t)number_get(in + 24, 8);
    saved->address = (const char *)in + HEAD_BYTES;
    saved->state = in + HEAD_BYTES + address;
    return AEO_OK;
}

enum aeo_status aeo_session_restore(aeo_engine *engine, const void *bytes, size_t size, void *user,
                                    aeo_session **session, aeo_fault *fault) {
    if (session) *session = NULL;
    if (!engine || !session) return fault_set(fault, AEO_ERR_ARGUMENT, "", "no engine");
    if (atomic_load(&engine->started)) {
        return fault_set(fault, AEO_ERR_STATE, "",
                         "sessions are restored before the engine is started");
    }
    struct saved saved = {0, 0, NULL, NULL};
    enum aeo_status status = saved_read(bytes, size, &saved, fault);
    if (status) return status;
    aeo_session_options options;
    aeo_session_options_default(&options);
    options.address = saved.address;
    options.user = user;
    aeo_session *opened;
    status = aeo_session_open(engine, &options, &opened, fault);
    if (status) return status;
    if (saved.state_at != opened->score.position) {
        aeo_session_close(opened);
        return fault_set(fault, AEO_ERR_FORMAT, "", "the saved session is damaged");
    }
    score_seek(&opened->score, saved.state_at);
    opened->score.exact_from = saved.exact_from;
    pthread_mutex_lock(&engine->render_mutex);
    const struct renderer_slot *cpu = &engine->renderers[HOME_CPU];
    status = cpu->table->session_load(cpu->self, opened->slot, saved.state);
    opened->home = HOME_CPU;
    opened->snapshot = (struct snapshot){saved.state_at, false, false};
    pthread_mutex_unlock(&engine->render_mutex);
    if (status) {
        aeo_session_close(opened);
        return fault_set(fault, status, "", "the renderer is lost");
    }
    *session = opened;
    return AEO_OK;
}
