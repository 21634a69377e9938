#!/usr/bin/python3
"""Goal: the threads that compose, render and encode ask the kernel for nothing but to sleep and to
wake each other, and that only a bounded number of times a tick. A live server with three listeners
runs under strace; a second one with calls planted in it must be refused.

Usage: system_calls.py PLANT, with AEO_PROGRAM; PLANT is the library made of plant_calls.c.

Calls are counted by thread between two readings of the server's own count of ticks, so that a slow
machine has fewer ticks, not more calls. Skipped with a line where strace may not trace. Standard
library only.
"""
import collections
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

LISTENERS, TICKS, PATIENCE_S = 3, 25, 60
# The committed figures: calls per tick of each kind of thread; a call that is not here is allowed
# not once. futex: waiting for the tick, for work and for each other; with two threads on two busy
# processors 3.3 to 3.9 were counted. write: the network thread is woken, once a tick.
ALLOWED = {"aeo-engine": {"futex": 6, "write": 1}, "aeo-render": {"futex": 6}}
EDGE = 2  # calls that the two readings may cut off from their tick
REQUEST = (b"GET /v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Protocol: aeolian.v1\r\n\r\n")


def can_trace():
    try:
        return subprocess.run(["strace", "-f", "-o", "/dev/null", "true"]).returncode == 0
    except FileNotFoundError:
        return False


def listen(port):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(REQUEST)
        try:
            while connection.recv(65536):
                pass
        except OSError:
            pass  # the server has ended


class Server:
    def __init__(self, log, preload):
        self.log = log
        plant = ["-E", f"LD_PRELOAD={preload}"] if preload else []
        self.process = subprocess.Popen(
            ["strace", "-f", "-qq", "-ttt", "-o", log, *plant, os.environ["AEO_PROGRAM"], "serve",
             "--port", "0", "--renderer", "cpu", "--threads", "2", "--sessions-max",
             str(LISTENERS)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = int(re.search(rb":(\d+)/", self.process.stdout.readline()).group(1))
        with open(log) as file:  # the first one is the program itself
            self.pid = int(file.readline().split()[0])

    def counter(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics",
                                    timeout=PATIENCE_S) as answer:
            return int(re.search(rf"\n{name} (\d+)", answer.read().decode()).group(1))

    def until(self, name, least):
        end = time.monotonic() + PATIENCE_S
        while (value := self.counter(name)) < least:
            assert time.monotonic() < end, f"{name} is {value}, and {least} was waited for"
            time.sleep(0.1)
        return value

    def threads(self):
        """Thread names by number: without the number that a render thread's ends in."""
        names = {}
        for thread in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{thread}/comm") as file:
                names[thread] = re.sub(r"-\d+$", "", file.read().strip())
        return names

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 0


def steady_calls(server):
    """Calls by (thread, call) over some ticks in which nobody comes or goes, and how many ticks."""
    for _ in range(LISTENERS):
        threading.Thread(target=listen, args=(server.port,), daemon=True).start()
    server.until("aeolian_spans_total", LISTENERS * 6)
    first, begun = server.counter("aeolian_ticks_total"), time.time()
    server.until("aeolian_ticks_total", first + TICKS)
    ended, last = time.time(), server.counter("aeolian_ticks_total")
    names = server.threads()
    server.stop()
    calls = collections.Counter()
    with open(server.log) as file:
        for line in file:  # "<... futex resumed>" is the end of a call that was counted before
            call = re.match(r"(\d+) +([\d.]+) (\w+)\(", line)
            if call and begun <= float(call[2]) <= ended:
                calls[names.get(call[1], "gone"), call[3]] += 1
    return calls, last - first


def judge(calls, ticks):
    """Complaints, one line each."""
    complaints = []
    for thread, allowed in ALLOWED.items():
        if not any(name == thread for name, _ in calls):
            complaints.append(f"{thread}: no call was seen, so nothing is known")
        for (name, call), count in sorted(calls.items()):
            if name != thread:
                continue
            most = allowed.get(call, 0)
            print(f"{thread}: {count / ticks:.2f} {call} a tick, allowed {most}")
            if count > (most * ticks + EDGE if most else 0):
                complaints.append(f"{thread}: {call} {count} times in {ticks} ticks")
    return complaints


def run(preload=None):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(os.path.join(folder, "strace.txt"), preload)
        try:
            return judge(*steady_calls(server))
        finally:
            if server.process.poll() is None:
                os.kill(server.pid, signal.SIGKILL)


def main():
    if not can_trace():
        print("skipped: strace is not installed, or may not trace here")
        sys.exit(77)
    complaints = run()
    if complaints:
        sys.exit("\n".join(complaints))
    print("with a getppid for each packet and a second write each tick:")
    planted = " ".join(run(os.path.abspath(sys.argv[1])))
    assert "aeo-engine: write" in planted, "the planted write was not seen"
    assert "getppid" in planted, "the planted getppid was not seen"


main()
