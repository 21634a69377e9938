"""A listener of `aeolian serve`, as small as the protocol allows: docs/PROTOCOL.md over a WebSocket
(RFC 6455), with the standard library alone."""
import base64
import json
import os
import re
import socket
import struct
import subprocess

PROGRAM = os.environ["AEO_PROGRAM"]
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


class Server:
    def __init__(self, *arguments, **environment):
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **environment})
        line = self.process.stdout.readline()
        self.port = int(re.search(r":(\d+)/", line).group(1))

    def stop(self, signal):
        self.process.send_signal(signal)
        log = self.process.communicate(timeout=60)[1]
        assert self.process.returncode == 0, (self.process.returncode, log)
        assert "Sanitizer" not in log and "runtime error" not in log, log
        return log


class Listener:
    def __init__(self, server, query=""):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((
            f"GET /v1/stream{query} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: aeolian.v1\r\n\r\n").encode())
        self.bytes = b""
        self.texts, self.audio = [], []  # audio: (position, packets) of each message
        while b"\r\n\r\n" not in self.bytes:
            self.receive()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def receive(self):
        more = self.socket.recv(65536)
        if not more:
            raise EOFError
        self.bytes += more

    def take(self, count):
        while len(self.bytes) < count:
            self.receive()
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def next(self):
        """Keeps the next message; False when the other side has closed."""
        first, size = self.take(2)
        if size == 126:
            size, = struct.unpack(">H", self.take(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.take(8))
        payload, kind = self.take(size), first & 15
        if kind == TEXT:
            self.texts.append(json.loads(payload))
        elif kind == BINARY:
            count, _, position = struct.unpack_from("<HIQ", payload, 2)
            self.audio.append((position, count))
        elif kind == PING:
            self.send_frame(10, payload)
        return kind != CLOSE

    def until(self, check):
        while True:
            found = check()
            if found:
                return found
            assert self.next(), "the server has closed"

    def text(self, kind, **fields):
        return self.until(lambda: next(
            (t for t in self.texts if t["type"] == kind and
             all(t.get(name) == value for name, value in fields.items())), None))

    def send_frame(self, kind, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([128 | kind]) + (bytes([128 | size]) if size < 126
                                      else bytes([128 | 126]) + struct.pack(">H", size))
        body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self.socket.sendall(head + mask + body)

    def send(self, message):
        self.send_frame(TEXT, json.dumps(message).encode())

    def drain(self):
        """Everything until the other side closes."""
        try:
            while self.next():
                pass
        except EOFError:
            pass
