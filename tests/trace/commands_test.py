#!/usr/bin/python3
"""Goal: `--trace FILE` writes a file that keeps the format's rules and tells what the command did:
its threads, every stage by the name that NVTX has for it, its batches, the GPU on tracks of its
own. It does so when the run is broken off, when there is too much to record (what is missing is
counted), and says in one line when it cannot.

Usage: commands_test.py NAME..., with AEO_PROGRAM, AEO_TRACE_FLOOD, AEO_CUDASIM (standard library
only). The names are at the end."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from trace_format import Trace, begin_ns, end_ns

PROGRAM = os.environ["AEO_PROGRAM"]
STAGES = pathlib.Path("profiling/range.h").read_text()
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="aeolian-trace-"))
FILE = FOLDER / "trace.json"


def run(*arguments, status=0, **environment):
    done = subprocess.run([PROGRAM, *arguments], env={**os.environ, **environment}, text=True,
                          capture_output=True, timeout=100, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done.stderr


def render(*arguments, **environment):
    run("render", "--out", str(FOLDER / "a.wav"), "--quiet", "--trace", str(FILE), *arguments,
        **environment)
    return Trace(FILE.read_text())


def a_render():
    trace = render("--duration", "20", "--renderer", "cpu", "--threads", "2", "--seed", "1")
    assert trace.about["dropped"] == 0, trace.about
    for stage in ("compose", "submit", "voices", "effects"):
        assert f'"{stage}"' in STAGES and trace.slices(stage), stage
    batches = trace.slices("batch")
    # What is rendered is what was asked for, and before it the tick in which the effects begin.
    assert sum(e["args"]["frames"] for e in batches) == 20 * 48000 + 4800
    assert sum(e["args"]["frames"] for e in trace.slices("synthesis")) == 20 * 48000
    names = set(trace.threads.values())  # the worker is there only if it came in time for something
    assert names | {"aeo-render-1"} == {"main", "aeo-render-1"}, names
    for voices in trace.slices("voices"):
        assert any(begin_ns(b) <= begin_ns(voices) and end_ns(voices) <= end_ns(b)
                   for b in batches), voices
    assert "notes" in trace.counters()
    assert not [e for e in trace.events if e["ph"] in "stf"]
    print(f"a render: {trace.about['events']} events")


def on_a_gpu():
    """The simulated device takes the host's time for its own, so what it says can be compared."""
    trace = render("--duration", "1", "--renderer", "cuda", "--threads", "1", "--span-frames",
                   "19200", AEOLIAN_LIBCUDA=os.environ["AEO_CUDASIM"],
                   AEOLIAN_GPU_WATCHDOG_MS="60000")
    batches = [b for b in trace.slices("batch") if b["args"]["added"]]
    kernels, uploads = trace.slices("kernels"), trace.slices("upload")
    copies = [e for e in trace.slices("copy") if trace.thread(e) == "GPU copy"]
    # The first batch is look-back, whose samples nobody wants.
    assert len(kernels) == len(uploads) == len(copies) + 1 == len(batches) > 2
    # Two batches are under way: the device begins with one while the host is at the one before.
    for before, batch, up, kernel, copy in zip(batches, batches[1:], uploads[1:], kernels[1:],
                                               copies):
        assert trace.thread(up) == trace.thread(kernel) == "GPU compute"
        assert kernel["args"]["frames"] * kernel["args"]["spans"] == batch["args"]["frames"]
        assert begin_ns(before) < end_ns(before) <= begin_ns(batch)
        times = [begin_ns(before), begin_ns(up), end_ns(up), begin_ns(kernel), end_ns(kernel),
                 begin_ns(copy), end_ns(copy), end_ns(batch)]
        assert times == sorted(times), times
    assert any(kernel["args"]["graph"] for kernel in kernels)
    trace = render("--duration", "1", "--renderer", "cuda", "--threads", "1", "--span-frames",
                   "4000", AEOLIAN_LIBCUDA=os.environ["AEO_CUDASIM"],
                   AEOLIAN_GPU_WATCHDOG_MS="60000")
    assert trace.slices("master"), "launches one by one are marked on the host"
    print(f"on a GPU: {len(kernels)} batches")


def break_off(until, *arguments):
    """Ctrl-C as soon as there is a slice UNTIL in the file."""
    process = subprocess.Popen([PROGRAM, *arguments, "--trace", str(FILE)], text=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not (FILE.exists() and f'"{until}"' in FILE.read_text()):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1, said
    trace = Trace(FILE.read_text())
    assert trace.slices(until)
    return said


def broken_off():
    said = break_off("batch", "render", "--duration", "100h", "--out", str(FOLDER / "b.wav"),
                     "--quiet", "--threads", "1")
    assert "interrupted" in said
    FILE.unlink()
    break_off("encode", "soak", "--audio-hours", "1", "--sessions", "1", "--json")


def too_much():
    """What is in the file and what was dropped is all there was."""
    for case in ("rings", "threads", "bytes", "again"):
        out = subprocess.run([os.environ["AEO_TRACE_FLOOD"], case, str(FILE)], text=True,
                             capture_output=True, timeout=100, check=True).stdout
        asked, events, dropped, error = map(int, out.split())
        trace = Trace(FILE.read_text())
        assert error == 0 and trace.about["dropped"] == dropped
        written = len([e for e in trace.events if e["ph"] != "M"])
        assert trace.about["events"] == events == written, (trace.about, written)
        if case == "again":
            assert events > 0 and len(trace.threads) <= 3
            continue
        assert dropped > 0, case
        # A change alone makes no arrow; everything else is written or counted.
        assert asked // 4 * 3 <= events + dropped + asked // 4 and events + dropped <= asked
        if case == "bytes":
            assert FILE.stat().st_size < 300000
        print(f"too much for {case}: {events} written, {dropped} dropped of {asked}")


def cannot():
    out = str(FOLDER / "a.wav")
    render_short = ("render", "--duration", "1", "--out", out, "--quiet", "--trace")
    said = run(*render_short, str(FOLDER / "none" / "a.json"), status=1)
    assert said.count("\n") == 1 and "No such file" in said, said
    said = run(*render_short, "/dev/full", status=1)
    assert said.count("\n") == 1 and "No space left" in said, said
    said = run("render", "--duration", "1", "--out", out, "--trace", status=2)
    assert "--trace needs a value" in said
    for command in ("serve", "play", "render", "soak"):
        text = subprocess.run([PROGRAM, command, "--help"], text=True, capture_output=True,
                              timeout=60, check=True).stdout
        assert "--trace FILE" in text, command


TESTS = {test.__name__: test for test in (a_render, on_a_gpu, broken_off, too_much, cannot)}
for name in sys.argv[1:]:
    FILE.unlink(missing_ok=True)
    begun = time.monotonic()
    TESTS[name]()
    print(f"{name}: {time.monotonic() - begun:.1f} s", flush=True)
