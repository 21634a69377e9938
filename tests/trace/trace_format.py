"""What the Trace Event Format asks of a file, written down from its description and not from the
program that writes ours. check(text) lists every breach; Trace reads a file that has none.

Times are kept as whole nanoseconds: the format's microseconds have three more digits here."""
import json
import math

SLICES = {"X", "B", "E"}
COUNTERS = {"C"}
FLOWS = {"s", "t", "f"}
NAMES = {"M"}
KNOWN_NAMES = {"process_name", "thread_name", "process_sort_index", "thread_sort_index",
               "process_labels"}
CLOCKS = {"ms", "ns"}


def refuse_constant(word):
    raise ValueError(f"{word} is no JSON")


def refuse_twins(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a name twice in {pairs}")
    return found


def parse(text):
    return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=refuse_twins)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def ns(microseconds):
    return round(microseconds * 1000)


def line_of(event):
    return event["pid"], event["tid"]


def event_faults(event):
    """What is wrong with one event by itself."""
    phase = event.get("ph")
    if phase not in SLICES | COUNTERS | FLOWS | NAMES:
        return [f"phase {phase!r} is none of those that are known"]
    faults = []
    for key in ("pid", "tid"):
        if not is_whole(event.get(key)):
            faults.append(f"{key} is no whole number")
    if phase not in NAMES and not (is_number(event.get("ts")) and event["ts"] >= 0):
        faults.append("ts is no time")
    if phase != "E" and not (isinstance(event.get("name"), str) and event["name"]):
        faults.append("there is no name")
    if phase == "X" and not (is_number(event.get("dur")) and event["dur"] >= 0):
        faults.append("dur is no length of time")
    arguments = event.get("args", {})
    if not isinstance(arguments, dict):
        faults.append("args is no object")
    elif phase in COUNTERS and not (arguments and all(map(is_number, arguments.values()))):
        faults.append("a counter has something else than numbers")
    elif phase in NAMES and (event.get("name") not in KNOWN_NAMES or
                             not isinstance(arguments.get("name"), str)):
        faults.append("metadata names nothing")
    if phase in FLOWS and not (isinstance(event.get("cat"), str) and
                               isinstance(event.get("id"), (int, str))):
        faults.append("an arrow without category or id")
    return faults


def nesting_faults(events):
    """Slices of one thread lie one in the other or one behind the other."""
    faults, lines = [], {}
    for event in events:
        if event["ph"] in SLICES:
            lines.setdefault(line_of(event), []).append(event)
    for line, slices in lines.items():
        whole = sorted((ns(e["ts"]), -ns(e["dur"]), e["name"]) for e in slices if e["ph"] == "X")
        open_until = []
        for begin, minus_dur, name in whole:
            while open_until and open_until[-1][0] <= begin and (begin, minus_dur) != (
                    open_until[-1][0], 0):
                open_until.pop()
            if open_until and begin - minus_dur > open_until[-1][0]:
                faults.append(f"{name} on {line} laps over {open_until[-1][1]}")
            open_until.append((begin - minus_dur, name))
        begun = []
        for event in (e for e in slices if e["ph"] != "X"):  # in the order of the file
            if event["ph"] == "B":
                begun.append(event)
            elif not begun or event["ts"] < begun[-1]["ts"]:
                faults.append(f"an E on {line} ends nothing")
            elif event.get("name", begun[-1]["name"]) != begun.pop()["name"]:
                faults.append(f"an E on {line} ends another slice than the last begun")
        faults += [f"{event['name']} on {line} does not end" for event in begun]
    return faults


def is_inside(event, slices):
    at = ns(event["ts"])
    return any(ns(e["ts"]) <= at <= ns(e["ts"]) + ns(e["dur"]) for e in slices)


def flow_faults(events):
    """An arrow has one beginning and one end, in this order, and holds on to slices. A reader that
    takes events as they come in time hangs it on the slice begun last: it must lie in that one."""
    faults, flows, slices = [], {}, {}
    for event in sorted((e for e in events if e["ph"] in FLOWS | {"X"}),
                        key=lambda e: ns(e["ts"])):
        line = slices.setdefault(line_of(event), [])
        if event["ph"] == "X":
            line.append(event)
            continue
        key = (event["cat"], event["name"], event["id"])
        flows.setdefault(key, []).append(event)
        if line and is_inside(event, line) and not is_inside(event, line[-1:]):
            faults.append(f"arrow {key} would be hung on {line[-1]['name']}, which is over")
    for key, stations in flows.items():
        phases = [e["ph"] for e in stations]
        if phases.count("s") != 1 or phases.count("f") != 1:
            faults.append(f"arrow {key} has not one beginning and one end: {phases}")
        elif phases[0] != "s" or phases[-1] != "f":
            faults.append(f"arrow {key} is out of order: {phases}")
        faults += [f"arrow {key} hangs in the air" for event in stations
                   if not is_inside(event, slices.get(line_of(event), []))]
    return faults


def name_faults(events):
    named = {"process_name": set(), "thread_name": set()}
    for event in events:
        if event["ph"] == "M" and event["name"] in named:
            named[event["name"]].add(
                event["pid"] if event["name"] == "process_name" else line_of(event))
    used = [e for e in events if e["ph"] != "M"]
    faults = [f"process {pid} has no name"
              for pid in {e["pid"] for e in used} - named["process_name"]]
    return faults + [f"thread {line} has no name"
                     for line in {line_of(e) for e in used} - named["thread_name"]]


def check(text):
    try:
        root = parse(text)
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(root, dict) or not isinstance(root.get("traceEvents"), list):
        return ["there are no traceEvents"]
    faults = []
    if root.get("displayTimeUnit", "ms") not in CLOCKS:
        faults.append("displayTimeUnit is neither ms nor ns")
    if not is_whole(root.get("otherData", {}).get("dropped")):
        faults.append("it is not said how many events were dropped")
    for number, event in enumerate(root["traceEvents"]):
        if not isinstance(event, dict):
            faults.append(f"event {number} is no object")
        else:
            faults += [f"event {number}: {fault}" for fault in event_faults(event)]
    if faults:
        return faults
    events = root["traceEvents"]
    return nesting_faults(events) + flow_faults(events) + name_faults(events)


class Trace:
    """A trace without any fault."""

    def __init__(self, text):
        faults = check(text)
        assert not faults, faults[:5]
        root = parse(text)
        self.events = root["traceEvents"]
        self.about = root["otherData"]
        self.threads = {line_of(e): e["args"]["name"] for e in self.events
                        if e["ph"] == "M" and e["name"] == "thread_name"}

    def slices(self, name):
        return [e for e in self.events if e["ph"] == "X" and e["name"] == name]

    def thread(self, event):
        return self.threads[line_of(event)]

    def counters(self):
        return {e["name"] for e in self.events if e["ph"] == "C"}

    def holding(self, station):
        """The innermost slice that a station of an arrow lies in."""
        around = [e for e in self.events if e["ph"] == "X" and line_of(e) == line_of(station) and
                  is_inside(station, [e])]
        return min(around, key=lambda e: e["dur"])

    def arrow_from(self, piece):
        """The slices through which the arrow goes that begins in PIECE, in order of time; none
        when no arrow does."""
        begin = [e for e in self.events if e["ph"] == "s" and line_of(e) == line_of(piece) and
                 is_inside(e, [piece])]
        assert len(begin) <= 1, (piece, begin)
        if not begin:
            return []
        stations = [e for e in self.events if e["ph"] in FLOWS and e["id"] == begin[0]["id"]]
        return [self.holding(e) for e in sorted(stations, key=lambda e: ns(e["ts"]))]


def begin_ns(piece):
    return ns(piece["ts"])


def end_ns(piece):
    return ns(piece["ts"]) + ns(piece["dur"])
