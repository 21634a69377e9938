#!/usr/bin/python3
"""Goal: a renderer that became slower is seen without a clock. The instructions of a fixed render,
counted under callgrind, must be within 2 % of the committed figures, up or down.

Usage: instructions.py [--update | --self-test], with AEO_PROGRAM, AEO_BINARY_DIR, AEO_SOURCE_DIR.
--update    writes the figures anew: after a change that is meant to cost or to save
--self-test figures that are 3 % off must be refused, those 1 % off not

Counted is what stands in the program itself: what the dynamic linker, the C library and the others
do depends on the machine (they choose by processor) and is not ours. There is a figure for all of
it and one for each function that had 5 % of it or more, so that the effects cannot double behind
voices that got faster. They hold for gcc of Debian 12, release, --isa avx2, one thread; elsewhere,
or without valgrind, the test is skipped with a line that says why. Standard library only.
"""
import os
import re
import subprocess
import sys
import tempfile

ALLOWED = 0.02
WORTH_A_FIGURE = 0.05
WHOLE = "whole-program"
RENDER = ["--scene", "harbour-at-first-light", "--seed", "1", "--start", "0", "--duration", "0.5",
          "--renderer", "cpu", "--isa", "avx2", "--threads", "1", "--quiet"]
UPDATE = ("if that is meant: AEO_PROGRAM=build/release/aeolian AEO_BINARY_DIR=build/release "
          "AEO_SOURCE_DIR=. tests/guards/instructions.py --update")


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def parse(lines, program):
    """Instructions of each function of PROGRAM itself, from callgrind's file without compression.

    A line of numbers is "position cost"; the one after "calls=" is what a callee cost, which is
    told again where the callee stands.
    """
    counts, in_program, function, of_callee = {}, False, "", False
    for line in lines:
        if line.startswith("ob="):
            in_program = os.path.realpath(line[3:].rstrip()) == os.path.realpath(program)
        elif line.startswith("fn="):
            function = line[3:].rstrip()
        elif line.startswith("calls="):
            of_callee = True
        elif re.match(r"[0-9+*-]", line):
            if in_program and not of_callee:
                counts[function] = counts.get(function, 0) + int(line.split()[1])
            of_callee = False
    return counts


def figures_of(counts):
    whole = sum(counts.values())
    large = {name: count for name, count in counts.items() if count >= WORTH_A_FIGURE * whole}
    return {WHOLE: whole, **dict(sorted(large.items(), key=lambda item: -item[1]))}


def judge(counts, committed):
    """Prints each figure beside the committed one; whether all are within bounds."""
    got, good = {WHOLE: sum(counts.values()), **counts}, True
    for name, want in committed.items():
        if name not in got:
            print(f"{name}: no such function in the program any more")
            good = False
            continue
        change = got[name] / want - 1
        fits = abs(change) <= ALLOWED
        print(f"{name}: {got[name]:,} instructions, committed {want:,}: {change:+.2%}"
              + ("" if fits else f", more than {ALLOWED:.0%} off"))
        good = good and fits
    return good


def read_figures(path):
    with open(path) as file:
        return {name: int(count) for count, name in (line.split() for line in file)}


def check_machine(binary_dir):
    with open("/etc/os-release") as file:
        if "VERSION_CODENAME=bookworm" not in file.read():
            skip("the figures are for gcc 12 of Debian 12, and this is another system")
    with open(os.path.join(binary_dir, "CMakeCache.txt")) as file:
        cache = dict(re.findall(r"^(\w+):\w+=(.*)$", file.read(), re.M))
    version = subprocess.run([cache["CMAKE_C_COMPILER"], "--version"], capture_output=True,
                             text=True).stdout.partition("\n")[0]
    if "clang" in version or not re.search(r"\(Debian 12\.[^)]*\) 12\.", version):
        skip(f"the figures are for gcc 12 of Debian 12, and this is {version}")
    if cache["CMAKE_BUILD_TYPE"] != "Release" or cache.get("AEO_SANITIZE"):
        skip("the figures are for the release build")
    with open("/proc/cpuinfo") as file:
        if not re.search(r"^flags.*\bavx2\b", file.read(), re.M):
            skip("this processor has no avx2")
    try:
        subprocess.run(["valgrind", "--version"], capture_output=True)
    except FileNotFoundError:
        skip("valgrind is not installed")


def count(program):
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "callgrind.out")
        ran = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--dump-line=no",
             "--compress-strings=no", "--compress-pos=no", program, "render", *RENDER, "--out",
             os.path.join(folder, "sound.wav")], capture_output=True, text=True)
        if ran.returncode != 0:
            sys.exit(f"the render failed under valgrind:\n{ran.stderr}")
        with open(out) as file:
            return parse(file, program)


def self_test(committed):
    text = ["ob=/p/aeolian\n", "fl=a.c\n", "fn=voices\n", "0 90\n", "cfn=effects\n",
            "calls=2 0\n", "0 1000\n", "fn=effects\n", "+1 10\n", "ob=/lib/libc.so\n",
            "fn=memset\n", "0 500\n"]
    assert parse(text, "/p/aeolian") == {"voices": 90, "effects": 10}
    assert figures_of({"a": 96, "b": 4}) == {WHOLE: 100, "a": 96}
    rest = committed[WHOLE] - sum(committed.values()) + committed[WHOLE]
    counts = {**{name: n for name, n in committed.items() if name != WHOLE}, "others": rest}
    assert judge(counts, committed)
    for name in committed:
        for change, seen in ((0.97, True), (0.99, False), (1.01, False), (1.03, True)):
            off = {**committed, name: int(committed[name] * change)}
            assert judge(counts, off) != seen, f"{name}: a figure {change - 1:+.0%} off"
    assert not judge(counts, {**committed, "gone": 1})


def main():
    path = os.path.join(os.environ["AEO_SOURCE_DIR"], "tests/guards/instructions.txt")
    if "--self-test" in sys.argv[1:]:
        return self_test(read_figures(path))
    check_machine(os.environ["AEO_BINARY_DIR"])
    counts = count(os.path.abspath(os.environ["AEO_PROGRAM"]))
    if "--update" in sys.argv[1:]:
        with open(path, "w") as file:
            for name, figure in figures_of(counts).items():
                print(figure, name, file=file)
                print(f"{name}: {figure:,} instructions from now on")
    elif not judge(counts, read_figures(path)):
        sys.exit(UPDATE)


main()
