// Goal: a server that renders with CUDA (on the simulated driver) tells of the GPU in /metrics and
// /v1/status: what the renderer launched and took, what the management library (one of ours) says;
// without that library it says less, and after a loss that there is no device any more.
import assert from 'node:assert/strict';
import path from 'node:path';
import {Listener, Server, ready, runTests, test} from '../server/harness.js';
import {metrics} from '../server/metrics_text.js';

process.env.AEOLIAN_LIBCUDA = path.resolve(process.env.AEO_CUDASIM);
process.env.AEOLIAN_GPU_WATCHDOG_MS = '60000';

const GIB = 2 ** 30;
const status = async (server) =>
  (await fetch(`http://127.0.0.1:${server.port}/v1/status`)).json();

async function playing(environment) {
  Object.assign(process.env, environment);
  const server = await Server.start('--renderer', 'cuda', '--sessions-max', '2');
  for (const name of Object.keys(environment)) delete process.env[name];
  await ready(`http://127.0.0.1:${server.port}`);
  const listener = await Listener.open(server, '?seed=1');
  await listener.until(() => listener.audio.length > 6, 'music');
  return {server, listener};
}

test('launches, graphs, memory and how busy the device is', async () => {
  const {server, listener} = await playing({AEOLIAN_LIBNVML: path.resolve(process.env.AEO_NVML)});
  const {gpu} = await listener.until(async () => {
    const now = await status(server);
    return now.gpu.utilisation !== undefined && now;
  }, 'the management library');
  assert.deepEqual([gpu.device, gpu.utilisation, gpu.memory_used_bytes, gpu.memory_bytes],
    [0, 0.37, 3 * GIB, 8 * GIB]);
  assert.ok(gpu.memory_taken_bytes > 1e6 && gpu.launches > 3 && gpu.graph_hits > 3);
  const now = await metrics(`http://127.0.0.1:${server.port}`);
  assert.equal(now.get('aeolian_gpu_utilisation_ratio'), 0.37);
  assert.equal(now.get('aeolian_gpu_memory_used_bytes'), 3 * GIB);
  assert.equal(now.get('aeolian_gpu_memory_bytes'), 8 * GIB);
  assert.equal(now.get('aeolian_gpu_memory_taken_bytes'), gpu.memory_taken_bytes);
  assert.ok(now.get('aeolian_gpu_graph_hits_total') >= gpu.graph_hits);
  // Live batches have the usual shapes, each of them one graph; what a busy machine is behind with
  // has others, of five kernels each.
  assert.equal(now.get('aeolian_gpu_launches_total'), now.get('aeolian_gpu_graph_hits_total') +
    5 * now.get('aeolian_gpu_graph_misses_total'));
  listener.close();
  await server.stop();
});

test('without a management library, and after the device was lost', async () => {
  const {server, listener} = await playing({AEOLIAN_LIBNVML: '/nowhere/libnvidia-ml.so.1',
    AEOLIAN_CUDASIM: 'fail=300,error=719'});
  await listener.until(async () => (await status(server)).renderer.lost === 1, 'the loss');
  const {gpu, renderer} = await status(server);
  assert.equal(renderer.name, 'cpu');
  assert.match(renderer.why_lost, /CUDA error 719/);
  assert.equal(gpu.device, -1);
  assert.equal(gpu.utilisation, undefined);
  const now = await metrics(`http://127.0.0.1:${server.port}`);
  assert.equal(now.get('aeolian_gpu_utilisation_ratio'), undefined);
  assert.ok(now.get('aeolian_gpu_launches_total') > 0);
  listener.close();
  await server.stop();
});

await runTests();
