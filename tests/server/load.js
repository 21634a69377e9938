/* load.js: how much a listener costs: connects LISTENERS at once (default 50), waits until all of
 * them play, and prints the processor time of the server over SECONDS (default 10) for each, the
 * time to the first music, and the traffic. Not a test; run it by hand:
 * AEO_PROGRAM=build/release/aeolian node tests/server/load.js 50 10 [serve options] */
import { Listener, Server, checkContinuity, sleep } from './harness.js';

const count = Number(process.argv[2] ?? 50);
const seconds = Number(process.argv[3] ?? 10);
const server = await Server.start('--sessions-max', String(count), ...process.argv.slice(4));
console.log(server.log.trim());

const one = await Listener.open(server, '?seed=1');
await one.until(() => one.firstAudioMs, 'audio');
const alone = one.firstAudioMs - one.upgradeMs;
one.close();
await sleep(500);

const listeners = await Promise.all(Array.from({ length: count },
  (_, i) => Listener.open(server, `?seed=${i}`)));
await Promise.all(listeners.map((listener) =>
  listener.until(() => listener.audio.length >= 10, 'audio')));
const cpuBefore = await server.cpuSeconds();
const started = performance.now();
await sleep(1000 * seconds);
const cpu = await server.cpuSeconds() - cpuBefore;
const elapsed = (performance.now() - started) / 1000;
const first = listeners.map((l) => l.firstAudioMs - l.upgradeMs).sort((a, b) => a - b);
for (const listener of listeners) checkContinuity(listener.audio, { from: 0 });
const bytes = listeners.reduce((sum, l) => sum + l.raw.reduce((s, b) => s + b.length, 0), 0);
const music = listeners.reduce((sum, l) => sum + l.audio.length / 10, 0);
console.log(`first audio after the upgrade: ${alone.toFixed(1)} ms alone; ` +
  `${first[count >> 1].toFixed(1)} ms median, ${first[count - 1].toFixed(1)} ms worst of ` +
  `${count} at once`);
console.log(`${(100 * cpu / elapsed / count).toFixed(2)} % of a core for each of ${count} ` +
  `listeners, ${(bytes * 8 / music / 1000).toFixed(1)} kb/s each, no gap`);
for (const listener of listeners) listener.close();
await server.stop();
process.exit(0);
