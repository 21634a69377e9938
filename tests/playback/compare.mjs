// Finds where a recording equals a rendered file, bit for bit. `node compare.mjs --self-test`
// plants a known shift and known faults and must find exactly them.
import fs from 'node:fs';
import {fileURLToPath} from 'node:url';

// Reads a WAV file of 32-bit floats, two channels, as one 64-bit word per frame, so that frames
// are compared in both channels and as bits.
export function readFloatWav(name) {
  const bytes = fs.readFileSync(name);
  for (let at = 12; at + 8 <= bytes.length;) {
    const tag = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (tag === 'fmt ' &&
        (bytes.readUInt16LE(at + 10) !== 2 || bytes.readUInt16LE(at + 22) !== 32)) {
      throw new Error(`${name} is not float stereo`);
    }
    if (tag === 'data') {
      const length = Math.min(size, bytes.length - at - 8) & ~7;
      return new BigUint64Array(Uint8Array.from(bytes.subarray(at + 8, at + 8 + length)).buffer);
    }
    at += 8 + size + (size & 1);
  }
  throw new Error(`${name} has no samples`);
}

// The longest run of equal frames that goes through the middle of the recording's sound, as
// {from, until} in frames of RENDERED. Where a frame of the recording may come from is settled by
// 64 frames in a row, which do not occur twice.
export function findRun(recorded, rendered) {
  const first = recorded.findIndex((frame) => frame !== 0n);
  let last = recorded.length - 1;
  while (last > first && recorded[last] === 0n) {
    last--;
  }
  const middle = (first + last) >> 1;
  for (let at = 0; at + 64 <= rendered.length; at++) {
    let same = 0;
    while (same < 64 && recorded[middle + same] === rendered[at + same]) {
      same++;
    }
    if (same < 64) {
      continue;
    }
    let before = 0, after = 0;
    while (before < Math.min(at, middle) &&
           recorded[middle - before - 1] === rendered[at - before - 1]) {
      before++;
    }
    while (at + after < rendered.length && recorded[middle + after] === rendered[at + after]) {
      after++;
    }
    return {from: at - before, until: at + after};
  }
  throw new Error(first < 0 ? 'the recording is silent'
    : 'the middle of the recording is nowhere in the rendered file');
}

function selfTest() {
  const rendered = new BigUint64Array(48000);
  let state = 1n;
  for (let i = 0; i < rendered.length; i++) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    rendered[i] = state | 1n;
  }
  const recorded = new BigUint64Array(60000); // 5000 frames late, silent around
  recorded.set(rendered.subarray(0, 40000), 5000);
  const expect = (from, until, what) => {
    const run = findRun(recorded, rendered);
    if (run.from !== from || run.until !== until) {
      throw new Error(`${what}: found ${run.from}..${run.until}, planted ${from}..${until}`);
    }
  };
  expect(0, 40000, 'no fault');
  recorded[5000 + 1234] ^= 1n << 32n; // the lowest bit of the right channel of one frame
  expect(1235, 40000, 'one bit');
  recorded.copyWithin(5000 + 30000, 5000 + 30001, 5000 + 40000); // one frame lost
  expect(1235, 30000, 'one frame lost');
  recorded.fill(7n);
  let refused = false;
  try {
    findRun(recorded, rendered);
  } catch {
    refused = true;
  }
  if (!refused) {
    throw new Error('found music that is not there');
  }
  console.log('the comparison finds its planted faults');
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === '--self-test') {
  selfTest();
}
