// Runs the program for the tests of the command line, and counts what they find. A check that
// throws has failed; the process then ends with 1. Plain Node, no packages.
import {spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const program = process.env.AEO_PROGRAM;
if (!program || !fs.existsSync(program)) {
  console.error(`AEO_PROGRAM names no program: ${program}`);
  process.exit(1);
}

export const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aeolian-cli-'));
process.on('exit', () => fs.rmSync(folder, {recursive: true, force: true}));

export const inFolder = (name) => path.join(folder, name);

// Runs the program to its end: {status, signal, stdout (Buffer), out, err (text)}.
export function run(args, options = {}) {
  const got = spawnSync(program, args,
    {maxBuffer: 1 << 30, timeout: 110000, stdio: ['ignore', 'pipe', 'pipe'], ...options});
  return {status: got.status, signal: got.signal, stdout: got.stdout,
    out: String(got.stdout ?? ''), err: String(got.stderr ?? '')};
}

export const start = (args, options = {}) => spawn(program, args, options);

// Is a command there? (Independent readers are optional; a check without one says so.)
export function has(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}

// Decodes a file by ffmpeg, which shares no code with the program, into raw samples.
export function decode(name, format = 'f32le') {
  const got = spawnSync('ffmpeg', ['-v', 'error', '-i', name, '-f', format, '-'],
    {maxBuffer: 1 << 30});
  ok(got.status === 0, `ffmpeg: ${got.stderr}`);
  return got.stdout;
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
export const fileHash = (name) => sha256(fs.readFileSync(name));

// Reads a WAV file of ours (any of the encodings): {format, channels, rate, bits, data}.
export function readWav(bytes) {
  const tag = (at) => bytes.toString('latin1', at, at + 4);
  ok(tag(0) === 'RIFF' && tag(8) === 'WAVE', 'no RIFF WAVE header');
  equal(bytes.readUInt32LE(4), bytes.length - 8, 'RIFF size');
  const wav = {};
  for (let at = 12; at < bytes.length;) {
    const size = bytes.readUInt32LE(at + 4);
    if (tag(at) === 'fmt ') {
      wav.format = bytes.readUInt16LE(at + 8);
      wav.channels = bytes.readUInt16LE(at + 10);
      wav.rate = bytes.readUInt32LE(at + 12);
      wav.bits = bytes.readUInt16LE(at + 22);
    } else if (tag(at) === 'data') {
      wav.data = bytes.subarray(at + 8, at + 8 + size);
      equal(wav.data.length, size, 'data size');
    }
    at += 8 + size + (size & 1);
  }
  return wav;
}

// The samples of a float WAV as a Float32Array.
export function floats(data) {
  const copy = new Uint8Array(data.length);
  copy.set(data);
  return new Float32Array(copy.buffer);
}

export function ok(condition, text) {
  if (!condition) {
    throw new Error(text);
  }
}

export function equal(got, wanted, text) {
  ok(got === wanted, `${text}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
}

let failures = 0;
let checks = 0;

// Runs one named check, which may be async.
export async function check(name, body) {
  checks++;
  try {
    const note = await body();
    console.log(`ok   ${name}${note ? `: ${note}` : ''}`);
  } catch (error) {
    failures++;
    console.log(`FAIL ${name}: ${error.message}`);
  }
}

export function finish() {
  console.log(`${checks} checks, ${failures} failed`);
  process.exit(failures || checks === 0 ? 1 : 0);
}
