/* decode_test.js: what is heard is what the address says: the packets of a stream, decoded with
 * libopus by the rule of docs/PROTOCOL.md, beside the offline render of the address in `hello`.
 * The two must lie exactly on each other, and differ by no more than the codec makes them (which
 * keeps waveforms loosely: it turns the phase of the bass and replaces noise by noise). Where the
 * stream's bits are exact from its first frame, its packets equal, to the byte, those that the
 * encoder makes of the offline render. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Listener, PROGRAM, Server, checkContinuity, runTests, test } from './harness.js';

const decoder = process.env.AEO_DECODE_STREAM;
const encoder = process.env.AEO_ENCODE_SAMPLES;
const folder = mkdtempSync(join(tmpdir(), 'aeolian-decode-'));
const server = await Server.start('--renderer', 'cpu');
const SECONDS = 5;

function samplesOf(bytes) {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/* Messages one after the other, each behind its length. */
function framed(messages) {
  return Buffer.concat(messages.flatMap((bytes) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    return [size, bytes];
  }));
}

async function decodeStream(query) {
  const listener = await Listener.open(server, query);
  const hello = await listener.text('hello');
  await listener.until(() => listener.audio.length >= 10 * SECONDS + 1, 'the music');
  listener.close();
  checkContinuity(listener.audio, {});
  const run = spawnSync(decoder, [String(hello.audio.pre_skip)],
    { input: framed(listener.raw), maxBuffer: 1 << 28 });
  assert.equal(run.status, 0, String(run.stderr));
  return { hello, samples: samplesOf(run.stdout), raw: listener.raw };
}

/* The samples of a float WAV file. */
function render(address) {
  const file = join(folder, 'reference.wav');
  const run = spawnSync(PROGRAM, ['render', '--address', address, '--duration', String(SECONDS),
    '--out', file], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const bytes = readFileSync(file);
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'data') {
      return samplesOf(bytes.subarray(at + 8, at + 8 + size));
    }
    at += 8 + size + (size & 1);
  }
  throw new Error('no data in the WAV file');
}

/* Signal to noise in dB of HEARD, taken LAG frames later, beside REFERENCE (left and right). */
function snr(heard, reference, lag, from, frames) {
  let signal = 0;
  let noise = 0;
  for (let i = 2 * from; i < 2 * (from + frames); i++) {
    const difference = heard[i + 2 * lag] - reference[i];
    signal += reference[i] * reference[i];
    noise += difference * difference;
  }
  return 10 * Math.log10(signal / noise);
}

function bestLag(heard, reference) {
  let best = { snr: -Infinity, lag: 0 };
  for (let lag = -700; lag <= 700; lag++) {
    const value = snr(heard, reference, lag, 24000, 96000);
    if (value > best.snr) best = { snr: value, lag };
  }
  return best;
}

async function compare(query, leastDb) {
  const { hello, samples } = await decodeStream(query);
  const reference = render(hello.address);
  const { lag } = bestLag(samples, reference);
  const all = snr(samples, reference, 0, 0, (SECONDS - 1) * 48000);
  console.log(`      ${query}: lag ${lag} frames, SNR ${all.toFixed(1)} dB over ` +
    `${SECONDS - 1} s from position ${hello.position}`);
  assert.equal(lag, 0);
  assert.ok(all >= leastDb, `${all} dB`);
}

test('the detector sees a lag of one frame', () => {
  const reference = Float32Array.from({ length: 400000 },
    (_, i) => Math.sin(i * 0.01) + 0.3 * Math.sin(i * i * 1e-7));
  assert.equal(bestLag(reference.subarray(2), reference).lag, -1);
  assert.equal(bestLag(reference, reference).lag, 0);
});

/* The stream's messages beside those made here of the offline render. */
async function comparePackets(query) {
  const { hello, raw } = await decodeStream(query);
  assert.equal(hello.exact_from, 0);
  const reference = render(hello.address);
  const run = spawnSync(encoder, [String(hello.audio.bitrate)],
    { input: Buffer.from(reference.buffer), maxBuffer: 1 << 28 });
  assert.equal(run.status, 0);
  const live = framed(raw).subarray(0, run.stdout.length);
  assert.ok(run.stdout.length > 40000);
  assert.ok(live.equals(run.stdout), `${query}: other packets than those of the render`);
}

test('the packets are those of the offline render, to the byte', async () => {
  await comparePackets('?seed=1');
  await comparePackets('?scene=undertow&seed=4&bitrate=128000&controls=brightness:0.8');
});

test('from the beginning', () => compare('?seed=1', 9));
test('at 192 kb/s', () => compare('?seed=1&bitrate=192000', 12));
test('from the middle, at no round place, with pre-roll', () => compare('?seed=3&at=1234567', 9));
test('another scene with controls', () =>
  compare('?scene=undertow&seed=4&controls=brightness:0.8,density:0.6', 6));

test('the server ends well', () => server.stop());
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await runTests();
