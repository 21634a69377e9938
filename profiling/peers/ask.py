"""What every program is asked to play: numbers only, the same for all of them.

The bank: P partials spread over 60 .. 14,060 Hz, each with a frequency, an amplitude, a slow
triangle of its own that moves the amplitude between 1/4 and 1 of it, and a start phase. The
patch: a chord of eight voices of 32 harmonics each, level 1/k, which swell in, hold, and fade
before the end. Frequencies are multiples of 1/8 Hz, so that a transform over 8 s (or any multiple)
has a bin right on each of them, and no two lie closer than 0.75 Hz (bank) and 1.25 Hz (patch).
Amplitudes may be held or ramped within 64 frames: the control grid that all of the programs use.
"""
import numpy as np

RATE = 48000
BLOCK = 64  # frames of the control grid

BANK_SIZES = (256, 1024, 4096, 16384)

# The chord: tuned so that no two of its 256 partials come closer than 1.25 Hz.
CHORD_HZ = (196.5, 220.75, 261.5, 293.875, 328.875, 391.375, 439.25, 498.0)
HARMONICS = 32
VOICE_LEVEL = 0.04  # amplitude of a voice's first harmonic while it holds
ATTACK_S = 4.0
RELEASE_S = 4.0
RELEASE_BEFORE_END_S = 8.0  # the release begins so long before the end of the patch
PATCH_S = 60.0


def bank(partials):
    """Arrays by partial: hz, level, rate_hz and turn of the triangle, phase in turns."""
    random = np.random.default_rng(partials)
    spacing = 14000.0 / partials
    number = np.arange(partials)
    away = random.uniform(-0.25, 0.25, partials) if spacing > 4 else np.zeros(partials)
    hz = np.round((60.0 + (number + 0.5 + away) * spacing) * 8) / 8
    return {
        "hz": hz,
        "level": np.full(partials, 0.2 / np.sqrt(partials)),
        "rate_hz": random.uniform(0.04, 0.1, partials),
        "turn": random.uniform(0.0, 1.0, partials),
        "phase": random.uniform(0.0, 1.0, partials),
    }


def bank_amplitude(asked, seconds):
    """Amplitudes [partial, time] at the times given, in seconds."""
    turns = asked["turn"][:, None] + asked["rate_hz"][:, None] * np.asarray(seconds)[None, :]
    triangle = 1.0 - 4.0 * np.abs(turns - np.floor(turns) - 0.5)
    return asked["level"][:, None] * (0.625 + 0.375 * triangle)


def write_bank(asked, path):
    """The bank as text, one partial a line: hz, level, rate_hz, turn, phase."""
    columns = [asked[name] for name in ("hz", "level", "rate_hz", "turn", "phase")]
    np.savetxt(path, np.stack(columns, axis=1), fmt="%.9g")


def patch_partials():
    """Frequencies and amplitudes of the patch's 256 partials while the chord holds."""
    k = np.arange(1, HARMONICS + 1)
    hz = np.array(CHORD_HZ)[:, None] * k
    return hz.ravel(), np.tile(VOICE_LEVEL / k, len(CHORD_HZ))
