// See support.h.
#include "tests/gpu/support.h"

#include <dlfcn.h>

#include "engine/engine.h"     // late_max_ns
#include "gpu/device.h"        // gpu_device_probe
#include "gpu/renderer_cuda.h" // renderer_cuda

// Where the engine gives a renderer up: a simulated phrase takes ten seconds on a busy machine.
#define LATE_MAX_NS INT64_C(60000000000)

struct sim_calls simulated;

static void find(void *library, const char *name, void *function) {
    void *address = dlsym(library, name);
    assert_non_null(address);
    memcpy(function, &address, sizeof address);
}

static bool real_configure(const char *text) {
    return text != NULL;
}

static uint64_t real_nothing(void) {
    return 0;
}

static uint64_t real_nothing_of(const char *name) {
    (void)name;
    return 0;
}

static bool real_fault(char *line, size_t cap) {
    (void)line, (void)cap;
    return false;
}

int driver_open(void **state) {
    char line[256];
    enum aeo_status status = gpu_device_probe("auto", line, sizeof line);
    print_message("%s\n", line);
    if (status) return 1;
    void *library = dlopen(gpu_driver_name(), RTLD_NOW | RTLD_LOCAL);
    if (library && dlsym(library, "cudasim_configure")) return simulated_open(state);
    simulated = (struct sim_calls){real_configure, real_nothing, real_nothing_of, real_nothing,
                                   real_nothing,   real_nothing, real_fault};
    return 0;
}

int simulated_open(void **state) {
    (void)state;
    const char *name = getenv("AEOLIAN_LIBCUDA");
    void *library = name ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) {
        print_error("AEOLIAN_LIBCUDA must name the simulated driver\n");
        return 1;
    }
    find(library, "cudasim_configure", &simulated.configure);
    find(library, "cudasim_calls", &simulated.calls);
    find(library, "cudasim_calls_of", &simulated.calls_of);
    find(library, "cudasim_launches", &simulated.launches);
    find(library, "cudasim_live_bytes", &simulated.live_bytes);
    find(library, "cudasim_live_objects", &simulated.live_objects);
    find(library, "cudasim_fault", &simulated.fault);
    return 0;
}

void simulated_assert_clean(const char *what) {
    char line[256];
    if (simulated.fault(line, sizeof line)) fail_msg("%s: %s", what, line);
    if (simulated.live_bytes() || simulated.live_objects()) {
        fail_msg("%s: %llu bytes and %llu objects are left", what,
                 (unsigned long long)simulated.live_bytes(),
                 (unsigned long long)simulated.live_objects());
    }
}

static void cuda_options(aeo_options *options, uint32_t sessions) {
    static const struct aeo_renderer *const added = &renderer_cuda;
    aeo_options_default(options);
    options->renderer = "cuda";
    options->renderers = &added;
    options->renderer_count = 1;
    options->threads = 1;
    options->sessions_max = sessions;
}

aeo_engine *cuda_engine_live(uint32_t sessions, cuda_on_span *on_span) {
    aeo_options options;
    aeo_fault fault = {AEO_OK, "", ""};
    aeo_engine *engine = NULL;
    cuda_options(&options, sessions);
    options.on_span = on_span;
    if (aeo_engine_open(&options, &engine, &fault)) fail_msg("engine: %s", fault.message);
    return engine;
}

aeo_engine *cuda_engine_try(uint32_t sessions, uint32_t span_frames, aeo_fault *fault) {
    aeo_options options;
    cuda_options(&options, sessions);
    options.span_frames_max = span_frames;
    aeo_engine *engine = NULL;
    if (aeo_engine_open(&options, &engine, fault)) return NULL;
    engine->late_max_ns = LATE_MAX_NS;
    return engine;
}

float *batch_render(aeo_engine *engine, uint32_t count, int64_t position, uint32_t frames) {
    float *out = malloc((size_t)count * frames * 2 * sizeof *out);
    aeo_session **sessions = calloc(count, sizeof *sessions);
    float **outs = calloc(count, sizeof *outs);
    assert_true(out && sessions && outs);
    memset(out, 0x7f, (size_t)count * frames * 2 * sizeof *out);
    for (uint32_t i = 0; i < count; i++) {
        // Not exact: the look-back is that of the effects' feed-forward part.
        aeo_session_options options;
        aeo_session_options_default(&options);
        options.scene = i % 3 == 1 ? UNDERTOW : HARBOUR;
        options.seed = i + 1;
        options.position = position + 1000 * (int64_t)i;
        assert_int_equal(aeo_session_open(engine, &options, &sessions[i], NULL), AEO_OK);
        outs[i] = out + 2 * (size_t)i * frames;
    }
    assert_int_equal(aeo_sessions_render(sessions, count, outs, frames), AEO_OK);
    for (uint32_t i = 0; i < count; i++)
        aeo_session_close(sessions[i]);
    free(outs);
    free(sessions);
    return out;
}

float *batch_reference(uint32_t count, uint32_t span_frames, int64_t position, uint32_t frames) {
    aeo_engine *engine = engine_get(&(struct setup){
        .renderer = "cpu", .threads = 2, .sessions = count, .span_frames = span_frames});
    float *out = batch_render(engine, count, position, frames);
    frames_assert_music(out, (size_t)count * frames);
    aeo_engine_close(engine);
    return out;
}
