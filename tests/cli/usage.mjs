// Goal: every wrong command line costs exactly one line on standard error that says what was
// wrong and what is accepted, exit status 2, and nothing is begun; every command explains itself.
// Method: a table of lines with the words the message must hold.
import fs from 'node:fs';
import {check, equal, finish, folder, inFolder, ok, run} from './program.mjs';

const out = inFolder('never.wav');
const file = ['--duration', '1', '--out', out];

// [arguments, words that the one line must hold]
const wrong = [
  [['nonsense'], ["'nonsense'", 'render', 'play', 'scenes', 'doctor']],
  [['help', 'nonsense'], ["'nonsense'"]],
  [['render', '--what', '1', ...file], ['--what', '--scene', '--duration', '--help']],
  [['render', 'stray', ...file], ["'stray'"]],
  [['render', ...file, '--'], ["'--'"]],
  [['render', '--out', out], ['--duration', 'missing']],
  [['render', '--duration', '1'], ['--out', 'missing']],
  [['render', ...file, '--scene'], ['--scene', 'needs a value']],
  [['render', ...file, '--scene', '--quiet'], ['--scene', 'needs a value']],
  [['render', ...file, '--scene', 'Nowhere'], ['Nowhere', 'Harbour at First Light', 'Undertow']],
  [['render', ...file, '--seed', '-1'], ['--seed', '18446744073709551615', "'-1'"]],
  [['render', ...file, '--seed', '18446744073709551616'], ['--seed']],
  [['render', ...file, '--seed', '1.5'], ['--seed']],
  [['render', ...file, '--seed='], ['--seed', "''"]],
  [['render', '--out', out, '--duration', '0'], ['--duration', '0.001']],
  [['render', '--out', out, '--duration', '-5'], ['--duration']],
  [['render', '--out', out, '--duration', '5x'], ['--duration', "'5x'", '1h30m']],
  [['render', '--out', out, '--duration', '30m1h'], ['--duration']],
  [['render', '--out', out, '--duration', '1h30'], ['--duration']],
  [['render', '--out', out, '--duration', 'nan'], ['--duration']],
  [['render', '--out', out, '--duration', '1e3'], ['--duration']],
  [['render', '--out', out, '--duration', '9999h'], ['--duration', '168h']],
  [['render', ...file, '--start', 'soon'], ['--start', "'soon'"]],
  [['render', ...file, '--bits', '12'], ['--bits', '16|24|float', "'12'"]],
  [['render', ...file, '--isa', 'mmx'], ['--isa', 'avx512', "'mmx'"]],
  [['render', ...file, '--renderer', 'gpu'], ['--renderer', 'auto|cpu|cuda|null']],
  [['render', ...file, '--device', 'fast'], ['--device', 'auto', "'fast'"]],
  [['render', ...file, '--gpu-memory-limit', '0'], ['--gpu-memory-limit', '512M', "'0'"]],
  [['render', ...file, '--gpu-memory-limit', '1.5'], ['--gpu-memory-limit', "'1.5'"]],
  [['render', ...file, '--gpu-memory-limit', '8T'], ['--gpu-memory-limit', "'8T'"]],
  [['render', ...file, '--min-gpu-batch', '0'], ['--min-gpu-batch', 'auto', "'0'"]],
  [['render', ...file, '--threads', '257'], ['--threads', '256']],
  [['render', ...file, '--threads', 'all'], ['--threads', "'all'"]],
  [['render', ...file, '--span-frames', '1440001'], ['--span-frames', '1440000']],
  [['render', ...file, '--quiet=yes'], ['--quiet', 'no value']],
  [['render', ...file, '--set', 'density'], ['--set', 'NAME=VALUE']],
  [['render', ...file, '--set', '=0.5'], ['--set', 'NAME=VALUE']],
  [['render', ...file, '--set', 'loudness=1'], ['loudness', 'density', 'brightness']],
  [['render', ...file, '--set', 'density=2'], ['density', '2']],
  [['render', ...file, '--set', 'density=much'], ['density', 'much']],
  [['render', ...file, '--set', 'key=H'], ['key', 'H', 'C#']],
  [['render', ...file, '--set', 'density=0.5@later'], ['later']],
  [['render', ...file, '--address', 'aeo1:broken!'], ['address']],
  [['render', ...file, '--address', 'aeo1:x', '--seed', '1'], ['--address', '--seed']],
  [['render', '--duration', '1', '--out', inFolder('a.mp3')], ['.wav', '.flac', '.opus']],
  [['render', '--duration', '1', '--out', inFolder('a.flac'), '--bits', 'float'], ['16 or 24']],
  [['render', '--duration', '1', '--out', inFolder('a.opus'), '--bits', '16'], ['Opus']],
  [['play', '--volume', '1'], ['--volume', '--device']],
  [['play', '--duration', '0'], ['--duration']],
  [['scenes', '--yaml'], ['--yaml', '--json']],
  [['doctor', '--fix'], ['--fix', '--json']],
];

for (const [args, words] of wrong) {
  await check(args.join(' ').replaceAll(folder, '.'), () => {
    const got = run(args);
    equal(got.status, 2, `exit status (${got.err})`);
    equal(got.out, '', 'standard output');
    equal(got.err.split('\n').length, 2, `one line: ${got.err}`);
    ok(got.err.startsWith('aeolian'), `opens with the program's name: ${got.err}`);
    for (const word of words) {
      ok(got.err.includes(word), `'${word}' is not in: ${got.err}`);
    }
  });
}

await check('nothing was begun', () => {
  equal(fs.readdirSync(folder).join(), '', 'files left behind');
});

await check('no command prints the list and fails', () => {
  const got = run([]);
  equal(got.status, 2, 'exit status');
  ok(got.err.includes('render') && got.err.includes('doctor'), got.err);
});

await check('--version', () => {
  const got = run(['--version']);
  equal(got.status, 0, 'exit status');
  ok(/^aeolian \d+\.\d+\.\d+\n$/.test(got.out), got.out);
});

// --help of each command names every option that it accepts, and says so on standard output.
const commands = {
  render: ['scene', 'seed', 'start', 'duration', 'out', 'bits', 'address', 'set', 'renderer',
    'isa', 'threads', 'device', 'gpu-memory-limit', 'min-gpu-batch', 'span-frames',
    'quiet', 'json', 'scene-file', 'help'],
  play: ['scene', 'seed', 'address', 'device', 'gpu-device', 'list-devices', 'duration', 'help'],
  scenes: ['json', 'help'],
  doctor: ['json', 'help'],
};
for (const [command, options] of Object.entries(commands)) {
  for (const args of [[command, '--help'], [command, '-h'], ['help', command]]) {
    await check(args.join(' '), () => {
      const got = run(args);
      equal(got.status, 0, 'exit status');
      equal(got.err, '', 'standard error');
      for (const option of options) {
        ok(got.out.includes(`--${option}`), `--${option} is not explained`);
      }
      for (const line of got.out.split('\n')) {
        ok(line.length <= 100, `longer than 100 columns: ${line}`);
      }
    });
  }
}

finish();
