"""The chord for FluidSynth: sample playback of a General MIDI pad with its own chorus and reverb.

No additive synthesis at all: shown because it is what many would use for a pad. The notes are the
nearest of the twelve; the sound is the sound font's.
"""
import os
import struct

import ask

PAD = 89  # "Pad 2 (warm)", counted from 0
NOTES = (55, 57, 60, 62, 64, 67, 69, 71)
TICKS = 480  # a quarter, half a second at the default tempo
FONTS = ("/usr/share/sounds/sf2/TimGM6mb.sf2", "/usr/share/sounds/sf2/FluidR3_GM.sf2",
         "/usr/share/sounds/sf2/default-GM.sf2")


def font():
    """Path of a General MIDI sound font, or None."""
    return next((path for path in FONTS if os.path.exists(path)), None)


def _length(value):
    parts = [value & 0x7f]
    while value > 0x7f:
        value >>= 7
        parts.append(0x80 | value & 0x7f)
    return bytes(reversed(parts))


def _write_midi(path, seconds):
    events = [(0, bytes([0xc0, PAD]))] + [(0, bytes([0x90, note, 90])) for note in NOTES]
    hold = int((seconds - ask.RELEASE_BEFORE_END_S) * 2 * TICKS)
    events += [(hold if i == 0 else 0, bytes([0x80, note, 0])) for i, note in enumerate(NOTES)]
    events += [(int(ask.RELEASE_BEFORE_END_S * 2 * TICKS), b"\xff\x2f\x00")]
    track = b"".join(_length(wait) + event for wait, event in events)
    with open(path, "wb") as file:
        file.write(b"MThd" + struct.pack(">ihhh", 6, 0, 1, TICKS))
        file.write(b"MTrk" + struct.pack(">i", len(track)) + track)


def command(folder, seconds, out):
    path = os.path.join(folder, "pad-%g.mid" % seconds)
    _write_midi(path, seconds)
    return ["fluidsynth", "-ni", "-q", "-R", "1", "-C", "1", "-r", str(ask.RATE), "-O", "float",
            "-T", "raw", "-F", out, font(), path], {}
