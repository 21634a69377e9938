// Goal: whatever GPUs and drivers a machine has, the program says which one it takes and why not
// the others (`doctor --json`), takes the one it was told to (--device, --gpu-memory-limit), and
// ends with one clear line where it cannot. Machines are simulated: devices too old, closed, taken
// by others or full, and drivers too old, out of step, or for real.
import {spawnSync} from 'node:child_process';
import assert from 'node:assert/strict';
import path from 'node:path';
import {runTests, test} from '../server/harness.js';

const library = path.resolve(process.env.AEO_CUDASIM);
const MB = 2 ** 20, GB = 2 ** 30;

// What the program says with ARGS on a machine of these SETTINGS (tests/cudasim/cudasim.h).
function run(args, settings = {}, libcuda = library) {
  const text = Object.entries(settings)
    .map(([name, value]) => `${name}=${[value].flat().join(':')}`).join(',');
  const got = spawnSync(process.env.AEO_PROGRAM, args, {maxBuffer: 1 << 24,
    env: {...process.env, AEOLIAN_LIBCUDA: libcuda, AEOLIAN_CUDASIM: text,
      AEOLIAN_GPU_WATCHDOG_MS: '60000'}});
  return {status: got.status, out: got.stdout.toString('latin1'), err: got.stderr.toString()};
}

function doctor(settings, libcuda) {
  const got = run(['doctor', '--json'], settings, libcuda);
  assert.equal(got.status, 0, got.err); // the processor is always there
  return JSON.parse(got.out);
}

const render = (args, settings, libcuda) => run(
  ['render', '--duration', '0.2', '--out', '-', '--renderer', 'cuda', ...args], settings, libcuda);

// One line of `render`, and the status.
function refused(status, line, args, settings, libcuda) {
  const got = render(args, settings, libcuda);
  assert.equal(got.status, status, got.err);
  assert.match(got.err, new RegExp(`^aeolian render: ${line}\\n$`), args.join(' '));
  assert.equal(got.out, '');
}

// A device of each kind. The one with most memory is closed, the next one's is with others.
const zoo = {
  devices: 7,
  memory: [8 * GB, 32 * GB, 16 * GB, 4 * GB, 4 * GB, 2 * GB, 8 * GB],
  taken: [0, 0, 15 * GB, 0, 0, 2 * GB, 0],
  compute: [70, 90, 90, 75, 120, 90, 90],
  mode: [0, 2, 0, 0, 0, 0, 3],
};

test('doctor says why not, device by device, and takes the one with most free memory', () => {
  const {cuda, engine} = doctor(zoo);
  assert.deepEqual(cuda.devices.map((device) => device.use), [
    'compute capability 7.0 is below 7.5',
    'closed to programs (compute mode)',
    'auto takes one with no less free memory',
    'auto takes it',
    'auto takes one with no less free memory', // as much as 3, which comes first
    'no free memory',
    'does not answer: CUDA-capable device(s) is/are busy or unavailable',
  ]);
  assert.deepEqual(cuda.devices.map((device) => device.number), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(cuda.devices.map((device) => device.name),
    [0, 1, 2, 3, 4, 5, 6].map((number) => `simulated GPU ${number}`));
  assert.deepEqual(cuda.devices.map((device) => device.compute_capability),
    ['7.0', '9.0', '9.0', '7.5', '12.0', '9.0', '9.0']);
  assert.deepEqual(cuda.devices.map((device) => device.memory_gib), [8, 32, 16, 4, 4, 2, 8]);
  assert.deepEqual(cuda.devices.map((device) => device.free_gib), [0, 0, 1, 4, 4, 0, 0]);
  assert.deepEqual([cuda.driver, cuda.why_not], ['13.0', '']);
  assert.match(engine.auto_uses, /^cuda \(simulated GPU 3, compute capability 7\.5, driver 13/);
});

test('doctor says the same in plain text', () => {
  const text = run(['doctor'], zoo).out;
  assert.match(text, /0: simulated GPU 0, .* 8\.0 GiB: compute capability 7\.0 is below 7\.5\n/);
  assert.match(text, /3: simulated GPU 3, .* 4\.0 GiB: auto takes it\n/);
});

test('--device takes the one it names, or says in one line why it cannot', () => {
  for (const number of [2, 4]) {
    const got = render(['--device', String(number)], zoo);
    assert.equal(got.status, 0, got.err);
    assert.match(got.err, new RegExp(`\\(cuda \\(simulated GPU ${number}, `));
  }
  assert.match(render(['--device', 'AUTO'], zoo).err, /\(cuda \(simulated GPU 3, /);
  const cannot = (number, why) => refused(1,
    `cuda: device ${number} \\(simulated GPU ${number}\\) cannot be used: ${why}`,
    ['--device', String(number)], zoo);
  cannot(0, 'compute capability 7\\.0 is below 7\\.5');
  cannot(1, 'closed to programs \\(compute mode\\)');
  cannot(5, 'no free memory');
  cannot(6, 'does not answer: CUDA-capable device\\(s\\) is/are busy or unavailable');
  for (const none of ['7', '9', '99999999999999999999']) {
    refused(1, `cuda: there is no device "${none}": auto, or a number below 7`,
      ['--device', none], zoo);
  }
  for (const wrong of ['-1', 'x', '1x', ' ', '0.5']) {
    refused(2, `--device: '${wrong}' is not auto or a number`, ['--device', wrong], zoo);
  }
  refused(2, "--device takes a text, not ''", ['--device', ''], zoo);
});

test('where no device will do', () => {
  const none = 'cuda: no device can be used: simulated GPU 0: ';
  refused(1, `${none}compute capability 5\\.2 is below 7\\.5`, [], {compute: 52, devices: 2});
  refused(1, 'cuda: the CUDA driver finds no device', [], {devices: 0});
  const {cuda, engine} = doctor({mode: 2});
  assert.match(cuda.why_not,
    /^no device can be used: simulated GPU 0: closed to programs \(compute mode\)$/);
  assert.match(engine.auto_uses, /^cpu \(.*\): no device can be used: simulated GPU 0: closed/);
});

test('--gpu-memory-limit is a share of what is free, or bytes', () => {
  const machine = {memory: 4 * GB, taken: GB};
  // What may be taken is said where it is too little.
  const allowed = (limit, settings) => {
    const got = render(['--gpu-memory-limit', limit], settings);
    assert.equal(got.status, 1, got.err);
    return Number(got.err.match(
      /^aeolian render: device memory: (\d+) MB may be taken, the smallest set-up needs \d+ MB\n$/
    )[1]);
  };
  for (const [limit, mb] of [['0.01', 30], ['.02', 61], ['20M', 20], ['20971520', 20],
    ['20480K', 20], ['0.02G', 20], ['1e6', 0]]) {
    assert.equal(allowed(limit, machine), mb, limit);
  }
  // Never more than is free.
  assert.equal(allowed('8G', {memory: 50 * MB}), 50);
  assert.equal(allowed('1', {memory: 4 * GB, taken: 4 * GB - 50 * MB}), 50);
  for (const enough of ['0.8', '1', '1G', '3G', '1000G']) {
    const got = render(['--gpu-memory-limit', enough], machine);
    assert.equal(got.status, 0, got.err);
  }
  for (const bad of ['0', '-1', '-0.5', '1.5', 'half', ' ', '512X', '512MB', '0.5 ', 'nan', 'inf',
    '1e300', '1000', '1e-400']) {
    refused(2, `--gpu-memory-limit: '${bad}' is not a share \\(0\\.8\\) or bytes \\(512M, 8G\\)`,
      ['--gpu-memory-limit', bad], machine);
  }
  refused(2, "--gpu-memory-limit takes a text, not ''", ['--gpu-memory-limit', ''], machine);
});

test('drivers that are too old, out of step, or none', () => {
  const old = path.resolve(process.env.AEO_CUDASIM_OLD);
  const reason = `${old} is too old: it has no cuGraphInstantiateWithFlags`;
  refused(1, `cuda: ${reason}`, [], {}, old);
  const {cuda, engine} = doctor({}, old);
  assert.deepEqual([cuda.driver, cuda.devices, cuda.why_not], ['none', [], reason]);
  assert.match(engine.auto_uses, /^cpu \(/);
  assert.ok(engine.auto_uses.includes(' is too old: '), engine.auto_uses);
  refused(1, 'cuda: the CUDA driver says: system has unsupported display driver / cuda driver ' +
    'combination \\(error 803\\)', [], {fail: 1, error: 803});
  assert.equal(doctor({driver: 11040}).cuda.driver, '11.4');
});

// Where the kernels are built in, test_stub.c asks this of a program without them.
test('a real driver and a program without kernels', () => {
  const {cuda, engine} = doctor({real: 1});
  if (cuda.kernels !== 'stub') return console.log(`   kernels for ${cuda.kernels}: not asked`);
  const reason = 'this program was built without CUDA kernels (no nvcc then)';
  assert.equal(cuda.devices[0].use, reason);
  assert.equal(cuda.why_not, `no device can be used: simulated GPU 0: ${reason}`);
  assert.match(engine.auto_uses, /^cpu \(/);
  refused(1, 'cuda: no device can be used: simulated GPU 0: this program was built without CUDA ' +
    'kernels \\(no nvcc then\\)', [], {real: 1});
});

await runTests();
