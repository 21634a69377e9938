/* protocol.js: the words of aeolian.v1 as pure functions: the address of a stream, the binary
 * audio message, and the pacing of control changes.
 *
 * Nothing here touches the network or the document, so that the same file runs in the page and
 * under the unit tests. docs/PROTOCOL.md describes the messages. */

export const SAMPLE_RATE = 48000;
export const FRAME_SAMPLES = 960;

const HEADER_BYTES = 16;
const KIND_AUDIO = 1;
const FLAG_DROPPED = 1;
const FLAG_RESTARTED = 2;
const FLAG_REPLACES = 4;
const FLAG_PREROLL = 8;
const FLAG_LATE = 16;

/* One binary message, little-endian: u8 kind, u8 flags, u16 count, u32 sequence, u64 position,
 * count x u16 lengths, then the packets. Returns null where the bytes do not add up: a bad
 * message is skipped, it never stops the music. The packets are views, not copies. */
export function parseAudio(buffer) {
  if (buffer.byteLength < HEADER_BYTES) return null;
  const view = new DataView(buffer);
  const count = view.getUint16(2, true);
  let offset = HEADER_BYTES + 2 * count;
  if (view.getUint8(0) !== KIND_AUDIO || count === 0 || offset > buffer.byteLength) return null;
  const packets = [];
  for (let i = 0; i < count; i++) {
    const length = view.getUint16(HEADER_BYTES + 2 * i, true);
    if (length === 0 || offset + length > buffer.byteLength) return null;
    packets.push(new Uint8Array(buffer, offset, length));
    offset += length;
  }
  if (offset !== buffer.byteLength) return null;
  const flags = view.getUint8(1);
  return {
    dropped: (flags & FLAG_DROPPED) !== 0,
    restarted: (flags & FLAG_RESTARTED) !== 0,
    replaces: (flags & FLAG_REPLACES) !== 0,
    preroll: (flags & FLAG_PREROLL) !== 0,
    late: (flags & FLAG_LATE) !== 0,
    sequence: view.getUint32(4, true),
    position: Number(view.getBigUint64(8, true)),
    packets,
  };
}

/* The query of a stream. An address already names scene and seed, so they are sent only without
 * one. It also names a position, which `at` replaces. Returns "" or "?...". */
export function streamQuery({ address, at, scene, seed } = {}) {
  const query = new URLSearchParams();
  if (address) query.set('address', address);
  else {
    if (scene) query.set('scene', scene);
    if (seed) query.set('seed', seed);
  }
  if (Number.isFinite(at) && at >= 0) query.set('at', String(Math.floor(at)));
  const text = query.toString();
  return text ? `?${text}` : '';
}

/* The wait before the n-th attempt to connect again (n from 0): 0.2 s doubling to 8 s, spread by
 * a quarter so that a restarted server does not meet all its listeners in the same instant. */
export function backoffMs(attempt, random = Math.random) {
  const base = Math.min(8000, 200 * 2 ** Math.min(attempt, 10));
  return Math.round(base * (1 + 0.25 * random()));
}

/* Gathers changes of one kind and hands over the newest values at most once per interval. A
 * dragged slider makes a hundred events a second; the server takes twenty messages. The first
 * change goes at once, the last one is never lost. */
export class Coalescer {
  constructor(send, intervalMs, clock = () => performance.now(), timer = defaultTimer) {
    this.send = send;
    this.intervalMs = intervalMs;
    this.clock = clock;
    this.timer = timer;
    this.pending = {};
    this.waiting = false;
    this.lastMs = -Infinity;
  }

  put(name, value) {
    this.pending[name] = value;
    if (this.waiting) return;
    const wait = this.lastMs + this.intervalMs - this.clock();
    if (wait <= 0) return this.flush();
    this.waiting = true;
    this.timer(() => { this.waiting = false; this.flush(); }, wait);
  }

  flush() {
    if (Object.keys(this.pending).length === 0) return;
    const values = this.pending;
    this.pending = {};
    this.lastMs = this.clock();
    this.send(values);
  }
}

function defaultTimer(run, ms) {
  setTimeout(run, ms);
}
