// Goal: the program, unchanged, renders with CUDA on the simulated driver: one hash for both
// renderers and every scene; doctor names the device; without a driver, one clear line and exit 1;
// a device that is lost in mid-file is not heard.
import {spawnSync} from 'node:child_process';
import crypto from 'node:crypto';
import path from 'node:path';

const program = process.env.AEO_PROGRAM;
const driver = path.resolve(process.env.AEO_CUDASIM);
let failed = 0;

function run(args, env = {}) {
  const got = spawnSync(program, args, {maxBuffer: 1 << 28,
    env: {...process.env, AEOLIAN_GPU_WATCHDOG_MS: '60000', ...env}});
  return {status: got.status, out: got.stdout, err: got.stderr.toString()};
}

function check(name, condition, text = '') {
  failed += !condition;
  console.log(`${condition ? 'ok  ' : 'FAIL'} ${name} ${condition ? '' : text}`);
}

function render(scene, renderer, env) {
  return run(['render', '--scene', scene, '--seed', '1', '--duration', '6', '--renderer',
    renderer, '--out', '-'], env);
}

// That of the samples; NOTE: what the summary has to say beside them.
function hash(scene, renderer, env, note = /^standard output: .*\naddress: .*\n$/) {
  const got = render(scene, renderer, env);
  check(`${scene} by ${renderer} ends with 0`, got.status === 0 && note.test(got.err), got.err);
  return crypto.createHash('sha256').update(got.out).digest('hex');
}

const simulated = {AEOLIAN_LIBCUDA: driver};
const scenes = JSON.parse(run(['scenes', '--json']).out).scenes.map((scene) => scene.name);
check('there are scenes', scenes.length >= 2);

// A call that fails behind those of open, in mid-file.
const losing = (fail) => ({...simulated, AEOLIAN_CUDASIM: `fail=${fail},error=719`});
let fail = 60;
while (fail < 1000 && render(scenes[0], 'cuda', losing(fail)).status !== 0) fail += 8;
const lost = /\nnote: the renderer was lost \(.* \(CUDA error 719\)\); the processor went on\n$/;
for (const scene of scenes) {
  const cpu = hash(scene, 'cpu', simulated);
  check(`${scene}: one hash`, cpu === hash(scene, 'cuda', simulated), cpu);
  check(`${scene}: one hash over a loss`, cpu === hash(scene, 'cuda', losing(fail + 8), lost), cpu);
}

const doctor = JSON.parse(run(['doctor', '--json'], simulated).out).cuda;
check('doctor names the device', doctor.devices[0].name.startsWith('simulated GPU') &&
  doctor.devices[0].compute_capability === '9.0' && doctor.devices[0].use === 'auto takes it',
  JSON.stringify(doctor));

const one = ['render', '--duration', '1', '--out', '-', '--renderer', 'cuda'];
const without = run(one, {AEOLIAN_LIBCUDA: '/nowhere/libcuda.so.1'});
check('no driver: one clear line, exit 1', without.status === 1 &&
  /^aeolian render: cuda: no CUDA driver: .*\n$/.test(without.err), without.err);
const second = run([...one, '--device', '3'], simulated);
check('no such device: one clear line, exit 1', second.status === 1 &&
  /there is no device "3": auto, or a number below 1\n$/.test(second.err), second.err);
const little = run([...one, '--gpu-memory-limit', '1M'], simulated);
check('too little memory: one clear line, exit 1', little.status === 1 &&
  /device memory: 1 MB may be taken, the smallest set-up needs \d+ MB\n$/.test(little.err),
  little.err);
console.log(failed ? `${failed} failed` : 'all passed');
process.exit(failed ? 1 : 0);
