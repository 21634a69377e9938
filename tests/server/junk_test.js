/* junk_test.js: bytes that no friendly client sends: broken frames, endless headers, upgrades to
 * other protocols, half requests. The server may close such a connection however it likes; it must
 * stay up, and a listener beside it must hear nothing of it. */
import assert from 'node:assert/strict';
import { Listener, Server, checkContinuity, exchangeRaw, runTests, sleep, test }
  from './harness.js';

const server = await Server.start('--renderer', 'null', '--sessions-max', '8');
const witness = await Listener.open(server, '?seed=1');

const head = 'GET /v1/stream HTTP/1.1\r\nHost: x\r\n';
const upgrade = (protocol, more = '') => `${head}Upgrade: ${protocol}\r\nConnection: Upgrade` +
  `\r\n${more}\r\n`;
const websocket = upgrade('websocket', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: aeolian.v1\r\n');

/* A repeatable stream of bytes. */
function noise(seed, size) {
  let state = seed >>> 0;
  return Buffer.from(Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  }));
}

async function alive() {
  const before = witness.audio.length;
  await witness.until(() => witness.audio.length > before + 1, 'music for the witness');
  assert.equal(witness.closed, undefined);
}

const requests = {
  'an unknown upgrade': upgrade('smoke-signals'),
  'an upgrade with an empty name': upgrade(''),
  'a very long upgrade': upgrade('x'.repeat(3000)),
  'h2c': upgrade('h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n'),
  'h2c without settings': upgrade('h2c'),
  'websocket without a key': upgrade('websocket', 'Sec-WebSocket-Protocol: aeolian.v1\r\n'),
  'websocket of another version': upgrade('websocket',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 7\r\n' +
    'Sec-WebSocket-Protocol: aeolian.v1\r\n'),
  'websocket with a short key': upgrade('websocket', 'Sec-WebSocket-Key: A\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: aeolian.v1\r\n'),
  'h2 without asking': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'CONNECT': 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n',
  'an endless header': `GET / HTTP/1.1\r\nX: ${'y'.repeat(200000)}\r\n\r\n`,
  'an endless path': `GET /${'z'.repeat(100000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  'a query of many arguments': `GET /v1/stream?${'a=1&'.repeat(5000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  'broken escapes': 'GET /v1/stream?scene=%zz%0&seed=%00 HTTP/1.1\r\nHost: x\r\n\r\n',
  'climbing out': 'GET /../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
  'climbing out, escaped': 'GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n',
  'a body that never comes': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n',
  'a negative length': 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nabc',
  'half a request': 'GET / HT',
  'no request at all': '\r\n\r\n\r\n\r\n',
  'two requests and noise': 'GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n\x00\x01\x02',
};

for (const [name, bytes] of Object.entries(requests)) {
  test(name, async () => {
    const answer = await exchangeRaw(server, bytes);
    assert.ok(!answer.includes('root:'), answer);
    if (!bytes.includes('websocket')) assert.ok(!answer.startsWith('HTTP/1.1 101'), answer);
  });
}

const frames = {
  'an unmasked frame': Buffer.from([0x81, 0x02, 0x7b, 0x7d]),
  'a reserved opcode': Buffer.from([0x83, 0x80, 1, 2, 3, 4]),
  'reserved bits': Buffer.from([0xf1, 0x80, 1, 2, 3, 4]),
  'a frame of 2^63 bytes': Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]),
  'a continuation of nothing': Buffer.from([0x80, 0x80, 1, 2, 3, 4]),
  'a long ping': Buffer.concat([Buffer.from([0x89, 0xfe, 0x04, 0x00, 0, 0, 0, 0]), noise(3, 1024)]),
  'a close with half a code': Buffer.from([0x88, 0x81, 0, 0, 0, 0, 3]),
  'a close with a bad code': Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0, 1]),
  'half a frame': Buffer.from([0x81, 0x85, 1, 2]),
  'many pings': Buffer.concat(Array.from({ length: 500 }, () => Buffer.from([0x89, 0x80, 0, 0, 0,
    0]))),
  'invalid UTF-8': Buffer.from([0x81, 0x84, 0, 0, 0, 0, 0x22, 0xff, 0xfe, 0x22]),
};
for (let seed = 1; seed <= 20; seed++) frames[`noise ${seed}`] = noise(seed, 50 * seed);

for (const [name, bytes] of Object.entries(frames)) {
  test(`after the upgrade: ${name}`, async () => {
    let answer = 'HTTP/1.0 503';
    // Connections end faster here than the engine gives their sessions back: wait for a place.
    for (let i = 0; i < 100 && /^HTTP\/1\.\d 503/.test(answer); i++) {
      if (i > 0) await sleep(100);
      answer = await exchangeRaw(server, Buffer.concat([Buffer.from(websocket), bytes]), 150);
    }
    assert.ok(answer.startsWith('HTTP/1.1 101') || answer === '', answer.slice(0, 200));
  });
}

test('two hundred half requests wait, and nobody else does', async () => {
  const half = 'GET / HTTP/1.1\r\n';
  const waiting = Array.from({ length: 200 }, () => exchangeRaw(server, half, 1500));
  await sleep(100);
  const page = await fetch(`http://127.0.0.1:${server.port}/healthz`);
  assert.equal(page.status, 200);
  await alive();
  await Promise.all(waiting);
});

test('the witness heard everything', async () => {
  await alive();
  checkContinuity(witness.audio, { from: 0 });
  witness.close();
});

test('the server ends well', () => server.stop());
await runTests();
