/* harness.js: what the server tests share: a server of one's own on a free port, a listener that
 * keeps everything it hears, and a tiny test runner.
 *
 * The server is the real program (AEO_PROGRAM). Nothing here asserts times: machines that test are
 * busy, so figures are printed, and waits end as soon as what they wait for is there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { WebSocket } from 'ws';

export const PROGRAM = process.env.AEO_PROGRAM;
export const FRAME = 960;
export const FLAG = { dropped: 1, restarted: 2, replaces: 4, preroll: 8, late: 16 };
// Sanitizers and a shared processor slow everything down; only a hang is an error.
const PATIENCE_MS = 20000;

export class Server {
  /* Starts `aeolian serve` with ARGUMENTS and waits until it says where it plays. */
  static async start(...args) {
    const server = new Server();
    server.log = '';
    server.process = spawn(PROGRAM, ['serve', '--port', '0', ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    server.exited = once(server.process, 'exit');
    server.process.stderr.on('data', (data) => { server.log += data; });
    server.port = await new Promise((resolve, reject) => {
      let text = '';
      server.process.stdout.on('data', (data) => {
        text += data;
        const found = /http:\/\/127\.0\.0\.1:(\d+)\//.exec(text);
        if (found) resolve(Number(found[1]));
      });
      server.process.on('exit', (code) => reject(new Error(`serve ended ${code}: ${server.log}`)));
    });
    return server;
  }

  url(query = '') {
    return `http://127.0.0.1:${this.port}/v1/stream${query}`;
  }

  /* Ends it like an operator would; fails if it does not end well or a sanitizer complained. */
  async stop() {
    if (this.process.exitCode === null) this.process.kill('SIGTERM');
    const [code, signal] = await this.exited;
    if (code !== 0 || /Sanitizer|runtime error|assert/i.test(this.log)) {
      throw new Error(`serve ended with ${code ?? signal}:\n${this.log}`);
    }
  }

  /* CPU seconds used so far (user and system), from /proc. */
  async cpuSeconds() {
    const { readFile } = await import('node:fs/promises');
    const fields = (await readFile(`/proc/${this.process.pid}/stat`, 'utf8'))
      .replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
}

/* The binary message of docs/PROTOCOL.md, checked down to its last byte. */
export function parseAudio(bytes) {
  const count = bytes.readUInt16LE(2);
  const message = {
    kind: bytes[0], flags: bytes[1], count,
    sequence: bytes.readUInt32LE(4), position: Number(bytes.readBigUInt64LE(8)), packets: [],
  };
  let offset = 16 + 2 * count;
  for (let i = 0; i < count; i++) {
    const length = bytes.readUInt16LE(16 + 2 * i);
    message.packets.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  if (message.kind !== 1 || count < 1 || count > 5 || offset !== bytes.length ||
      message.packets.some((packet) => packet.length === 0)) {
    throw new Error(`bad audio message: ${JSON.stringify({ ...message, packets: 0 })}`);
  }
  return message;
}

export class Listener {
  /* Connects; resolves when the WebSocket is open. */
  static async open(server, query = '', options = {}) {
    const listener = new Listener(server, query, options);
    await listener.until(() => listener.isOpen, 'the WebSocket to open');
    return listener;
  }

  constructor(server, query, options) {
    this.texts = [];  // parsed JSON
    this.audio = [];  // parsed binary messages
    this.raw = [];    // the same as bytes
    this.arrivalsMs = []; // when each came
    this.order = [];  // both, as they came
    this.isOpen = false;
    this.startedMs = performance.now();
    this.socket = new WebSocket(server.url(query).replace('http', 'ws'),
      options.protocols ?? 'aeolian.v1', { headers: options.headers ?? {} });
    this.socket.on('upgrade', () => { this.upgradeMs = performance.now(); });
    this.socket.on('open', () => { this.isOpen = true; });
    this.socket.on('error', (error) => { this.error = error; });
    this.socket.on('unexpected-response', (request, response) => {
      this.refusal = { status: response.statusCode, body: '' };
      response.on('data', (data) => { this.refusal.body += data; });
      response.on('end', () => { this.refusal.json = JSON.parse(this.refusal.body); });
    });
    this.socket.on('close', (code, reason) => { this.closed = { code, reason: String(reason) }; });
    this.socket.on('message', (data, isBinary) => this.take(data, isBinary));
  }

  take(data, isBinary) {
    const message = isBinary ? parseAudio(data) : JSON.parse(data.toString());
    if (isBinary) {
      this.arrivalsMs.push(performance.now());
      this.audio.push(message);
      this.raw.push(Buffer.from(data));
    } else {
      this.texts.push(message);
    }
    this.order.push(message);
  }

  get firstAudioMs() {
    return this.arrivalsMs[0];
  }

  send(message) {
    this.socket.send(typeof message === 'string' || Buffer.isBuffer(message)
      ? message : JSON.stringify(message));
  }

  /* Waits until CHECK gives something true and returns it. */
  async until(check, what) {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = await check();
      if (found) return found;
      if (this.error && !this.closed && !this.isOpen && !this.refusal) throw this.error;
      if (performance.now() > end) {
        const refused = this.refusal ? `; refused: ${JSON.stringify(this.refusal)}` : '';
        throw new Error(`waited in vain for ${what}${refused}`);
      }
      await sleep(5);
    }
  }

  text(type, check = () => true) {
    return this.until(() => this.texts.find((text) => text.type === type && check(text)), type);
  }

  close() {
    this.socket.terminate();
  }
}

/* The answer to an upgrade that is refused. */
export async function refusedUpgrade(server, query, options) {
  const listener = new Listener(server, query, options ?? {});
  await listener.until(() => listener.refusal?.json, 'a refusal');
  return listener.refusal;
}

/* Waits for the engine's first tick; the answer of /readyz. AT is the server's address. */
export async function ready(at) {
  for (;;) {
    const answer = await fetch(`${at}/readyz`);
    const json = await answer.json();
    if (answer.status !== (json.ready ? 200 : 503) || (json.reason === '') !== json.ready) {
      throw new Error(`/readyz: ${answer.status} ${JSON.stringify(json)}`);
    }
    if (json.ready) return json;
    if (json.phase !== 'starting') throw new Error(`/readyz: ${JSON.stringify(json)}`);
    await sleep(20);
  }
}

/* Sends BYTES on a socket of its own and returns what came back until the other side closed or
 * WAIT_MS passed. */
export async function exchangeRaw(server, bytes, waitMs = 300) {
  const socket = net.connect(server.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => { answer += data.toString('latin1'); });
  socket.on('error', () => {});
  socket.on('connect', () => socket.write(bytes));
  await Promise.race([once(socket, 'close').catch(() => {}), sleep(waitMs)]);
  socket.destroy();
  return answer;
}

export const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/* Fails unless the packets follow each other without a gap; returns how many there are. */
export function checkContinuity(audio, { from = audio[0].position, sequence = 0 } = {}) {
  let position = from;
  let next = sequence;
  for (const message of audio) {
    if (message.position !== position || message.sequence !== next) {
      throw new Error(`expected packet ${next} at ${position}, not ${message.sequence} at ` +
        `${message.position}`);
    }
    if (message.flags & FLAG.dropped) throw new Error(`a gap is flagged at ${position}`);
    position += message.count * FRAME;
    next += message.count;
  }
  return next - sequence;
}

const tests = [];

/* Declares a test; runTests runs them one after the other. */
export function test(name, run) {
  tests.push({ name, run });
}

export async function runTests() {
  let failed = 0;
  for (const { name, run } of tests) {
    try {
      await run();
      console.log(`ok    ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL  ${name}\n${error.stack}`);
    }
  }
  console.log(`${tests.length - failed} of ${tests.length} passed`);
  process.exit(failed ? 1 : 0);
}
