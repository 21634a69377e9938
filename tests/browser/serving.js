// serving.js: the program under test: a free port, started, killed, started again; offline renders
// of the same music; and a list of checks that prints one line each.
import { spawn, execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import WebSocket from 'ws';

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class Program {
  constructor(binary, port) {
    this.binary = binary;
    this.port = port;
    this.url = `http://127.0.0.1:${port}/`;
    this.said = '';
  }

  async start() {
    this.child = spawn(this.binary, ['serve', '--host', '127.0.0.1', '--port', String(this.port)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.once('error', (error) => { this.said += `${error}\n`; });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (text) => { this.said = (this.said + text).slice(-4000); });
    }
    for (let i = 0; i < 400; i++) {
      const answers = await fetch(`${this.url}healthz`).then((r) => r.ok, () => false);
      if (answers) return;
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    throw new Error(`the server does not answer:\n${this.said}`);
  }

  async kill() {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    await this.gone;
  }

  // The address of another position of the same piece: what the server greets with there.
  addressAt(address, at) {
    const url = `ws${this.url.slice(4)}v1/stream?address=${encodeURIComponent(address)}&at=${at}`;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, 'aeolian.v1');
      socket.on('error', reject);
      socket.on('message', (data, binary) => {
        if (binary) return;
        const hello = JSON.parse(data);
        socket.terminate();
        if (hello.position === at) resolve(hello.address);
        else reject(new Error(`asked for ${at}, got ${hello.position}`));
      });
    });
  }

  // `seconds` of the piece an address names, from its position on: the left channel.
  render(address, seconds) {
    const folder = mkdtempSync(path.join(tmpdir(), 'aeolian-browser-'));
    const out = path.join(folder, 'piece.wav');
    try {
      execFileSync(this.binary, ['render', '--address', address, '--duration', String(seconds),
        '--out', out], { stdio: ['ignore', 'ignore', 'pipe'] });
      return wavLeft(readFileSync(out));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

// The left channel of a stereo float32 WAV file.
export function wavLeft(bytes) {
  let at = 12;
  while (bytes.toString('latin1', at, at + 4) !== 'data') {
    at += 8 + bytes.readUInt32LE(at + 4) + (bytes.readUInt32LE(at + 4) & 1);
  }
  const frames = Math.floor(Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8) / 8);
  return Float32Array.from({ length: frames }, (_, i) => bytes.readFloatLE(at + 8 + 8 * i));
}

export class Checks {
  constructor() {
    this.passed = 0;
    this.failed = 0;
  }

  // One line: what was expected, what was seen.
  expect(good, what, seen = '') {
    if (good) this.passed++;
    else this.failed++;
    console.log(`${good ? 'ok  ' : 'FAIL'} ${what}${seen === '' ? '' : `: ${seen}`}`);
  }

  close() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 && this.passed > 0 ? 0 : 1;
  }
}
