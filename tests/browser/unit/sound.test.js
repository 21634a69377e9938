// sound.test.js: the detectors the browser test listens with, each fed what it must report and what
// it must let pass.
import test from 'node:test';
import assert from 'node:assert/strict';
import {
  centroid, guardBand, likeness, longestSilence, ontoPositions, rms, share, spectrum, RATE,
} from '../sound.js';

function chord(seconds, frequencies = [147, 220.5, 370, 1109]) {
  const out = new Float32Array(seconds * RATE);
  for (const f of frequencies) {
    for (let i = 0; i < out.length; i++) out[i] += 0.05 * Math.sin(2 * Math.PI * f * i / RATE);
  }
  return out;
}

test('level and spectrum of a sine are known', () => {
  const sine = chord(1, [1000]);
  assert.ok(Math.abs(rms(sine) - 0.05 / Math.SQRT2) < 1e-4);
  const bins = spectrum(sine);
  assert.ok(share(bins, 950, 1050) > 0.999);
  assert.ok(Math.abs(centroid(bins) - 1000) < 20);
  assert.ok(centroid(spectrum(chord(1, [200, 4000]))) > centroid(spectrum(chord(1, [200, 400]))));
});

test('clean music is quiet in the guard band; a gap, a step and a splice are not', () => {
  const clean = chord(2);
  const floor = guardBand(clean).level;
  assert.ok(floor < -120, `floor ${floor}`);
  const gap = clean.slice().fill(0, 50000, 50240);
  const step = clean.map((x, i) => (i < 50000 ? x : x + 0.001));
  const splice = Float32Array.from(clean, (x, i) => (i < 50000 ? x : clean[i - 137]));
  for (const [name, broken] of Object.entries({ gap, step, splice })) {
    const { level, frame } = guardBand(broken);
    assert.ok(level > floor + 15, `${name}: ${level}, clean ${floor}`);
    assert.ok(frame > 48900 && frame < 50300, `${name} at ${frame}`);
  }
});

test('silence is only what is exactly silent on both sides', () => {
  const left = chord(1);
  left[0] = 0.1;
  assert.equal(longestSilence(left, left), 0);
  const gap = left.slice().fill(0, 1000, 1300);
  assert.equal(longestSilence(gap, gap), 300);
  assert.equal(longestSilence(gap, left), 0);
});

test('likeness finds the same music and how far it has moved, and denies other music', () => {
  const noise = Float32Array.from({ length: 60000 }, (_, i) => Math.sin(i * i * 0.0137) / 3);
  const moved = noise.slice(500, 48500).map((x) => 0.4 * x);
  const same = likeness(noise.slice(0, 48000), moved, 2000);
  assert.equal(same.lag, 500);
  assert.ok(same.correlation > 0.95);
  const other = Float32Array.from({ length: 48000 }, (_, i) => Math.sin(i * i * 0.0091) / 3);
  assert.ok(likeness(noise.slice(0, 48000), other, 2000).correlation < 0.2);
});

test('a recording is laid back onto the positions it was read from, whatever the speed', () => {
  const fast = new Float32Array(RATE);
  const reports = [];
  let position = 7000;
  for (let i = 0; i < RATE; i++) {
    if (i % 2400 === 0) reports.push([500 + i, position]);
    fast[i] = Math.sin(0.05 * position);
    position += i < 24000 ? 1.001 : 0.9995;
  }
  const laid = ontoPositions(fast, 500, [reports[0], ...reports], 7010, 40000);
  let worst = 0;
  laid.forEach((x, i) => {
    worst = Math.max(worst, Math.abs(x - Math.sin(0.05 * (i + 7010))));
  });
  assert.ok(worst < 1e-4, `${worst}`);
});
