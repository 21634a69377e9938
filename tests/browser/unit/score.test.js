// score.test.js: the light's rules: every note inside the picture, at the same place every time,
// dark before and after it, and words where the page speaks.
import test from 'node:test';
import assert from 'node:assert/strict';
import { load } from './modules.js';

const { Score, formOf, placeNote, lightAt, noteHash } = await load('score.js');
const { heardText, valueText } = await load('controls.js');
const { sceneHues, sentence } = await load('scenes.js');
const { statusText, insecureText } = await load('words.js');
const { harmonyName } = await load('now-playing.js');

const note = (over) => ({
  voice: 'pad', midi: 62, at: 48000, duration: 480000, velocity: 0.7, pan: 0, ...over,
});

test('voices have forms', () => {
  for (const [voice, form] of Object.entries({
    pad: 'pad', wide: 'pad', bells: 'bell', bass: 'drone', 'sub drone': 'drone', texture: 'weather',
    'wine glass': 'bell', bowl: 'bell', surf: 'weather', unheard: 'pad',
  })) assert.equal(formOf(voice), form, voice);
});

test('higher notes stand higher, panned notes to their side, all inside the picture', () => {
  assert.ok(placeNote(note({ midi: 80 })).height > placeNote(note({ midi: 50 })).height);
  assert.ok(placeNote(note({ pan: 1 })).x > 0.8);
  assert.ok(placeNote(note({ pan: -1 })).x < 0.2);
  for (let midi = -1; midi < 128; midi++) {
    for (const voice of ['pad', 'bells', 'bass', 'texture']) {
      const { x, height } = placeNote(note({ midi, voice, at: midi * 4801 }));
      assert.ok(x >= 0.03 && x <= 0.97 && height >= 0 && height <= 1, `${voice} ${midi}`);
    }
  }
});

test('a note stands at the same place for everyone, and others elsewhere', () => {
  assert.deepEqual(placeNote(note()), placeNote(note()));
  const places = new Set();
  for (let i = 0; i < 500; i++) places.add(noteHash(note({ at: i * 960 })).toFixed(6));
  assert.ok(places.size > 480);
});

test('light grows and fades without a jump, and is dark outside the note', () => {
  for (const form of ['pad', 'bell', 'drone']) {
    for (const calm of [false, true]) {
      const n = note();
      assert.equal(lightAt(n, form, n.at - 1, calm), 0);
      assert.equal(lightAt(n, form, n.at + n.duration, calm), 0);
      let last = 0;
      let most = 0;
      for (let p = n.at; p < n.at + n.duration; p += 480) {
        const light = lightAt(n, form, p, calm);
        assert.ok(light >= 0 && light <= 1);
        assert.ok(Math.abs(light - last) < (form === 'bell' && !calm ? 0.25 : 0.03));
        last = light;
        most = Math.max(most, light);
      }
      assert.ok(most > 0.4, `${form}: ${most}`);
    }
  }
});

test('the score takes a phrase twice as once, forgets what is over, and stays bounded', () => {
  const score = new Score(32);
  const notes = Array.from({ length: 20 }, (_, i) => note({ at: i * 96000, midi: 50 + i }));
  score.add(notes);
  score.add(notes);
  assert.equal(score.notes.size, 20);
  score.forEachLit(1e9, false, () => assert.fail('all are over'));
  assert.equal(score.notes.size, 0);
  score.add(Array.from({ length: 100 }, (_, i) => note({ at: i })));
  assert.equal(score.notes.size, 32);
  score.clear();
  score.add([note({ midi: NaN }), note({ at: undefined }), {}]);
  assert.equal(score.notes.size, 0);
});

test('the page speaks plainly', () => {
  assert.equal(heardText(411.6), 'heard in 412 ms');
  assert.equal(heardText(-3), 'heard in 0 ms');
  assert.equal(heardText(9300), 'heard in 9 s');
  assert.equal(valueText('brightness', 0.7), '70 %, bright');
  assert.equal(valueText('brightness', 0.5), '50 %');
  assert.equal(sentence(' made for sleep'), 'Made for sleep');
  assert.equal(sentence(undefined), '');
  assert.equal(harmonyName({ key: 'D', mode: 'lydian' }), 'D lydian');
  assert.match(statusText('refused', { field: 'address', message: 'not an address' }), /link/);
  assert.match(insecureText({ port: '8080' }, false), /http:\/\/localhost:8080/);
  assert.deepEqual(sceneHues('Undertow'), sceneHues('undertow'));
  const [a, b] = sceneHues('A file of my own');
  assert.ok(a >= 0 && a < 360 && b >= 0 && b < 360);
});
