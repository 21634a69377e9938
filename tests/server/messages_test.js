/* messages_test.js: every message of aeolian.v1 and every error it may be answered with, against
 * the running server with the null renderer (silence costs nothing, the protocol is the same). */
import assert from 'node:assert/strict';
import { FLAG, Listener, Server, runTests, sleep, test } from './harness.js';

const server = await Server.start('--renderer', 'null', '--sessions-max', '32');

async function withListener(query, run) {
  const listener = await Listener.open(server, query);
  try {
    await run(listener);
  } finally {
    listener.close();
  }
}

test('hello tells what the contract names', () => withListener('?seed=18446744073709551615',
  async (listener) => {
    const hello = await listener.text('hello');
    assert.equal(listener.order[0], hello, 'hello comes first');
    assert.equal(hello.version, 1);
    assert.equal(typeof hello.engine, 'string');
    assert.equal(hello.same_bits, true);
    assert.match(hello.session, /^[0-9a-f]{16}$/);
    assert.match(hello.address, /^aeo1:/);
    assert.equal(hello.scene, 'Harbour at First Light');
    assert.equal(hello.seed, '18446744073709551615');
    assert.equal(hello.position, 0);
    assert.ok(Number.isInteger(hello.exact_from));
    assert.deepEqual(hello.audio, { codec: 'opus', sample_rate: 48000, channels: 2,
      frame_samples: 960, pre_skip: 312, bitrate: 96000 });
    assert.equal(hello.lead_ms, 400);
    assert.equal(hello.tick_ms, 100);
    for (const name of ['density', 'brightness', 'warmth', 'space', 'motion', 'tension', 'pace']) {
      const control = hello.controls[name];
      assert.equal(control.kind, 'unit', name);
      assert.equal(control.min, 0);
      assert.equal(control.max, 1);
      assert.equal(typeof control.value, 'number');
      assert.equal(control.default, control.value);
      assert.equal(typeof control.label, 'string');
    }
    assert.equal(hello.controls.mode.kind, 'enum');
    assert.ok(hello.controls.mode.values.includes('dorian'));
    assert.ok(hello.controls.mode.values.includes(hello.controls.mode.value));
  }));

test('a seed is drawn when none is given', async () => {
  const seeds = new Set();
  for (let i = 0; i < 3; i++) {
    await withListener('', async (listener) => seeds.add((await listener.text('hello')).seed));
  }
  assert.equal(seeds.size, 3);
});

test('the query chooses scene, controls, bitrate and position', () => withListener(
  '?scene=undertow&seed=7&at=480000&bitrate=64000&controls=brightness:0.25,mode:dorian,key:C%23',
  async (listener) => {
    const hello = await listener.text('hello');
    assert.equal(hello.scene, 'Undertow');
    assert.equal(hello.position, 480000);
    assert.equal(hello.audio.bitrate, 64000);
    assert.equal(hello.controls.brightness.value, 0.25);
    assert.equal(hello.controls.mode.value, 'dorian');
    assert.equal(hello.controls.key.value, 'C#');
    assert.ok(hello.exact_from >= hello.position);
  }));

test('a space in a scene name may be %20 or +', async () => {
  for (const name of ['Harbour%20at%20First%20Light', 'harbour+AT+first+light']) {
    await withListener(`?scene=${name}`, async (listener) => {
      assert.equal((await listener.text('hello')).scene, 'Harbour at First Light');
    });
  }
});

test('an address reopens the same place, and at moves it', async () => {
  let address;
  await withListener('?seed=5&at=96000&controls=space:0.75', async (listener) => {
    address = (await listener.text('hello')).address;
  });
  const query = `?address=${encodeURIComponent(address)}`;
  await withListener(query, async (listener) => {
    const hello = await listener.text('hello');
    assert.equal(hello.position, 96000);
    assert.equal(hello.seed, '5');
    assert.equal(hello.address, address);
    assert.equal(hello.controls.space.value, 0.75);
  });
  await withListener(`${query}&at=1234567`, async (listener) => {
    const hello = await listener.text('hello');
    assert.equal(hello.position, 1234567);
    assert.equal(hello.controls.space.value, 0.75);
    assert.notEqual(hello.address, address);
  });
});

test('a start in the middle sends pre-roll, a start at 0 does not', async () => {
  await withListener('?at=1000000', async (listener) => {
    const hello = await listener.text('hello');
    await listener.until(() => listener.audio.length >= 3, 'audio');
    const [first, second, third] = listener.audio;
    assert.equal(first.flags, FLAG.preroll | FLAG.restarted);
    assert.equal(first.position, hello.position - 4800);
    assert.equal(first.sequence, 0);
    assert.equal(second.position, hello.position);
    assert.equal(second.flags, 0);
    assert.equal(second.sequence, 5);
    assert.equal(third.flags, 0);
  });
  await withListener('', async (listener) => {
    await listener.until(() => listener.audio.length >= 2, 'audio');
    assert.equal(listener.audio[0].flags, FLAG.restarted);
    assert.equal(listener.audio[0].position, 0);
    assert.equal(listener.audio[1].flags, 0);
  });
});

function checkPhrase(phrase) {
  for (const field of ['scene', 'key', 'mode', 'chord']) {
    assert.equal(typeof phrase[field], 'string');
  }
  assert.ok(Array.isArray(phrase.notes));
  for (const note of phrase.notes) {
    assert.equal(typeof note.voice, 'string');
    assert.equal(typeof note.midi, 'number');
    assert.ok(note.at >= phrase.position && note.duration >= 0);
    assert.ok(note.velocity >= 0 && note.velocity <= 1 && Math.abs(note.pan) <= 1);
  }
}

test('the phrase under way comes before the music, the next one where it begins', async () => {
  let boundary;
  await withListener('?seed=1', async (listener) => {
    const phrase = await listener.text('phrase');
    await listener.until(() => listener.audio.length > 0, 'audio');
    assert.ok(listener.order.indexOf(phrase) < listener.order.indexOf(listener.audio[0]));
    assert.ok(phrase.position <= 0 && phrase.position + phrase.length > 0);
    checkPhrase(phrase);
    boundary = phrase.position + phrase.length;
  });
  await withListener(`?seed=1&at=${boundary - 48000}`, async (listener) => {
    const phrase = await listener.text('phrase', (text) => text.position === boundary);
    checkPhrase(phrase);
    const at = listener.order.indexOf(phrase);
    const after = await listener.until(
      () => listener.order.slice(at).find((message) => message.kind === 1), 'the music after it');
    const before = listener.order.slice(0, at).filter((message) => message.kind === 1).at(-1);
    assert.ok(before.position + before.count * 960 <= boundary);
    assert.ok(after.position + after.count * 960 > boundary);
  });
});

test('set gives a receipt that names the glide', () => withListener('', async (listener) => {
  const hello = await listener.text('hello');
  listener.send({ type: 'set', id: 41, controls: { brightness: 0.9, mode: 'dorian' } });
  const receipt = await listener.text('receipt');
  assert.equal(receipt.id, 41);
  assert.match(receipt.address, /^aeo1:/);
  assert.notEqual(receipt.address, hello.address);
  assert.equal(receipt.controls.brightness.value, 0.9);
  assert.equal(receipt.controls.mode.value, 'dorian');
  assert.ok(receipt.controls.brightness.until > receipt.controls.brightness.from);
  assert.ok(receipt.heard_at <= receipt.controls.brightness.from);
  assert.ok(receipt.heard_in_ms >= 0 && receipt.heard_in_ms <= 500);
  console.log(`      heard in ${receipt.heard_in_ms} ms`);
  const later = encodeURIComponent(receipt.address);
  await withListener(`?address=${later}`, async (other) => {
    assert.equal((await other.text('hello')).controls.brightness.value, 0.9);
  });
}));

test('scene is answered by a receipt, an unknown one by bad_value', () => withListener('',
  async (listener) => {
    await listener.until(() => listener.audio.length > 0, 'audio');
    listener.send({ type: 'scene', id: 1, name: 'undertow' });
    const receipt = await listener.text('receipt');
    assert.equal(receipt.id, 1);
    assert.ok(receipt.heard_at > 0);
    listener.send({ type: 'scene', id: 2, name: 'atlantis' });
    const error = await listener.text('error');
    assert.deepEqual([error.id, error.code, error.field], [2, 'bad_value', 'name']);
  }));

test('set is all or nothing', () => withListener('', async (listener) => {
  const hello = await listener.text('hello');
  listener.send({ type: 'set', id: 5, controls: { brightness: 0.9, space: 1.5 } });
  const error = await listener.text('error');
  assert.deepEqual([error.id, error.code, error.field], [5, 'bad_value', 'space']);
  listener.send({ type: 'set', id: 6, controls: { warmth: 0.5 } });
  const receipt = await listener.text('receipt');
  assert.deepEqual(Object.keys(receipt.controls), ['warmth']);
  const query = `?address=${encodeURIComponent(receipt.address)}`;
  await withListener(query, async (other) => {
    const { controls } = await other.text('hello');
    assert.equal(controls.brightness.value, hello.controls.brightness.value);
    assert.equal(controls.warmth.value, 0.5);
  });
}));

test('ping gives back t', () => withListener('', async (listener) => {
  for (const t of [0, -1, 1732179.123456789, 1e15]) {
    listener.send({ type: 'ping', t });
    const pong = await listener.text('pong', (text) => text.t === t);
    assert.ok(Number.isInteger(pong.position));
  }
}));

test('pause stops the music and resume continues it without a gap', () => withListener('?seed=3',
  async (listener) => {
    await listener.until(() => listener.audio.length >= 6, 'audio');
    listener.send({ type: 'pause' });
    await sleep(1000); // what was on its way arrives
    const held = listener.audio.length;
    await sleep(1500);
    assert.equal(listener.audio.length, held, 'nothing comes during a pause');
    listener.send({ type: 'resume' });
    await listener.until(() => listener.audio.length >= held + 10, 'audio after the pause');
    let position = 0;
    for (const message of listener.audio) {
      assert.equal(message.position, position);
      position += message.count * 960;
    }
  }));

test('stats are taken and shorten nothing', () => withListener('', async (listener) => {
  await listener.until(() => listener.audio.length >= 4, 'audio');
  listener.send({ type: 'stats', buffer_ms: 300, underruns: 2 });
  listener.send({ type: 'ping', t: 1 });
  await listener.text('pong');
  assert.equal(listener.texts.filter((text) => text.type === 'error').length, 0);
}));

const refused = [
  ['not json', 'bad_json'],
  ['', 'bad_json'],
  ['[]', 'bad_json'],
  ['"set"', 'bad_json'],
  ['{"type":"ping","t":NaN}', 'bad_json'],
  ['{"type":"ping","t":1e999}', 'bad_json'],
  ['{"type":"ping","t":1,"t":2}', 'bad_json'],
  [`{"type":"ping","t":${'['.repeat(16)}${']'.repeat(16)}}`, 'bad_json'],
  ['{"type":"ping","t":"\ud800"}', 'bad_value', 't'], // ws replaces the lone surrogate
  ['{}', 'bad_type', 'type'],
  ['{"type":5}', 'bad_type', 'type'],
  ['{"type":"hello"}', 'bad_type', 'type'],
  ['{"type":"ping"}', 'bad_value', 't'],
  ['{"type":"ping","t":"now"}', 'bad_value', 't'],
  ['{"type":"set","controls":{"space":0.5}}', 'bad_value', 'id'],
  ['{"type":"set","id":-1,"controls":{"space":0.5}}', 'bad_value', 'id'],
  ['{"type":"set","id":1.5,"controls":{"space":0.5}}', 'bad_value', 'id'],
  ['{"type":"set","id":1}', 'bad_value', 'controls'],
  ['{"type":"set","id":1,"controls":{}}', 'bad_value', 'controls'],
  ['{"type":"set","id":1,"controls":[0.5]}', 'bad_value', 'controls'],
  ['{"type":"set","id":1,"controls":{"loudness":1}}', 'bad_control', 'loudness'],
  ['{"type":"set","id":1,"controls":{"space":"wide"}}', 'bad_value', 'space'],
  ['{"type":"set","id":1,"controls":{"space":null}}', 'bad_value', 'space'],
  ['{"type":"set","id":1,"controls":{"space":true}}', 'bad_value', 'space'],
  ['{"type":"set","id":1,"controls":{"space":-0.01}}', 'bad_value', 'space'],
  ['{"type":"set","id":1,"controls":{"space":1e300}}', 'bad_value', 'space'],
  ['{"type":"set","id":1,"controls":{"mode":"locrian"}}', 'bad_value', 'mode'],
  ['{"type":"set","id":1,"controls":{"mode":2}}', 'bad_value', 'mode'],
  ['{"type":"scene","id":1}', 'bad_value', 'name'],
  ['{"type":"scene","id":1,"name":""}', 'bad_value', 'name'],
  ['{"type":"scene","id":1,"name":7}', 'bad_value', 'name'],
  ['{"type":"stats","buffer_ms":-1,"underruns":0}', 'bad_value', 'buffer_ms'],
  ['{"type":"stats","buffer_ms":100}', 'bad_value', 'underruns'],
];

test('every wrong message is named, and the music goes on', () => withListener('',
  async (listener) => {
    for (const [text, code, field] of refused) {
      const seen = listener.texts.length;
      listener.send(text);
      const error = await listener.until(
        () => listener.texts.slice(seen).find((t) => t.type === 'error'), `an answer to ${text}`);
      assert.equal(error.code, code, text);
      if (field) assert.equal(error.field, field, text);
      assert.ok(error.message.length > 0 && !error.message.includes('\n'));
      await sleep(60); // twenty a second are allowed
    }
    const before = listener.audio.length;
    await listener.until(() => listener.audio.length > before + 2, 'music after the errors');
    assert.equal(listener.closed, undefined);
  }));

test('fifteen levels are fine and unknown fields are ignored', () => withListener('',
  async (listener) => {
    const deep = `${'['.repeat(15)}${']'.repeat(15)}`;
    listener.send(`{"type":"ping","t":8,"extra":${deep},"brackets":"[[[[[[[[[[[[[[[[[[[["}`);
    await listener.text('pong', (text) => text.t === 8);
  }));

test('twenty changes at once are each answered', () => withListener('', async (listener) => {
  for (let id = 0; id < 20; id++) {
    listener.send({ type: 'set', id, controls: { brightness: id / 20 } });
  }
  await listener.until(
    () => listener.texts.filter((t) => t.type === 'receipt' || t.code === 'rate_limited').length
      === 20, 'twenty answers');
  assert.ok(listener.texts.filter((t) => t.type === 'receipt').length >= 16);
}));

test('the server ends well', () => server.stop());
await runTests();
