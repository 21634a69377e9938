"""Is the audio the asked one? Each check returns a list of faults in words, empty if there is none.

A partial counts as present when the transform over 8 s under a Hann window, in the bin right on its
frequency, is within LEVEL_DB of what was asked; a frequency 0.04 Hz off already costs that much.
The power of the whole must agree too, so that nothing else sounds. A wet patch cannot be checked
partial by partial, since a chorus spreads them: there the power around each voice's first harmonic
must be within WET_DB of what was asked, both sides must differ, and a tail must ring on and decay;
its partials are checked on a dry render of the same program.

`check.py` alone tests the checks: right audio passes, and audio with a planted defect does not.
"""
import sys

import numpy as np

import ask

LEVEL_DB = 0.5
POWER_DB = 0.5
WET_DB = 6.0
WINDOW_S = 8
BANK_S = 2 * WINDOW_S  # what a check of the bank needs
DURATION_S = 0.05  # tolerated


def read(path, channels):
    """Raw floats of a file as an array [channel, frame]."""
    samples = np.fromfile(path, dtype="<f4").astype(np.float64)
    return samples[:len(samples) // channels * channels].reshape(-1, channels).T


def _db(ratio):
    return 20 * np.log10(np.maximum(ratio, 1e-9))


def _rms(samples, begin_s, end_s):
    part = samples[..., int(begin_s * ask.RATE):int(end_s * ask.RATE)]
    return np.sqrt(np.mean(part**2) + 1e-24)


def _hann(count):
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(count) / count)


def _duration(samples, seconds):
    made = samples.shape[-1] / ask.RATE
    if not np.all(np.isfinite(samples)):
        return ["not all samples are numbers"]
    return [] if abs(made - seconds) <= DURATION_S else [
        "%.2f s long, asked were %.2f s" % (made, seconds)]


def _levels(samples, hz, asked, begin_s):
    """Faults of partials HZ, whose mean amplitudes under the window should be ASKED."""
    first, count = int(begin_s * ask.RATE), WINDOW_S * ask.RATE
    window = _hann(count)
    spectrum = np.abs(np.fft.rfft(samples[first:first + count] * window)) * 2 / window.sum()
    away = _db(spectrum[np.round(hz * WINDOW_S).astype(int)] / asked)
    bad = np.flatnonzero(np.abs(away) > LEVEL_DB)
    if not len(bad):
        return []
    worst = bad[np.argmax(np.abs(away[bad]))]
    return ["%d of %d partials off their level from %g s on, the worst %.3f Hz by %+.1f dB" % (
        len(bad), len(hz), begin_s, hz[worst], away[worst])]


def bank(samples, asked):
    """SAMPLES [frame]: BANK_S seconds of the bank."""
    faults = _duration(samples, BANK_S)
    if faults:
        return faults
    for begin_s in (0, WINDOW_S):
        points = np.arange(0, WINDOW_S * ask.RATE, 480)
        weight = _hann(WINDOW_S * ask.RATE)[points]
        amplitudes = ask.bank_amplitude(asked, begin_s + points / ask.RATE)
        faults += _levels(samples, asked["hz"], amplitudes @ weight / weight.sum(), begin_s)
        power = np.sqrt(np.mean(np.sum(amplitudes**2, axis=0)) / 2)
        away = _db(_rms(samples, begin_s, begin_s + WINDOW_S) / power)
        # Where all start in one phase the beginning is a burst; lines that beat leave a ripple.
        if begin_s > 0 and abs(away) > POWER_DB:
            faults.append("the sum is off its power by %+.1f dB" % away)
    return faults


def patch_dry(samples, hz, level, seconds):
    """SAMPLES [channel, frame] of the patch without effects."""
    faults = _duration(samples, seconds)
    if faults:
        return faults
    hold_end_s = seconds - ask.RELEASE_BEFORE_END_S
    for begin_s in (ask.ATTACK_S + 1, hold_end_s - WINDOW_S):
        faults += _levels(samples[0], hz, level, begin_s)
    away = _db(_rms(samples[0], ask.ATTACK_S, hold_end_s) / np.sqrt(np.sum(level**2) / 2))
    if abs(away) > POWER_DB:
        faults.append("the chord is off its power by %+.1f dB" % away)
    hold = _rms(samples, ask.ATTACK_S, hold_end_s)
    if _db(_rms(samples, 0, 0.5) / hold) > -12:
        faults.append("it does not swell in")
    if _db(_rms(samples, seconds - 2, seconds) / hold) > -60:
        faults.append("it does not end")
    return faults


def _around(samples, hz, begin_s):
    """Power within 3 % of HZ over one window, as if it were one sine: its amplitude."""
    count = WINDOW_S * ask.RATE
    window = _hann(count)
    part = samples[int(begin_s * ask.RATE):][:count] * window
    power = np.abs(np.fft.rfft(part))**2 * 4 / (count * np.sum(window**2))
    low, high = int(0.97 * hz * WINDOW_S), int(1.03 * hz * WINDOW_S)
    return np.sqrt(np.sum(power[low:high + 1]))


def patch_wet(samples, hz, level, seconds, voices=ask.CHORD_HZ):
    """SAMPLES [channel, frame] of the patch with chorus and reverb."""
    faults = _duration(samples, seconds)
    if faults:
        return faults
    hold_end_s, end_s = seconds - ask.RELEASE_BEFORE_END_S, seconds - 4
    for voice in voices:
        inside = np.abs(hz / voice - 1) < 0.03
        asked = np.sqrt(np.sum(level[inside]**2))
        away = _db(_around(samples[0], voice, hold_end_s - WINDOW_S) / asked)
        if abs(away) > WET_DB:
            faults.append("around %.1f Hz off its level by %+.1f dB" % (voice, away))
    left, right = samples[:, int(ask.ATTACK_S * ask.RATE):int(hold_end_s * ask.RATE)]
    if abs(np.corrcoef(left, right)[0, 1]) > 0.99:
        faults.append("both sides are alike: no chorus")
    hold = _rms(samples, ask.ATTACK_S, hold_end_s)
    early, late = (_db(_rms(samples, end_s + at, end_s + at + 0.4) / hold) for at in (0.1, 1.1))
    if early < -80 or late > early - 3:
        faults.append("no tail that decays (%.0f dB, then %.0f dB)" % (early, late))
    return faults


def pad_played(samples, midi, seconds):
    """A sampled pad: every note's first harmonic sounds, for as long as asked."""
    faults = []
    if not 0 <= samples.shape[-1] / ask.RATE - seconds < 10:
        faults.append("%.1f s long, asked were %.1f s" % (samples.shape[-1] / ask.RATE, seconds))
        return faults
    whole = _rms(samples[0], 10, 40)
    for note in midi:
        hz = 440 * 2 ** ((note - 69) / 12)
        if _db(_around(samples[0], hz, 20) / whole) < -30:
            faults.append("note %d does not sound" % note)
    return faults


# --- the self-test ---------------------------------------------------------------------------

def _sines(hz, amplitude, phase, seconds):
    """Sum of sines; AMPLITUDE [partial, frame], or one number each."""
    time = np.arange(int(seconds * ask.RATE)) / ask.RATE
    total = np.zeros(len(time))
    for i in range(len(hz)):
        total += amplitude[i] * np.sin(2 * np.pi * (hz[i] * time + phase[i]))
    return total


def _made_bank(asked):
    time = np.arange(BANK_S * ask.RATE) / ask.RATE
    return _sines(asked["hz"], ask.bank_amplitude(asked, time), asked["phase"], BANK_S)


def _changed_bank(right, asked, name, value):
    """The bank RIGHT with one partial exchanged for another."""
    one = {key: column[5:6].copy() for key, column in asked.items()}
    without = right - _made_bank(one)
    one[name][0] = value
    return without + _made_bank(one)


def _made_patch(seconds, hz, level, wet):
    time = np.arange(int(seconds * ask.RATE)) / ask.RATE
    release = (seconds - ask.RELEASE_BEFORE_END_S + ask.RELEASE_S - time) / ask.RELEASE_S
    swell = np.clip(np.minimum(time / ask.ATTACK_S, release), 0, 1)
    left = _sines(hz, level, np.arange(len(hz)) * 0.37, seconds) * swell
    if not wet:
        return np.stack([left, left])
    right = _sines(hz, level, np.arange(len(hz)) * 0.71, seconds) * swell
    noise = np.random.default_rng(1).normal(0, 0.01, (2, len(time)))
    fade = np.minimum(1, np.exp((seconds - 4 - time) * 3))
    return np.stack([left, right]) + noise * fade * (time > 1)


def self_test():
    """Cases (what, faults, should be faulty)."""
    asked = ask.bank(12)
    hz, level = asked["hz"][5], asked["level"][5]
    right = _made_bank(asked)
    cases = [("a right bank", bank(right, asked), False)]
    for what, name, value in (("a missing partial", "level", 0.0),
                              ("a partial 1 dB too loud", "level", level * 1.122),
                              ("a partial 0.1 Hz too high", "hz", hz + 0.1),
                              ("a slow triangle at another place", "turn",
                               asked["turn"][5] + 0.5)):
        cases.append((what, bank(_changed_bank(right, asked, name, value), asked), True))
    noise = np.random.default_rng(1).normal(0, 0.1, BANK_S * ask.RATE)
    cases += [("noise beside it", bank(right + noise, asked), True),
              ("half the duration", bank(right[:len(right) // 2], asked), True)]
    seconds = 26
    hz, level = ask.patch_partials()
    hz, level = hz[::16], level[::16]  # two of each voice
    dry, wet = (_made_patch(seconds, hz, level, w) for w in (False, True))
    first = np.delete(np.arange(len(hz)), 0)
    without = _made_patch(seconds, hz[first], level[first], False)
    cases += [("a right dry patch", patch_dry(dry, hz, level, seconds), False),
              ("a voice without its first harmonic", patch_dry(without, hz, level, seconds), True),
              ("a patch that does not end", patch_dry(
                  np.concatenate([dry, dry[:, 10 * ask.RATE:]], axis=1)[:, :dry.shape[1]] +
                  0.01, hz, level, seconds), True),
              ("a right wet patch", patch_wet(wet, hz, level, seconds), False),
              ("a wet patch without effects", patch_wet(dry, hz, level, seconds), True),
              ("a wet patch 10 dB too soft", patch_wet(0.3 * wet, hz, level, seconds), True)]
    return cases


def main():
    wrong = 0
    for what, faults, should in self_test():
        right = bool(faults) == should
        wrong += not right
        print("%s: %s%s" % (what, "; ".join(faults) if faults else "no fault",
                            "" if right else "  <-- WRONG"))
    print("%d of the checks are wrong" % wrong if wrong else "the checks tell right from wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
