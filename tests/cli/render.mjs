// Goal: the same music is the same bytes, however it is rendered, and any part of it is that part
// of the whole. Method: one SHA-256 over instruction sets, span lengths and threads; the tail of
// a long file against a file that starts there; the address printed by one render given to the
// next. A different seed must differ, or equality would mean nothing.
import fs from 'node:fs';
import {check, decode, equal, fileHash, finish, floats, has, inFolder, ok, readWav, run,
  sha256} from './program.mjs';

const music = ['--scene', 'Harbour at First Light', '--seed', '1'];
let count = 0;

// Renders and gives back {bytes, summary}.
function render(...args) {
  const name = inFolder(`r${count++}.wav`);
  const got = run(['render', ...args, '--out', name, '--json']);
  equal(got.status, 0, `exit status (${got.err})`);
  const bytes = fs.readFileSync(name);
  fs.unlinkSync(name);
  return {bytes, summary: JSON.parse(got.out)};
}

const base = render(...music, '--duration', '10');
const hash = sha256(base.bytes);

await check('the file is 10 s of float stereo at 48 kHz, and sounds', () => {
  const wav = readWav(base.bytes);
  equal(wav.format, 3, 'IEEE float');
  equal(wav.channels, 2, 'channels');
  equal(wav.rate, 48000, 'rate');
  equal(wav.bits, 32, 'bits');
  equal(wav.data.length, 480000 * 8, 'bytes of samples');
  let peak = 0, sum = 0;
  for (const sample of floats(wav.data)) {
    ok(Number.isFinite(sample), 'a sample is not a number');
    peak = Math.max(peak, Math.abs(sample));
    sum += sample * sample;
  }
  const level = 10 * Math.log10(sum / 960000);
  ok(peak < 1 && peak > 0.01, `peak ${peak}`);
  ok(level > -40 && level < -8, `level ${level} dB`);
  ok(Math.abs(base.summary.peak - peak) < 1e-6, `summary says peak ${base.summary.peak}`);
  return `peak ${peak.toFixed(3)}, ${level.toFixed(1)} dB RMS`;
});

const sets = JSON.parse(run(['doctor', '--json']).out).processor.instruction_sets;
const ways = [
  [],
  ['--span-frames', '960', '--threads', '1'],
  ['--span-frames', '4800', '--threads', '2'],
  ['--span-frames', '17777', '--threads', '3'],
  ['--span-frames', '1440000'],
  ...sets.map((set) => ['--isa', set, '--threads', '2']),
  ['--isa', sets.includes('avx2') ? 'avx2' : 'plain', '--span-frames', '960', '--threads', '1'],
];
for (const way of ways) {
  await check(`same bytes with ${way.join(' ') || 'nothing said, once more'}`, () => {
    equal(sha256(render(...music, '--duration', '10', ...way).bytes), hash, 'SHA-256');
  });
}

await check('another seed and another scene are other music', () => {
  const seed = render('--scene', 'Harbour at First Light', '--seed', '2', '--duration', '10');
  const scene = render('--scene', 'undertow', '--seed', '1', '--duration', '10');
  ok(sha256(seed.bytes) !== hash, 'seed 2 equals seed 1');
  ok(sha256(scene.bytes) !== hash, 'Undertow equals Harbour');
});

await check('the tail of a long file equals a file that starts there', () => {
  const whole = readWav(render(...music, '--duration', '24').bytes).data;
  const tail = readWav(render(...music, '--start', '17', '--duration', '7').bytes).data;
  equal(tail.length, 7 * 48000 * 8, 'length');
  ok(whole.subarray(17 * 48000 * 8).equals(tail), 'samples differ');
});

await check('a start in between samples of the tick grid, odd lengths', () => {
  const whole = readWav(render(...music, '--duration', '6').bytes).data;
  const part = readWav(render(...music, '--start', '1.23', '--duration', '2.001').bytes).data;
  const from = 59040 * 8;
  equal(part.length, 96048 * 8, 'length');
  ok(whole.subarray(from, from + part.length).equals(part), 'samples differ');
});

await check('changes of controls belong to the music, not to the file', () => {
  const changes = ['--set', 'density=0.9', '--set', 'brightness=0.1@4', '--set', 'key=C#@3'];
  const whole = readWav(render(...music, ...changes, '--duration', '16').bytes).data;
  const tail = readWav(render(...music, ...changes, '--start', '9', '--duration', '7').bytes).data;
  const plain = readWav(render(...music, '--duration', '16').bytes).data;
  ok(whole.subarray(9 * 48000 * 8).equals(tail), 'the tail differs');
  ok(!whole.equals(plain), 'the changes changed nothing');
  const late = readWav(render(...music, '--set', 'brightness=0.1@4', '--duration', '16').bytes)
    .data;
  ok(late.subarray(0, 4 * 48000 * 8).equals(plain.subarray(0, 4 * 48000 * 8)),
    'a change at 4 s is heard before 4 s');
  ok(!late.equals(plain), 'a change at 4 s is never heard');
});

await check('the address of a render, rendered again, is the same bytes', () => {
  for (const args of [
    ['--duration', '4'],
    ['--duration', '4', '--start', '33.3', '--set', 'warmth=0.8', '--set', 'motion=0@35'],
  ]) {
    const first = render(...music, ...args);
    ok(/^aeo1:[A-Za-z0-9_.~:-]+$/.test(first.summary.address), first.summary.address);
    const again = render('--address', first.summary.address, '--duration', '4');
    equal(sha256(again.bytes), sha256(first.bytes), 'SHA-256');
    equal(again.summary.address, first.summary.address, 'address');
  }
});

await check('without a seed each render is another piece, told by its address', () => {
  const first = render('--duration', '1');
  const second = render('--duration', '1');
  ok(first.summary.seed !== second.summary.seed, 'the same seed twice');
  const again = render('--address', first.summary.address, '--duration', '1');
  equal(sha256(again.bytes), sha256(first.bytes), 'SHA-256');
});

await check('standard output is the same WAV file', () => {
  const got = run(['render', ...music, '--duration', '10', '--out', '-']);
  equal(got.status, 0, 'exit status');
  equal(sha256(got.stdout), hash, 'SHA-256');
  ok(got.err.includes('address: aeo1:'), `the summary is on standard error: ${got.err}`);
});

await check('an independent reader agrees on the samples', () => {
  if (!has('ffmpeg')) {
    return 'skipped, no ffmpeg';
  }
  const name = inFolder('read.wav');
  equal(run(['render', ...music, '--duration', '10', '--out', name, '--quiet']).status, 0, 'exit');
  equal(fileHash(name), hash, 'SHA-256');
  ok(decode(name).equals(readWav(base.bytes).data), 'ffmpeg reads other samples');
  return 'ffmpeg';
});

finish();
