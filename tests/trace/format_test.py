#!/usr/bin/python3
"""Goal: the checker of traces finds what is wrong. Each defect is put into a small file that is
right, once, and must be found and called by its name; the file itself, and one with B and E, pass.

Usage: format_test.py (standard library only)."""
import copy
import json

from trace_format import check


def event(phase, tid=11, ts=0.0, name="work", **more):
    return {"ph": phase, "pid": 1, "tid": tid, "ts": ts, "name": name, **more}


def arrow(phase, tid, ts, number=5, **more):
    return event(phase, tid, ts, "change", cat="change", id=number, **more)


GOOD = {
    "displayTimeUnit": "ms",
    "traceEvents": [
        event("M", name="process_name", args={"name": "aeolian"}),
        event("M", 11, name="thread_name", args={"name": "main"}),
        event("M", 12, name="thread_name", args={"name": "other"}),
        event("X", 11, 10.0, "outer", dur=100.0),
        event("X", 11, 10.0, "inner", dur=50.0, args={"n": 3}),
        event("X", 11, 60.0, "next", dur=50.0),
        event("X", 11, 109.0, "point", dur=0.0),
        event("X", 12, 50.001, "alone", dur=0.999),
        event("C", 11, 20.0, "depth", args={"value": 3}),
        arrow("s", 11, 15.0),
        arrow("t", 12, 50.5),
        arrow("f", 11, 70.0, bp="e"),
    ],
    "otherData": {"dropped": 0},
}
OUTER, NEXT, ALONE, COUNTER, START, STEP, END = 3, 5, 7, 8, 9, 10, 11


def changed(index, **fields):
    trace = copy.deepcopy(GOOD)
    trace["traceEvents"][index].update(fields)
    return json.dumps(trace)


def without(index, key=None):
    trace = copy.deepcopy(GOOD)
    del (trace["traceEvents"][index] if key else trace["traceEvents"])[key or index]
    return json.dumps(trace)


def beside(*events):
    trace = copy.deepcopy(GOOD)
    trace["traceEvents"] += events
    return json.dumps(trace)


def of_root(**fields):
    return json.dumps({**GOOD, **fields})


TEXT = json.dumps(GOOD)
DEFECTS = [
    ("no JSON", TEXT[:-3]),
    ("no JSON", TEXT.replace("20.0", "NaN")),
    ("twice", TEXT.replace('"n": 3', '"n": 3, "n": 4')),
    ("no traceEvents", json.dumps(GOOD["traceEvents"])),
    ("no traceEvents", of_root(traceEvents={})),
    ("displayTimeUnit", of_root(displayTimeUnit="s")),
    ("dropped", of_root(otherData={})),
    ("no object", of_root(traceEvents=GOOD["traceEvents"] + [3])),
    ("phase", changed(OUTER, ph="Q")),
    ("phase", without(OUTER, "ph")),
    ("ts is", changed(OUTER, ts="10.0")),
    ("ts is", changed(OUTER, ts=-1.0)),
    ("ts is", without(COUNTER, "ts")),
    ("dur", changed(OUTER, dur="100")),
    ("dur", changed(OUTER, dur=-1)),
    ("dur", without(OUTER, "dur")),
    ("dur", changed(OUTER, dur=True)),
    ("tid is", changed(OUTER, tid="main")),
    ("pid is", without(OUTER, "pid")),
    ("no name", changed(OUTER, name="")),
    ("counter", changed(COUNTER, args={"value": "3"})),
    ("counter", changed(COUNTER, args={})),
    ("args", changed(OUTER, args=[1])),
    ("metadata", changed(1, args={})),
    ("metadata", changed(1, name="thread_nmae")),
    ("laps over", changed(NEXT, dur=50.001)),
    ("laps over", changed(OUTER, dur=60.0)),
    ("ends nothing", beside(event("E", ts=200.0))),
    ("does not end", beside(event("B", ts=200.0))),
    ("another slice", beside(event("B", ts=200.0), event("E", ts=201.0, name="play"))),
    ("ends nothing", beside(event("B", ts=200.0), event("E", ts=199.0))),
    ("one beginning and one end", without(END)),
    ("one beginning and one end", without(START)),
    ("one beginning and one end", beside(arrow("f", 11, 80.0))),
    ("one beginning and one end", changed(STEP, id=6)),
    ("out of order", changed(END, ts=12.0)),
    ("out of order", changed(STEP, tid=11, ts=90.0)),
    ("without category", without(START, "cat")),
    ("without category", changed(START, id=None)),
    ("is over", changed(END, ts=109.5)),
    ("hangs", changed(STEP, ts=49.0)),
    ("hangs", without(ALONE)),
    ("process 1 has no name", without(0)),
    ("thread (1, 12) has no name", without(2)),
    ("process 2 has no name", changed(COUNTER, pid=2)),
]


def main():
    assert check(TEXT) == [], check(TEXT)
    pair = beside(event("B", ts=200.0), event("B", ts=201.0), event("E", ts=202.0),
                  event("E", ts=203.0))
    assert check(pair) == [], check(pair)
    for words, text in DEFECTS:
        faults = check(text)
        assert any(words in fault for fault in faults), (words, faults)
    print(f"{len(DEFECTS)} defects found")


main()
