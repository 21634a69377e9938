"""The bank and the patch for Faust: compiled to C by faust, and that by the C compiler (-Ofast, as
Faust's own scripts do, and -march=native), with profiling/peers/faust_main.c as the host.

Forms measured, the faster counts (bank.dsp and patch.dsp tell what they are):
  table       the library's table oscillator; for the patch one wavetable per voice, with -vec
  quadrature  the library's recursive oscillator, with -vec
  sine        the sine of an integer phase, which the C compiler turns into vectors; -vec or not.
              For the patch -mcd 2100 makes -vec give the chord a loop of its own
"""
import os
import subprocess

import ask
import measure

HERE = os.path.dirname(os.path.abspath(__file__))
VEC = ["-vec", "-vs", str(ask.BLOCK)]
BANK_FORMS = {"table": (0, []), "quadrature, -vec": (1, VEC), "sine": (2, []),
              "sine, -vec": (2, VEC)}
PATCH_FORMS = {"table, -vec": (0, VEC), "sine, -vec": (1, VEC + ["-mcd", "2100"])}
COMPILE = ["cc", "-Ofast", "-march=native", "-fwrapv", "-w", "-std=gnu11"]


def _run(words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        raise measure.Failed("%s ended with status %d: %s" % (
            words[0], done.returncode, lines[0] if lines else "said nothing"))


def build(work, form, folder):
    """Compiles WORK (bank or patch) in one form; returns the program's path."""
    number, options = (BANK_FORMS if work == "bank" else PATCH_FORMS)[form]
    name = os.path.join(folder, "%s-%s" % (work, form.replace(", ", "")))
    with open(os.path.join(HERE, work + ".dsp")) as file:
        text = file.read()
    with open(name + ".dsp", "w") as file:
        file.write(text.replace("FORM = 0;", "FORM = %d;" % number))
    _run(["faust", "-lang", "c", "-single"] + options + [name + ".dsp", "-o", name + ".c"])
    _run(COMPILE + ['-DGENERATED="%s.c"' % name, os.path.join(HERE, "faust_main.c"), "-o", name,
                    "-lm"])
    return name


def bank_command(program, bank, seconds, out):
    return [program, out, "%g" % seconds, bank], {}


def patch_command(program, seconds, out, wet=True):
    end = seconds - ask.RELEASE_BEFORE_END_S + ask.RELEASE_S
    return [program, out, "%g" % seconds, "-", "end=%g" % end, "wet=%d" % wet], {}
