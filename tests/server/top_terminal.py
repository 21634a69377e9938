#!/usr/bin/python3
"""Goal: `aeolian top` on a terminal draws a screen of its own, no line beyond the window, follows
the window's size, says when the server is gone, ends with q and with Ctrl-C, and leaves the
terminal as it found it. A pseudo-terminal plays the terminal; a handful of its codes is
understood here.

Usage: top_terminal.py, with AEO_PROGRAM (standard library only)."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

PROGRAM = os.environ["AEO_PROGRAM"]


def start_server():
    server = subprocess.Popen([PROGRAM, "serve", "--port", "0", "--renderer", "null"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return server, re.search(rb"http://\S+:(\d+)/", server.stdout.readline()).group(0).decode()


class Terminal:
    def __init__(self, url, rows, columns):
        self.main, self.child = pty.openpty()
        self.text = ""
        self.resize(rows, columns)
        self.before = termios.tcgetattr(self.child)
        self.top = subprocess.Popen(
            [PROGRAM, "top", "--url", url, "--interval", "0.2"], stdin=self.child,
            stdout=self.child, stderr=self.child, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, rows, columns):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.child, termios.TIOCSWINSZ, size)

    def screens(self):
        """Every whole screen that was drawn so far, as lists of lines without codes."""
        drawn = re.findall(r"\033\[H(.*?)\033\[J", self.text, re.S)
        return [[re.sub(r"\033\[[0-9?]*[A-Za-z]", "", line) for line in one.split("\r\n")]
                for one in drawn]

    def until(self, check, what):
        end = time.monotonic() + 20
        while not check():
            assert time.monotonic() < end, f"waited in vain for {what}: {self.text[-2000:]!r}"
            if select.select([self.main], [], [], 0.05)[0]:
                self.text += os.read(self.main, 65536).decode()

    def screen_with(self, words, since=0):
        def found():
            return any(words in line for one in self.screens()[since:] for line in one)
        self.until(found, words)

    def end(self):
        """After its end: the terminal is as before, the cursor and the old screen are back."""
        self.until(lambda: self.top.poll() is not None, "the end")
        self.until(lambda: self.text.endswith("\033[?25h\033[?7h"), "the cursor")
        assert self.top.returncode == 0, self.top.returncode
        assert termios.tcgetattr(self.child) == self.before
        assert self.text.count("\033[?1049h") == self.text.count("\033[?1049l") == 1
        os.close(self.main)
        os.close(self.child)


def main():
    server, url = start_server()
    terminal = Terminal(url, 40, 120)
    terminal.screen_with("q quits")
    whole = terminal.screens()[0]
    for words in (url, "renderer ", "sessions ", "tick ", "compose ", "encode ", "p95 ", "queue ",
                  "process "):
        assert any(words in line for line in whole), (words, whole)
    assert len(whole) < 24, whole
    drawn = len(terminal.screens())
    terminal.resize(5, 40)  # the system tells the program
    terminal.until(lambda: any(len(one) == 5 for one in terminal.screens()[drawn:]), "5 lines")
    terminal.resize(40, 120)
    terminal.screen_with("q quits", len(terminal.screens()))
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0
    terminal.screen_with("is gone: Connection refused")
    os.write(terminal.main, b"q")
    terminal.end()
    server, url = start_server()
    terminal = Terminal(url, 24, 80)
    terminal.screen_with("q quits")
    os.write(terminal.main, b"\003")  # the terminal makes it SIGINT
    terminal.end()
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=20) == 0
    print("ok")


main()
