/* health_test.js: what operators are told: /readyz, /metrics and /v1/status. The counters must
 * agree with what this client did and got, packet by packet; the text with a parser not ours. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import {
  Listener, Server, ready, refusedUpgrade, runTests, sleep, test,
} from './harness.js';
import { metrics, parseMetrics } from './metrics_text.js';

const server = await Server.start('--renderer', 'null', '--sessions-max', '3');
const root = `http://127.0.0.1:${server.port}`;
const status = async (at) => (await fetch(`${at}/v1/status`)).json();

/* Waits until CHECK of what /metrics says holds. */
async function metricsWhen(at, check) {
  for (let tries = 0; tries < 400; tries++) {
    const now = await metrics(at);
    if (check(now)) return now;
    await sleep(50);
  }
  throw new Error('waited in vain for a metric');
}

test('the parser of metrics sees what is wrong', () => {
  const good = '# HELP aeolian_x Things.\n# TYPE aeolian_x gauge\naeolian_x 1\n';
  assert.equal(parseMetrics(good).get('aeolian_x'), 1);
  for (const bad of [good.slice(0, -1), good.replace('x 1', 'x  1'), good.replace('x 1', 'y 1'),
    good + good, good.replace('gauge', 'counter'), good.replace('x 1', 'x{listener="7"} 1')]) {
    assert.throws(() => parseMetrics(bad), undefined, bad);
  }
});

test('counters agree with what three listeners did and got', async () => {
  const before = await metrics(root);
  assert.equal(before.get('aeolian_renderer_info{renderer="null"}'), 1);
  const three = [];
  for (const seed of [1, 2, 3]) three.push(await Listener.open(server, `?seed=${seed}`));
  for (const query of ['', '?seed=x', '?seed=y']) await refusedUpgrade(server, query);
  for (const listener of three) {
    await listener.until(() => listener.audio.length > 8, 'music');
    listener.send({ type: 'pause' });
  }
  three[0].send({ type: 'set', id: 1, controls: { brightness: 0.3 } });
  three[0].send({ type: 'set', id: 2, controls: { density: 0.3 } }); // waits for a phrase
  three[1].send({ type: 'stats', buffer_ms: 100, underruns: 2 });
  three[1].send({ type: 'stats', buffer_ms: 100, underruns: 3 });
  const heard = (await three[0].text('receipt', ({ id }) => id === 1)).heard_in_ms;
  await three[0].text('receipt', ({ id }) => id === 2);
  const got = () => three.reduce((sum, { audio }) =>
    sum + audio.reduce((packets, { count }) => packets + count, 0), 0);
  const messages = () => three.reduce((sum, { audio }) => sum + audio.length, 0);
  const now = await metricsWhen(root, (seen) => seen.get('aeolian_packets_sent_total') === got() &&
    seen.get('aeolian_queue_depth_messages_count') === messages() &&
    seen.get('aeolian_underruns_total') === 3);
  const expected = {
    'aeolian_sessions': 3, 'aeolian_sessions_max': 3, 'aeolian_listeners': 3,
    'aeolian_listeners_max': 3, 'aeolian_listeners_joined_total': 3,
    'aeolian_upgrades_refused_total{code="full"}': 1,
    'aeolian_upgrades_refused_total{code="bad_value"}': 2,
    'aeolian_packets_dropped_total': 0, 'aeolian_renderer_lost_total': 0, 'aeolian_draining': 0,
    'aeolian_frames_total': got() * 960,
    'aeolian_stage_seconds_count{stage="encode"}': got(),
    'aeolian_delivery_seconds_count': messages(),
    'aeolian_audio_sent_bytes_total': three.reduce((sum, { raw }) =>
      sum + raw.reduce((bytes, { length }) => bytes + length, 0), 0),
    'aeolian_first_audio_seconds_count': 3, 'aeolian_control_to_heard_seconds_count': 1,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(now.get(name), value, name);
  // The change was on its way for a moment before its receipt was written.
  assert.ok(now.get('aeolian_control_to_heard_seconds_sum') * 1000 >= heard);
  assert.ok(now.get('aeolian_notes_held') > 0 && now.get('aeolian_notes_total') > 0);
  for (const stage of ['compose', 'submit']) {
    assert.ok(now.get(`aeolian_stage_seconds_count{stage="${stage}"}`) > 0, stage);
  }
  assert.equal(now.get('aeolian_batch_seconds_count'), now.get('aeolian_batches_total'));
  for (const [name, value] of before) {
    if (name.endsWith('_total')) assert.ok(now.get(name) >= value, name);
  }
  const told = await status(root);
  assert.deepEqual([told.listeners, told.listeners_joined, told.sessions, told.sessions_max],
    [3, 3, 3, 3]);
  assert.deepEqual([told.packets.sent, told.packets.dropped, told.packets.underruns],
    [got(), 0, 3]);
  three[0].close();
  three[1].send(Buffer.from([1]));
  for (let i = 0; i < 21 * 6; i++) three[2].send({ type: 'ping', t: i });
  await metricsWhen(root, (seen) => seen.get('aeolian_listeners') <= 1 &&
    seen.get('aeolian_listeners_left_total{reason="left"}') === 1 &&
    seen.get('aeolian_listeners_left_total{reason="binary"}') === 1);
  three[2].close();
  await metricsWhen(root, (seen) => seen.get('aeolian_sessions') === 0);
});

test('/metrics is clean for the parser of Prometheus, and promtool where it is', async () => {
  const text = await (await fetch(`${root}/metrics`)).text();
  const read = spawnSync('/usr/bin/python3', ['tests/server/metrics_text.py'], { input: text });
  if (read.status === 77 || read.error) {
    console.log('      python3-prometheus-client is not installed: not compared');
  } else {
    assert.equal(read.status, 0, String(read.stderr));
    const ours = parseMetrics(text);
    const theirs = JSON.parse(read.stdout);
    assert.equal(theirs.length, ours.size);
    for (const { name, labels, value } of theirs) {
      const pairs = Object.entries(labels).map(([label, text_]) => `${label}="${text_}"`);
      assert.equal(ours.get(name + (pairs.length ? `{${pairs.join(',')}}` : '')), value, name);
    }
  }
  const tool = spawnSync('promtool', ['check', 'metrics'], { input: text });
  if (tool.error) {
    console.log('      promtool is not installed: not asked');
  } else {
    assert.equal(tool.status, 0, String(tool.stdout) + String(tool.stderr));
    assert.equal(String(tool.stderr), '');
  }
});

test('every family and every field of /v1/status stands in docs/PROTOCOL.md', async () => {
  const page = readFileSync('docs/PROTOCOL.md', 'utf8');
  const text = await (await fetch(`${root}/metrics`)).text();
  for (const [, name] of text.matchAll(/^# TYPE (\S+) /gm)) {
    assert.ok(page.includes(name), `${name} is not documented`);
  }
  const section = page.slice(page.indexOf('`GET /v1/status`', page.indexOf('## Health')));
  const walk = (value) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      assert.ok(section.includes(`\`${name}\``), `${name} is not documented`);
      walk(inner);
    }
  };
  walk(await status(root));
});

test('/v1/status tells of the last seconds', async () => {
  const listener = await Listener.open(server, '?seed=5');
  await listener.until(() => listener.audio.length > 8, 'music');
  let now;
  await listener.until(async () => {
    now = await status(root);
    return now.tick.count > 3 && now.waits.delivery.count > 3;
  }, 'the observer');
  assert.equal(now.phase, 'running');
  assert.ok(now.uptime_s > 0 && now.window_s > 0 && now.seen_s_ago >= 0);
  assert.deepEqual([now.renderer.name, now.renderer.lost, now.gpu], ['null', 0, undefined]);
  for (const times of [now.tick, ...Object.values(now.stages), ...Object.values(now.waits)]) {
    const { p50_ms: p50, p95_ms: p95, p99_ms: p99, max_ms: max, max_ever_ms: ever } = times;
    assert.ok(p50 <= p95 && p95 <= p99 && p99 <= max && max <= ever * 1.001 + 0.001,
      JSON.stringify(times));
  }
  assert.equal(now.tick.budget_ms, 100);
  const shares = Object.values(now.stages).reduce((sum, { share }) => sum + share, 0);
  assert.ok(Math.abs(shares - 1) < 0.001, `${shares}`);
  assert.equal(now.queue.capacity, 16);
  assert.ok(now.queue.longest <= 16 && now.queue.max >= 1 && now.queue.max <= 16);
  assert.deepEqual([now.lead.target_ms, now.lead.listeners], [400, 1]);
  assert.ok(now.lead.min_ms <= now.lead.mean_ms && now.lead.mean_ms <= 400);
  assert.ok(now.process.rss_bytes > 1e6 && now.process.fds > 3 && now.process.threads > 2);
  listener.close();
});

test('a reader of /metrics that takes its time gets all of it, and nobody else waits', async () => {
  const slow = net.connect(server.port, '127.0.0.1');
  slow.pause();
  const ask = 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n';
  slow.write(ask.repeat(2) + ask.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  const listener = await Listener.open(server, '?seed=6');
  await listener.until(() => listener.audio.length > 12, 'music all the same');
  let text = '';
  slow.on('data', (data) => { text += data; });
  slow.resume();
  await listener.until(() => text.split('# HELP aeolian_build_info').length === 4 &&
    text.split('aeolian_queue_depth_messages_count').length === 4, 'three answers');
  slow.destroy();
  listener.close();
});

test('/readyz says who renders, and a lost renderer is degraded but ready', async () => {
  assert.deepEqual(await ready(root), { ready: true, phase: 'running', reason: '',
    renderer: 'null', renderer_lost: 0, degraded: false, why_lost: '' });
  process.env.AEOLIAN_NULL_FAULTS = 'lost=3';
  const faulty = await Server.start('--renderer', 'null');
  delete process.env.AEOLIAN_NULL_FAULTS;
  const at = `http://127.0.0.1:${faulty.port}`;
  assert.equal((await ready(at)).degraded, false);
  const listener = await Listener.open(faulty);
  await listener.until(() => listener.audio.length > 12, 'music from the other renderer');
  assert.deepEqual(await ready(at), { ready: true, phase: 'running', reason: '', renderer: 'cpu',
    renderer_lost: 1, degraded: true, why_lost: 'it gave no reason' });
  const after = await metrics(at);
  assert.equal(after.get('aeolian_renderer_info{renderer="cpu"}'), 1);
  assert.equal(after.get('aeolian_renderer_lost_total'), 1);
  const { renderer } = await status(at);
  assert.deepEqual([renderer.name, renderer.lost, renderer.why_lost],
    ['cpu', 1, 'it gave no reason']);
  listener.close();
  await faulty.stop();
});

test('what a deaf listener loses is counted; /readyz is 503 during goodbye', async () => {
  const leaving = await Server.start(); // silence is so small that it would take minutes
  const at = `http://127.0.0.1:${leaving.port}`;
  const deaf = spawn('/usr/bin/python3', ['tests/server/deaf_client.py', String(leaving.port),
    '/v1/stream?bitrate=192000', '60', '0'], { stdio: 'ignore' });
  const full = await metricsWhen(at, (seen) => seen.get('aeolian_packets_dropped_total') > 0);
  // A full queue: the message that found no room was not queued, the one before was the 16th.
  const bucket = (le) => full.get(`aeolian_queue_depth_messages_bucket{le="${le}"}`);
  assert.ok(bucket(16) > bucket(14));
  assert.equal(bucket(16), bucket('+Inf'));
  assert.ok((await status(at)).packets.dropped > 0);
  leaving.process.kill('SIGTERM'); // it never hears bye, so the server waits
  let answer = await fetch(`${at}/readyz`);
  while (answer.status === 200) {
    await answer.text();
    answer = await fetch(`${at}/readyz`);
  }
  assert.equal(answer.status, 503);
  const json = await answer.json();
  assert.deepEqual([json.ready, json.phase, json.reason],
    [false, 'draining', 'the server is shutting down']);
  assert.equal((await metrics(at)).get('aeolian_draining'), 1);
  assert.equal((await status(at)).phase, 'draining');
  // A second signal would end it at once; this one outlives the five seconds that it is given.
  assert.deepEqual(await leaving.exited, [0, null]);
  deaf.kill();
});

test('the server ends well', () => server.stop());
await runTests();
