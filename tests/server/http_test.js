/* http_test.js: requests without an upgrade, and upgrades that are refused: status, JSON body,
 * headers, and that both ways of asking for a stream give the same reason. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  Listener, Server, exchangeRaw, ready, refusedUpgrade, runTests, test,
} from './harness.js';

const server = await Server.start('--renderer', 'null', '--sessions-max', '2');
const root = `http://127.0.0.1:${server.port}`;
const web = new URL('../../server/web/', import.meta.url);

test('the player page and its files are served as they are in the source', async () => {
  const page = await fetch(`${root}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  assert.equal(await page.text(), readFileSync(new URL('index.html', web), 'utf8'));
  const script = await fetch(`${root}/main.js`);
  assert.match(script.headers.get('content-type'), /javascript/);
  assert.equal(await script.text(), readFileSync(new URL('main.js', web), 'utf8'));
});

test('security headers are on every response', async () => {
  for (const path of ['/', '/v1/scenes', '/healthz', '/readyz', '/metrics', '/v1/status',
    '/nothing', '/v1/stream?seed=x']) {
    const { headers } = await fetch(root + path);
    assert.match(headers.get('content-security-policy'), /default-src 'self'/, path);
    assert.match(headers.get('content-security-policy'), /frame-ancestors 'none'/, path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    assert.ok(headers.get('cache-control'), path);
  }
});

test('an entity tag saves the body', async () => {
  for (const path of ['/', '/v1/scenes']) {
    const first = await fetch(root + path);
    const tag = first.headers.get('etag');
    assert.match(tag, /^"[0-9a-f]{16}"$/);
    await first.text();
    const again = await fetch(root + path, { headers: { 'if-none-match': tag } });
    assert.equal(again.status, 304);
    assert.equal(await again.text(), '');
    const other = await fetch(root + path, { headers: { 'if-none-match': '"0"' } });
    assert.equal(other.status, 200);
    await other.text();
  }
});

test('/v1/scenes lists every scene with what a card shows', async () => {
  const { scenes, controls } = await (await fetch(`${root}/v1/scenes`)).json();
  assert.deepEqual(scenes.slice(0, 2).map((scene) => scene.name),
    ['Harbour at First Light', 'Undertow']);
  for (const scene of scenes) {
    for (const field of ['slug', 'character', 'key', 'mode']) {
      assert.ok(scene[field].length > 0, field);
    }
    assert.ok(scene.phrase_s >= 8 && scene.phrase_s <= 24);
    assert.ok(scene.lufs < -10 && scene.lufs > -40);
    assert.match(scene.hash, /^[0-9a-f]{16}$/);
    assert.deepEqual(Object.keys(scene.defaults), Object.keys(controls));
  }
});

test('HEAD has the headers of GET and no body', async () => {
  await ready(root);
  for (const path of ['/', '/v1/scenes', '/healthz', '/readyz', '/metrics', '/v1/status',
    '/nothing', '/v1/stream']) {
    const get = await fetch(root + path);
    await get.text();
    const answer = await exchangeRaw(server,
      `HEAD ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${get.status}`), path);
    assert.ok(answer.endsWith('\r\n\r\n'), path);
    assert.equal(answer.indexOf('\r\n\r\n'), answer.length - 4, path);
  }
});

test('one connection serves several requests', async () => {
  const one = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const answer = await exchangeRaw(server, one + one + one.replace('\r\n\r\n',
    '\r\nConnection: close\r\n\r\n'));
  assert.equal(answer.match(/HTTP\/1.1 200 OK/g)?.length, 3);
  assert.equal(answer.match(/ok\n/g)?.length, 3);
});

test('unknown paths and methods are refused in JSON', async () => {
  const missing = await fetch(`${root}/../../etc/passwd`);
  assert.equal(missing.status, 404);
  assert.equal((await missing.json()).code, 'not_found');
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await exchangeRaw(server,
      `${method} /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    assert.match(answer, /^HTTP\/1.1 405 /, method);
    assert.match(answer, /\r\nallow: GET, HEAD\r\n/, method);
    assert.match(answer, /"code":"bad_method"/, method);
  }
});

const wrong = [
  ['scene=atlantis', 'scene'], ['scene=', 'scene'], ['seed=-1', 'seed'], ['seed=1.5', 'seed'],
  ['seed=18446744073709551616', 'seed'], ['seed=0x10', 'seed'], ['seed=', 'seed'],
  ['at=-1', 'at'], ['at=9007199254740991', 'at'], ['at=now', 'at'],
  ['seed=1&&at=bogus', 'at'], ['&seed=bogus', 'seed'], ['&&scene=nope&', 'scene'],
  ['bitrate=47999', 'bitrate'], ['bitrate=192001', 'bitrate'], ['bitrate=96k', 'bitrate'],
  ['address=nonsense', 'address'], ['address=aeo1:', 'address'], ['address=', 'address'],
  ['controls=space', 'controls'], ['controls=loudness:1', 'controls'],
  ['controls=space:2', 'space'], ['controls=space:nan', 'space'], ['controls=space:', 'space'],
  ['controls=space:0.1,space:0.2', 'controls'], ['controls=mode:locrian', 'mode'],
  ['seed=1&seed=2', 'seed'], [`scene=${'x'.repeat(200)}`, 'scene'],
];

test('a bad query is refused with 400 and the field, with and without an upgrade', async () => {
  for (const [query, field] of wrong) {
    const plain = await fetch(server.url(`?${query}`));
    const json = await plain.json();
    assert.equal(plain.status, 400, query);
    assert.deepEqual([json.type, json.code, json.field], ['error', 'bad_value', field], query);
    const refusal = await refusedUpgrade(server, `?${query}`);
    assert.equal(refusal.status, 400, query);
    assert.deepEqual(refusal.json, json, query);
  }
});

test('an address excludes scene, seed and controls', async () => {
  const listener = await Listener.open(server, '?seed=4');
  const address = encodeURIComponent((await listener.text('hello')).address);
  listener.close();
  for (const [extra, field] of [['scene=undertow', 'scene'], ['seed=1', 'seed'],
    ['controls=space:0.5', 'controls']]) {
    const json = await (await fetch(server.url(`?address=${address}&${extra}`))).json();
    assert.deepEqual([json.code, json.field], ['bad_value', field]);
  }
});

test('a good query without an upgrade is 426', async () => {
  const answer = await fetch(server.url('?scene=undertow&seed=1&at=5000'));
  assert.equal(answer.status, 426);
  assert.equal(answer.headers.get('upgrade'), 'websocket');
  assert.equal((await answer.json()).code, 'upgrade_required');
});

test('an argument that is too long is refused by its name', async () => {
  for (const field of ['address', 'scene', 'seed']) {
    const answer = await fetch(server.url(`?${field}=${'a'.repeat(6000)}`));
    const { code, field: named } = await answer.json();
    assert.deepEqual([answer.status, code, named], [400, 'bad_value', field]);
  }
});

test('another version of the WebSocket protocol is told which one is spoken', async () => {
  const answer = await exchangeRaw(server, 'GET /v1/stream HTTP/1.1\r\nHost: x\r\n' +
    'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
    'Sec-WebSocket-Version: 12\r\nSec-WebSocket-Protocol: aeolian.v1\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.[01] 426 /);
  assert.match(answer, /^sec-websocket-version: 13\r$/mi);
  assert.match(answer, /"field":"Sec-WebSocket-Version"/);
});

test('what is no URL ends without harm', async () => {
  for (const query of ['?scene=%zz', '?seed=1%', '?scene=%00']) {
    const answer = await exchangeRaw(server, `GET /v1/stream${query} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.match(answer, /^(HTTP\/1\.[01] 40[03] |$)/, query);
  }
  assert.equal((await fetch(server.url())).status, 426);
});

test('unknown arguments are ignored', async () => {
  assert.equal((await fetch(server.url('?utm_source=x&nocache'))).status, 426);
});

test('another subprotocol, none, or another path is refused before the upgrade', async () => {
  const other = await refusedUpgrade(server, '', { protocols: 'chat' });
  assert.deepEqual([other.status, other.json.field], [400, 'Sec-WebSocket-Protocol']);
  const none = await refusedUpgrade(server, '', { protocols: [] });
  assert.deepEqual([none.status, none.json.field], [400, 'Sec-WebSocket-Protocol']);
  const elsewhere = { url: () => `${root}/v1/scenes` };
  assert.equal((await refusedUpgrade(elsewhere, '')).status, 404);
});

test('a full server refuses with 503, and takes the next when one leaves', async () => {
  const first = await Listener.open(server);
  const second = await Listener.open(server);
  const refusal = await refusedUpgrade(server, '');
  assert.deepEqual([refusal.status, refusal.json.code], [503, 'full']);
  const plain = await fetch(server.url());
  assert.equal(plain.status, 503);
  assert.equal((await plain.json()).code, 'full');
  assert.equal((await fetch(`${root}/healthz`)).status, 200, 'pages are served all the same');
  await first.until(() => first.audio.length > 3, 'music for those inside');
  first.close();
  await second.until(async () => (await fetch(server.url())).status === 426, 'a free place');
  const third = await Listener.open(server);
  await third.text('hello');
  second.close();
  third.close();
});

test('--origin keeps pages of other origins out', async () => {
  const strict = await Server.start('--renderer', 'null', '--origin', 'https://example.org');
  const evil = await refusedUpgrade(strict, '', { headers: { origin: 'https://evil.example' } });
  assert.deepEqual([evil.status, evil.json.code], [403, 'forbidden']);
  for (const headers of [{ origin: 'https://example.org' }, {}]) {
    const listener = await Listener.open(strict, '', { headers });
    await listener.text('hello');
    listener.close();
  }
  await strict.stop();
});

test('the server ends well', () => server.stop());
await runTests();
