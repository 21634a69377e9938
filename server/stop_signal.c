// The flag set by SIGINT, SIGTERM and SIGHUP; see stop_signal.h.
#include "server/stop_signal.h"

#include <stddef.h>

volatile sig_atomic_t stop_signal;

static void on_stop(int signal_number) {
    stop_signal = signal_number;
}

void stop_signal_install(void) {
    struct sigaction action = {.sa_handler = on_stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
}
