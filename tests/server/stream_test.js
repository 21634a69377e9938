/* stream_test.js: the music as it arrives, with the real renderer: positions and sequence numbers
 * without a gap over ten seconds, a different piece for each listener, a listener that stalls and
 * its neighbour that does not notice, many that come and go. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { FLAG, FRAME, Listener, Server, checkContinuity, parseAudio, runTests, sleep, test }
  from './harness.js';

const server = await Server.start('--renderer', 'cpu', '--sessions-max', '16');

test('ten seconds without a gap, at real time', async () => {
  const listener = await Listener.open(server, '?seed=1');
  await listener.until(() => listener.audio.length > 0, 'audio');
  await listener.until(() => listener.audio.length >= 20, 'two seconds');
  const started = performance.now();
  const before = listener.audio.length;
  await listener.until(() => listener.audio.length >= before + 80, 'ten seconds of music');
  const packets = checkContinuity(listener.audio, { from: 0 });
  const rate = 80 * 100 / (performance.now() - started);
  console.log(`      ${packets} packets, ${rate.toFixed(3)} x real time`);
  assert.ok(rate > 0.5 && rate < 2, 'the clock is that of the music');
  const bits = listener.raw.reduce((sum, bytes) => sum + 8 * bytes.length, 0);
  console.log(`      ${(bits / (packets * 0.02) / 1000).toFixed(1)} kb/s on the wire`);
  listener.close();
});

test('the first 400 ms come early, the rest as it is played', async () => {
  const listener = await Listener.open(server, '?seed=2');
  await listener.until(() => listener.audio.length >= 4, 'the lead');
  const clockMs = performance.now() - listener.upgradeMs;
  const sentMs = listener.audio.length * 100;
  assert.ok(sentMs <= clockMs + 400 + 100, `${sentMs} ms of music in ${clockMs} ms`);
  listener.close();
});

test('two listeners get different music, equal addresses the same', async () => {
  const listeners = [];
  for (const query of ['', '', '?seed=9', '?seed=9']) {
    listeners.push(await Listener.open(server, query));
  }
  for (const listener of listeners) {
    await listener.until(() => listener.raw.length >= 10, 'audio');
    listener.close();
  }
  // Whether a message came late is the machine's doing, and not part of the music.
  const music = listeners.map((listener) => Buffer.concat(listener.raw.slice(0, 10).map((raw) => {
    const bytes = Buffer.from(raw);
    bytes[1] &= ~FLAG.late;
    return bytes;
  })));
  assert.ok(!music[0].equals(music[1]), 'each has a piece of its own');
  assert.ok(!music[0].equals(music[2]));
  assert.ok(music[2].equals(music[3]), 'the same address gives the same packets');
});

/* The complete audio messages among the unmasked frames of a server. */
function audioOfFrames(bytes) {
  const messages = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const opcode = bytes[at] & 15;
    let size = bytes[at + 1] & 127;
    let head = 2;
    if (size === 126) {
      size = bytes.readUInt16BE(at + 2);
      head = 4;
    } else if (size === 127) {
      size = Number(bytes.readBigUInt64BE(at + 2));
      head = 10;
    }
    if (at + head + size > bytes.length) break;
    if (opcode === 2) messages.push(parseAudio(bytes.subarray(at + head, at + head + size)));
    at += head + size;
  }
  return messages;
}

test('a listener that stalls is skipped and told so; its neighbour hears no gap', async () => {
  const neighbour = await Listener.open(server, '?seed=11');
  await neighbour.until(() => neighbour.audio.length >= 4, 'audio');
  const child = spawn('/usr/bin/python3', ['tests/server/deaf_client.py', String(server.port),
    '/v1/stream?seed=12&bitrate=192000', '7', '4'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks = [];
  child.stdout.on('data', (data) => chunks.push(data));
  await new Promise((resolve) => { child.on('exit', resolve); });
  const audio = audioOfFrames(Buffer.concat(chunks));
  assert.ok(audio.length > 10, `${audio.length} messages`);
  let gaps = 0;
  let next = audio[0].sequence;
  let position = audio[0].position;
  for (const message of audio) {
    const lost = message.sequence - next;
    assert.ok(lost >= 0);
    // Sequence and position agree on what is missing, and the flag says that something is.
    assert.equal(message.position - position, lost * FRAME);
    assert.equal((message.flags & FLAG.dropped) !== 0, lost > 0);
    if (lost > 0) assert.ok(message.flags & FLAG.restarted, 'the encoder begins anew');
    if (lost > 0) gaps++;
    next = message.sequence + message.count;
    position = message.position + message.count * FRAME;
  }
  assert.ok(gaps >= 1, 'something was skipped');
  assert.ok(position > 9 * 48000, 'it is live again');
  console.log(`      ${audio.length} messages, ${gaps} gap, ` +
    `${next - audio.reduce((sum, message) => sum + message.count, 0)} packets skipped`);
  checkContinuity(neighbour.audio, { from: 0 });
  assert.ok(neighbour.audio.length > 90, 'the neighbour heard all of the eleven seconds');
  neighbour.close();
});

test('a server that was held up longer than its lead says so and leaves no music out', async () => {
  const listener = await Listener.open(server, '?seed=22');
  await listener.until(() => listener.audio.length >= 10, 'audio');
  const before = listener.audio.length;
  server.process.kill('SIGSTOP');
  await sleep(1500);
  server.process.kill('SIGCONT');
  const isLate = ({ flags }) => (flags & FLAG.late) !== 0;
  await listener.until(() => listener.audio.slice(before).find(isLate), 'a late message');
  await listener.until(() => !isLate(listener.audio.at(-1)), 'the lead to be there again');
  checkContinuity(listener.audio, { from: 0 });
  const late = listener.audio.filter(isLate).length;
  console.log(`      ${late} of ${listener.audio.length} messages late`);
  assert.ok(late <= 16, 'no longer late than it takes to catch up');
  listener.close();
});

test('music that a slow renderer makes late is called late, and none is left out', async () => {
  // A batch takes 250 ms: when it begins, the lead is not yet used up, when it is done, it is.
  process.env.AEOLIAN_NULL_FAULTS = 'late=250';
  const slow = await Server.start('--renderer', 'null', '--sessions-max', '1');
  delete process.env.AEOLIAN_NULL_FAULTS;
  const listener = await Listener.open(slow, '?seed=23');
  await listener.until(() => listener.audio.length >= 20, 'audio');
  checkContinuity(listener.audio, { from: 0 });
  const late = listener.audio.map(({ flags }) => (flags & FLAG.late) !== 0);
  assert.ok(!late.slice(0, 4).some(Boolean), 'the first span is what the listener waits for');
  // A span has up to four messages, and its first one is marked.
  assert.ok(late.slice(4).filter(Boolean).length >= 4, `late: ${late}`);
  listener.close();
  await slow.stop();
});

test('many come and go, some in mid-handshake and mid-tick, and none is left over', async () => {
  const stays = await Listener.open(server, '?seed=21');
  for (let round = 0; round < 12; round++) {
    const crowd = [];
    for (let i = 0; i < 12; i++) crowd.push(new Listener(server, `?seed=${i}&at=${i * 4801}`, {}));
    await sleep([0, 5, 20, 60][round % 4]);
    for (const one of crowd) one.close();
  }
  // All sixteen places are free again but one.
  await stays.until(() => stays.audio.length > 10, 'audio');
  const fill = [];
  for (let i = 0; i < 15; i++) {
    const one = new Listener(server, `?seed=${i}`, {});
    await one.until(() => one.isOpen || one.refusal, 'an answer');
    if (one.refusal) { // the library may still be closing one of the crowd
      await sleep(100);
      i--;
      continue;
    }
    fill.push(one);
  }
  for (const one of fill) {
    await one.until(() => one.audio.length >= 4, 'audio');
    checkContinuity(one.audio, { from: 0 });
    one.close();
  }
  checkContinuity(stays.audio, { from: 0 });
  stays.close();
});

test('the server ends well', () => server.stop());
await runTests();
