// Goal: `scenes` and `doctor` tell the truth in both their forms. Method: what they say against
// what the machine itself says, and the text form against the JSON form.
import fs from 'node:fs';
import os from 'node:os';
import {check, equal, finish, inFolder, ok, run} from './program.mjs';

const json = (...args) => {
  const got = run([...args, '--json']);
  equal(got.status, 0, `exit status (${got.err})`);
  return JSON.parse(got.out);
};

await check('scenes: every scene is whole, and render knows it by both names', () => {
  const {scenes} = json('scenes');
  ok(scenes.length >= 2, `${scenes.length} scenes`);
  for (const scene of scenes) {
    ok(scene.character.length > 5, `${scene.name} has no character`);
    ok(scene.phrase_s >= 8 && scene.phrase_s <= 24, `${scene.name}: phrase of ${scene.phrase_s}`);
    ok(/^[0-9a-f]{16}$/.test(scene.hash), scene.hash);
    for (const name of [scene.name, scene.slug, scene.name.toUpperCase()]) {
      const got = run(['render', '--scene', name, '--duration', '0.1', '--seed', '1', '--out',
        inFolder('scene.wav'), '--json']);
      equal(got.status, 0, `${name}: ${got.err}`);
      equal(JSON.parse(got.out).scene, scene.name, 'scene');
    }
  }
});

await check('scenes: every control takes its least, its most and its default', () => {
  const {scenes, controls} = json('scenes');
  ok(controls.length >= 10, `${controls.length} controls`);
  for (const control of controls) {
    const values = control.kind === 'enum' ? control.values : [control.min, control.max];
    values.push(scenes[0].controls[control.name]);
    for (const value of values) {
      const got = run(['render', '--duration', '0.1', '--seed', '1', '--out',
        inFolder('control.wav'), '--quiet', '--set', `${control.name}=${value}`]);
      equal(got.status, 0, `${control.name}=${value}: ${got.err}`);
    }
  }
});

await check('scenes: the text form names every scene and control', () => {
  const {scenes, controls} = json('scenes');
  const text = run(['scenes']).out;
  for (const {name} of [...scenes, ...controls]) {
    ok(text.includes(name), `${name} is missing`);
  }
});

await check('scenes: a scene file that is not one is refused in one line', () => {
  fs.writeFileSync(inFolder('bad.json'), '{"name": "Bad"');
  for (const name of ['bad.json', 'absent.json']) {
    const got = run(['scenes', '--scene-file', inFolder(name)]);
    equal(got.status, 1, 'exit status');
    equal(got.err.split('\n').length, 2, `one line: ${got.err}`);
    ok(got.err.includes(name), got.err);
  }
});

await check('doctor: processor, cores and instruction sets are those of the machine', () => {
  const {processor} = json('doctor');
  equal(processor.cores, os.cpus().length, 'cores');
  ok(processor.instruction_sets.includes('plain'), 'plain C always works');
  if (process.arch === 'x64') {
    const flags = fs.readFileSync('/proc/cpuinfo', 'utf8').match(/^flags\s*:(.*)$/m)[1].split(' ');
    equal(processor.instruction_sets.includes('avx2'),
      flags.includes('avx2') && flags.includes('fma'), 'avx2');
    equal(processor.instruction_sets.includes('avx512'),
      ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'].every((flag) => flags.includes(flag)),
      'avx512');
  }
  ok(processor.instruction_sets.includes(processor.auto_takes), processor.auto_takes);
  for (const set of ['avx512', 'avx2', 'sse', 'neon', 'plain']) {
    const got = run(['render', '--duration', '0.1', '--seed', '1', '--isa', set, '--quiet',
      '--out', inFolder('isa.wav')]);
    equal(got.status === 0, processor.instruction_sets.includes(set), `${set}: ${got.err}`);
    equal(got.err.split('\n').length, got.status ? 2 : 1, `one line: ${got.err}`);
  }
});

await check('doctor: what auto uses is what render uses', () => {
  const {engine} = json('doctor');
  const got = run(['render', '--duration', '0.1', '--seed', '1', '--json', '--out',
    inFolder('auto.wav')]);
  equal(engine.auto_uses, JSON.parse(got.out).renderer, 'renderer');
});

await check('doctor: CUDA and audio say what there is, or why nothing', () => {
  const {cuda, audio, libraries} = json('doctor');
  ok(cuda.devices.length > 0 || cuda.why_not.length > 5, 'neither devices nor a reason');
  ok(audio.devices.length > 0 || audio.why_not.length > 5, 'neither devices nor a reason');
  for (const [name, version] of Object.entries(libraries)) {
    ok(/\d+\.\d+|not built in/.test(version), `${name}: ${version}`);
  }
});

await check('doctor: survives a machine without ALSA configuration', () => {
  const got = run(['doctor', '--json'],
    {env: {...process.env, ALSA_CONFIG_PATH: inFolder('absent.conf'), ALSA_CONFIG_DIR: '/absent'}});
  equal(got.status, 0, `exit status (${got.err})`);
  equal(got.err, '', 'standard error');
});

await check('doctor: the text form says the same', () => {
  const {processor, libraries, engine} = json('doctor');
  const text = run(['doctor']).out;
  for (const word of [processor.name, processor.auto_takes, libraries.opus, engine.auto_uses]) {
    ok(text.includes(word), `'${word}' is missing`);
  }
});

finish();
