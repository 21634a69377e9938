"""From measured rows to results (plain data for JSON), a table in text, and a page of markdown."""
import os
import platform
import subprocess

import measure

PACKAGES = ("supercollider-server", "csound", "faust", "fluidsynth", "timgm6mb-soundfont")
BANK_AIM, PATCH_AIM = 10, 20

NOTES = """\
## What to make of it

- The unit is processor time on one core; nothing else of a program's use is compared. The peers are
  general: any graph of units, live. Ours can play what its scenes need and nothing else.
- The bank: ours, SuperCollider and Csound's adsynt2 ramp amplitudes inside the 64 frames of the
  control grid; Csound's instances and Faust hold them, and so does ours in the row *held*. Compare
  like with like.
- Unfair to the peers: our bank is written for this very sum (all phases of a cell from two tables,
  symmetric about its centre), fixed frequencies inside 64 frames; SuperCollider and Csound run the
  distribution's generic builds and Csound computes in double precision. Faust is compiled for this
  processor, with the fast mathematics of its own scripts, which give away exact rounding.
- Unfair to us: equal bits on all machines rule out such mathematics for our programs, and phases
  are exact in integers, where the single-precision phases of Faust's library oscillators drift.
- The patch is a still spectrum, so a wavetable per voice may stand for 32 sinusoids; that form is
  measured too, and it is the one to choose in practice there. Our voices have no such short cut:
  theirs is the price of partials that move one by one, which this patch does not ask for. Ours has
  no chorus unit: three detuned, wandering copies of every harmonic stand for it (768 partials).
- The peers' reverb is Freeverb in all three (8 combs and 4 all-passes a side); ours is the engine's
  16-line hall with its diffuser and a limiter, which it cannot switch off: more work.
- Why the patch stays far from its aim: by a profile on an AVX2 core, our voices take three quarters
  of its time and reverb with limiter a quarter. That quarter alone allows no more than about 700
  times real time, 6 to 7 times the best additive form, so faster voices alone could not reach 20.
- *Full voices* is another sound than the bank: notes of 32 harmonics times 8 detuned copies with
  wandering pitch, a moving filter and a place in the stereo field. Nobody else plays it here.
- FluidSynth plays back samples: it is no additive synthesis, and shown for orientation.
"""


def fastest(rows):
    """The best row of each program, in the order of the programs."""
    best = {}
    for row in rows:
        if row.program not in best or row.speed()[0] > best[row.program].speed()[0]:
            best[row.program] = row
    return list(best.values())


def _first_line(command):
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.splitlines()[0].strip() if said.strip() else "unknown"


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1].strip() for line in file
                     if line.startswith("model name")]
    except OSError:
        names = []
    return "%s, %d in all" % (names[0] if names else platform.machine(), os.cpu_count())


def machine(options, words):
    """What the figures were made on and with."""
    versions = {name: _first_line(["dpkg-query", "-W", "-f", "${Version}\n", name])
                for name in PACKAGES}
    return {
        "processor": _processor(),
        "compiler": _first_line(["cc", "--version"]),
        "lanes": _first_line([options.ours, "isa"]),
        "packages": versions,
        "command": " ".join(["profiling/peers/bench_peers.py"] + list(words)),
        "core": options.core,
        "repeats": options.repeats,
        "budget_s": measure.BUDGET_QUICK_S if options.quick else measure.BUDGET_S,
        "load_at_start": os.getloadavg()[0],
    }


def _row(row, size=None):
    speed, spread = row.speed()
    made = {"program": row.program, "form": row.form, "times_real_time": speed,
            "spread": spread, "times_real_time_wall": row.speed(1)[0],
            "seconds_rendered": [row.short_s, row.long_s], "cpu_s_per_s": row.differences()}
    if size:
        made["sinusoids"] = speed * size
    return made


def _find(rows, program, form=None):
    return next((r for r in rows if r["program"] == program and form in (None, r["form"])), None)


def results(bank, voices, patch, left_out, about):
    """All of it as plain data."""
    about = dict(about, load_at_end=os.getloadavg()[0])
    return {"machine": about, "left_out": left_out,
            "bank": [{"partials": size, "rows": [_row(row, size) for row in rows]}
                     for size, rows in bank.items()],
            "voices": [_row(row, int(row.form)) for row in voices],
            "patch": [_row(row) for row in patch]}


def _peers(rows):
    return [r for r in rows if r["program"] not in ("Aeolian", "FluidSynth")]


def _best(rows):
    return max(rows, key=lambda r: r["times_real_time"], default=None)


def _count(row):
    if row is None:
        return "-"
    return "%s ±%.0f %%" % (format(round(row["sinusoids"], -2), ",.0f"), 100 * row["spread"])


def _ratio(ours, peer):
    """The ratio, with a bound where both have one: noise of two that do not know each other."""
    if not ours or not peer:
        return "-"
    ratio = ours["times_real_time"] / peer["times_real_time"]
    noise = ratio * (ours["spread"]**2 + peer["spread"]**2)**0.5
    return "1" if ours is peer else "%.1f ±%.1f x" % (ratio, noise)


def _bank_lines(made):
    head = ["partials", "ours, ramped", "ours, held", "SuperCollider", "Csound", "Faust",
            "best peer", "ours/best, ramped", "held"]
    lines = [head]
    for bank in made["bank"]:
        rows = bank["rows"]
        ramped, held = (_find(rows, "Aeolian", form) for form in ("ramped", "held"))
        best = {name: _best([r for r in rows if r["program"] == name])
                for name in ("SuperCollider", "Csound", "Faust")}
        peer = _best(_peers(rows))
        lines.append([format(bank["partials"], ","), _count(ramped), _count(held)] +
                     [_count(best[name]) for name in best] +
                     [peer["program"] if peer else "-", _ratio(ramped, peer), _ratio(held, peer)])
    return lines


def _form_lines(made):
    bank = max(made["bank"], key=lambda b: len(b["rows"]), default=None)
    lines = [["program", "form", "sinusoids", "x real time", "wall", "ours, ramped/it", "held/it"]]
    rows = bank["rows"] if bank else []
    ramped, held = (_find(rows, "Aeolian", form) for form in ("ramped", "held"))
    for r in rows:
        lines.append([r["program"], r["form"], _count(r), "%.1f" % r["times_real_time"],
                      "%.1f" % r["times_real_time_wall"], _ratio(ramped, r), _ratio(held, r)])
    return lines, bank["partials"] if bank else 0


def _patch_lines(made):
    ours = _find(made["patch"], "Aeolian")
    lines = [["program", "form", "x real time", "wall", "ours/it"]]
    for r in made["patch"]:
        lines.append([r["program"], r["form"], "%.1f ±%.0f %%" % (
            r["times_real_time"], 100 * r["spread"]), "%.1f" % r["times_real_time_wall"],
            _ratio(ours, r)])
    return lines


def _voice_lines(made):
    return [["partials", "x real time", "partials in real time"]] + [
        [format(int(r["form"]), ","), "%.1f" % r["times_real_time"], _count(r)]
        for r in made["voices"]]


def _reached(made):
    """Sentences: the aims and what was reached."""
    said = []
    for form in ("ramped", "held"):
        ratios = []
        for bank in made["bank"]:
            ours, peer = _find(bank["rows"], "Aeolian", form), _best(_peers(bank["rows"]))
            if ours and peer:
                ratios.append(ours["times_real_time"] / peer["times_real_time"])
        if ratios:
            said.append("Bank, ours %s: %.1f to %.1f times the best peer (aim %d)." % (
                form, min(ratios), max(ratios), BANK_AIM))
    ours = _find(made["patch"], "Aeolian")
    for kind in ("additive", "wavetable"):
        peer = _best([r for r in _peers(made["patch"]) if r["form"].startswith(kind)])
        if ours and peer:
            said.append("Patch, against the best %s form (%s, %s): %s (aim %d x)." % (
                kind, peer["program"], peer["form"].split(": ", 1)[1], _ratio(ours, peer),
                PATCH_AIM))
    return said


def _sections(made):
    forms, size = _form_lines(made)
    return [
        ("The bank: sinusoids in real time on one core", _bank_lines(made)),
        ("The bank of %s in all forms" % format(size, ","), forms),
        ("The patch, 60 s: eight voices of 32 partials, chorus, reverb", _patch_lines(made)),
        ("Our full voices, without effects: another sound, for orientation", _voice_lines(made)),
    ]


def _about(made):
    about = made["machine"]
    return [
        "Processor: %s; core %d" % (about["processor"], about["core"]),
        "Ours: lanes %s; C compiler: %s" % (about["lanes"], about["compiler"]),
        "Packages: " + ", ".join("%s %s" % pair for pair in about["packages"].items()),
        "Least processor time of %d runs in turns of a shorter and a longer render to /dev/null, "
        "about %g s of processor time apart; ± is how far the median run was from it" % (
            about["repeats"], about["budget_s"]),
        "Load average: %.2f at the start, %.2f at the end" % (
            about["load_at_start"], about["load_at_end"]),
        "Command: `%s`" % about["command"],
    ]


def table(made):
    """Text for a terminal."""
    text = [""] + _about(made)
    for title, lines in _sections(made):
        widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        text += ["", title]
        for line in lines:
            text.append("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths)))
    text += [""] + _reached(made) + ["Left out: " + why for why in made["left_out"]]
    return "\n".join(line.rstrip() for line in text)


def markdown(made):
    """A page of documentation."""
    text = ["# Beside other programs", "",
            "Made by `make bench-peers PEERS=\"--markdown docs/benchmarks-peers.md\"`, which "
            "installs what it compares with. Every",
            "row's audio was checked before it was timed: each partial at its frequency within "
            "0.5 dB. What is asked, in",
            "numbers: profiling/peers/ask.py; how each program plays it: the files beside it.", ""]
    text += ["- " + line for line in _about(made)] + ["- " + line for line in _reached(made)]
    text += ["- Left out: " + why for why in made["left_out"]]
    for title, lines in _sections(made):
        text += ["", "## " + title, "", "| " + " | ".join(lines[0]) + " |",
                 "|" + "---|" * len(lines[0])]
        text += ["| " + " | ".join(line) + " |" for line in lines[1:]]
    return "\n".join(text) + "\n\n" + NOTES
