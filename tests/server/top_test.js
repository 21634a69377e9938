/* top_test.js: `aeolian top` in a pipe: a line or an object each time that says what the server
 * does; a server that goes and comes back; what is not a server; a line that cannot be meant. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { Listener, PROGRAM, Server, runTests, sleep, test } from './harness.js';

const server = await Server.start('--renderer', 'null', '--sessions-max', '7');
const url = `http://127.0.0.1:${server.port}/`;

/* Runs to its end. */
function top(...args) {
  const { status, stdout, stderr } = spawnSync(PROGRAM, ['top', ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/* Runs beside; lines are gathered as they come. */
class Watching {
  constructor(...args) {
    this.text = '';
    this.process = spawn(PROGRAM, ['top', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.exited = once(this.process, 'exit');
    this.process.stdout.on('data', (data) => { this.text += data; });
  }

  async line(pattern, from = 0) {
    for (let tries = 0; tries < 2000; tries++) {
      const lines = this.text.split('\n').slice(0, -1).slice(from);
      const at = lines.findIndex((line) => pattern.test(line));
      if (at >= 0) return from + at;
      await sleep(10);
    }
    throw new Error(`no line like ${pattern} in\n${this.text}`);
  }
}

const LINE = new RegExp('^running  sessions +(\\d+)/7 listeners +(\\d+) tick +[\\d.]+/ *[\\d.]+/ ' +
  '*[\\d.]+ of 100 ms queue +\\d+/16 drops 0 \\(\\+0\\) cpu +[\\d.]+ % rss \\d+ MB');

test('a line has what the server says of itself', async () => {
  const listener = await Listener.open(server);
  await listener.until(() => listener.audio.length > 8, 'music');
  const { status, stdout, stderr } = top('--url', url, '--count', '2', '--interval', '0.1');
  assert.deepEqual([status, stderr], [0, '']);
  const lines = stdout.split('\n');
  assert.equal(lines.length, 3, stdout);
  for (const line of lines.slice(0, 2)) {
    assert.match(line, LINE);
    assert.deepEqual(LINE.exec(line).slice(1, 3), ['1', '1']);
  }
  const watching = new Watching('--url', url, '--interval', '0.1');
  await watching.line(/ stages [a-z]+ +\d+ %/);
  watching.process.kill('SIGINT'); // as Ctrl-C
  assert.deepEqual(await watching.exited, [0, null]);
  listener.close();
});

test('--json is /v1/status, an object in a line', async () => {
  const { status, stdout } = top('--url', url, '--count', '2', '--interval', '0.1', '--json');
  assert.equal(status, 0);
  const told = await (await fetch(`${url}v1/status`)).json();
  const objects = stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(objects.length, 2);
  for (const object of objects) assert.deepEqual(Object.keys(object), Object.keys(told));
});

test('a server that goes is told of and waited for', async () => {
  const first = await Server.start('--renderer', 'null');
  const at = `http://127.0.0.1:${first.port}`;
  const watching = new Watching('--url', at, '--interval', '0.1');
  const there = await watching.line(/^running /);
  await first.stop();
  const gone = await watching.line(
    /^gone +http:\/\/127\.0\.0\.1:\d+: Connection refused; trying again$/, there);
  const second = await Server.start('--renderer', 'null', '--port', String(first.port));
  await watching.line(/^running /, gone);
  watching.process.kill('SIGTERM');
  assert.deepEqual(await watching.exited, [0, null]);
  await second.stop();
});

test('what is no server of ours is told in one line, with --json in an object', async () => {
  const other = http.createServer((request, response) => {
    const [status, text] = { '/v1/status': [200, '{"a":1}'] }[request.url] ?? [404, ''];
    response.writeHead(status).end(text);
  });
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const at = `http://127.0.0.1:${other.address().port}`;
  const child = spawn(PROGRAM, ['top', '--url', at, '--count', '1', '--json']);
  let text = '';
  child.stdout.on('data', (data) => { text += data; });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.deepEqual(JSON.parse(text),
    { phase: 'gone', url: at, error: 'what answers there is not aeolian serve' });
  other.close();
});

test('a line that cannot be meant: one line, exit 2', () => {
  for (const bad of ['8090', 'https://x', 'http://', 'http://:80', 'http://x:0', 'http://x:99999',
    'http://x:8a', 'http://[::1', 'http://x/path', 'http://a@b', `http://${'x'.repeat(300)}`]) {
    const { status, stdout, stderr } = top('--url', bad, '--count', '1');
    assert.equal(status, 2, bad);
    assert.equal(stdout, '');
    assert.match(stderr, /^aeolian top: --url: '.*' is not http:\/\/HOST\[:PORT\]\n$/, bad);
  }
  for (const interval of ['0', '-1', 'often']) {
    const { status, stderr } = top('--interval', interval);
    assert.equal(status, 2, interval);
    assert.match(stderr, /^aeolian top: .*--interval.*\n$/);
  }
});

test('a reader that has enough ends it without a word', () => {
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c',
    `"${PROGRAM}" top --url ${url} --interval 0.1 | head -n 1`], { encoding: 'utf8' });
  assert.equal(stdout.split('\n').length, 2);
  assert.equal(stderr, '');
});

test('the server ends well', () => server.stop());
await runTests();
