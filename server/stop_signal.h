// Being asked to stop: SIGINT, SIGTERM and SIGHUP set a flag that long loops look at, so that they
// end in order (temporary files removed, the terminal as it was). Main thread installs; any
// thread reads.
#ifndef SERVER_STOP_SIGNAL_H
#define SERVER_STOP_SIGNAL_H

#include <signal.h>

// Nonzero once one of the signals has come: its number.
extern volatile sig_atomic_t stop_signal;

// Installs the handlers (system calls are broken off by them, not restarted) and ignores SIGPIPE
// and SIGXFSZ, so that a closed pipe and a file beyond its limit are ordinary write errors.
void stop_signal_install(void);

#endif
