/* limits_test.js: what a listener may send, and how connections end: close codes 1001, 1003, 1008
 * and 1009, the rate limit, goodbye on SIGTERM, the port that is taken, the command line. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import net from 'node:net';
import { Listener, PROGRAM, Server, refusedUpgrade, runTests, sleep, test } from './harness.js';

const server = await Server.start('--renderer', 'null');

async function closeCode(send) {
  const listener = await Listener.open(server);
  await send(listener);
  const { code } = await listener.until(() => listener.closed, 'the close');
  return code;
}

test('4096 bytes are taken, one more closes with 1009', async () => {
  const pad = (size) => {
    const text = '{"type":"ping","t":1,"pad":""}';
    return text.replace('""}', `"${'x'.repeat(size - text.length)}"}`);
  };
  assert.equal(pad(4096).length, 4096);
  const listener = await Listener.open(server);
  listener.send(pad(4096));
  await listener.text('pong');
  listener.send(pad(4097));
  assert.equal((await listener.until(() => listener.closed, 'the close')).code, 1009);
});

test('fragments make one message, and are counted together', async () => {
  const listener = await Listener.open(server);
  listener.socket.send('{"type":"pi', { fin: false });
  listener.socket.send('ng","t":', { fin: false });
  listener.socket.send('42}', { fin: true });
  await listener.text('pong', (text) => text.t === 42);
  for (let i = 0; i < 5; i++) listener.socket.send('x'.repeat(1000), { fin: false });
  assert.equal((await listener.until(() => listener.closed, 'the close')).code, 1009);
});

test('a binary message closes with 1003', async () => {
  assert.equal(await closeCode((listener) => listener.send(Buffer.from([1, 2, 3]))), 1003);
});

test('more than twenty messages a second are refused, fewer are not', async () => {
  const listener = await Listener.open(server);
  await sleep(50);
  for (let i = 0; i < 30; i++) listener.send({ type: 'ping', t: i });
  await listener.until(() => listener.texts.filter(
    (text) => text.type === 'pong' || text.code === 'rate_limited').length === 30, 'answers');
  const pongs = listener.texts.filter((text) => text.type === 'pong').length;
  assert.ok(pongs >= 20 && pongs < 30, `${pongs} pongs`); // a second may begin in between
  await sleep(2100);
  listener.send({ type: 'ping', t: 99 });
  await listener.text('pong', (text) => text.t === 99);
  assert.equal(listener.closed, undefined);
  listener.close();
});

test('five seconds of that close with 1008', async () => {
  const listener = await Listener.open(server);
  const started = performance.now();
  while (!listener.closed && performance.now() - started < 15000) {
    for (let i = 0; i < 5; i++) {
      if (listener.socket.readyState === 1) listener.send({ type: 'ping', t: i });
    }
    await sleep(50);
  }
  assert.equal(listener.closed?.code, 1008);
  assert.ok(performance.now() - started > 4500, 'not before five seconds');
});

test('SIGTERM says bye, closes with 1001 and ends with 0 within 5 s', async () => {
  const other = await Server.start('--renderer', 'null');
  const listeners = [];
  for (let i = 0; i < 3; i++) listeners.push(await Listener.open(other, `?seed=${i}`));
  for (const listener of listeners) {
    await listener.until(() => listener.audio.length >= 5, 'audio');
  }
  const asked = performance.now();
  await other.stop();
  const tookMs = performance.now() - asked;
  assert.ok(tookMs < 5500, `${tookMs} ms`); // the bound of the protocol, not a speed
  for (const [i, listener] of listeners.entries()) {
    const { code } = await listener.until(() => listener.closed, 'the close');
    assert.equal(code, 1001);
    const bye = listener.texts.at(-1);
    assert.equal(bye.type, 'bye');
    assert.ok(bye.reason.length > 0);
    assert.match(bye.address, /^aeo1:/);
    const last = listener.audio.at(-1);
    // The address continues where the music sent ends, in the listener's own piece.
    const query = `?address=${encodeURIComponent(bye.address)}`;
    const again = await Listener.open(server, query);
    const hello = await again.text('hello');
    assert.equal(hello.position, last.position + last.count * 960);
    assert.equal(hello.seed, String(i));
    again.close();
  }
  console.log(`      ended after ${tookMs.toFixed(0)} ms`);
});

test('new listeners are refused while it ends, and a second signal ends it at once', async () => {
  const other = await Server.start('--renderer', 'null');
  const deaf = await deafListener(other); // takes nothing, so goodbye has to wait for it
  other.process.kill('SIGINT');
  await sleep(300);
  if (other.process.exitCode === null) {
    const refusal = await refusedUpgrade(other, '').catch(() => null);
    if (refusal) assert.deepEqual([refusal.status, refusal.json.code], [503, 'shutting_down']);
    other.process.kill('SIGINT');
  }
  const [code] = await other.exited;
  assert.ok(code === 130 || code === 0, `exit ${code}`);
  deaf.destroy();
});

/* A WebSocket that never reads. */
async function deafListener(where) {
  const socket = net.connect(where.port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => { socket.on('connect', resolve); });
  socket.pause();
  socket.write('GET /v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n' +
    'Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: aeolian.v1\r\n\r\n');
  await sleep(500);
  return socket;
}

test('a port in use is one line and exit 1', () => {
  const run = spawnSync(PROGRAM, ['serve', '--port', String(server.port)], { encoding: 'utf8' });
  assert.equal(run.status, 1);
  assert.match(run.stderr, new RegExp(`port ${server.port} is in use`));
  assert.equal(run.stderr.trim().split('\n').length, 1);
});

test('a bad command line is one line and exit 2, --help is exit 0', () => {
  for (const args of [['--port', '70000'], ['--port', 'x'], ['--sessions-max', '0'],
    ['--opus-complexity', '11'], ['--bitrate', '1000'], ['--renderer', 'abacus'], ['--nothing'],
    ['surplus']]) {
    const run = spawnSync(PROGRAM, ['serve', ...args], { encoding: 'utf8' });
    assert.equal(run.status, 2, args.join(' '));
    assert.equal(run.stderr.trim().split('\n').length, 1, args.join(' '));
  }
  const help = spawnSync(PROGRAM, ['serve', '--help'], { encoding: 'utf8' });
  assert.equal(help.status, 0);
  for (const option of ['--host', '--port', '--sessions-max', '--opus-complexity', '--bitrate',
    '--renderer', '--isa', '--threads', '--scene-file', '--origin']) {
    assert.ok(help.stdout.includes(option), option);
  }
});

test('a host that does not exist is one line and exit 1', () => {
  const run = spawnSync(PROGRAM, ['serve', '--host', '203.0.113.7', '--port', '0'],
    { encoding: 'utf8' });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /cannot listen at 203\.0\.113\.7/);
});

test('a broken standard output does not end it', async () => {
  const child = spawn(PROGRAM, ['serve', '--port', '0', '--renderer', 'null'],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  child.stderr.destroy();
  await sleep(1000);
  assert.equal(child.exitCode, null);
  child.kill('SIGTERM');
  const code = await new Promise((resolve) => { child.on('exit', resolve); });
  assert.equal(code, 0);
});

test('the server ends well', () => server.stop());
await runTests();
