// The one trace of a command's whole run; see trace_option.h.
#include "server/trace_option.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "profiling/trace_file.h" // trace_file_start

// Beside those that render: the engine's, the network's, the player's, some to spare.
enum { THREADS_BESIDE = 16 };

static struct trace_file *trace;
static int descriptor = -1;
static const char *path;

uint32_t trace_option_threads(uint32_t threads) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads == 0) threads = cores > 0 ? (uint32_t)cores : 1;
    return 2 * threads + THREADS_BESIDE; // soak encodes on a pool of its own
}

static int not_written(const char *command, int error) {
    return failure(command, "--trace: cannot write '%.200s': %s", path, strerror(error));
}

bool trace_option_begin(const char *command, const struct engine_choice *choice) {
    if (!choice->trace) return true;
    path = choice->trace;
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        not_written(command, errno);
        return false;
    }
    struct trace_request request = {
        .descriptor = descriptor,
        .threads = trace_option_threads(choice->threads),
        .events = TRACE_EVENTS,
    };
    bool busy;
    trace = trace_file_start(&request, &busy);
    if (!trace) {
        failure(command, "--trace: out of memory");
        return false;
    }
    trace_file_await(trace);
    return true;
}

int trace_option_end(const char *command, int status) {
    if (!trace) return status;
    struct trace_outcome outcome = trace_file_end(trace);
    trace = NULL;
    if (close(descriptor) && !outcome.error) outcome.error = errno;
    if (outcome.error) return not_written(command, outcome.error);
    if (outcome.dropped) {
        fprintf(stderr, "aeolian %s: --trace: %" PRIu64 " events found no room in '%.200s'\n",
                command, outcome.dropped, path);
    }
    return status;
}
