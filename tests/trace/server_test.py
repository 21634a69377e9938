#!/usr/bin/python3
"""Goal: the trace of a server can be believed. A listener changes a control; in the trace the
change is followed from its arrival through the engine to the span that holds its first sound, to
the message that carries it, and to the moment it is heard; positions, packets and times are those
that the protocol told the listener. And an operator gets a trace from a running server: one at a
time, within bounds, and nobody else does.

Usage: server_test.py, with AEO_PROGRAM (standard library only)."""
import http.client
import json
import pathlib
import signal
import tempfile
import threading
import time

from listen import Listener, Server
from trace_format import Trace, begin_ns, end_ns

FRAME = 960
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="aeolian-trace-"))


def holds(piece, frame, begin):
    return piece["args"][begin] <= frame < piece["args"][begin] + piece["args"]["frames"]


def follow(trace, receipt, stations):
    """The arrow of the change that RECEIPT answers goes through slices of these names."""
    change, = (e for e in trace.slices("change") if e["args"]["id"] == receipt["id"])
    path = trace.arrow_from(change)
    assert [piece["name"] for piece in path] == stations, path
    assert path[1]["args"]["heard_at"] == receipt["heard_at"], path
    return path


def a_change_to_its_sound():
    file = FOLDER / "serve.json"
    server = Server("--renderer", "cpu", "--threads", "2", "--trace", str(file))
    listener = Listener(server, "?seed=1")
    listener.until(lambda: len(listener.audio) > 2)
    listener.send({"type": "set", "id": 7, "controls": {"brightness": 0.1}})
    now = listener.text("receipt", id=7)
    listener.send({"type": "set", "id": 8, "controls": {"density": 0.9}})  # at the next phrase
    later = listener.text("receipt", id=8)
    listener.until(lambda: listener.audio[-1][0] > now["heard_at"])
    log = {}
    stopper = threading.Thread(target=lambda: log.update(text=server.stop(signal.SIGINT)))
    stopper.start()
    listener.drain()
    stopper.join()
    trace = Trace(file.read_text())
    assert trace.about["dropped"] == 0

    change, apply, span, send, heard = follow(trace, now,
                                              ["change", "apply", "span", "send", "heard"])
    assert holds(span, now["heard_at"], "from") and holds(send, now["heard_at"], "position")
    assert heard["args"]["heard_at"] == now["heard_at"] and heard["args"]["id"] == 7
    assert [trace.thread(e) for e in (change, apply, send)] == ["network", "aeo-engine", "network"]
    assert trace.thread(span).startswith("aeo-"), trace.thread(span)
    # The time to the sound is what the protocol said, from when it said so: to the millisecond, of
    # which it tells the whole ones, and a frame on each side for rounding.
    receipt, = (e for e in trace.slices("receipt") if e["args"]["id"] == 7)
    assert receipt["args"] == {name: now[name] for name in ("id", "heard_at", "heard_in_ms")}
    difference_us = (begin_ns(heard) - begin_ns(receipt)) / 1000 - now["heard_in_ms"] * 1000
    assert -22 < difference_us < 1022, difference_us
    assert begin_ns(change) < begin_ns(receipt)
    follow(trace, later, ["change", "apply"])

    everything(trace, listener)
    print(f"heard {(begin_ns(heard) - begin_ns(change)) / 1e6:.0f} ms after it came, "
          f"{trace.about['events']} events")


def everything(trace, listener):
    """Stages, counters, and the very messages that the listener got."""
    for name in ("compose", "submit", "voices", "effects", "encode", "tick", "start", "batch",
                 "message"):
        assert trace.slices(name), name
    assert trace.counters() == {"lead", "sent ahead", "queue depth", "sessions",
                                "notes"}, trace.counters()
    names = set(trace.threads.values())  # the worker is there only if it came in time for something
    assert names | {"aeo-render-1"} == {"network", "aeo-engine", "aeo-render-1",
                                        "heard by listeners"}, names
    sent = {(e["args"]["position"], e["args"]["frames"]) for e in trace.slices("send")}
    assert sent == {(position, count * FRAME) for position, count in listener.audio}
    spans = sorted(trace.slices("span"), key=lambda e: e["args"]["from"])
    for one, other in zip(spans, spans[1:]):
        assert one["args"]["from"] + one["args"]["frames"] == other["args"]["from"]
    inside = [e for e in trace.slices("encode")
              if any(begin_ns(s) <= begin_ns(e) and end_ns(e) <= end_ns(s) for s in spans)]
    assert len(inside) == len(trace.slices("encode")) == sum(
        s["args"]["frames"] for s in spans) // FRAME


# ------------------------------------------------------------------------------------ operators

def ask(server, path, method="POST", body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def refused(server, status, code, path="/v1/operate/trace?seconds=1", **more):
    answer, text = ask(server, path, **more)
    assert (answer.status, json.loads(text)["code"]) == (status, code), (path, answer.status, text)
    return answer


def an_operator():
    server = Server("--renderer", "null", "--threads", "1")
    listener = Listener(server)
    listener.text("hello")
    got = {}
    asking = threading.Thread(
        target=lambda: got.update(answer=ask(server, "/v1/operate/trace?seconds=2")))
    asking.start()
    log = server.process.stderr.readline()
    while "recording a trace of 2 s" not in log:
        log = server.process.stderr.readline()
    refused(server, 409, "busy")
    number = 0
    while asking.is_alive():  # a change now and then
        number += 1
        listener.send({"type": "set", "id": number, "controls": {"brightness": number % 10 / 10}})
        listener.text("receipt", id=number)
        wait_until = time.monotonic() + 0.2
        listener.until(lambda: time.monotonic() > wait_until)
    asking.join()
    answer, text = got["answer"]
    assert answer.status == 200 and answer.headers["content-type"].startswith("application/json")
    trace = Trace(text)
    assert any(path[-1]["name"] == "heard"
               for path in map(trace.arrow_from, trace.slices("change")) if path)
    assert trace.slices("tick") and trace.about["dropped"] == 0
    gives_up(server)
    bounds_and_strangers(server)
    listener.socket.close()
    server.stop(signal.SIGTERM)


def gives_up(server):
    """Whoever goes away before the end leaves the next one a trace, not a refusal for ever."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/v1/operate/trace?seconds=60")
    while "recording a trace of 60 s" not in server.process.stderr.readline():
        pass
    connection.close()
    while True:
        answer, text = ask(server, "/v1/operate/trace?seconds=1", body="of no use")
        if answer.status == 200:
            return Trace(text)
        assert json.loads(text)["code"] == "busy", text


def bounds_and_strangers(server):
    for seconds in ("0", "61", "-1", "x", "1.5", "", "99999999999"):
        answer = refused(server, 400, "bad_value", f"/v1/operate/trace?seconds={seconds}")
    assert "access-control-allow-methods" not in answer.headers
    answer = refused(server, 405, "bad_method", method="GET")
    assert answer.headers["allow"] == "POST"
    refused(server, 404, "not_found", "/v1/operate/else")
    refused(server, 405, "bad_method", "/v1/scenes")
    refused(server, 403, "forbidden", Origin="https://example.org")
    for header in ("X-Forwarded-For", "Forwarded", "Via"):
        refused(server, 403, "forbidden", **{header: "for=10.0.0.1"})


def with_a_token():
    server = Server("--renderer", "null", "--threads", "1", AEOLIAN_OPERATE_TOKEN="open sesame")
    refused(server, 403, "forbidden")
    for wrong in ("Bearer open", "Bearer open sesame!", "Bearer ", "Basic open sesame",
                  "open sesame"):
        refused(server, 403, "forbidden", Authorization=wrong)
    # Told to stop while it records, the server still answers, with what there is.
    got = {}
    asking = threading.Thread(target=lambda: got.update(answer=ask(
        server, "/v1/operate/trace?seconds=60", Authorization="Bearer open sesame",
        Origin="https://example.org")))
    asking.start()
    while "recording a trace of 60 s" not in server.process.stderr.readline():
        pass
    server.stop(signal.SIGTERM)
    asking.join()
    answer, text = got["answer"]
    assert answer.status == 200 and Trace(text).events


for test in (a_change_to_its_sound, an_operator, with_a_token):
    begun = time.monotonic()
    test()
    print(f"{test.__name__}: {time.monotonic() - begun:.1f} s")
