#!/usr/bin/python3
"""Goal: nobody has to read the server's log. With standard error a full pipe the server goes on;
when somebody reads again, it says how many lines were lost; it ends well.

Usage: log_test.py, with AEO_PROGRAM. Python because the pipe must be small (standard library only).
"""
import fcntl
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

F_SETPIPE_SZ = 1031
REQUEST = (b"GET /v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Protocol: aeolian.v1\r\n\r\n")


def listen_briefly(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(REQUEST)
        assert connection.recv(100), "no answer"


def log_until(read_end, words):
    text, end = "", time.monotonic() + 20
    while words not in text:
        assert time.monotonic() < end, text
        try:
            text += os.read(read_end, 65536).decode()
        except BlockingIOError:
            time.sleep(0.02)
    return text


def main():
    read_end, write_end = os.pipe()
    fcntl.fcntl(write_end, F_SETPIPE_SZ, 4096)
    os.set_blocking(read_end, False)
    server = subprocess.Popen([os.environ["AEO_PROGRAM"], "serve", "--port", "0", "--renderer",
                               "null"], stdout=subprocess.PIPE, stderr=write_end)
    os.close(write_end)
    port = int(re.search(rb":(\d+)/", server.stdout.readline()).group(1))
    for _ in range(60):  # far more lines than the pipe holds
        listen_briefly(port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        dropped = re.search(r"\naeolian_log_lines_dropped_total (\d+)\n", answer.read().decode())
        assert int(dropped.group(1)) > 0
    while True:  # as somebody who comes back: reads all there is, then listens to what follows
        try:
            os.read(read_end, 65536)
        except BlockingIOError:
            break
    listen_briefly(port)
    print(re.search(r"\d+ lines of the log were lost", log_until(read_end, "were lost")).group(0))
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0


main()
