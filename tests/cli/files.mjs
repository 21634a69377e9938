// Goal: every format holds the music that was rendered, as another program reads it; a write that
// fails is one clear line, exit status 1, and leaves no file under any name. Method: decode with
// ffmpeg and compare numbers; full disks (a device, a size limit, a tiny file system), bad paths,
// signals in the middle.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {check, decode, equal, finish, floats, folder, has, inFolder, ok, program, readWav, run,
  start} from './program.mjs';

const music = ['--scene', 'undertow', '--seed', '7'];
const short = [...music, '--start', '20', '--duration', '4'];

function render(name, ...args) {
  const got = run(['render', ...args, '--out', inFolder(name), '--quiet']);
  equal(got.status, 0, `exit status (${got.err})`);
  equal(got.out + got.err, '', '--quiet prints nothing');
  return fs.readFileSync(inFolder(name));
}

const reference = floats(readWav(render('float.wav', ...short)).data);

// What 24 bits should be: to the nearest step.
const steps24 = (x) => Math.max(-8388608, Math.min(8388607, Math.floor(x * 8388608 + 0.5)));

await check('24 bits in WAV are the nearest steps', () => {
  const wav = readWav(render('24.wav', ...short, '--bits', '24'));
  equal(wav.format, 1, 'PCM');
  equal(wav.bits, 24, 'bits');
  for (let i = 0; i < reference.length; i++) {
    equal(wav.data.readIntLE(3 * i, 3), steps24(reference[i]), `sample ${i}`);
  }
});

// Dither: the error of each sample is triangular noise plus rounding, at most 1.5 steps, with the
// variance 1/6 + 1/12 of a step squared, and does not follow the music.
function checkDither(sample) {
  let sum = 0, squares = 0, product = 0, music2 = 0;
  for (let i = 0; i < reference.length; i++) {
    const error = sample(i) - reference[i] * 32768;
    ok(Math.abs(error) <= 1.5, `sample ${i} is off by ${error} steps`);
    sum += error;
    squares += error * error;
    product += error * reference[i];
    music2 += reference[i] * reference[i];
  }
  const mean = sum / reference.length, variance = squares / reference.length;
  ok(Math.abs(mean) < 0.01, `mean error ${mean}`);
  ok(Math.abs(variance - 0.25) < 0.01, `variance ${variance}`);
  const correlation = product / Math.sqrt(squares * music2);
  ok(Math.abs(correlation) < 0.01, `the error follows the music: ${correlation}`);
  return `variance ${variance.toFixed(4)} steps squared`;
}

await check('16 bits in WAV are dithered', () => {
  const wav = readWav(render('16.wav', ...short, '--bits', '16'));
  equal(wav.bits, 16, 'bits');
  return checkDither((i) => wav.data.readInt16LE(2 * i));
});

await check('the dither belongs to the position: a part is that part of the whole', () => {
  const whole = readWav(render('16.wav', ...short, '--bits', '16')).data;
  const part = readWav(render('16p.wav', ...music, '--start', '22', '--duration', '1',
    '--span-frames', '1000', '--bits', '16')).data;
  ok(whole.subarray(2 * 48000 * 4, 3 * 48000 * 4).equals(part), 'samples differ');
});

const withFfmpeg = (body) => () => (has('ffmpeg') ? body() : 'skipped, no ffmpeg');

await check('FLAC holds 24 bits', withFfmpeg(() => {
  render('a.flac', ...short);
  const data = decode(inFolder('a.flac'), 's32le');
  equal(data.length, reference.length * 4, 'bytes');
  for (let i = 0; i < reference.length; i++) {
    equal(data.readInt32LE(4 * i), steps24(reference[i]) * 256, `sample ${i}`);
  }
}));

await check('FLAC with 16 bits is the dithered WAV', withFfmpeg(() => {
  render('b.flac', ...short, '--bits', '16');
  const wav = readWav(render('16.wav', ...short, '--bits', '16'));
  ok(decode(inFolder('b.flac'), 's16le').equals(wav.data), 'samples differ');
}));

await check('Opus holds the music', withFfmpeg(() => {
  render('a.opus', ...short);
  const heard = floats(decode(inFolder('a.opus')));
  ok(Math.abs(heard.length - reference.length) <= 2 * 960, `${heard.length} samples`);
  let error = 0, power = 0;
  const length = Math.min(heard.length, reference.length);
  for (let i = 0; i < length; i++) {
    error += (heard[i] - reference[i]) ** 2;
    power += reference[i] ** 2;
  }
  const snr = 10 * Math.log10(power / error);
  ok(snr > 12, `${snr.toFixed(1)} dB above the coding noise`);
  return `${snr.toFixed(1)} dB above the coding noise`;
}));

// --- failing ---------------------------------------------------------------------------------

// The folder for what must leave nothing behind.
const clean = inFolder('clean');
fs.mkdirSync(clean);

function expectFailure(got, words) {
  equal(got.status, 1, `exit status (${got.err})`);
  equal(got.err.split('\n').length, 2, `one line: ${got.err}`);
  for (const word of words) {
    ok(got.err.includes(word), `'${word}' is not in: ${got.err}`);
  }
  equal(fs.readdirSync(clean).join(), '', 'files left behind');
}

const spawned = (command, args) => {
  const got = spawnSync(command, args, {timeout: 60000});
  return {status: got.status, out: String(got.stdout), err: String(got.stderr)};
};

await check('a full device', () => {
  if (!fs.existsSync('/dev/full')) {
    return 'skipped, no /dev/full';
  }
  expectFailure(run(['render', ...short, '--out', '/dev/full', '--quiet']),
    ['/dev/full', 'No space left']);
  ok(!fs.statSync('/dev/full').isFile(), 'the device was replaced by a file');
});

await check('standard output on a full device', () => {
  if (!fs.existsSync('/dev/full')) {
    return 'skipped, no /dev/full';
  }
  const full = fs.openSync('/dev/full', 'w');
  for (const args of [['scenes'], ['scenes', '--json'], ['doctor'], ['--help'], ['--version']]) {
    const got = spawnSync(process.env.AEO_PROGRAM, args, {stdio: ['ignore', full, 'pipe']});
    ok(got.status === 1 && /^aeolian .*standard output.*\n$/.test(String(got.stderr)),
      `${args.join(' ')}: ${got.status} ${got.stderr}`);
  }
  fs.closeSync(full);
});

for (const name of ['a.wav', 'a.flac', 'a.opus']) {
  await check(`a file beyond its size limit: ${name}`, () => {
    expectFailure(spawned('sh', ['-c', 'ulimit -f 16; exec "$0" "$@"', program, 'render', ...music,
      '--duration', '20', '--out', `${clean}/${name}`, '--quiet']), [name, 'too large']);
  });

  await check(`a full file system: ${name}`, () => {
    // A tiny file system of our own; needs rights, or a kernel that lets users have them.
    const script = 'mount -t tmpfs -o size=64k none "$0" || exit 99; d="$0"; "$@"; s=$?; ' +
      'ls -A "$d" >&2; umount "$d"; exit $s';
    const got = spawned('unshare', ['-rm', 'sh', '-c', script, clean, program, 'render', ...music,
      '--duration', '20', '--out', `${clean}/${name}`, '--quiet']);
    if (got.status === 99 || got.err.includes('unshare')) {
      return 'skipped, no file system of our own to be had';
    }
    expectFailure(got, [name, 'No space left']);
  });
}

await check('a folder that is not there', () => {
  expectFailure(run(['render', ...short, '--out', `${clean}/no/a.wav`]), ['No such file']);
});

await check('a folder in place of the file', () => {
  fs.mkdirSync(inFolder('folder.wav'));
  expectFailure(run(['render', ...short, '--out', inFolder('folder.wav')]), ['s a directory']);
});

await check('a folder that may not be written', () => {
  if (process.getuid() === 0) {
    return 'skipped, root may write anywhere';
  }
  fs.chmodSync(clean, 0o500);
  try {
    expectFailure(run(['render', ...short, '--out', `${clean}/a.wav`]), ['Permission denied']);
  } finally {
    fs.chmodSync(clean, 0o700);
  }
});

await check('an older file stays as it was when the new one fails', () => {
  const name = inFolder('old.wav');
  fs.writeFileSync(name, 'before');
  const got = spawned('sh', ['-c', 'ulimit -f 16; exec "$0" "$@"', program, 'render', ...music,
    '--duration', '20', '--out', name, '--quiet']);
  equal(got.status, 1, 'exit status');
  equal(fs.readFileSync(name, 'utf8'), 'before', 'content');
  render('old.wav', ...short);
  ok(fs.statSync(name).size > 1000, 'a render that works replaces it');
});

await check('a symbolic link stays one', () => {
  fs.symlinkSync(inFolder('target.wav'), inFolder('link.wav'));
  fs.writeFileSync(inFolder('target.wav'), 'before');
  render('link.wav', ...short);
  ok(fs.lstatSync(inFolder('link.wav')).isSymbolicLink(), 'the link was replaced');
  ok(fs.statSync(inFolder('target.wav')).size > 1000, 'the target was not written');
});

await check('a pipe whose reader leaves', () => {
  const got = spawned('bash', ['-c', '"$0" "$@" | head -c 1000 >/dev/null; exit ${PIPESTATUS[0]}',
    program, 'render', ...music, '--duration', '60', '--out', '-', '--quiet']);
  expectFailure(got, ['standard output', 'Broken pipe']);
});

for (const [signal, name] of [['SIGINT', 'i.wav'], ['SIGTERM', 'i.flac']]) {
  await check(`${signal} in the middle of ${name}`, async () => {
    const child = start(['render', ...music, '--duration', '24h', '--out', `${clean}/${name}`]);
    let err = '';
    child.stderr.on('data', (data) => { err += data; });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const size = () => fs.readdirSync(clean).map((n) => fs.statSync(`${clean}/${n}`).size)[0] ?? 0;
    for (let i = 0; i < 600 && size() < 100000; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    ok(size() >= 100000, 'nothing was being written');
    ok(!fs.existsSync(`${clean}/${name}`), 'a half file stands under the final name');
    child.kill(signal);
    const status = await ended;
    expectFailure({status, err, out: ''}, ['interrupted', name]);
  });
}

await check('the tests left nothing else', () => {
  const hidden = fs.readdirSync(folder).filter((name) => name.startsWith('.'));
  equal(hidden.join(), '', 'temporary files');
});

finish();
