#!/usr/bin/python3
"""A listener that stops reading: connects with the smallest receive buffer there is, reads nothing
for a while, then reads again and writes the WebSocket frames it got to standard output.

Usage: deaf_client.py PORT PATH STALL_SECONDS READ_SECONDS. Node cannot set the size of a socket's
receive buffer, hence Python (standard library only)."""
import socket
import sys
import time

port, path, stall_s, read_s = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
sock = socket.socket()
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
sock.connect(("127.0.0.1", port))
sock.sendall((f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Protocol: aeolian.v1\r\n\r\n").encode())
data = b""
while b"\r\n\r\n" not in data:
    data += sock.recv(1)
time.sleep(stall_s)
frames = data.split(b"\r\n\r\n", 1)[1]
end = time.monotonic() + read_s
sock.settimeout(0.2)
while time.monotonic() < end:
    try:
        piece = sock.recv(4096)
        if not piece:
            break
        frames += piece
    except TimeoutError:
        pass
sys.stdout.buffer.write(frames)
