"""The bank and the patch for SuperCollider's scsynth, rendered offline (-N).

scsynth takes synth definitions as binary files and a score of OSC bundles; both are written here,
so that only the server is needed and no language beside it. Forms measured, the faster counts:
  SinOsc    per partial SinOsc.ar x LFTri.kr, gathered by a chain of MulAdd: one pass per partial,
            amplitudes in straight lines within a block; definitions of 256 partials
  FSinOsc   the same with the recursive oscillator
  Klang     the patch's partials stand still, so the fixed bank may render them
  Osc       the patch again, by a wavetable per voice, filled with 32 harmonics by b_gen
Both ends of what a player of SuperCollider would write.
"""
import os
import struct

import ask

SCALAR, CONTROL, AUDIO = 0, 1, 2
BANK_CHUNK = 256  # partials of one definition


def _pstring(text):
    return struct.pack("B", len(text)) + text.encode()


class Def:
    """A synth definition: unit generators in the order in which they run."""

    def __init__(self, name):
        self.name, self.constants, self.units = name, [], []

    def _input(self, value):
        if isinstance(value, tuple):
            return struct.pack(">ii", *value)
        if value not in self.constants:
            self.constants.append(value)
        return struct.pack(">ii", -1, self.constants.index(value))

    def unit(self, kind, rate, inputs, outputs=1, special=0):
        """Adds a unit; returns its outputs, one alone if there is one."""
        body = _pstring(kind) + struct.pack(">biih", rate, len(inputs), outputs, special)
        body += b"".join(self._input(i) for i in inputs) + struct.pack("b", rate) * outputs
        self.units.append(body)
        made = [(len(self.units) - 1, i) for i in range(outputs)]
        return made[0] if outputs == 1 else made

    def times(self, a, b, rate=AUDIO):
        return self.unit("BinaryOpUGen", rate, [a, b], special=2)

    def plus(self, a, b, rate=AUDIO):
        return self.unit("BinaryOpUGen", rate, [a, b], special=0)

    def mul_add(self, a, b, c, rate=AUDIO):
        return self.unit("MulAdd", rate, [a, b, c])

    def sum(self, signals):
        total = signals[0]
        for signal in signals[1:]:
            total = self.plus(total, signal)
        return total

    def bytes(self):
        constants = b"".join(struct.pack(">f", c) for c in self.constants)
        return (_pstring(self.name) + struct.pack(">i", len(self.constants)) + constants +
                struct.pack(">ii", 0, 0) + struct.pack(">i", len(self.units)) +
                b"".join(self.units) + struct.pack(">h", 0))


def _write_defs(folder, defs):
    with open(os.path.join(folder, "peers.scsyndef"), "wb") as file:
        file.write(b"SCgf" + struct.pack(">ih", 2, len(defs)))
        for one in defs:
            file.write(one.bytes())


def _osc_string(text):
    raw = text.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def _message(address, *values):
    tags, body = ",", b""
    for value in values:
        if isinstance(value, str):
            tags, body = tags + "s", body + _osc_string(value)
        elif isinstance(value, float):
            tags, body = tags + "f", body + struct.pack(">f", value)
        else:
            tags, body = tags + "i", body + struct.pack(">i", value)
    return _osc_string(address) + _osc_string(tags) + body


def _bundle(seconds, messages):
    time = int(seconds * 2**32)
    body = b"#bundle\0" + struct.pack(">Q", time)
    for message in messages:
        body += struct.pack(">i", len(message)) + message
    return struct.pack(">i", len(body)) + body


def _write_score(path, begin, seconds):
    """BEGIN: messages at 0, one bundle each; then nothing until the end."""
    with open(path, "wb") as file:
        for message in begin:
            file.write(_bundle(0.0, [message]))
        file.write(_bundle(seconds, [_message("/c_set", 0, 0.0)]))


def _bank_def(asked, first, oscillator):
    one = Def("bank%d" % first)
    total = None
    last = min(first + BANK_CHUNK, len(asked["hz"]))
    for i in range(first, last):
        level, phase = float(asked["level"][i]), float(asked["phase"][i])
        start = float((4.0 * (asked["turn"][i] - 0.25)) % 4.0)
        triangle = one.unit("LFTri", CONTROL, [float(asked["rate_hz"][i]), start])
        amplitude = one.mul_add(triangle, 0.375 * level, 0.625 * level, CONTROL)
        wave = one.unit(oscillator, AUDIO, [float(asked["hz"][i]), 6.283185307 * phase])
        total = (one.mul_add(wave, amplitude, total) if total
                 else one.times(wave, amplitude))
    one.unit("Out", AUDIO, [0.0, total], outputs=0)
    return one


def bank_command(asked, oscillator, folder, seconds, out):
    """Writes definitions and score into FOLDER; the command that renders them to OUT."""
    names = range(0, len(asked["hz"]), BANK_CHUNK)
    _write_defs(folder, [_bank_def(asked, first, oscillator) for first in names])
    start = [_message("/s_new", "bank%d" % first, 1000 + first, 1, 0) for first in names]
    return _command(folder, start, seconds, 1, out)


def _command(folder, begin, seconds, channels, out):
    score = os.path.join(folder, "score-%g.osc" % seconds)
    _write_score(score, begin, seconds)
    return (["scsynth", "-N", score, "_", out, str(ask.RATE), "RAW", "float", "-o", str(channels),
             "-i", "0", "-z", str(ask.BLOCK), "-m", "65536", "-w", "1024"],
            {"SC_SYNTHDEF_PATH": folder})


def _swell(one, seconds):
    """The voice's envelope at control rate: up, hold, down, in straight lines."""
    hold = seconds - ask.ATTACK_S - ask.RELEASE_BEFORE_END_S
    segments = []
    for level, time in ((1.0, ask.ATTACK_S), (1.0, hold), (0.0, ask.RELEASE_S)):
        segments += [level, time, 1.0, 0.0]
    # gate, levelScale, levelBias, timeScale, doneAction; first level, segments, no nodes
    return one.unit("EnvGen", CONTROL, [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 3.0, -99.0, -99.0] + segments)


def _chorus(one, dry, side):
    taps = []
    for centre, depth, rate in ((0.015, 0.004, 0.31), (0.022, 0.005, 0.43)):
        sweep = one.unit("SinOsc", CONTROL, [rate, 1.5707963 * side])
        delay = one.mul_add(sweep, depth, centre, CONTROL)
        taps.append(one.unit("DelayL", AUDIO, [dry, 0.05, delay]))
    return one.mul_add(one.sum(taps), 0.5, dry)


def _patch_def(form, seconds, wet):
    one = Def("patch")
    envelope = _swell(one, seconds)
    voices = []
    for number, hz in enumerate(ask.CHORD_HZ):
        if form == "Osc":
            voices.append(one.unit("Osc", AUDIO, [0.0, hz, 0.7 * number]))
        else:
            bank = []
            for k in range(1, ask.HARMONICS + 1):
                bank += [hz * k, ask.VOICE_LEVEL / k, 0.7 * number]
            voices.append(one.unit("Klang", AUDIO, [1.0, 0.0] + bank))
    level = one.times(envelope, ask.VOICE_LEVEL if form == "Osc" else 1.0, CONTROL)
    dry = one.times(one.sum(voices), level)
    out = [dry, dry]
    if wet:
        sides = [_chorus(one, dry, side) for side in (0, 1)]
        out = one.unit("FreeVerb2", AUDIO, sides + [0.33, 0.85, 0.4], outputs=2)
    one.unit("Out", AUDIO, [0.0] + out, outputs=0)
    return one


def patch_command(form, folder, seconds, out, wet=True):
    """Like bank_command, for the patch in stereo. FORM: Klang or Osc."""
    _write_defs(folder, [_patch_def(form, seconds, wet)])
    begin = [_message("/s_new", "patch", 1000, 1, 0)]
    if form == "Osc":
        harmonics = [1.0 / k for k in range(1, ask.HARMONICS + 1)]
        begin = [_message("/b_alloc", 0, 16384, 1),
                 _message("/b_gen", 0, "sine1", 6, *harmonics)] + begin  # wavetable, cleared
    return _command(folder, begin, seconds, 2, out)
