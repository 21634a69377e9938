// Goal: what `aeolian play` sends to the loudspeakers is, after its fade, the render of the same
// address: every sample, exactly. Method: a JACK server without hardware, a recorder that keeps
// floats, and a search for the recorded samples in the offline file. Then what happens when the
// device is absent, and when it dies in mid-play. Skipped (77) where JACK is not installed.
import {spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {findRun, readFloatWav} from './compare.mjs';

const program = process.env.AEO_PROGRAM;
const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
for (const command of ['jackd', 'jack_capture', 'jack_lsp', 'jack_connect']) {
  if (!has(command)) {
    console.log(`skipped: ${command} is not installed`);
    process.exit(77);
  }
}

// JACK keeps a list of at most eight servers in /dev/shm, where one that was killed (below, on
// purpose) stays until its name is used again. So the test runs in a /dev/shm of its own, where the
// system gives one; the fixed name serves where it does not.
function runApart() {
  const mount = 'mount -t tmpfs tmpfs /dev/shm';
  for (const space of [['--mount'], ['--user', '--map-root-user', '--mount']]) {
    if (spawnSync('unshare', [...space, 'sh', '-c', mount]).status === 0) {
      const self = [process.execPath, fileURLToPath(import.meta.url)];
      const shell = ['sh', '-c', `${mount} && exec "$0" "$@"`];
      const run = spawnSync('unshare', [...space, ...shell, ...self],
        {stdio: 'inherit', env: {...process.env, AEO_JACK_APART: '1'}});
      process.exit(run.status ?? 1);
    }
  }
}
if (!process.env.AEO_JACK_APART) {
  runApart();
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aeolian-jack-'));
// A server name of our own: nobody else's JACK is touched, and none is started by accident.
const env = {...process.env, JACK_DEFAULT_SERVER: 'aeolian-test', JACK_NO_START_SERVER: '1'};
const children = new Set();
process.on('exit', () => {
  for (const child of children) {
    child.kill('SIGKILL');
  }
  fs.rmSync(folder, {recursive: true, force: true});
});

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const jack = (command, ...args) => spawnSync(command, args, {env, encoding: 'utf8'});
const ports = () => jack('jack_lsp').stdout.split('\n').filter((name) => name.includes(':'));

function launch(command, args) {
  const child = spawn(command, args, {env, stdio: ['ignore', 'pipe', 'pipe'], cwd: folder});
  child.text = '';
  child.errors = '';
  child.stdout.on('data', (data) => { child.text += data; });
  child.stderr.on('data', (data) => { child.errors += data; });
  child.ended = new Promise((resolve) => child.on('close', (status) => {
    children.delete(child);
    resolve(status);
  }));
  children.add(child);
  return child;
}

// Waits until CONDITION holds; when it does not, says what CHILD, who should have seen to it, said.
async function until(what, child, condition, ms = 30000) {
  for (const end = Date.now() + ms; Date.now() < end && child.exitCode === null; await sleep(10)) {
    if (condition()) {
      return;
    }
  }
  const state = child.exitCode === null ? 'still runs' : `ended with ${child.exitCode}`;
  throw new Error(`waited in vain for ${what}, which ${state}:\n${child.text}${child.errors}`);
}

function ok(condition, text) {
  if (!condition) {
    throw new Error(text);
  }
}

async function startServer() {
  const server = launch('jackd', ['--no-realtime', '-n', env.JACK_DEFAULT_SERVER, '-d', 'dummy',
    '-r', '48000', '-p', '480', '-C', '0', '-P', '2']);
  await until('the JACK server', server, () => ports().includes('system:playback_2'));
  return server;
}

// Records one playing of ADDRESS: {wav (Float32Array pairs), summary}.
async function record(address, seconds) {
  const name = path.join(folder, 'heard.wav');
  fs.rmSync(name, {force: true});
  const recorder = launch('jack_capture', ['-d', String(seconds + 4), '-b', 'FLOAT', '-f', 'wav',
    '--manual-connections', name]);
  await until('the recorder', recorder, () => ports().includes('jack_capture:input2'));
  const player = launch(program, ['play', '--address', address, '--device', 'system',
    '--duration', String(seconds), '--json']);
  await until('the player', player, () => ports().some((port) => port.endsWith(':out_1')));
  const out = ports().find((port) => port.endsWith(':out_0')).replace(/0$/, '');
  for (const channel of [0, 1]) {
    jack('jack_connect', `${out}${channel}`, `jack_capture:input${channel + 1}`);
  }
  const status = await player.ended;
  ok(status === 0, `play ended with ${status}: ${player.errors}`);
  await recorder.ended;
  return {wav: readFloatWav(name), summary: JSON.parse(player.text)};
}

function render(address, seconds) {
  const name = path.join(folder, 'rendered.wav');
  const got = spawnSync(program, ['render', '--address', address, '--duration', String(seconds),
    '--out', name, '--quiet'], {encoding: 'utf8'});
  ok(got.status === 0, got.stderr);
  return readFloatWav(name);
}

// The address of a fresh piece, with a change in it so that the log is played too.
function makeAddress() {
  const got = spawnSync(program, ['render', '--scene', 'Harbour at First Light', '--seed', '11',
    '--set', 'brightness=0.9@2', '--duration', '0.01', '--out', path.join(folder, 'a.wav'),
    '--json'], {encoding: 'utf8'});
  ok(got.status === 0, got.stderr);
  return JSON.parse(got.stdout).address;
}

// On a machine that is busy otherwise, the player or the recorder may come too late for a period;
// the player counts that. Such a take proves nothing and is made again, three times at most.
async function recordInTime(address) {
  for (let take = 1; ; take++) {
    const heard = await record(address, 6);
    if (heard.summary.underruns === 0 || take === 3) {
      return heard;
    }
    console.log(`take ${take}: ${heard.summary.underruns} underruns, once more`);
  }
}

async function testExact() {
  const address = makeAddress();
  const heard = await recordInTime(address);
  const {summary} = heard;
  ok(summary.underruns === 0, `${summary.underruns} underruns`);
  const rendered = render(address, 8);
  const run = findRun(heard.wav, rendered);
  const s = (frames) => (frames / 48000).toFixed(3);
  console.log(`played ${summary.frames} frames on ${summary.device}; equal from ${s(run.from)} s ` +
    `to ${s(run.until)} s of the music (${run.until - run.from} frames)`);
  // The fade takes 0.25 s; the recorder is connected a moment after the player appears. The end
  // fade takes the last 0.25 s of what was played.
  ok(run.from <= 48000, `equal only from ${s(run.from)} s on`);
  const fade_out = summary.frames - 12000 - 480;
  ok(run.until >= fade_out - 480, `equal only until ${s(run.until)} s of ${s(fade_out)} s`);
  ok(run.until - run.from >= 4.5 * 48000, 'too short');
}

async function testDeviceDies(server) {
  const player = launch(program, ['play', '--seed', '1', '--device', 'system']);
  await until('the player', player, () => ports().some((port) => port.endsWith(':out_1')));
  await sleep(500);
  server.kill('SIGKILL');
  const status = await Promise.race([player.ended, sleep(15000)]);
  ok(status === 1, `play ended with ${status} (undefined: not at all)`);
  ok(/aeolian play: the device .* is gone/.test(player.errors), player.errors);
  console.log(`the device died: ${player.errors.trim()}`);
}

function testDeviceAbsent() {
  const got = spawnSync(program, ['play', '--device', 'no such device'], {encoding: 'utf8', env});
  ok(got.status === 1, `play ended with ${got.status}`);
  ok(/^aeolian play: .*no.* output device.*\n$/.test(got.stderr), got.stderr);
  console.log(`no device: ${got.stderr.trim()}`);
}

try {
  const server = await startServer();
  await testExact();
  await testDeviceDies(server);
  testDeviceAbsent();
  console.log('3 checks, 0 failed');
  process.exit(0);
} catch (error) {
  console.log(`FAIL ${error.message}`);
  process.exit(1);
}
