"""Runs programs on one core and measures what a second of audio costs each of them.

A figure is the difference of two renders of unequal length by the same program, so that starting,
compiling a score and reading sound fonts cancel out. All programs take turns, several times over:
what the machine does meanwhile meets all alike. Disturbance only ever adds time, so the figure is
the least time of each length; its bound is how far the median of the single differences lies away.
"""
import os
import signal
import statistics
import time

# Seconds of processor time that the longer render should add.
BUDGET_S, BUDGET_QUICK_S = 0.6, 0.3
LIMIT_S = 300  # a program that runs longer hangs: it is ended by SIGALRM


class Failed(Exception):
    """A program that did not run to its end, with the last line that it said."""


def run(command, core, log):
    """Runs COMMAND (words, environment) on CORE alone; processor and wall seconds."""
    words, environment = command
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            os.sched_setaffinity(0, {core})
            signal.alarm(LIMIT_S)  # outlives exec
            said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(said, 1)
            os.dup2(said, 2)
            os.execvpe(words[0], words, {**os.environ, **environment})
        finally:
            os._exit(127)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - begun
    if status != 0:
        with open(log, errors="replace") as file:
            lines = [line.strip() for line in file if line.strip()]
        code = os.waitstatus_to_exitcode(status)
        how = "by signal %d" % -code if code < 0 else "with status %d" % code
        raise Failed("%s ended %s: %s" % (os.path.basename(words[0]), how,
                                          lines[-1] if lines else "said nothing"))
    return usage.ru_utime + usage.ru_stime, wall


class Row:
    """One program in one form at one piece of work. MAKE(seconds, out) gives its command."""

    def __init__(self, program, form, make, shortest_s):
        self.program, self.form, self.make = program, form, make
        self.short_s, self.long_s = shortest_s, None
        self.runs = []  # by repetition: ((processor, wall) of the short one, of the long one)

    def calibrate(self, core, log, budget_s):
        """Chooses the longer duration, from the processor time of two trials."""
        extra = self.short_s
        low = run(self.make(self.short_s, os.devnull), core, log)[0]
        while True:
            used = run(self.make(self.short_s + extra, os.devnull), core, log)[0] - low
            if used > 0.1 * budget_s or extra > 20000:
                break
            extra *= 4
        more = extra * min(100, budget_s / max(used, 1e-3))
        self.long_s = round(self.short_s + max(1.0, more))

    def measure(self, core, log):
        low = run(self.make(self.short_s, os.devnull), core, log)
        high = run(self.make(self.long_s, os.devnull), core, log)
        self.runs.append((low, high))

    def differences(self, clock=0):
        """Seconds per second of audio, by repetition. CLOCK: 0 processor, 1 wall."""
        return [max(high[clock] - low[clock], 1e-9) / (self.long_s - self.short_s)
                for low, high in self.runs]

    def speed(self, clock=0):
        """Times real time, and the share by which the median repetition was away from it."""
        least = (min(run[1][clock] for run in self.runs) -
                 min(run[0][clock] for run in self.runs))
        seconds = max(least, 1e-9) / (self.long_s - self.short_s)
        median = statistics.median(self.differences(clock))
        return 1.0 / seconds, abs(median / seconds - 1.0)
