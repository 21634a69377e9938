// protocol.test.js: the page's half of aeolian.v1: every byte of the binary message, the query,
// the waits, the pacing of control changes, links.
import test from 'node:test';
import assert from 'node:assert/strict';
import { load } from './modules.js';

const { parseAudio, streamQuery, backoffMs, Coalescer } = await load('protocol.js');
const { placeFromURL, linkTo } = await load('share.js');

function message({ kind = 1, flags = 0, sequence = 7, position = 0n, packets }) {
  const head = Buffer.alloc(16 + 2 * packets.length);
  head[0] = kind;
  head[1] = flags;
  head.writeUInt16LE(packets.length, 2);
  head.writeUInt32LE(sequence, 4);
  head.writeBigUInt64LE(position, 8);
  packets.forEach((packet, i) => head.writeUInt16LE(packet.length, 16 + 2 * i));
  const whole = Buffer.concat([head, ...packets.map((packet) => Buffer.from(packet))]);
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length);
}

test('a message of five packets comes back as it was written', () => {
  const packets = [[1], [2, 3], [4, 5, 6], [7], [8, 9]];
  const parsed = parseAudio(message({ sequence: 4000000001, position: 2n ** 52n, packets }));
  assert.equal(parsed.sequence, 4000000001);
  assert.equal(parsed.position, 2 ** 52);
  assert.deepEqual(parsed.packets.map((p) => [...p]), packets);
});

test('each flag means its own word', () => {
  const names = ['dropped', 'restarted', 'replaces', 'preroll', 'late'];
  names.forEach((name, bit) => {
    const parsed = parseAudio(message({ flags: 1 << bit, packets: [[1]] }));
    for (const other of names) assert.equal(parsed[other], other === name, `${name}: ${other}`);
  });
});

test('a message cut anywhere, padded, empty or of another kind is refused, never thrown', () => {
  const whole = message({ packets: [[1, 2, 3], [4, 5]] });
  for (let n = 0; n < whole.byteLength; n++) assert.equal(parseAudio(whole.slice(0, n)), null);
  assert.equal(parseAudio(new Uint8Array([...new Uint8Array(whole), 0]).buffer), null);
  assert.equal(parseAudio(message({ packets: [] })), null);
  assert.equal(parseAudio(message({ kind: 2, packets: [[1]] })), null);
  assert.equal(parseAudio(message({ packets: [[1], []] })), null);
});

test('random bytes never throw', () => {
  let seed = 1;
  for (let i = 0; i < 20000; i++) {
    const bytes = new Uint8Array(i % 64);
    for (let k = 0; k < bytes.length; k++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      bytes[k] = seed >>> 24;
    }
    if (bytes.length) bytes[0] = 1;
    parseAudio(bytes.buffer);
  }
});

test('the query names an address or a scene, never both, and any position', () => {
  assert.equal(streamQuery({}), '');
  assert.equal(streamQuery({ scene: 'Slow Glass', seed: '7', at: 960 }),
    '?scene=Slow+Glass&seed=7&at=960');
  assert.equal(streamQuery({ address: 'aeo1:x', scene: 'y', at: 0 }), '?address=aeo1%3Ax&at=0');
  assert.equal(streamQuery({ address: 'aeo1:x' }), '?address=aeo1%3Ax');
});

test('waits double to eight seconds and spread by a quarter', () => {
  assert.equal(backoffMs(0, () => 0), 200);
  assert.equal(backoffMs(3, () => 0), 1600);
  assert.equal(backoffMs(50, () => 0), 8000);
  assert.equal(backoffMs(50, () => 1), 10000);
});

test('a dragged slider stays under the limit and its last value arrives', () => {
  let now = 0;
  const timers = [];
  const sent = [];
  const coalescer = new Coalescer(
    (values) => sent.push({ now, ...values }),
    80,
    () => now,
    (run, ms) => timers.push([now + ms, run]),
  );
  for (; now < 1000; now++) {
    coalescer.put('space', now);
    for (const timer of timers.splice(0)) {
      if (timer[0] <= now) timer[1]();
      else timers.push(timer);
    }
  }
  now += 100;
  timers.forEach(([, run]) => run());
  assert.ok(sent.length <= 14 && sent.length >= 11, `${sent.length} messages in a second`);
  assert.equal(sent[0].now, 0);
  assert.equal(sent.at(-1).space, 999);
});

test('a link opens the place it was made from', () => {
  const link = linkTo('http://host:1/?scene=x#y', { address: 'aeo1:a b&c', at: 48000.7 });
  assert.deepEqual(placeFromURL(link), { address: 'aeo1:a b&c', at: 48000 });
  assert.equal(placeFromURL('http://host/'), null);
  assert.equal(placeFromURL('http://host/?address=aeo1:x').at, undefined);
  assert.equal(placeFromURL('http://host/?address=aeo1:x&at=nonsense').at, undefined);
  assert.equal(placeFromURL('http://host/?scene=Undertow&seed=3').seed, '3');
});
