"""The bank and the patch for Csound, rendered offline; ksmps is the control grid of 64 frames.

Forms measured, the faster counts:
  instances  one instrument instance per partial: poscil, its amplitude by a k-rate oscili of a
             triangle
  oscili     the same with the phase in fixed point
  adsynt2    all partials in one opcode (amplitudes interpolated), its table of amplitudes made by
             k-rate array arithmetic; the start phases are Csound's own (random)
For the patch: GEN10 tables, one oscili per voice (wavetable), or one adsynt2 per voice (additive).
"""
import os

import ask

HEAD = """<CsoundSynthesizer>
<CsInstruments>
sr = %d
ksmps = %d
nchnls = %d
0dbfs = 1
giSine ftgen 1, 0, 8192, 10, 1
giTriangle ftgen 2, 0, -4096, 7, -1, 2048, 1, 2048, -1
"""

OSCILLATOR = """instr 1
kTri oscili 0.375 * p5, p6, giTriangle, p7
aOut %s kTri + 0.625 * p5, p4, giSine, p8
out aOut
endin
"""

# The tables hold, by partial: 3 hz, 4 level, 5 rate, 6 turn; 7 amplitudes now.
ADSYNT = """giHz ftgen 3, 0, -%d, -23, "%s"
giLevel ftgen 4, 0, -%d, -23, "%s"
giRate ftgen 5, 0, -%d, -23, "%s"
giTurn ftgen 6, 0, -%d, -23, "%s"
giNow ftgen 7, 0, -%d, -2, 0
instr 1
iLevel[] init %d
iRate[] init %d
iTurn[] init %d
copyf2array iLevel, giLevel
copyf2array iRate, giRate
copyf2array iTurn, giTurn
kLevel[] = iLevel
kRate[] = iRate
kTurn[] = iTurn
kTime timeinsts
kAt[] = frac(kTurn + kRate * kTime)
kAway[] = abs(kAt - 0.5)
kNow[] = kLevel * (1 - 1.5 * kAway)
copya2ftab kNow, giNow
aOut adsynt2 1, 1, giSine, giHz, giNow, %d, -1
out aOut
endin
"""


def _write(path, head, body, score):
    with open(path, "w") as file:
        file.write(head + body + "</CsInstruments>\n<CsScore>\n" + score +
                   "e\n</CsScore>\n</CsoundSynthesizer>\n")


def _command(path, out):
    return (["csound", "-d", "-m0", "--num-threads=1", "-h", "-f", "-o", out, path], {})


def bank_command(asked, form, folder, seconds, out):
    """Writes a .csd into FOLDER; the command that renders it to OUT (raw floats, mono)."""
    path = os.path.join(folder, "bank-%s-%g.csd" % (form, seconds))
    count = len(asked["hz"])
    head = HEAD % (ask.RATE, ask.BLOCK, 1)
    if form == "adsynt2":
        numbers = []
        for name in ("hz", "level", "rate_hz", "turn"):
            table = os.path.join(folder, "bank-%s.txt" % name)
            with open(table, "w") as file:
                file.write("\n".join("%.9g" % v for v in asked[name]) + "\n")
            numbers += [count, table]
        _write(path, head, ADSYNT % tuple(numbers + [count] * 5), "i1 0 %g\n" % seconds)
        return _command(path, out)
    lines = ["i1 0 %g %.9g %.9g %.9g %.9g %.9g\n" % ((seconds,) + row) for row in zip(
        asked["hz"], asked["level"], asked["rate_hz"], asked["turn"], asked["phase"])]
    opcode = "oscili" if form == "oscili" else "poscil"
    _write(path, head, OSCILLATOR % opcode, "".join(lines))
    return _command(path, out)


CHORUS = """opcode Chorus, a, ai
aDry, iTurn xin
kSweep1 oscili 4, 0.31, giSine, iTurn
kSweep2 oscili 5, 0.43, giSine, iTurn
aTap1 vdelay aDry, interp(15 + kSweep1), 50
aTap2 vdelay aDry, interp(22 + kSweep2), 50
xout aDry + 0.5 * (aTap1 + aTap2)
endop
"""

VOICES = {
    "GEN10": """giVoice ftgen 3, 0, 8192, -10, %s
instr 1
aOut oscili %g * gkEnvelope, p4, giVoice, p5
vincr gaDry, aOut
endin
""",
    "adsynt2": """giRatio ftgen 3, 0, -32, -2, %s
giLevel ftgen 4, 0, -32, -2, %s
instr 1
aOut adsynt2 %g * gkEnvelope, p4, giSine, giRatio, giLevel, 32, p5
vincr gaDry, aOut
endin
""",
}

MASTER = """instr 10
gkEnvelope linseg 0, %g, 1, %g, 1, %g, 0, 1, 0
endin
instr 20
%s
gaDry = 0
endin
"""


def patch_command(form, folder, seconds, out, wet=True):
    """Like bank_command, for the patch in stereo. FORM: GEN10 or adsynt2."""
    path = os.path.join(folder, "patch-%s-%g.csd" % (form, seconds))
    ratios = range(1, ask.HARMONICS + 1)
    levels = ", ".join("%.9g" % (1.0 / k) for k in ratios)
    tables = (levels,) if form == "GEN10" else (", ".join(map(str, ratios)), levels)
    end = ("aLeft Chorus gaDry, 0\naRight Chorus gaDry, 0.25\n"
           "aRoomL, aRoomR freeverb aLeft, aRight, 0.85, 0.4\n"
           "outs 0.67 * aLeft + 0.33 * aRoomL, 0.67 * aRight + 0.33 * aRoomR"
           if wet else "outs gaDry, gaDry")
    hold = seconds - ask.ATTACK_S - ask.RELEASE_BEFORE_END_S
    body = "gaDry init 0\ngkEnvelope init 0\n" + CHORUS
    body += VOICES[form] % (tables + (ask.VOICE_LEVEL,))
    body += MASTER % (ask.ATTACK_S, hold, ask.RELEASE_S, end)
    score = "i10 0 %g\ni20 0 %g\n" % (seconds, seconds)
    for number, hz in enumerate(ask.CHORD_HZ):
        score += "i1 0 %g %.9g %.9g\n" % (seconds, hz, (0.11 * number) % 1)
    _write(path, HEAD % (ask.RATE, ask.BLOCK, 2), body, score)
    return _command(path, out)
