#!/usr/bin/env python3
"""make bench-peers: Aeolian beside SuperCollider, Csound, Faust and FluidSynth, one core each.

  bench_peers.py [--quick] [--repeats N] [--core N] [--json FILE] [--markdown FILE] [--ours PROGRAM]

What is asked is in ask.py: a bank of 256 to 16,384 sinusoids with a slow amplitude envelope each,
and a chord of eight voices of 32 harmonics with chorus and reverb. Each program plays it in the
best form that we found; the forms tried are described in supercollider.py, csound.py, faust.py and
fluid.py, and of several forms the fastest that passes the checks stands in the table.

Before anything is timed, the audio of each row is checked (check.py): every partial at its
frequency within 0.5 dB, the power of the whole, the duration. What fails is left out with a line
that says why; so is a program that is not there (scripts/install-dependencies peers). Then all
programs render to /dev/null in turns, on one core; a figure is the difference of two durations
(measure.py). Everything else is written in a folder in memory that is removed at the end.

Needs numpy and the program aeolian-peers (cmake --build build/release --target aeolian_peers).
"""
import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile

try:
    import numpy  # noqa: F401 - the modules below need it
except ImportError:
    sys.exit("bench_peers.py: no numpy for %s; scripts/install-dependencies peers installs it" %
             sys.executable)

import ask
import check
import csound
import faust
import fluid
import measure
import report
import supercollider

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TRIAL_SIZE = 1024  # the bank at which the forms of a program compete
PATCH_SHORTEST_S = 20


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.log = os.path.join(folder, "said.txt")
        self.budget_s = measure.BUDGET_QUICK_S if options.quick else measure.BUDGET_S
        self.left_out = []
        self.faust = {}  # programs by (work, form)
        self.have = {name: shutil.which(command) is not None for name, command in (
            ("SuperCollider", "scsynth"), ("Csound", "csound"), ("Faust", "faust"),
            ("FluidSynth", "fluidsynth"))}
        for name, present in self.have.items():
            if not present:
                self.leave_out("%s is not installed" % name)
        if self.have["FluidSynth"] and fluid.font() is None:
            self.have["FluidSynth"] = False
            self.leave_out("FluidSynth has no sound font (timgm6mb-soundfont)")

    def leave_out(self, why):
        self.left_out.append(why)
        print("left out: " + why, file=sys.stderr)

    def folder_of(self, name):
        path = os.path.join(self.folder, name.replace(" ", "-"))
        os.makedirs(path, exist_ok=True)
        return path

    def faust_program(self, work, form):
        if (work, form) not in self.faust:
            self.faust[work, form] = faust.build(work, form, self.folder_of("faust"))
        return self.faust[work, form]

    # --- the bank ---

    def bank_rows(self, size):
        """All forms of all programs at one size. Ours comes first: ratios are to it."""
        asked = ask.bank(size)
        text = os.path.join(self.folder, "bank-%d.txt" % size)
        ask.write_bank(asked, text)
        ours = self.options.ours
        rows = [
            measure.Row("Aeolian", "ramped", lambda s, out: (
                [ours, "bank", out, "%g" % s, text], {}), 1),
            measure.Row("Aeolian", "held", lambda s, out: (
                [ours, "held", out, "%g" % s, text], {}), 1)]
        if self.have["SuperCollider"]:
            for form in ("SinOsc", "FSinOsc"):
                folder = self.folder_of("sc-%s-%d" % (form, size))
                rows.append(measure.Row("SuperCollider", form, (
                    lambda s, out, form=form, folder=folder:
                    supercollider.bank_command(asked, form, folder, s, out)), 1))
        if self.have["Csound"]:
            for form in ("instances", "adsynt2"):
                folder = self.folder_of("cs-%s-%d" % (form, size))
                rows.append(measure.Row("Csound", form, (
                    lambda s, out, form=form, folder=folder:
                    csound.bank_command(asked, form, folder, s, out)), 1))
        if self.have["Faust"]:
            for form in faust.BANK_FORMS:
                rows.append(measure.Row("Faust", form, (
                    lambda s, out, form=form:
                    faust.bank_command(self.faust_program("bank", form), text, s, out)), 1))
        return rows

    def bank_checked(self, rows, size):
        asked = ask.bank(size)
        return self.checked(rows, "the bank of %d" % size, lambda row: check.bank(
            self.rendered(row.make, check.BANK_S, 1)[0], asked))

    def bank(self, sizes):
        """Results by size. At TRIAL_SIZE all forms are measured, elsewhere the winners."""
        trial = self.bank_checked(self.bank_rows(TRIAL_SIZE), TRIAL_SIZE)
        trial = self.timed(trial, "the bank of %d, all forms" % TRIAL_SIZE)
        winners = {(row.program, row.form) for row in report.fastest(trial)}
        winners |= {("Aeolian", "ramped"), ("Aeolian", "held")}
        results = {}
        for size in sizes:
            if size == TRIAL_SIZE:
                results[size] = trial
                continue
            rows = [r for r in self.bank_rows(size) if (r.program, r.form) in winners]
            good = self.bank_checked(rows, size)
            results[size] = self.timed(good, "the bank of %d" % size)
        return results

    def voices(self, sizes):
        """Our full voices of as many partials; another sound, so nobody else plays it."""
        rows = [measure.Row("Aeolian", str(size), lambda s, out, size=size: (
            [self.options.ours, "voices", out, "%g" % s, str(size)], {}), 4) for size in sizes]
        return self.timed(rows, "full voices")

    # --- the patch ---

    def patch_rows(self):
        """Rows with their dry makers: (row, dry), dry None where the check is another one."""
        ours = self.options.ours

        def aeolian(wet):
            return lambda s, out: ([ours, "patch", out, "%g" % s, wet], {})
        pairs = [(measure.Row("Aeolian", "additive", aeolian("wet"), PATCH_SHORTEST_S),
                  aeolian("dry"))]

        def add(program, form, make):
            pairs.append((measure.Row(program, form, lambda s, out: make(s, out, True),
                                      PATCH_SHORTEST_S), lambda s, out: make(s, out, False)))
        if self.have["SuperCollider"]:
            for form, name in (("Klang", "additive: Klang"), ("Osc", "wavetable: Osc")):
                folder = self.folder_of("sc-patch-" + form)
                add("SuperCollider", name, lambda s, out, wet, form=form, folder=folder:
                    supercollider.patch_command(form, folder, s, out, wet))
        if self.have["Csound"]:
            for form, name in (("adsynt2", "additive: adsynt2"), ("GEN10", "wavetable: oscili")):
                folder = self.folder_of("cs-patch-" + form)
                add("Csound", name, lambda s, out, wet, form=form, folder=folder:
                    csound.patch_command(form, folder, s, out, wet))
        if self.have["Faust"]:
            for form, name in (("sine, -vec", "additive: sine, -vec"),
                               ("table, -vec", "wavetable: table, -vec")):
                add("Faust", name, lambda s, out, wet, form=form: faust.patch_command(
                    self.faust_program("patch", form), s, out, wet))
        if self.have["FluidSynth"]:
            folder = self.folder_of("fluid")
            pairs.append((measure.Row("FluidSynth", "sample playback", lambda s, out: fluid.command(
                folder, s, out), PATCH_SHORTEST_S), None))
        return pairs

    def patch(self):
        pairs = self.patch_rows()
        dry = {id(row): make for row, make in pairs}
        hz, level = ask.patch_partials()

        def faults(row):
            wet = self.rendered(row.make, ask.PATCH_S, 2)
            if dry[id(row)] is None:
                return check.pad_played(wet, fluid.NOTES, ask.PATCH_S)
            bare = self.rendered(dry[id(row)], ask.PATCH_S, 2)
            return (check.patch_dry(bare, hz, level, ask.PATCH_S) +
                    check.patch_wet(wet, hz, level, ask.PATCH_S))
        rows = self.checked([row for row, _ in pairs], "the patch", faults)
        return self.timed(rows, "the patch")

    # --- checking and timing ---

    def rendered(self, make, seconds, channels):
        out = os.path.join(self.folder, "check.raw")
        measure.run(make(seconds, out), self.options.core, self.log)
        samples = check.read(out, channels)
        os.unlink(out)
        return samples

    def checked(self, rows, work, faults_of):
        """Those of ROWS whose audio is the asked one; the others are left out with the reason."""
        print("checking %s..." % work, file=sys.stderr)
        good = []
        for row in rows:
            try:
                faults = faults_of(row)
            except (measure.Failed, OSError) as failure:
                faults = [str(failure)]
            if faults:
                self.leave_out("%s (%s) at %s: %s" % (row.program, row.form, work, faults[0]))
            else:
                good.append(row)
        return good

    def timed(self, rows, work):
        """Those of ROWS that ran to their end every time, measured in turns."""
        print("timing %s..." % work, file=sys.stderr)
        core, left = self.options.core, rows

        def keep(what):
            good = []
            for row in left:
                try:
                    what(row)
                    good.append(row)
                except (measure.Failed, OSError) as failure:
                    self.leave_out("%s (%s) at %s: %s" % (row.program, row.form, work, failure))
            return good
        left = keep(lambda row: row.calibrate(core, self.log, self.budget_s))
        for _ in range(self.options.repeats):
            left = keep(lambda row: row.measure(core, self.log))
        return left


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="shorter renders, three repetitions")
    parser.add_argument("--repeats", type=int, help="repetitions of each figure (default 9)")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)),
                        help="the core that all programs run on (default: the last)")
    parser.add_argument("--json", metavar="FILE", help="the figures as JSON; - is standard output")
    parser.add_argument("--markdown", metavar="FILE", help="a page of documentation")
    parser.add_argument("--ours", default=os.path.join(ROOT, "build/release/aeolian-peers"),
                        help="the program aeolian-peers")
    options = parser.parse_args(words)
    if options.repeats is None:
        options.repeats = 3 if options.quick else 9
    if options.core not in os.sched_getaffinity(0):
        parser.error("--core %d: this process may run on %s" % (
            options.core, ", ".join(map(str, sorted(os.sched_getaffinity(0))))))
    if options.repeats < 2:
        parser.error("--repeats %d: at least 2, or there is no noise bound" % options.repeats)
    if not os.access(options.ours, os.X_OK):
        parser.error("%s is not there: cmake --build build/release --target aeolian_peers" %
                     options.ours)
    return options


def opened(stack, path):
    """PATH for writing, before anything is measured; "-" is standard output, None is None."""
    if path is None or path == "-":
        return path and sys.stdout
    try:
        return stack.enter_context(open(path, "w"))
    except OSError as failure:
        sys.exit("bench_peers.py: %s: %s" % (path, failure.strerror))


def main(words):
    options = parse(words)
    with contextlib.ExitStack() as stack:
        measure_all(options, words, opened(stack, options.markdown), opened(stack, options.json))
    return 0


def measure_all(options, words, page, figures):
    """The whole comparison; PAGE and FIGURES are open files or None."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="aeolian-peers-", dir=memory) as folder:
        bench = Bench(options, folder)
        machine = report.machine(options, words)
        results = report.results(bench.bank(ask.BANK_SIZES), bench.voices(ask.BANK_SIZES),
                                 bench.patch(), bench.left_out, machine)
    if page:
        page.write(report.markdown(results))
    if figures:
        json.dump(results, figures, indent=1)
        figures.write("\n")
    if sys.stdout not in (page, figures):
        print(report.table(results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
