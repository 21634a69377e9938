// playout.test.js: the ring, the resampler and the gate, driven as the audio thread drives them.
//
// The guard band (20.6 to 23.6 kHz) of what comes out tells whether a join clicked: the test tones
// leave it empty. The detector has its own test in sound.test.js.
import test from 'node:test';
import assert from 'node:assert/strict';
import { load } from './modules.js';
import { guardBand, longestSilence, rms, RATE } from '../sound.js';

const { Playout } = await load('playout.js');
const { Ring } = await load('ring.js');
const { setFraction, readAt } = await load('resampler.js');

const BLOCK = 128;
const PACKET = 960;

// The music: a function of the position alone; `take` tells two pieces apart.
function music(position, count, take = 0) {
  const left = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const t = (position + i) / RATE;
    left[i] = 0.2 * Math.sin(2 * Math.PI * 330 * t + take)
      + 0.1 * Math.sin(2 * Math.PI * (1234.5 + 500 * take) * t);
  }
  return left;
}

// A listener: feed(frames) hands over music as packets, play(frames) renders and keeps the output.
class Listener {
  constructor() {
    this.playout = new Playout();
    this.playout.start();
    this.position = 0;
    this.out = [];
    this.positions = [];
  }

  // `still`: silence, for long runs that only count.
  feed(frames, { take = 0, replaces = false, still = false } = {}) {
    for (let done = 0; done < frames; done += PACKET) {
      const left = still ? new Float32Array(PACKET) : music(this.position, PACKET, take);
      this.playout.write(this.position, left, left.slice(), replaces && done === 0);
      this.position += PACKET;
    }
  }

  play(frames) {
    for (let done = 0; done < frames; done += BLOCK) {
      const left = new Float32Array(BLOCK);
      const right = new Float32Array(BLOCK);
      const { ring } = this.playout;
      this.positions.push(ring.position + ring.fraction);
      this.playout.render(left, right);
      this.out.push(left);
    }
  }

  // Real time: 100 ms arrive, 100 ms sound.
  live(seconds, skew = 1) {
    for (let i = 0; i < seconds * 10; i++) {
      this.feed(4800);
      this.play(Math.round(4800 * skew / BLOCK) * BLOCK);
    }
  }

  // The largest difference between what sounded and the music at the position told, over the blocks
  // that began between two positions.
  error(from, until, take = 0) {
    let most = 0;
    this.positions.forEach((position, i) => {
      if (position < from || position > until) return;
      most = Math.max(most, Math.abs(this.out[i][0] - music(position, 1, take)[0]));
    });
    return most;
  }

  sound(fromBlock = 0) {
    const blocks = this.out.slice(fromBlock);
    const all = new Float32Array(blocks.length * BLOCK);
    blocks.forEach((block, i) => all.set(block, i * BLOCK));
    return all;
  }
}

const CLEAN = -105; // dBFS in the guard band; a hard cut of this music shows at about -50

test('music waits for 300 ms, fades in over 250 ms and is then what it was', () => {
  const listener = new Listener();
  listener.feed(9600);
  listener.play(4800);
  assert.equal(rms(listener.sound()), 0);
  listener.feed(9600);
  listener.play(14000);
  assert.equal(listener.playout.mode, 'playing');
  assert.equal(listener.playout.silent, 0);
  assert.ok(listener.error(6000, 6200) > 0.01, 'half way through the fade');
  assert.ok(listener.error(12100, 14000) < 1e-4, 'after the fade');
  assert.ok(guardBand(listener.sound()).level < CLEAN);
});

test('the resampler keeps a sine at any fraction, up to 18 kHz', () => {
  const size = 4096;
  for (const [frequency, least] of [[100, 100], [1000, 95], [10000, 80], [18000, 65]]) {
    const turn = 2 * Math.PI * frequency / RATE;
    const samples = Float32Array.from({ length: size }, (_, i) => Math.sin(turn * i));
    let error = 0;
    let signal = 0;
    for (let i = 100; i < size - 100; i++) {
      const fraction = (i * 0.37119) % 1;
      setFraction(fraction);
      const wanted = Math.sin(turn * (i + fraction));
      error += (readAt(samples, size - 1, i) - wanted) ** 2;
      signal += wanted ** 2;
    }
    const snr = 10 * Math.log10(signal / error);
    assert.ok(snr > least, `${frequency} Hz: ${snr.toFixed(1)} dB`);
  }
});

test('clocks 200 ppm apart: the fill stays, nothing is lost, the ratio stays within 0.1 %', () => {
  for (const ppm of [-200, 200]) {
    const listener = new Listener();
    listener.feed(19200);
    let owed = 0;
    let ratios = [1, 1];
    for (let i = 0; i < 6000; i++) { // ten minutes
      listener.feed(4800, { still: true });
      owed += 4800 * (1 + ppm * 1e-6);
      while (owed >= BLOCK) {
        listener.play(BLOCK);
        owed -= BLOCK;
      }
      listener.out.length = 0;
      const { ratio } = listener.playout;
      ratios = [Math.min(ratios[0], ratio), Math.max(ratios[1], ratio)];
    }
    const { playout } = listener;
    assert.equal(playout.underruns, 0, `${ppm} ppm`);
    assert.ok(Math.abs(playout.average / 48 - 300) < 40, `${ppm} ppm: ${playout.average / 48} ms`);
    assert.ok(Math.abs(playout.ratio - 1 + ppm * 1e-6) < 5e-5, `${ppm} ppm: ${playout.ratio}`);
    assert.ok(ratios[0] >= 0.999 && ratios[1] <= 1.001);
  }
});

test('an underrun fades out, is counted, deepens the ring and comes back without a click', () => {
  const listener = new Listener();
  listener.feed(19200);
  listener.live(2);
  listener.play(48000);
  const { playout } = listener;
  assert.equal(playout.underruns, 1);
  assert.equal(playout.target, 19200);
  assert.ok(playout.silent > 20000);
  const before = playout.ring.position;
  listener.feed(24000);
  listener.play(4800);
  assert.ok(playout.ring.position - before > 4000 && playout.ring.position - before < 4900);
  assert.ok(guardBand(listener.sound()).level < CLEAN);
  assert.ok(longestSilence(listener.sound(200), listener.sound(200)) > 20000);
});

test('the target sinks again after calm minutes', () => {
  const listener = new Listener();
  listener.feed(19200);
  listener.live(1);
  listener.play(48000);
  const grown = listener.playout.target;
  listener.feed(24000);
  for (let i = 0; i < 1700; i++) {
    listener.feed(4800, { still: true });
    listener.play(4864 - (i % 2) * BLOCK);
    listener.out.length = 0;
  }
  assert.equal(grown, 19200);
  assert.equal(listener.playout.target, 14400);
});

test('dropped packets: the gap is closed by a cross-fade and the position jumps with it', () => {
  const listener = new Listener();
  listener.feed(19200);
  listener.play(9600);
  listener.position += 5 * PACKET + 123;
  const end = listener.position;
  listener.feed(19200);
  listener.play(19200);
  assert.equal(listener.playout.ring.joins, 1);
  assert.ok(listener.playout.ring.position > end);
  assert.ok(guardBand(listener.sound()).level < CLEAN);
});

test('replaced music begins at its position, behind a cross-fade', () => {
  const listener = new Listener();
  listener.feed(28800);
  listener.play(9600);
  listener.position = 14400;
  listener.feed(19200, { take: 1, replaces: true });
  listener.play(9600);
  assert.ok(listener.error(12100, 14400 - 1) < 1e-4, 'the old piece until then');
  assert.ok(listener.error(14400 + 480, 18000, 1) < 1e-4, 'the new one from then on');
  assert.ok(guardBand(listener.sound()).level < CLEAN);
});

test('music that comes again after a reconnect joins where it is, heard once', () => {
  for (const drained of [false, true]) {
    const listener = new Listener();
    listener.feed(19200);
    listener.play(drained ? 48000 : 9600);
    const { ring } = listener.playout;
    const end = ring.endPosition;
    listener.position = end - 1440;
    listener.feed(24000);
    assert.equal(ring.endPosition, end - 1440 + 24000);
    listener.play(19200);
    const forward = listener.positions.every((p, i) => i === 0 || p >= listener.positions[i - 1]);
    assert.ok(forward, 'the position never goes back');
    assert.ok(guardBand(listener.sound()).level < CLEAN, `drained ${drained}`);
  }
});

test('after a stall came in one burst it catches up, once and without a click', () => {
  const listener = new Listener();
  listener.feed(19200);
  listener.play(24000);
  listener.feed(72000);
  listener.play(9600);
  const { playout } = listener;
  assert.ok(playout.ring.fill < playout.target + 4800, `${playout.ring.fill / 48} ms wait`);
  assert.equal(playout.ring.joins, 1);
  assert.ok(guardBand(listener.sound()).level < CLEAN);
});

test('stop fades out over 250 ms, then the ring rests', () => {
  const listener = new Listener();
  listener.feed(38400);
  listener.play(19200);
  listener.playout.stop();
  listener.play(19200);
  assert.equal(listener.playout.mode, 'idle');
  const sound = listener.sound();
  assert.ok(rms(sound.slice(30800, 31100)) > 1e-5 || rms(sound.slice(30000, 31000)) > 1e-5);
  assert.equal(rms(sound.slice(31600)), 0);
  assert.ok(guardBand(sound).level < CLEAN);
});

test('minutes of unheard music never overflow the ring', () => {
  const ring = new Ring(1 << 14);
  for (let i = 0; i < 200; i++) ring.write(i * PACKET, music(i * PACKET, PACKET), music(0, PACKET));
  assert.ok(ring.fill < 1 << 14);
  assert.equal(ring.endPosition, 200 * PACKET);
  assert.ok(ring.jumped);
});

test('self-check: without the cross-fade the same join would be heard', () => {
  const cut = new Float32Array(48000);
  cut.set(music(0, 20000));
  cut.set(music(25023, 28000), 20000);
  assert.ok(guardBand(cut).level > CLEAN + 20);
});
